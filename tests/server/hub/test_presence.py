"""Who is online, and what is announced of it."""

from datetime import UTC, datetime, timedelta

from server.hub.presence import Presence

T, MINUTE = datetime(2026, 3, 4, 12, tzinfo=UTC), timedelta(minutes=1)


def test_a_person_counts_once_whatever_the_seats() -> None:
    presence = Presence()
    presence.arrive("Ada")
    presence.arrive("Ada")
    assert presence.announce() == (["Ada"], [])
    presence.leave("Ada")
    assert presence.online == ["Ada"]
    assert presence.announce() == ([], [])
    presence.leave("Ada")
    assert presence.announce() == ([], ["Ada"])
    assert presence.online == []


def test_who_is_away_is_told_once_and_again_when_it_is_another_time_or_over() -> None:
    presence = Presence()
    for person in ("Ada", "Ben", "Cleo"):
        presence.arrive(person)
    assert presence.announce_away({"Ben": T, "Ada": T}) == ({"Ada": T, "Ben": T}, [])
    assert presence.announce_away({"Ben": T, "Ada": T}) == ({}, [])
    assert presence.announce_away({"Ben": T + MINUTE}) == ({"Ben": T + MINUTE}, ["Ada"])
    presence.leave("Ben")
    assert presence.announce_away({}) == ({}, [])


def test_who_comes_and_goes_between_two_announcements_is_in_neither() -> None:
    presence = Presence()
    presence.arrive("Ben")
    presence.announce()
    presence.arrive("Ada")
    presence.leave("Ada")
    presence.leave("Ben")
    presence.arrive("Ben")
    assert presence.announce() == ([], [])


def test_comings_and_goings_are_gathered_in_order_of_names() -> None:
    presence = Presence()
    for person in ("Cleo", "Ada", "Ben"):
        presence.arrive(person)
    assert presence.announce() == (["Ada", "Ben", "Cleo"], [])
    presence.leave("Cleo")
    presence.leave("Ada")
    presence.arrive("Dan")
    assert presence.announce() == (["Dan"], ["Ada", "Cleo"])


def test_who_was_told_to_somebody_new_and_goes_before_the_next_announcement_is_told_to_have_gone() -> None:
    presence = Presence()
    presence.arrive("Ada")
    presence.arrive("Ben")
    assert presence.tell() == ["Ada", "Ben"]
    presence.leave("Ada")
    assert presence.announce() == (["Ben"], ["Ada"])
    assert presence.announce() == ([], [])


def test_who_was_missing_for_somebody_new_and_is_back_at_the_next_announcement_is_told_to_have_come() -> None:
    presence = Presence()
    presence.arrive("Ada")
    presence.announce()
    presence.leave("Ada")
    presence.arrive("Ben")
    assert presence.tell() == ["Ben"]
    presence.arrive("Ada")
    assert presence.announce() == (["Ada", "Ben"], [])
    assert presence.announce() == ([], [])
