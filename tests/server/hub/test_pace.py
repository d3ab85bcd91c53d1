"""Turns begin at once after a rest, and evenly in a stream without one."""

import time
from pathlib import Path

import pytest

from server.hub.pace import Pace
from tests.support.shop import open_shop


def test_a_turn_now_and_then_waits_for_nothing() -> None:
    pace = Pace(per_second=100, spare=0)
    assert [pace.delay(now) for now in (5.0, 5.01, 5.5, 9.0)] == [0, 0, 0, 0]


def test_some_after_a_rest_wait_for_nothing_the_others_come_evenly() -> None:
    pace = Pace(per_second=100, spare=3)
    assert [pace.delay(7.0) for _ in range(7)] == pytest.approx([0, 0, 0, 0, 0.01, 0.02, 0.03])
    assert pace.delay(7.07) == 0


def test_a_rest_brings_back_no_more_than_there_was() -> None:
    pace = Pace(per_second=10, spare=1)
    assert [pace.delay(1.0), pace.delay(1.0), pace.delay(1.0)] == pytest.approx([0, 0, 0.1])
    assert [pace.delay(50.0), pace.delay(50.0), pace.delay(50.0)] == pytest.approx([0, 0, 0.1])


async def test_events_without_a_rest_are_read_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path, direct=True, watch_interval=3_600) as shop:
        await shop.vault("mill")
        async with shop.seat("Ada") as ada:
            reads = 0
            news = shop.hub._source.news

            async def counted(*args: object, **options: object) -> object:
                nonlocal reads
                reads += 1
                return await news(*args, **options)  # type: ignore[arg-type]  # handed on as they came

            monkeypatch.setattr(shop.hub._source, "news", counted)
            monkeypatch.setattr(shop.hub, "_pace", Pace(per_second=10, spare=0))
            began = time.monotonic()
            for _ in range(100):
                await shop.happen("mill")
            await ada.event(seq=100)
            seconds = time.monotonic() - began
            assert ada.seqs == list(range(1, 101))
            assert reads <= 10 * seconds + 2
            assert reads < 50, "so slow a store shows nothing"
