"""Work that is done to its end, also when whoever asked for it is cancelled meanwhile.

No thread is left alone at a file: while it changes something, whoever is alone with the file stays so, and what it has
done can be recorded.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


async def on_thread(work: Callable[P, T], /, *arguments: P.args, **named: P.kwargs) -> T:
    """Have a thread do what changes something. Raises what that raises.

    Who only reads may take `asyncio.to_thread`: what nobody waits for any more does no harm.
    """
    return await ended(asyncio.get_running_loop().run_in_executor(None, lambda: work(*arguments, **named)))


async def begun(begin: Callable[[], T], end: Callable[[T], object]) -> T:
    """What a thread begins. Cut just then it is ended again, as nobody has it. Raises what these raise."""
    doing = asyncio.get_running_loop().run_in_executor(None, begin)
    try:
        return await ended(doing)
    except asyncio.CancelledError:
        if not doing.cancelled() and doing.exception() is None:
            await on_thread(end, doing.result())
        raise


async def as_a_whole(work: Coroutine[Any, Any, T], *, name: str) -> T:
    """Do several things of which none may be left out when the first has happened. Raises what they raise."""
    return await ended(asyncio.get_running_loop().create_task(work, name=name))


async def ended(doing: "asyncio.Future[T]", *, cut: Callable[[], None] = lambda: None) -> T:
    """What some work comes to. Cancelled, however often, this goes when the work has ended; it is asked to by `cut`.

    Then nobody hears of an error in it. Raises what it raises.
    """
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        cut()
        while not doing.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([doing])
        raise
