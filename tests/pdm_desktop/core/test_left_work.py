"""What is told of a check-out that was lost while work of it was here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pdm_desktop.core.left_work import LeftWork, left_notice
from pdm_desktop.core.notices import TEXT_UNITS, TITLE_UNITS, units

NOW = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
KEPT = "What you saved here is being parked on the server, and stays here, read-only."
THEN = datetime(2026, 11, 26, 10, 24, tzinfo=UTC)
LEFT = LeftWork(file="f", vault="v", path="Jobs/plate.nc", by="Anna", computer="LAPTOP-2", at=THEN)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (LEFT, "You took it over on LAPTOP-2 (10:24)."),
        (replace(LEFT, by="Tomas"), "Tomas took it on LAPTOP-2 (10:24)."),
        (replace(LEFT, at=THEN - timedelta(days=1)), "You took it over on LAPTOP-2 (Yesterday 10:24)."),
        (replace(LEFT, by=None, computer=None, at=None), "Its check-out ended elsewhere."),
    ],
)
def test_who_has_the_file_where_and_since_when(left: LeftWork, text: str) -> None:
    notice = left_notice(left, "Anna", NOW)
    assert (notice.title, notice.text) == ("plate.nc is not yours here now", f"{text} {KEPT}")
    assert (notice.vault, notice.target, notice.path) == ("v", "f", "Jobs/plate.nc")


def test_a_long_name_leaves_room_for_the_words() -> None:
    notice = left_notice(replace(LEFT, path=f"{'a long name ' * 20}.nc", computer="C" * 300), "Anna", NOW)
    assert (units(notice.title) <= TITLE_UNITS, units(notice.text) <= TEXT_UNITS) == (True, True)
    assert notice.title.endswith(" is not yours here now")


@pytest.mark.parametrize(("by", "has_it"), [(None, ""), ("Tomas", " Tomas has it now.")])
def test_who_was_forced_to_let_go_reads_by_whom_where_the_work_is_and_why(by: str | None, has_it: str) -> None:
    left = replace(LEFT, by=by, computer=None, ended_by="Eva", reason="The order is due.")
    notice = left_notice(left, "Anna", NOW)
    assert notice.title == "plate.nc is not checked out by you any more"
    assert notice.text == (
        f"Eva ended your check-out (10:24).{has_it} {KEPT} “Parked versions…” goes on with it."
        " The reason: “The order is due.”"
    )


def test_a_long_reason_leaves_what_to_do() -> None:
    left = replace(LEFT, by="Tomas", ended_by="Eva", reason="because " * 200)
    notice = left_notice(left, "Anna", NOW)
    assert units(notice.text) <= TEXT_UNITS
    assert "“Parked versions…” goes on with it." in notice.text
