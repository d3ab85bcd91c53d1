"""Where content is among the bytes of a connection: what lies between the heads of HTTP/1.1."""

OCTETS = b"application/octet-stream"
_END = b"\r\n\r\n"
_WITHOUT = (b"204", b"304")
"""Answers that have no body, whatever their heads say."""

_NO_END = (b"transfer-encoding", b"upgrade")
"""Fields of heads behind which nobody knows where the next head is."""


class Bodies:
    """Follows one direction of one connection.

    Content is a body of bytes that has a length, as parts of uploads and revisions have. Behind a body without one,
    and where a socket of events begins, nothing is found any more.
    """

    def __init__(self) -> None:
        self._head = b""
        """What has come of a head that is not whole."""
        self._left = 0
        """So many bytes of a body are to come."""
        self._is_content = False
        self._is_blind = False

    def spans(self, block: bytes) -> list[tuple[int, int]]:
        """What comes next: from where to where there is content in it."""
        found: list[tuple[int, int]] = []
        at = 0
        while at < len(block) and not self._is_blind:
            if self._left:
                end = min(len(block), at + self._left)
                if self._is_content:
                    found.append((at, end))
                self._left -= end - at
                at = end
                continue
            before = len(self._head)
            self._head += block[at:]
            end = self._head.find(_END)
            if end < 0:
                break
            at += end + len(_END) - before
            self._begin(self._head[:end])
            self._head = b""
        return found

    def _begin(self, head: bytes) -> None:
        first, *lines = head.split(b"\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        is_without = first.startswith(b"HTTP/") and first.split(b" ")[1] in _WITHOUT
        self._is_blind = not fields.keys().isdisjoint(_NO_END)
        self._left = 0 if is_without else int(fields.get(b"content-length", b"0"))
        self._is_content = fields.get(b"content-type", b"").startswith(OCTETS)


def place_of(spans: list[tuple[int, int]], count: int) -> int | None:
    """Where the byte of content is that comes after so many others. None: they have no more than those."""
    for start, end in spans:
        if count < end - start:
            return start + count
        count -= end - start
    return None
