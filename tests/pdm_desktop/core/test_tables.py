"""Tables for spreadsheet programs: every cell is read back as it was, and none is calculated."""

import csv
import io

import pytest

from pdm_desktop.core.tables import MARK, as_csv


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix(MARK))))


def test_every_cell_is_read_back() -> None:
    row = ["a.nc", 'with "quotes"', "two\nlines", "one, two", "ümlaut"]
    text = as_csv(["A", "B", "C", "D", "E"], [row])
    assert text.startswith(MARK)
    assert read(text) == [["A", "B", "C", "D", "E"], row]


@pytest.mark.parametrize("cell", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\tx", "\rx"], ids=list("=+-@tr"))
def test_what_somebody_typed_is_not_calculated(cell: str) -> None:
    assert read(as_csv(["A"], [[cell]]))[1][0] == f"'{cell}"


@pytest.mark.parametrize("cell", ["-4.5", "+1", "12"])
def test_a_number_stays_a_number(cell: str) -> None:
    assert read(as_csv(["A"], [[cell]]))[1] == [cell]
