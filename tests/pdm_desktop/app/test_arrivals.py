"""What the engine tells is taken in order, a little at a time, and none of it is lost."""

import asyncio
import threading

import pytest

import pdm_desktop.app.arrivals as arrivals
from pdm_desktop.app.arrivals import Arrivals
from tests.support.seat_parts import until


async def test_what_comes_from_a_thread_is_taken_in_order() -> None:
    taken: list[int] = []
    queue = Arrivals(asyncio.get_running_loop())

    def tell() -> None:
        for number in range(5_000):
            queue.put(lambda number=number: taken.append(number))  # type: ignore[misc] # the number of now is bound

    thread = threading.Thread(target=tell)
    thread.start()
    await until(lambda: len(taken) == 5_000)
    thread.join()
    assert taken == list(range(5_000))


async def test_between_two_turns_the_loop_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "TURN", -1.0)  # each turn is over after one
    loop = asyncio.get_running_loop()
    seen: list[str] = []
    queue = Arrivals(loop)
    for _ in range(3):
        queue.put(lambda: seen.append("told"))

    def window() -> None:
        seen.append("window")
        if seen.count("told") < 3:
            loop.call_soon(window)

    loop.call_soon(window)
    await until(lambda: seen.count("told") == 3)
    assert "told,told" not in ",".join(seen)


async def test_many_that_wait_cost_one_turn() -> None:
    loop = asyncio.get_running_loop()
    queue, asked, took = Arrivals(loop), 0, 0
    schedule = loop.call_soon_threadsafe

    def counted(*words: object) -> asyncio.Handle:
        nonlocal asked
        asked += 1
        return schedule(*words)  # type: ignore[arg-type] # only handed on as it came

    def take() -> None:
        nonlocal took
        took += 1

    loop.call_soon_threadsafe = counted  # type: ignore[assignment,method-assign] # counts, and hands on
    for _ in range(200):
        queue.put(take)
    await until(lambda: took == 200)
    assert asked == 1


async def test_one_that_breaks_stops_none_of_the_others() -> None:
    loop = asyncio.get_running_loop()
    broken: list[object] = []
    loop.set_exception_handler(lambda _, context: broken.append(context["exception"]))
    taken: list[bool] = []
    queue = Arrivals(loop)
    queue.put(lambda: 1 / 0)  # type: ignore[arg-type] # it is there to break
    queue.put(lambda: taken.append(True))
    await until(lambda: taken == [True])
    assert [type(each) for each in broken] == [ZeroDivisionError]
