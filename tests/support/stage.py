"""The stage of a story: a real server, people at seats that are the whole program but its window, and their lines.

    async with a_shop(folder, "Anna", "Tomas", "Eva", boss="Eva") as shop:
        anna, tomas, eva = shop.people
        await anna.checks_out("plate.nc")
        await tomas.asks_for("plate.nc", because="the night shift")
        await anna.is_told("Tomas asks for your file. plate.nc: the night shift")

Whatever people do they ask of their seats, as the window would; what they are told is what their seats say. What
everybody writes stands in the shop's ledger, and is found again in the end.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.office import topics
from pdm_desktop.core.office.handover import AskForFile, KeepFile, StopWaiting, WaitForFile, Withdraw
from pdm_desktop.core.office.locks import ForceRelease
from pdm_desktop.core.office.people import DisablePerson, EnablePerson
from pdm_desktop.core.office.requests import Look, OfficeRequest
from pdm_desktop.core.office.vaults import DropRole, GrantRole, RuleVault
from pdm_desktop.core.results import Outcome
from pdm_desktop.state.listing import Kind, View
from server.protocol import calls
from server.protocol.calls import GivenRole
from server.protocol.vault import File
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, signed_in
from tests.support.ledger import OnlyWhole, RecoveryStore, VaultsOf, WorkspaceFiles
from tests.support.proxy import proxy
from tests.support.seat_parts import comes, until
from tests.support.server import RealServer, real_server
from tests.support.worker import Work, Worker

STAND_FOR = {"HH:MM": r"(Yesterday )?\d\d:\d\d", "RECOVERY/": r"\.pdm\-desktop/recovery/\d+\-\d+\-\d+/\w+\-\w+/"}
"""What words of a story stand for in what a seat says."""


@asynccontextmanager
async def a_shop(
    folder: Path, *names: str, boss: str | None = None, settings: Mapping[str, str] | None = None
) -> AsyncIterator["Shop"]:
    """A server, and for each name a line and a seat; `boss` administers the server."""
    with real_server(folder / "server", settings=settings) as server:
        async with AsyncExitStack() as stack:
            shop = Shop(server)
            for name in names:
                server.add_person(name, PASSWORD, administrator=name == boss)
                client = await stack.enter_async_context(signed_in(server.address, name))
                line = await stack.enter_async_context(proxy(server.address))
                seats = await stack.enter_async_context(AsyncExitStack())
                shop.people.append(Person(shop.work, name, folder / name, client, line, seats))
                shop.work.clients.append(client)
            for person in shop.people:
                await person.comes_to_work()
            yield shop


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


class Shop:
    """What is common to all."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.work = Work()
        self.people: list[Person] = []

    async def restarts_the_server(self) -> None:
        await asyncio.to_thread(self.server.restart)

    async def file(self, name: str) -> File:
        return await self.people[-1].file(name)

    async def history(self, name: str) -> list[tuple[str, str | None]]:
        """Number and comment of each revision, the oldest first."""
        page = await self.people[-1].client.get(f"/files/{self.work.files[name]}/history", calls.History)
        return [(each.number, each.comment or None) for each in reversed(page.revisions)]

    async def everybody_sees(self, name: str, words: str, *, but: "Person") -> None:
        """At all seats but one."""
        for person in self.people:
            if person is not but:
                await person.sees(name, words)

    async def goes_home(self) -> None:
        for person in self.people:
            await person.goes_home()

    async def finds_everything_that_was_written(self) -> None:
        """Bytes count when they are fetched after a restart of everything, by the product's own ways."""
        await self.restarts_the_server()
        places = [OnlyWhole(VaultsOf(person.client), self.work.ledger) for person in self.people]
        boxes = [person.box() for person in self.people]
        for box in boxes:
            await box.start(look=False)
            box.assert_whole_files()
        shelves = [RecoveryStore(box) for box in boxes]
        workspaces = [WorkspaceFiles(box.root) for box in boxes]
        await self.work.ledger.assert_whole(*places, *shelves, *workspaces)
        for box in boxes:
            await box.stop()


class Person(Worker):
    """Somebody who asks others for files and is told things; an administrator perhaps."""

    # From hand to hand

    async def asks_for(self, name: str, *, because: str, waits: bool = False) -> None:
        """`waits`: the box "Tell me as well when it is free" is left as it is."""
        await self._asks_the_office(AskForFile(file=self.work.files[name], text=because, waits=waits))
        await until(lambda: self.seat.store.mine.asked_for(self.work.files[name]) is not None)

    async def asks_no_longer_for(self, name: str) -> None:
        asked = self.seat.store.mine.asked_for(self.work.files[name])
        assert asked is not None
        await self._asks_the_office(Withdraw(request=asked.id))

    async def is_asked_for(self, name: str) -> calls.Request:
        """The request comes to wait for an answer at this seat."""
        file = self.work.files[name]
        await until(lambda: any(each.file == file for each in self.seat.store.mine.to_answer))
        (request,) = (each for each in self.seat.store.mine.to_answer if each.file == file)
        return request

    async def has_nothing_to_answer(self) -> None:
        await until(lambda: self.seat.store.mine.to_answer == [])

    async def keeps(self, name: str, *, saying: str) -> None:
        """The answer is no."""
        await self._asks_the_office(KeepFile(request=(await self.is_asked_for(name)).id, reply=saying))

    async def transfers(self, name: str) -> None:
        """The answer is yes: to who asks, with what is saved."""
        request = await self.is_asked_for(name)
        await self._does(requests.Transfer(file=request.file, to=request.asker, request=request.id))

    async def begins_to_transfer(self, name: str) -> None:
        """The same, and nobody waits for what comes of it."""
        request = await self.is_asked_for(name)
        self.seat.ask(requests.Transfer(file=request.file, to=request.asker, request=request.id))

    async def hands_over(self, name: str, to: str) -> None:
        """Without having been asked."""
        await self._does(requests.Transfer(file=self.work.files[name], to=to))

    async def hands_over_as_far_as_it_goes(self, name: str, to: str) -> Outcome:
        """Whatever comes of it."""
        (result,) = await self.seat.do(requests.Transfer(file=self.work.files[name], to=to))
        return result.outcome

    async def may_not_hand_over(self, name: str, to: str) -> str:
        """It does not go; why."""
        return await self.may_not(requests.Transfer(file=self.work.files[name], to=to))

    def begins_to_hand_over(self, name: str, to: str) -> None:
        """And does not wait for what comes of it."""
        self.seat.ask(requests.Transfer(file=self.work.files[name], to=to))

    async def waits_for(self, name: str, *, place: int) -> None:
        """In the line, at that place."""
        await self._asks_the_office(WaitForFile(file=self.work.files[name]))
        await self.is_in_line_for(name, place)

    async def waits_no_longer_for(self, name: str) -> None:
        await self._asks_the_office(StopWaiting(file=self.work.files[name]))
        await self.is_in_line_for(name, None)

    async def is_in_line_for(self, name: str, place: int | None) -> None:
        """As this seat comes to show; None: nowhere."""
        await until(lambda: self.seat.store.mine.place_in_line(self.work.files[name]) == place)

    # As an administrator

    async def forces_a_release(self, name: str, *, because: str, give_to: str | None = None) -> None:
        """Of the check-out that the list of locks shows."""
        entry = await self._in_the_list_of_locks(name)
        await self._asks_the_office(
            ForceRelease(
                file=entry.file,
                path=entry.path,
                holder=entry.lock.locked_by,
                token=entry.lock.token,
                reason=because,
                give_to=give_to,
            )
        )

    async def disables(self, name: str) -> None:
        await self._asks_the_office(DisablePerson(name=name))
        await self.is_told(f"{name} cannot sign in any more.")

    async def enables(self, name: str) -> None:
        await self._asks_the_office(EnablePerson(name=name))
        await self.is_told(f"{name} may sign in again.")

    async def rules(self, rules: VaultRules) -> None:
        """Over the vault, from now on."""
        await self._asks_the_office(RuleVault(vault=await self.client.vault(), rules=rules))

    async def may_not_rule(self, rules: VaultRules) -> str:
        """The vault stays as it is; why."""
        trouble = await self.seat.carry_out(RuleVault(vault=await self.client.vault(), rules=rules))
        assert trouble is not None
        return trouble.text

    async def gives_role(self, name: str, role: GivenRole | None) -> None:
        """In the vault; None: the one that everybody has."""
        vault = await self.client.vault()
        wish = DropRole(vault=vault, person=name) if role is None else GrantRole(vault=vault, person=name, role=role)
        await self._asks_the_office(wish)

    async def _in_the_list_of_locks(self, name: str) -> calls.LockEntry:
        file, store = self.work.files[name], self.seat.store
        self.seat.ask(Look(topic=topics.LOCKS))

        def entry() -> calls.LockEntry | None:
            known, held = store.office.known(topics.LOCKS), store.locks.get(file)
            if known is None or known.value is None or held is None:
                return None
            return next((each for each in known.value.locks if each.lock.token == held.lock.token), None)

        await until(lambda: entry() is not None)
        found = entry()
        assert found is not None
        assert found.file == file
        return found

    async def _asks_the_office(self, request: OfficeRequest) -> None:
        trouble = await self.seat.carry_out(request)
        assert trouble is None, trouble

    # What this person is told

    async def is_told(self, sentence: str, *, times: int = 1) -> None:
        """The seat comes to say just this, so many times; some of the words stand for others."""
        wanted = _pattern(sentence)
        await comes(lambda: self._count(wanted) >= times)
        assert self._count(wanted) == times, f"{self.name} was told {self.seat.said}, and not: {sentence}"

    async def is_warned(self, title: str, *words: str) -> None:
        """The seat comes to tell what is wrong, once, with these words in its text."""
        await comes(lambda: any(each.title == title for each in self.seat.troubles))
        texts = [each.text for each in self.seat.troubles if each.title == title]
        assert len(texts) == 1, f"{self.name} was warned of {self.seat.troubles}, and not: {title}"
        assert all(each in texts[0] for each in words), texts

    def was_never_told(self, words: str) -> None:
        """Nothing with these words in it."""
        assert not any(words in each for each in self.seat.said), self.seat.said

    def _count(self, wanted: re.Pattern[str]) -> int:
        return sum(wanted.fullmatch(each) is not None for each in self.seat.said)

    async def inbox(self) -> list[str]:
        """A second look: what the server has for this person, the oldest first."""
        return [each.kind for each in (await self.client.get("/inbox", calls.Inbox)).entries]

    # What this person sees

    async def sees(self, name: str, words: str) -> None:
        """What the badge of the file comes to say in the table; some of the words stand for others."""
        file, store = self.work.files[name], self.seat.store
        view = View(kind=Kind.FOLDER, vault=await self.client.vault(), folder=(await self.file(name)).folder)
        if store.listing.view != view:
            self.seat.open_folder(view.vault, view.folder)
        wanted = _pattern(words)

        def said() -> str:
            row = store.listing.get(file)
            return "" if row is None else row.badge_words

        is_seen = await comes(lambda: wanted.fullmatch(said()) is not None)
        assert is_seen, f"{self.name} sees {said()!r}, and not: {words}"

    async def works_under(self, rules: VaultRules | None) -> None:
        """Of the vault, as this seat comes to know them."""
        (vault,) = self.seat.store.vaults
        assert await comes(lambda: self.seat.store.vaults[vault].rules == rules)

    async def is_now(self, role: str) -> None:
        """In the vault, as this seat comes to know it."""
        (vault,) = self.seat.store.vaults
        assert await comes(lambda: self.seat.store.vaults[vault].role == role)

    async def has_checked_out(self, name: str) -> None:
        """This seat has it, as its window shows."""
        file = self.work.files[name]
        await until(lambda: (held := self.seat.store.local.get(file)) is not None and held.writable)
        lock = (await self.file(name)).lock
        assert lock is not None
        assert lock.seat == self.client.seat

    async def goes_to_sign_in(self) -> None:
        """The seat asks who this is, and shows nothing of the vault any more."""
        await self.seat.signed_out()
        assert self.seat.asked_who[-1] == "Your sign-in has ended. Sign in again."
        assert len(self.seat.store.locks) == len(self.seat.store.local) == 0

    async def signs_in_again(self) -> None:
        await self.seat.sign_in(self.client)

    async def finds_parked(self, name: str, content: bytes) -> None:
        """The window of parked versions comes to offer it, and it can be saved from there."""
        version = await self._parked(name)
        target = self.desk / f"parked {name}"
        target.parent.mkdir(exist_ok=True)
        await self._does(requests.SaveParked(parked=version.id, target=str(target)))
        assert target.read_bytes() == content

    async def checks_in_parked(self, name: str, *, comment: str) -> None:
        """It is checked out here: what is parked becomes the next revision."""
        version, head = await self._parked(name), (await self.file(name)).head.number
        await self._does(
            requests.CheckInParked(parked=version.id, file=version.file, base=head, comment=comment)
        )  # fmt: skip

    async def parked(self) -> list[bytes]:
        """A second look: what the server keeps parked for this person."""
        return [await self.client.parked_content(each.id) for each in await self.client.parked()]

    async def has_nothing_parked(self) -> None:
        """Asked for anew: the window of parked versions is empty."""
        self.seat.ask(requests.ListParked())
        await until(lambda: self.seat.store.parked == ())

    async def _parked(self, name: str) -> calls.ParkedVersion:
        file, store = self.work.files[name], self.seat.store
        assert await comes(lambda: any(each.version.file == file for each in store.parked))
        (version,) = (each.version for each in store.parked if each.version.file == file)
        return version


def _pattern(words: str) -> re.Pattern[str]:
    pattern = re.escape(words)
    for each, meant in STAND_FOR.items():
        pattern = pattern.replace(re.escape(each), meant)
    return re.compile(pattern)
