"""Columns: natural order, and which give way when there is less room."""

import pytest

from pdm_desktop.ui.browser.columns import Field, given_way, natural


@pytest.mark.parametrize(
    ("low", "high"), [("op9", "op10"), ("a2b", "a10b"), ("Op1", "op2"), ("2", "10"), ("9a", "a"), ("x", "x1")]
)
def test_numbers_in_names_are_numbers(low: str, high: str) -> None:
    assert natural(low) < natural(high)


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
