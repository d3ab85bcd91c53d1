"""Where a file of a vault is in the workspace: never outside."""

from pathlib import PurePath, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pdm_desktop.core.errors import ForbiddenPath
from pdm_desktop.core.paths import folder_beside, in_workspace, is_cloud_folder, second_mark, second_name, vault_folder
from server.protocol.names import Flaw, flaw_of


def test_folders_stay_as_they_are_in_the_vault() -> None:
    assert in_workspace("Production", "Jobs/2210/plate.nc") == PurePath("Production", "Jobs", "2210", "plate.nc")


@pytest.mark.parametrize("path", ["../x", "a/../x", "/x", "a//b", "C:/x", "a\\b", "CON", "a/nul.txt", "x.", "x ", ""])
def test_what_no_vault_may_hold_is_refused(path: str) -> None:
    with pytest.raises(ForbiddenPath):
        in_workspace("Production", path)


@given(st.text(max_size=60))
def test_nothing_leads_out(path: str) -> None:
    try:
        place = in_workspace("Production", path)
    except ForbiddenPath:
        return
    assert place.parts[0] == "Production"
    assert ".." not in place.parts
    assert not place.is_absolute()


def test_a_vault_that_no_folder_can_be_called_by_uses_its_id() -> None:
    assert vault_folder("Production", "v1") == "Production"
    for name in ("a/b", "CON", "..", ".PDM-Desktop", "x?"):
        assert vault_folder(name, "v1") == "v1"


def test_second_names_keep_the_ending() -> None:
    assert second_name("plate.op10.nc", "Rev 5.2") == "plate.op10 (Rev 5.2).nc"
    assert second_name("README", "Rev 1.0") == "README (Rev 1.0)"
    assert second_name(".profile", "Rev 1.0") == ".profile (Rev 1.0)"


@pytest.mark.parametrize("name", ["plate.op10.nc", "README", ".profile", "plate (Rev 5.1).nc", "x." + "y" * 40])
def test_the_mark_of_a_second_name_is_found_again(name: str) -> None:
    assert second_mark(second_name(name, "Rev 5.2")) == "Rev 5.2"


@pytest.mark.parametrize("name", ["plate.nc", "(Rev 5.2)", "plate (Rev 5.2) copy.nc", "plate(Rev 5.2).nc", ""])
def test_other_names_have_no_mark(name: str) -> None:
    assert second_mark(name) == ""


@example(name="ä" * 126 + ".nc")
@example(name="x" * 240)
@example(name="🔩" * 60 + "." + "x" * 14)
@given(name=st.text("aä🔩. ", min_size=1, max_size=300).filter(lambda name: flaw_of(name) is None))
def test_a_second_name_is_possible_wherever_the_first_one_is(name: str) -> None:
    made = second_name(name, "Rev 12.34")
    assert flaw_of(made) in (None, Flaw.LONG_PATH), "it is no path of a vault"
    assert "(Rev 12.34)" in made


@pytest.mark.parametrize("who", ["Tomas", "Novak, Anna", "a/b\\c:d", "..", "CON", "x.", " Eva ", "🔩" * 64 + "\x00"])
def test_a_folder_of_somebodys_own_has_a_possible_name(who: str) -> None:
    made = folder_beside("PDM", who)
    assert "/" not in made
    assert flaw_of(made) is None
    assert folder_beside("PDM", "Tomas") == "PDM (Tomas)"
    assert folder_beside("PDM", "Tomas", number=2) == "PDM (Tomas, 2)"


def test_onedrive_is_no_place_for_a_workspace() -> None:
    assert is_cloud_folder(PureWindowsPath("D:/Anna/OneDrive - Works Ltd/PDM"))
    assert is_cloud_folder(PurePosixPath("/srv/anna/OneDrive/PDM"))
    assert not is_cloud_folder(PurePosixPath("/srv/anna/OneDriven/PDM"))


def test_a_folder_that_the_system_names_is_onedrives_whatever_it_is_called() -> None:
    known = [PureWindowsPath("D:/Cloud/Works")]
    assert is_cloud_folder(PureWindowsPath("d:/cloud/WORKS/PDM"), known)
    assert is_cloud_folder(PureWindowsPath("D:/Cloud/Works"), known)
    assert not is_cloud_folder(PureWindowsPath("D:/Cloud/Works 2/PDM"), known)
    assert not is_cloud_folder(PureWindowsPath("E:/Cloud/Works/PDM"), known)
    assert not is_cloud_folder(PureWindowsPath("D:/PDM"), [PureWindowsPath("")])
