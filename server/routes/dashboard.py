"""The dashboard: what the store knows, with who is connected."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, Response

from server.hub.roster import Connected
from server.protocol.calls import Dashboard, Present, SeatTroubles, Wholes
from server.routes.bodies import answer, gives
from server.routes.calls import Here, Who
from server.routes.locks import entry
from server.routes.parts import Presence
from server.services import dashboard
from server.services.dashboard import Numbers, SeatHolds

router = APIRouter(tags=["dashboard"])

PEOPLE = 60
"""Of those who are here, so many are named; the numbers count all."""


@router.get("/dashboard", responses=gives(Dashboard))
async def read(parts: Here, session: Who) -> Response:
    """How it stands with the vaults that I may read: who is here, check-outs, who waits, what happened lately."""
    connected = parts.presence.connected()
    now = parts.clock()
    found = await parts.store.read(
        lambda connection: dashboard.numbers(connection, session, connected=[each.seat for each in connected], now=now)
    )
    return answer(_dashboard(parts.presence, connected, found))


def _dashboard(presence: Presence, connected: Sequence[Connected], found: Numbers) -> Dashboard:
    everybody = here(connected, found.holding, found.computers)
    return Dashboard(
        people=found.people,
        online=len({each.person for each in connected}),
        check_outs=sum(each.check_outs for each in found.holding),
        held_offline=sum(each.check_outs for each in found.holding if not presence.online(each.seat)),
        waiters=found.waiters,
        awaited=found.awaited,
        check_ins=found.check_ins,
        hours=found.hours,
        active=[entry(presence, each) for each in found.newest],
        oldest=[entry(presence, each) for each in found.oldest],
        here=everybody[:PEOPLE],
        lines=found.lines,
        happenings=found.happenings,
        contended=found.contended,
        troubles=[
            SeatTroubles(
                person=each.person,
                computer=each.computer,
                online=presence.online(each.seat),
                away=presence.away(each.seat),
                last_contact=each.last_contact,
                troubles=each.troubles,
            )
            for each in found.troubled
        ],
        wholes=Wholes(
            active=found.active,
            here=len(everybody),
            waiting=found.in_lines,
            contended=found.contended_in_all,
            troubles=found.troubled_in_all,
        ),
    )


def here(connected: Sequence[Connected], holding: Sequence[SeatHolds], computers: dict[str, str]) -> list[Present]:
    """Who is online, by name, each once; then who is not and holds files.

    Of several seats that is named where somebody is; of those, or where nobody is at any, the one that came first.
    """
    files: Counter[str] = Counter()
    for each in holding:
        files[each.person] += each.check_outs
    online: dict[str, Connected] = {}
    away: dict[str, datetime | None] = {}
    for seat in sorted(connected, key=_first_to_name):
        named = online.setdefault(seat.person, seat)
        away[seat.person] = None if named.away is None else max(filter(None, (away.get(seat.person), seat.away)))
    last: dict[str, SeatHolds] = {}
    for held in sorted(holding, key=_last_contact):
        if held.person not in online:
            last[held.person] = held
    return [
        *(_online(each, away[each.person], computers, files) for each in online.values()),
        *(
            Present(
                person=each.person,
                computer=each.computer,
                online=False,
                since=each.last_contact,
                check_outs=files[each.person],
            )
            for each in sorted(last.values(), key=_last_contact, reverse=True)
        ),
    ]


def _first_to_name(each: Connected) -> tuple[str, str, bool, datetime, str]:
    return each.person.casefold(), each.person, each.away is not None, each.since, each.seat


def _online(each: Connected, away: datetime | None, computers: dict[str, str], files: Counter[str]) -> Present:
    return Present(
        person=each.person,
        computer=computers.get(each.seat, ""),  # a page of a browser is no seat
        online=True,
        since=each.since,
        away=away,
        check_outs=files[each.person],
    )


def _last_contact(held: SeatHolds) -> datetime:
    return held.last_contact
