"""Which folder is offered at a first sign-in, and which is refused, seen on real folders of which none is changed."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from pdm_desktop.app import places, workspaces
from pdm_desktop.app.options import Options
from pdm_desktop.app.places import see_folder
from pdm_desktop.app.workspaces import owner_for
from pdm_desktop.config import Config, Person
from pdm_desktop.core.places import Settled
from pdm_desktop.machine import Policy
from pdm_desktop.state.account import Account
from pdm_desktop.state.changes import FolderSeen
from pdm_desktop.sync.disk import LocalDisk
from pdm_desktop.sync.mark import claim

SERVER, ADDRESS = "a", "https://pdm"


class Usage(NamedTuple):
    """As shutil has it, in bytes."""

    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home" / "PDM"
    folder.parent.mkdir()
    monkeypatch.setattr(workspaces, "usual_workspace", lambda: folder)
    monkeypatch.setattr(places, "disk_usage", lambda _: Usage(10**12, 588 * 10**9, 412 * 10**9))
    return folder


def account(person: str = "Sam") -> Account:
    return Account(
        person=person, administrator=False, server=SERVER, address=ADDRESS, server_name="", seat="s", computer="CAM-1"
    )


@pytest.fixture
def options(tmp_path: Path) -> Options:
    (tmp_path / "data").mkdir()
    return Options(
        data=tmp_path / "data", workspace=None, server="", name="", computer="", profile="", tray=True
    )  # fmt: skip


def of(person: str, folder: Path) -> Path:
    """The folder, with the mark of this person."""
    disk = LocalDisk(folder)
    disk.place_for_lock()
    claim(disk, owner_for(account(person)))
    return folder


def there(name: str, workspace: Path) -> Config:
    """The settings of a computer where somebody has worked."""
    return Config(people=(Person(server=SERVER, address=ADDRESS, name=name, seat="s", workspace=str(workspace)),))


def everything(folder: Path) -> dict[Path, bytes | None]:
    """All that is there, to be compared."""
    return {each: each.read_bytes() if each.is_file() else None for each in folder.rglob("*")}


def test_the_usual_folder_is_offered_and_said_to_be_good(options: Options, usual: Path, tmp_path: Path) -> None:
    before = everything(tmp_path)
    seen = see_folder("", account(), options, Config())
    assert seen == FolderSeen(
        asked="", folder=str(usual), text="412 GB free; not inside OneDrive: good", is_good=True, is_usual=True,
        settled=Settled.FREE,
    )  # fmt: skip
    assert everything(tmp_path) == before


def test_where_somebody_elses_files_are_one_beside_them_is_offered(options: Options, usual: Path) -> None:
    of("Tomas", usual)
    seen = see_folder("", account(), options, Config())
    assert (seen.folder, seen.is_good) == (str(usual.with_name("PDM (Sam)")), True)


@pytest.mark.parametrize("is_there", [True, False], ids=["a folder that is there", "a new one, two deep"])
def test_another_one_can_be_chosen(options: Options, tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "drive" if is_there else tmp_path / "new" / "PDM"
    (tmp_path / "drive").mkdir()
    before = everything(tmp_path)
    seen = see_folder(f" {folder} ", account(), options, Config())
    assert (seen.folder, seen.is_good, seen.is_usual) == (str(folder), True, False)
    assert everything(tmp_path) == before


def test_ones_own_folder_of_before_is_good_also_when_this_computer_forgot_it(options: Options, tmp_path: Path) -> None:
    seen = see_folder(str(of("Sam", tmp_path / "mine")), account(), options, Config())
    assert (seen.is_good, seen.settled) == (True, Settled.FREE)


def cloud(folder: Path) -> tuple[Path, Config]:
    return folder / "OneDrive - Hartmann" / "PDM", Config()


def cloud_by_a_link(folder: Path) -> tuple[Path, Config]:
    (folder / "OneDrive").mkdir()
    (folder / "short").symlink_to(folder / "OneDrive", target_is_directory=True)
    return folder / "short" / "PDM", Config()


def in_the_data(folder: Path) -> tuple[Path, Config]:
    return folder / "data" / "PDM", Config()


def around_the_data(folder: Path) -> tuple[Path, Config]:
    return folder, Config()


def of_another(folder: Path) -> tuple[Path, Config]:
    return of("Tomas", folder / "theirs"), Config()


def of_another_whose_drive_is_away(folder: Path) -> tuple[Path, Config]:
    return folder / "away", there("Tomas", folder / "away")


def inside_another(folder: Path) -> tuple[Path, Config]:
    return of("Tomas", folder / "theirs") / "Jobs" / "PDM", Config()


def inside_ones_own(folder: Path) -> tuple[Path, Config]:
    return of("Sam", folder / "mine") / "Jobs", Config()


def around_another(folder: Path) -> tuple[Path, Config]:
    return folder / "drive", there("Tomas", folder / "drive" / "PDM")


def a_file(folder: Path) -> tuple[Path, Config]:
    (folder / "plate.nc").write_bytes(b"G0")
    return folder / "plate.nc", Config()


def below_a_file(folder: Path) -> tuple[Path, Config]:
    return a_file(folder)[0] / "PDM", Config()


def a_device(folder: Path) -> tuple[Path, Config]:
    return folder / "drive" / "NUL", Config()


def half_a_path(_: Path) -> tuple[Path, Config]:
    return Path("PDM"), Config()


def no_path(folder: Path) -> tuple[Path, Config]:
    return folder / "P\0DM", Config()


BAD: list[tuple[Callable[[Path], tuple[Path, Config]], str]] = [
    (cloud, "This folder is inside OneDrive, which changes files by itself."),
    (cloud_by_a_link, "This folder is inside OneDrive, which changes files by itself."),
    (in_the_data, "In {root}/data the program keeps its own data; your files have to be apart from it."),
    (around_the_data, "In {root}/data the program keeps its own data; your files have to be apart from it."),
    (of_another, "This folder belongs to Tomas."),
    (of_another_whose_drive_is_away, "This folder belongs to Tomas."),
    (inside_another, "This folder is inside {root}/theirs, where the files of Tomas are."),
    (inside_ones_own, "This folder is inside {root}/mine, where the files of Sam are."),
    (around_another, "The files of Tomas are inside this folder, in {root}/drive/PDM."),
    (a_file, "{root}/plate.nc is a file, not a folder."),
    (below_a_file, "{root}/plate.nc is a file, not a folder."),
    (a_device, "The name of this folder uses a name that Windows keeps for devices, like CON, NUL or COM1."),
    (half_a_path, "This is not a whole path, from the drive on."),
    (no_path, "This folder cannot be used: "),
]


@pytest.mark.parametrize(("made", "why"), [pytest.param(*each, id=each[0].__name__) for each in BAD])
def test_a_bad_place_is_refused_in_words_and_nothing_is_changed(
    options: Options, tmp_path: Path, made: Callable[[Path], tuple[Path, Config]], why: str
) -> None:
    folder, known = made(tmp_path)
    before = everything(tmp_path)
    seen = see_folder(str(folder), account(), options, known)
    assert seen.text.startswith(why.format(root=tmp_path).replace("/", str(Path("/"))[-1]))
    assert seen.text.endswith(" Choose another one.")
    assert (seen.is_good, seen.settled) == (False, Settled.FREE)
    assert everything(tmp_path) == before


def test_a_drive_without_room_is_refused(options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "disk_usage", lambda _: Usage(10**12, 10**12 - 10**6, 999_999_999))
    seen = see_folder(str(tmp_path / "drive"), account(), options, Config())
    assert (seen.is_good, "are free there" in seen.text) == (False, True)
    monkeypatch.setattr(places, "disk_usage", lambda _: Usage(10**12, 0, 10**9))
    assert see_folder(str(tmp_path / "drive"), account(), options, Config()).is_good


def test_where_nothing_can_be_made_is_refused(
    options: Options, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Access is denied", str(folder))

    monkeypatch.setattr(Path, "mkdir", refuse)
    seen = see_folder(str(tmp_path / "drive"), account(), options, Config())
    assert seen.text == f"Nothing can be written into {tmp_path}: Access is denied. Choose another one."
    assert not seen.is_good


def test_what_is_settled_stays_whatever_is_typed(options: Options, tmp_path: Path) -> None:
    given, typed = tmp_path / "given", str(tmp_path / "typed")
    started = replace(options, workspace=given)
    fixed = replace(started, policy=Policy(workspace=given))
    known = there("Sam", of("Sam", tmp_path / "mine"))
    known = replace(known, workspace=str(tmp_path / "mine"))
    seen = [
        see_folder(typed, account(), each, with_known)
        for each, with_known in ((started, Config()), (fixed, Config()), (options, known))
    ]
    assert [(each.folder, each.settled) for each in seen] == [
        (str(given), Settled.STARTED), (str(given), Settled.FIXED), (str(tmp_path / "mine"), Settled.KNOWN),
    ]  # fmt: skip


def test_a_bad_folder_that_is_fixed_is_the_administrators_to_change(options: Options, tmp_path: Path) -> None:
    fixed = replace(options, workspace=tmp_path / "OneDrive", policy=Policy(workspace=tmp_path / "OneDrive"))
    seen = see_folder("", account(), fixed, Config())
    assert seen.text.endswith("Tell your administrator, who has fixed this folder.")
    assert (seen.is_good, seen.settled) == (False, Settled.FIXED)
