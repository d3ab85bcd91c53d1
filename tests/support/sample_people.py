"""The people of the sample shop as an administrator sees them: accounts, seats, and what they were told."""

from datetime import datetime, timedelta

from server.protocol.calls import (
    Account,
    People,
    Receipt,
    Receipts,
    RoleIn,
    SeatOf,
    SeatsOfAll,
    SentMessage,
    SentMessages,
)
from server.protocol.vault import Role
from tests.support.sample import NOW


def _ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def _roles(production: Role, others: Role | None = None) -> list[RoleIn]:
    first = [RoleIn(vault="production", name="Production", role=production)]
    more = (("fixtures", "Fixtures"), ("tools", "Tool library"))
    return first + [RoleIn(vault=vault, name=name, role=others) for vault, name in more if others is not None]


PEOPLE = People(
    people=[
        Account(name="Anna Novak", administrator=False, disabled=False, made=_ago(days=410), seen=_ago(hours=4),
                online=True, seats=1, checked_out=2, roles=_roles("editor", "editor")),
        Account(name="Jan Kowalski", administrator=False, disabled=False, made=_ago(days=388),
                seen=_ago(days=2, hours=19), seats=1, checked_out=2, roles=_roles("editor", "editor")),
        Account(name="Luca Ferri", administrator=False, disabled=False, made=_ago(days=203), seen=_ago(hours=3),
                online=True, seats=1, checked_out=1, roles=_roles("editor", "reader")),
        Account(name="Mei Tanaka", administrator=False, disabled=False, made=_ago(days=410), seen=_ago(hours=5),
                online=True, seats=2, checked_out=1, roles=_roles("administrator", "editor")),
        Account(name="Nina Weber", administrator=False, disabled=False, made=_ago(minutes=25), new=True,
                has_password=False, code_until=NOW + timedelta(hours=23), roles=_roles("reader")),
        Account(name="Olga Lind", administrator=True, disabled=False, made=_ago(days=411), seen=_ago(hours=15),
                seats=1),
        Account(name="Paul Brandt", administrator=False, disabled=True, made=_ago(days=390), seen=_ago(days=61),
                roles=_roles("editor", "editor")),
        Account(name="Priya Shah", administrator=False, disabled=False, made=_ago(days=122), seen=_ago(hours=2),
                online=True, away=_ago(minutes=25), seats=1, checked_out=1, roles=_roles("editor", "reader")),
        Account(name="Sam Becker", administrator=True, disabled=False, made=_ago(days=411), seen=_ago(hours=3),
                online=True, seats=2, checked_out=3),
        Account(name="Tomas Ruiz", administrator=False, disabled=False, made=_ago(days=300), seen=_ago(hours=3),
                online=True, seats=1, checked_out=1, roles=_roles("editor", "editor")),
    ]
)  # fmt: skip
"""Everybody who has an account."""


def _seat(
    person: str, computer: str, version: str, contact: datetime, *, online: bool = True, away: datetime | None = None
) -> SeatOf:
    return SeatOf(
        id=f"seat-{computer.lower()}", person=person, browser=False, online=online, away=away, signed_in=True,
        computer=computer,
        system="Windows 11 24H2", version=version, last_contact=contact, since=_ago(days=12, hours=2),
        address=f"192.168.20.{20 + len(computer) + len(person)}",
    )  # fmt: skip


SEATS = SeatsOfAll(
    newest="0.4.0",
    seats=[
        _seat("Anna Novak", "CAD-04", "0.4.0", _ago(hours=4)),
        _seat("Jan Kowalski", "CAM-03", "0.3.1", _ago(days=2, hours=19), online=False),
        _seat("Luca Ferri", "CAM-06", "0.4.0", _ago(hours=3)),
        _seat("Mei Tanaka", "CAM-01", "0.3.1", _ago(hours=5)),
        SeatOf(id="b1", person="Mei Tanaka", browser=True, online=False, signed_in=True, since=_ago(hours=26),
               address="192.168.20.31"),
        _seat("Olga Lind", "OFFICE-2", "0.4.0", _ago(hours=15), online=False),
        SeatOf(id="seat-cam-09", person="Paul Brandt", browser=False, online=False, signed_in=False,
               computer="CAM-09", system="Windows 10 22H2", version="0.2.0", last_contact=_ago(days=61)),
        _seat("Priya Shah", "CAM-05", "0.4.0", _ago(hours=2), away=_ago(minutes=25)),
        _seat("Sam Becker", "CAM-02", "0.4.0", _ago(hours=3)),
        SeatOf(id="b2", person="Sam Becker", browser=True, online=True, signed_in=True, since=_ago(minutes=50),
               address="192.168.20.22"),
        _seat("Tomas Ruiz", "CAM-07", "0.4.0", _ago(hours=3)),
    ],
)  # fmt: skip
"""All seats."""

MESSAGES = SentMessages(
    messages=[
        SentMessage(id="m3", sender="Olga Lind", everybody=True, text="The server stops at 17:00 for 10 minutes.\n"
                    "Check in what you can.", at=_ago(minutes=33), receivers=8, acknowledged=5),
        SentMessage(id="m2", sender="Sam Becker", everybody=False, text="Please check 2210-fixture-plate.sldprt in.",
                    at=_ago(hours=20), receivers=1, acknowledged=0, to="Jan Kowalski"),
        SentMessage(id="m1", sender="Olga Lind", everybody=True, text="Welcome to the new vault Tool library.",
                    at=_ago(days=9), receivers=7, acknowledged=7),
    ]
)  # fmt: skip
"""What was told to people."""

RECEIPTS = Receipts(
    message=MESSAGES.messages[0],
    receipts=[
        *(Receipt(person=name) for name in ("Jan Kowalski", "Nina Weber", "Priya Shah")),
        *(
            Receipt(person=name, acknowledged=_ago(minutes=30 - 3 * place))
            for place, name in enumerate(("Anna Novak", "Luca Ferri", "Mei Tanaka", "Sam Becker", "Tomas Ruiz"))
        ),
    ],
)
"""Who got the newest of them."""
