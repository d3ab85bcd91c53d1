"""Several files as one, against a real server: all of them or none, whatever is refused or comes first."""

import asyncio
from contextlib import suppress
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.file_sets import (
    NAMES,
    NOTHING,
    check_in,
    check_out,
    do,
    edit,
    heads,
    holders,
    ids,
    made,
    new_set,
    undo,
)
from tests.support.line import Line
from tests.support.one_file import FIRST, on_disk, remove
from tests.support.seat_parts import PATIENCE, Workplace, workplace


async def test_a_check_out_takes_all_with_one_call_and_brings_each(
    anna: Client, tmp_path: Path, files: list[File]
) -> None:
    line = Line()
    async with workplace(anna, tmp_path, around=line) as place:
        results = await do(place, check_out(files), files)
        assert [(each.outcome, each.path) for each in results] == [(Outcome.DONE, file.path) for file in files]
        assert [call for call, _ in made(line)] == ["check_out_set"]
        assert await holders(anna, files) == [anna.seat] * 3
        for file in files:
            assert on_disk(place, file).read_bytes() == FIRST + file.filename.encode()
            assert on_disk(place, file).stat().st_mode & 0o200
            assert place.journal.hold(file.id) is not None
        assert place.journal.unfinished() == []


async def test_a_file_of_somebody_else_leaves_all_as_they_were_and_is_named(
    place: Workplace, anna: Client, tomas: Client, files: list[File]
) -> None:
    await tomas.check_out(files[1].id, message="mine first")
    results = await do(place, check_out(files), files)
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert results[0].path == files[1].path
    assert results[0].text.startswith("Tomas has block-op10.nc on TOMAS-PC since ")
    assert [each.text for each in results[1:]] == [NOTHING, NOTHING]
    assert await holders(anna, files) == [None, tomas.seat, None]
    assert (place.journal.unfinished(), place.journal.holds()) == ([], [])
    assert not on_disk(place, files[0]).exists()


async def test_a_check_in_stores_all_as_one_change(place: Workplace, anna: Client, files: list[File]) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    vault = await anna.vault()
    seq = (await anna.tree(vault)).head.seq
    results = await do(place, check_in(files, comment="all"), files)
    assert [each.text for each in results] == ["Checked in as Rev 1.1."] * 3
    assert await heads(anna, files) == ["1.1"] * 3
    assert [await anna.content(file.id) for file in files] == [b"edited " + name.encode() for name in NAMES]
    assert await holders(anna, files) == [None] * 3
    changes = (await anna.changes(vault, since=seq)).changes
    assert [change.data["file"] for change in changes if change.data.get("file") in ids(files)] == list(ids(files))
    assert all(not on_disk(place, file).stat().st_mode & 0o200 for file in files)
    assert (place.journal.unfinished(), place.journal.holds()) == ([], [])


async def test_what_has_not_changed_in_a_set_is_given_back(place: Workplace, anna: Client, files: list[File]) -> None:
    await do(place, check_out(files), files)
    edit(place, files[0])
    results = await do(place, check_in(files), files)
    assert {each.path: each.outcome for each in results} == {
        files[0].path: Outcome.DONE, files[1].path: Outcome.UNCHANGED, files[2].path: Outcome.UNCHANGED,
    }  # fmt: skip
    assert await heads(anna, files) == ["1.1", "1.0", "1.0"]
    assert await holders(anna, files) == [None] * 3
    assert (place.journal.unfinished(), place.journal.holds()) == ([], [])


async def test_a_set_that_is_kept_stays_checked_out_and_a_major_one_stores_all(
    place: Workplace, anna: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, files[0])
    results = await do(place, check_in(files, keep=True), files)
    assert results[0].text == "Checked in as Rev 1.1; you keep it."
    assert results[1].text == "Nothing has changed since Rev 1.0; you keep it."
    assert await holders(anna, files) == [anna.seat] * 3
    await do(place, check_in(files, major=True), files)
    assert await heads(anna, files) == ["2.0"] * 3
    assert place.journal.unfinished() == []


async def test_a_set_in_which_nothing_has_changed_is_only_given_back(
    place: Workplace, anna: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    results = await do(place, check_in(files), files)
    assert [each.outcome for each in results] == [Outcome.UNCHANGED] * 3
    assert await heads(anna, files) == ["1.0"] * 3
    assert await holders(anna, files) == [None] * 3
    assert place.journal.holds() == []


async def test_a_lock_that_was_lost_refuses_the_whole_check_in_and_parks_all(
    place: Workplace, anna: Client, tomas: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    await anna.undo(await anna.file(files[2].id))
    await tomas.check_out(files[2].id)
    results = await do(place, check_in(files), files)
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert (results[0].path, [each.text for each in results[1:]]) == (files[2].path, [NOTHING, NOTHING])
    assert await heads(anna, files) == ["1.0"] * 3
    assert await holders(anna, files) == [anna.seat, anna.seat, tomas.seat]
    assert [on_disk(place, file).read_bytes() for file in files] == [b"edited " + name.encode() for name in NAMES]
    assert [place.journal.hold(file.id) is not None for file in files] == [True, True, False]
    assert not on_disk(place, files[2]).stat().st_mode & 0o200
    assert {each.file for each in await anna.parked()} >= set(ids(files))
    assert place.journal.unfinished() == []
    results = await do(place, check_in(files[:2]), files)
    assert [each.outcome for each in results] == [Outcome.DONE] * 2


async def test_an_undo_keeps_all_edits_and_a_refused_one_touches_none(
    place: Workplace, anna: Client, tomas: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    await anna.undo(await anna.file(files[0].id))
    results = await do(place, undo(files), files)
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert await holders(anna, files) == [None, anna.seat, anna.seat]
    assert all(on_disk(place, file).read_bytes().startswith(b"edited ") for file in files)
    results = await do(place, undo(files[1:]), files)
    assert [each.outcome for each in results] == [Outcome.DONE] * 2
    assert sorted(place.kept()) == [b"edited " + file.filename.encode() for file in files[1:]]
    assert on_disk(place, files[1]).read_bytes() == FIRST + files[1].filename.encode()
    assert place.journal.unfinished() == []


async def test_all_are_deleted_or_none(place: Workplace, anna: Client, tomas: Client, files: list[File]) -> None:
    await do(place, requests.GetLatest(files=ids(files)), files)
    held = await tomas.check_out(files[1].id)
    request = requests.Delete(files=ids(files), together=True)
    assert [each.outcome for each in await do(place, request, files)] == [Outcome.REFUSED] * 3
    assert not any([(await anna.file(file.id)).deleted for file in files])
    assert all(on_disk(place, file).exists() for file in files)
    await tomas.undo(held)
    assert [each.outcome for each in await do(place, request, files)] == [Outcome.DONE] * 3
    assert all([(await anna.file(file.id)).deleted for file in files])
    assert not any(on_disk(place, file).exists() for file in files)
    assert place.journal.unfinished() == []


async def test_a_file_that_cannot_be_read_keeps_the_whole_set_here(
    place: Workplace, anna: Client, files: list[File]
) -> None:
    await do(place, check_out(files), files)
    edit(place, *files)
    remove(on_disk(place, files[1]))
    uploads_before = place.journal.unfinished()
    results = await do(place, check_in(files), files)
    assert results[0].path == files[1].path
    assert [each.outcome for each in results] == [Outcome.REFUSED] * 3
    assert await heads(anna, files) == ["1.0"] * 3
    assert place.journal.unfinished() == uploads_before == []


async def test_two_seats_race_for_overlapping_sets_and_each_set_goes_to_one(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    async with workplace(anna, tmp_path / "a") as one, workplace(tomas, tmp_path / "t") as two:
        for _ in range(5):
            files = await new_set(anna, tuple(f"{n}.nc" for n in range(6)))
            mine, theirs = files[:4], list(reversed(files[2:]))
            results = await asyncio.gather(do(one, check_out(mine), files), do(two, check_out(theirs), files))
            won = [all(each.outcome is Outcome.DONE for each in each_) for each_ in results]
            assert sorted(won) == [False, True]
            winner, taken = (anna, mine) if won[0] else (tomas, theirs)
            held = [file for file, seat in zip(files, await holders(anna, files), strict=True) if seat]
            assert {file.id for file in held} == set(ids(taken))
            assert set(await holders(anna, taken)) == {winner.seat}
        assert one.journal.unfinished() == two.journal.unfinished() == []


async def test_sets_of_one_seat_that_overlap_in_any_order_wait_for_each_other(place: Workplace, anna: Client) -> None:
    files = await new_set(anna, tuple(f"{n}.nc" for n in range(6)))
    orders = [files[:4], list(reversed(files[2:])), list(reversed(files[:4])), files[2:]]
    is_over = False
    with suppress(TimeoutError):
        async with (
            asyncio.timeout(PATIENCE),
            asyncio.TaskGroup() as group,
        ):  # it ends there when two wait for each other
            for number, order in enumerate(orders):
                group.create_task(place.engine.run(check_out(order), {}), name=f"set {number}")
        is_over = True
    assert is_over, "two sets wait for each other"
    assert await holders(anna, files) == [anna.seat] * 6
    assert len(place.journal.holds()) == 6
    assert place.journal.unfinished() == []


async def test_more_than_the_server_takes_is_refused_with_words(place: Workplace, anna: Client) -> None:
    files = await new_set(anna, ("a.nc",))
    request = requests.CheckOut(files=(*ids(files), *(f"f{n}" for n in range(200))), together=True)
    results = await do(place, request, files)
    assert {each.outcome for each in results} == {Outcome.REFUSED}
    assert await holders(anna, files) == [None]
