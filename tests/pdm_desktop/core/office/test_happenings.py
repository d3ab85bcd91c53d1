"""What happened lately, in words that name who did it, and "You" for the reader."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from pdm_desktop.core.badges import Badge
from pdm_desktop.core.office import happenings, troubles
from server.protocol.calls import Happening, What
from server.protocol.events import Troubles

AT = datetime(2026, 3, 4, tzinfo=UTC)


def happening(what: What, **more: Any) -> Happening:
    return Happening(vault="v", at=AT, what=what, by="Anna Novak", path="Jobs/a.nc", **more)


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (happening("checked_out"), "Anna Novak checked out a.nc"),
        (happening("checked_in", number="3.1"), "Anna Novak checked in a.nc, Rev 3.1"),
        (happening("checked_in", number="3.1", more=2), "Anna Novak checked in a.nc and 2 more"),
        (happening("kept", number="3.1"), "Anna Novak checked in a.nc and keeps it, Rev 3.1"),
        (happening("folder_moved"), "Anna Novak moved the folder a.nc"),
        (happening("given", to="Ben"), "Anna Novak gave a.nc to you"),
        (happening("given", to="Cleo"), "Anna Novak gave a.nc to Cleo"),
    ],
    ids=["out", "in", "set", "kept", "folder", "given to me", "given"],
)
def test_words(of: Happening, words: str) -> None:
    assert happenings.told(of, reader="Ben") == words


def test_the_reader_is_you() -> None:
    assert happenings.told(happening("kept"), reader="Anna Novak") == "You checked in a.nc and keep it"
    assert happenings.badge_of(happening("checked_out"), reader="Anna Novak") is Badge.MINE
    assert happenings.badge_of(happening("checked_out"), reader="Ben") is Badge.OTHER
    assert happenings.badge_of(happening("given", to="Ben"), reader="Ben") is Badge.MINE
    assert happenings.badge_of(happening("given", to="Ben"), reader="Anna Novak") is Badge.OTHER


@pytest.mark.parametrize("what", get_args(What))
def test_everything_that_can_happen_has_words(what: What) -> None:
    told = happenings.told(happening(what), reader=None)
    assert told.startswith("Anna Novak ")
    assert "a.nc" in told


@pytest.mark.parametrize(
    ("of", "words"),
    [
        (Troubles(full=True), "the disk is full"),
        (Troubles(decisions=1, stopped=2), "1 file to decide about and 2 check-ins that cannot go on"),
        (
            Troubles(absent=True, decisions=2, waiting=1),
            "the workspace cannot be seen, 2 files to decide about and 1 check-in that waits",
        ),
    ],
    ids=["full", "two", "three"],
)
def test_what_a_seat_needs(of: Troubles, words: str) -> None:
    assert troubles.told(of) == words
