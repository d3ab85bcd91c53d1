"""JSON in and out: bodies are read strictly by the classes of the contract, answers leave out what is None."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar

import msgspec
from fastapi import Request, Response
from pydantic import TypeAdapter, ValidationError

from server.domain.errors import BadRequest, Invalid, TooLarge, Unsupported
from server.protocol.wire import plain
from server.routes.texts import require_texts_in

T = TypeVar("T")

JSON_BYTES = 2**20
"""Largest body of JSON."""


def body(kind: type[T]) -> Callable[[Request], Awaitable[T]]:
    """A dependency that reads the request's body as that class. Raises Unsupported, TooLarge, BadRequest, Invalid."""
    adapter = TypeAdapter(kind)

    async def read(request: Request) -> T:
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type != "application/json":
            raise Unsupported("This call takes a body of media type application/json. Say so in Content-Type.")
        return decoded(await _read_all(request), adapter)

    return read


def decoded(raw: bytes, adapter: TypeAdapter[T]) -> T:
    """What bytes of JSON are, read strictly. Raises BadRequest, Invalid."""
    try:
        found = adapter.validate_json(raw)
    except ValidationError as error:
        raise _refusal(error) from error
    require_texts_in(raw)
    return found


def takes(kind: type) -> dict[str, Any]:
    """What the API page says of the body of a call."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _schema(kind)}}}}


def gives(kind: type | None, status: int = 200) -> dict[int | str, dict[str, Any]]:
    """What the API page says of the answer of a call."""
    return {status: {"description": "Done", **({} if kind is None else {"model": kind})}}


def answer(thing: object, *, status: int = 200) -> Response:
    """An answer of JSON."""
    return Response(msgspec.json.encode(plain(thing)), status, media_type="application/json")


async def _read_all(request: Request) -> bytes:
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > JSON_BYTES:
            raise TooLarge(f"The body of this call is larger than {JSON_BYTES} bytes. Split it into several calls.")
    return bytes(raw)


def _refusal(error: ValidationError) -> BadRequest | Invalid:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return BadRequest(f"The body of this call is no JSON that can be read: {first['msg']}.")
    where = ".".join(str(each) for each in first["loc"]) or "the body"
    match first["type"]:
        case "unexpected_keyword_argument":
            return Invalid(f"This call has no field “{where}”. Leave it out.")
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return Invalid(f"The field “{where}” is missing. Please add it.")
        case _:
            return Invalid(f"The field “{where}” does not fit: {first['msg']}. Please correct it.")


@cache
def _schema(kind: type) -> dict[str, Any]:
    schema = TypeAdapter(kind).json_schema()
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inlined(schema, definitions)
    return inlined


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema with every reference replaced by what it names: the API page keeps no list of them."""
    match schema:
        case {"$ref": str(name)}:
            return _inlined(definitions[name.rpartition("/")[2]], definitions)
        case dict():
            return {key: _inlined(each, definitions) for key, each in schema.items()}
        case list():
            return [_inlined(each, definitions) for each in schema]
        case _:
            return schema
