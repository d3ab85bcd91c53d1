"""What the connection decides: seqs, endings, delays, sleep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pdm_desktop.core.link import (
    CLOCK_JUMP,
    LONGEST_ASKED_DELAY,
    LONGEST_DELAY,
    RESTART_SPREAD,
    Ending,
    Next,
    Step,
    after_close,
    after_refusal,
    delay,
    has_slept,
    pause,
    step,
)
from server.protocol.closing import REPLACED, CloseCode
from server.protocol.problems import Code

CHANCES = st.floats(0, 1, exclude_max=True)


def test_only_the_next_event_is_applied() -> None:
    assert [step(5, seq) for seq in (4, 5, 6, 7)] == [Step.DROP, Step.DROP, Step.APPLY, Step.GAP]


def test_every_close_code_has_its_consequence() -> None:
    expected = {
        CloseCode.NORMAL: Next.COME_BACK,
        CloseCode.GOING_AWAY: Next.COME_BACK,
        CloseCode.BAD_DATA: Next.COME_BACK,
        CloseCode.SIGNED_OUT: Next.SIGN_IN,
        CloseCode.TOO_BIG: Next.COME_BACK,
        CloseCode.INTERNAL: Next.COME_BACK,
        CloseCode.RESTART: Next.SPREAD,
        CloseCode.BUSY: Next.WAIT,
        CloseCode.TOO_SLOW: Next.COME_BACK,
    }
    assert {code: after_close(code).next for code in CloseCode} == expected
    assert after_close(None).next is Next.COME_BACK
    assert after_close(CloseCode.NORMAL, REPLACED).next is Next.STOP


@pytest.mark.parametrize(
    ("status", "code", "then"),
    [
        (401, Code.NOT_SIGNED_IN, Next.SIGN_IN),
        (403, Code.FOREIGN_SEAT, Next.STOP),
        (503, Code.NOT_READY, Next.WAIT),
        (429, Code.TOO_MANY, Next.WAIT),
        (500, Code.INTERNAL, Next.COME_BACK),
    ],
)
def test_only_401_leads_to_sign_in(status: int, code: Code, then: Next) -> None:
    assert after_refusal(status, code=code.word).next is then


@pytest.mark.parametrize(
    ("status", "then"), [(401, Next.COME_BACK), (403, Next.COME_BACK), (503, Next.WAIT), (429, Next.WAIT)]
)
def test_what_something_on_the_way_answers_may_pass(status: int, then: Next) -> None:
    assert after_refusal(status).next is then


def test_what_cannot_be_read_is_asked_for_in_growing_steps_that_end_below_ten_seconds() -> None:
    assert [pause(failures) for failures in (1, 2, 3, 4, 10_000)] == [2.0, 4.0, 8.0, 8.0, 8.0]


@given(attempt=st.integers(0, 10_000), chance=CHANCES)
def test_coming_back_is_spread_from_zero_to_a_limit(attempt: int, chance: float) -> None:
    come_back = Ending(next=Next.COME_BACK, words="")
    assert 0 <= delay(come_back, attempt, chance) <= min(LONGEST_DELAY, 0.5 * 2 ** min(attempt, 20))
    assert delay(come_back, attempt, 0.0) == 0


@given(attempt=st.integers(0, 10_000), chance=CHANCES, asked=st.one_of(st.none(), st.floats(0, 10_000)))
def test_only_a_server_that_asks_is_waited_for_longer(attempt: int, chance: float, asked: float | None) -> None:
    wait = delay(Ending(next=Next.WAIT, words="", wait=asked), attempt, chance)
    assert min(asked or 0, LONGEST_ASKED_DELAY) <= wait <= LONGEST_ASKED_DELAY


@given(chance=CHANCES)
def test_everybody_comes_back_within_five_seconds_of_a_restart(chance: float) -> None:
    assert delay(Ending(next=Next.SPREAD, words=""), 0, chance) == chance * RESTART_SPREAD


def test_a_jump_of_the_wall_clock_is_a_sleep() -> None:
    assert not has_slept(5.2, 5)
    assert not has_slept(5 + CLOCK_JUMP, 5)
    assert has_slept(21, 5)
    assert has_slept(-3600, 5)
