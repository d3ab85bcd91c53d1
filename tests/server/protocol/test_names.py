"""The one rule for names: what it refuses and why, and which paths it takes for the same file."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.protocol.limits import PATH_CHARACTERS
from server.protocol.names import Flaw, ForbiddenName, checked_path, flaw_of, same_key

GOOD = [
    "2210-block-op10.mcam",
    "Hydraulics/2210 Manifold block/2210-block.sldprt",
    "O1001",
    "console.nc",
    "Zeichnung Ölpumpe (2).pdf",
    "a.b.c/d..e",
    ".hidden",
    "com/lpt/aux1.nc",
    "图纸/零件.step",
    "x" * PATH_CHARACTERS,
]

BAD = [
    ("", Flaw.EMPTY),
    ("/etc/passwd", Flaw.EMPTY_PART),
    ("a//b", Flaw.EMPTY_PART),
    ("a/", Flaw.EMPTY_PART),
    ("..", Flaw.DOTS),
    ("a/../b", Flaw.DOTS),
    ("./a", Flaw.DOTS),
    ("a\\b", Flaw.CHARACTER),
    ("C:/a", Flaw.CHARACTER),
    ("a.nc:stream", Flaw.CHARACTER),
    ("what?.nc", Flaw.CHARACTER),
    ("a\x00b", Flaw.CHARACTER),
    ("a\nb", Flaw.CHARACTER),
    ("a\x7fb", Flaw.CHARACTER),
    ("plate\u202ecn.exe", Flaw.TURNS),
    ("\u2066a\u2069/b.nc", Flaw.TURNS),
    ("name.", Flaw.ENDING),
    ("folder /file", Flaw.ENDING),
    (" lead", Flaw.LEADING_SPACE),
    ("CON", Flaw.RESERVED),
    ("a/nul.txt", Flaw.RESERVED),
    ("Com1.nc", Flaw.RESERVED),
    ("LPT9", Flaw.RESERVED),
    ("COM¹.nc", Flaw.RESERVED),
    ("aux.tar.gz", Flaw.RESERVED),
    ("prn .txt", Flaw.RESERVED),
    ("a\ud800b", Flaw.NOT_TEXT),
    ("é" * 200, Flaw.LONG_NAME),
    ("x" * (PATH_CHARACTERS + 1), Flaw.LONG_PATH),
    ("𝒙" * (PATH_CHARACTERS // 2) + "x", Flaw.LONG_PATH),
]


@pytest.mark.parametrize("path", GOOD)
def test_a_good_path_stays_as_it_is(path: str) -> None:
    assert checked_path(path) == path


@pytest.mark.parametrize(("path", "flaw"), BAD, ids=[ascii(path)[:24] for path, _ in BAD])
def test_a_bad_path_is_refused_with_the_reason(path: str, flaw: Flaw) -> None:
    with pytest.raises(ForbiddenName) as refused:
        checked_path(path)
    assert refused.value.flaw is flaw
    assert path in str(refused.value)
    assert flaw.value in str(refused.value)


def test_a_decomposed_name_becomes_composed() -> None:
    assert checked_path(unicodedata.normalize("NFD", "Ölpumpe.nc")) == "Ölpumpe.nc"


@pytest.mark.parametrize(
    ("one", "other"), [("A.NC", "a.nc"), ("Ö.nc", "o\u0308.nc"), ("STRASSE", "straße"), ("Ä/B", "a\u0308/b")]
)
def test_names_that_windows_takes_for_one_have_one_key(one: str, other: str) -> None:
    assert same_key(one) == same_key(other)


def test_names_that_differ_have_different_keys() -> None:
    assert same_key("a-1.nc") != same_key("a-2.nc")


paths = st.text(st.characters(), max_size=40) | st.text(string.ascii_letters + "./ \\:", max_size=20)


@given(paths)
def test_what_is_accepted_never_leads_out_of_its_folder(path: str) -> None:
    if flaw_of(path) is None:
        parts = checked_path(path).split("/")
        assert all(part not in ("", ".", "..") and "\\" not in part and ":" not in part for part in parts)


@given(paths)
def test_an_accepted_path_is_accepted_again_unchanged(path: str) -> None:
    if flaw_of(path) is None:
        assert checked_path(checked_path(path)) == checked_path(path)


@given(paths)
def test_the_key_does_not_depend_on_case_or_composition(path: str) -> None:
    if flaw_of(path) is None:
        assert same_key(path) == same_key(unicodedata.normalize("NFD", path)) == same_key(same_key(path))
