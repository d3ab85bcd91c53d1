"""Check in: read stably, send, store as the next revision, let go."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pdm_desktop.core import requests
from pdm_desktop.core.errors import InUse, NotArrived, Told
from pdm_desktop.core.paths import name_of
from pdm_desktop.core.results import Outcome
from pdm_desktop.core.waiting import goes_on_after, is_stored_by
from pdm_desktop.sync.commands.checkout import CheckOuts
from pdm_desktop.sync.commands.did import Did
from pdm_desktop.sync.commands.intents import Intents
from pdm_desktop.sync.commands.sending import Sending
from pdm_desktop.sync.facts import Copy, Hold, copy_of
from pdm_desktop.sync.intent import Intent, Kind
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Vault
from pdm_desktop.sync.transfer.reading import Content
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import CheckIn, Destination, FileState, Upload


class CheckIns:
    """Next revisions from this seat's edits. Every method raises core.errors."""

    def __init__(
        self,
        vault: Vault,
        workspace: Workspace,
        journal: Journal,
        intents: Intents,
        *,
        sending: Sending,
        checkouts: CheckOuts,
    ) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._intents = intents
        self._sending = sending
        self._checkouts = checkouts

    async def check_in(
        self, file: str, path: str, request: requests.CheckIn, *, refuse: Callable[[Content], None] = lambda _: None
    ) -> Did:
        """Read stably, send, store as the next revision, then make it read-only unless it is kept.

        `refuse` may raise when it sees what is about to be sent. What the server has given up between its arrival and
        this, as after a pause of days, is sent once more.
        """
        try:
            return await self._check_in(file, path, request, refuse)
        except NotArrived:
            return await self._check_in(file, path, request, refuse)

    async def _check_in(
        self, file: str, path: str, request: requests.CheckIn, refuse: Callable[[Content], None]
    ) -> Did:
        hold = await self._intents.hold_of(file, path)
        copy = self._intents.copy_of(file, path)
        content = await self._workspace.read(copy.where)
        refuse(content)
        if content.hash == copy.hash and not request.major:
            return await self._nothing_to_store(hold, copy, keep=request.keep)
        content, sent = await self._sending.send(copy, content, to=Destination(file=file))
        refuse(content)  # it may have been saved, and read anew, while it was sent
        fields = _check_in_fields(copy, hold, content, sent, request)
        intent = self._intents.begin(Kind.CHECK_IN, file, copy.path, **fields)
        state = await self._intents.ask(intent, lambda: self._vault.check_in(file, CheckIn(**fields), intent.key))
        return await self.stored(intent, state, content)

    async def stored(self, intent: Intent, state: FileState, content: Content) -> Did:
        """The server has the next revision: record it and let go of the file, unless it is kept.

        Its copy may be gone from here since it was sent.
        """
        keep = bool(intent.fields["keep"]) and (not intent.again or self._is_held(intent))
        copy = self._journal.copy(state.file.id)
        if copy is not None:
            await self._workspace.make_durable(copy.where)
            copy = self._journal.copy(state.file.id)
        with self._journal.together():
            if copy is not None:
                self._journal.put_copy(copy_of(copy.vault, state.file, copy.where, content.look))
                self._journal.confirm(copy.file, epoch=state.epoch)
            if not keep:
                self._journal.drop_hold(state.file.id)
            self._answer_queue(intent, state, kept=keep)
            self._journal.end(intent.key)
        text = f"Checked in as Rev {state.file.head.number}{'; you keep it.' if keep else '.'}"
        if copy is None or not self._intents.has(copy):
            return Did(text=f"{text} Its copy here is gone.", advice="Get latest brings it.")
        try:
            held = await self._flipped(copy, writable=keep)
        except Told as error:  # the copy follows later; what the server has stored is told in any case
            return Did(text=f"{text} {error.text}", advice=error.advice)
        if held is not None:
            return Did(text=f"{text} {held.text}", advice="It becomes read-only when it is closed there.", held=held)
        if keep or await asyncio.to_thread(self._is_as_sent, copy, content):
            return Did(text=text)
        return Did(
            text=f"{text} {name_of(copy.path)} was saved again meanwhile: that stays here and is not in the vault.",
            advice="Check it out again to go on with it.",
        )

    def _is_held(self, intent: Intent) -> bool:
        """By the check-out that it was asked with: since it was sent that may have been undone."""
        hold = self._journal.hold(intent.file)
        return hold is not None and hold.token == intent.fields["token"]

    def _answer_queue(self, intent: Intent, state: FileState, *, kept: bool) -> None:
        """It waits no longer; what was asked for after it was sent goes on from the new revision."""
        one = next((one for one in self._journal.waiting() if one.file == intent.file), None)
        sent = intent.fields["hash"]
        if one is not None and goes_on_after(one, intent.key, sent=sent, kept=kept):
            self._journal.put_waiting(replace(one, base=state.file.head.number, after=None))
        elif one is not None and is_stored_by(one, intent.key, sent=sent):
            self._journal.drop_stored(intent.file)
        else:
            self._journal.drop_waiting(intent.file)

    async def _flipped(self, copy: Copy, *, writable: bool) -> InUse | None:
        """Put the read-only attribute right. A program that keeps it from that undoes no check-in."""
        try:
            await self._workspace.set_writable(copy.where, yes=writable)
        except InUse as error:
            return None if writable else error
        return None

    def _is_as_sent(self, copy: Copy, content: Content) -> bool:
        now = self._workspace.disk.look(copy.where)
        return now is None or (now.size, now.mtime_ns) == (content.look.size, content.look.mtime_ns)

    async def _nothing_to_store(self, hold: Hold, copy: Copy, *, keep: bool) -> Did:
        same = f"Nothing has changed since Rev {copy.number}"
        if keep:
            self._journal.drop_waiting(hold.file)
            return Did(text=f"{same}; you keep it.", outcome=Outcome.UNCHANGED)
        with self._intents.instead(hold.file):
            undone = await self._checkouts.undo(hold.file, copy.path)
        text = f"{same}, so that stays the newest; the lock is released."
        return Did(text=text, outcome=Outcome.UNCHANGED, kept=undone.kept)


def _check_in_fields(
    copy: Copy, hold: Hold, content: Content, sent: Upload, request: requests.CheckIn
) -> dict[str, Any]:
    return {
        "upload": sent.id,
        "base": copy.number,
        "token": hold.token,
        "size": content.size,
        "hash": content.hash,
        "comment": request.comment,
        "major": request.major,
        "keep": request.keep,
    }
