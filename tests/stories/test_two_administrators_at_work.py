"""Eva and Olga administer the server, Paul works in its vault: what one does is on the other's screen and in the trail.

Each sits at a seat that is the whole program but its window; the server is a process of its own.
"""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from pdm_desktop.core import requests
from pdm_desktop.core.hearing import Rule
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.audit import ExportAudit
from pdm_desktop.core.office.backups import BackUpNow
from pdm_desktop.core.office.deleted import KeepDeleted, PurgeFile
from pdm_desktop.core.office.locks import ForceRelease
from pdm_desktop.core.office.messages import TellPeople
from pdm_desktop.core.office.vaults import CallVault, DropRole, GrantRole, MakeVault, RuleVault, SetDefaultRole
from pdm_desktop.core.office.watches import ChooseHearing, Understand, Watch
from server.protocol.calls import PersonAccess, VaultAccess
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD
from tests.support.office_seat import OfficeSeat, office_seat
from tests.support.seat_parts import until
from tests.support.server import RealServer, real_server

Three = tuple[OfficeSeat, OfficeSeat, OfficeSeat]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "backups").mkdir()
    with real_server(folder / "data", settings={"PDM_BACKUP_FOLDER": str(folder / "backups")}) as started:
        for name in ("Eva", "Olga", "Paul"):
            started.add_person(name, PASSWORD, administrator=name != "Paul")
        yield started


@pytest.fixture
async def three(server: RealServer, tmp_path: Path) -> AsyncIterator[Three]:
    """The seats; Olga has the audit trail on her screen."""
    async with (
        office_seat(server, "Eva", tmp_path) as eva,
        office_seat(server, "Olga", tmp_path) as olga,
        office_seat(server, "Paul", tmp_path) as paul,
    ):
        olga.looks_at(topics.AUDIT)
        yield eva, olga, paul
        assert eva.seat.troubles == olga.seat.troubles == paul.seat.troubles == []


async def test_a_lock_that_one_takes_away_goes_from_both_screens(three: Three) -> None:
    eva, olga, paul = three
    for seat in (eva, olga):
        seat.looks_at(topics.LOCKS)
    path = "Jobs/plate.nc"
    lock = await paul.checks_out(path)
    for seat in (eva, olga):
        held = await seat.sees(topics.LOCKS, lambda known: len(known.locks) == 1)
        assert [(each.path, each.lock.locked_by, each.online) for each in held.locks] == [(path, "Paul", True)]
    file = held.locks[0].file
    eva.asks(ForceRelease(file=file, path=path, holder="Paul", token=lock.token, reason="needed for the 14:00 setup"))
    await olga.sees(topics.LOCKS, lambda known: known.locks == [])
    await olga.reads_in_audit("forced", by="Eva", path=path)
    await paul.hears("plate.nc, by Eva: needed for the 14:00 setup.")

    # Paul takes it again. Olga wants it for Eva, who has it at once.
    await paul.does(requests.CheckOut(files=(file,)))
    held = await olga.sees(topics.LOCKS, lambda known: [each.lock.locked_by for each in known.locks] == ["Paul"])
    olga.asks(ForceRelease(
        file=file, path=path, holder="Paul", token=held.locks[0].lock.token, reason="Paul is ill", give_to="Eva"
    ))  # fmt: skip
    await eva.sees(topics.LOCKS, lambda known: [each.lock.locked_by for each in known.locks] == ["Eva"])
    await eva.hears("plate.nc is yours now")
    await olga.reads_in_audit("forced", by="Olga", path=path)


def access_of(known: VaultAccess, name: str) -> PersonAccess:
    return next(each for each in known.people if each.name == name)


async def test_a_role_that_one_gives_is_on_both_screens_and_acts_at_once(three: Three) -> None:
    eva, olga, paul = three
    vault = eva.vault
    for seat in (eva, olga):
        seat.looks_at(topics.VAULT_ACCESS, vault=vault)
    eva.asks(SetDefaultRole(vault=vault, role="reader"))
    await olga.sees(topics.VAULT_ACCESS, lambda known: known.default == "reader")
    await paul.vault_is(lambda known: known is not None and known.role == "reader")
    await olga.reads_in_audit("default_role_set", by="Eva")

    olga.asks(GrantRole(vault=vault, person="Paul", role="none"))
    for seat in (eva, olga):
        await seat.sees(topics.VAULT_ACCESS, lambda known: access_of(known, "Paul").granted == "none")
    await paul.vault_is(lambda known: known is None)
    eva.asks(DropRole(vault=vault, person="Paul"))
    await olga.sees(topics.VAULT_ACCESS, lambda known: access_of(known, "Paul").granted is None)
    await paul.vault_is(lambda known: known is not None and known.role == "reader")
    await olga.reads_in_audit("role_given", by="Olga")
    await olga.reads_in_audit("role_taken_back", by="Eva")
    eva.asks(SetDefaultRole(vault=vault, role="editor"))
    await paul.vault_is(lambda known: known is not None and known.role == "editor")


async def test_a_vault_that_one_makes_and_rules_is_on_every_screen(three: Three) -> None:
    eva, olga, paul = three
    olga.looks_at(topics.VAULT_USES)
    await olga.sees(topics.VAULT_USES, lambda known: len(known.vaults) == 1)
    eva.asks(MakeVault(name="Fixtures", default="reader"))
    uses = await olga.sees(topics.VAULT_USES, lambda known: len(known.vaults) == 2)
    new = next(each for each in uses.vaults if each.vault != eva.vault)
    assert (new.default, new.files) == ("reader", 0)
    await until(lambda: new.vault in paul.seat.store.vaults)
    rules = VaultRules(extensions=[".sldprt"])
    eva.asks(CallVault(vault=new.vault, name="Jigs"))
    eva.asks(RuleVault(vault=new.vault, rules=rules))
    await until(lambda: (olga.named(new.vault), paul.named(new.vault)) == (("Jigs", rules), ("Jigs", rules)))
    for action in ("vault_added", "vault_renamed", "vault_ruled"):
        await olga.reads_in_audit(action, by="Eva")


async def test_a_deleted_file_that_one_wants_purged_keeps_or_restores_is_so_on_both_screens(three: Three) -> None:
    eva, olga, paul = three
    path = "Jobs/old.nc"
    file = (await paul.client.add(paul.vault, path)).file.id
    for seat in (eva, olga):
        seat.looks_at(topics.DELETED, vault=eva.vault)
        await seat.sees(topics.DELETED, lambda known: known.files == [])
    await paul.does(requests.Delete(files=(file,)))
    for seat in (eva, olga):
        stones = await seat.sees(topics.DELETED, lambda known: len(known.files) == 1)
        assert [(each.file.path, each.file.deleted_by) for each in stones.files] == [(path, "Paul")]
    eva.asks(PurgeFile(file=file, path=path))
    for seat in (eva, olga):
        await seat.sees(topics.DELETED, lambda known: known.files[0].file.purge is not None)
    olga.asks(KeepDeleted(file=file, path=path))
    await eva.sees(topics.DELETED, lambda known: known.files[0].file.purge is None)
    await eva.does(requests.RestoreFile(vault=eva.vault, file=file))
    await olga.sees(topics.DELETED, lambda known: known.files == [])
    await paul.does(requests.CheckOut(files=(file,)))
    await paul.does(requests.UndoCheckOut(files=(file,)))
    for action, by in (("purge_asked", "Eva"), ("purge_called_off", "Olga"), ("restored", "Eva")):
        await olga.reads_in_audit(action, by=by, path=path)


async def test_who_has_understood_a_message_to_all_is_on_both_screens(three: Three) -> None:
    eva, olga, paul = three
    for seat in (eva, olga):
        seat.looks_at(topics.MESSAGES)
    eva.asks(TellPeople(text="Server stops at 17:00.", to=None))
    sent = await olga.sees(topics.MESSAGES, lambda known: len(known.messages) == 1)
    assert (sent.messages[0].sender, sent.messages[0].everybody) == ("Eva", True)
    olga.looks_at(topics.RECEIPTS, message=sent.messages[0].id)
    await until(lambda: [each.text for each in paul.seat.store.mine.messages] == ["Server stops at 17:00."])
    paul.asks(Understand(number=paul.seat.store.mine.messages[0].number))
    told = await olga.sees(topics.RECEIPTS, lambda known: known.message.acknowledged == 1)
    assert [each.person for each in told.receipts if each.acknowledged is not None] == ["Paul"]
    await eva.sees(topics.MESSAGES, lambda known: known.messages[0].acknowledged == 1)
    await until(lambda: paul.seat.store.mine.messages == [])
    await olga.reads_in_audit("message_sent", by="Eva")
    await olga.reads_in_audit("message_acknowledged", by="Paul")


async def test_what_concerns_one_person_alone_is_in_the_trail_of_both_at_once(three: Three, tmp_path: Path) -> None:
    eva, olga, paul = three
    eva.looks_at(topics.AUDIT)
    file = (await paul.client.add(paul.vault, "Jobs/mine.nc")).file.id
    paul.asks(Watch(vault=paul.vault, file=file))
    paul.asks(ChooseHearing(rule=Rule.LOCAL))
    for seat in (eva, olga):
        await seat.reads_in_audit("watch_added", by="Paul", path="Jobs/mine.nc")
        await seat.reads_in_audit("hearing_chosen", by="Paul")
    target = tmp_path / "audit.csv"
    eva.asks(ExportAudit(target=str(target), kind="csv"))
    await olga.reads_in_audit("audit_exported", by="Eva")
    await until(target.exists)
    assert "Jobs/mine.nc" in target.read_text("utf-8")


async def test_a_backup_that_one_begins_is_on_both_screens_and_in_the_state_of_the_server(three: Three) -> None:
    eva, olga, _ = three
    for seat in (eva, olga):
        seat.looks_at(topics.BACKUPS)
        await seat.sees(topics.BACKUPS, lambda known: known.backups == [])
    olga.looks_at(topics.SERVER)
    state = await olga.sees(topics.SERVER, lambda known: known.sockets == 3)
    assert state.last_backup is None
    eva.asks(BackUpNow())
    for seat in (eva, olga):
        made = await seat.sees(
            topics.BACKUPS, lambda known: known.running is None and bool(known.backups) and known.trouble is None
        )
        assert [each.lacks for each in made.backups] == [0]
        assert made.backups[0].at is not None
    await olga.sees(topics.SERVER, lambda known: known.last_backup == made.backups[0].at)
    await olga.reads_in_audit("backup_begun", by="Eva")
    await olga.reads_in_audit("backup_made", by="Eva")
