"""The command line: what belongs to dev.py, what is passed on, and help for each."""

import pytest

from develop import commands


@pytest.mark.parametrize("name", ["demo", "test", "faults", "bench", "run", "lock"])
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.main([name, "--help"])
    assert ended.value.code == 0
    assert len(capsys.readouterr().out.splitlines()) > 4


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["run", "window"], ["run"], ["lock", "--headless"], ["faults", "all"]]
)
def test_what_is_not_known_is_said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        commands.main(arguments)
    assert ended.value.code == 2
    assert "usage: dev.py" in capsys.readouterr().err
