"""What no text of a call may hold: U+0000, which PostgreSQL has no place for and which ends a text elsewhere."""

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute

from server.domain.errors import Invalid

_ESCAPED = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""As JSON has it; behind an even number of backslashes it is no escape but six characters."""


async def require_texts(request: Request) -> None:
    """Of each call, before anything else is looked at: its path, and its query if it has one. Raises Invalid."""
    route = request.scope.get("route")
    if "\0" in request.scope["path"]:
        raise _refusal(next((name for name, each in request.path_params.items() if "\0" in each), "the address"))
    if b"%00" in request.scope["query_string"] and isinstance(route, APIRoute) and route.dependant.query_params:
        for name, each in request.query_params.multi_items():
            if "\0" in name or "\0" in each:
                raise _refusal(name.replace("\0", "") or "the address")


def require_texts_in(raw: bytes) -> None:
    """Of a body of JSON that can be read. Raises Invalid."""
    if _ESCAPED.search(raw):
        raise _refusal(next(_places(json.loads(raw), ""), "the body"))


def _refusal(where: str) -> Invalid:
    return Invalid(
        f"“{where}” has the character U+0000 in it, which no text may have. Please take it out and send the call again."
    )


def _places(thing: Any, where: str) -> Iterator[str]:
    """Where it stands, as paths of fields."""
    match thing:
        case dict():
            for name, each in thing.items():
                if "\0" in name:
                    yield where or "the body"
                yield from _places(each, f"{where}.{name}".strip("."))
        case list():
            for number, each in enumerate(thing):
                yield from _places(each, f"{where}.{number}".strip("."))
        case str() if "\0" in thing:
            yield where or "the body"
