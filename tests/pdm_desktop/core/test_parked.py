"""What is missing before a parked version can be checked in, and how that is said."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pdm_desktop.core.badges import Reader
from pdm_desktop.core.parked import Lack, ParkedHere, lack_of, lack_words, overtaken_by, why_parked
from server.protocol.calls import HANDED_OVER, SET_REFUSED, FileState, ParkedVersion
from server.protocol.vault import Lock
from tests.support import facts

ME = Reader(person="Mei Tanaka", seat="seat-here")
MINE = facts.lock("Mei Tanaka", seat="seat-here")
ELSEWHERE = facts.lock("Mei Tanaka", seat="seat-7")
VERSION = ParkedVersion(
    id="p1", vault="v", file="f1", path="Jobs/plate.nc", person="Mei Tanaka", base="1.0", size=10, hash="1" * 64,
    at=facts.NOW, expires=facts.NOW + timedelta(days=90), reason="not_yours",
)  # fmt: skip


def parked(held: Lock | None = None, *, number: str = "1.0", deleted: bool = False) -> ParkedHere:
    file = facts.file(number=number, held=held)
    return ParkedHere(version=VERSION, now=FileState(epoch="e", vault="v", seq=1, file=file, deleted=deleted))


@pytest.mark.parametrize(
    ("one", "lack", "words"),
    [
        (parked(MINE), Lack.NOTHING, "You have the file checked out: check in from it."),
        (parked(), Lack.CHECK_OUT, "Check it out first, then check in from it."),
        (parked(ELSEWHERE), Lack.TAKE_OVER, "You have plate.nc on CAM-07: take it over here first"),
        (parked(facts.lock()), Lack.WAIT, "Tomas Ruiz on CAM-07 has plate.nc: check it out when it is free"),
        (parked(deleted=True), Lack.RESTORE, "Restore plate.nc and check it out"),
        (ParkedHere(version=VERSION, now=None), Lack.OUT_OF_SIGHT, "You may not see its file any more. Save a copy."),
        (
            ParkedHere(version=VERSION, now=None, trouble="The server had a problem (500)."),
            Lack.UNKNOWN,
            "How plate.nc is now is not known: The server had a problem (500). Open this list again later,",
        ),
    ],
)
def test_what_is_missing_is_named_with_what_to_do(one: ParkedHere, lack: Lack, words: str) -> None:
    assert lack_of(one, ME) is lack
    assert words in lack_words(one, ME)
    assert lack_words(one, ME).startswith("plate.nc comes from Rev 1.0 and was not checked in: the lock was gone.")


def test_a_revision_that_came_between_is_named() -> None:
    assert overtaken_by(parked(MINE)) == ""
    said = overtaken_by(parked(MINE, number="1.2"))
    assert said == (
        "Rev 1.2 of Mei Tanaka came meanwhile, and what it changed is not in this content. "
        "Rev 1.2 stays in the history."
    )
    assert lack_words(parked(MINE, number="1.2"), ME).endswith(said)
    assert overtaken_by(ParkedHere(version=VERSION, now=None)) == ""


@pytest.mark.parametrize("reason", ["not_yours", "old_base", "gone", SET_REFUSED, HANDED_OVER])
def test_every_reason_has_its_words(reason: str) -> None:
    assert why_parked(replace(VERSION, reason=reason)) != reason
