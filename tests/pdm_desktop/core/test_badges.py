"""One badge a file, and what it says."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdm_desktop.core.badges import Badge, Facts, Reader, badge_of, words_for
from tests.support.facts import NOW, copy, lock, revision

ME = Reader(person="Anna Novak", seat="seat-2")
FREE = Facts(head=revision("4.1"), lock=None, local=None, reader=ME, known=True)
MINE = replace(FREE, lock=lock("Anna Novak", seat="seat-2"))
OTHERS = replace(FREE, lock=lock(message="roughing"))
OLD = copy((4, 0))
OLD_AND_EDITED = copy((4, 0), edited=True)
EDITED = copy((4, 1), edited=True)


@pytest.mark.parametrize(
    ("facts", "badge", "words"),
    [
        (FREE, Badge.FREE, "Free"),
        (replace(FREE, local=copy((4, 1))), Badge.FREE, "Free"),
        (replace(FREE, local=OLD), Badge.NEWER, "Rev 4.1 is on the server, you have 4.0"),
        (OTHERS, Badge.OTHER, "Checked out by Tomas Ruiz on CAM-07 since 10:16: roughing"),
        (replace(OTHERS, local=OLD), Badge.OTHER, "Checked out by Tomas Ruiz on CAM-07 since 10:16: roughing"),
        (
            replace(OTHERS, place_in_line=1),
            Badge.WAITING,
            "Checked out by Tomas Ruiz; you are first in line",
        ),
        (
            replace(OTHERS, place_in_line=4),
            Badge.WAITING,
            "Checked out by Tomas Ruiz; you are number 4 in line",
        ),
        (MINE, Badge.MINE, "Checked out by you on CAM-07"),
        (
            replace(FREE, lock=lock("Anna Novak", seat="seat-9")),
            Badge.OTHER,
            "Checked out by you on CAM-07 since 10:16",
        ),
        (replace(MINE, local=EDITED), Badge.EDITED, "Edited here, not checked in"),
        (replace(OTHERS, local=OLD_AND_EDITED), Badge.CONFLICT, "Two versions, both kept"),
        (replace(MINE, known=False), Badge.UNKNOWN, "Unknown: offline"),
        (
            replace(OTHERS, known=False, known_at=datetime(2026, 6, 18, 8, 24, tzinfo=UTC)),
            Badge.UNKNOWN,
            "Unknown: offline; at 10:24: Checked out by Tomas Ruiz on CAM-07 since 10:16: roughing",
        ),
        (replace(MINE, known=False, local=EDITED), Badge.EDITED, "Edited here, not checked in"),
        (replace(FREE, known=False, local=OLD_AND_EDITED), Badge.CONFLICT, "Two versions, both kept"),
    ],
)
def test_the_first_state_that_holds(facts: Facts, badge: Badge, words: str) -> None:
    assert badge_of(facts) is badge
    assert words_for(badge, facts, now=NOW) == words


def test_nobody_holds_anything_while_signed_out() -> None:
    assert not Reader().holds(lock())
    assert not Reader().is_holder(lock())
