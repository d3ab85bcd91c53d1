"""What is saved at old revisions that were opened to be read is work, and in the recovery store."""

import os
import uuid
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.errors import Unreachable
from pdm_desktop.core.recovery import Retention
from pdm_desktop.core.results import Outcome
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.recovery import REVISIONS
from server.protocol.vault import File, Revision
from tests.support.client import Client
from tests.support.fs_shim import shimmed
from tests.support.kept import FIRST, NEW, listed
from tests.support.points import Call, Ended
from tests.support.seat_parts import Workplace, lose_journal, workplace


class NoHistory(VaultCalls):
    """A server that is away when somebody asks what a revision is."""

    def __init__(self, inner: VaultCalls) -> None:
        self._http = inner._http

    async def revision(self, file: str, number: str) -> Revision:
        raise Unreachable("No server answers.")


class EndsOnceOpened:
    """Ends the program as an old revision has got its place."""

    def __init__(self) -> None:
        self._is_over = False

    def before(self, _call: Call) -> None:
        if self._is_over:
            raise Ended

    def after(self, call: Call) -> None:
        self._is_over |= call.method == "place_new" and call.path is not None and call.path.is_relative_to(REVISIONS)


async def opened_revision(place: Workplace, anna: Client) -> tuple[File, Path]:
    file = (await anna.add(await anna.vault(), f"Jobs/{uuid.uuid4().hex}/plate.nc", FIRST)).file
    await place.one(requests.OpenRevision(file=file.id, major=1, minor=0))
    return file, place.opened.files[-1]


async def test_an_old_revision_that_was_only_read_is_no_work(place: Workplace, anna: Client) -> None:
    await opened_revision(place, anna)
    assert await listed(place) == ()


@pytest.mark.parametrize("name", ["plate (Rev 1.0).nc", "an idea.nc", "deeper/an idea.nc"])
@pytest.mark.parametrize("read_only", [False, True])
async def test_what_is_saved_at_an_opened_old_revision_is_listed_and_comes_back(
    place: Workplace, anna: Client, name: str, read_only: bool
) -> None:
    """Beside it or over it, and also by programs that leave a file as read-only as it was."""
    _, opened = await opened_revision(place, anna)
    saved = opened.parent / name
    saved.parent.mkdir(exist_ok=True)
    if saved.exists():
        saved.chmod(0o600)
    saved.write_bytes(NEW)
    saved.chmod(0o400 if read_only else 0o600)
    await place.engine.purge(Retention(days=0, most_bytes=0))
    found = await listed(place)
    assert [(each.name, each.why, each.size) for each in found] == [
        (saved.name, "Saved at an opened old revision", len(NEW))
    ]
    (kept,) = found
    await place.one(requests.ShowKept(kept=kept.id))
    assert place.opened.shown == [saved]
    assert (await place.one(requests.PutBack(kept=(kept.id,)))).outcome is Outcome.DONE
    assert (place.root / saved.name).read_bytes() == NEW
    assert await listed(place) == ()


async def test_what_was_saved_over_an_old_revision_is_kept_when_that_is_opened_again(
    place: Workplace, anna: Client
) -> None:
    file, opened = await opened_revision(place, anna)
    opened.chmod(0o600)
    opened.write_bytes(NEW)
    await place.one(requests.OpenRevision(file=file.id, major=1, minor=0))
    assert opened.read_bytes() == FIRST
    (kept,) = await listed(place)
    assert (kept.why, kept.size) == ("Open an old revision", len(NEW))


@pytest.mark.parametrize("content", [FIRST, NEW])
async def test_without_a_journal_an_opened_revision_is_known_by_its_content(
    anna: Client, tmp_path: Path, content: bytes
) -> None:
    """Work is listed, also while the server does not say which revisions there are; then it is all listed."""
    async with workplace(anna, tmp_path) as place:
        _, opened = await opened_revision(place, anna)
    opened.chmod(0o600)
    opened.write_bytes(content)
    opened.chmod(0o400)
    (opened.parent / "an idea.nc").write_bytes(FIRST)
    (opened.parent / "an idea (Rev 7.0).nc").write_bytes(FIRST)
    lose_journal(tmp_path)
    work = ["an idea (Rev 7.0).nc", "an idea.nc", *([] if content == FIRST else [opened.name])]
    async with workplace(anna, tmp_path, around=NoHistory) as place:
        assert sorted(each.name for each in await listed(place)) == sorted({*work, opened.name})
    async with workplace(anna, tmp_path) as place:
        assert sorted(each.name for each in await listed(place)) == work
    async with workplace(anna, tmp_path, around=NoHistory) as place:
        assert sorted(each.name for each in await listed(place)) == work, "the journal knows it again"


async def test_a_revision_at_whose_opening_the_program_ended_is_no_work(anna: Client, tmp_path: Path) -> None:
    ends = EndsOnceOpened()
    async with workplace(anna, tmp_path, make_disk=shimmed(ends)) as place:
        with pytest.raises(BaseExceptionGroup):
            await opened_revision(place, anna)
    async with workplace(anna, tmp_path, around=NoHistory) as place:
        assert list(place.root.glob(".pdm-desktop/revisions/*/*"))
        assert await listed(place) == ()


@pytest.mark.parametrize("name", [".pdm-desktop/revisions/../owner.json", ".pdm-desktop/revisions"])
async def test_no_name_leads_out_of_the_opened_revisions(place: Workplace, anna: Client, name: str) -> None:
    await opened_revision(place, anna)
    before = sorted(os.fspath(each) for each in place.root.rglob("*"))
    assert (await place.one(requests.PutBack(kept=(name,)))).outcome is Outcome.REFUSED
    assert sorted(os.fspath(each) for each in place.root.rglob("*")) == before
