"""The seat's own update: what the server says of it, the notice, the fetch, and the hand-over to the system."""

import asyncio
import random
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
from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.results import Trouble
from pdm_desktop.core.updates import (
    Build,
    Need,
    Said,
    Stage,
    Update,
    asks_again_in,
    moved,
    update_for,
    update_notice,
)
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
        served: Callable[[], object] = lambda: None,
        install: Callable[[Path, str], None] = hand_over,
        patience: float = INSTALL_PATIENCE,
    ) -> None:
        """`served` is called when a server that did not serve this seat does so again.

        `install` hands a file with that SHA-256 to the system; it may block, and raises core.errors.
        """
        self._store = store
        self._tasks = tasks
        self._folder = data / FOLDER
        self._build = build
        self._tls = tls
        self._served = served
        self._install_file = install
        self._patience = patience
        self._address = ""
        self._said: Said | None = None
        """The last that a server said, with what it offered then. An update that runs does not change by it."""
        self._work: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        self._closed = False

    def heard(self, address: str, *, oldest: str, newest: str) -> None:
        """A server said which seats it serves, and which is the newest."""
        if self._closed:
            return
        known = self._said.offered if self._said is not None and address == self._address else None
        self._address, self._said = address, Said(oldest=oldest, newest=newest, offered=known)
        self._consider()

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
        for each in (self._work, self._asking):
            if each is not None:
                each.cancel()

    async def _ask(self, address: str) -> None:
        try:
            async with self._http(address) as http:
                info = await about_server(http)
        except Told as told:
            log.note("not asked about seats", why=told.text)  # the next greeting says it
            return
        self.heard(address, oldest=info.oldest_client, newest=info.newest_client)

    async def _ask_while_not_served(self) -> None:
        """A seat that is not served has no connection on which it could hear that this has changed."""
        while self._store.update.need is Need.REQUIRED:
            await asyncio.sleep(asks_again_in(random.random()))
            if not self._store.update.runs:
                await self._ask(self._address)

    def _consider(self, *, failed: Trouble | None = None) -> None:
        """See what follows from what was said last. `failed`: why an update has just failed, which is said on."""
        said = self._said
        if said is None or self._closed:
            return
        if update_for(self._build, said).need is Need.NONE:
            self._take(said)
        else:
            self._tasks.start(self._look(said, failed=failed), name="look for an installer")

    async def _look(self, said: Said, *, failed: Trouble | None) -> None:
        """What the server has to install: asked for only where it can be used."""
        offered = said.offered
        if self._build.installs and self._build.publisher and self._build.wanted:
            try:
                async with self._http(self._address) as http:
                    offered = await find_installer(http)
            except Told as told:
                log.note("no installer found", why=told.text)  # what it had before still counts
        if said is self._said and not self._closed:
            self._said = replace(said, offered=offered)
            self._take(self._said, failed=failed)

    def _take(self, said: Said, *, failed: Trouble | None = None) -> None:
        update, shown = update_for(self._build, said), self._store.update
        if shown.runs or moved(shown, Stage.IDLE) == update:
            return  # what runs goes on as it began; its end sees what was said meanwhile
        log.note("update", need=update.need.value, own=update.own, version=update.version, here=bool(update.installer))
        if failed is not None and update.installer is not None:
            update = moved(update, Stage.FAILED, trouble=failed)
        self._store.load_update(update)
        if update.need is Need.NONE:
            self._clear()
        else:
            self._tell_once(update)
        self._see_whether_served(before=shown.need, now=update.need)

    def _see_whether_served(self, *, before: Need, now: Need) -> None:
        if now is Need.REQUIRED:
            if self._asking is None or self._asking.done():
                self._asking = self._tasks.begin(self._ask_while_not_served(), name="ask whether seats are served")
        elif before is Need.REQUIRED:
            self._served()

    def _clear(self) -> None:
        """What was fetched is installed by now, or not needed any more."""
        with suppress(OSError):
            for each in self._folder.glob("*.msi*"):
                each.unlink(missing_ok=True)

    def _tell_once(self, update: Update) -> None:
        """The desktop hears of a version once, over all starts; unless nobody wants to hear anything now."""
        hearing, mark, now = self._store.hearing, f"{update.need.value} {update.version}", self._store.now()
        is_quiet = hearing.rule is Rule.NONE or hearing.is_quiet(now)
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
        """One that was cancelled may not even have begun. What the server said meanwhile counts from now on."""
        if work.cancelled():
            self._store.load_update(moved(self._store.update, Stage.IDLE))
        self._consider(failed=self._store.update.trouble)

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
