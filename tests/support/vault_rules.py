"""A server in a process of nothing else, a model beside it, and the look whether both say the same (T17)."""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import msgspec
from hypothesis.stateful import RuleBasedStateMachine, invariant
from sqlalchemy import Connection, func, select

from server.protocol import calls
from server.protocol.problems import Problem
from server.services.record import first_break_in_audit
from server.storage.tables import audit, file, lock, parked, person, vault
from tests.support.client import Client, Refusal
from tests.support.sim import MEMORY, InstantLoop, VirtualClock, in_one_thread
from tests.support.sim_server import Network, SimServer, client_of
from tests.support.vault_model import PERSON, Model, ModelFile, ParkedKey

CONTENTS = 2
"""So many has each person."""


@dataclass(frozen=True)
class Made:
    """A call that had an effect."""

    seat: str
    method: str
    path: str
    body: object
    key: str
    answer: bytes


class VaultRules(RuleBasedStateMachine):
    """Rules come from its subclass; each makes one call by `tries`, and changes the model when it had an effect."""

    def __init__(self) -> None:
        super().__init__()
        self.around = ExitStack()
        self.around.enter_context(in_one_thread(0))
        folder = self.around.enter_context(tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None))
        self.runner = self.around.enter_context(asyncio.Runner(loop_factory=InstantLoop))
        self.model = Model()
        self.keys = 0
        self.made: Made | None = None
        self.refused: Problem | None = None
        """Why the last call was not carried out, if it was not."""
        self.parked_ids: dict[ParkedKey, str] = {}
        self.run(self.begin(Path(folder)))

    async def begin(self, folder: Path) -> None:
        """A server, and everybody signed in, each with content to check in."""
        self.server = SimServer(folder / "server", VirtualClock())
        await self.server.start()
        self.connections = AsyncExitStack()
        self.clients: dict[str, Client] = {}
        self.uploads: dict[str, list[calls.Upload]] = {}
        for name, whose in PERSON.items():
            who = await self.server.sign_in(whose, name)
            client = await self.connections.enter_async_context(client_of(who, Network(self.server, Random(0))))
            self.clients[name] = client
            if whose not in self.uploads:
                contents = [f"{whose} {number}".encode() for number in range(CONTENTS)]
                self.uploads[whose] = [await client.upload(each) for each in contents]

    def sent(self, seat: str, what: int) -> calls.Upload:
        """Content that the seat's person has sent."""
        return self.uploads[PERSON[seat]][what]

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """On the loop of the server."""
        return self.runner.run(work)

    def tries(self, expected: str | None, seat: str, method: str, path: str, body: object = None) -> Any:
        """Make a call, and see that it is refused just when the model says so, with that code."""
        self.keys += 1
        key = f"key-{self.keys}"
        answer, self.refused = None, None
        try:
            answer = self.run(self.clients[seat].change(method, path, body, key=key))
        except Refusal as refused:
            self.refused = refused.problem
        code = None if self.refused is None else self.refused.code
        assert code == expected, f"{method} {path} {body}"
        if answer is None:
            return None
        self.made = Made(seat, method, path, body, key, answer)
        return msgspec.json.decode(answer) if answer else True

    def file(self, which: int) -> tuple[str, ModelFile]:
        """One of all files."""
        names = list(self.model.files)
        name = names[which % len(names)]
        return name, self.model.files[name]

    def one(self, which: int, seat: str, *, mine: bool) -> tuple[str, ModelFile, str]:
        """A file, and who wants something of it: of those that somebody holds the holder, if `mine`."""
        held = [name for name, one in self.model.files.items() if one.holder is not None]
        name, one = self.file(which)
        if mine and held:
            name = held[which % len(held)]
            one = self.model.files[name]
        return name, one, one.holder or seat if mine else seat

    def some(self, which: Sequence[int], *, held_by: str | None = None) -> dict[str, ModelFile]:
        """Different files, in an order; of those that a seat holds, if it holds any."""
        held = [name for name, one in self.model.files.items() if one.holder == held_by]
        names = held if held_by is not None and held else list(self.model.files)
        return {name: self.model.files[name] for name in (names[each % len(names)] for each in which)}

    # What has to hold

    @invariant()
    def store_and_model_are_one(self) -> None:
        """After each call."""
        files, holders, events, parked = self.run(self.server.read(rows))
        model = self.model.files
        assert files == {name: (one.path, one.number, one.token, one.deleted) for name, one in model.items()}
        assert holders == {name: one.holder for name, one in model.items() if one.holder}
        assert events == self.model.events
        assert {key: reason for key, (reason, _) in parked.items()} == self.model.parked
        self.parked_ids = {key: found for key, (_, found) in parked.items()}

    def teardown(self) -> None:
        """The events and the audit trail have no gap, and nothing more than what happened."""
        try:
            events = self.run(self.server.events(after=0))
            assert [each.seq for each in events] == list(range(1, self.model.events + 1))
            assert self.run(self.server.read(first_break_in_audit)) is None
            assert self.run(self.server.read(audited)) == self.model.changes
        finally:
            self.run(self.connections.aclose())
            self.run(self.server.stop())
            self.around.close()


Stored = tuple[dict[str, Any], dict[str, str], int, dict[ParkedKey, tuple[str, str]]]


# Built once: building such statements takes longer than running them.
_FILES = select(file.c.id, file.c.path, file.c.major, file.c.minor, file.c.token, file.c.deleted)
_HOLDERS = select(lock.c.file, lock.c.seat)
_SEQ = select(vault.c.seq)
_PARKED = select(
    parked.c.id, parked.c.file, person.c.name, parked.c.base, parked.c.hash, parked.c.reason
).join_from(parked, person)  # fmt: skip


def rows(connection: Connection) -> Stored:
    """Files, holders, the vault's seq, and what is parked with why and by which id, as they are stored."""
    files = {
        row.id: (row.path, (row.major, row.minor), row.token, row.deleted is not None)
        for row in connection.execute(_FILES)
    }
    holders = {row.file: row.seat for row in connection.execute(_HOLDERS)}
    seq = connection.execute(_SEQ).scalar_one()
    kept = connection.execute(_PARKED).all()
    found = {ParkedKey(row.file, row.name, row.base, row.hash): (row.reason, row.id) for row in kept}
    assert len(found) == len(kept), "something is parked twice"
    return files, holders, seq, found


def audited(connection: Connection) -> int:
    """How many rows the audit trail has for changes of files, and of what is parked."""
    is_change = audit.c.vault.is_not(None) & (audit.c.action != "vault_added")
    return connection.execute(select(func.count()).select_from(audit).where(is_change)).scalar_one()
