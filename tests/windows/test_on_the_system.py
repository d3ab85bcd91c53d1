"""Everything below the window on Windows' own Python, in Wine, as `dev.py test --wine-units` runs it."""

import pytest

from tests.support import wine
from tests.windows import units

pytestmark = wine.needs_wine


def test_everything_below_the_window_holds_there(windows: wine.Windows, capfd: pytest.CaptureFixture[str]) -> None:
    holds = units.run_on(windows, [], tell=print)
    assert holds, capfd.readouterr().out
