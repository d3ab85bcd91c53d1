"""Several files as one: all change or none, whatever is refused, breaks off or comes at the same time."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as sqlalchemy_event

from server.bus.base import ChangedHint, VaultHint
from server.domain.errors import (
    Gone,
    Invalid,
    Locked,
    NoSeat,
    NotArrived,
    NotFound,
    NotYours,
    OldBase,
    ProblemError,
    WrongHash,
)
from server.domain.session import Session
from server.protocol.calls import (
    AddVault,
    CheckInFiles,
    CheckOutFiles,
    DeleteFiles,
    FileStates,
    HeldFile,
    NextRevision,
    UndoCheckOuts,
)
from server.protocol.vault import File
from server.services import adding, checkout, deleting, parking, sets, vaults
from server.services.outcome import Outcome, Refused
from server.services.reading import events_after
from server.services.record import first_break_in_audit
from tests.support.vault_data import VaultData

NAMES = ("Bracket.mcam", "Bracket.nc", "Bracket.pdf")
QUARTER = timedelta(days=90)


class Crash(Exception):
    """The program ends here."""


@pytest.fixture
async def files(data: VaultData, anna: Session) -> list[File]:
    return [(await data.add(anna, f"Parts/{name}")).file for name in NAMES]


async def take(data: VaultData, who: Session, files: list[File], message: str | None = None) -> FileStates:
    wish = CheckOutFiles(files=[each.id for each in files], message=message)
    return await data.do(sets.check_out_set, who, wish)


async def next_of(data: VaultData, who: Session, file: File, **fields: Any) -> NextRevision:
    """What a check-in brings of a file, first checked out."""
    sent = await data.upload(who, f"next of {file.path}".encode())
    wish = {"file": file.id, "upload": sent.id, "base": "1.0", "token": 1, "size": sent.size, "hash": sent.hash}
    return NextRevision(**(wish | fields))  # type: ignore[arg-type]  # fields by name


async def brought(data: VaultData, who: Session, files: list[File], **fields: Any) -> CheckInFiles:
    return CheckInFiles(files=[await next_of(data, who, each) for each in files], **fields)


async def tell(data: VaultData, since: int) -> list[tuple[int, str, str]]:
    events = await data.store.read(lambda c: events_after(c, data.vault, since, limit=100))
    return [(each.seq, each.type, each.data.get("path") or each.data["file"]["path"]) for each in events]


async def test_a_check_out_takes_all_locks_in_one_transaction(
    data: VaultData, anna: Session, files: list[File]
) -> None:
    wish = CheckOutFiles(files=[files[2].id, files[0].id, files[1].id], message="new clamp")
    outcome = await data.outcome(sets.check_out_set, anna, wish)
    assert [each.path for each in outcome.answer.files] == [files[2].path, files[0].path, files[1].path]
    assert {(each.lock.token, each.lock.message) for each in outcome.answer.files if each.lock} == {(1, "new clamp")}
    assert [await data.file(each.id) for each in outcome.answer.files] == outcome.answer.files
    assert (outcome.answer.seq, outcome.hints) == (6, (VaultHint(data.vault, 6),))
    assert await tell(data, 3) == [
        (4, "file_locked", files[2].path), (5, "file_locked", files[0].path), (6, "file_locked", files[1].path)
    ]  # fmt: skip
    rows = (await data.dump())["audit"]
    assert [(row[3], row[5]) for row in rows[-3:]] == [("checked_out", each) for each in wish.files]
    assert await data.store.read(first_break_in_audit) is None


async def test_what_is_held_here_already_stays_as_it_is(data: VaultData, anna: Session, files: list[File]) -> None:
    first = await data.do(sets.check_out_set, anna, CheckOutFiles(files=[files[1].id], message="first"))
    taken = await take(data, anna, files, "second")
    assert taken.files[1] == first.files[0]
    assert [each.lock.message for each in taken.files if each.lock] == ["second", "first", "second"]
    before = await data.dump()
    again = await data.outcome(sets.check_out_set, anna, CheckOutFiles(files=[each.id for each in files]))
    assert (again.answer, again.hints) == (taken, ())
    assert await data.dump() == before


async def test_one_held_file_refuses_them_all_and_is_named(
    data: VaultData, anna: Session, ben: Session, files: list[File]
) -> None:
    await take(data, ben, files[1:2], "deburring")
    before = await data.dump()
    with pytest.raises(Locked, match="The 3 files go together, so none of them was changed") as refused:
        await take(data, anna, files)
    assert refused.value.path == files[1].path
    assert refused.value.lock is not None
    for word in ("Parts/Bracket.nc", "Ben", "deburring"):
        assert word in refused.value.detail
    assert await data.dump() == before


async def test_a_check_in_stores_all_next_revisions(data: VaultData, anna: Session, files: list[File]) -> None:
    await take(data, anna, files)
    wish = await brought(data, anna, files, comment="faster", major=True)
    outcome = await data.outcome(sets.check_in_set, anna, wish)
    assert [(each.head.number, each.head.comment, each.lock) for each in outcome.answer.files] == [
        ("2.0", "faster", None)
    ] * 3
    assert [each.head.hash for each in outcome.answer.files] == [each.hash for each in wish.files]
    assert await tell(data, 6) == [(7 + n, "file_unlocked", each.path) for n, each in enumerate(files)]
    assert [row[3] for row in (await data.dump())["audit"]][-3:] == ["checked_in"] * 3
    assert await data.store.read(first_break_in_audit) is None


async def test_the_files_of_a_check_in_may_stay_checked_out(data: VaultData, anna: Session, files: list[File]) -> None:
    locks = [each.lock for each in (await take(data, anna, files)).files]
    done = await data.do(sets.check_in_set, anna, await brought(data, anna, files, keep=True))
    assert [each.lock for each in done.files] == locks
    assert [kind for _, kind, _ in await tell(data, 6)] == ["file_updated"] * 3


async def test_undo_gives_all_locks_back(data: VaultData, anna: Session, files: list[File]) -> None:
    await take(data, anna, files)
    done = await data.do(sets.undo_set, anna, UndoCheckOuts(files=[HeldFile(file=each.id, token=1) for each in files]))
    assert done.files == files
    assert [kind for _, kind, _ in await tell(data, 6)] == ["file_unlocked"] * 3


async def test_all_are_deleted_and_my_own_locks_end(data: VaultData, anna: Session, files: list[File]) -> None:
    await take(data, anna, files[:1])
    await data.do(sets.delete_set, anna, DeleteFiles(files=[each.id for each in files]))
    assert [kind for _, kind, _ in await tell(data, 4)] == ["file_unlocked", *["file_deleted"] * 3]
    rows = await data.dump()
    assert rows["lock"] == []
    assert all(row[7] is not None for row in rows["file"])


@pytest.mark.parametrize(
    ("number", "fields", "refusal"),
    [
        (2, {"base": "0.9"}, OldBase),
        (1, {"token": 7}, NotYours),
        (2, {"size": 1}, WrongHash),
        (1, {"hash": "0" * 64}, WrongHash),
        (2, {"upload": "none"}, NotArrived),
    ],
)
async def test_one_file_that_does_not_fit_refuses_the_whole_check_in(
    data: VaultData, anna: Session, files: list[File], number: int, fields: dict[str, Any], refusal: type[ProblemError]
) -> None:
    await take(data, anna, files)
    wishes = [await next_of(data, anna, each, **(fields if n == number else {})) for n, each in enumerate(files)]
    before = await data.dump()
    with pytest.raises(refusal, match="none of them was changed") as refused:
        await data.do(sets.check_in_set, anna, CheckInFiles(files=wishes))
    assert refused.value.path == files[number].path
    assert await data.dump() == before


async def test_sets_that_are_none_are_refused(data: VaultData, anna: Session, files: list[File]) -> None:
    administrator = await data.person("Ada", administrator=True)
    elsewhere = await data.do(vaults.add_vault, administrator, AddVault(name="Prototypes"))
    foreign = (await data.do(adding.add_file, anna, elsewhere.id, await data.new_file(anna, "x.nc"))).file
    await data.do(deleting.delete_file, anna, files[2].id)
    browser = Session(
        id="b", person_id=anna.person_id, person="Anna", administrator=False, seat=None, expires=anna.expires
    )
    before = await data.dump()
    one = files[0].id
    for who, ids, refusal, words in (
        (anna, [], Invalid, "Name at least one"),
        (anna, [one, one], Invalid, "“Parts/Bracket.mcam” is in this call twice"),
        (anna, [one, foreign.id], Invalid, "“x.nc” lies in another vault"),
        (anna, [one, "nothing"], NotFound, "no such file"),
        (anna, [one, files[2].id], Gone, "“Parts/Bracket.pdf” is deleted"),
        (browser, [one], NoSeat, "without one"),
    ):
        with pytest.raises(refusal, match=words):
            await data.do(sets.check_out_set, who, CheckOutFiles(files=ids))
    for use_case, wish in (
        (sets.undo_set, UndoCheckOuts(files=[HeldFile(file=one, token=1)] * 2)),
        (sets.check_in_set, CheckInFiles(files=[])),
        (sets.delete_set, DeleteFiles(files=[one, files[2].id])),
    ):
        with pytest.raises((Invalid, Gone)):
            await data.do(use_case, anna, wish)
    assert await data.dump() == before


async def test_a_crash_at_any_statement_of_a_check_in_leaves_nothing(
    data: VaultData, anna: Session, files: list[File]
) -> None:
    await take(data, anna, files)
    wish = await brought(data, anna, files)
    before = await data.dump()
    for number in range(1, 1_000):
        if await _crashing(data, anna, wish, at_statement=number) is not None:
            break
        assert await data.dump() == before
    assert number > 15
    assert [(await data.file(each.id)).head.number for each in files] == ["1.1"] * 3


async def _crashing(data: VaultData, who: Session, wish: CheckInFiles, *, at_statement: int) -> FileStates | None:
    """A check-in whose program ends just after that statement; None when it did."""
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: Any) -> None:
        statements.append(statement)
        if len(statements) == at_statement:
            raise Crash

    def use_case(connection: Any) -> Outcome[FileStates]:
        sqlalchemy_event.listen(connection, "after_cursor_execute", count)
        return sets.check_in_set(connection, who, wish, at=data.clock.now)

    try:
        return (await data.store.write(use_case)).answer
    except Crash:
        return None


async def test_sets_that_overlap_never_hold_half_of_what_they_ask_for(data: VaultData, anna: Session) -> None:
    files = [(await data.add(anna, f"{number}.nc")).file for number in range(6)]
    people = [await data.person(f"Racer {number}", seat_id=f"s{number}") for number in range(8)]
    wins = 0

    async def work(number: int, who: Session) -> None:
        nonlocal wins
        wanted = files[number % 4 : number % 4 + 3]
        for turn in range(4):
            order = wanted if (number + turn) % 2 else wanted[::-1]
            try:
                taken = (await take(data, who, order)).files
            except Locked:
                continue
            wins += 1
            assert {each.lock.seat for each in taken if each.lock} == {who.seat}
            held = [HeldFile(file=each.id, token=each.lock.token) for each in taken if each.lock]
            assert len(held) == 3
            await data.do(sets.undo_set, who, UndoCheckOuts(files=held))

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(number, who) for number, who in enumerate(people)))
    assert wins
    rows = await data.dump()
    assert rows["lock"] == []
    events = await data.store.read(lambda c: events_after(c, data.vault, 0, limit=1_000))
    assert [event.seq for event in events] == list(range(1, 6 + 6 * wins + 1))
    assert len(rows["audit"]) == len([row for row in rows["audit"] if row[3] == "person_added"]) + 6 + 6 * wins
    assert await data.store.read(first_break_in_audit) is None


@pytest.mark.postgres
async def test_a_check_in_that_comes_too_late_parks_all_of_its_content(
    data: VaultData, anna: Session, files: list[File]
) -> None:
    laptop = await data.person("Anna", seat_id="laptop")
    await take(data, anna, files)
    await data.do(checkout.adopt, laptop, files[1].id)
    wish = await brought(data, anna, files, comment="faster")
    before = await data.dump()
    problem = await _refused(data, anna, wish)
    assert (type(problem), problem.path) == (NotYours, files[1].path)
    assert "3 parked versions" in problem.detail
    versions = await data.store.read(lambda c: parking.parked_versions(c, anna, everybodys=False, cursor=None))
    kept = sorted(versions.parked, key=lambda each: each.path)
    assert [(each.path, each.reason, each.hash, each.comment) for each in kept] == [
        (files[0].path, "set_refused", wish.files[0].hash, "faster"),
        (files[1].path, "not_yours", wish.files[1].hash, "faster"),
        (files[2].path, "set_refused", wish.files[2].hash, "faster"),
    ]
    assert problem.parked == kept[1].id
    after = await data.dump()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"parked", "audit", "audit_head"}
    assert (await _refused(data, anna, wish)).parked == problem.parked
    assert len((await data.dump())["parked"]) == 3


async def test_what_was_parked_of_a_refused_set_is_parked_no_more_when_the_set_is_checked_in(
    data: VaultData, anna: Session, files: list[File]
) -> None:
    await take(data, anna, files)
    wish = await brought(data, anna, files, comment="faster")
    late = replace(wish, files=[wish.files[0], replace(wish.files[1], token=99), wish.files[2]])
    await _refused(data, anna, late)
    assert len((await data.dump())["parked"]) == 3
    outcome = await data.outcome(sets.check_in_set, anna, wish)
    assert (await data.dump())["parked"] == []
    changed = [hint.people or frozenset() for hint in outcome.hints if isinstance(hint, ChangedHint)]
    assert [anna.person_id in people for people in changed] == [True, False], "to Anna once, to administrators once"


async def test_what_the_vault_has_and_what_never_came_is_not_parked(
    data: VaultData, anna: Session, files: list[File]
) -> None:
    await take(data, anna, files)
    same = await data.upload(anna)
    known = {"upload": same.id, "size": same.size, "hash": same.hash}
    wishes = [
        await next_of(data, anna, files[0], token=9, **known),
        await next_of(data, anna, files[1], upload="none"),
        await next_of(data, anna, files[2]),
    ]
    problem = await _refused(data, anna, CheckInFiles(files=wishes))
    assert (type(problem), problem.path, problem.parked) == (NotYours, files[0].path, None)
    assert "kept on the server as a parked version" in problem.detail
    assert [row[4] for row in (await data.dump())["parked"]] == [files[2].path]
    before = await data.dump()
    with pytest.raises(NotYours, match=r"Bracket\.mcam.*none of them was changed\.$"):
        await _refused(data, anna, CheckInFiles(files=wishes[:2]))
    assert await data.dump() == before


async def _refused(data: VaultData, who: Session, wish: CheckInFiles) -> ProblemError:
    done = await data.store.write(
        lambda c: parking.check_in_set_or_park(c, who, wish, lifetime=QUARTER, at=data.clock.now)
    )
    assert isinstance(done, Refused)
    return done.problem
