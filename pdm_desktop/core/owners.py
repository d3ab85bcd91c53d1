"""Whose a workspace is, and which folder is whose where several people use one computer.

A workspace belongs to one person at one server, as one journal does. Somebody else has a folder beside it.
"""

from collections.abc import Callable, Iterable
from itertools import count
from pathlib import PurePath

from pdm_desktop.core.paths import folder_beside
from server.protocol.names import same_key
from server.protocol.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A person at a server."""

    server: str
    """The server's id."""
    address: str
    """Where that server was reached, for people to read."""
    person: str

    def is_same(self, other: "Owner") -> bool:
        """It is the same person: a server knows two names that differ in case alone as one."""
        return self.server == other.server and same_key(self.person) == same_key(other.person)

    def named_for(self, other: "Owner") -> str:
        """The name, and the server too where the other one is called the same there."""
        if same_key(self.person) != same_key(other.person):
            return self.person
        if self.address != other.address:
            return f"{self.person} at {self.address}"
        return f"{self.person} at the server that was at {self.address} before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is seen of a folder that may be a workspace."""

    owner: Owner | None
    """Whose it is: by its mark, else by what this computer remembers."""
    is_used: bool
    """Something is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The folder for somebody's local copies."""

    folder: PurePath
    instead_of: tuple[PurePath, Owner] | None = None
    """The folder that was wanted and whose it is, when this one is new because of that."""


def choose(
    wanted: PurePath, others: Iterable[PurePath], *, beside: PurePath, who: Owner, see: Callable[[PurePath], Seen]
) -> Choice:
    """The folder for this person.

    It is the one that is wanted, unless that is somebody else's; then the first of the others that is this person's;
    else a new one beside `beside`. A folder is known by whose it is, never by its name: two people may have the same.
    """
    owner = see(wanted).owner
    if owner is None or owner.is_same(who):
        return Choice(folder=wanted)
    for folder in others:
        theirs = see(folder).owner
        if theirs is not None and theirs.is_same(who):
            return Choice(folder=folder)
    for number in count(1):
        folder = beside.with_name(folder_beside(beside.name, who.person, number=number))
        new = see(folder)
        if new.owner is None and not new.is_used:
            break
    return Choice(folder=folder, instead_of=(wanted, owner))
