"""T17. The HTTP API in any order against a pure model of a vault: same files, same holders, same refusals, no gaps.

Hypothesis makes up the calls, three seats of two people make them, alone and in sets, and a call may come again with
its key. After each the rows of the store are what the model says: no check-in on an old base or without the lock
(N8), a set is all or none (N15), the same key changes nothing twice (N9). In the end the events have no gap, and the
audit trail has one row for each change and holds together (N16).
"""

import asyncio
import tempfile
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Connection, func, select

from server.protocol import calls
from server.protocol.names import same_key
from server.services.record import first_break_in_audit
from server.storage.tables import audit, file, lock, vault
from tests.support.client import Client, Refusal
from tests.support.sim import MEMORY, InstantLoop, VirtualClock, in_one_thread
from tests.support.sim_server import Network, SimServer, client_of
from tests.support.tiers import Seeds

FOLDERS = ("", "a/", "A/", "a/b/", "c/")
NAMES = ("x.nc", "X.nc", "a", "b")
PATHS = st.builds(lambda folder, name: folder + name, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
PERSON = {"anna": "Anna", "laptop": "Anna", "ben": "Ben"}
SEATS = st.sampled_from(tuple(PERSON))
WHICH = st.integers(0, 30)
"""Which file, counted around from the first."""
STEPS_QUICK, STEPS_FULL = 50, 100


@dataclass
class ModelFile:
    path: str
    number: tuple[int, int] = (1, 0)
    holder: str | None = None
    token: int = 0
    deleted: bool = False

    @property
    def head(self) -> str:
        return f"{self.number[0]}.{self.number[1]}"

    def advance(self, *, major: bool, holder: str | None) -> None:
        self.number = (self.number[0] + 1, 0) if major else (self.number[0], self.number[1] + 1)
        self.holder = holder


@dataclass
class Model:
    """What a vault is, in the fewest words."""

    files: dict[str, ModelFile] = field(default_factory=dict)
    events: int = 0
    changes: int = 0

    def happened(self, *, events: int = 1) -> None:
        self.events += events
        self.changes += 1

    def free(self, path: str, *, beside: set[str]) -> bool:
        living = {one.path for name, one in self.files.items() if not one.deleted and name not in beside}
        key = same_key(path)
        if any(same_key(each) == key or same_key(each).startswith(f"{key}/") for each in living):
            return False
        for each in living:
            if key.startswith(f"{same_key(each)}/"):
                return False
        return all(
            spelled(each, depth) == spelled(path, depth)
            for each in living
            for depth in range(1, path.count("/") + 1)
            if each.count("/") >= depth and same_key(spelled(each, depth)) == same_key(spelled(path, depth))
        )


def spelled(path: str, depth: int) -> str:
    return "/".join(path.split("/")[:depth])


@dataclass(frozen=True)
class Made:
    """A call that had an effect."""

    seat: str
    method: str
    path: str
    body: object
    key: str
    answer: bytes


class VaultMachine(RuleBasedStateMachine):
    """Random people do random things."""

    def __init__(self) -> None:
        super().__init__()
        self.around = ExitStack()
        self.around.enter_context(in_one_thread(0))
        folder = self.around.enter_context(tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None))
        self.runner = self.around.enter_context(asyncio.Runner(loop_factory=InstantLoop))
        self.model = Model()
        self.keys = 0
        self.made: Made | None = None
        self.run(self.begin(Path(folder)))

    async def begin(self, folder: Path) -> None:
        """A server, and everybody signed in, each with content to check in."""
        self.server = SimServer(folder / "server", VirtualClock())
        await self.server.start()
        self.connections = AsyncExitStack()
        self.clients: dict[str, Client] = {}
        self.uploads: dict[str, calls.Upload] = {}
        for name, person in PERSON.items():
            who = await self.server.sign_in(person, name)
            client = await self.connections.enter_async_context(client_of(who, Network(self.server, Random(0))))
            self.clients[name] = client
            self.uploads[name] = await client.upload(name.encode())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def tries(self, expected: str | None, seat: str, method: str, path: str, body: object = None) -> Any:
        """Make a call, and see that it is refused just when the model says so, with that code."""
        self.keys += 1
        key = f"key-{self.keys}"
        answer, code = None, None
        try:
            answer = self.run(self.clients[seat].change(method, path, body, key=key))
        except Refusal as refused:
            code = refused.problem.code
        assert code == expected, f"{method} {path} {body}"
        if answer is None:
            return None
        self.made = Made(seat, method, path, body, key, answer)
        return msgspec.json.decode(answer)

    def file(self, which: int) -> tuple[str, ModelFile]:
        names = list(self.model.files)
        name = names[which % len(names)]
        return name, self.model.files[name]

    def some(self, which: Sequence[int], *, held_by: str | None = None) -> dict[str, ModelFile]:
        """Different files, in an order; of those that a seat holds, if it holds any."""
        held = [name for name, one in self.model.files.items() if one.holder == held_by]
        names = held if held_by is not None and held else list(self.model.files)
        return {name: self.model.files[name] for name in (names[each % len(names)] for each in which)}

    # Why the server has to refuse

    def held(self, one: ModelFile, seat: str) -> str | None:
        """A change of a file, or its deletion."""
        if one.deleted:
            return "gone"
        return "locked" if one.holder and PERSON[one.holder] != PERSON[seat] else None

    def taken(self, one: ModelFile, seat: str) -> str | None:
        """A check-out."""
        return "gone" if one.deleted else "locked" if one.holder not in (None, seat) else None

    def not_held_here(self, one: ModelFile, seat: str, *, behind: int = 0) -> str | None:
        """What needs the lock."""
        return "gone" if one.deleted else None if one.holder == seat and behind == 0 else "not_yours"

    # What people do

    @rule(seat=SEATS, path=PATHS)
    def add(self, seat: str, path: str) -> None:
        sent = self.uploads[seat]
        wish = calls.AddFile(path=path, upload=sent.id, size=sent.size, hash=sent.hash)
        expected = None if self.model.free(path, beside=set()) else "name_taken"
        state = self.tries(expected, seat, "POST", f"/vaults/{self.server.vault}/files", wish)
        if state is not None:
            self.model.files[state["file"]["id"]] = ModelFile(path)
            self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS)
    def check_out(self, which: int, seat: str) -> None:
        name, one = self.file(which)
        if self.tries(self.taken(one, seat), seat, "POST", f"/files/{name}/checkout", calls.CheckOut()):
            self.takes(one, seat)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, behind=st.integers(0, 1))
    def undo(self, which: int, seat: str, behind: int) -> None:
        name, one = self.file(which)
        wish = calls.UndoCheckOut(token=max(0, one.token - behind))
        expected = self.not_held_here(one, seat, behind=behind)
        if self.tries(expected, seat, "POST", f"/files/{name}/undo", wish):
            one.holder = None
            self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS)
    def adopt(self, which: int, seat: str) -> None:
        name, one = self.file(which)
        expected = self.held(one, seat) or (None if one.holder else "not_yours")
        if self.tries(expected, seat, "POST", f"/files/{name}/adopt"):
            self.takes(one, seat)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, major=st.booleans(), keep=st.booleans(), old=st.booleans())
    def check_in(self, which: int, seat: str, major: bool, keep: bool, old: bool) -> None:
        name, one = self.file(which)
        sent = self.uploads[seat]
        wish = calls.CheckIn(
            upload=sent.id, base="0.9" if old else one.head, token=one.token, size=sent.size, hash=sent.hash,
            major=major, keep=keep,
        )  # fmt: skip
        expected = self.not_held_here(one, seat) or ("old_base" if old else None)
        if self.tries(expected, seat, "POST", f"/files/{name}/checkin", wish):
            one.advance(major=major, holder=seat if keep else None)
            self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, path=PATHS)
    def move(self, which: int, seat: str, path: str) -> None:
        name, one = self.file(which)
        taken = path != one.path and not self.model.free(path, beside={name})
        expected = self.held(one, seat) or ("name_taken" if taken else None)
        if self.tries(expected, seat, "POST", f"/files/{name}/move", calls.MoveFile(path=path)) and path != one.path:
            one.path = path
            self.model.happened()

    @rule(seat=SEATS, source=st.sampled_from(["a", "a/b", "c"]), to=st.sampled_from(["a", "A", "c", "c/a", "d"]))
    def move_folder(self, seat: str, source: str, to: str) -> None:
        key = same_key(source)
        inside = {
            name: one
            for name, one in self.model.files.items()
            if not one.deleted and same_key(one.path).startswith(f"{key}/")
        }
        spelled_source = spelled(next(iter(inside.values())).path, source.count("/") + 1) if inside else source
        targets = {name: to + one.path[len(source) :] for name, one in inside.items()}
        expected = None
        if not inside:
            expected = "not_found"
        elif spelled_source == to:
            targets = {}
        elif same_key(to).startswith(f"{key}/"):
            expected = "invalid"
        elif any(self.held(one, seat) for one in inside.values()):
            expected = "locked"
        elif not all(self.model.free(path, beside=set(inside)) for path in targets.values()):
            expected = "name_taken"
        wish = calls.MoveFolder(path=source, to=to)
        if self.tries(expected, seat, "POST", f"/vaults/{self.server.vault}/folders/move", wish) and targets:
            self.model.happened()
            for name, path in targets.items():
                self.model.files[name].path = path

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS)
    def delete(self, which: int, seat: str) -> None:
        name, one = self.file(which)
        if self.tries(self.held(one, seat), seat, "DELETE", f"/files/{name}"):
            self.buries(one)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS)
    def restore(self, which: int, seat: str) -> None:
        name, one = self.file(which)
        expected = None if one.deleted and self.model.free(one.path, beside=set()) else "name_taken"
        if self.tries(expected, seat, "POST", f"/files/{name}/restore", calls.RestoreFile()):
            one.deleted = False
            self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS)
    def check_out_set(self, which: list[int], seat: str) -> None:
        some = self.some(which)
        expected = first(self.taken(one, seat) for one in some.values())
        if self.tries(expected, seat, "POST", "/files/set/checkout", calls.CheckOutFiles(files=list(some))):
            for one in some.values():
                self.takes(one, seat)

    @precondition(lambda self: self.model.files)
    @rule(
        which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS, keep=st.booleans(), major=st.booleans(),
        mine=st.booleans(), old=st.sampled_from([None, None, 0, 1]),
    )  # fmt: skip
    def check_in_set(self, which: list[int], seat: str, keep: bool, major: bool, mine: bool, old: int | None) -> None:
        some, sent = self.some(which, held_by=seat if mine else None), self.uploads[seat]
        wish = calls.CheckInFiles(
            files=[
                calls.NextRevision(
                    file=name, upload=sent.id, base="0.9" if number == old else one.head, token=one.token,
                    size=sent.size, hash=sent.hash,
                )
                for number, (name, one) in enumerate(some.items())
            ],
            keep=keep,
            major=major,
        )  # fmt: skip
        expected = first(
            self.not_held_here(one, seat) or ("old_base" if number == old else None)
            for number, one in enumerate(some.values())
        )
        if self.tries(expected, seat, "POST", "/files/set/checkin", wish):
            for one in some.values():
                one.advance(major=major, holder=seat if keep else None)
                self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS, mine=st.booleans())
    def undo_set(self, which: list[int], seat: str, mine: bool) -> None:
        some = self.some(which, held_by=seat if mine else None)
        wish = calls.UndoCheckOuts(files=[calls.HeldFile(file=name, token=one.token) for name, one in some.items()])
        expected = first(self.not_held_here(one, seat) for one in some.values())
        if self.tries(expected, seat, "POST", "/files/set/undo", wish):
            for one in some.values():
                one.holder = None
                self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS)
    def delete_set(self, which: list[int], seat: str) -> None:
        some = self.some(which)
        expected = first(self.held(one, seat) for one in some.values())
        if self.tries(expected, seat, "POST", "/files/set/delete", calls.DeleteFiles(files=list(some))):
            for one in some.values():
                self.buries(one)

    @precondition(lambda self: self.made is not None)
    @rule()
    def the_last_call_comes_again(self) -> None:
        """With its key: the same answer. With the key of one that changed nothing it is the same call once more."""
        made = self.made
        assert made is not None
        if not self.run(self.server.has_key(made.key)):
            return
        again = self.run(self.clients[made.seat].change(made.method, made.path, made.body, key=made.key))
        assert again == made.answer

    def takes(self, one: ModelFile, seat: str) -> None:
        if one.holder != seat:
            one.holder, one.token = seat, one.token + 1
            self.model.happened()

    def buries(self, one: ModelFile) -> None:
        self.model.happened(events=2 if one.holder else 1)  # the lock ends, and that is an event as well
        one.deleted, one.holder = True, None

    # What has to hold

    @invariant()
    def store_and_model_are_one(self) -> None:
        files, holders, events = self.run(self.server.read(rows))
        model = self.model.files
        assert files == {name: (one.path, one.number, one.token, one.deleted) for name, one in model.items()}
        assert holders == {name: one.holder for name, one in model.items() if one.holder}
        assert events == self.model.events

    def teardown(self) -> None:
        try:
            events = self.run(self.server.events(after=0))
            assert [each.seq for each in events] == list(range(1, self.model.events + 1))
            assert self.run(self.server.read(first_break_in_audit)) is None
            assert self.run(self.server.read(audited)) == self.model.changes
        finally:
            self.run(self.connections.aclose())
            self.run(self.server.stop())
            self.around.close()


def first(codes: Any) -> str | None:
    """The first refusal of a set is the whole set's."""
    return next((each for each in codes if each is not None), None)


def rows(connection: Connection) -> tuple[dict[str, Any], dict[str, str], int]:
    """Files, holders and the vault's seq, as they are stored."""
    columns = (file.c.id, file.c.path, file.c.major, file.c.minor, file.c.token, file.c.deleted)
    files = {
        row.id: (row.path, (row.major, row.minor), row.token, row.deleted is not None)
        for row in connection.execute(select(*columns))
    }
    holders = {row.file: row.seat for row in connection.execute(select(lock.c.file, lock.c.seat))}
    seq = connection.execute(select(vault.c.seq)).scalar_one()
    return files, holders, seq


def audited(connection: Connection) -> int:
    """How many rows the audit trail has for changes of files."""
    is_change = audit.c.vault.is_not(None) & audit.c.action.not_in(("vault_added", "parked"))
    return connection.execute(select(func.count()).select_from(audit).where(is_change)).scalar_one()


@pytest.mark.never_lost("T17", quick=200, full=3_000, batch=10)
def test_the_api_against_a_model(seeds: Seeds, request: pytest.FixtureRequest) -> None:
    steps = STEPS_FULL if request.config.getoption("--full") else STEPS_QUICK
    run = settings(
        max_examples=len(seeds), stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True, phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(seed(seeds[0])(VaultMachine), settings=run)
