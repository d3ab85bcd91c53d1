"""Every refusal has a code, a title, and words that name the file, the person and the time."""

from server.domain import errors
from server.protocol.names import Flaw, ForbiddenName
from server.protocol.vault import Lock, Revision
from tests.support.vault_data import START

LOCK = Lock(locked_by="Anna", seat="s", computer="CAM-1", since=START, token=3, message="deburring")
HEAD = Revision(major=5, minor=2, size=1, hash="0" * 64, author="Ben", at=START)


def kinds(kind: type[errors.ProblemError]) -> list[type[errors.ProblemError]]:
    return [kind, *(each for below in kind.__subclasses__() for each in kinds(below))]


def test_every_kind_has_a_code_and_a_title() -> None:
    for kind in kinds(errors.ProblemError)[1:]:
        assert kind.code.status >= 400
        assert kind.title


def test_a_held_file_says_who_where_since_when_and_why() -> None:
    problem = errors.Locked("Parts/a.nc", LOCK).problem()
    for word in ("Parts/a.nc", "Anna", "CAM-1", "2 Mar 2026, 08:00 UTC", "deburring"):
        assert word in problem.detail
    assert (problem.status, problem.lock, problem.path) == (423, LOCK, "Parts/a.nc")
    assert "by you" in errors.Locked("a", LOCK, mine=True).detail


def test_a_lock_that_is_not_yours_says_whose_it_is() -> None:
    assert "not checked out" in errors.NotYours("a.nc", None).detail
    assert "ask Anna" in errors.NotYours("a.nc", LOCK).detail
    assert "later check-out" in errors.NotYours("a.nc", LOCK, mine=True).detail


def test_an_old_base_says_both_revisions_and_keeps_the_copy() -> None:
    problem = errors.OldBase("a.nc", base="5.0", head=HEAD).problem()
    for word in ("a.nc", "Rev 5.0", "Rev 5.2", "Ben", "Keep your copy"):
        assert word in problem.detail
    assert problem.head == HEAD


def test_a_forbidden_name_says_what_is_wrong_with_it() -> None:
    problem = errors.ForbiddenPath(ForbiddenName("NUL.nc", Flaw.RESERVED)).problem()
    assert (problem.code, problem.path) == ("forbidden_name", "NUL.nc")
    assert "devices" in problem.detail
