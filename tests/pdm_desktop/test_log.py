"""One line for each thing that happened."""

import json
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


def test_a_long_file_is_put_aside_and_three_are_kept(lines: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "LARGEST", 500)
    for number in range(100):
        log.note("noted", number=number)
    kept = sorted(lines.parent.iterdir())
    assert [each.name for each in kept] == ["seat.log", "seat.log.1", "seat.log.2"]
    assert all(500 <= each.stat().st_size < 600 for each in kept[1:])
    assert "number=99" in lines.read_text(encoding="utf-8") + kept[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("odd", ["a b", 'a"b', "a=b", "a\u00a0b", "a\tb", "a\u2028b", ""])
def test_what_is_no_plain_word_stands_in_quotes(lines: Path, odd: str) -> None:
    log.note("noted", word=odd, plain="ä/b-1.nc")
    (line,) = lines.read_text(encoding="utf-8").split("\n")[:-1]
    assert line.endswith(f"noted word={json.dumps(odd, ensure_ascii=False)} plain=ä/b-1.nc")


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
