"""Expressions for names: what fits, what is none, and that none takes long whatever it is."""

import time
from collections.abc import Callable

import pytest

from server.domain.name_pattern import BadPattern, fits

LIMIT = 0.05
"""Seconds of work that one name may take, the expression read anew."""
LONG = 240
"""Characters of the longest path."""


def work(do: Callable[[], object]) -> float:
    """Seconds that this thread worked for it, however busy the computer is with others."""
    began = time.thread_time()
    do()
    return time.thread_time() - began


@pytest.mark.parametrize(
    ("pattern", "text", "so"),
    [
        (r"[0-9]{4}-.+\.nc", "2210-block.nc", True),
        (r"[0-9]{4}-.+\.nc", "x2210-block.nc", False),
        (r"[0-9]{4}-.+\.nc", "2210-block.nc.bak", False),
        (r"(?i)[0-9]{4}-.+\.nc", "2210-BLOCK.NC", True),
        (r"Jobs/\p{L}+/.*", "Jobs/Müller/a.nc", True),
        (r".{3}", "äöü", True),
    ],
)
def test_the_whole_text_fits_or_not(pattern: str, text: str, so: bool) -> None:
    assert fits(pattern, text) is so


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * (LONG - 1) + "!"),
        ("(a|a)*b", "a" * LONG),
        ("(a|aa)+$", "a" * (LONG - 1) + "!"),
        ("(.*)*x", "y" * LONG),
        ("(x+x+)+y", "x" * LONG),
        ("([a-z]+)*[0-9]", "a" * LONG),
        (r"^(([a-z])+.)+[A-Z]([a-z])+$", "a" * LONG),
        ("(a?){120}a{120}", "a" * LONG),
        (r"(\p{L}+\s?)+\.nc", "ä" * LONG),
    ],
    ids=["nested", "twice", "either", "any", "pairs", "letters", "words", "optional", "unicode"],
)
def test_no_expression_takes_long(pattern: str, text: str) -> None:
    assert work(lambda: fits(pattern, text)) < LIMIT


@pytest.mark.parametrize(
    "pattern",
    ["(", "[a", "a**", r"\1", "(?=x)a", "((a{40}){40}){40}", "((\\p{L}{900})|(\\p{N}{900})|a)*", "a\ud800"],
    ids=["group", "class", "stars", "reference", "look-ahead", "repeated", "large", "no-text"],
)
def test_what_is_no_expression_is_refused_at_once_and_says_why(pattern: str) -> None:
    said: list[str] = []

    def refuse() -> None:
        with pytest.raises(BadPattern) as bad:
            fits(pattern, "a")
        said.append(str(bad.value))

    assert work(refuse) < LIMIT
    assert said != [""]
