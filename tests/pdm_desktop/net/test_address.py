"""What a person types, and what is dialled."""

import pytest

from pdm_desktop.core.errors import AddressRefused
from pdm_desktop.net.address import is_local, server_address, socket_address


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("pdm.example.com", "https://pdm.example.com"),
        (" pdm.example.com:8443/ ", "https://pdm.example.com:8443"),
        ("HTTPS://PDM.example.com", "https://pdm.example.com"),
        ("10.0.0.7", "https://10.0.0.7"),
        ("[fd00::7]:8443", "https://[fd00::7]:8443"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://127.0.0.1:8000", "https://127.0.0.1:8000"),
    ],
)
def test_the_scheme_is_safe_by_itself(typed: str, address: str) -> None:
    assert server_address(typed) == address


@pytest.mark.parametrize("typed", ["http://pdm.example.com", "http://10.0.0.7:8000", "http://127.0.0.1.example.com"])
def test_plain_http_goes_nowhere_else(typed: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        server_address(typed)
    assert "not encrypted" in refused.value.text
    assert "https://" in (refused.value.advice or "")


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "ftp://x", "https://", "https://a/b", "https://a?b", "https://user@a", "a b", "a:x", "https://a:99999"],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        server_address(typed)
    assert refused.value.advice


def test_the_socket_is_as_safe_as_the_address() -> None:
    assert socket_address("https://pdm.example.com") == "wss://pdm.example.com/ws"
    assert socket_address("http://127.0.0.1:8000") == "ws://127.0.0.1:8000/ws"
    assert is_local("http://127.0.0.1:8000")
    assert not is_local("https://pdm.example.com")
