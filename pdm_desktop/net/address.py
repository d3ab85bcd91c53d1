"""The address of a server, from what a person typed to what is dialled."""

import ipaddress
from urllib.parse import urlsplit

from pdm_desktop.core.errors import AddressRefused

_EXAMPLE = "Type it like pdm.example.com or https://pdm.example.com:8443."


def server_address(typed: str) -> str:
    """`https://name[:port]` for what was typed. Raises AddressRefused.

    Without a scheme https is meant, and http for this very computer. Plain http goes nowhere else: everybody on the way
    could read the password.
    """
    text = typed.strip()
    if not text:
        raise AddressRefused("There is no address.", advice=_EXAMPLE)
    scheme, found, rest = text.partition("://")
    if not found:
        rest, scheme = text, ""
    host, port = _host_and_port(rest.rstrip("/"), typed)
    scheme = scheme.lower() or ("http" if is_loopback(host) else "https")
    if scheme not in ("http", "https"):
        raise AddressRefused(f"“{scheme}” is no way to a server.", advice=_EXAMPLE)
    if scheme == "http" and not is_loopback(host):
        raise AddressRefused(
            f"http://{host} is not encrypted: others in the network could read your password and your files.",
            advice=f"Use https://{host}, or ask who runs the server for its https address.",
        )
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}" if port else f"{scheme}://{shown}"


def is_loopback(host: str) -> bool:
    """The host is this very computer."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_local(address: str) -> bool:
    """An address as `server_address` made it leads to this very computer."""
    return is_loopback(urlsplit(address).hostname or "")


def socket_address(address: str) -> str:
    """Where the WebSocket of a server is."""
    return f"ws{address.removeprefix('http')}/ws"


def _host_and_port(rest: str, typed: str) -> tuple[str, int | None]:
    try:
        parts = urlsplit(f"//{rest}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused(f"“{typed}” is no address.", advice=_EXAMPLE) from error
    if not host or parts.username is not None or any(each.isspace() for each in host):
        raise AddressRefused(f"“{typed}” is no address.", advice=_EXAMPLE)
    if parts.path or parts.query or parts.fragment:
        raise AddressRefused(f"“{typed}” has more than a name and a port.", advice=_EXAMPLE)
    return host, port
