"""Many contents in one answer, taken apart however it is cut on its way."""

import random

import msgspec
import pytest

from server.protocol.bundle import LINE_BYTES, Unpacking, line_of
from server.protocol.calls import Bundled
from server.protocol.limits import BUNDLED_BYTES
from server.protocol.problems import Problem

NO_FILE = Problem(status=404, code="not_found", title="It is not there", detail="There is no such file.")
CONTENTS = [b"G0 X0\n", b"", b"{}\n", bytes(5_000)]


def packed() -> tuple[list[tuple[Bundled, bytes]], bytes]:
    parts = [(Bundled(file=f"file-{number}", size=len(each)), each) for number, each in enumerate(CONTENTS)]
    parts.insert(2, (Bundled(file="gone", problem=NO_FILE), b""))
    return parts, b"".join(line_of(head) + content for head, content in parts)


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1 << 20])
def test_it_is_taken_apart_as_it_was_packed(size: int) -> None:
    parts, raw = packed()
    unpacking = Unpacking()
    found = [each for start in range(0, len(raw), size) for each in unpacking.take(raw[start : start + size])]
    assert found == parts
    assert unpacking.is_between


def test_an_end_in_the_middle_is_seen() -> None:
    parts, raw = packed()
    for end in random.Random(5).sample(range(1, len(raw)), 40):
        unpacking = Unpacking()
        found = list(unpacking.take(raw[:end]))
        assert found == parts[: len(found)]
        left = sum(len(line_of(head) + content) for head, content in parts[: len(found)])
        assert unpacking.is_between is (left == end)


@pytest.mark.parametrize(
    "raw",
    [
        b"no JSON\n",
        b"{}\n",
        b" " * (LINE_BYTES + 1),
        b" " * (LINE_BYTES + 1) + b"\n",
        msgspec.json.encode({"file": "a", "size": BUNDLED_BYTES + 1}) + b"\n",
        msgspec.json.encode({"file": "a", "size": -1}) + b"\n",
        msgspec.json.encode({"file": "a", "size": "5"}) + b"\n",
    ],
)
def test_what_is_no_such_answer_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match="content"):
        list(Unpacking().take(raw))
