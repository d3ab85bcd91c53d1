"""Executable files of Windows: telling them from others, and their version."""

import struct

from develop.installer.portable_executable import file_version, is_executable

KEY = "VS_VERSION_INFO\0".encode("utf-16-le")


def program(resources: bytes = b"") -> bytes:
    """Return the least that counts as a program, with these bytes in it."""
    return b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + resources


def fixed(version: tuple[int, int, int, int]) -> bytes:
    """Return the fixed part of version resources."""
    first, second, third, fourth = version
    return struct.pack("<IIII", 0xFEEF04BD, 0x10000, first << 16 | second, third << 16 | fourth)


def test_a_program_is_told_from_other_files() -> None:
    assert is_executable(program())
    assert not is_executable(b"MZ is how this text begins, which is long enough to have a head, or so it seems.")
    assert not is_executable(b"MZ")
    assert not is_executable(b"#!/bin/sh\n" * 20)


def test_the_version_is_read_where_it_stands() -> None:
    assert file_version(program(b"xx" + KEY + b"\0\0" + fixed((3, 13, 2150, 1013)))) == "3.13.2150.1013"
    assert file_version(program(KEY + fixed((6, 11, 3, 0)))) == "6.11.3.0"


def test_a_file_that_only_speaks_of_versions_has_none() -> None:
    assert file_version(program(KEY + b"no fixed part behind it")) == ""
    assert file_version(program(fixed((1, 2, 3, 4)))) == ""
    assert file_version(program(KEY + b"text, then the true one: " + KEY + fixed((1, 2, 3, 4)))) == "1.2.3.4"
