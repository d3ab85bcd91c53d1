"""How often one may try to sign in: a few times at once, then ever more slowly."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network

from server.domain.errors import TooManyTries
from server.domain.text import same_name

FREE_FOR_PERSON = 5
"""Tries of one person from one address before the waiting begins."""
FREE_FOR_ADDRESS = 30
"""Tries from one address, whatever the names: a whole office may share one."""
FREE_FOR_NAME = 20
"""Tries of one person from everywhere: who has many addresses gains nothing by them."""
LONGEST_WAIT = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(minutes=15)
REMEMBERED = 10_000
"""Names and addresses kept in mind; the oldest are forgotten first."""

_Subject = tuple[str, str, str]
"""What is counted, of whom, from where."""


@dataclass(slots=True)
class _Tries:
    count: int
    next: datetime
    """Before that no try is looked at."""
    last: datetime


class Throttle:
    """Counts tries per person and address. A try counts when it begins, so that many at once gain nothing.

    Where a person was right before, only tries by that very name from there make the person wait: no stranger can lock
    somebody out, and nobody at the same address by other names or by tokens.

    An address of IPv6 stands for its network of /64, all of which one computer may have (RFC 6177).
    """

    def __init__(self) -> None:
        self._tries: OrderedDict[_Subject, _Tries] = OrderedDict()
        self._at_home: OrderedDict[tuple[str, str], None] = OrderedDict()
        """Which person was right from which address."""

    def admit(self, *, name: str, address: str, now: datetime) -> None:
        """Let one try begin. Raises TooManyTries, alike for names that exist and names that do not."""
        key, address = same_name(name), _network_of(address)
        subjects = {_person(key, address): FREE_FOR_PERSON}
        if (key, address) not in self._at_home:
            subjects |= {_address(address): FREE_FOR_ADDRESS, _name(key): FREE_FOR_NAME}
        self._admit(subjects, now)

    def admit_token(self, *, beside: str | None = None, address: str, now: datetime) -> None:
        """Let one try with a token of GitLab begin; it makes no password wait. Raises TooManyTries.

        `beside` is who was right with a password: such a try waits for nobody else's, and nobody else for it.
        """
        free = FREE_FOR_ADDRESS if beside is None else FREE_FOR_PERSON
        self._admit({_token(beside, address): free}, now)

    def succeeded(self, *, name: str, address: str) -> None:
        """That try was right: the person's tries from there are forgotten, and it counts for nothing else."""
        key, address = same_name(name), _network_of(address)
        self._tries.pop(_person(key, address), None)
        if (key, address) not in self._at_home:
            self._forgive(_address(address))
            self._forgive(_name(key))
        self._at_home[key, address] = None
        self._at_home.move_to_end((key, address))
        while len(self._at_home) > REMEMBERED:
            self._at_home.popitem(last=False)

    def token_succeeded(self, *, beside: str | None = None, address: str) -> None:
        """That try with a token was right, and counts for nothing; nor do that person's before it."""
        if beside is None:
            self._forgive(_token(None, address))
        else:
            self._tries.pop(_token(beside, address), None)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[None]:
        """At work until the end of the block: there is nobody to tell."""
        yield

    def _forgive(self, subject: _Subject) -> None:
        """One try of them."""
        tries = self._tries.get(subject)
        if tries is not None and tries.count > 0:
            tries.count -= 1

    def _admit(self, subjects: Mapping[_Subject, int], now: datetime) -> None:
        wait = max(self._wait(subject, now) for subject in subjects)
        if wait > timedelta(0):
            raise TooManyTries(retry_after=max(1.0, wait.total_seconds()))
        for subject, free in subjects.items():
            self._count(subject, free, now)

    def _wait(self, subject: _Subject, now: datetime) -> timedelta:
        tries = self._tries.get(subject)
        wait = timedelta(0) if tries is None else tries.next - now
        # Nobody is told to wait longer: the clock was set back meanwhile, and must lock nobody out.
        return wait if wait <= LONGEST_WAIT else timedelta(0)

    def _count(self, subject: _Subject, free: int, now: datetime) -> None:
        tries = self._tries.pop(subject, None)
        if tries is None or now - tries.last > FORGOTTEN_AFTER:
            tries = _Tries(count=0, next=now, last=now)
        tries.count += 1
        tries.last = now
        beyond = tries.count - free
        if beyond >= 0:
            tries.next = now + min(LONGEST_WAIT, timedelta(seconds=2.0 ** min(beyond, 10)))
        self._tries[subject] = tries
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)


def _person(name: str, address: str) -> _Subject:
    return ("person", name, address)


def _address(address: str) -> _Subject:
    return ("address", "", address)


def _name(name: str) -> _Subject:
    return ("name", name, "")


def _token(beside: str | None, address: str) -> _Subject:
    return ("token", "" if beside is None else same_name(beside), _network_of(address))


def _network_of(address: str) -> str:
    """What of an address counts; what is none, as a socket of the system's own, counts as it is."""
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))
