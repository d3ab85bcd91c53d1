"""What `test --wine-units` runs on Windows' Python in Wine, and when it holds: something passed, and nothing failed."""

import pytest

from tests.conftest import WITH_WINDOW
from tests.support import wine
from tests.windows import units
from tests.windows.units import OPTIONS, everything, holds, words_of


def test_everything_of_the_seat_that_needs_no_window_runs_there() -> None:
    found = everything()
    assert [each for each in found if not (wine.ROOT / each).exists()] == []
    assert {f"tests/pdm_desktop/{name}" for name in ("core", "sync", "net", "state", "cache", "test_config.py")} <= set(
        found
    )
    assert not any(each in WITH_WINDOW for each in (wine.ROOT / name for name in found))


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ([], everything()),
        (["-k", "lock"], [*everything(), "-k", "lock"]),
        (["tests/pdm_desktop/core"], ["tests/pdm_desktop/core"]),
        (["-k", "server"], [*everything(), "-k", "server"]),
        (["tests/develop/test_dev.py::test_x", "-x"], ["tests/develop/test_dev.py::test_x", "-x"]),
    ],
)
def test_who_names_files_gets_those_alone(rest: list[str], words: list[str]) -> None:
    assert words_of(rest) == [*OPTIONS, *words]


@pytest.mark.parametrize(
    ("code", "last", "expected"),
    [
        (0, "477 passed in 14.99s", True),
        (0, "234 passed, 3 skipped in 60.70s (0:01:00)", True),
        (0, "= 3 skipped, 10 passed, 2 warnings in 60.70s =", True),
        (0, "3 skipped in 0.12s", False),
        (0, "3 deselected, 0 passed in 0.12s", False),
        (1, "1 failed, 476 passed in 14.99s", False),
        (5, "no tests ran in 0.01s", False),
        (0, "", False),
    ],
)
def test_it_holds_where_something_passed_and_nothing_failed(code: int, last: str, expected: bool) -> None:
    assert holds(code, f"....  [100%]\nSKIPPED [1] test_x.py:3: 5 passed by\n{last}") is expected


def test_without_wine_it_says_so_and_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(wine, "WHY_NOT", "not installed here: wine")
    assert units.main([]) == 1
    assert "not installed here: wine" in capsys.readouterr().err
