"""What git keeps speaks of the project alone: no path of one computer, no address of a package index, no secret."""

import re
from pathlib import Path

import pytest

from tests.rules.sources import ROOT, kept_files

# Each pattern is written so that it does not find itself.
FORBIDDEN = {
    "a path of one computer": r"/w[o]rk/|/r[o]ot/|/tm[p]/|/op[t]/(pypi|wheels)|/ho[m]e/\w+/|C:\\Us[e]rs\\\w+",
    "an address of a package index": r"(https?|file)://[^\s\"']*(p[y]pi|python[h]osted|registry\.n[p]mjs|/sim[p]le)",
    "who wrote it": r"(?i)\bcl[a]ude\b|anth[r]opic|chat[g]pt|\bcop[i]lot\b|\bL[L]M\b|co-auth[o]red-by|language mo[d]el",
    "who wrote it, in two letters": r"\bA[I]\b",
    "a number of some tracker": r"(?i)\bissue #?[0-9]+\b|\.\./shar[e]d",
    "half of a merge": r"(?m)^(<{7}|>{7}) ",
    "a secret": r"-----BEGIN [A-Z ]*PRIVATE K[E]Y|\bgl[p]at-[\w-]{8}|\bgh[p]_\w{8}",
}


def found(text: str) -> list[str]:
    """Return what of the forbidden the text has."""
    return [kind for kind, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def text_of(path: Path) -> str:
    """Return a file's text; of a picture or another file of bytes, nothing."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", "replace")


def test_no_file_says_what_does_not_belong_there() -> None:
    bad = [f"{path.relative_to(ROOT)}: {', '.join(kinds)}" for path in kept_files() if (kinds := found(text_of(path)))]
    assert not bad


@pytest.mark.parametrize(
    "text",
    [
        "see /w" + "ork/main",
        "ht" + "tps://pypi.org/simple",
        "made by an A" + "I",
        "iss" + "ue 12",
        "glp" + "at-abcdefgh1",
        "a\n" + "<" * 7 + " HEAD",
    ],
)
def test_what_does_not_belong_is_seen(text: str) -> None:
    assert found(text)


def test_no_kept_file_is_large() -> None:
    """What is large and made belongs to a release, not into the history."""
    assert not [str(path.relative_to(ROOT)) for path in kept_files() if path.stat().st_size > 2_000_000]
