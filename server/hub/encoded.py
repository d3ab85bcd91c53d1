"""A message that is ready for the wire, made once for however many sockets."""

from datetime import UTC, datetime

from websockets.frames import Frame, Opcode

from server.protocol import wire


class Encoded:
    """The whole frame of one text message (RFC 6455, 5.2; a server's frames are not masked)."""

    __slots__ = ("_start", "frame")

    def __init__(self, message: bytes) -> None:
        self.frame = Frame(Opcode.TEXT, message).serialize(mask=False)
        self._start = len(self.frame) - len(message)

    @property
    def text(self) -> str:
        """The message without its frame, for a way out that makes frames itself."""
        return self.frame[self._start :].decode()


def encode_now(message: object) -> Encoded:
    """A message that is no event of a vault, said now."""
    return Encoded(wire.encode(message, timestamp=datetime.now(UTC)))
