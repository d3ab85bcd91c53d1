"""The command line: exit codes, sentences, and what goes to which stream."""

import json
import tomllib
from pathlib import Path

import pytest

from server.__main__ import main
from server.cli.trouble import Exit
from server.version import VERSION


def test_a_setting_that_cannot_be_used_ends_with_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--port", "99999"]) == Exit.USAGE
    told = capsys.readouterr()
    assert "“port”" in told.err
    assert told.out == ""
    assert list(tmp_path.iterdir()) == []


def test_the_description_of_the_calls_needs_no_data_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["openapi"]) == Exit.DONE
    description = json.loads(capsys.readouterr().out)
    assert description["info"]["version"] == VERSION
    assert "/api/files/{file}/checkout" in description["paths"]
    assert list(tmp_path.iterdir()) == []


def test_the_version_is_that_of_the_project() -> None:
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    assert tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"] == VERSION


def test_a_command_that_does_not_exist_is_told_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == Exit.USAGE
    assert "serve" in capsys.readouterr().err
