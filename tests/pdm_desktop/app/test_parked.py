"""When the list of parked versions is read by itself: after what may have changed it, and never without the server."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pdm_desktop.app.parked import ParkedNews
from pdm_desktop.core import requests
from pdm_desktop.core.fold import Numbered
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import FileResult, Finished, Outcome
from pdm_desktop.core.waiting import Stand
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.sync.events import EngineEvent, LocalsRead, RequestFinished, WaitingChanged
from server.protocol.events import Changed, FileDeleted, FolderMoved, InboxHint
from tests.support import sample

CHECK_IN = requests.CheckIn(files=("f",))
NEEDING = replace(sample.QUEUE[0], stand=Stand.NEEDS_YOU)


class Timer:
    """What is called later, when the test says that it is later."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []

    def later(self, _seconds: float, what: Callable[[], None]) -> None:
        self.waiting.append(what)

    def pass_by(self) -> None:
        waiting, self.waiting = self.waiting, []
        for what in waiting:
            what()


class Place:
    def __init__(self) -> None:
        self.store = sample.store()
        self.timer = Timer()
        self.reads = 0
        self.news = ParkedNews(self.store, self.timer.later, self._read)

    def _read(self) -> None:
        self.reads += 1


@pytest.fixture
def place() -> Place:
    return Place()


def finished(request: FileRequest, outcome: Outcome = Outcome.DONE) -> RequestFinished:
    line = FileResult(file="f", path="f", outcome=outcome, text="")
    return RequestFinished(finished=Finished(request=request, results=(line,)))


@pytest.mark.parametrize(
    ("event", "reads"),
    [
        (finished(CHECK_IN, Outcome.REFUSED), 1),
        (finished(CHECK_IN), 0),
        (finished(requests.CheckOut(files=("f",)), Outcome.REFUSED), 0),
        (finished(requests.CheckInParked(parked="p1", file="f", base="1.0")), 1),
        (finished(requests.DropParked(parked=("p1",))), 1),
        (WaitingChanged(check_ins=(NEEDING,)), 1),
        (WaitingChanged(check_ins=sample.QUEUE), 0),
        (LocalsRead(copies={}), 1),
    ],
)
def test_it_is_read_after_what_may_have_parked_something(place: Place, event: EngineEvent, reads: int) -> None:
    place.store.load_queue(sample.QUEUE)
    place.news.told(event)
    place.timer.pass_by()
    assert place.reads == reads


def test_it_is_read_when_the_server_says_that_this_list_is_another(place: Place) -> None:
    place.news.hinted(Changed(what="people"))
    place.news.hinted(InboxHint(number=1))
    place.timer.pass_by()
    assert place.reads == 0
    place.news.hinted(Changed(what="parked"))
    place.timer.pass_by()
    assert place.reads == 1


def test_news_of_a_parked_versions_file_may_change_what_is_missing(place: Place) -> None:
    gone = Numbered(vault="production", seq=2, event=FileDeleted(file=sample.FILES[4], by="Anna Novak"))
    place.news.heard(gone)
    place.timer.pass_by()
    assert place.reads == 0, "nothing of it is parked"
    place.store.load_parked(sample.PARKED)
    place.news.heard(replace(gone, event=FileDeleted(file=sample.FILES[3], by="Anna Novak")))
    place.timer.pass_by()
    assert place.reads == 0
    place.news.heard(gone)
    place.timer.pass_by()
    place.news.heard(replace(gone, event=FolderMoved(from_="a", to="b", by="Anna Novak")))
    place.timer.pass_by()
    assert place.reads == 2


def test_what_comes_at_the_same_time_is_read_once(place: Place) -> None:
    for _ in range(30):
        place.news.hinted(Changed(what="parked"))
    place.timer.pass_by()
    assert place.reads == 1
    place.news.read_soon()
    place.timer.pass_by()
    assert place.reads == 2


def test_nothing_is_read_offline_or_after_the_end(place: Place) -> None:
    place.news.read_soon()
    place.store.connect(Connection(phase=Phase.OFFLINE, since=sample.NOW))
    place.timer.pass_by()
    assert place.reads == 0
    place.store.connect(Connection(phase=Phase.IN_STEP, since=sample.NOW))
    place.news.read_soon()
    place.timer.pass_by()
    assert place.reads == 1
    place.news.read_soon()
    place.news.close()
    place.timer.pass_by()
    assert place.reads == 1
