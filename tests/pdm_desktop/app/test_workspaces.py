"""Which folder a person gets at one computer, seen on real folders."""

from pathlib import Path

import pytest

from pdm_desktop.app import workspaces
from pdm_desktop.app.options import Options, usual_workspace
from pdm_desktop.app.workspaces import is_in_cloud, news_of, owner_for, workspace_for
from pdm_desktop.config import Config, Person
from pdm_desktop.core.owners import Choice
from pdm_desktop.state.account import Account
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.mark import claim

SERVER, ADDRESS = "a", "https://pdm"


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / "PDM"
    folder.parent.mkdir()
    monkeypatch.setattr(workspaces, "usual_workspace", lambda: folder)
    return folder


def account(person: str, *, server: str = SERVER, address: str = ADDRESS) -> Account:
    return Account(
        person=person, administrator=False, server=server, address=address, server_name="", seat="s", computer="CAM-1"
    )


def options(workspace: Path | None = None) -> Options:
    return Options(data=Path(), workspace=workspace, server="", name="", computer="", profile="", tray=True)


def of(person: str, folder: Path) -> Path:
    """The folder, with the mark of this person."""
    disk = LocalDisk(folder)
    disk.place_for_lock()
    claim(disk, owner_for(account(person)))
    return folder


def choice(person: str, *, start: Options | None = None, known: Config | None = None) -> Choice:
    return workspace_for(account(person), start or options(), known or Config())


def lasts(person: str, folder: Path, *, wanted: Path | None = None) -> Config:
    """The settings of a computer where this person worked in that folder last."""
    person_there = Person(server=SERVER, address=ADDRESS, name=person, seat="s", workspace=str(folder))
    return Config(people=(person_there,), workspace=str(wanted or ""))


def test_the_first_person_has_the_usual_folder_and_the_next_one_beside_it(usual: Path) -> None:
    assert choice("Anna Novak") == Choice(folder=usual)
    of("Anna Novak", usual)
    new = choice("Tomas")
    assert new.folder == usual.with_name("PDM (Tomas)")
    told = news_of(new, account("Tomas"), Config())
    assert told is not None
    assert told.text == f"{usual} belongs to Anna Novak; your files are in {usual.with_name('PDM (Tomas)')}."
    of("Tomas", usual.with_name("PDM (Tomas)"))
    again = choice("Tomas")
    assert again.folder == new.folder
    assert news_of(again, account("Tomas"), Config()) is None, "it is said once"
    assert choice("Anna Novak") == Choice(folder=usual)


def test_a_folder_of_the_command_line_is_shared_by_nobody_either(tmp_path: Path) -> None:
    start = options(of("Anna", tmp_path / "files"))
    assert choice("Anna", start=start).folder == tmp_path / "files"
    assert choice("Tomas", start=start).folder == tmp_path / "files (Tomas)"


def test_who_has_a_folder_keeps_it_though_somebody_else_chose_another_one(tmp_path: Path, usual: Path) -> None:
    of("Anna", usual)
    known = lasts("Anna", usual, wanted=of("Tomas", tmp_path / "mine"))
    assert choice("Anna", known=known) == Choice(folder=usual)


def test_a_folder_that_is_away_is_still_whose_it_was(tmp_path: Path, usual: Path) -> None:
    """Its drive is not connected: there is no mark to be read."""
    away = tmp_path / "drive" / "PDM"
    known = lasts("Anna", away, wanted=away)
    assert choice("Anna", known=known).folder == away
    assert choice("Tomas", known=known).folder == away.with_name("PDM (Tomas)")
    of("Anna", usual)
    assert choice("Tomas", known=lasts("Tomas", away)).folder == away


def test_a_folder_that_was_a_persons_and_is_marked_otherwise_now_is_left_alone(tmp_path: Path, usual: Path) -> None:
    of("Anna", usual)
    known = lasts("Tomas", of("Eva", tmp_path / "swapped"))
    assert choice("Tomas", known=known).folder == usual.with_name("PDM (Tomas)")


def test_beside_a_whole_drive_there_is_nothing(tmp_path: Path, usual: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive = Path(tmp_path.anchor)
    known = lasts("Anna", drive, wanted=drive)
    assert choice("Tomas", known=known).folder == usual.with_name("PDM (Tomas)")


def test_what_cannot_be_looked_at_is_not_taken_for_free(tmp_path: Path, usual: Path) -> None:
    of("Anna", usual)
    usual.with_name("PDM (Tomas)").write_bytes(b"a file")
    assert choice("Tomas").folder == usual.with_name("PDM (Tomas, 2)")


def test_a_server_that_knows_another_person_of_that_name_is_another_owner(usual: Path) -> None:
    of("Anna", usual)
    elsewhere = account("Anna", server="b", address="https://b")
    new = workspace_for(elsewhere, options(), Config())
    assert new.folder == usual.with_name("PDM (Anna)")
    told = news_of(new, elsewhere, Config())
    assert told is not None
    assert "Anna at https://pdm;" in told.text


def test_a_server_that_has_moved_finds_the_same_folder_and_nothing_is_said(tmp_path: Path, usual: Path) -> None:
    of("Tomas", usual)
    known = lasts("Anna", of("Anna", tmp_path / "files"))
    moved = account("Anna", address="https://moved")
    same = workspace_for(moved, options(), known)
    assert same == Choice(folder=tmp_path / "files")
    assert news_of(same, moved, known) is None


@pytest.mark.parametrize("wanted", ["hers", "somebody else's", "nobody's"])
def test_another_server_at_the_same_address_is_told_with_both_folders(tmp_path: Path, usual: Path, wanted: str) -> None:
    hers = of("Anna", usual if wanted == "hers" else tmp_path / "files")
    if wanted == "somebody else's":
        of("Tomas", usual)
    known = lasts("Anna", hers)
    other = account("Anna", server="b")
    new = workspace_for(other, options(), known)
    assert new.folder != hers
    told = news_of(new, other, known)
    assert told is not None
    assert told.text == (
        f"https://pdm is not the server that was there before. Your files of this one are in {new.folder}. "
        f"Those of the one before, and the check-ins that wait there, stay as they are in {hers}."
    )
    assert news_of(new, account("Tomas", server="b"), Config(people=known.people)) != told, "she alone has two there"
    there = Person(server="b", address=ADDRESS, name="Anna", seat="s", workspace=str(new.folder))
    assert news_of(Choice(folder=new.folder), other, known.with_person(there)) is None, "it is said once"


@pytest.mark.parametrize("name", ["OneDrive", "OneDriveConsumer", "OneDriveCommercial"])
def test_the_folders_of_onedrive_are_known_from_the_systems_variables(tmp_path: Path, name: str) -> None:
    variables = {name: str(tmp_path / "Cloud"), "OneDriveOfAnother": str(tmp_path / "PDM")}
    assert is_in_cloud(tmp_path / "Cloud" / "PDM", variables)
    assert not is_in_cloud(tmp_path / "PDM", variables)
    assert not is_in_cloud(tmp_path / "Cloud" / "PDM", {name: ""})


def test_the_usual_workspace_is_outside_of_what_a_cloud_copies() -> None:
    assert not is_in_cloud(usual_workspace(), {"OneDrive": str(Path.home() / "OneDrive")})
