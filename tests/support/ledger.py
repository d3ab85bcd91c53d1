"""The ledger: every content that anybody wrote, kept by the test alone. Each has to be found again (N1).

A test, or the seat in a box for it, writes down each content that a person saves (`wrote`), and each that the same
person replaced or threw away with a program of the own (`given_up`): that is nobody else's fault. What the product once
took into its care (`in_care`: a finished check-in, a parked version, the recovery store) is never given up.

`assert_whole(*places)` reads every place and fails with the name of each content that is nowhere. Places fetch bytes by
the product's own ways only: workspace files as a person's program reads them, the recovery store by the engine's list
and by showing each file, revisions and parked versions by HTTP GET. Ask after a restart of what is tested.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.paths import OWN_FOLDER
from pdm_desktop.core.requests import EngineRequest
from pdm_desktop.sync.events import EngineEvent, KeptRead
from server.protocol import calls
from tests.support.client import Client


@dataclass(frozen=True)
class Written:
    """One content, by whom it was written, and where."""

    hash: str
    by: str
    where: str
    begins: bytes

    def __str__(self) -> str:
        return f"{self.begins!r}, which {self.by} wrote as {self.where}"


class Place(Protocol):
    """Somewhere where content can be."""

    def contents(self) -> AsyncIterator[bytes]:
        """Everything that is there."""


class Ledger:
    """What was written, by hash."""

    def __init__(self) -> None:
        self._written: dict[str, Written] = {}
        self._in_care: set[str] = set()
        self._given_up: set[str] = set()

    def wrote(self, content: bytes, *, by: str, where: str) -> bytes:
        """Somebody wrote this. Returns it, to be written."""
        found = blake3(content).hexdigest()
        self._written[found] = Written(found, by, where, content[:40])
        self._given_up.discard(found)
        return content

    def given_up(self, content: bytes) -> None:
        """The person who wrote it replaced or removed it with a program of the own."""
        self._given_up.add(blake3(content).hexdigest())

    def given_up_hash(self, content_hash: str) -> None:
        """The same, by hash."""
        self._given_up.add(content_hash)

    def in_care(self, content: bytes) -> None:
        """The product said that it has it: from now on it may not be lost, whatever the person does."""
        self.in_care_hash(blake3(content).hexdigest())

    def in_care_hash(self, content_hash: str) -> None:
        """The same, by hash."""
        self._in_care.add(content_hash)

    def knows(self, content: bytes) -> bool:
        """Somebody wrote exactly this."""
        return blake3(content).hexdigest() in self._written

    def knows_hash(self, content_hash: str) -> bool:
        """The same, by hash."""
        return content_hash in self._written

    @property
    def wanted(self) -> dict[str, Written]:
        """What has to be found, by hash."""
        return {each: one for each, one in self._written.items() if each in self._in_care or each not in self._given_up}

    async def missing_in(self, *places: Place) -> dict[str, Written]:
        """What is wanted and in none of these places, by hash."""
        missing = self.wanted
        for place in places:
            async for content in place.contents():
                missing.pop(blake3(content).hexdigest(), None)
        return missing

    async def assert_whole(self, *places: Place) -> None:
        """Find everything. Raises AssertionError with what is lost."""
        missing = await self.missing_in(*places)
        assert not missing, "lost: " + "; ".join(map(str, missing.values()))


class OnlyWhole:
    """Another place, each content of which has to be something whole that somebody wrote, never a mixture (N2, N4)."""

    def __init__(self, place: Place, ledger: Ledger) -> None:
        self._place = place
        self._ledger = ledger

    async def contents(self) -> AsyncIterator[bytes]:
        async for content in self._place.contents():
            assert self._ledger.knows(content), f"nobody ever wrote {content[:60]!r}, of {len(content)} bytes"
            yield content


class Asks(Protocol):
    """An engine with what it told, as a seat in a box has it."""

    events: list[EngineEvent]

    async def ask(self, request: EngineRequest) -> None:
        """Do a request."""

    def shown(self) -> list[Path]:
        """What a file manager was asked to show."""


class WorkspaceFiles:
    """The files of a workspace that a person sees."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def contents(self) -> AsyncIterator[bytes]:
        for path in sorted(self._root.rglob("*")):
            if path.is_file() and OWN_FOLDER not in path.relative_to(self._root).parts:
                yield path.read_bytes()


class RecoveryStore:
    """A seat's recovery store, by the engine's list and its way to show a file."""

    def __init__(self, seat: Asks) -> None:
        self._seat = seat

    async def contents(self) -> AsyncIterator[bytes]:
        await self._seat.ask(requests.ListKept())
        listed = next(event for event in reversed(self._seat.events) if isinstance(event, KeptRead))
        for kept in listed.files:
            before = len(self._seat.shown())
            await self._seat.ask(requests.ShowKept(kept=kept.id))
            for path in self._seat.shown()[before:]:
                yield path.read_bytes()


class RevisionsOf:
    """All revisions of some files, and what the person has parked.

    A stored content that does not have the size and hash of its revision fails here: it is not what was read (N4).
    """

    def __init__(self, client: Client, *files: str) -> None:
        self._client = client
        self._files = files

    async def contents(self) -> AsyncIterator[bytes]:
        for file in await self._wanted():
            async for content in self._revisions(file):
                yield content
        for parked in await self._client.parked():
            yield await self._client.parked_content(parked.id)

    async def _wanted(self) -> Sequence[str]:
        return self._files

    async def _revisions(self, file: str) -> AsyncIterator[bytes]:
        cursor: str | None = ""
        while cursor is not None:
            page = await self._client.get(f"/files/{file}/history{cursor}", calls.History)
            for revision in page.revisions:
                answer = await self._client.call("GET", f"/files/{file}/content?revision={revision.number}")
                stored = (len(answer.content), blake3(answer.content).hexdigest())
                assert stored == (revision.size, revision.hash), f"Rev {revision.number} is not what was read"
                yield answer.content
            cursor = None if page.cursor is None else f"?cursor={page.cursor}"


class VaultsOf(RevisionsOf):
    """Everything that a person may read on the server: revisions of all files, deleted ones too, and what is parked."""

    async def _wanted(self) -> Sequence[str]:
        files: list[str] = []
        for vault in (await self._client.get("/vaults", calls.Vaults)).vaults:
            files += (await self._client.tree(vault.id)).files
            cursor: str | None = ""
            while cursor is not None:
                page = await self._client.get(f"/vaults/{vault.id}/deleted{cursor}", calls.DeletedFiles)
                files += [each.id for each in page.files]
                cursor = None if page.cursor is None else f"?cursor={page.cursor}"
        return files
