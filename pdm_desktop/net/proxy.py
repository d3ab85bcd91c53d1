"""The proxy that the system has for a server: one answer for calls and for the socket."""

import urllib.request
from urllib.parse import urlsplit

from pdm_desktop import log
from pdm_desktop.net.address import is_local

_KINDS = ("https", "all")
"""Whose proxy may be for a server: a server beyond this computer is reached by HTTPS alone."""
_ABLE = ("http", "https")


def proxy_for(address: str) -> str | None:
    """The proxy through which the system wants this address to be reached; None: there is none on the way.

    Variables (`HTTPS_PROXY`, `NO_PROXY`) come first, then on Windows the settings of the person with their exceptions;
    a script for proxies is not read. A proxy of another kind than HTTP (SOCKS) counts as none.
    """
    if is_local(address):
        return None
    parts = urlsplit(address)
    if urllib.request.proxy_bypass(f"{parts.hostname}:{parts.port or 443}"):
        return None
    known = urllib.request.getproxies()
    found = next((known[kind] for kind in _KINDS if known.get(kind)), None)
    if found is None:
        return None
    proxy = found if "://" in found else f"http://{found}"
    if urlsplit(proxy).scheme not in _ABLE:
        log.note("proxy left aside", kind=urlsplit(proxy).scheme)
        return None
    return proxy
