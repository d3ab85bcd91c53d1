"""Versions of seats: which texts are one, and which of two is newer."""

import pytest

from server.protocol.versions import is_version, newest_of, numbers_of


@pytest.mark.parametrize("text", ["0.1.0", "10.20.30", "255.255.65535"])
def test_three_numbers_are_a_version(text: str) -> None:
    assert is_version(text)


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.3-rc1", "01.2.3", "256.0.0", "1.256.0", "1.2.65536", "1.2.3\n", "1.2.٣"],
)
def test_what_an_installer_cannot_have_is_none(text: str) -> None:
    assert not is_version(text)


def test_versions_are_compared_by_their_numbers() -> None:
    assert newest_of("0.9.0", "0.10.0", "0.2.9") == "0.10.0"
    assert numbers_of("1.4") == (1, 4, 0)
    assert numbers_of("") == (0, 0, 0)


@pytest.mark.parametrize("text", ["9" * 5000, f"1.{'9' * 5000}.0", "1.2.1234567890", "٣.٤.٥", "no version"])
def test_what_can_be_no_version_counts_as_none(text: str) -> None:
    assert numbers_of(text) == numbers_of("")
    assert newest_of(text, "0.1.0") == "0.1.0"
    assert not is_version(text)
