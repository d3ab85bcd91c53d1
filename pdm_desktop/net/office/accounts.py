"""Calls about how people get in."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from pdm_desktop.core.office.accounts import ChangePassword, LinkGitlab, MakeCode, RequireToken, UnlinkGitlab
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol import calls


async def _make_code(http: Http, request: MakeCode, key: str) -> calls.OneTimeCode:
    return await http.change("POST", f"{_person(request.name)}/code", calls.OneTimeCode, key=key)


async def _require_token(http: Http, request: RequireToken, key: str) -> None:
    body = calls.RequireToken(wanted=request.wanted)
    await http.change("PUT", f"{_person(request.name)}/token", type(None), body=body, key=key)


async def _link(http: Http, request: LinkGitlab, key: str) -> None:
    body = calls.LinkGitlab(gitlab=request.gitlab)
    await http.change("PUT", f"{_person(request.name)}/gitlab", type(None), body=body, key=key)


async def _unlink(http: Http, request: UnlinkGitlab, key: str) -> None:
    await http.change("DELETE", f"{_person(request.name)}/gitlab", type(None), key=key)


async def _change_password(http: Http, request: ChangePassword, key: str) -> None:
    body = calls.ChangePassword(old=request.old, new=request.new)
    await http.change("PUT", "/api/session/password", type(None), body=body, key=key)


def _person(name: str) -> str:
    return f"/api/people/{quote(name, safe='')}"


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType(
    {
        MakeCode: _make_code,
        RequireToken: _require_token,
        LinkGitlab: _link,
        UnlinkGitlab: _unlink,
        ChangePassword: _change_password,
    }
)
"""How each kind is made."""
