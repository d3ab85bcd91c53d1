"""Every benchmark is named where people read how to run one."""

import re

from tests.bench.__main__ import BENCHMARKS
from tests.support.server import ROOT


def test_the_first_paragraph_names_them_all() -> None:
    first = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8").split("\n\n")[1]
    named = re.findall(r"`([a-z0-9_]+)`", first)
    assert sorted(named) == sorted(BENCHMARKS)
