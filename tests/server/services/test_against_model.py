"""The use cases in any order against a pure model of a vault: same files, same holders, same refusals, no gaps."""

import asyncio
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from server.domain.errors import ProblemError
from server.domain.session import Session
from server.protocol.calls import CheckIn, CheckOut, MoveFile, MoveFolder, RestoreFile, UndoCheckOut
from server.protocol.names import same_key
from server.services import checkin, checkout, deleting, moving
from server.services.reading import events_after
from server.services.record import first_break_in_audit
from tests.support.vault_data import VaultData

FOLDERS = ("", "a/", "A/", "a/b/", "c/")
NAMES = ("x.nc", "X.nc", "a", "b")
PATHS = st.builds(lambda folder, name: folder + name, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
SEATS = st.sampled_from(("anna", "laptop", "ben"))
PERSON = {"anna": "Anna", "laptop": "Anna", "ben": "Ben"}


@dataclass
class ModelFile:
    path: str
    number: tuple[int, int] = (1, 0)
    holder: str | None = None
    token: int = 0
    deleted: bool = False


@dataclass
class Model:
    """What a vault is, in the fewest words."""

    files: dict[str, ModelFile] = field(default_factory=dict)

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


class VaultMachine(RuleBasedStateMachine):
    """Random people do random things."""

    files: Bundle[str] = Bundle("files")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.model = Model()
        self.people: dict[str, Session] = {}

    @initialize()
    def begin(self) -> None:
        self.data: VaultData = self.run(VaultData.open(Path(self.folder.name)))
        for seat, person in PERSON.items():
            self.people[seat] = self.run(self.data.person(person, seat_id=seat))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def tries(self, expected: str | None, use_case: Callable[..., Any], *arguments: Any) -> Any:
        """Do it, and see that it is refused just when the model says so, with that code."""
        return self.attempt(expected, self.data.do(use_case, *arguments))

    def attempt(self, expected: str | None, work: Coroutine[Any, Any, Any]) -> Any:
        answer, code = None, None
        try:
            answer = self.run(work)
        except ProblemError as refused:
            code = refused.code.word
        assert code == expected
        return answer

    def held(self, file: ModelFile, seat: str) -> str | None:
        """The code with which a change of a file is refused for that seat's person."""
        if file.deleted:
            return "gone"
        return "locked" if file.holder and PERSON[file.holder] != PERSON[seat] else None

    @rule(target=files, seat=SEATS, path=PATHS)
    def add(self, seat: str, path: str) -> Any:
        expected = None if self.model.free(path, beside=set()) else "name_taken"
        state = self.attempt(expected, self.data.add(self.people[seat], path))
        if state is None:
            return multiple()
        added = state.file
        self.model.files[added.id] = ModelFile(path)
        return added.id

    @rule(file=files, seat=SEATS)
    def check_out(self, file: str, seat: str) -> None:
        known = self.model.files[file]
        expected = "gone" if known.deleted else "locked" if known.holder not in (None, seat) else None
        answer = self.tries(expected, checkout.check_out, self.people[seat], file, CheckOut())
        if answer is not None and known.holder is None:
            known.holder, known.token = seat, known.token + 1

    @rule(file=files, seat=SEATS, behind=st.integers(0, 1))
    def undo(self, file: str, seat: str, behind: int) -> None:
        known = self.model.files[file]
        mine = known.holder == seat and behind == 0
        expected = "gone" if known.deleted else None if mine else "not_yours"
        wish = UndoCheckOut(token=max(0, known.token - behind))
        if self.tries(expected, checkout.undo_check_out, self.people[seat], file, wish):
            known.holder = None

    @rule(file=files, seat=SEATS)
    def adopt(self, file: str, seat: str) -> None:
        known = self.model.files[file]
        expected = self.held(known, seat) or (None if known.holder else "not_yours")
        answer = self.tries(expected, checkout.adopt, self.people[seat], file)
        if answer is not None and known.holder != seat:
            known.holder, known.token = seat, known.token + 1

    @rule(file=files, seat=SEATS, major=st.booleans(), keep=st.booleans(), old=st.booleans())
    def check_in(self, file: str, seat: str, major: bool, keep: bool, old: bool) -> None:
        known = self.model.files[file]
        sent = self.run(self.data.upload(self.people[seat]))
        base = "0.9" if old else f"{known.number[0]}.{known.number[1]}"
        wish = CheckIn(
            upload=sent.id, base=base, token=known.token, size=sent.size, hash=sent.hash, major=major, keep=keep
        )
        expected = "gone" if known.deleted else "not_yours" if known.holder != seat else "old_base" if old else None
        if self.tries(expected, checkin.check_in, self.people[seat], file, wish):
            known.number = (known.number[0] + 1, 0) if major else (known.number[0], known.number[1] + 1)
            known.holder = seat if keep else None

    @rule(file=files, seat=SEATS, path=PATHS)
    def move(self, file: str, seat: str, path: str) -> None:
        known = self.model.files[file]
        taken = path != known.path and not self.model.free(path, beside={file})
        expected = self.held(known, seat) or ("name_taken" if taken else None)
        if self.tries(expected, moving.move_file, self.people[seat], file, MoveFile(path=path)):
            known.path = path

    @rule(seat=SEATS, source=st.sampled_from(["a", "a/b", "c"]), to=st.sampled_from(["a", "A", "c", "c/a", "d"]))
    def move_folder(self, seat: str, source: str, to: str) -> None:
        key = same_key(source)
        inside = {
            name: one
            for name, one in self.model.files.items()
            if not one.deleted and same_key(one.path).startswith(f"{key}/")
        }
        wish = MoveFolder(path=source, to=to)
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
        if self.tries(expected, moving.move_folder, self.people[seat], self.data.vault, wish):
            for name, path in targets.items():
                self.model.files[name].path = path

    @rule(file=files, seat=SEATS)
    def delete(self, file: str, seat: str) -> None:
        known = self.model.files[file]
        if self.tries(self.held(known, seat), deleting.delete_file, self.people[seat], file):
            known.deleted, known.holder = True, None

    @rule(file=files, seat=SEATS)
    def restore(self, file: str, seat: str) -> None:
        known = self.model.files[file]
        expected = None if known.deleted and self.model.free(known.path, beside=set()) else "name_taken"
        if self.tries(expected, deleting.restore_file, self.people[seat], file, RestoreFile()):
            known.deleted = False

    @invariant()
    def store_and_model_are_one(self) -> None:
        if not self.people:
            return
        rows = self.run(self.data.dump())
        stored = {row[0]: (row[2], (row[4], row[5]), row[6], row[7] is not None) for row in rows["file"]}
        assert stored == {
            name: (one.path, one.number, one.token, one.deleted) for name, one in self.model.files.items()
        }
        assert {row[0]: row[2] for row in rows["lock"]} == {
            name: one.holder for name, one in self.model.files.items() if one.holder
        }

    def teardown(self) -> None:
        if self.people:
            events = self.run(self.data.store.read(lambda c: events_after(c, self.data.vault, 0, limit=10_000)))
            assert [each.seq for each in events] == list(range(1, len(events) + 1))
            assert self.run(self.data.store.read(first_break_in_audit)) is None
            self.run(self.data.store.close())
        self.runner.close()
        self.folder.cleanup()


TestVault = VaultMachine.TestCase
TestVault.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
