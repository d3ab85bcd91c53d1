"""Parked versions are kept for their whole time: it is counted, and whatever the server's clock does ends nobody's."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from server.domain.session import Session
from server.protocol.calls import CheckIn, CheckOut
from server.services import checkout, parking
from server.services.collecting import collect
from server.services.counting import COUNTED_AT_ONCE, count_time, time_passed
from server.services.outcome import Refused
from server.services.parking import forget_old_parked
from server.storage.blobs_disk import DiskBlobs
from server.storage.gate import Gate
from server.storage.tables import parked
from tests.support.vault_data import START, VaultData

HOUR = timedelta(hours=1)
YEAR = timedelta(days=365)


async def park(data: VaultData, anna: Session, *, lifetime: timedelta) -> None:
    """Her work, whose lock went to her laptop meanwhile."""
    laptop = await data.person("Anna", seat_id="laptop")
    file = (await data.add(anna, "a.nc")).file
    await data.do(checkout.check_out, anna, file.id, CheckOut())
    await data.do(checkout.adopt, laptop, file.id)
    sent = await data.upload(anna, b"work")
    wish = CheckIn(upload=sent.id, base="1.0", token=1, size=sent.size, hash=sent.hash)
    refused = await data.store.write(
        lambda c: parking.check_in_or_park(c, anna, file.id, wish, lifetime=lifetime, at=data.clock.now)
    )
    assert isinstance(refused, Refused)


async def count(data: VaultData, now: datetime) -> int:
    def count_and_forget(connection: Connection) -> int:
        count_time(connection, now=now)
        return forget_old_parked(connection)

    return await data.store.write(count_and_forget)


async def told(data: VaultData) -> datetime:
    """Until when the parked version is kept, as its owner is told."""
    expires: datetime = await data.store.read(lambda c: c.execute(select(parked.c.expires)).scalar_one())
    return expires


async def test_a_clock_that_jumps_removes_no_parked_version(tmp_path: Path, data: VaultData, anna: Session) -> None:
    blobs, gate = DiskBlobs(tmp_path / "blobs"), Gate()
    await park(data, anna, lifetime=timedelta(days=90))
    for now in (START + timedelta(days=1), START + YEAR, START + 2 * HOUR, START + YEAR, START - YEAR, START + YEAR):
        assert (await collect(data.store, blobs=blobs, gate=gate, now=now)).parked == 0


async def test_what_is_parked_while_the_clock_is_behind_stays_when_it_is_right_again(
    data: VaultData, anna: Session
) -> None:
    await count(data, START)
    data.clock.now = START - YEAR
    await park(data, anna, lifetime=timedelta(days=90))
    assert await count(data, START + HOUR) == 0
    assert await told(data) >= START + timedelta(days=90), "its owner is told a time that can be"


async def test_a_parked_version_goes_when_its_hours_are_counted(data: VaultData, anna: Session) -> None:
    await count(data, START - HOUR / 2)
    await park(data, anna, lifetime=3 * HOUR)
    counts = [await count(data, START + HOUR / 2 + hours * HOUR) for hours in range(5)]
    assert counts == [0, 0, 0, 1, 0]


async def test_days_on_which_the_server_does_not_run_hardly_count(data: VaultData, anna: Session) -> None:
    await park(data, anna, lifetime=30 * HOUR)
    assert [await count(data, START + timedelta(days=days)) for days in range(30)] == [0] * 30


@pytest.mark.parametrize(
    ("since", "passed"),
    [(HOUR / 2, HOUR / 2), (HOUR, HOUR), (YEAR, COUNTED_AT_ONCE), (-YEAR, timedelta()), (timedelta(), timedelta())],
)
def test_what_passes_from_one_count_to_the_next(since: timedelta, passed: timedelta) -> None:
    assert time_passed(START, START + since) == passed


def test_nothing_has_passed_before_the_first_count() -> None:
    assert time_passed(None, START) == timedelta()
