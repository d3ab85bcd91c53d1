"""Which files are programs by their names, and which are what a shop works with."""

import pytest

from pdm_desktop.core.programs import ENDINGS, is_program


@pytest.mark.parametrize(
    "name",
    [
        "setup.exe", "SETUP.EXE", "post.bat", "a.cmd", "b.com", "c.pif", "d.scr", "e.js", "f.vbs", "g.wsf", "h.msi",
        "2210-block.nc.lnk", "i.hta", "j.reg", "k.ps1", "l.jar", "m.msc", "n.cpl", "o.url", "p.settingcontent-ms",
        "plate (Rev 2.1).exe", "folder.nc.exe", ".exe",
    ],
)  # fmt: skip
def test_what_windows_carries_out_is_a_program(name: str) -> None:
    assert is_program(name)


@pytest.mark.parametrize(
    "name",
    [
        "plate.nc", "plate.mcam", "plate.emcam", "plate.vnc", "plate.sldprt", "plate.sldasm", "plate.step", "setup.pdf",
        "o1234.prg", "o1234.mas", "tools.tooldb", "tools.mdb", "exe", "plate.exe.nc", "list.xlsx", "a.exe_",
    ],
)  # fmt: skip
def test_what_a_shop_works_with_is_none(name: str) -> None:
    assert not is_program(name)


def test_endings_are_small_and_without_a_dot() -> None:
    assert [each for each in ENDINGS if each != each.casefold() or "." in each] == []
