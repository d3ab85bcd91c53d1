"""Columns: natural order, and which give way when there is less room."""

import random
import re

import pytest

from pdm_desktop.core.badges import Badge
from pdm_desktop.state.listing import FileRow
from pdm_desktop.ui.browser.columns import Field, by_name, given_way, natural
from tests.support.facts import file


@pytest.mark.parametrize(
    ("low", "high"), [("op9", "op10"), ("a2b", "a10b"), ("Op1", "op2"), ("2", "10"), ("9a", "a"), ("x", "x1")]
)
def test_numbers_in_names_are_numbers(low: str, high: str) -> None:
    assert natural(low) < natural(high)


def slow_key(row: FileRow) -> object:
    """The rule itself: numbers before words and by their value, the ending after the rest, the path at last."""

    def parts(text: str) -> list[tuple[int, int, str]]:
        found = (each for each in re.split(r"(\d+)", text.casefold()) if each)
        return [(0, int(each), "") if each.isdecimal() else (1, 0, each) for each in found]

    stem, _, ending = row.file.filename.rpartition(".")
    return parts(stem or ending), parts(ending), row.file.path


@pytest.mark.parametrize("odd", ["", "two\nlines"])
def test_thousands_of_names_at_once_are_in_the_order_of_each_two(odd: str) -> None:
    dice = random.Random(3)
    pieces = ("op", "1", "01", "10", "9", "٣", " ", "-", "é", "ß", "A", ".", "nc", "x²", "0000000000123456789", odd)
    names = {"".join(dice.choices(pieces, k=dice.randrange(1, 6))) for _ in range(2_000)} - {""}
    rows = [
        FileRow(
            file=file(name, f"{dice.choice('ab')}/{name}"), vault="v", local=None, badge=Badge.FREE, badge_words="",
            online=None, away=None,
        )
        for name in names
    ]  # fmt: skip
    assert [row.file.path for row in by_name(rows)] == [row.file.path for row in sorted(rows, key=slow_key)]  # type: ignore[arg-type]  # lists and texts


def test_odd_digits_do_not_break_the_order() -> None:
    assert sorted(["x²", "x1", "٣"], key=natural)


@pytest.mark.parametrize(
    ("width", "hidden"),
    [
        (1000, ()),
        (960, (Field.COMPUTER,)),
        (860, (Field.COMPUTER, Field.SIZE)),
        (680, (Field.COMPUTER, Field.SIZE, Field.MODIFIED)),
        (200, (Field.COMPUTER, Field.SIZE, Field.MODIFIED)),
    ],
)
def test_columns_give_way_in_order(width: int, hidden: tuple[Field, ...]) -> None:
    assert given_way(width) == hidden
