"""The seats of other nodes, as those tell of them: in memory only, and forgotten with a node that falls silent."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from server.bus.base import AliveHint, SeatSeen, SeatsHint
from server.hub.presence import Presence


@dataclass(slots=True)
class _Node:
    heard: float
    """When it last said anything, in seconds of the clock that the caller reads."""
    number: int = 0
    """Of its newest hint."""
    is_known: bool = False
    """All of its seats were told, and nothing is missing since then."""
    telling: set[str] | None = None
    """Seats in those parts of a telling of all that were heard so far, none missing."""
    seats: dict[str, SeatSeen] = field(default_factory=dict)

    @property
    def must_be_asked(self) -> bool:
        """It would not tell by itself what is missing."""
        return not self.is_known and self.telling is None


class Elsewhere:
    """Who is connected to other nodes; in `presence` each counts like a connection of this one."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence
        self._nodes: dict[str, _Node] = {}
        self._newest: dict[str, SeatSeen] = {}
        """Each seat where it connected last: a node that has ended may be believed to have it still."""

    def __iter__(self) -> Iterator[SeatSeen]:
        """Each seat once."""
        return iter(self._newest.values())

    def of(self, seat: str) -> SeatSeen | None:
        """That seat, where it connected last."""
        return self._newest.get(seat)

    def hear(self, hint: SeatsHint, *, at: float) -> bool:
        """What a node tells of its seats. Whether it has to be asked for all of them, since something was missed."""
        node = self._heard(hint.node, at)
        if hint.number <= node.number:  # overtaken on its way, or doubled: newer words of that node are known
            return False
        if hint.number != node.number + 1:
            node.is_known, node.telling = False, None
        node.number = hint.number
        if hint.whole and hint.part == 1:
            node.telling = set()
        for seen in hint.came:
            self._enter(node, seen)
        for seat in hint.went:
            self._leave(node, seat)
        if node.telling is not None:
            node.telling.update(seen.seat for seen in hint.came)
            node.telling.difference_update(hint.went)
            if hint.whole and hint.part == hint.parts:
                self._end_telling(node, node.telling)
        return node.must_be_asked

    def is_alive(self, hint: AliveHint, *, at: float) -> bool:
        """A node is at work. Whether it has to be asked for all its seats, since something was missed."""
        node = self._heard(hint.node, at)
        return hint.number > node.number or node.must_be_asked

    def forget_silent(self, *, before: float) -> list[str]:
        """Forget the nodes that have said nothing since then, with their seats; which ones."""
        silent = [name for name, node in self._nodes.items() if node.heard < before]
        for name in silent:
            node = self._nodes[name]
            for seat in tuple(node.seats):
                self._leave(node, seat)
            del self._nodes[name]
        return silent

    def be_patient(self, *, at: float) -> None:
        """Nothing could be heard until now: no node counts as silent for that."""
        for node in self._nodes.values():
            node.heard = at

    def _end_telling(self, node: _Node, told: set[str]) -> None:
        for seat in node.seats.keys() - told:
            self._leave(node, seat)
        node.is_known, node.telling = True, None

    def _heard(self, name: str, at: float) -> _Node:
        node = self._nodes.setdefault(name, _Node(at))
        node.heard = at
        return node

    def _enter(self, node: _Node, seen: SeatSeen) -> None:
        self._presence.arrive(seen.person)
        self._leave(node, seen.seat)
        node.seats[seen.seat] = seen
        self._look_for_newest(seen.seat)

    def _leave(self, node: _Node, seat: str) -> None:
        former = node.seats.pop(seat, None)
        if former is not None:
            self._presence.leave(former.person)
            self._look_for_newest(seat)

    def _look_for_newest(self, seat: str) -> None:
        found = [node.seats[seat] for node in self._nodes.values() if seat in node.seats]
        if found:
            self._newest[seat] = max(found, key=lambda seen: seen.since)
        else:
            self._newest.pop(seat, None)
