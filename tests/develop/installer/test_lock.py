"""The installer's lock file: whole, without addresses, and in step with the seat's pinned list."""

import re

import pytest

from develop.console import Problem
from develop.environments import Environment
from develop.installer.lock import PATH, Package, parse, read
from develop.installer.renewal import HEAD, on_the_seat, written

HASH = "a" * 64
WHOLE = f"""
python = "3.13"
[runtime]
name = "windows-python"
version = "1"
sha256 = "{HASH}"
publisher = "Its Foundation"
[roots]
name = "roots"
version = "2"
sha256 = "{HASH}"
[[wheel]]
name = "part"
version = "3"
sha256 = "{HASH}"
unsigned = ["part/x.pyd"]
"""
PINNED = f"""\
everywhere==1.0 \\
    --hash=sha256:{HASH}
old-pythons==1.0 ; python_full_version < '3.12' \\
    --hash=sha256:{HASH}
elsewhere==1.0 ; sys_platform == 'linux' \\
    --hash=sha256:{HASH}
here==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:{HASH}
"""


def pinned_hashes(text: str) -> dict[str, set[str]]:
    """Return the hashes of each package of a pinned list."""
    entries = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    return {entry.partition("==")[0]: set(re.findall(r"sha256:([0-9a-f]{64})", entry)) for entry in entries}


def test_an_entry_says_what_pip_is_to_hold_it_to() -> None:
    lock = parse(WHOLE)
    assert lock.runtime.publisher == "Its Foundation"
    assert [each.requirement for each in lock.wheels] == [f"part==3 --hash=sha256:{HASH}"]
    assert lock.wheels[0].unsigned == ("part/x.pyd",)
    assert {each.name for each in lock.packages} == {"windows-python", "roots", "part"}


@pytest.mark.parametrize("missing", ['python = "3.13"', 'version = "1"', f'sha256 = "{HASH}"'])
def test_an_entry_that_is_not_whole_is_refused(missing: str) -> None:
    with pytest.raises(Problem, match="not whole"):
        parse(WHOLE.replace(missing, "", 1))


def test_a_hash_that_is_cut_is_refused() -> None:
    with pytest.raises(Problem, match="sha256 of windows-python"):
        parse(WHOLE.replace(HASH, HASH[1:], 1))


def test_the_lock_file_has_what_the_seat_needs_on_windows_and_nothing_else() -> None:
    lock = read()
    text = Environment("seat").requirements.read_text(encoding="utf-8")
    wanted = {each.name: str(each.specifier) for each in on_the_seat(text, lock.python)}
    assert {each.name: f"=={each.version}" for each in lock.wheels} == wanted
    hashes = pinned_hashes(text)
    assert not [each.name for each in lock.wheels if each.sha256 not in hashes[each.name]]


def test_the_lock_file_holds_no_address() -> None:
    assert "://" not in PATH.read_text(encoding="utf-8")


def test_only_what_holds_on_windows_is_taken_from_a_pinned_list() -> None:
    assert [each.name for each in on_the_seat(PINNED, "3.13")] == ["everywhere", "here"]


def test_what_is_written_anew_keeps_the_head_and_reads_back() -> None:
    wheels = [
        Package(name="a", version="1", sha256=HASH, publisher="Somebody"),
        Package(name="b", version="2", sha256=HASH, unsigned=("b/x.pyd", "b/y.pyd")),
    ]
    made = written(WHOLE.partition(HEAD)[0], wheels)
    assert parse(made).wheels == tuple(wheels)
    assert parse(made).runtime == parse(WHOLE).runtime
