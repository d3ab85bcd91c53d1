"""What Windows' executable files say of themselves: enough to tell them, and to read their version."""

import struct

_KEY = "VS_VERSION_INFO\0".encode("utf-16-le")
_SIGNATURE = 0xFEEF04BD
"""Of `VS_FIXEDFILEINFO`, as Windows' headers have it."""


def is_executable(content: bytes) -> bool:
    """Say whether a file is one that Windows executes or loads: a program, a library, an extension of Python."""
    if content[:2] != b"MZ" or len(content) < 64:
        return False
    (head,) = struct.unpack_from("<I", content, 60)
    return content[head : head + 4] == b"PE\0\0"


def file_version(content: bytes) -> str:
    """Return the version in an executable's resources as `1.2.3.4`; empty where it has none.

    The fixed part stands behind the key of its block, on a multiple of four bytes from the block's beginning.
    """
    at = content.find(_KEY)
    while at >= 0:
        found = content.find(struct.pack("<I", _SIGNATURE), at + len(_KEY), at + len(_KEY) + 8)
        if found >= 0:
            high, low = struct.unpack_from("<II", content, found + 8)
            return f"{high >> 16}.{high & 0xFFFF}.{low >> 16}.{low & 0xFFFF}"
        at = content.find(_KEY, at + 1)
    return ""
