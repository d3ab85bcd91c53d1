"""People in the store: the list as an administrator sees it, and the changes of who may what."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from server.bus.base import AccessHint, ChangedHint
from server.domain.errors import Forbidden, Invalid, LastAdministrator, NotFound
from server.domain.session import Session
from server.protocol.calls import Account, CheckOut
from server.services import checkout, directory, people, reading, sessions
from server.services.directory import Present
from server.storage.tables import access, audit, person, vault
from tests.support.vault_data import START, VaultData

NOBODY = Present(people=set(), away={}, last={})
MONTH = timedelta(days=30)


async def listed(data: VaultData, who: Session, present: Present = NOBODY) -> dict[str, Account]:
    found = await data.store.read(
        lambda c: directory.list_people(c, who, present=present, now=data.clock.now)
    )  # fmt: skip
    return {each.name: each for each in found.people}


async def change(data: VaultData, whose: Session, **values: Any) -> None:
    await data.store.write(lambda c: c.execute(update(person).where(person.c.id == whose.person_id).values(**values)))


async def actions(data: VaultData) -> list[str]:
    return await data.store.read(lambda c: [row.action for row in c.execute(audit.select().order_by(audit.c.number))])


@pytest.fixture
async def ada(data: VaultData) -> Session:
    return await data.person("Ada", administrator=True)


async def test_the_list_says_what_an_administrator_needs_of_each_person(
    data: VaultData, anna: Session, ada: Session
) -> None:
    file = await data.add(anna, "Jobs/a.nc")
    await data.do(checkout.check_out, anna, file.file.id, CheckOut())
    await change(data, anna, code="kept", code_expires=START + timedelta(hours=1))
    account = (await listed(data, ada))["Anna"]
    assert (account.made, account.seats, account.checked_out, account.new) == (START, 1, 1, True)
    assert (account.has_password, account.code_until) == (True, START + timedelta(hours=1))
    assert [(each.name, each.role) for each in account.roles] == [("Production", "editor")]
    assert (await listed(data, ada))["Ada"].roles == []
    data.clock.forward(days=31)
    old = (await listed(data, ada))["Anna"]
    assert (old.seats, old.code_until) == (0, None)


async def test_last_seen_is_what_is_stored_or_what_happened_a_moment_ago(
    data: VaultData, anna: Session, ada: Session
) -> None:
    assert (await listed(data, ada))["Anna"].seen is None
    await data.do(sessions.sign_in, "Anna", "kept", seat_info=None, lifetime=MONTH, address="10.0.0.7")
    assert (await listed(data, ada))["Anna"].seen == START
    later = START + timedelta(hours=8)
    account = (
        await listed(
            data, ada, Present(people={anna.person_id}, away={anna.person_id: START}, last={anna.person_id: later})
        )
    )["Anna"]
    assert (account.seen, account.online, account.away) == (later, True, START)


async def test_roles_are_those_that_count(data: VaultData, anna: Session, ada: Session) -> None:
    def grant(connection: Connection) -> None:
        for number, (name, default, role) in enumerate(
            [("Archive", None, "reader"), ("Closed", "editor", None), ("Hidden", None, "-"), ("Open", "reader", "-")]
        ):
            row = {"id": f"v{number}", "name": name, "name_key": name.casefold(), "seq": 0, "made": START}
            connection.execute(insert(vault).values(default_role=default, **row))
            if role != "-":
                connection.execute(insert(access).values(vault=f"v{number}", person=anna.person_id, role=role))

    await data.store.write(grant)
    roles = (await listed(data, ada))["Anna"].roles
    assert [(each.name, each.role) for each in roles] == [
        ("Archive", "reader"), ("Open", "reader"), ("Production", "editor")
    ]  # fmt: skip
    assert (await listed(data, ada))["Anna"].usual
    await change(data, anna, by_default=False)
    assert not (await listed(data, ada))["Anna"].usual
    assert [each.name for each in (await listed(data, ada))["Anna"].roles] == ["Archive"]


async def test_a_new_person_is_new_until_an_administrator_has_looked(
    data: VaultData, anna: Session, ada: Session
) -> None:
    outcome = await data.outcome(people.look_at_person, ada, "anna")
    assert outcome.hints == (ChangedHint("people", frozenset({ada.person_id})),)
    assert not (await listed(data, ada))["Anna"].new
    before = await data.dump()
    assert (await data.outcome(people.look_at_person, ada, "Anna")).hints == ()
    assert await data.dump() == before


async def test_disabling_says_what_is_left_and_keeps_it(data: VaultData, anna: Session, ada: Session) -> None:
    file = await data.add(anna, "Jobs/a.nc")
    await data.do(checkout.check_out, anna, file.file.id, CheckOut())
    assert (await data.do(people.disable_person, ada, "Anna")).checked_out == 1
    held = await data.file(file.file.id)
    assert held.lock is not None
    assert held.lock.locked_by == "Anna"
    before = await data.dump()
    assert (await data.do(people.disable_person, ada, "Anna")).checked_out == 1
    assert await data.dump() == before


async def test_whoever_is_enabled_again_signs_in_by_the_password_of_before(
    data: VaultData, anna: Session, ada: Session
) -> None:
    await data.do(people.disable_person, ada, "Anna")
    outcome = await data.outcome(people.enable_person, ada, "Anna")
    assert outcome.hints == (AccessHint(), ChangedHint("people"))
    begun = await data.do(sessions.sign_in, "Anna", "kept", seat_info=None, lifetime=MONTH)
    assert begun.person == "Anna"
    assert await data.store.read(lambda c: reading.session_of(c, anna.id, now=START)) is None
    before = await data.dump()
    await data.do(people.enable_person, ada, "Anna")
    assert await data.dump() == before


async def test_an_administrator_is_made_and_taken_away_at_once(data: VaultData, anna: Session, ada: Session) -> None:
    outcome = await data.outcome(people.make_administrator, ada, "Anna", administrator=True)
    assert outcome.hints == (AccessHint(), ChangedHint("people"), ChangedHint("rules", frozenset({anna.person_id})))
    known = await data.store.read(lambda c: reading.session_of(c, anna.id, now=START))
    assert known is not None
    assert known.administrator
    await data.do(people.make_administrator, known, "Ada", administrator=False)
    assert [name for name, each in (await listed(data, known)).items() if each.administrator] == ["Anna"]
    assert (await actions(data))[-2:] == ["administrator_made", "administrator_taken_away"]


async def test_the_last_administrator_who_can_sign_in_stays_one(data: VaultData, anna: Session, ada: Session) -> None:
    before = await data.dump()
    with pytest.raises(LastAdministrator, match="Ada is the only administrator"):
        await data.do(people.make_administrator, ada, "Ada", administrator=False)
    with pytest.raises(LastAdministrator):
        await data.do(people.disable_person, ada, "Ada")
    assert await data.dump() == before


@pytest.mark.parametrize("lack", [{"disabled": START}, {"password": None}], ids=["disabled", "without-password"])
async def test_an_administrator_who_cannot_sign_in_does_not_count(
    data: VaultData, anna: Session, ada: Session, lack: dict[str, Any]
) -> None:
    await data.do(people.make_administrator, ada, "Anna", administrator=True)
    await change(data, anna, **lack)
    with pytest.raises(LastAdministrator):
        await data.do(people.make_administrator, ada, "Ada", administrator=False)
    await change(data, anna, disabled=None, password="kept")
    await data.do(people.make_administrator, ada, "Ada", administrator=False)


async def test_who_can_only_come_in_by_gitlab_counts_where_there_is_one(
    data: VaultData, anna: Session, ada: Session
) -> None:
    await data.do(people.make_administrator, ada, "Anna", administrator=True)
    await change(data, anna, password=None, gitlab="7")
    before = await data.dump()
    with pytest.raises(LastAdministrator):
        await data.do(people.make_administrator, ada, "Ada", administrator=False, by_gitlab=False)
    with pytest.raises(LastAdministrator):
        await data.do(people.disable_person, ada, "Ada", by_gitlab=False)
    assert await data.dump() == before
    await data.do(people.disable_person, ada, "Ada", by_gitlab=True)


@pytest.mark.parametrize(
    "name",
    ["An\u200bna", "Anna\u202e", "\u2066Anna\u2069", "An\u00adna", "\u3164", "Anna\ufe0f", "Anna\u2028Novak"],
    ids=["zero width", "override", "isolate", "soft hyphen", "filler", "variation", "line separator"],
)
async def test_nobody_gets_a_name_in_which_something_cannot_be_seen(data: VaultData, ada: Session, name: str) -> None:
    before = await data.dump()
    with pytest.raises(Invalid, match="invisible"):
        await data.do(people.add_person, ada, name, password=None, administrator=False)
    assert await data.dump() == before
    await data.do(people.add_person, ada, "Zoë Łukasz-O’Brien 李", password=None, administrator=False)


async def test_the_command_line_may_do_without_one(data: VaultData, ada: Session) -> None:
    operator = await data.store.write(lambda c: people.operator(c, at=START, lifetime=MONTH))
    await data.do(people.make_administrator, operator, "Ada", administrator=False)
    assert not (await listed(data, operator))["Ada"].administrator


@pytest.mark.parametrize(
    ("use_case", "named"),
    [
        (people.look_at_person, {}),
        (people.enable_person, {}),
        (people.disable_person, {}),
        (people.make_administrator, {"administrator": True}),
    ],
    ids=["look", "enable", "disable", "make-administrator"],
)
async def test_only_administrators_may_and_only_with_somebody_there(
    data: VaultData, anna: Session, ada: Session, use_case: Any, named: dict[str, Any]
) -> None:
    before = await data.dump()
    with pytest.raises(Forbidden):
        await data.do(use_case, anna, "Ada", **named)
    for name in ("Nobody", "server"):
        with pytest.raises(NotFound, match=name):
            await data.do(use_case, ada, name, **named)
    assert await data.dump() == before


async def test_a_new_password_that_lets_a_disabled_person_in_again_stands_as_that_too(
    data: VaultData, anna: Session, ada: Session
) -> None:
    await data.do(people.set_password, ada, "Anna", password="kept")
    assert (await actions(data))[-1:] == ["password_set"], "who may sign in is not enabled"
    await data.do(people.disable_person, ada, "Anna")
    await data.do(people.set_password, ada, "Anna", password="kept anew")
    assert (await actions(data))[-3:] == ["person_disabled", "password_set", "person_enabled"]
    assert not (await listed(data, ada))["Anna"].disabled
