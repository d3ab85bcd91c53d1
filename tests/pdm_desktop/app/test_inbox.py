"""Personal messages are told once on this seat: over hints, restarts, broken connections and a restored server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from pdm_desktop.app.inbox import InboxNews
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.cache.worker import CacheWorker
from pdm_desktop.core.errors import Missing, Unreachable
from pdm_desktop.core.notices import Notice
from pdm_desktop.net.http import Http
from pdm_desktop.state.store import Store
from server.protocol.calls import Acknowledge, HandedOver, Inbox, InboxEntry, InboxKind
from tests.support.seat_parts import comes, local_now, until

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PAGE = 3


@dataclass
class Post:
    """An inbox on a server, as its calls show it: a page at a time."""

    entries: list[InboxEntry] = field(default_factory=list)
    life: str = "first"
    is_away: bool = False
    given: HandedOver | None = None
    acknowledged: list[int] = field(default_factory=list)
    reads: int = 0

    def add(self, text: str, *, kind: InboxKind = "message", acknowledged: bool = False) -> None:
        path = None if kind == "message" else text
        number, file = self.number + 1, None if path is None else "f1"
        self.entries.append(
            InboxEntry(
                number=number, kind=kind, at=AT, acknowledged=acknowledged, by="Olga", text=text, file=file, path=path
            )
        )

    @property
    def number(self) -> int:
        return self.entries[-1].number if self.entries else 0

    async def get(self, path: str, _kind: type[Any], **asked: Any) -> Any:
        self._answers()
        if path == "/api/files/f1/handover":
            if self.given is None:
                raise Missing("Nothing comes with it.")
            return self.given
        assert path == "/api/inbox"
        self.reads += 1
        page = [each for each in self.entries if each.number > asked["since"]][:PAGE]
        return Inbox(number=self.number, entries=page)

    async def change(self, method: str, path: str, _kind: type[Any], *, body: Acknowledge, key: str) -> Any:
        assert (method, path, bool(key)) == ("POST", "/api/inbox/acknowledge", True)
        self._answers()
        self.acknowledged.append(body.number)
        return Inbox(number=self.number, entries=[])

    def _answers(self) -> None:
        if self.is_away:
            raise Unreachable("The server does not answer.")


@dataclass
class Seat:
    """What reads the inbox, from the start of a seat to its end."""

    news: InboxNews
    said: list[Notice]

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.said]


Start = Callable[[Post], AbstractAsyncContextManager[Seat]]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Begins a seat whose cache is the one of before."""

    @asynccontextmanager
    async def begin(post: Post) -> AsyncIterator[Seat]:
        cache, said, broken = CacheWorker(tmp_path / "cache.sqlite"), list[Notice](), list[BaseException]()
        tasks = Tasks(broken.append)
        news = InboxNews(
            Store(clock=local_now), cast(Http, post), cache, tasks, say=said.append, epoch=lambda: post.life
        )
        yield Seat(news, said)
        await tasks.stop()
        await cache.run(lambda _: None)
        cache.close()
        assert broken == []

    return begin


async def settled(seat: Seat, post: Post) -> None:
    """Read, and wait until all that there is was read."""
    before = post.reads
    seat.news.read_soon()
    await until(lambda: post.reads > before)
    assert await comes(lambda: seat.news._task is not None and seat.news._task.done())


async def test_each_is_told_once_in_its_order_at_a_hint_and_not_again_after_a_restart(start: Start) -> None:
    post = Post()
    post.add("One.")
    async with start(post) as seat:
        await settled(seat, post)
        post.add("Two.")
        await settled(seat, post)
        await settled(seat, post)
        assert seat.texts == ["One.", "Two."]
    post.add("Three.")
    async with start(post) as seat:
        await settled(seat, post)
        assert seat.texts == ["Three."]


async def test_more_than_a_page_is_read_to_its_end(start: Start) -> None:
    post = Post()
    texts = [f"Message {number}." for number in range(1, 3 * PAGE)]
    for text in texts:
        post.add(text)
    async with start(post) as seat:
        await settled(seat, post)
        assert seat.texts == texts


async def test_a_seat_that_is_new_tells_what_was_seen_nowhere(start: Start) -> None:
    post = Post()
    post.add("Seen on the laptop.", acknowledged=True)
    post.add("Seen nowhere.")
    async with start(post) as seat:
        await settled(seat, post)
        assert seat.texts == ["Seen nowhere."]


@pytest.mark.parametrize("running", [True, False], ids=["while the seat runs", "while it does not"])
async def test_a_restored_server_tells_what_is_new_in_its_other_life(start: Start, running: bool) -> None:
    """Its numbers begin again where the backup was: a number alone would hide what came since."""
    post = Post()
    for text in ("One.", "Two.", "Three."):
        post.add(text)

    def restore() -> None:
        post.entries = post.entries[:1]
        post.entries[0] = replace(post.entries[0], acknowledged=True)
        post.life = "second"
        post.add("After the restore.")

    async with start(post) as seat:
        await settled(seat, post)
        seat.news.seen()
        await until(lambda: post.acknowledged == [3])
        if running:
            restore()
            await settled(seat, post)
            assert seat.texts[3:] == ["After the restore."]
            seat.news.seen()
            assert await comes(lambda: post.acknowledged == [3, 2], within=5)
    if not running:
        restore()
        async with start(post) as seat:
            await settled(seat, post)
            assert seat.texts == ["After the restore."]


async def test_what_could_not_be_read_is_told_at_the_next_connection(start: Start) -> None:
    post = Post(is_away=True)
    post.add("One.")
    async with start(post) as seat:
        seat.news.read_soon()
        assert await comes(lambda: seat.news._task is not None and seat.news._task.done())
        assert seat.texts == []
        post.is_away = False
        await settled(seat, post)
        assert seat.texts == ["One."]


async def test_what_was_told_is_acknowledged_when_the_person_looks_and_only_once(start: Start) -> None:
    post = Post()
    post.add("One.")
    async with start(post) as seat:
        seat.news.seen()
        await settled(seat, post)
        assert post.acknowledged == []
        seat.news.seen()
        seat.news.seen()
        await until(lambda: bool(post.acknowledged))
        post.add("Two.")
        await settled(seat, post)
        seat.news.seen()
        await until(lambda: len(post.acknowledged) > 1)
        assert post.acknowledged == [1, 2]


async def test_what_could_not_be_acknowledged_is_at_the_next_look(start: Start) -> None:
    post = Post()
    post.add("One.")
    async with start(post) as seat:
        await settled(seat, post)
        post.is_away = True
        seat.news.seen()
        await until(lambda: seat.news._seen == 0)
        post.is_away = False
        seat.news.seen()
        assert await comes(lambda: post.acknowledged == [1])


@pytest.mark.parametrize("parked", ["p1", None], ids=["here", "not yet"])
async def test_a_file_that_was_given_is_told_with_what_came_with_it(start: Start, parked: str | None) -> None:
    post = Post(given=HandedOver(file="f1", giver="Olga", at=AT, parked=parked))
    post.add("a.nc", kind="lock_transferred")
    async with start(post) as seat:
        await settled(seat, post)
        assert len(seat.said) == 1
        assert ("saved work comes with it" in seat.texts[0]) is (parked is not None)
        assert ("not here yet" in seat.texts[0]) is (parked is None)
