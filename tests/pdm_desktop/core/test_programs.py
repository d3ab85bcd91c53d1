"""Which files are programs by their names, and which are what a shop works with."""

import pytest

from pdm_desktop.core.programs import ENDINGS, is_program


@pytest.mark.parametrize(
    "name",
    [
        "setup.exe", "SETUP.EXE", "post.bat", "a.cmd", "b.com", "c.pif", "d.scr", "e.js", "f.vbs", "g.wsf", "h.msi",
        "2210-block.nc.lnk", "i.hta", "j.reg", "k.ps1", "l.jar", "m.msc", "n.cpl", "o.url", "p.settingcontent-ms",
        "plate (Rev 2.1).exe", "folder.nc.exe", ".exe", "q.wsb", "r.iqy", "s.slk", "t.ica", "u.AppContent-ms",
        "v.library-ms", "w.searchConnector-ms", "x.iso", "y.vhdx", "z.desktop", "a.vsto", "b.webpnp", "c.xll",
    ],
)  # fmt: skip
def test_what_windows_carries_out_is_a_program(name: str) -> None:
    assert is_program(name)


@pytest.mark.parametrize(
    "name",
    [
        "plate.nc", "plate.mcam", "plate.emcam", "plate.vnc", "plate.sldprt", "plate.sldasm", "plate.step", "setup.pdf",
        "o1234.prg", "o1234.mas", "tools.tooldb", "tools.mdb", "exe", "plate.exe.nc", "list.xlsx", "a.exe_",
        "fanuc.pst", "plate.job", "steel.mat", "plates.zip", "plate.html", "a.b:c", "", ".", " ",
    ],
)  # fmt: skip
def test_what_a_shop_works_with_is_none(name: str) -> None:
    assert not is_program(name)


def test_endings_are_small_and_without_a_dot() -> None:
    assert [each for each in ENDINGS if each != each.casefold() or "." in each] == []


def test_what_a_command_of_windows_needs_no_ending_for_is_among_them() -> None:
    pathext = ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC;.CPL;.PY;.PYW"
    assert {each.removeprefix(".").casefold() for each in pathext.split(";")} <= ENDINGS


@pytest.mark.parametrize(
    "name",
    ["a.exe.", "a.exe ", "a.exe. . .", "a.exe\t", "a.txt:b.exe", "a.exe:b.txt", "a.exe::$DATA", "plate\u202ecn.exe"],
    ids=["dot", "space", "dots and spaces", "tab", "stream", "stream of one", "its own stream", "turned round"],
)
def test_a_name_that_is_written_to_look_like_another_is_what_windows_takes_it_for(name: str) -> None:
    assert is_program(name)
