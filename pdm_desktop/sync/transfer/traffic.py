"""Every transfer of one engine: so many move at a time, under the person's limits; each can be paused and cancelled.

All of it happens on the engine's loop.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import field, replace
from typing import TypeVar

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Cancelled, OnHold, Told, unexpected
from pdm_desktop.core.pace import limit_of
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.requests import FileRequest, TransferRequest
from pdm_desktop.state.transfers import Transfer, TransferState
from pdm_desktop.sync.transfer.pace import Pace
from pdm_desktop.sync.transfer.progress import Progress
from server.protocol.records import dataclass

T = TypeVar("T")

PLACES = 4
"""So many files move at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What the transfers of a file are for, while a command is at it."""

    what: str
    again: FileRequest | None = None
    patient: bool = True
    """A pause is waited for; without it, whoever asked hears OnHold and tries again later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What a transfer needs while it moves."""

    progress: Progress
    pace: Pace


@dataclass(slots=True)
class _Live:
    """A transfer that is not over, and what the person wants of it."""

    progress: Progress
    is_held: bool
    is_cancelled: bool = False
    scope: asyncio.Timeout | None = None
    """What moves now, to be interrupted."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """The person wants something else."""
        self.changed.set()
        scope, self.scope = self.scope, None
        if scope is not None and not scope.expired():  # several may share one
            scope.reschedule(asyncio.get_running_loop().time())


class Traffic:
    """Carries transfers, and lets the person steer them. `tell` hears how each one stands."""

    def __init__(self, *, tell: Callable[[Transfer], None]) -> None:
        self._tell = tell
        self._places = asyncio.Semaphore(PLACES)
        self._live: dict[str, _Live] = {}
        self._purposes: dict[str, Purpose] = {}
        self._put_off: dict[str, _Live] = {}
        """By file: what nobody waits for and was paused on its way; resumed, it begins anew when it is tried again."""
        self._parted: dict[str, _Live] = {}
        """By file: what began with others and left them; it goes on alone, or its command ends without it."""
        self._holds_new = False
        self._paces = {True: Pace(), False: Pace()}

    # What the person wants

    def steer(self, request: TransferRequest) -> None:
        """Do what the person asks for."""
        match request:
            case requests.PauseTransfer(transfer=transfer):
                self.pause(transfer)
            case requests.ResumeTransfer(transfer=transfer):
                self.resume(transfer)
            case requests.CancelTransfer(transfer=transfer):
                self.cancel(transfer)
            case requests.PauseAll():
                self.pause_all()
            case requests.ResumeAll():
                self.resume_all()
            case requests.LimitTransfers(up=up, down=down):
                self._paces[True].limit(limit_of(up))
                self._paces[False].limit(limit_of(down))

    def pause(self, transfer: str) -> None:
        """It stops where it is, and goes on from there; nothing happens when it is over."""
        self._want(transfer, held=True)

    def resume(self, transfer: str) -> None:
        """It goes on."""
        self._want(transfer, held=False)

    def pause_all(self) -> None:
        """All stop where they are, and new ones begin paused."""
        self._holds_new = True
        for transfer in self._all():
            self.pause(transfer)

    def resume_all(self) -> None:
        """All go on."""
        self._holds_new = False
        for transfer in self._all():
            self.resume(transfer)

    def cancel(self, transfer: str) -> None:
        """It ends, and whoever wanted it hears Cancelled; nothing happens when it is over."""
        for file, put_off in list(self._put_off.items()):
            if put_off.progress.transfer.id == transfer:
                del self._put_off[file]
                put_off.progress.drop()
        live = self._live.get(transfer)
        if live is not None and not live.is_cancelled:
            live.is_cancelled = True
            live.tell()

    # What moves

    def is_about(self, file: str) -> bool:
        """A command is at that file."""
        return file in self._purposes

    @contextmanager
    def about(self, file: str, purpose: Purpose) -> Iterator[None]:
        """Transfers of that file are for this while it lasts; one command at a time is at a file."""
        self._purposes[file] = purpose
        try:
            yield
        finally:
            del self._purposes[file]
            parted = self._parted.pop(file, None)
            if parted is not None:
                del self._live[parted.progress.transfer.id]
                parted.progress.drop()

    async def carry(self, begin: Transfer, move: Callable[[Moving], Awaitable[T]], *, patient: bool = True) -> T:
        """Move content when it is its turn; `move` is interrupted at a pause, and called again to go on.

        Raises Cancelled, and what `move` raises. Without `patience` a pause raises OnHold: it is tried again later.
        """
        purpose = self._purposes.get(begin.file)
        patient = patient and (purpose is None or purpose.patient)
        live = self._begun(begin, patient=patient)
        begin = live.progress.transfer
        moving = Moving(progress=live.progress, pace=self._paces[begin.up])
        self._live[begin.id] = live
        try:
            done = await self._carry(live, moving, move, patient=patient)
        except Cancelled:
            live.progress.drop()
            raise
        except OnHold:
            self._put_off[begin.file] = live
            raise
        except Exception as error:
            live.progress.end(error if isinstance(error, Told) else Told(unexpected(error).text))
            raise
        except BaseException:  # the engine ends: nothing comes of it before the next start
            live.progress.drop()
            raise
        finally:
            del self._live[begin.id]
        live.progress.end()
        return done

    async def carry_together(
        self, begin: Sequence[Transfer], move: Callable[[Mapping[str, Moving]], Awaitable[Collection[str]]]
    ) -> set[str]:
        """Bring content of several files as one transfer; the answer is which have come.

        `move` gets those that take part, by file, and says which have come. What is paused or cancelled meanwhile takes
        part no longer: `move` is interrupted, and called again for the others. Whatever has not come goes on in
        `carry`, which its command calls next, as the person wants it by then. Raises what `move` raises.
        """
        lives = {each.file: self._begun(each, patient=True) for each in begin}
        self._live |= {live.progress.transfer.id: live for live in lives.values()}
        came: set[str] = set()
        try:
            came = await self._carry_together(lives, move)
        finally:
            for file, live in lives.items():
                if file in came:
                    del self._live[live.progress.transfer.id]
                    live.progress.end()
                else:
                    live.progress.stand(TransferState.PAUSED if live.is_held else TransferState.WAITING)
                    self._parted[file] = live
        return came

    async def _carry_together(
        self, lives: Mapping[str, _Live], move: Callable[[Mapping[str, Moving]], Awaitable[Collection[str]]]
    ) -> set[str]:
        pace = self._paces[False]
        while taking := {file: live for file, live in lives.items() if not (live.is_held or live.is_cancelled)}:
            try:
                async with asyncio.timeout(None) as scope:
                    for live in taking.values():
                        live.scope = scope
                    async with self._places:
                        for live in taking.values():
                            live.progress.stand(TransferState.RUNNING)
                        moving = {file: Moving(progress=live.progress, pace=pace) for file, live in taking.items()}
                        return set(await move(moving))
            except TimeoutError:
                if not scope.expired():
                    raise
            finally:
                for live in taking.values():
                    live.scope = None
        return set()

    def _begun(self, begin: Transfer, *, patient: bool) -> _Live:
        parted = self._parted.pop(begin.file, None)
        if parted is not None:
            return parted
        purpose = self._purposes.get(begin.file)
        if purpose is not None:
            begin = replace(begin, what=purpose.what, again=purpose.again)
        if not patient:
            begin = replace(begin, id=f"later {begin.file}")  # one row, however often it is tried
        put_off = self._put_off.get(begin.file)
        if put_off is not None:
            if put_off.is_held and not patient:
                raise _on_hold(begin)
            del self._put_off[begin.file]
            if put_off.progress.transfer.id != begin.id:
                put_off.progress.drop()
        return _Live(Progress(begin, tell=self._tell), is_held=self._holds_new)

    async def _carry(self, live: _Live, moving: Moving, move: Callable[[Moving], Awaitable[T]], *, patient: bool) -> T:
        while True:
            if live.is_cancelled:
                raise Cancelled("Cancelled by you; nothing has changed on this computer.")
            live.changed.clear()
            if live.is_held:
                live.progress.stand(TransferState.PAUSED)
                if not patient:
                    raise _on_hold(live.progress.transfer)
                await live.changed.wait()
                continue
            live.progress.stand(TransferState.WAITING)
            try:
                async with asyncio.timeout(None) as scope:
                    live.scope = scope
                    async with self._places:
                        live.progress.stand(TransferState.RUNNING)
                        return await move(moving)
            except TimeoutError:
                if not scope.expired():
                    raise
            finally:
                live.scope = None

    def _want(self, transfer: str, *, held: bool) -> None:
        live = self._live.get(transfer)
        if live is not None and live.is_held is not held:
            live.is_held = held
            live.tell()
        for put_off in self._put_off.values():
            if put_off.progress.transfer.id == transfer:
                put_off.is_held = held
                put_off.progress.stand(TransferState.PAUSED if held else TransferState.WAITING)

    def _all(self) -> list[str]:
        return [*self._live, *(put_off.progress.transfer.id for put_off in self._put_off.values())]


def transfer_of(file: str, path: str, *, up: bool, size: int, what: str = "") -> Transfer:
    """One that begins."""
    return Transfer(id=uuid.uuid4().hex, file=file, path=path, up=up, size=size, what=what)


def _on_hold(transfer: Transfer) -> OnHold:
    return OnHold(f"{name_of(transfer.path)} waits: its transfer is paused.", advice="Resume it in Transfers.")
