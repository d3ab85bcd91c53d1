"""Tries to sign in: a few at once, then ever more slowly, per person and address."""

from datetime import timedelta

import pytest

from server.auth.throttle import (
    FORGOTTEN_AFTER,
    FREE_FOR_ADDRESS,
    FREE_FOR_NAME,
    FREE_FOR_PERSON,
    LONGEST_WAIT,
    REMEMBERED,
    Throttle,
)
from server.domain.errors import TooManyTries
from tests.support.vault_data import START


def wait_of(throttle: Throttle, name: str = "Anna", address: str = "10.0.0.1", *, after: float = 0) -> float:
    """The seconds that a try is told to wait; 0 for one that is let in."""
    try:
        throttle.admit(name=name, address=address, now=START + timedelta(seconds=after))
    except TooManyTries as refused:
        return refused.retry_after or -1
    return 0


def test_waiting_grows_with_each_try_up_to_a_minute() -> None:
    throttle = Throttle()
    assert [wait_of(throttle) for _ in range(FREE_FOR_PERSON)] == [0] * FREE_FOR_PERSON
    at, waits = 0.0, []
    for _ in range(8):
        waits.append(wait_of(throttle, after=at))
        at += waits[-1]
        assert wait_of(throttle, after=at) == 0
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    assert timedelta(seconds=60) == LONGEST_WAIT


def test_names_are_told_apart_as_people_would_and_addresses_each_for_itself() -> None:
    throttle = Throttle()
    for _ in range(FREE_FOR_PERSON):
        wait_of(throttle)
    assert wait_of(throttle, "ANNA") > 0
    assert wait_of(throttle, "Ben") == 0
    assert wait_of(throttle, address="10.0.0.2") == 0


def test_one_address_cannot_try_many_names() -> None:
    throttle = Throttle()
    waits = [wait_of(throttle, f"name {number}") for number in range(FREE_FOR_ADDRESS + 1)]
    assert waits[:-1] == [0] * FREE_FOR_ADDRESS
    assert waits[-1] > 0


def test_many_addresses_cannot_try_one_person() -> None:
    throttle = Throttle()
    waits = [wait_of(throttle, address=f"10.0.1.{number}") for number in range(FREE_FOR_NAME + 1)]
    assert waits[:-1] == [0] * FREE_FOR_NAME
    assert waits[-1] > 0
    assert wait_of(throttle, "Ben", "10.0.1.1") == 0


def test_who_was_right_there_before_is_not_locked_out_from_elsewhere() -> None:
    throttle = Throttle()
    throttle.admit(name="Anna", address="10.0.0.1", now=START)
    throttle.succeeded(name="anna", address="10.0.0.1")
    for number in range(FREE_FOR_NAME + 1):
        wait_of(throttle, address=f"10.0.1.{number}")
    assert wait_of(throttle, address="10.0.2.1") > 0
    assert wait_of(throttle, address="10.0.0.1") == 0


def test_who_was_right_there_before_waits_for_no_other_name_of_that_address() -> None:
    """A whole office may share one, and somebody in it may try whatever names there are."""
    throttle = Throttle()
    throttle.admit(name="Anna", address="10.0.0.1", now=START)
    throttle.succeeded(name="anna", address="10.0.0.1")
    for number in range(FREE_FOR_ADDRESS + 1):
        wait_of(throttle, f"name {number}")
    assert wait_of(throttle, "Ben") > 0
    assert wait_of(throttle, "Anna") == 0
    waits = [wait_of(throttle, "Anna") for _ in range(FREE_FOR_PERSON)]
    assert waits[-1] > 0, "what is tried by the own name counts there too"


def token_waits(throttle: Throttle, *, beside: str | None = None) -> bool:
    try:
        throttle.admit_token(beside=beside, address="10.0.0.1", now=START)
    except TooManyTries:
        return True
    return False


def test_tries_by_a_token_wait_in_the_same_way_and_make_no_password_wait() -> None:
    throttle = Throttle()
    assert [token_waits(throttle) for _ in range(FREE_FOR_ADDRESS)] == [False] * FREE_FOR_ADDRESS
    assert token_waits(throttle)
    assert wait_of(throttle) == 0


def test_a_token_beside_a_right_password_waits_for_nobody_elses_and_nobody_for_it() -> None:
    throttle = Throttle()
    while not token_waits(throttle):
        """Somebody at the same address tries tokens that are none."""
    assert [token_waits(throttle, beside="Anna") for _ in range(FREE_FOR_PERSON)] == [False] * FREE_FOR_PERSON
    assert token_waits(throttle, beside="ANNA")
    assert not token_waits(throttle, beside="Ben")
    throttle.token_succeeded(beside="anna", address="10.0.0.1")
    assert not token_waits(throttle, beside="Anna")


def test_a_right_token_does_not_wipe_out_the_wrong_ones_from_there() -> None:
    throttle = Throttle()
    for _ in range(FREE_FOR_ADDRESS - 1):
        assert not token_waits(throttle)
    assert not token_waits(throttle)
    throttle.token_succeeded(address="10.0.0.1")
    assert token_waits(throttle)


def test_a_right_password_and_time_are_forgiven() -> None:
    throttle = Throttle()
    for _ in range(FREE_FOR_PERSON):
        wait_of(throttle)
    throttle.succeeded(name="anna", address="10.0.0.1")
    assert wait_of(throttle) == 0
    for _ in range(FREE_FOR_PERSON):
        wait_of(throttle)
    later = FORGOTTEN_AFTER.total_seconds() + 60
    assert [wait_of(throttle, after=later) for _ in range(FREE_FOR_PERSON)] == [0] * FREE_FOR_PERSON


def test_a_clock_that_is_set_back_locks_nobody_out() -> None:
    throttle = Throttle()
    for _ in range(FREE_FOR_PERSON):
        assert wait_of(throttle, after=3_600) == 0
    assert wait_of(throttle, after=3_600) > 0
    assert wait_of(throttle, after=0) == 0
    assert wait_of(throttle, after=0) > 0


def test_an_office_that_signs_in_rightly_never_waits() -> None:
    throttle = Throttle()
    for number in range(5 * FREE_FOR_ADDRESS):
        assert wait_of(throttle, f"name {number}") == 0
        throttle.succeeded(name=f"name {number}", address="10.0.0.1")


def test_what_is_remembered_is_bounded() -> None:
    throttle = Throttle()
    for number in range(REMEMBERED + 10):
        wait_of(throttle, f"name {number}", str(number))
        throttle.succeeded(name=f"name {number}", address=str(number))
        wait_of(throttle, f"name {number}", str(number))
    assert len(throttle._tries) == len(throttle._at_home) == REMEMBERED


def test_the_refusal_says_how_long() -> None:
    throttle = Throttle()
    for _ in range(FREE_FOR_PERSON):
        wait_of(throttle)
    with pytest.raises(TooManyTries, match="wait 1 s"):
        throttle.admit(name="Anna", address="10.0.0.1", now=START)


def test_all_addresses_of_one_network_of_ipv6_count_as_one() -> None:
    throttle = Throttle()
    waits = [wait_of(throttle, f"name {number}", f"2001:db8::{number:x}") for number in range(FREE_FOR_ADDRESS + 1)]
    assert waits[:-1] == [0] * FREE_FOR_ADDRESS
    assert waits[-1] > 0
    assert wait_of(throttle, "Ben", "2001:db8:0:1::1") == 0


def test_an_address_of_ipv4_is_the_same_in_both_ways_of_writing_it() -> None:
    throttle = Throttle()
    for _ in range(FREE_FOR_PERSON):
        wait_of(throttle, address="::ffff:10.0.0.1")
    assert wait_of(throttle) > 0
    assert wait_of(throttle, address="::ffff:10.0.0.2") == 0
