"""One line for each thing that happened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from pdm_desktop import log
from pdm_desktop.core.requests import SignIn
from pdm_desktop.release import VERSION


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[Path]:
    log.start(tmp_path)
    yield tmp_path / log.FILE
    log.stop()


def test_a_line_has_its_facts_in_order(lines: Path) -> None:
    log.note("applied", seq=41, file="f1", path="a b/c.nc", nothing=None, said='with "quotes"\nand a line')
    (line,) = lines.read_text(encoding="utf-8").splitlines()
    stamp, level, rest = line.split(" ", 2)
    assert stamp.endswith("Z")
    assert level == "INFO"
    assert rest == r'applied seq=41 file=f1 path="a b/c.nc" said="with \"quotes\"\nand a line"'


def test_a_trouble_has_its_traceback(lines: Path) -> None:
    try:
        raise ValueError("what happened")
    except ValueError as error:
        log.trouble("broke", error, seq=1)
    text = lines.read_text(encoding="utf-8")
    assert "WARNING broke seq=1" in text
    assert "ValueError: what happened" in text


def test_a_password_is_never_logged(lines: Path) -> None:
    log.note("asked", request=SignIn(server="https://a", name="Anna", password="a secret"))
    assert "a secret" not in lines.read_text(encoding="utf-8")


def test_the_version_is_the_projects() -> None:
    project = (Path(__file__).resolve().parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{VERSION}"' in project
