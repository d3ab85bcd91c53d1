"""What a seat says, understood or not: what cannot be read is answered and counted, what is unknown only counted."""

from datetime import datetime

from server.hub.connection import Connection
from server.hub.encoded import encode_now
from server.protocol import wire
from server.protocol.closing import CloseCode
from server.protocol.events import FROM_SEAT, Away, Misunderstood, Report, SeatMessage
from server.protocol.limits import BAD_FRAMES


def understand(connection: Connection, raw: str | bytes) -> SeatMessage | None:
    """The message, or None for one that needs no answer any more. Too many that cannot be read end the connection."""
    if isinstance(raw, bytes):
        return _misunderstood(connection, "Messages are text, this one was binary.")
    try:
        message = wire.decode(raw, FROM_SEAT).message
    except wire.UnknownType:
        connection.unknown += 1
        return None
    except wire.Malformed as why:
        return _misunderstood(connection, f"This is no message of the protocol: {why}")
    if isinstance(message, Report) and _is_vague(message.edited):
        return _misunderstood(connection, "A time needs its offset from UTC: `edited` has none.")
    if isinstance(message, Away) and _is_vague(message.since):
        return _misunderstood(connection, "A time needs its offset from UTC: `since` has none.")
    return message


def _is_vague(moment: datetime | None) -> bool:
    return moment is not None and moment.tzinfo is None


def _misunderstood(connection: Connection, why: str) -> SeatMessage | None:
    connection.bad += 1
    connection.write(encode_now(Misunderstood(why=why)))
    if connection.bad >= BAD_FRAMES:
        connection.end(CloseCode.BAD_DATA, "too many messages that cannot be read")
    return None
