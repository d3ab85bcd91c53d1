"""T17. The HTTP API in any order against a pure model of a vault: same files, same holders, same refusals, no gaps.

Hypothesis makes up the calls, three seats of two people make them, alone and in sets, and a call may come again with
its key. After each the rows of the store are what the model says: no check-in on an old base or without the lock
(N8), and its content is parked once (N7), a set is all or none (N15), the same key changes nothing twice (N9). In the
end the events have no gap, and the audit trail has one row for each change, what is parked and dropped among them, and
holds together (N16).
"""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from server.protocol import calls
from server.protocol.names import same_key
from tests.support.tiers import Seeds
from tests.support.vault_model import PERSON, ModelFile, ParkedKey, spelled
from tests.support.vault_rules import CONTENTS, VaultRules

FOLDERS = ("", "a/", "A/", "a/b/", "c/")
NAMES = ("x.nc", "X.nc", "a", "b")
PATHS = st.builds(lambda folder, name: folder + name, st.sampled_from(FOLDERS), st.sampled_from(NAMES))
SEATS = st.sampled_from(tuple(PERSON))
WHICH = st.integers(0, 30)
"""Which file, counted around from the first."""
WHAT = st.integers(0, CONTENTS - 1)
"""Which content of a seat's."""
WRONG = st.sampled_from(["", "", "base", "token"])
"""What a check-in says that is not so."""
OLD = "0.9"
"""A base that no file has."""
STEPS_QUICK, STEPS_FULL = 50, 100


class VaultMachine(VaultRules):
    """Random people do random things."""

    # What people do

    @rule(seat=SEATS, path=PATHS, what=WHAT)
    def add(self, seat: str, path: str, what: int) -> None:
        sent = self.sent(seat, what)
        wish = calls.AddFile(path=path, upload=sent.id, size=sent.size, hash=sent.hash)
        expected = None if self.model.free(path) else "name_taken"
        state = self.tries(expected, seat, "POST", f"/vaults/{self.server.vault}/files", wish)
        if state is not None:
            self.model.files[state["file"]["id"]] = ModelFile(path, [sent.hash])
            self.model.happened()

    @rule(seat=SEATS, paths=st.lists(PATHS, min_size=1, max_size=3))
    def add_set(self, seat: str, paths: list[str]) -> None:
        sent = self.sent(seat, 0)
        each = [calls.AddFile(path=path, upload=sent.id, size=sent.size, hash=sent.hash) for path in paths]
        expected = None if self.model.all_free(paths) else "name_taken"
        path = f"/vaults/{self.server.vault}/files/set"
        states = self.tries(expected, seat, "POST", path, calls.AddFiles(files=each))
        if states is not None:
            for state, path in zip(states["files"], paths, strict=True):
                self.model.files[state["id"]] = ModelFile(path, [sent.hash])
                self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS)
    def check_out(self, which: int, seat: str) -> None:
        self.take(*self.file(which), seat)

    def take(self, name: str, one: ModelFile, seat: str) -> None:
        if self.tries(one.taken(seat), seat, "POST", f"/files/{name}/checkout", calls.CheckOut()):
            self.model.takes(one, seat)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, mine=st.booleans(), behind=st.integers(0, 1))
    def undo(self, which: int, seat: str, mine: bool, behind: int) -> None:
        name, one, seat = self.one(which, seat, mine=mine)
        wish = calls.UndoCheckOut(token=max(0, one.token - behind))
        expected = one.not_held_here(seat, behind=behind)
        if self.tries(expected, seat, "POST", f"/files/{name}/undo", wish):
            one.holder = None
            self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS)
    def adopt(self, which: int, seat: str) -> None:
        name, one = self.file(which)
        expected = one.held(seat) or (None if one.holder else "not_yours")
        if self.tries(expected, seat, "POST", f"/files/{name}/adopt"):
            self.model.takes(one, seat)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, what=WHAT, mine=st.booleans(), major=st.booleans(), keep=st.booleans(), wrong=WRONG)
    def check_in(self, which: int, seat: str, what: int, mine: bool, major: bool, keep: bool, wrong: str) -> None:
        """Or, if it is not this seat's to change any more, it is parked."""
        name, one, seat = self.one(which, seat, mine=mine)
        sent, base = self.sent(seat, what), OLD if wrong == "base" else one.head
        behind = min(one.token, 1 if wrong == "token" else 0)
        wish = calls.CheckIn(
            upload=sent.id, base=base, token=one.token - behind, size=sent.size, hash=sent.hash, major=major, keep=keep
        )
        expected = one.not_next(seat, base=base, behind=behind)
        if self.tries(expected, seat, "POST", f"/files/{name}/checkin", wish):
            self.model.checks_in(name, sent.hash, seat, major=major, keep=keep)
        elif expected is not None:
            self.is_parked_instead(name, sent.hash, seat, base=base, reason=expected)

    def is_parked_instead(self, name: str, content: str, seat: str, *, base: str, reason: str) -> None:
        """The refusal says so, unless the newest revision has that content anyway."""
        assert self.refused is not None
        assert (self.refused.parked is None) == (content == self.model.files[name].hashes[-1])
        if self.refused.parked is not None:
            self.model.parks(ParkedKey(name, PERSON[seat], base, content), reason)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, what=WHAT, old=st.booleans())
    def park(self, which: int, seat: str, what: int, old: bool) -> None:
        """What a check-out that is over has left: whoever has the file by now, and whatever the token."""
        name, one = self.file(which)
        sent, base = self.sent(seat, what), OLD if old else one.head
        wish = calls.ParkWork(upload=sent.id, base=base, token=one.token, size=sent.size, hash=sent.hash)
        answer = self.tries(None, seat, "POST", f"/files/{name}/park", wish)
        assert bool(answer.get("parked")) == self.model.parks_work(name, sent.hash, seat, base=base)

    @precondition(lambda self: self.model.parked)
    @rule(which=WHICH, seat=SEATS, mine=st.booleans(), major=st.booleans(), keep=st.booleans(), wrong=WRONG)
    def check_in_parked(self, which: int, seat: str, mine: bool, major: bool, keep: bool, wrong: str) -> None:
        """By a seat of its person's that takes the file first, or has it, if `mine`."""
        key = self.some_parked(which)
        one = self.model.files[key.file]
        if mine:
            seat = next(each for each, person in PERSON.items() if person == key.person)
            if one.holder is not None and PERSON[one.holder] == key.person:
                seat = one.holder
            self.take(key.file, one, seat)
        base = OLD if wrong == "base" else one.head
        behind = min(one.token, 1 if wrong == "token" else 0)
        wish = calls.CheckInParked(base=base, token=one.token - behind, major=major, keep=keep)
        expected = "not_found" if PERSON[seat] != key.person else one.not_next(seat, base=base, behind=behind)
        if self.tries(expected, seat, "POST", f"/parked/{self.parked_ids[key]}/checkin", wish):
            self.model.checks_in(key.file, key.hash, seat, major=major, keep=keep)
        elif expected != "not_found":
            assert self.refused is not None
            assert self.refused.parked == self.parked_ids[key], "it stays parked"

    @precondition(lambda self: self.model.parked)
    @rule(which=WHICH, seat=SEATS)
    def drop(self, which: int, seat: str) -> None:
        key = self.some_parked(which)
        expected = None if PERSON[seat] == key.person else "not_found"
        if self.tries(expected, seat, "DELETE", f"/parked/{self.parked_ids[key]}"):
            del self.model.parked[key]
            self.model.happened(events=0)

    def some_parked(self, which: int) -> ParkedKey:
        keys = list(self.model.parked)
        return keys[which % len(keys)]

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, path=PATHS)
    def move(self, which: int, seat: str, path: str) -> None:
        name, one = self.file(which)
        taken = path != one.path and not self.model.free(path, beside={name})
        expected = one.held(seat) or ("name_taken" if taken else None)
        if self.tries(expected, seat, "POST", f"/files/{name}/move", calls.MoveFile(path=path)) and path != one.path:
            one.path = path
            self.model.happened()

    @precondition(lambda self: self.model.files)
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
        elif any(one.held(seat) for one in inside.values()):
            expected = "locked"
        elif not all(self.model.free(path, beside=inside) for path in targets.values()):
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
        if self.tries(one.held(seat), seat, "DELETE", f"/files/{name}"):
            self.model.buries(one)

    @precondition(lambda self: self.model.files)
    @rule(which=WHICH, seat=SEATS, to=st.none() | PATHS, gone=st.booleans())
    def restore(self, which: int, seat: str, to: str | None, gone: bool) -> None:
        """At its old path, or at another; of those that are deleted, if `gone`."""
        deleted = [name for name, one in self.model.files.items() if one.deleted]
        name, one = self.file(which)
        if gone and deleted:
            name = deleted[which % len(deleted)]
            one = self.model.files[name]
        path = one.path if to is None else to
        expected = None if one.deleted and self.model.free(path) else "name_taken"
        if self.tries(expected, seat, "POST", f"/files/{name}/restore", calls.RestoreFile(path=to)):
            one.deleted, one.path = False, path
            self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS)
    def check_out_set(self, which: list[int], seat: str) -> None:
        some = self.some(which)
        expected = first(one.taken(seat) for one in some.values())
        if self.tries(expected, seat, "POST", "/files/set/checkout", calls.CheckOutFiles(files=list(some))):
            for one in some.values():
                self.model.takes(one, seat)

    @precondition(lambda self: self.model.files)
    @rule(
        which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS, keep=st.booleans(), major=st.booleans(),
        mine=st.booleans(), old=st.sampled_from([None, None, 0, 1]), what=WHAT,
    )  # fmt: skip
    def check_in_set(
        self, which: list[int], seat: str, keep: bool, major: bool, mine: bool, old: int | None, what: int
    ) -> None:
        """All, or none, and then all of it is parked."""
        some, sent = self.some(which, held_by=seat if mine else None), self.sent(seat, what)
        bases = [OLD if number == old else one.head for number, one in enumerate(some.values())]
        wish = calls.CheckInFiles(
            files=[
                calls.NextRevision(
                    file=name, upload=sent.id, base=base, token=one.token,
                    size=sent.size, hash=sent.hash,
                )
                for base, (name, one) in zip(bases, some.items(), strict=True)
            ],
            keep=keep,
            major=major,
        )  # fmt: skip
        codes = [one.not_next(seat, base=base) for base, one in zip(bases, some.values(), strict=True)]
        if self.tries(first(codes), seat, "POST", "/files/set/checkin", wish):
            for name in some:
                self.model.checks_in(name, sent.hash, seat, major=major, keep=keep)
            return
        for name, base, code in zip(some, bases, codes, strict=True):
            if self.model.files[name].hashes[-1] != sent.hash:
                self.model.parks(ParkedKey(name, PERSON[seat], base, sent.hash), code or calls.SET_REFUSED)

    @precondition(lambda self: self.model.files)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS, mine=st.booleans())
    def undo_set(self, which: list[int], seat: str, mine: bool) -> None:
        some = self.some(which, held_by=seat if mine else None)
        wish = calls.UndoCheckOuts(files=[calls.HeldFile(file=name, token=one.token) for name, one in some.items()])
        expected = first(one.not_held_here(seat) for one in some.values())
        if self.tries(expected, seat, "POST", "/files/set/undo", wish):
            for one in some.values():
                one.holder = None
                self.model.happened()

    @precondition(lambda self: self.model.files)
    @rule(which=st.lists(WHICH, min_size=1, max_size=3), seat=SEATS)
    def delete_set(self, which: list[int], seat: str) -> None:
        some = self.some(which)
        expected = first(one.held(seat) for one in some.values())
        if self.tries(expected, seat, "POST", "/files/set/delete", calls.DeleteFiles(files=list(some))):
            for one in some.values():
                self.model.buries(one)

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


def first(codes: Any) -> str | None:
    """The first refusal of a set is the whole set's."""
    return next((each for each in codes if each is not None), None)


@pytest.mark.never_lost("T17", quick=200, full=3_000, batch=10)
def test_the_api_against_a_model(seeds: Seeds, request: pytest.FixtureRequest) -> None:
    steps = STEPS_FULL if request.config.getoption("--full") else STEPS_QUICK
    run = settings(
        max_examples=len(seeds), stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck), print_blob=True, phases=[Phase.generate],
    )  # fmt: skip
    run_state_machine_as_test(seed(seeds[0])(VaultMachine), settings=run)
