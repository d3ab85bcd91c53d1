"""How fast content may move: exact numbers of the bucket."""

import math

import pytest

from pdm_desktop.core.pace import BURST, LOWEST, MOST_PIECE, Bucket, limit_of, piece_of
from pdm_desktop.sync.transfer.traffic import PLACES
from server.config import Config
from server.serving.http import BODY_BYTES

BODY_TIMEOUT = float(Config.model_fields["body_timeout"].default)
SERVER_PIECE = 2**18
"""What the server hands to a connection at once; half as much again may wait before it."""


def test_who_takes_waits_for_its_bytes_to_be_filled() -> None:
    bucket = Bucket(rate=1000.0, at=10.0).take(500, 10.0)
    assert bucket.wait(bucket.taken, 10.0) == 0.5
    assert bucket.wait(bucket.taken, 10.25) == 0.25
    assert bucket.wait(bucket.taken, 10.5) == 0.0


def test_several_go_in_the_order_of_asking_and_share_the_rate() -> None:
    bucket = Bucket(rate=1000.0)
    waits = []
    for _ in range(4):
        bucket = bucket.take(250, 0.0)
        waits.append(bucket.wait(bucket.taken, 0.0))
    assert waits == [0.25, 0.5, 0.75, 1.0]


def test_what_was_not_used_is_saved_up_to_the_burst_alone() -> None:
    later = Bucket(rate=1000.0).later(60.0)
    assert later.filled - later.taken == 1000.0 * BURST
    bucket = later.take(1000, 60.0)
    assert bucket.wait(bucket.taken, 60.0) == 1.0 - BURST


def test_another_rate_counts_for_who_waits_already() -> None:
    bucket = Bucket(rate=1000.0).take(1000, 0.0)
    ticket = bucket.taken
    faster = bucket.limited(10_000.0, 0.5)
    assert faster.wait(ticket, 0.5) == 0.05
    assert bucket.limited(0.0, 0.5).wait(ticket, 0.5) == 0.0
    assert bucket.limited(100.0, 0.5).wait(ticket, 0.5) == 5.0


def test_without_a_limit_nobody_waits_and_nothing_is_saved_for_later() -> None:
    bucket = Bucket().take(10**9, 0.0).take(10**9, 1.0)
    assert bucket.wait(bucket.taken, 1.0) == 0.0
    limited = bucket.limited(1000.0, 2.0).take(1000, 2.0)
    assert limited.wait(limited.taken, 2.0) == 1.0


def test_a_clock_that_goes_back_gives_nothing() -> None:
    bucket = Bucket(rate=1000.0, at=10.0).take(100, 10.0)
    assert bucket.wait(bucket.taken, 9.0) == 0.1


@pytest.mark.parametrize(
    ("megabytes", "limit"),
    [(0.0, 0.0), (-1.0, 0.0), (math.nan, 0.0), (math.inf, 0.0), (0.001, LOWEST), (0.1, LOWEST), (2.5, 2_500_000.0)],
)
def test_a_setting_in_megabytes(megabytes: float, limit: float) -> None:
    assert limit_of(megabytes) == limit


@pytest.mark.parametrize("rate", [LOWEST, 10 * LOWEST, 1e7, 1e9])
def test_a_piece_takes_no_longer_than_a_person_notices(rate: float) -> None:
    assert 0 < piece_of(rate) <= MOST_PIECE
    assert piece_of(rate) / rate <= 0.11
    assert piece_of(0.0) == MOST_PIECE


def test_the_slowest_transfer_is_never_one_that_hangs_to_the_server() -> None:
    share = LOWEST / PLACES
    assert share * BODY_TIMEOUT > BODY_BYTES + PLACES * piece_of(LOWEST), "the next bytes of a body come in time"
    assert share * BODY_TIMEOUT > 2 * SERVER_PIECE, "the reader takes more of an answer in time"
