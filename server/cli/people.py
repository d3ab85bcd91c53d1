"""`user …`: people, their first and other passwords, and who may not sign in any more."""

import sys
from collections.abc import Callable
from getpass import getpass
from typing import TextIO
from urllib.parse import quote

import msgspec

from server.cli.operator import Operator
from server.cli.trouble import Exit, Trouble
from server.domain.errors import moment
from server.protocol.calls import AddPerson, OneTimeCode, People, SetPassword
from server.protocol.limits import PASSWORD_CHARACTERS, PASSWORD_LEAST

Say = Callable[[str], None]


async def add(operator: Operator, name: str, *, password: str, administrator: bool, say: Say) -> None:
    """A new person."""
    await operator.change("POST", "/api/people", AddPerson(name=name, password=password, administrator=administrator))
    say(f"{name} can sign in now.")


async def show(operator: Operator, *, say: Say) -> None:
    """Everybody, one a line."""
    for person in (await operator.get("/api/people", People)).people:
        notes = [
            word for word, true in (("administrator", person.administrator), ("disabled", person.disabled)) if true
        ]
        say(person.name + (f" ({', '.join(notes)})" if notes else ""))


async def set_password(operator: Operator, name: str, *, password: str, say: Say) -> None:
    """Another password."""
    await operator.change("PUT", f"/api/people/{quote(name, safe='')}/password", SetPassword(password=password))
    say(f"{name} has a new password, and must sign in again everywhere.")


async def make_code(operator: Operator, name: str, *, say: Say) -> None:
    """A one-time code, shown this once."""
    made = msgspec.json.decode(
        await operator.change("POST", f"/api/people/{quote(name, safe='')}/code"), type=OneTimeCode
    )
    say(f"{made.code}\n{made.person} signs in with this code once, until {moment(made.expires)}, and sets a password.")


async def disable(operator: Operator, name: str, *, say: Say) -> None:
    """No more sign-in."""
    await operator.change("DELETE", f"/api/people/{quote(name, safe='')}")
    say(f"{name} cannot sign in any more. Check-outs stay until somebody gives them back.")


async def enable(operator: Operator, name: str, *, say: Say) -> None:
    """Sign-in as before."""
    await operator.change("POST", f"/api/people/{quote(name, safe='')}/enable")
    say(f"{name} may sign in again.")


async def make_administrator(operator: Operator, name: str, *, administrator: bool, say: Say) -> None:
    """Administers the server from now on, or no longer."""
    await operator.change("PUT" if administrator else "DELETE", f"/api/people/{quote(name, safe='')}/administrator")
    say(f"{name} administers this server {'now' if administrator else 'no longer'}.")


def read_password(*, from_stdin: bool, stdin: TextIO = sys.stdin) -> str:
    """The password: the first line of standard input, or typed twice unseen. Raises Trouble."""
    password = stdin.readline().rstrip("\r\n") if from_stdin else _typed_twice()
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_CHARACTERS:
        raise Trouble(
            f"A password has {PASSWORD_LEAST} to {PASSWORD_CHARACTERS} characters; this one has {len(password)}."
            " Choose another.",
            Exit.USAGE,
        )
    return password


def _typed_twice() -> str:
    password = getpass("Password: ")
    if getpass("Again: ") != password:
        raise Trouble("The two are not the same. Start the command again.", Exit.USAGE)
    return password
