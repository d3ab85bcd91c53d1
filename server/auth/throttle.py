"""How often one may try to sign in: a few times at once, then ever more slowly."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.domain.errors import TooManyTries
from server.domain.text import same_name

FREE_FOR_PERSON = 5
"""Tries of one person from one address before the waiting begins."""
FREE_FOR_ADDRESS = 30
"""Tries from one address, whatever the names: a whole office may share one."""
LONGEST_WAIT = timedelta(seconds=60)
FORGOTTEN_AFTER = timedelta(minutes=15)
REMEMBERED = 10_000
"""Names and addresses kept in mind; the oldest are forgotten first."""

_Subject = tuple[str, str]


@dataclass(slots=True)
class _Tries:
    count: int
    next: datetime
    """Before that no try is looked at."""
    last: datetime


class Throttle:
    """Counts tries per person and address. A try counts when it begins, so that many at once gain nothing."""

    def __init__(self) -> None:
        self._tries: OrderedDict[_Subject, _Tries] = OrderedDict()

    def admit(self, *, name: str, address: str, now: datetime) -> None:
        """Let one try begin. Raises TooManyTries, alike for names that exist and names that do not."""
        subjects: tuple[tuple[_Subject, int], ...] = (
            ((same_name(name), address), FREE_FOR_PERSON),
            (("", address), FREE_FOR_ADDRESS),
        )
        wait = max(self._wait(subject, now) for subject, _ in subjects)
        if wait > timedelta(0):
            raise TooManyTries(retry_after=max(1.0, wait.total_seconds()))
        for subject, free in subjects:
            self._count(subject, free, now)

    def succeeded(self, *, name: str, address: str) -> None:
        """That try was right: the person's tries from there are forgotten, and it does not count for the address."""
        self._tries.pop((same_name(name), address), None)
        shared = self._tries.get(("", address))
        if shared is not None and shared.count > 0:
            shared.count -= 1

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
