"""The answer to a call for a range: also of something on the way that knows no ranges, and answers with all of it."""

import re
from collections.abc import AsyncIterator

import httpx

from pdm_desktop.core.errors import Stranger

_RANGE = re.compile(r"bytes ([0-9]{1,19})-[0-9]{1,19}/")
"""The beginning of a Content-Range (RFC 9110, 14.4), of a size that a file can have."""


async def answer_from(answer: httpx.Response, start: int) -> AsyncIterator[bytes]:
    """The bytes from `start` on, in blocks; what the answer has before them is passed over. Raises Stranger."""
    before = start - _begin_of(answer)
    if before < 0:
        raise _other_range()
    async for block in answer.aiter_bytes():
        if before < len(block):
            yield block[before:]
        before = max(0, before - len(block))


def _begin_of(answer: httpx.Response) -> int:
    if answer.status_code != httpx.codes.PARTIAL_CONTENT:
        return 0
    found = _RANGE.match(answer.headers.get("Content-Range", ""))
    if found is None:
        raise _other_range()
    return int(found[1])


def _other_range() -> Stranger:
    return Stranger("Another part of the file came than was asked for.", advice="Check the network.")
