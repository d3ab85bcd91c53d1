"""The seat's own update: what the server says of it, the notice, the fetch, and the hand-over to the system."""

import asyncio
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.app.tasks import Tasks, in_own_thread
from pdm_desktop.app.update_fetch import fetch_installer
from pdm_desktop.app.update_handover import hand_over
from pdm_desktop.core.errors import Told, unexpected
from pdm_desktop.core.notices import Rule
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import Build, Need, Said, Stage, Update, moved, update_for, update_notice
from pdm_desktop.net.http import Http
from pdm_desktop.net.installer import find_installer
from pdm_desktop.net.session import about_server
from pdm_desktop.release import PUBLISHER, VERSION
from pdm_desktop.state.store import Store
from server.protocol.calls import Installer

FOLDER = "updates"
"""Below the data folder."""
TOLD = "told"
"""The file there that says of which version the person has heard."""
INSTALL_PATIENCE = 600.0
"""Seconds after which an installation that has not replaced this program counts as failed."""


def own_build(*, wanted: bool) -> Build:
    """What this program is. `wanted`: the computer's administrator lets seats offer updates themselves."""
    return Build(version=VERSION, publisher=PUBLISHER, installs=sys.platform == "win32", wanted=wanted)


class Updates:
    """One for the whole run of the program, whoever signs in, and where. `close` it in the end, on the same loop."""

    def __init__(
        self,
        store: Store,
        tasks: Tasks,
        data: Path,
        build: Build,
        *,
        tls: Callable[[], Awaitable[ssl.SSLContext]],
        install: Callable[[Path, str], None] = hand_over,
        patience: float = INSTALL_PATIENCE,
    ) -> None:
        """`install` hands a file with that SHA-256 to the system; it may block, and raises core.errors."""
        self._store = store
        self._tasks = tasks
        self._folder = data / FOLDER
        self._build = build
        self._tls = tls
        self._install_file = install
        self._patience = patience
        self._address = ""
        self._said: Said | None = None
        self._work: asyncio.Task[None] | None = None
        self._closed = False

    def heard(self, address: str, *, oldest: str, newest: str) -> None:
        """A server said which seats it serves, and which is the newest."""
        if self._closed:
            return
        self._address, self._said = address, Said(oldest=oldest, newest=newest)
        if update_for(self._build, self._said).need is Need.NONE:
            self._take(self._said)
        else:
            self._tasks.start(self._look(self._said), name="look for an installer")

    def ask_again(self, address: str) -> None:
        """A server hinted that this is another now."""
        self._tasks.start(self._ask(address), name="ask about seats")

    def install(self) -> None:
        """Fetch the update and install it. Who asks again meanwhile is asked for patience."""
        update = self._store.update
        if update.installer is not None and not update.runs and not self._closed:
            self._store.load_update(moved(update, Stage.FETCHING))
            self._work = self._tasks.begin(self._bring(update, update.installer), name="update")
            self._work.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Fetch it no more. What Windows has been handed goes on."""
        if self._work is not None and self._store.update.stage is Stage.FETCHING:
            self._work.cancel()

    def close(self) -> None:
        """Begin nothing more, and fetch no more."""
        self._closed = True
        if self._work is not None:
            self._work.cancel()

    async def _ask(self, address: str) -> None:
        try:
            async with self._http(address) as http:
                info = await about_server(http)
        except Told as told:
            log.note("not asked about seats", why=told.text)  # the next greeting says it
            return
        self.heard(address, oldest=info.oldest_client, newest=info.newest_client)

    async def _look(self, said: Said) -> None:
        """What the server has to install: asked for only where it can be used."""
        offered: Installer | None = None
        if self._build.installs and self._build.publisher and self._build.wanted:
            try:
                async with self._http(self._address) as http:
                    offered = await find_installer(http)
            except Told as told:
                log.note("no installer found", why=told.text)
        if said is self._said and not self._closed:
            self._take(replace(said, offered=offered))

    def _take(self, said: Said) -> None:
        update, shown = update_for(self._build, said), self._store.update
        if shown.runs or moved(shown, Stage.IDLE) == update:
            return
        log.note("update", need=update.need.value, own=update.own, version=update.version, here=bool(update.installer))
        self._store.load_update(update)
        if update.need is Need.NONE:
            self._clear()
        else:
            self._tell_once(update)

    def _clear(self) -> None:
        """What was fetched is installed by now, or not needed any more."""
        with suppress(OSError):
            for each in self._folder.glob("*.msi*"):
                each.unlink(missing_ok=True)

    def _tell_once(self, update: Update) -> None:
        """The desktop hears of a version once, over all starts; unless nobody wants to hear anything now."""
        hearing, mark, now = self._store.hearing, f"{update.need.value} {update.version}", self._store.now()
        is_quiet = hearing.rule is Rule.NONE or (hearing.quiet_until is not None and now < hearing.quiet_until)
        place = self._folder / TOLD
        with suppress(OSError, UnicodeDecodeError):
            if place.read_text(encoding="utf-8") == mark:
                return
        if is_quiet and update.need is not Need.REQUIRED:
            return
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            place.write_text(mark, encoding="utf-8")
        self._store.raise_notice(update_notice(update))

    async def _bring(self, update: Update, installer: Installer) -> None:
        """From the server to the system. How it ends is seen, whatever it is."""

        def show(stage: Stage, *, done: int = 0, trouble: Trouble | None = None) -> None:
            self._store.load_update(moved(update, stage, done=done, trouble=trouble))

        try:
            async with self._http(self._address) as http:
                path = await fetch_installer(
                    http, installer, self._folder, moved=lambda done: show(Stage.FETCHING, done=done)
                )
            show(Stage.ASKING)
            await in_own_thread(partial(self._install_file, path, installer.sha256), name="install an update")
            show(Stage.INSTALLING)
            await asyncio.sleep(self._patience)
            show(Stage.FAILED, trouble=_not_replaced())
        except Told as told:
            log.note("not updated", why=told.text)
            show(Stage.FAILED, trouble=told.trouble)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window must not say for ever that it goes on
            log.trouble("update broke", error)
            show(Stage.FAILED, trouble=unexpected(error))

    def _ended(self, work: asyncio.Task[None]) -> None:
        """One that was cancelled may not even have begun."""
        if work.cancelled():
            self._store.load_update(moved(self._store.update, Stage.IDLE))

    @asynccontextmanager
    async def _http(self, address: str) -> AsyncIterator[Http]:
        http = Http(address, tls=await self._tls())
        try:
            yield http
        finally:
            await http.close()


def _not_replaced() -> Trouble:
    return Trouble(
        title="The update was not installed",
        text="Windows did not install the update, or could not close this window for it.",
        advice="Quit PDM Desktop, start it again and try once more, or ask who looks after this computer.",
    )
