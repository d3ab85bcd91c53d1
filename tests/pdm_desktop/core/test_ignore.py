"""What programs keep for themselves is known by its name; what a person named is not."""

import pytest

from pdm_desktop.core.ignore import TABLE, is_ignored


@pytest.mark.parametrize(
    "name",
    [
        "~$2210-block.sldprt", "~$Setup.xlsx", ".~lock.setup.ods#", "plate.dwl", "PLATE.DWL2", "a_1_2.sv$", "a.ac$",
        "block.sldasm.lck", "~2210.cdd", "~WRL0001.tmp", "plate.bak", "0.Scprt-tmp", "shop.laccdb", "fixture.step.part",
        "Thumbs.db", "desktop.ini", ".DS_Store", "._plate.nc", "study.lok",
    ],
)  # fmt: skip
def test_what_a_program_keeps_is_ignored(name: str) -> None:
    assert is_ignored(name)


@pytest.mark.parametrize(
    "name",
    [
        "2210-block.sldprt", "op10.nc", "plate.mcam", "plate.mcam~", "tmp", "bak", "a-tmp.nc", "part", "a.parts",
        "lck", "Setup $5.pdf", ".nc", "thumbs.db.txt",
    ],
)  # fmt: skip
def test_what_a_person_named_is_not(name: str) -> None:
    assert not is_ignored(name)


def test_the_table_is_in_small_letters() -> None:
    assert all(pattern == pattern.lower() for _, patterns in TABLE for pattern in patterns)
