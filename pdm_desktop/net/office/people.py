"""The calls about people, their seats, and messages to them."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.people import (
    AddPerson,
    DisablePerson,
    EnablePerson,
    LookAtPerson,
    MakeAdministrator,
    SetPassword,
)
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.core.office.seats import EndSeat
from pdm_desktop.net.http import Http
from pdm_desktop.net.office.make import Make
from server.protocol import calls

NOTHING = type(None)


async def receipts(http: Http, query: Query) -> calls.Receipts:
    """Who got the message that the query names. Raises core.errors."""
    return await http.get(f"/api/messages/{quote(dict(query)['message'], safe='')}", calls.Receipts)


async def _add(http: Http, wish: AddPerson, key: str) -> calls.Person:
    body = calls.AddPerson(name=wish.name, password=wish.password, administrator=wish.administrator)
    return await http.change("POST", "/api/people", calls.Person, body=body, key=key)


async def _set_password(http: Http, wish: SetPassword, key: str) -> None:
    body = calls.SetPassword(password=wish.password)
    return await http.change("PUT", f"{_of(wish.name)}/password", NOTHING, body=body, key=key)


async def _disable(http: Http, wish: DisablePerson, key: str) -> calls.Disabled:
    return await http.change("DELETE", _of(wish.name), calls.Disabled, key=key)


async def _enable(http: Http, wish: EnablePerson, key: str) -> None:
    return await http.change("POST", f"{_of(wish.name)}/enable", NOTHING, key=key)


async def _make_administrator(http: Http, wish: MakeAdministrator, key: str) -> None:
    method = "PUT" if wish.administrator else "DELETE"
    return await http.change(method, f"{_of(wish.name)}/administrator", NOTHING, key=key)


async def _look_at(http: Http, wish: LookAtPerson, key: str) -> None:
    return await http.change("POST", f"{_of(wish.name)}/seen", NOTHING, key=key)


async def _end_seat(http: Http, wish: EndSeat, key: str) -> None:
    return await http.change("DELETE", f"/api/seats/{quote(wish.seat, safe='')}", NOTHING, key=key)


async def _tell(http: Http, wish: TellPeople, key: str) -> calls.SentMessage:
    body = calls.SendMessage(text=wish.text, to=wish.to, everybody=wish.to is None)
    return await http.change("POST", "/api/messages", calls.SentMessage, body=body, key=key)


def _of(name: str) -> str:
    return f"/api/people/{quote(name, safe='')}"


CHANGES: Mapping[type[OfficeRequest], Make] = MappingProxyType(
    {
        AddPerson: _add,
        SetPassword: _set_password,
        DisablePerson: _disable,
        EnablePerson: _enable,
        MakeAdministrator: _make_administrator,
        LookAtPerson: _look_at,
        EndSeat: _end_seat,
        TellPeople: _tell,
    }
)
"""How each kind is made."""
