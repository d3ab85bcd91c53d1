"""Calls about a file that goes from one person to another."""

from collections.abc import Mapping
from types import MappingProxyType

from pdm_desktop.core.errors import Missing
from pdm_desktop.core.office.handover import AskForFile, KeepFile, StopWaiting, WaitForFile, Withdraw
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol import calls


async def handed_over(http: Http, file: str) -> calls.HandedOver | None:
    """What comes to me with a file that was somebody else's; None: nothing does. Raises core.errors."""
    try:
        return await http.get(f"/api/files/{file}/handover", calls.HandedOver)
    except Missing:
        return None


async def _ask(http: Http, request: AskForFile, key: str) -> calls.Request:
    wish = calls.AskForFile(text=request.text)
    asked = await http.change("POST", f"/api/files/{request.file}/ask", calls.Request, body=wish, key=key)
    if request.waits:
        await http.change("PUT", f"/api/files/{request.file}/waiting", calls.Line, key=f"{key}-waits")
    return asked


async def _withdraw(http: Http, request: Withdraw, key: str) -> None:
    await http.change("DELETE", f"/api/requests/{request.request}", type(None), key=key)


async def _keep(http: Http, request: KeepFile, key: str) -> calls.Request:
    wish = calls.KeepFile(reply=request.reply)
    return await http.change("POST", f"/api/requests/{request.request}/keep", calls.Request, body=wish, key=key)


async def _wait(http: Http, request: WaitForFile, key: str) -> calls.Line:
    return await http.change("PUT", f"/api/files/{request.file}/waiting", calls.Line, key=key)


async def _wait_no_longer(http: Http, request: StopWaiting, key: str) -> calls.Line:
    return await http.change("DELETE", f"/api/files/{request.file}/waiting", calls.Line, key=key)


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType(
    {AskForFile: _ask, Withdraw: _withdraw, KeepFile: _keep, WaitForFile: _wait, StopWaiting: _wait_no_longer}
)
"""How each kind is made."""
