"""Every call of the contract that may change something, each with what has to be there before it is made.

day = Day(shop, clients)
for act in ACTS:
call = await act(day)       # prepares: a file, a lock, something that is parked
await call.make()           # again and again, if that is wanted: it is one call, under one key
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from blake3 import blake3
from sqlalchemy import Connection, select, update

from server.protocol import calls
from server.protocol.problems import Code
from server.protocol.set_rule import DEFAULT_RULE
from server.protocol.vault_rules import VaultRules
from server.protocol.wire import plain
from server.services import inbox
from server.storage.tables import person
from tests.support.client import Client, Refusal
from tests.support.sim_server import Network, SignedInSeat, client_of
from tests.support.sim_shop import SimShop

CONTENT = b"G1 X1 Y1\n" * 400


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call, as often as it is made."""

    by: Client
    method: str
    path: str
    """As the contract has it, with the names of what stands for something."""
    of: dict[str, str] = field(default_factory=dict)
    """What stands in the path, by its name there."""
    body: object = None
    params: dict[str, str | int] = field(default_factory=dict)
    answer: Code | None = None
    """With which problem it is answered when there is room; None: it is done."""

    async def make(self) -> None:
        """Make it. Raises Refusal."""
        headers = {"Idempotency-Key": f"{self.method} {self.path} {self.of}"[:128]}
        content = self.body if isinstance(self.body, bytes) else None
        if self.body is not None and content is None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(plain(self.body))
        path = self.path.format(**self.of)
        await self.by.call(self.method, path, params=self.params, headers=headers, content=content)


class Day:
    """The shop, and what its people do before the disk is full."""

    def __init__(self, shop: SimShop, clients: AsyncExitStack) -> None:
        self.shop = shop
        self.tomas = shop.tomas
        self.vault = shop.server.vault
        self._clients = clients
        self._files = 0

    async def sent(self, what: str) -> calls.Upload:
        """Content that has arrived."""
        return await self.tomas.upload(CONTENT + what.encode())

    async def new(self, what: str) -> calls.Upload:
        """The same of what becomes a revision."""
        self.shop.told(CONTENT + what.encode())
        return await self.sent(what)

    async def file(self, folder: str = "Jobs") -> str:
        """A new file."""
        self._files += 1
        return (await self.shop.add(f"{folder}/{self._files}.nc", CONTENT + b"%d" % self._files)).id

    async def held(self, folder: str = "Jobs") -> calls.FileState:
        """A new file that Tomas has checked out."""
        return await self.tomas.check_out(await self.file(folder))

    async def parked(self, held: calls.FileState) -> str:
        """What Tomas checks in after his lock is gone."""
        content = self.shop.ledger.wrote(_late(held), by="Tomas", where="a parked version")
        await self.tomas.undo(held)
        with pytest.raises(Refusal) as refused:
            await self.tomas.check_in(held, content)
        assert refused.value.problem.parked is not None
        return refused.value.problem.parked

    async def seat(self, seat: str, person: str = "Tomas") -> Client:
        """Another seat of a person, or a new person."""
        return await self._client(await self.shop.server.sign_in(person, seat))

    async def boss(self) -> Client:
        """An administrator."""
        return await self._client(await self.shop.server.sign_in("Eva", "seat-eva", administrator=True))

    async def _client(self, who: SignedInSeat) -> Client:
        network = Network(self.shop.server, self.shop.world.random)
        return await self._clients.enter_async_context(client_of(who, network))


Act = Callable[[Day], Awaitable[Call]]


async def sends(day: Day) -> Call:
    return Call(by=day.tomas, method="POST", path="/uploads", body=CONTENT + b"sent")


async def adds(day: Day) -> Call:
    wish = _new("Jobs/added.nc", await day.new("added"))
    return Call(by=day.tomas, method="POST", path="/vaults/{vault}/files", of={"vault": day.vault}, body=wish)


async def adds_a_set(day: Day) -> Call:
    wish = calls.AddFiles(files=[_new(f"Jobs/{name}.nc", await day.new(name)) for name in ("one", "two")])
    return Call(by=day.tomas, method="POST", path="/vaults/{vault}/files/set", of={"vault": day.vault}, body=wish)


async def begins_to_send(day: Day) -> Call:
    return Call(by=day.tomas, method="POST", path="/uploads/begin", body=_announced(CONTENT + b"begun"))


async def sends_a_part(day: Day) -> Call:
    begun = await day.tomas.begin_upload(CONTENT + b"a part")
    return Call(
        by=day.tomas, method="PATCH", path="/uploads/{upload}", of={"upload": begun.id}, params={"offset": 0},
        body=CONTENT,
    )  # fmt: skip


async def sends_what_has_changed(day: Day) -> Call:
    file = await day.file()
    begun = await day.tomas.begin_upload(CONTENT + b"a delta")
    steps = [calls.DeltaStep(size=len(CONTENT), start=0), calls.DeltaStep(size=7)]
    line = msgspec.json.encode(plain(calls.Delta(file=file, revision="1.0", steps=steps)))
    return Call(
        by=day.tomas, method="PATCH", path="/uploads/{upload}/delta", of={"upload": begun.id}, params={"offset": 0},
        body=line + b"\na delta",
    )  # fmt: skip


async def has_sent_all(day: Day) -> Call:
    content = CONTENT + b"all of it"
    begun = await day.tomas.begin_upload(content)
    await day.tomas.append(begun.id, content, offset=0)
    return Call(
        by=day.tomas, method="POST", path="/uploads/{upload}/finish", of={"upload": begun.id}, body=_announced(content)
    )


async def gives_up_sending(day: Day) -> Call:
    begun = await day.tomas.begin_upload(CONTENT + b"given up")
    return Call(by=day.tomas, method="DELETE", path="/uploads/{upload}", of={"upload": begun.id})


async def checks_out(day: Day) -> Call:
    return Call(
        by=day.tomas, method="POST", path="/files/{file}/checkout", of={"file": await day.file()}, body=calls.CheckOut()
    )


async def checks_out_a_set(day: Day) -> Call:
    wish = calls.CheckOutFiles(files=[await day.file() for _ in range(2)])
    return Call(by=day.tomas, method="POST", path="/files/set/checkout", body=wish)


async def checks_in(day: Day) -> Call:
    held = await day.held()
    return _check_in(day, held, await day.new("checked in"))


async def checks_in_without_the_lock(day: Day) -> Call:
    """It is refused, and what was sent is parked."""
    held = await day.held()
    await day.tomas.undo(held)
    return _check_in(day, held, await day.sent("too late"), answer=Code.NOT_YOURS)


async def checks_in_a_set(day: Day) -> Call:
    revisions = [_next(await day.held(), await day.new(f"of a set {which}")) for which in range(2)]
    return Call(by=day.tomas, method="POST", path="/files/set/checkin", body=calls.CheckInFiles(files=revisions))


async def undoes(day: Day) -> Call:
    held = await day.held()
    return Call(
        by=day.tomas, method="POST", path="/files/{file}/undo", of={"file": held.file.id},
        body=calls.UndoCheckOut(token=_token(held)),
    )  # fmt: skip


async def undoes_a_set(day: Day) -> Call:
    held = [await day.held() for _ in range(2)]
    wish = calls.UndoCheckOuts(files=[calls.HeldFile(file=each.file.id, token=_token(each)) for each in held])
    return Call(by=day.tomas, method="POST", path="/files/set/undo", body=wish)


async def takes_over(day: Day) -> Call:
    held = await day.held()
    laptop = await day.seat("seat-laptop")
    return Call(by=laptop, method="POST", path="/files/{file}/adopt", of={"file": held.file.id})


async def has_seen_the_messages(day: Day) -> Call:
    """One was about a lock that was taken over."""
    await (await day.seat("seat-tablet")).adopt((await day.held()).file.id)
    number = (await day.tomas.get("/inbox", calls.Inbox)).number
    assert number > 0
    return Call(by=day.tomas, method="POST", path="/inbox/acknowledge", body=calls.Acknowledge(number=number))


async def understands_a_message(day: Day) -> Call:
    def tell(connection: Connection) -> None:
        [whose] = connection.execute(select(person.c.id).where(person.c.name == "Tomas")).scalars()
        told = inbox.Message(kind="message", by="Eva", text="At 17:00 all stops.", message="m1")
        inbox.send(connection, whose, told, at=datetime(2026, 1, 2, tzinfo=UTC))

    await day.shop.server.write(tell)
    number = (await day.tomas.get("/inbox", calls.Inbox)).number
    return Call(by=day.tomas, method="POST", path="/inbox/{number}/acknowledge", of={"number": str(number)})


async def watches(day: Day) -> Call:
    wish = calls.AddWatch(vault=day.vault, file=await day.file())
    return Call(by=day.tomas, method="PUT", path="/watches", body=wish)


async def watches_no_longer(day: Day) -> Call:
    await day.tomas.change("PUT", "/watches", calls.AddWatch(vault=day.vault, folder=""))
    [one] = [each for each in (await day.tomas.get("/session/mine", calls.MyLists)).watches if each.folder == ""]
    return Call(by=day.tomas, method="DELETE", path="/watches/{watch}", of={"watch": one.id})


async def chooses_what_to_hear(day: Day) -> Call:
    return Call(by=day.tomas, method="PUT", path="/session/hearing", body=calls.ChooseHearing(rule="local"))


async def parks(day: Day) -> Call:
    held = await day.held()
    await (await day.seat("seat-phone")).adopt(held.file.id)
    sent = await day.sent("left behind")
    wish = calls.ParkWork(
        upload=sent.id, base=held.file.head.number, token=_token(held), size=sent.size, hash=sent.hash
    )
    return Call(by=day.tomas, method="POST", path="/files/{file}/park", of={"file": held.file.id}, body=wish)


async def checks_in_what_is_parked(day: Day) -> Call:
    held = await day.held()
    parked = await day.parked(held)
    held = await day.tomas.check_out(held.file.id)
    wish = calls.CheckInParked(base=held.file.head.number, token=_token(held))
    return Call(by=day.tomas, method="POST", path="/parked/{parked}/checkin", of={"parked": parked}, body=wish)


async def drops_what_is_parked(day: Day) -> Call:
    held = await day.held()
    parked = await day.parked(held)
    day.shop.ledger.given_up(_late(held))
    return Call(by=day.tomas, method="DELETE", path="/parked/{parked}", of={"parked": parked})


async def moves(day: Day) -> Call:
    return Call(
        by=day.tomas, method="POST", path="/files/{file}/move", of={"file": await day.file()},
        body=calls.MoveFile(path="Elsewhere/moved.nc"),
    )  # fmt: skip


async def moves_a_folder(day: Day) -> Call:
    for _ in range(2):
        await day.file("Fixtures")
    wish = calls.MoveFolder(path="Fixtures", to="Old fixtures")
    return Call(by=day.tomas, method="POST", path="/vaults/{vault}/folders/move", of={"vault": day.vault}, body=wish)


async def deletes(day: Day) -> Call:
    return Call(by=day.tomas, method="DELETE", path="/files/{file}", of={"file": (await day.held()).file.id})


async def deletes_a_set(day: Day) -> Call:
    wish = calls.DeleteFiles(files=[await day.file() for _ in range(2)])
    return Call(by=day.tomas, method="POST", path="/files/set/delete", body=wish)


async def brings_back(day: Day) -> Call:
    file = await day.file()
    await day.tomas.delete(file)
    return Call(by=day.tomas, method="POST", path="/files/{file}/restore", of={"file": file}, body=calls.RestoreFile())


async def asks_for_a_purge(day: Day) -> Call:
    file = await day.file()
    await day.tomas.delete(file)
    return Call(by=await day.boss(), method="POST", path="/files/{file}/purge", of={"file": file})


async def calls_a_purge_off(day: Day) -> Call:
    asked = await asks_for_a_purge(day)
    await asked.make()
    return Call(by=asked.by, method="DELETE", path=asked.path, of=asked.of)


async def adds_a_vault(day: Day) -> Call:
    return Call(by=await day.boss(), method="POST", path="/vaults", body=calls.AddVault(name="Prototypes"))


async def rules_sets(day: Day) -> Call:
    wish = calls.RuleSets(rule=DEFAULT_RULE)
    return Call(by=await day.boss(), method="PUT", path="/vaults/{vault}/sets", of={"vault": day.vault}, body=wish)


async def rules_a_vault(day: Day) -> Call:
    wish = VaultRules(max_bytes=10**12)
    return Call(by=await day.boss(), method="PUT", path="/vaults/{vault}/rules", of={"vault": day.vault}, body=wish)


async def tries_rules(day: Day) -> Call:
    wish = calls.TryRules(rules=VaultRules(extensions=[".nc"]), names=["a.nc"])
    return Call(
        by=await day.boss(), method="POST", path="/vaults/{vault}/rules/try", of={"vault": day.vault}, body=wish
    )


async def renames_a_vault(day: Day) -> Call:
    wish = calls.RenameVault(name="The shop")
    return Call(by=await day.boss(), method="PUT", path="/vaults/{vault}/name", of={"vault": day.vault}, body=wish)


async def sets_a_default(day: Day) -> Call:
    wish = calls.GiveRole(role="administrator")
    return Call(by=await day.boss(), method="PUT", path="/vaults/{vault}/default", of={"vault": day.vault}, body=wish)


async def gives_a_role(day: Day) -> Call:
    await day.seat("seat-gus", "Gus")
    of = {"vault": day.vault, "person": "Gus"}
    wish = calls.GiveRole(role="reader")
    return Call(by=await day.boss(), method="PUT", path="/vaults/{vault}/access/{person}", of=of, body=wish)


async def takes_a_role_back(day: Day) -> Call:
    await day.seat("seat-hal", "Hal")
    of = {"vault": day.vault, "person": "Hal"}
    return Call(by=await day.boss(), method="DELETE", path="/vaults/{vault}/access/{person}", of=of)


async def sets_the_usual(day: Day) -> Call:
    await day.seat("seat-ivo", "Ivo")
    wish = calls.SetUsual(usual=False)
    return Call(by=await day.boss(), method="PUT", path="/people/{name}/usual", of={"name": "Ivo"}, body=wish)


async def adds_a_person(day: Day) -> Call:
    wish = calls.AddPerson(name="Carl", password="a password of Carl's")
    return Call(by=await day.boss(), method="POST", path="/people", body=wish)


async def sets_a_password(day: Day) -> Call:
    await day.seat("seat-dora", "Dora")
    wish = calls.SetPassword(password="a password for Dora")
    return Call(by=await day.boss(), method="PUT", path="/people/{name}/password", of={"name": "Dora"}, body=wish)


async def disables_a_person(day: Day) -> Call:
    await day.seat("seat-emil", "Emil")
    return Call(by=await day.boss(), method="DELETE", path="/people/{name}", of={"name": "Emil"})


async def enables_a_person(day: Day) -> Call:
    boss = await day.boss()
    await day.seat("seat-gina", "Gina")
    await boss.change("DELETE", "/people/Gina")
    return Call(by=boss, method="POST", path="/people/{name}/enable", of={"name": "Gina"})


async def makes_an_administrator(day: Day) -> Call:
    await day.seat("seat-hugo", "Hugo")
    return Call(by=await day.boss(), method="PUT", path="/people/{name}/administrator", of={"name": "Hugo"})


async def takes_an_administrator_away(day: Day) -> Call:
    boss = await day.boss()
    await day.seat("seat-ines", "Ines")
    await boss.change("PUT", "/people/Ines/administrator")
    return Call(by=boss, method="DELETE", path="/people/{name}/administrator", of={"name": "Ines"})


async def looks_at_somebody_new(day: Day) -> Call:
    await day.seat("seat-jack", "Jack")
    return Call(by=await day.boss(), method="POST", path="/people/{name}/seen", of={"name": "Jack"})


async def ends_somebodys_seat(day: Day) -> Call:
    await day.seat("seat-kim", "Kim")
    return Call(by=await day.boss(), method="DELETE", path="/seats/{seat}", of={"seat": "seat-kim"})


async def tells_everybody(day: Day) -> Call:
    wish = calls.SendMessage(text="The server stops at 17:00.", everybody=True)
    return Call(by=await day.boss(), method="POST", path="/messages", body=wish)


async def makes_a_code(day: Day) -> Call:
    await day.seat("seat-gus", "Gus")
    return Call(by=await day.boss(), method="POST", path="/people/{name}/code", of={"name": "Gus"})


async def links_to_gitlab(day: Day) -> Call:
    await day.seat("seat-ivo", "Ivo")
    wish = calls.LinkGitlab(gitlab=7)
    return Call(by=await day.boss(), method="PUT", path="/people/{name}/gitlab", of={"name": "Ivo"}, body=wish)


async def requires_a_token(day: Day) -> Call:
    boss = await linked(day, "Jan", 8)
    wish = calls.RequireToken(wanted=True)
    return Call(by=boss, method="PUT", path="/people/{name}/token", of={"name": "Jan"}, body=wish)


async def unlinks_from_gitlab(day: Day) -> Call:
    boss = await linked(day, "Kai", 9)
    return Call(by=boss, method="DELETE", path="/people/{name}/gitlab", of={"name": "Kai"})


async def linked(day: Day, name: str, number: int) -> Client:
    """Somebody whom GitLab knows, and the administrator who said so."""
    await day.seat(f"seat-{name.lower()}", name)
    boss = await day.boss()
    await boss.change("PUT", f"/people/{name}/gitlab", calls.LinkGitlab(gitlab=number))
    return boss


async def asks_whose_a_token_is(day: Day) -> Call:
    return Call(by=day.tomas, method="POST", path="/session/token/owner", body=calls.WhoseToken(gitlab_token="10"))


async def signs_in_by_token(day: Day) -> Call:
    wish = calls.SignInByToken(gitlab_token="11", password="a password of person 11")
    return Call(by=day.tomas, method="POST", path="/session/token", body=wish)


async def signs_in_by_code(day: Day) -> Call:
    await day.seat("seat-lea", "Lea")
    kept = {"code": "KEPT", "code_expires": day.shop.server.clock() + timedelta(hours=1)}
    await day.shop.server.write(
        lambda connection: connection.execute(update(person).where(person.c.name == "Lea").values(kept))
    )
    wish = calls.SignInByCode(name="Lea", code="kept", password="another one of Lea's")
    return Call(by=day.tomas, method="POST", path="/session/code", body=wish)


async def signs_in(day: Day) -> Call:
    seat = calls.SeatInfo(id="seat-new", computer="TOMAS-NEW", system="Simulated", version="0.1.0")
    return Call(
        by=day.tomas, method="POST", path="/session", body=calls.SignIn(name="Tomas", password="kept", seat=seat)
    )


async def signs_out(day: Day) -> Call:
    return Call(by=await day.seat("seat-out"), method="DELETE", path="/session")


async def changes_the_password(day: Day) -> Call:
    wish = calls.ChangePassword(old="kept", new="another one of Fay's")
    return Call(by=await day.seat("seat-fay", "Fay"), method="PUT", path="/session/password", body=wish)


async def ends_a_seat(day: Day) -> Call:
    await day.seat("seat-lent")
    return Call(by=day.tomas, method="DELETE", path="/session/seats/{seat}", of={"seat": "seat-lent"})


async def begins_a_backup(day: Day) -> Call:
    return Call(by=await day.boss(), method="POST", path="/backups")


async def asks_for_a_file(day: Day) -> Call:
    asker = await day.seat("seat-gina", "Gina")
    return Call(
        by=asker, method="POST", path="/files/{file}/ask", of={"file": (await day.held()).file.id},
        body=calls.AskForFile(text="today?"),
    )  # fmt: skip


async def keeps_a_file(day: Day) -> Call:
    request = await _asked(await day.seat("seat-hugo", "Hugo"), await day.held())
    return Call(
        by=day.tomas, method="POST", path="/requests/{request}/keep", of={"request": request}, body=calls.KeepFile()
    )


async def asks_no_longer(day: Day) -> Call:
    asker = await day.seat("seat-iris", "Iris")
    request = await _asked(asker, await day.held())
    return Call(by=asker, method="DELETE", path="/requests/{request}", of={"request": request})


async def hands_over(day: Day) -> Call:
    await day.seat("seat-jonas", "Jonas")
    held = await day.held()
    wish = calls.TransferFile(to="Jonas", token=_token(held))
    return Call(by=day.tomas, method="POST", path="/files/{file}/transfer", of={"file": held.file.id}, body=wish)


async def forces_a_release(day: Day) -> Call:
    held = await day.held()
    wish = calls.ForceRelease(token=_token(held), reason="Tomas is away for two weeks.")
    return Call(by=await day.boss(), method="POST", path="/files/{file}/force", of={"file": held.file.id}, body=wish)


async def waits_for_a_file(day: Day) -> Call:
    waiter = await day.seat("seat-kira", "Kira")
    return Call(by=waiter, method="PUT", path="/files/{file}/waiting", of={"file": (await day.held()).file.id})


async def waits_no_longer(day: Day) -> Call:
    waiter, file = await day.seat("seat-lena", "Lena"), (await day.held()).file.id
    await waiter.change("PUT", f"/files/{file}/waiting")
    return Call(by=waiter, method="DELETE", path="/files/{file}/waiting", of={"file": file})


async def asks_for_states(day: Day) -> Call:
    return Call(by=day.tomas, method="POST", path="/files/states", body=calls.FilesWanted(files=[await day.file()]))


async def asks_for_contents(day: Day) -> Call:
    wish = calls.ContentsWanted(files=[calls.RevisionWanted(file=await day.file(), revision="1.0")])
    return Call(by=day.tomas, method="POST", path="/files/contents", body=wish)


async def asks_for_pieces(day: Day) -> Call:
    wish = calls.Pieces(revision="1.0", pieces=[calls.Piece(start=0, size=9)])
    return Call(by=day.tomas, method="POST", path="/files/{file}/pieces", of={"file": await day.file()}, body=wish)


ACTS: tuple[Act, ...] = (
    sends,
    adds,
    adds_a_set,
    begins_to_send,
    sends_a_part,
    sends_what_has_changed,
    has_sent_all,
    gives_up_sending,
    checks_out,
    checks_out_a_set,
    checks_in,
    checks_in_without_the_lock,
    checks_in_a_set,
    undoes,
    undoes_a_set,
    takes_over,
    has_seen_the_messages,
    understands_a_message,
    watches,
    watches_no_longer,
    chooses_what_to_hear,
    parks,
    checks_in_what_is_parked,
    drops_what_is_parked,
    moves,
    moves_a_folder,
    deletes,
    deletes_a_set,
    brings_back,
    asks_for_a_purge,
    calls_a_purge_off,
    adds_a_vault,
    rules_sets,
    rules_a_vault,
    tries_rules,
    renames_a_vault,
    sets_a_default,
    gives_a_role,
    takes_a_role_back,
    sets_the_usual,
    adds_a_person,
    sets_a_password,
    disables_a_person,
    enables_a_person,
    makes_an_administrator,
    takes_an_administrator_away,
    looks_at_somebody_new,
    ends_somebodys_seat,
    tells_everybody,
    makes_a_code,
    links_to_gitlab,
    requires_a_token,
    unlinks_from_gitlab,
    asks_whose_a_token_is,
    signs_in_by_token,
    signs_in_by_code,
    signs_in,
    signs_out,
    changes_the_password,
    ends_a_seat,
    begins_a_backup,
    asks_for_a_file,
    keeps_a_file,
    asks_no_longer,
    hands_over,
    forces_a_release,
    waits_for_a_file,
    waits_no_longer,
    asks_for_states,
    asks_for_contents,
    asks_for_pieces,
)


def _new(path: str, sent: calls.Upload) -> calls.AddFile:
    return calls.AddFile(path=path, upload=sent.id, size=sent.size, hash=sent.hash)


def _next(held: calls.FileState, sent: calls.Upload) -> calls.NextRevision:
    return calls.NextRevision(
        file=held.file.id, upload=sent.id, base=held.file.head.number, token=_token(held), size=sent.size,
        hash=sent.hash,
    )  # fmt: skip


def _check_in(day: Day, held: calls.FileState, sent: calls.Upload, *, answer: Code | None = None) -> Call:
    wish = calls.CheckIn(upload=sent.id, base=held.file.head.number, token=_token(held), size=sent.size, hash=sent.hash)
    return Call(
        by=day.tomas, method="POST", path="/files/{file}/checkin", of={"file": held.file.id}, body=wish, answer=answer
    )


async def _asked(asker: Client, held: calls.FileState) -> str:
    raw = await asker.change("POST", f"/files/{held.file.id}/ask", calls.AskForFile())
    return msgspec.json.decode(raw, type=calls.Request).id


def _late(held: calls.FileState) -> bytes:
    return f"work on {held.file.path} that came too late".encode()


def _announced(content: bytes) -> calls.Announced:
    return calls.Announced(size=len(content), hash=blake3(content).hexdigest())


def _token(held: calls.FileState) -> int:
    assert held.file.lock is not None
    return held.file.lock.token
