"""A shop in which every kind of caller is known, for the table of who may do what (`access_rows`)."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from blake3 import blake3
from sqlalchemy import Connection, delete, insert, select, update

from server.protocol.vault import Role
from server.storage.tables import access, inbox, person, vault
from tests.support.gitlab import TrustingGitlab
from tests.support.web import Seat, Web, WebSettings, running

CALLERS: Final = ("nobody", "reader", "editor", "keeper", "boss", "stranger")
"""The columns of the table. `nobody` is not signed in; `keeper` administers the vault, `boss` the server; `stranger` is
signed in and has no role in any vault.
"""
ROLES: Final[dict[str, Role | None]] = {
    "reader": "reader",
    "editor": "editor",
    "keeper": "administrator",
    "boss": None,
    "stranger": None,
}
CONTENT = b"G1 X1 Y1\n" * 40


@dataclass(kw_only=True)
class Ask:
    """One call: what stands in its path, and what it brings. `by` makes it in place of the caller's usual seat."""

    of: dict[str, str] = field(default_factory=dict)
    body: object = None
    content: bytes | None = None
    params: dict[str, str | int] = field(default_factory=dict)
    by: Seat | None = None


class World:
    """A running server with a vault in which each caller has a role, and a hidden one that only `boss` and Olga know.

    Olga edits in both: what is hers is foreign to every caller.
    """

    def __init__(self, web: Web) -> None:
        self.web = web
        self._opened: list[Seat] = []
        self._count = 0
        for name in (*ROLES, "olga"):
            web.add_person(name, administrator=name == "boss")
        self._seats = {name: self.sign_in(name) for name in (*ROLES, "olga")}
        self.here = self._vault("Production")
        self.hidden = self._made("Hidden")
        for place in (self.here, self.hidden):
            self._write(lambda connection, place=place: _no_default(connection, place))
            self.grant("olga", place, "editor")
        for name, role in ROLES.items():
            self.grant(name, self.here, role)

    def seat(self, name: str) -> Seat:
        """Where that person is signed in."""
        return self._seats[name]

    def sign_in(self, name: str, *, seat: str | None = None) -> Seat:
        """Sign somebody in on another seat."""
        made = self.web.seat(name, seat=seat)
        self._opened.append(made)
        return made

    def number(self) -> int:
        """One that nobody had before, for names."""
        self._count += 1
        return self._count

    def like(self, who: str) -> Seat:
        """Somebody new who may do what `who` may."""
        name = f"{who} {self.number()}"
        self.web.add_person(name, administrator=who == "boss")
        self.grant(name, self.here, ROLES[who])
        return self.sign_in(name)

    def role(self, name: str, place: str) -> Role | None:
        """What is granted by name."""
        found: Role | None = self.web.run(self.web.parts.store.read(lambda connection: _role(connection, name, place)))
        return found

    def grant(self, name: str, place: str, role: Role | None) -> None:
        """Grant it by name in that vault; None takes it away."""
        self._write(lambda connection: _grant(connection, name, place, role))

    def tell(self, name: str) -> int:
        """An administrator has told somebody something; its number, which is in no other inbox."""
        number = 1_000 + self.number()
        told = {"kind": "message", "at": datetime(2026, 1, 2, tzinfo=UTC), "text": "Tea!", "message": str(number)}
        self._write(
            lambda connection: connection.execute(
                insert(inbox).values(person=_person(connection, name), number=number, **told)
            )
        )
        return number

    def close(self) -> None:
        """Nobody calls any more."""
        for seat in self._opened:
            seat.client.close()

    def _vault(self, name: str) -> str:
        found: str = self.web.run(
            self.web.parts.store.read(
                lambda connection: connection.execute(select(vault.c.id).where(vault.c.name == name)).scalar_one()
            )
        )
        return found

    def _made(self, name: str) -> str:
        made: str = self.seat("boss").change("/vaults", {"name": name}).json()["id"]
        return made

    def _write(self, work: Any) -> None:
        self.web.run(self.web.parts.store.write(work))


@dataclass
class Desk:
    """Where a call is prepared: for this caller, about things of that vault."""

    world: World
    who: str
    vault: str

    @property
    def mine(self) -> Seat:
        """The caller; for nobody, who has nothing, Olga."""
        return self.world.seat("olga" if self.who == "nobody" else self.who)

    @property
    def other(self) -> Seat:
        """Olga: what is hers is foreign to the caller."""
        return self.world.seat("olga")

    @contextlib.contextmanager
    def as_editor(self) -> Iterator[None]:
        """What the caller owns was made when the caller could edit: meanwhile it is so."""
        if self.who == "nobody":
            yield
            return
        before = self.world.role(self.who, self.vault)
        self.world.grant(self.who, self.vault, "editor")
        try:
            yield
        finally:
            self.world.grant(self.who, self.vault, before)

    def path(self) -> str:
        """Of a new file."""
        return f"Jobs/{self.world.number()}.nc"

    def add(self, path: str | None = None, *, by: Seat | None = None) -> str:
        """A new file of the vault, by Olga unless said otherwise; its id."""
        seat = by or self.other
        body = {"path": path or self.path(), **seat.upload(self.new_content())}
        answer = seat.change(f"/vaults/{self.vault}/files", body)
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["file"]["id"]
        return made

    def new_content(self) -> bytes:
        """Content that nobody has."""
        return CONTENT + b"%d" % self.world.number()

    def held(self, by: Seat) -> tuple[str, int]:
        """A new file that somebody has checked out, and the token."""
        file = self.add()
        answer = by.change(f"/files/{file}/checkout", {})
        assert answer.status_code == 200, answer.text
        return file, answer.json()["file"]["lock"]["token"]

    def parked(self, by: Seat) -> str:
        """A version that somebody has parked."""
        file, token = self.held(by)
        assert by.change(f"/files/{file}/undo", {"token": token}).status_code == 200
        answer = by.change(f"/files/{file}/checkin", {"base": "1.0", "token": token, **by.upload(self.new_content())})
        assert answer.status_code == 409, answer.text
        made: str = answer.json()["parked"]
        return made

    def begun(self, by: Seat) -> tuple[str, bytes]:
        """An upload in parts that has no byte yet, and what it is of."""
        content = self.new_content()
        answer = by.change("/uploads/begin", announced(content))
        assert answer.status_code == 201, answer.text
        return answer.json()["id"], content

    def make(self, call: str, ask: Ask) -> httpx.Response:
        """Make the call as the caller."""
        method, path = call.split(" ")
        place = ("" if path in ("/healthz", "/readyz", "/metrics") else "/api") + path.format(**ask.of)
        headers = {"Idempotency-Key": f"key {self.world.number()}"}
        named: dict[str, Any] = {"headers": headers, "params": ask.params}
        if ask.body is not None:
            named["json"] = ask.body
        elif ask.content is not None:
            named["content"] = ask.content
        if ask.by is not None:
            return ask.by.client.request(method, place, **named)
        if self.who != "nobody":
            return self.world.seat(self.who).client.request(method, place, **named)
        with self.world.web.client() as client:
            return client.request(method, place, **named)


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """The shop, while the block runs."""
    with running(folder, settings=WebSettings(open_uploads=10_000), gitlab=TrustingGitlab()) as web:
        made = World(web)
        try:
            yield made
        finally:
            made.close()


def announced(content: bytes) -> dict[str, object]:
    """The fields that announce some content."""
    return {"size": len(content), "hash": blake3(content).hexdigest()}


def _person(connection: Connection, name: str) -> str:
    found: str = connection.execute(select(person.c.id).where(person.c.name == name)).scalar_one()
    return found


def _role(connection: Connection, name: str, place: str) -> Role | None:
    query = select(access.c.role).where(access.c.vault == place, access.c.person == _person(connection, name))
    found: Role | None = connection.execute(query).scalar_one_or_none()
    return found


def _grant(connection: Connection, name: str, place: str, role: Role | None) -> None:
    whom = _person(connection, name)
    connection.execute(delete(access).where(access.c.vault == place, access.c.person == whom))
    if role is not None:
        connection.execute(insert(access).values(vault=place, person=whom, role=role))


def _no_default(connection: Connection, place: str) -> None:
    connection.execute(update(vault).where(vault.c.id == place).values(default_role=None))
