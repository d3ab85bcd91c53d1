"""What a node knows of the others' seats, decided from what they say."""

from datetime import UTC, datetime, timedelta

from server.bus.base import AliveHint, SeatSeen, SeatsHint
from server.hub.elsewhere import Elsewhere
from server.hub.presence import Presence

T, LATER = datetime(2026, 3, 4, 12, tzinfo=UTC), timedelta(minutes=1)


def seen(person: str, seat: str = "", *, since: datetime = T, away: datetime | None = None) -> SeatSeen:
    seat = seat or f"seat-of-{person}"
    return SeatSeen(
        seat=seat, session=f"session-{seat}", person_id=person.lower(), person=person, since=since, away=away
    )


def test_who_comes_to_another_node_is_online_until_gone_from_there() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"), seen("Ben")), whole=True), at=0)
    assert presence.online == ["Ada", "Ben"]
    elsewhere.hear(SeatsHint(node="b", number=2, came=(seen("Ada", away=T),), went=("seat-of-Ben", "unheard")), at=0)
    assert presence.online == ["Ada"]
    assert list(elsewhere) == [seen("Ada", away=T)]


def test_who_misses_a_hint_asks_for_all_and_is_right_after_it() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    assert elsewhere.hear(SeatsHint(node="b", number=7, came=(seen("Ada"),)), at=0), "there may have been others"
    assert presence.online == ["Ada"]
    assert not elsewhere.hear(SeatsHint(node="b", number=8, came=(seen("Ben"),), whole=True), at=0)
    assert presence.online == ["Ben"]
    assert not elsewhere.hear(SeatsHint(node="b", number=9, came=(seen("Cleo"),)), at=0)
    assert elsewhere.hear(SeatsHint(node="b", number=11, came=(seen("Dan"),)), at=0)
    assert elsewhere.is_alive(AliveHint("b", 11), at=0), "the missing one is missing still"
    assert not elsewhere.hear(SeatsHint(node="b", number=12, came=(seen("Dan"),), whole=True), at=0)
    assert not elsewhere.is_alive(AliveHint("b", 12), at=0)
    assert presence.online == ["Dan"]


def test_a_hint_that_comes_twice_counts_once() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    for number in (1, 1, 2):
        elsewhere.hear(SeatsHint(node="b", number=number, came=(seen("Ada"),), whole=number == 1), at=0)
    elsewhere.hear(SeatsHint(node="b", number=3, went=("seat-of-Ada",)), at=0)
    assert presence.online == []


def test_a_node_that_falls_silent_is_forgotten_with_its_seats_and_no_other() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"),), whole=True), at=10)
    elsewhere.hear(SeatsHint(node="c", number=1, came=(seen("Ben"),), whole=True), at=10)
    elsewhere.is_alive(AliveHint("c", 1), at=16)
    assert elsewhere.forget_silent(before=11) == ["b"]
    assert presence.online == ["Ben"]
    assert not elsewhere.forget_silent(before=16)
    assert elsewhere.is_alive(AliveHint("b", 1), at=17), "whoever is back tells all again"


def test_no_node_is_silent_while_nothing_could_be_heard() -> None:
    elsewhere = Elsewhere(Presence())
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"),), whole=True), at=10)
    elsewhere.be_patient(at=60)
    assert not elsewhere.forget_silent(before=54)
    assert elsewhere.forget_silent(before=61) == ["b"]


def test_a_seat_that_moves_is_one_and_stays_online() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"),), whole=True), at=0)
    elsewhere.hear(SeatsHint(node="c", number=1, came=(seen("Ada", since=T + LATER),), whole=True), at=0)
    assert [each.since for each in elsewhere] == [T + LATER]
    elsewhere.forget_silent(before=1)
    assert presence.online == []
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"),), whole=True), at=2)
    elsewhere.hear(SeatsHint(node="c", number=1, came=(seen("Ada", since=T + LATER),), whole=True), at=3)
    elsewhere.hear(SeatsHint(node="b", number=2, went=("seat-of-Ada",)), at=3)
    assert presence.online == ["Ada"]
    found = elsewhere.of("seat-of-Ada")
    assert found is not None
    assert found.since == T + LATER


def test_words_that_come_late_or_twice_change_nothing_that_newer_ones_of_that_node_say() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    first = SeatsHint(node="b", number=1, came=(seen("Ada"), seen("Ben")), whole=True)
    second = SeatsHint(node="b", number=2, came=(seen("Ben", away=T),), went=("seat-of-Ada",))
    for hint in (first, second, first, SeatsHint(node="b", number=2, came=(seen("Cleo"),)), AliveHint("b", 1)):
        asked = elsewhere.hear(hint, at=0) if isinstance(hint, SeatsHint) else elsewhere.is_alive(hint, at=0)
        assert not asked
    assert list(elsewhere) == [seen("Ben", away=T)]
    assert not elsewhere.hear(SeatsHint(node="b", number=3, came=(seen("Dan"),)), at=0), "nothing is missing"
    assert presence.online == ["Ben", "Dan"]


def test_who_is_there_may_be_told_in_parts_and_nobody_is_gone_before_the_last() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"), seen("Ben"), seen("Eva")), whole=True), at=0)
    parts = [("Ada",), ("Cleo", "Dan"), ("Eva",)]
    for part, people in enumerate(parts, start=1):
        assert presence.online.count("Ben") == 1
        came = tuple(map(seen, people))
        assert not elsewhere.hear(SeatsHint(node="b", number=1 + part, came=came, whole=True, part=part, parts=3), at=0)
        assert not elsewhere.is_alive(AliveHint("b", 1 + part), at=0), "the rest comes by itself"
    assert presence.online == ["Ada", "Cleo", "Dan", "Eva"]


def test_who_misses_a_part_asks_for_all_and_believes_nobody_gone_until_told() -> None:
    presence = Presence()
    elsewhere = Elsewhere(presence)
    elsewhere.hear(SeatsHint(node="b", number=1, came=(seen("Ada"), seen("Ben")), whole=True), at=0)
    elsewhere.hear(SeatsHint(node="b", number=2, came=(seen("Ada"),), whole=True, part=1, parts=3), at=0)
    assert elsewhere.hear(SeatsHint(node="b", number=4, came=(seen("Dan"),), whole=True, part=3, parts=3), at=0)
    assert elsewhere.is_alive(AliveHint("b", 4), at=0)
    assert presence.online == ["Ada", "Ben", "Dan"]
    assert not elsewhere.hear(SeatsHint(node="b", number=5, came=(seen("Dan"),), whole=True), at=0)
    assert presence.online == ["Dan"]
