"""What the tray says when there is something new to decide."""

from datetime import timedelta

from pdm_desktop.core.asking import asking_notice, newly_open
from pdm_desktop.core.badges import Reader
from pdm_desktop.core.issues import Absent, Conflict, DeletedCopy, Here, MassDeletion
from pdm_desktop.core.notices import Notices
from server.protocol.vault import Revision
from tests.support.sample import ME, MY_SEAT, NOW

READER = Reader(person=ME, seat=MY_SEAT)
HEAD = Revision(major=6, minor=5, size=1_300, hash="b" * 64, author="Mei Tanaka", at=NOW - timedelta(minutes=47))
AWAY = Absent(folder="/srv/PDM", why="The folder /srv/PDM cannot be seen.")
GONE = MassDeletion(copies=tuple(DeletedCopy(file=f"f{n}", vault="v", path=f"{n}.nc", size=1) for n in range(300)))


def conflict(path: str, *, saved: int = 18) -> Conflict:
    mine = Here(full_path=f"/srv/{path}", size=1_200, hash="a" * 64, at=NOW - timedelta(minutes=saved), base=(6, 4))
    return Conflict(file=path, vault="v", path=path, mine=mine, theirs=HEAD)


def test_only_a_question_that_was_not_open_is_new() -> None:
    plate, vise = conflict("Jobs/plate.nc"), conflict("Jobs/vise.nc")
    assert newly_open([plate], [conflict("Jobs/plate.nc", saved=2), vise]) == (vise,)
    assert newly_open([plate, vise], [plate]) == ()


def test_one_question_is_told_with_what_is_so() -> None:
    notice = asking_notice([conflict("Jobs/plate.nc")], NOW, READER)
    assert (notice.title, notice.target, notice.asks) == ("plate.nc needs you", "Jobs/plate.nc", True)
    assert "Mei Tanaka" in notice.text
    assert asking_notice([GONE], NOW, READER).title == "300 files need you"


def test_several_are_told_at_once() -> None:
    notice = asking_notice([conflict(f"Jobs/{name}.nc") for name in "abcde"], NOW, READER)
    assert (notice.title, notice.text) == ("5 questions for you", "a.nc, b.nc, c.nc and 2 more.")
    assert notice.target is None


def test_only_what_stops_everything_comes_in_a_quiet_hour() -> None:
    notices = Notices(READER)
    notices.quiet_until = NOW + timedelta(hours=1)
    assert not notices.may_speak(asking_notice([conflict("Jobs/plate.nc")], NOW, READER), NOW)
    assert notices.may_speak(asking_notice([AWAY], NOW, READER), NOW)
    assert asking_notice([AWAY], NOW, READER).title == "The workspace is not there"
    assert notices.may_speak(asking_notice([conflict("a.nc")], NOW, READER), notices.quiet_until)
