"""A person decides about suspicious content: it is an edit, or the revision comes back."""

import os
from dataclasses import replace
from pathlib import Path

from blake3 import blake3

from pdm_desktop.core import requests
from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.issues import Doubt
from pdm_desktop.core.results import Outcome
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import FIRST, force, on_disk
from tests.support.seat_parts import Workplace, workplace

MINE = b"my idea\n"


async def emptied(place: Workplace, file: File) -> Doubt:
    await place.do(requests.CheckOut(files=(file.id,)))
    on_disk(place, file).write_bytes(b"")
    await place.engine.look_at_mine()
    (issue,) = place.issues()
    assert isinstance(issue, Doubt)
    return issue


async def test_a_file_that_is_meant_to_be_empty_can_be_checked_in(place: Workplace, anna: Client, file: File) -> None:
    doubt = await emptied(place, file)
    assert (doubt.why, doubt.held_here) == (Suspicion.EMPTY, True)
    refused = await place.one(requests.CheckIn(files=(file.id,)))
    assert refused.outcome is Outcome.REFUSED
    assert refused.advice is not None
    assert "Needs you" in refused.advice
    await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
    assert place.issues() == ()
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b""


async def test_content_that_is_doubted_is_not_checked_in_before_a_person_calls_it_right(
    place: Workplace, anna: Client, file: File
) -> None:
    await place.do(requests.CheckOut(files=(file.id,)))
    path = on_disk(place, file)
    before = path.stat()
    path.write_bytes(b"torn")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    for together in (False, True):
        refused = await place.one(requests.CheckIn(files=(file.id,), together=together))
        assert refused.outcome is Outcome.REFUSED
        assert refused.text == "plate.nc has another size but the same time as before."
        assert refused.advice is not None
        assert "Needs you" in refused.advice
    (doubt,) = place.issues()
    assert isinstance(doubt, Doubt)
    assert (doubt.why, doubt.held_here) == (Suspicion.SAME_TIME, True)
    assert (await anna.file(file.id)).file.head.number == "1.0"
    await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert await anna.content(file.id) == b"torn"


async def test_what_was_doubted_and_is_saved_again_is_checked_in(place: Workplace, anna: Client, file: File) -> None:
    await emptied(place, file)
    on_disk(place, file).write_bytes(MINE)
    assert (await place.one(requests.CheckIn(files=(file.id,)))).text == "Checked in as Rev 1.1."
    assert place.issues() == ()


async def test_what_is_right_stays_right_after_a_restart_and_other_content_is_asked_about(
    anna: Client, tmp_path: Path, file: File
) -> None:
    async with workplace(anna, tmp_path) as place:
        doubt = await emptied(place, file)
        await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
    async with workplace(anna, tmp_path) as place:
        assert place.issues() == ()
        await place.engine.look_at_mine()
        assert place.issues() == ()
        on_disk(place, file).write_bytes(MINE)
        await place.engine.look_at_all()
        on_disk(place, file).write_bytes(b"")
        await place.engine.look_at_mine()
        assert [type(each) for each in place.issues()] == [Doubt]


async def test_the_revision_comes_back_and_what_was_here_is_kept(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        force(on_disk(place, file), b"torn")
    async with workplace(anna, tmp_path, after_crash=True) as place:
        (doubt,) = place.issues()
        assert isinstance(doubt, Doubt)
        await place.one(requests.DecideDoubt(file=file.id, right=False, seen=doubt.seen))
        assert on_disk(place, file).read_bytes() == FIRST
        assert place.kept() == [b"torn"]
        assert place.issues() == ()


async def test_torn_content_that_is_right_is_my_edit(anna: Client, tmp_path: Path, file: File) -> None:
    async with workplace(anna, tmp_path) as place:
        await place.do(requests.GetLatest(files=(file.id,)))
        force(on_disk(place, file), MINE)
    async with workplace(anna, tmp_path, after_crash=True) as place:
        (doubt,) = place.issues()
        assert isinstance(doubt, Doubt)
        await place.one(requests.DecideDoubt(file=file.id, right=True, seen=doubt.seen))
        assert place.issues() == ()
        assert on_disk(place, file).read_bytes() == MINE
    async with workplace(anna, tmp_path, after_crash=True) as place:
        assert place.issues() == (), "it is not asked about again"


async def test_a_word_about_other_content_counts_for_nothing(place: Workplace, file: File) -> None:
    doubt = await emptied(place, file)
    other = replace(doubt.seen, hash=blake3(MINE).hexdigest())
    assert (await place.one(requests.DecideDoubt(file=file.id, right=True, seen=other))).outcome is Outcome.REFUSED
    assert [type(each) for each in place.issues()] == [Doubt]
    on_disk(place, file).write_bytes(MINE)
    result = await place.one(requests.DecideDoubt(file=file.id, right=False, seen=doubt.seen))
    assert result.text == "plate.nc was saved again meanwhile, so nothing was done."
    assert on_disk(place, file).read_bytes() == MINE
