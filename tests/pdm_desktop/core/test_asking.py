"""What the tray says when there is something new to decide."""

from datetime import timedelta

from pdm_desktop.core.actions import Suspicion
from pdm_desktop.core.asking import STANDS, Asking, asking_notice
from pdm_desktop.core.badges import Reader
from pdm_desktop.core.issues import Absent, Conflict, DeletedCopy, Doubt, Here, MassDeletion
from server.protocol.vault import Revision
from tests.support.sample import ME, MY_SEAT, NOW

READER = Reader(person=ME, seat=MY_SEAT)
HEAD = Revision(major=6, minor=5, size=1_300, hash="b" * 64, author="Mei Tanaka", at=NOW - timedelta(minutes=47))
AWAY = Absent(folder="/srv/PDM", why="The folder /srv/PDM cannot be seen.")
GONE = MassDeletion(copies=tuple(DeletedCopy(file=f"f{n}", vault="v", path=f"{n}.nc", size=1) for n in range(300)))


def conflict(path: str, *, saved: int = 18) -> Conflict:
    mine = Here(full_path=f"/srv/{path}", size=1_200, hash="a" * 64, at=NOW - timedelta(minutes=saved), base=(6, 4))
    return Conflict(file=path, vault="v", path=path, mine=mine, theirs=HEAD)


def emptied(path: str) -> Doubt:
    mine = Here(full_path=f"/srv/{path}", size=0, hash="e" * 64, at=NOW, base=(6, 4))
    return Doubt(
        file=path, vault="v", path=path, mine=mine, expected_size=1_200, expected_hash="a" * 64, why=Suspicion.EMPTY
    )


def test_a_question_is_told_once_when_it_has_stood_for_a_while() -> None:
    asking, plate, vise = Asking(), conflict("Jobs/plate.nc"), conflict("Jobs/vise.nc")
    assert asking.due is None
    asking.see([plate], NOW)
    assert asking.due == NOW + STANDS
    assert asking.tick(NOW + STANDS / 2) == ()
    asking.see([conflict("Jobs/plate.nc", saved=2), vise], NOW + STANDS / 2)
    assert asking.tick(NOW + STANDS) == (conflict("Jobs/plate.nc", saved=2),)
    assert asking.due == NOW + STANDS * 1.5
    assert asking.tick(NOW + STANDS * 1.5) == (vise,)
    assert asking.due is None
    asking.see([plate, vise], NOW + STANDS * 2)
    assert asking.due is None


def test_a_question_of_a_moment_is_not_told_and_makes_no_other_early_or_late() -> None:
    asking = Asking()
    asking.see([emptied("plate.nc")], NOW)
    asking.see([], NOW + STANDS / 3)
    assert asking.due is None
    asking.see([conflict("plate.nc")], NOW + STANDS / 2)
    assert asking.tick(NOW + STANDS) == ()
    assert asking.tick(NOW + STANDS * 1.5) == (conflict("plate.nc"),)


def test_a_question_that_comes_back_later_is_told_again() -> None:
    asking = Asking()
    for start in (NOW, NOW + timedelta(hours=1)):
        asking.see([conflict("plate.nc")], start)
        assert asking.tick(start + STANDS) == (conflict("plate.nc"),)
        asking.see([], start + STANDS)


def test_a_question_that_is_out_of_sight_for_a_moment_is_not_told_again() -> None:
    asking = Asking()
    asking.see([conflict("plate.nc")], NOW)
    assert asking.tick(NOW + STANDS) == (conflict("plate.nc"),)
    for again in (2, 4):
        asking.see([], NOW + STANDS * again)
        asking.see([conflict("plate.nc")], NOW + STANDS * (again + 0.5))
        assert asking.due is None
    asking.see([], NOW + STANDS * 10)
    asking.see([conflict("plate.nc")], NOW + STANDS * 11)
    assert asking.due == NOW + STANDS * 12


def test_a_clock_that_was_put_back_makes_no_question_wait() -> None:
    asking = Asking()
    asking.see([conflict("plate.nc")], NOW)
    assert asking.tick(NOW - timedelta(days=400)) == (conflict("plate.nc"),)


def test_one_question_is_told_with_what_is_so() -> None:
    notice = asking_notice([conflict("Jobs/plate.nc")], NOW, READER)
    assert (notice.title, notice.target, notice.asks) == ("plate.nc needs you", "Jobs/plate.nc", True)
    assert "Mei Tanaka" in notice.text
    assert asking_notice([GONE], NOW, READER).title == "300 files need you"


def test_several_are_told_at_once() -> None:
    notice = asking_notice([conflict(f"Jobs/{name}.nc") for name in "abcde"], NOW, READER)
    assert (notice.title, notice.text) == ("5 questions for you", "a.nc, b.nc, c.nc and 2 more.")
    assert notice.target is None


def test_only_what_stops_everything_is_urgent() -> None:
    assert not asking_notice([conflict("Jobs/plate.nc")], NOW, READER).urgent
    assert asking_notice([AWAY], NOW, READER).urgent
    assert asking_notice([AWAY], NOW, READER).title == "The workspace is not there"
