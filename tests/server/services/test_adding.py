"""New files, one or many, and what a vault keeps of their names."""

import unicodedata

import pytest

from server.bus.base import VaultHint
from server.domain.errors import ForbiddenPath, Invalid, NameTaken, NotFound, ProblemError
from server.domain.session import Session
from server.protocol.calls import AddFiles, FileStates
from server.services import adding
from server.services.outcome import Outcome
from server.services.reading import events_after
from server.services.record import first_break_in_audit
from tests.support.vault_data import VaultData


async def add_all(data: VaultData, who: Session, *paths: str) -> Outcome[FileStates]:
    files = [await data.new_file(who, path) for path in paths]
    return await data.outcome(adding.add_files, who, data.vault, AddFiles(files=files))


async def test_a_set_is_one_hint_and_one_event_and_audit_row_each(data: VaultData, anna: Session) -> None:
    before = len((await data.dump())["audit"])
    outcome = await add_all(data, anna, "b.nc", "a/c.nc", "a.nc")
    assert [each.path for each in outcome.answer.files] == ["b.nc", "a/c.nc", "a.nc"]
    assert (outcome.answer.seq, outcome.hints) == (3, (VaultHint(data.vault, 3),))
    events = await data.store.read(lambda c: events_after(c, data.vault, 0, limit=9))
    assert [(each.seq, each.data["file"]["path"]) for each in events] == [(1, "b.nc"), (2, "a/c.nc"), (3, "a.nc")]
    assert len((await data.dump())["audit"]) == before + 3
    assert await data.store.read(first_break_in_audit) is None


@pytest.mark.parametrize(
    ("paths", "refusal"),
    [
        (("a.nc", "A.nc"), NameTaken),
        (("a", "a/b.nc"), NameTaken),
        (("a/b.nc", "A/c.nc"), NameTaken),
        (("ok.nc", "taken.NC"), NameTaken),
        (("ok.nc", "NUL"), ForbiddenPath),
        ((), Invalid),
    ],
)
async def test_a_set_is_all_or_none(
    data: VaultData, anna: Session, paths: tuple[str, ...], refusal: type[ProblemError]
) -> None:
    await data.add(anna, "taken.nc")
    with pytest.raises(refusal):
        await add_all(data, anna, *paths)
    assert [row[2] for row in (await data.dump())["file"]] == ["taken.nc"]


async def test_a_name_is_kept_in_nfc_and_known_in_nfd(data: VaultData, anna: Session) -> None:
    name = "Größe.nc"
    added = (await data.add(anna, unicodedata.normalize("NFD", name))).file
    assert added.path == unicodedata.normalize("NFC", name)
    with pytest.raises(NameTaken, match="Größe"):
        await data.add(anna, name.upper())


async def test_a_name_that_begins_like_a_folder_is_another(data: VaultData, anna: Session) -> None:
    for path in ("part/a.nc", "part.nc", "part-2/b.nc", "part0"):
        await data.add(anna, path)
    assert len((await data.dump())["file"]) == 4


async def test_an_unknown_vault_takes_nothing(data: VaultData, anna: Session) -> None:
    wish = await data.new_file(anna, "a.nc")
    with pytest.raises(NotFound):
        await data.do(adding.add_file, anna, "none", wish)
