"""What becomes of a copy when a restored server may know less than the seat (N19)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pdm_desktop.core.lineage import Confirmed, Lineage, lineage_of
from server.protocol.vault import File, Revision

HEAD = Revision(major=1, minor=2, size=3, hash="h12", author="Anna", at=datetime(2026, 3, 2, tzinfo=UTC), comment=None)
FILE = File(id="f", path="a.nc", head=HEAD)


@pytest.mark.parametrize("is_work", [False, True])
def test_a_file_that_the_server_does_not_have_is_only_here(is_work: bool) -> None:
    assert lineage_of(Confirmed(file=None), base_hash="h13", is_work=is_work) is Lineage.ALONE


@pytest.mark.parametrize("is_work", [False, True])
def test_a_revision_with_the_same_content_is_stored(is_work: bool) -> None:
    confirmed = Confirmed(file=FILE, revision=HEAD)
    assert lineage_of(confirmed, base_hash="h12", is_work=is_work) is Lineage.STORED


@pytest.mark.parametrize("revision", [None, replace(HEAD, minor=3, hash="another")])
def test_a_revision_that_is_missing_or_another_under_its_number_is_not(revision: Revision | None) -> None:
    confirmed = Confirmed(file=FILE, revision=revision)
    assert lineage_of(confirmed, base_hash="h13", is_work=True) is Lineage.WORK
    assert lineage_of(confirmed, base_hash="h13", is_work=False) is Lineage.LEFT_OVER


def test_a_deleted_file_is_the_planner_s() -> None:
    assert lineage_of(Confirmed(file=FILE, is_deleted=True), base_hash="h13", is_work=False) is Lineage.STORED
