"""A spread: what lies on a bound counts below it, and nothing is left out."""

from server.domain.spread import Spread


def test_each_value_counts_at_every_bound_that_it_does_not_exceed() -> None:
    spread = Spread(0.1, 1.0)
    for value in (0.05, 0.1, 0.5, 1.0, 7.0):
        spread.add(value)
    assert spread.up_to() == [("0.1", 2), ("1.0", 4), ("+Inf", 5)]
    assert (spread.count, round(spread.sum, 6)) == (5, 8.65)
