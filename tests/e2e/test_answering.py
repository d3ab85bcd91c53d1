"""A request is answered on the notice itself as the desktop brings it, and in the window where there are no buttons."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ANNA, SAM, MakeSeat
from tests.support import desktop
from tests.support.desktop import Services, wait_for
from tests.support.seat import RealSeat

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Xvfb and D-Bus are Linux's")
NAME = "2210-block-op10.nc"
FILE = f"2210 Manifold block/{NAME}"
NULL_KEYRING = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
PROGRAM = "tests.support.answering_seat"
ASKS = f"{SAM} asks for your file"
THREE = ["release", "Release…", "keep", "Keep", "transfer", "Transfer…"]


@contextmanager
def anna_has_it(folder: Path, seat: MakeSeat, *, buttons: bool) -> Iterator[tuple[RealSeat, RealSeat, Services]]:
    """Anna's seat is on a desktop, her window closed; Sam sees that she has the file."""
    folder.mkdir()
    with desktop.session(folder, buttons=buttons) as session:
        assert session.services
        anna = seat(ANNA, environment=session.environment | NULL_KEYRING, program=PROGRAM)
        session.services.tray_registered()
        sam = seat(SAM, program=PROGRAM)
        for each in (anna, sam):
            each.do("open", path=FILE)
        anna.do("check_out", path=FILE, message="Roughing")
        sam.do("badge", path=FILE, badge="other")
        anna.do("hide")
        try:
            yield anna, sam, session.services
        finally:
            anna.stop()  # before its screen goes


def the_request(services: Services) -> dict[str, Any]:
    """The notice that asks, as the desktop was given it."""
    while (notice := services.next_notice())["title"] != ASKS:
        pass
    return notice


def test_the_buttons_of_a_notice_answer_the_request(seat: MakeSeat, tmp_path: Path) -> None:
    with anna_has_it(tmp_path / "home", seat, buttons=True) as (anna, sam, services):
        sam.do("ask_for", path=FILE, why="Need to repost before noon")
        notice = the_request(services)
        assert notice["text"] == f"{NAME}: Need to repost before noon"
        assert notice["actions"][2:] == THREE
        assert notice["hints"]["urgency"] == 2
        anna.do("asked")
        assert sam.do("badge", path=FILE, badge="waiting")["holder"] == ANNA
        services.click(notice["id"], "keep")
        assert sam.do("notice", title=f"{ANNA} keeps {NAME}")["text"] == "There is no other answer. You stay in line."
        anna.do("asked_no_more")
        assert not anna.do("status")["visible"], "Keep needs no window"

        sam.do("ask_for", path=FILE, why="Please")
        second = the_request(services)
        anna.do("asked")
        services.click(second["id"], "transfer")
        assert anna.do("request") == {
            "title": f"{SAM} asks for {NAME}", "verbs": ["Release…", "Transfer", "Keep"], "at": ["transfer"],
        }  # fmt: skip
        assert sam.do("state", path=FILE)["holder"] == ANNA, "nothing has gone before it was said what goes"
        anna.do("later")

        services.click(second["id"], "release")
        anna.do("undo_that_was_asked")
        assert sam.do("badge", path=FILE, badge="free")["holder"] is None
        assert "first in line" in sam.do("notice", title=f"{NAME} is free")["text"]
        sam.do("check_out", path=FILE, message="Reposting")
        anna.do("badge", path=FILE, badge="other")
        anna.do("asked_no_more")
        anna.do("hide")
        services.click(second["id"], "keep")
        wait_for(lambda: anna.do("status")["visible"], "the file of a request that is over")
        assert anna.do("status")["selected"] == [FILE]
        assert anna.do("troubles") == []


def test_a_click_on_transfer_hands_the_work_over(seat: MakeSeat, tmp_path: Path) -> None:
    with anna_has_it(tmp_path / "home", seat, buttons=True) as (anna, sam, services):
        work = b"(half of it, by Anna)\nM30\n"
        Path(anna.do("state", path=FILE)["local"]["path"]).write_bytes(work)
        anna.do("badge", path=FILE, badge="edited")
        sam.do("ask_for", path=FILE, why="As it is")
        notice = the_request(services)
        anna.do("asked")
        services.click(notice["id"], "transfer")
        assert anna.do("request")["verbs"] == ["Check in and release…", "Transfer with my work", "Keep"]
        anna.do("answer", which="transfer")
        mine = sam.do("badge", path=FILE, badge="edited")
        assert (mine["holder"], Path(mine["local"]["path"]).read_bytes()) == (SAM, work)
        assert sam.do("notice", title=f"{NAME} is yours now")["text"].startswith(f"{ANNA} transferred it to you")


def test_where_notices_have_no_buttons_the_window_has_them(seat: MakeSeat, tmp_path: Path) -> None:
    with anna_has_it(tmp_path / "home", seat, buttons=False) as (anna, sam, services):
        sam.do("ask_for", path=FILE, why="Need to repost before noon")
        asks = f"{NAME}: Need to repost before noon"
        assert the_request(services)["text"] == f"{asks} Open PDM Desktop to answer."
        assert anna.do("asked") == f"{SAM} asks for {asks}"
        sam.do("badge", path=FILE, badge="waiting")
        anna.do("open_request")
        assert anna.do("request")["verbs"] == ["Release…", "Transfer", "Keep"]
        anna.do("answer", which="keep", reply="Ready at 11:30.")
        assert sam.do("notice", title=f"{ANNA} keeps {NAME}")["text"] == "“Ready at 11:30.” You stay in line."
        anna.do("asked_no_more")
