"""The benchmark of chunks itself, with one edit of a file that is just large enough: it measures what it says."""

import random
from pathlib import Path

import pytest

from pdm_desktop.core import delta
from tests.bench import chunks, shop_files

BYTES = 2 * delta.LEAST_BYTES


def make(before: Path, after: Path) -> None:
    content = bytearray(random.Random(1).randbytes(BYTES))
    before.write_bytes(content)
    content[BYTES // 2] ^= 1
    after.write_bytes(content)


def test_an_edit_is_measured_beside_the_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop_files, "edits", lambda: iter([shop_files.Edit("one_byte", "one byte", make)]))
    (figure,) = chunks.run()
    assert figure.name == "sent_one_byte"
    assert figure.peers["MB"] == BYTES / chunks.MEGABYTE
    assert 0 < figure.value < 50, "less than half of it goes"
    assert 0 < figure.peers["got %"] < 50
    assert delta.LEAST_BYTES == BYTES // 2, "what was set for the comparison is as before"
