"""Messages to bytes and back: one JSON envelope for each, its data chosen by `type` from a table. Absent is None.

Also the lines of JSON in which long answers come.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from server.protocol.events import FROM_SEAT, FROM_SERVER
from server.protocol.records import dataclass

M = TypeVar("M")


class UnknownType(ValueError):
    """The envelope is sound, but its type stands in no table: ignore the message and count it."""


class Malformed(ValueError):
    """The bytes are no JSON, no envelope, or the data does not fit the type. The text says what and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope(Generic[M]):
    """One message as it travels. Only events of a vault have `vault` and `seq`."""

    message: M
    timestamp: datetime
    """When the sender said it, UTC."""
    vault: str | None = None
    seq: int | None = None


class _Frame(msgspec.Struct):
    type: str
    timestamp: datetime
    data: msgspec.Raw = msgspec.Raw(b"{}")
    vault: str | None = None
    seq: int | None = None


_ON_THE_WIRE = {"from_": "from"}
"""Fields whose real name is a keyword of Python."""
_TYPE_OF: dict[type, str] = {kind: name for table in (FROM_SERVER, FROM_SEAT) for name, kind in table.items()}
_frames = msgspec.json.Decoder(_Frame)
_encoder = msgspec.json.Encoder()


def type_of(message: object) -> str:
    """The word that names the message on the wire. Raises KeyError for what is no message."""
    return _TYPE_OF[type(message)]


def plain(thing: object) -> Any:
    """Dictionaries, lists and scalars of JSON for a dataclass of the contract: what is None is left out."""
    data = _without_none(msgspec.to_builtins(thing))
    for on_the_wire, name in _RENAMED.get(type(thing), {}).items():
        if name in data:
            data[on_the_wire] = data.pop(name)
    return data


def encode(message: object, *, timestamp: datetime, vault: str | None = None, seq: int | None = None) -> bytes:
    """The bytes of one message in its envelope."""
    return encode_data(type_of(message), plain(message), timestamp=timestamp, vault=vault, seq=seq)


def encode_data(
    kind: str, data: Mapping[str, Any], *, timestamp: datetime, vault: str | None = None, seq: int | None = None
) -> bytes:
    """The same, for data that is plain JSON already (an event that comes from a row)."""
    frame: dict[str, Any] = {"type": kind, "timestamp": timestamp, "data": data}
    if vault is not None:
        frame |= {"vault": vault, "seq": seq}
    return _encoder.encode(frame)


def decode(raw: bytes | str, table: Mapping[str, type[M]]) -> Envelope[M]:
    """The message in these bytes, by `FROM_SERVER` or `FROM_SEAT`.

    Raises UnknownType for a type that the table lacks, Malformed for anything else that cannot be read.
    """
    try:
        frame = _frames.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    kind = table.get(frame.type)
    if kind is None:
        raise UnknownType(frame.type)
    return Envelope(message=_decode_data(frame.data, kind), timestamp=frame.timestamp, vault=frame.vault, seq=frame.seq)


def from_plain(data: Mapping[str, Any], kind: type[M]) -> M:
    """A dataclass of the contract out of plain JSON data. Raises Malformed."""
    renamed = _RENAMED.get(kind, {})
    try:
        return msgspec.convert({renamed.get(key, key): value for key, value in data.items()}, kind)
    except msgspec.ValidationError as error:
        raise Malformed(str(error)) from error


def _decode_data(raw: msgspec.Raw, kind: type[M]) -> M:
    try:
        if _RENAMED[kind]:
            return from_plain(msgspec.json.decode(raw, type=dict[str, Any]), kind)
        message: M = _decoders[kind].decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Malformed(str(error)) from error
    return message


_decoders: dict[type, msgspec.json.Decoder[Any]] = {kind: msgspec.json.Decoder(kind) for kind in _TYPE_OF}


def _renamed(kind: type[Any]) -> dict[str, str]:
    return {_ON_THE_WIRE[each.name]: each.name for each in fields(kind) if each.name in _ON_THE_WIRE}


_RENAMED: dict[type, dict[str, str]] = {kind: _renamed(kind) for kind in _TYPE_OF}


def _without_none(thing: Any) -> Any:
    match thing:
        case dict():
            return {key: _without_none(value) for key, value in thing.items() if value is not None}
        case list():
            return [_without_none(each) for each in thing]
        case _:
            return thing


async def lines_of(blocks: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """Lines of JSON. One newline ends each: the other characters that end lines of text may stand in a comment."""
    begun = b""
    async for block in blocks:
        *whole, begun = (begun + block).split(b"\n")
        for line in whole:
            yield line.decode()
    if begun:
        yield begun.decode()
