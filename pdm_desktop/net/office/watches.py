"""Calls about what I want to hear of, and about my messages."""

from collections.abc import Mapping
from types import MappingProxyType

from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.office.watches import ChooseHearing, StopWatching, Understand, Watch
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol import calls


async def read_inbox(http: Http, since: int) -> calls.Inbox:
    """My messages after a number, a page of them. Raises core.errors."""
    return await http.get("/api/inbox", calls.Inbox, since=since)


async def acknowledge(http: Http, number: int, key: str) -> calls.Inbox:
    """I have seen my messages up to a number. Raises core.errors."""
    wish = calls.Acknowledge(number=number)
    return await http.change("POST", "/api/inbox/acknowledge", calls.Inbox, body=wish, key=key)


async def _watch(http: Http, request: Watch, key: str) -> calls.Watch:
    wish = calls.AddWatch(vault=request.vault, file=request.file, folder=request.folder)
    return await http.change("PUT", "/api/watches", calls.Watch, body=wish, key=key)


async def _stop_watching(http: Http, request: StopWatching, key: str) -> None:
    await http.change("DELETE", f"/api/watches/{request.watch}", type(None), key=key)


async def _choose_hearing(http: Http, request: ChooseHearing, key: str) -> calls.Hearing:
    wish = calls.ChooseHearing(rule=request.rule.value, quiet=list(request.quiet))
    return await http.change("PUT", "/api/session/hearing", calls.Hearing, body=wish, key=key)


async def _understand(http: Http, request: Understand, key: str) -> calls.InboxEntry:
    return await http.change("POST", f"/api/inbox/{request.number}/acknowledge", calls.InboxEntry, key=key)


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType(
    {Watch: _watch, StopWatching: _stop_watching, ChooseHearing: _choose_hearing, Understand: _understand}
)
"""How each kind is made."""
