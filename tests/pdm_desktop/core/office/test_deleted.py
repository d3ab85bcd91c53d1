"""What becomes of a deleted file, in words."""

from dataclasses import replace
from datetime import timedelta

from pdm_desktop.core.office.deleted import KeepDeleted, fate_words
from tests.support.sample import NOW
from tests.support.sample_locks import DELETED

STAYS, GOES, WAITS, _ = DELETED.files


def test_it_is_said_when_a_file_goes_for_good_and_what_it_waits_for() -> None:
    assert fate_words(STAYS, NOW) == ""
    assert fate_words(GOES, NOW) == "goes for good on 17 Dec"
    assert fate_words(WAITS, NOW) == "waits for 1 parked version"
    early = replace(WAITS, file=replace(WAITS.file, purge=NOW + timedelta(days=40)))
    assert fate_words(early, NOW) == "goes for good on 5 Jan 2027"
    due = replace(WAITS, file=replace(WAITS.file, parked=0))
    assert fate_words(due, NOW) == "goes for good on 26 Nov"


def test_who_keeps_a_file_is_told_so() -> None:
    assert KeepDeleted(file="f", path="Jobs/a.nc").done == "a.nc stays among the deleted files."
