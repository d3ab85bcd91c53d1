"""Calls of an engine or a server to the world around it, numbered: each can be watched, fail, or be the very last one.

`Watched(real, "disk", *watchers)` stands for any port. Every call of a method, every block that comes out of a stream
and every end of a transaction goes to each watcher before and after it. Watchers are:

- `Points`: numbers the moments before each and ends the program at one of them;
- what a test makes itself: anything with `before(call)` and `after(call)`, which may raise what the world raises.
"""

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import PurePath
from typing import Any, Protocol


class Ended(BaseException):
    """The program is gone: nothing catches it, and nothing that it does from now on has an effect."""


@dataclass(frozen=True)
class Call:
    """One call of a port."""

    port: str
    method: str
    arguments: tuple[Any, ...] = ()

    @property
    def path(self) -> PurePath | None:
        """What it is about, if it is about a path. Of two it is the one that something gets."""
        paths = [each for each in self.arguments if isinstance(each, PurePath)]
        return paths[-1] if paths else None

    def __str__(self) -> str:
        return f"{self.port}.{self.method}"


class Watcher(Protocol):
    """Hears of every call."""

    def before(self, call: Call) -> None:
        """It is about to happen; what is raised here is raised instead of it."""

    def after(self, call: Call) -> None:
        """It has happened."""


class Points:
    """Numbers the moments at which a program can end, and ends it at the one of that number."""

    def __init__(self) -> None:
        self.names: list[str] = []
        """Every moment so far, by the call that was to come: after the one before it and before this one it ends."""
        self.is_over = False
        self._crash_at: int | None = None

    @property
    def reached(self) -> int:
        """How many moments there were."""
        return len(self.names)

    def end_in(self, moments: int) -> None:
        """End it after so many moments more."""
        self._crash_at = len(self.names) + moments

    def never(self) -> None:
        """Do not end it."""
        self._crash_at = None

    def before(self, call: Call) -> None:
        if self.is_over:
            raise Ended
        self.names.append(str(call))
        if len(self.names) == self._crash_at:
            self.is_over = True
            raise Ended

    def after(self, call: Call) -> None:
        """It has happened; what a program that has ended still gets is of no use to it."""
        if self.is_over:
            raise Ended


class _Kind(Enum):
    """What a function answers with."""

    PIECES = auto()
    AWAITED = auto()
    PLAIN = auto()


@cache
def _kind(function: Callable[..., Any]) -> _Kind:
    """Found out once for each function: they are called some thousand times in a run, and looking takes longer."""
    if inspect.isgeneratorfunction(function):
        return _Kind.PIECES
    return _Kind.AWAITED if inspect.iscoroutinefunction(function) else _Kind.PLAIN


class Watched:
    """A port of the world with watchers around every call. What is no method is as it is; `close` always works."""

    def __init__(self, real: Any, port: str, *watchers: Watcher) -> None:
        self._real = real
        self._port = port
        self._watchers = watchers

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found) or name.startswith("_") or name == "close":
            return found

        answer = self._answer_of(getattr(found, "__func__", found))

        def called(*arguments: Any, **named: Any) -> Any:
            return answer(Call(self._port, name, arguments), lambda: found(*arguments, **named))

        return called

    def _answer_of(self, function: Callable[..., Any]) -> Callable[[Call, Callable[[], Any]], Any]:
        """How the answers of a function are passed on."""
        match _kind(function):
            case _Kind.PIECES:
                return lambda call, act: self._pieces(call, act())
            case _Kind.AWAITED:
                return lambda call, act: self._awaited(call, act())
            case _Kind.PLAIN:
                return self._done

    def _before(self, call: Call) -> None:
        for each in self._watchers:
            each.before(call)

    def _after(self, call: Call) -> None:
        for each in self._watchers:
            each.after(call)

    def _done(self, call: Call, act: Callable[[], Any]) -> Any:
        self._before(call)
        answer = act()
        match answer:
            case AbstractAsyncContextManager():
                return self._opened(call, answer)
            case AbstractContextManager():
                return self._together(call, answer)
            case _:
                answer = self._taken(answer)
                self._after(call)
                return answer

    def _taken(self, answer: Any) -> Any:
        """What a call gives back; a port that answers with another port wraps it here."""
        return answer

    async def _awaited(self, call: Call, answer: Awaitable[Any]) -> Any:
        try:
            self._before(call)
        except BaseException:
            if inspect.iscoroutine(answer):
                answer.close()
            raise
        got = await answer
        self._after(call)
        return got

    def _pieces(self, call: Call, pieces: Iterator[Any]) -> Iterator[Any]:
        self._before(call)
        for piece in pieces:
            self._before(Call(call.port, f"{call.method}, a piece", call.arguments))
            yield piece
        self._after(call)

    @asynccontextmanager
    async def _opened(self, call: Call, opened: AbstractAsyncContextManager[Any]) -> AsyncIterator[Any]:
        self._after(call)
        async with opened as pieces:
            yield self._stream(call, pieces)

    async def _stream(self, call: Call, pieces: AsyncIterator[Any]) -> AsyncIterator[Any]:
        async for piece in pieces:
            self._before(Call(call.port, f"{call.method}, a piece", call.arguments))
            yield piece

    @contextmanager
    def _together(self, call: Call, block: AbstractContextManager[Any]) -> Iterator[Any]:
        with block as inside:
            yield inside
            self._before(Call(call.port, f"{call.method}, all of it"))
        self._after(call)
