"""The program from its first line to its last: first what can be seen, then what needs the network."""

import asyncio
import contextlib
import importlib
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime

from PySide6.QtWidgets import QApplication

from pdm_desktop import config, log, machine
from pdm_desktop.app.days import watch_days
from pdm_desktop.app.face import Face
from pdm_desktop.app.kept import config_or_usual, config_when_readable, keep_config, kept_hearing, tell_unreadable
from pdm_desktop.app.options import Options
from pdm_desktop.app.remembered import remembered
from pdm_desktop.app.ruled import fixed_by, ruled, tell_wrong
from pdm_desktop.app.shelf import Shelf
from pdm_desktop.app.steering import kept_limits, take_down
from pdm_desktop.app.tasks import Tasks
from pdm_desktop.config import Config
from pdm_desktop.core.errors import unexpected
from pdm_desktop.core.links import NoLink, link_in
from pdm_desktop.core.requests import (
    BeQuiet,
    ListDeleted,
    LoadHistory,
    OpenFolder,
    ReadFolders,
    Request,
    Search,
    ShowMine,
    SignIn,
    SteeringRequest,
)
from pdm_desktop.state.account import Account, Connection, Phase
from pdm_desktop.state.store import Store
from pdm_desktop.ui.messages import no_link

PAINT_PATIENCE = 3.0
"""Seconds after which the network is loaded although nothing was painted."""


def local_now() -> datetime:
    """Local time with its zone."""
    return datetime.now().astimezone()


class Program:
    """The parts of one running seat. Make it on the loop that Qt runs on; `run` returns when the person quits."""

    def __init__(self, application: QApplication, options: Options) -> None:
        self.options, self._wrong = ruled(options, machine.read())
        self.store = Store(clock=local_now)
        self.store.fixed = fixed_by(self.options.policy)
        self.tasks = Tasks(lambda error: self.store.raise_trouble(unexpected(error)))
        self._quit = asyncio.Event()
        self._painted = asyncio.Event()
        self.loaded: Callable[[], None] = lambda: None
        """Called when every module is loaded, which is once, after the first paint."""
        self._early: list[Request] = []
        self._submit_work: Callable[[Request], None] = self._early.append
        self._close_work: Callable[[], Awaitable[None]] | None = None
        self._wake_work: Callable[[], None] | None = None
        self._shelf: Shelf | None = None
        self._are_held = False
        """The settings could not be read yet: another program has them open."""
        self._unreadable: tuple[str, ...] = ()
        try:
            known, self._unreadable = config.read(options.data)
        except OSError as error:
            log.trouble("settings held", error)
            known, self._are_held = Config(), True
        self._go_by(known)
        self.face = Face(application, self.store, self.submit, local_now, options.data)
        self.face.quit_asked.connect(self._quit.set)
        self.face.painted.connect(self._painted.set)

    def _go_by(self, known: Config) -> None:
        in_force = self.options.policy.over(known)
        self.store.hear(kept_hearing(in_force))
        self.store.limit_transfers(kept_limits(in_force))

    def submit(self, request: Request) -> None:
        """Do what a person asks for. The answer comes through the store."""
        match request:
            case OpenFolder() | ReadFolders() | Search() | ShowMine() | LoadHistory() | ListDeleted():
                if self._shelf is not None:
                    self._shelf.views.ask(request)
            case BeQuiet(until=until):
                self.store.hear(replace(self.store.hearing, quiet_until=until))
            case _ if isinstance(request, SteeringRequest):
                for_engine = take_down(self.store, self.options.data, request, self.options.policy)
                if for_engine is not None:
                    self._submit_work(for_engine)
            case _:
                self._submit_work(request)

    def raise_by(self, words: str) -> None:
        """Come to the front, as somebody has started the program again: with a link, or with nothing."""
        try:
            self.face.follow(link_in(words) if words else None)
        except NoLink as error:
            self.face.show()
            self.store.raise_trouble(no_link(str(error)))

    def wake(self) -> None:
        """The computer was asleep: what was connected is not any more."""
        if self._wake_work is not None:
            self._wake_work()

    def quit(self) -> None:
        """End, in order."""
        self._quit.set()

    async def run(self) -> None:
        """Show the window, then connect; return after everything has been stopped."""
        self._begin()
        beginning = self.tasks.begin(self._begin_work(), name="begin")
        try:
            self.tasks.start(watch_days(self.store, local_now), name="days")
            await self._quit.wait()
        finally:
            log.note("quitting")
            self.face.hide()  # first of all: what ends behind it may take its time
            beginning.cancel()
            await asyncio.wait([beginning])
            await self._end()

    async def _begin_work(self) -> None:
        """After the first paint: load what talks to the network, and go on with the last session or ask who this is."""
        if not self.options.tray:
            await self._first_paint()
        # It takes 300 ms to load: beside the window, and after it can be seen.
        if self._are_held:
            asker = SignIn(server="", name="", password="")
            self._go_by(await config_when_readable(self.store, self.options.data, asker))
        work_module = await asyncio.to_thread(importlib.import_module, "pdm_desktop.app.work")
        log.note("network loaded")
        self.loaded()
        work = work_module.Work(
            self.store, self.tasks, self.options, local_now, shelf_for=self.shelf_for, ask_who=self._need_sign_in
        )
        self._close_work, self._wake_work = work.close, work.wake
        self._submit_work = work.submit
        self.face.window.seen.connect(work.look)
        await work.start()
        for request in self._early:
            work.submit(request)

    async def _first_paint(self) -> None:
        """Wait for it, but not for ever: a window that starts minimized is not painted."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PAINT_PATIENCE):
                await self._painted.wait()
        log.note("painted first", painted=self._painted.is_set())

    def shelf_for(self, account: Account) -> Shelf:
        """The cache of this person, opened when it was another's."""
        if self._shelf is None or not self._shelf.is_of(account):
            if self._shelf is not None:
                self._shelf.close()
            self._shelf = Shelf(self.store, self.tasks, account, self.options.data)
            self._shelf.begin()
        return self._shelf

    def _begin(self) -> None:
        """Bring up the first window: the files as they were last seen, or the question who this is."""
        if self.options.workspace is not None and not self.store.fixed.workspace:
            workspace = str(self.options.workspace)
            keep_config(self.store, self.options.data, lambda known: replace(known, workspace=workspace))
        account = None if self._are_held else remembered(self.options)
        if account is not None:
            self._show_remembered(account)
            if not self.options.tray:
                self.face.wait_for_paint()
                self.face.show()
        elif not self.options.tray:
            server, name = self._last_sign_in()
            self.face.ask_who(server=server, name=name)
            self.face.wait_for_paint()
        tell_unreadable(self.store, self.options.data, self._unreadable)
        tell_wrong(self.store, self._wrong)
        if self.options.link:
            self.raise_by(self.options.link)

    def _show_remembered(self, account: Account) -> None:
        self.store.connect(Connection(phase=Phase.CONNECTING, since=local_now()))
        self.store.sign_in(account)
        try:
            self.shelf_for(account)
        except (OSError, sqlite3.Error) as error:
            log.trouble("cache not opened", error)

    def _need_sign_in(self, why: str) -> None:
        if not self._quit.is_set():
            server, name = self._last_sign_in()
            self.face.need_sign_in(server=server, name=name, why=why)

    def _last_sign_in(self) -> tuple[str, str]:
        """The server and the name that the question who this is begins with."""
        known = config_or_usual(self.options.data)
        return self.options.server or known.address or self.options.first_server, self.options.name or known.name

    async def _end(self) -> None:
        if self._close_work is not None:
            await self._close_work()
        await self.tasks.stop()
        if self._shelf is not None:
            self._shelf.close()
        self.face.close()
