"""The benchmark of contents in a bucket itself, with little of everything: it measures both places."""

import sys

import pytest

from tests.bench import blobs_s3


@pytest.mark.skipif(sys.platform == "win32", reason="a server on Windows has its contents on its disk")
def test_both_places_are_measured() -> None:
    figures = blobs_s3.run(size=2 * blobs_s3.PIECE_BYTES, small=3, rounds=1)
    assert [each.name for each in figures] == ["blobs_s3_put", "blobs_s3_get", "blobs_s3_small"]
    for each in figures:
        assert (each.value > 0, each.goal, len(each.runs)) == (True, None, 1)
        assert each.peers["disk"] > 0
