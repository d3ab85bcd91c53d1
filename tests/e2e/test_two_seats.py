"""Two people, two programs, one server: what one does, the other sees."""

import shutil
from pathlib import Path

import pytest

from tests.e2e.conftest import ANNA, SAM, MakeSeat
from tests.support.desktop import wait_for
from tests.support.seat import Refused
from tests.support.server import RealServer

FOLDER = "2210 Manifold block"
FILE = f"{FOLDER}/2210-block-op10.nc"
OTHER = f"{FOLDER}/2210-block-op20.nc"


def test_a_check_out_an_edit_and_a_check_in_travel_to_the_other_seat(seat: MakeSeat) -> None:
    anna, sam = seat(ANNA), seat(SAM)
    for each in (anna, sam):
        each.do("open", path=FILE)
    sam.do("get_latest", path=FILE)

    anna.do("check_out", path=FILE, message="Roughing, new 50 mm face mill")
    seen = sam.do("badge", path=FILE, badge="other")
    assert seen["holder"] == ANNA
    assert "Anna Novak" in seen["words"]
    assert "CAD-04" in seen["words"]
    assert "Roughing" in seen["words"]
    assert sam.do("notice", title="2210-block-op10.nc is locked")["text"].startswith("Anna Novak has it on CAD-04")

    mine = anna.do("badge", path=FILE, badge="mine")
    copy = Path(mine["local"]["path"])
    assert mine["local"]["writable"]
    edited = copy.read_bytes() + b"(checked by Anna)\n"
    copy.write_bytes(edited)
    anna.do("badge", path=FILE, badge="edited")
    anna.do("check_in", path=FILE, comment="Feed down to 0.12")

    assert anna.do("badge", path=FILE, badge="free")["rev"] == "1.1"
    assert not copy.stat().st_mode & 0o200, "a copy that is not checked out is read-only"
    assert sam.do("notice", title="2210-block-op10.nc is free")["text"] == "Anna Novak checked in Rev 1.1."

    theirs = Path(sam.do("state", path=FILE)["local"]["path"])
    wait_for(lambda: theirs.read_bytes() == edited, "the new revision in the other seat's workspace")
    latest = sam.do("badge", path=FILE, badge="free")
    assert latest["rev"] == "1.1"
    assert not latest["local"]["writable"]


def test_a_held_file_cannot_be_checked_out_and_the_holder_is_named(seat: MakeSeat) -> None:
    anna, sam = seat(ANNA), seat(SAM)
    for each in (anna, sam):
        each.do("open", path=FILE)
    anna.do("check_out", path=FILE, message="")
    sam.do("badge", path=FILE, badge="other")
    with pytest.raises(Refused, match="Anna Novak has it"):
        sam.do("check_out", path=FILE, message="me too")


def test_undo_gives_the_file_back_and_keeps_the_edits(seat: MakeSeat) -> None:
    anna, sam = seat(ANNA), seat(SAM)
    for each in (anna, sam):
        each.do("open", path=FILE)
    anna.do("check_out", path=FILE, message="trying something")
    copy = Path(anna.do("badge", path=FILE, badge="mine")["local"]["path"])
    before = copy.read_bytes()
    copy.write_bytes(b"(an idea that did not work)\n")
    anna.do("badge", path=FILE, badge="edited")
    anna.do("undo", path=FILE)
    anna.do("badge", path=FILE, badge="free")
    assert copy.read_bytes() == before
    kept = [each for each in anna.workspace.rglob("*") if each.is_file() and not each.is_symlink()]
    assert any(each.read_bytes() == b"(an idea that did not work)\n" for each in kept)
    sam.do("badge", path=FILE, badge="free")


def test_badges_are_unknown_without_the_server_and_right_again_after_it(seat: MakeSeat, server: RealServer) -> None:
    anna, sam = seat(ANNA), seat(SAM)
    for each in (anna, sam):
        each.do("open", path=FILE)
    anna.do("check_out", path=FILE, message="")
    sam.do("badge", path=FILE, badge="other")
    server.kill()
    unknown = sam.do("badge", path=FILE, badge="unknown")
    assert "Anna Novak" in unknown["words"], "what was known last is still said"
    with pytest.raises(Refused, match="not possible"):
        sam.do("check_out", path=OTHER, message="")
    server.start()
    sam.do("phase", phase="IN_STEP", timeout=60)
    sam.do("badge", path=FILE, badge="other")
    assert sam.do("state", path=OTHER)["badge"] == "free"


def test_a_server_that_restarts_in_the_middle_loses_nothing(seat: MakeSeat, server: RealServer) -> None:
    anna, sam = seat(ANNA), seat(SAM)
    for each in (anna, sam):
        each.do("open", path=FILE)
    anna.do("check_out", path=FILE, message="")
    copy = Path(anna.do("badge", path=FILE, badge="mine")["local"]["path"])
    server.restart()
    copy.write_bytes(b"(edited while the server was away)\nM30\n")
    anna.do("phase", phase="IN_STEP", timeout=60)
    anna.do("badge", path=FILE, badge="edited")
    anna.do("check_in", path=FILE, comment="after the restart")
    sam.do("phase", phase="IN_STEP", timeout=60)
    assert sam.do("badge", path=FILE, badge="free")["rev"] == "1.1"


def test_a_seat_that_was_killed_goes_on_where_it_was(seat: MakeSeat) -> None:
    anna, sam = seat(ANNA), seat(SAM)
    for each in (anna, sam):
        each.do("open", path=FILE)
    anna.do("check_out", path=FILE, message="")
    copy = Path(anna.do("badge", path=FILE, badge="mine")["local"]["path"])
    copy.write_bytes(b"(saved just before the crash)\nM30\n")
    anna.kill()
    anna.start()
    anna.sign_in("a password for tests", stay=False)
    anna.do("open", path=FILE)
    anna.do("badge", path=FILE, badge="edited")
    anna.do("check_in", path=FILE, comment="after the crash")
    assert sam.do("badge", path=FILE, badge="free")["rev"] == "1.1"


def test_two_programs_with_one_seat_id_the_first_is_told(seat: MakeSeat, tmp_path: Path) -> None:
    first = seat(SAM)
    shutil.copytree(first.data, tmp_path / "twin" / "data", ignore=shutil.ignore_patterns("*.log", "journal*"))
    second = seat(SAM, folder="twin")
    second.do("phase", phase="IN_STEP")
    first.do("phase", phase="SIGNED_OUT")
    first.do("asks_who")


def test_a_wrong_password_is_said_plainly_and_nothing_else_happens(seat: MakeSeat) -> None:
    sam = seat(SAM, password=None)
    with pytest.raises(Refused, match="password"):
        sam.sign_in("not this one")
    assert sam.do("status")["signing_in"]


def test_no_server_is_said_plainly(seat: MakeSeat, server: RealServer) -> None:
    sam = seat(SAM, password=None)
    server.stop()
    with pytest.raises(Refused, match="answer"):
        sam.sign_in("a password for tests")
