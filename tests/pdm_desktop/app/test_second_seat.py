"""Two seats of one person: what was chosen, asked and answered at the one holds at the other."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.handover import AskForFile, KeepFile
from pdm_desktop.core.office.messages import TellPeople, acknowledged_words
from pdm_desktop.core.office.requests import Look
from pdm_desktop.core.office.watches import ChooseHearing, Understand
from pdm_desktop.core.requests import CheckOut, GetLatest
from pdm_desktop.net.office import changing
from server.protocol.calls import QuietHours
from server.protocol.vault import File
from tests.support.client import Client, signed_in
from tests.support.memory_keyring import MemoryKeyring
from tests.support.one_file import added
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_parts import comes, http_of, until
from tests.support.server import RealServer

ALWAYS = tuple(QuietHours(day=day, start=0, end=0) for day in range(7))


@dataclass
class Desks:
    """Anna's two seats, and Tomas, of whom she hears."""

    first: QuietSeat
    second: QuietSeat
    tomas: Client
    server: RealServer

    async def new_file(self) -> File:
        return await added(self.tomas, f"{uuid.uuid4().hex}.nc")

    async def seen_by_both(self, vault: str, seq: int) -> None:
        await until(lambda: all((seat.store.seq_of(vault) or 0) >= seq for seat in (self.first, self.second)))

    async def locked(self, *files: File) -> None:
        for file in files:
            state = await self.tomas.check_out(file.id)
            await self.seen_by_both(state.vault, state.seq)

    async def chosen(self, wish: ChooseHearing, *, at: QuietSeat) -> None:
        at.ask(wish)
        await until(
            lambda: all(
                (seat.store.hearing.rule, seat.store.hearing.quiet) == (wish.rule, wish.quiet)
                for seat in (self.first, self.second)
            )
        )


@pytest.fixture
async def desks(shop_server: RealServer, ring: MemoryKeyring, tmp_path: Path) -> AsyncIterator[Desks]:
    address = shop_server.address
    async with AsyncExitStack() as stack:
        seats: list[QuietSeat] = []
        for name in ("one", "two"):
            client = await stack.enter_async_context(signed_in(address, "Anna"))
            (tmp_path / name).mkdir()
            seats.append(await stack.enter_async_context(quiet_seat(tmp_path / name, client, address)))
            await seats[-1].in_step()
        tomas = await stack.enter_async_context(signed_in(address, "Tomas"))
        made = Desks(seats[0], seats[1], tomas, shop_server)
        yield made
        await made.chosen(ChooseHearing(rule=Rule.ALL), at=made.first)


def of(seat: QuietSeat, *files: File) -> list[str]:
    """Which of these files the seat has told of, in its order."""
    names = [each.split(" is ")[0] for each in seat.said]
    return [name for name in names if name in {file.filename for file in files}]


async def test_the_rule_that_was_chosen_at_one_seat_holds_at_the_other_by_what_that_one_has(desks: Desks) -> None:
    here, elsewhere = [await desks.new_file() for _ in range(2)]
    await desks.chosen(ChooseHearing(rule=Rule.LOCAL), at=desks.first)
    await desks.second.do(GetLatest(files=(here.id,)))
    await until(lambda: here.id in desks.second.store.local)
    await desks.locked(here, elsewhere)
    assert (of(desks.first, here, elsewhere), of(desks.second, here, elsewhere)) == ([], [here.filename])
    await desks.chosen(ChooseHearing(rule=Rule.NONE), at=desks.second)
    third = await desks.new_file()
    await desks.locked(third)
    assert of(desks.first, third) == of(desks.second, third) == []


async def test_quiet_hours_hold_at_both_and_after_them_many_are_told_as_one_at_both(
    desks: Desks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pdm_desktop.core.notices.QUIET", timedelta(milliseconds=100))
    files = [await desks.new_file() for _ in range(6)]
    await desks.chosen(ChooseHearing(rule=Rule.ALL, quiet=ALWAYS), at=desks.first)
    await desks.locked(files[0])
    assert of(desks.first, *files) == of(desks.second, *files) == []
    await desks.chosen(ChooseHearing(rule=Rule.ALL), at=desks.second)
    await desks.locked(*files[1:])
    singly = [each.filename for each in files[1:4]]
    gathered, seats = "2 files locked. Tomas 2 locked. Click to see them.", (desks.first, desks.second)
    assert await comes(lambda: all(gathered in seat.said for seat in seats))
    assert [of(seat, *files) for seat in seats] == [singly, singly]


async def test_a_request_waits_at_both_seats_until_it_is_answered_at_one(desks: Desks) -> None:
    file = await desks.new_file()
    await desks.first.do(CheckOut(files=(file.id,)))
    http = http_of(desks.tomas)
    await changing.make(http, AskForFile(file=file.id, text="Before noon", waits=False), uuid.uuid4().hex)
    seats = (desks.first, desks.second)
    await until(lambda: all(seat.store.mine.to_answer for seat in seats))
    asks = f"Tomas asks for your file. {file.filename}: Before noon"
    await until(lambda: all(asks in seat.said for seat in seats))
    (request,) = desks.second.store.mine.to_answer
    desks.second.ask(KeepFile(request=request.id, reply="At eleven."))
    assert await comes(lambda: not any(seat.store.mine.to_answer for seat in seats))
    await http.close()


async def test_a_message_is_acknowledged_at_one_seat_for_both_and_its_sender_sees_it_at_once(
    desks: Desks, tmp_path: Path
) -> None:
    address, text = desks.server.address, f"Server stops at 17:00 ({uuid.uuid4().hex})."
    (tmp_path / "eva").mkdir()
    seats = (desks.first, desks.second)
    async with signed_in(address, "Eva") as eva, quiet_seat(tmp_path / "eva", eva, address) as sender:
        await sender.in_step()
        sender.ask(Look(topic=topics.MESSAGES))
        sender.ask(TellPeople(text=text, to="Anna"))

        def told() -> str | None:
            known = sender.store.office.known(topics.MESSAGES)
            sent = [] if known is None or known.value is None else known.value.messages
            return next((acknowledged_words(each) for each in sent if each.text == text), None)

        await until(lambda: all(f"Message from Eva. {text}" in seat.said for seat in seats))
        await until(lambda: told() == "Not yet")

        def waiting(seat: QuietSeat) -> list[int]:
            return [each.number for each in seat.store.mine.messages if each.text == text]

        await until(lambda: all(len(waiting(seat)) == 1 for seat in seats))
        desks.second.ask(Understand(number=waiting(desks.second)[0]))
        assert await comes(lambda: told() == "Yes"), "nobody has asked for the list again"
        assert await comes(lambda: not any(waiting(seat) for seat in seats))
