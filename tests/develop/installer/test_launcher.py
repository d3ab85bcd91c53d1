"""The launcher tells of an end that nobody else tells of, and of no other."""

import re

from develop.installer.launcher import PARTS
from pdm_desktop.app.update_install import Verdict
from tests.rules.sources import ROOT

SOURCE = (PARTS / "launcher.c").read_text(encoding="utf-8")
CODES = {name: int(code) for name, code in re.findall(r"\b([A-Z_]+) = (\d+)", SOURCE)}


def told() -> set[int]:
    """The codes of which the launcher shows a message when the seat has ended."""
    rule = re.search(r"if \((code != .*)\) return code;", SOURCE)
    assert rule is not None
    return {CODES[name] for name in re.findall(r"code != (\w+)", rule[1])}


def test_it_tells_that_the_seat_broke_or_could_not_start() -> None:
    start = (ROOT / "pdm_desktop" / "app" / "start.py").read_text(encoding="utf-8")
    cannot_write = re.search(r"^CANNOT_WRITE = (\d+)", start, re.MULTILINE)
    assert cannot_write is not None
    assert told() == {1, int(cannot_write[1])}


def test_how_an_update_ended_is_left_to_the_seat_that_waits_for_it() -> None:
    """A message would stand in front of it, and the seat could not go on before it is closed."""
    assert not told() & set(Verdict)
    assert not set(CODES.values()) & set(Verdict)
