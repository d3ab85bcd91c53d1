"""Being offline is told when it lasts: once, and not of a blink."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from pdm_desktop.app.outage import Outage
from pdm_desktop.core.notices import Notice
from pdm_desktop.state.account import Connection, Phase
from pdm_desktop.state.store import Store
from tests.support.seat_parts import local_now


@dataclass
class Away:
    """An outage whose time is told by the test."""

    store: Store = field(default_factory=lambda: Store(clock=local_now))
    said: list[Notice] = field(default_factory=list)
    waiting: list[tuple[float, Callable[[], None]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.outage = Outage(self.store, self.said.append, lambda wait, what: self.waiting.append((wait, what)))

    def becomes(self, *phases: Phase) -> None:
        for phase in phases:
            self.store.connect(Connection(phase=phase, since=local_now()))
            self.outage.see()

    def five_minutes(self) -> None:
        waiting, self.waiting = self.waiting, []
        for wait, what in waiting:
            assert wait == 300
            what()


def test_five_minutes_without_a_connection_are_told_once() -> None:
    away = Away()
    away.becomes(Phase.IN_STEP, Phase.OFFLINE, Phase.WAITING, Phase.OFFLINE)
    assert away.said == []
    away.five_minutes()
    away.becomes(Phase.WAITING, Phase.OFFLINE)
    away.five_minutes()
    assert [(each.title, each.text) for each in away.said] == [
        ("Offline for 5 min", "Go on with what you have checked out. Check-ins wait.")
    ]
    away.becomes(Phase.IN_STEP, Phase.OFFLINE)
    away.five_minutes()
    assert len(away.said) == 2


@pytest.mark.parametrize("back", [Phase.CATCHING_UP, Phase.IN_STEP, Phase.SIGNED_OUT])
def test_who_is_back_before_that_hears_nothing_and_a_later_outage_has_its_own_time(back: Phase) -> None:
    away = Away()
    away.becomes(Phase.OFFLINE, back)
    away.five_minutes()
    away.becomes(Phase.OFFLINE, back, Phase.OFFLINE)
    first, second = away.waiting
    first[1]()
    assert away.said == []
    second[1]()
    assert len(away.said) == 1


def test_after_its_end_it_tells_nothing() -> None:
    away = Away()
    away.becomes(Phase.OFFLINE)
    away.outage.close()
    away.five_minutes()
    assert away.said == []
