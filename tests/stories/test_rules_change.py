"""The rules of a vault change while two people work in it. What no longer fits is refused plainly, and nothing is lost.

Ada administers the server; Anna and Tomas work in its vault. Each sits at a seat that is the whole program but its
window. Read it as a play; the stage is below.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.office import vaults as office
from pdm_desktop.core.office.requests import OfficeRequest
from pdm_desktop.core.requests import FileRequest
from pdm_desktop.core.results import Outcome, Trouble
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.quiet_seat import QuietSeat, quiet_seat
from tests.support.seat_parts import until
from tests.support.server import real_server

RULES = VaultRules(
    extensions=[".nc", ".mcam"],
    pattern="[0-9]{4}-[a-z0-9-]+[.][a-z]+",
    good=["2210-block-op10.nc"],
    bad=["block.nc"],
    comment=True,
)


async def test_rules_change(tmp_path: Path) -> None:
    async with a_shop(tmp_path) as (ada, anna, tomas):
        # A quarter past eight. Anna works on a block; there is an old file whose name nobody would give today.
        await anna.adds("Jobs/2210-block.nc", b"feed 800\n")
        await anna.adds("Jobs/block.nc", b"an old one\n")
        await anna.checks_out("Jobs/2210-block.nc")
        anna.saves("Jobs/2210-block.nc", b"feed 900\n")

        # Ada makes rules, and one of her examples contradicts them. The server names it, and nothing changes.
        trouble = await ada.is_refused(office.RuleVault(vault=ada.vault, rules=replace(RULES, bad=["2211-lid.nc"])))
        assert "“2211-lid.nc”" in trouble.text
        assert [each.rules for each in (ada, anna, tomas)] == [None, None, None]

        # She corrects it. Every seat has the rules at once, without anybody's doing.
        await ada.does(office.RuleVault(vault=ada.vault, rules=RULES))
        for person in (ada, anna, tomas):
            await person.hears_of(RULES)

        # Anna checks in as ever, without a comment. She is told what is asked for, and has lost nothing.
        told = await anna.may_not(requests.CheckIn(files=(anna.id_of("Jobs/2210-block.nc"),)))
        assert "needs a comment" in told
        assert anna.reads("Jobs/2210-block.nc") == b"feed 900\n"
        assert await anna.holder_of("Jobs/2210-block.nc") == "Anna"
        await anna.may(requests.CheckIn(files=(anna.id_of("Jobs/2210-block.nc"),), comment="faster"))
        assert await tomas.content_of("Jobs/2210-block.nc") == b"feed 900\n"

        # Tomas brings a file whose name does not fit. He is shown one that would; his file stays where it is.
        source = tomas.brings("lid.nc", b"a lid\n")
        told = await tomas.may_not(requests.AddFiles(vault=tomas.vault, folder="Jobs", sources=(str(source),)))
        assert "“lid.nc”" in told
        assert "2210-block-op10.nc" in told
        assert source.read_bytes() == b"a lid\n"
        await tomas.adds("Jobs/2211-lid.nc", b"a lid\n")

        # The old file stays what it is: it is checked out and in as before, and gets no other bad name.
        await tomas.checks_out("Jobs/block.nc")
        tomas.saves("Jobs/block.nc", b"a better old one\n")
        await tomas.may(requests.CheckIn(files=(tomas.id_of("Jobs/block.nc"),), comment="better", keep=True))
        assert "pattern" in await tomas.may_not(requests.Rename(file=tomas.id_of("Jobs/block.nc"), path="Jobs/old.nc"))

        # While Tomas works on it, Ada lets him only read. His check-in is refused, and his work stays with him.
        tomas.saves("Jobs/block.nc", b"the best one\n")
        await ada.does(office.GrantRole(vault=ada.vault, person="Tomas", role="reader"))
        await until(lambda: tomas.role == "reader")
        await tomas.may_not(requests.CheckIn(files=(tomas.id_of("Jobs/block.nc"),), comment="best"))
        assert tomas.reads("Jobs/block.nc") == b"the best one\n"
        assert await anna.content_of("Jobs/block.nc") == b"a better old one\n"

        # It was a mistake. He goes on where he was.
        await ada.does(office.DropRole(vault=ada.vault, person="Tomas"))
        await until(lambda: tomas.role == "editor")
        await tomas.may(requests.CheckIn(files=(tomas.id_of("Jobs/block.nc"),), comment="best"))
        assert await anna.content_of("Jobs/block.nc") == b"the best one\n"

        # At noon Ada takes the rules away again.
        await ada.does(office.RuleVault(vault=ada.vault, rules=VaultRules()))
        for person in (ada, anna, tomas):
            await person.hears_of(None)
        await anna.adds("Jobs/notes.txt", b"whatever\n")


# The stage


@asynccontextmanager
async def a_shop(folder: Path) -> AsyncIterator[tuple["Person", "Person", "Person"]]:
    """A server and three seats."""
    with real_server(folder / "server") as server:
        async with AsyncExitStack() as stack:
            people = []
            for name in ("Ada", "Anna", "Tomas"):
                server.add_person(name, PASSWORD, administrator=name == "Ada")
                client = await stack.enter_async_context(signed_in(server.address, name))
                seat = await stack.enter_async_context(quiet_seat(folder / name, client, server.address))
                await seat.in_step()
                people.append(Person(folder / name, client, seat, vault=await client.vault()))
            ada, anna, tomas = people
            yield ada, anna, tomas


class Person:
    """Somebody at a seat."""

    def __init__(self, folder: Path, client: Client, seat: QuietSeat, *, vault: str) -> None:
        self.client = client
        self.seat = seat
        self.vault = vault
        self._folder = folder
        self._files: dict[str, str] = {}

    @property
    def rules(self) -> VaultRules | None:
        """As this seat knows them."""
        return self.seat.store.vaults[self.vault].rules

    @property
    def role(self) -> str:
        """As this seat knows it."""
        return self.seat.store.vaults[self.vault].role

    async def hears_of(self, rules: VaultRules | None) -> None:
        await until(lambda: self.rules == rules)

    # What is asked of the office

    async def is_refused(self, request: OfficeRequest) -> Trouble:
        """And told why."""
        before = len(self.seat.troubles)
        self.seat.ask(request)
        await until(lambda: len(self.seat.troubles) > before)
        return self.seat.troubles[-1]

    async def does(self, request: OfficeRequest) -> None:
        """Ask for it; others hear of it when it is done."""
        self.seat.ask(request)

    # Commands

    async def may(self, request: FileRequest) -> None:
        results = await self.seat.do(request)
        assert [each.outcome for each in results] == [Outcome.DONE], results

    async def may_not(self, request: FileRequest) -> str:
        """It is refused; why."""
        (result,) = await self.seat.do(request)
        assert result.outcome is Outcome.REFUSED, result
        return result.text

    async def adds(self, path: str, content: bytes) -> None:
        folder, _, name = path.rpartition("/")
        source = self.brings(name, content)
        await self.may(requests.AddFiles(vault=self.vault, folder=folder, sources=(str(source),)))
        await self._looks()

    async def checks_out(self, path: str) -> None:
        await self._looks()
        await self.may(requests.CheckOut(files=(self.id_of(path),)))

    # Programs

    def brings(self, name: str, content: bytes) -> Path:
        """On the desk, not in the vault."""
        source = self._folder / "desk" / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(content)
        return source

    def saves(self, path: str, content: bytes) -> None:
        self._place(path).write_bytes(content)

    def reads(self, path: str) -> bytes:
        return self._place(path).read_bytes()

    # What is to be seen

    def id_of(self, path: str) -> str:
        return self._files[path]

    async def content_of(self, path: str) -> bytes:
        """On the server."""
        await self._looks()
        return await self.client.content(self.id_of(path))

    async def holder_of(self, path: str) -> str | None:
        lock = (await self.client.file(self.id_of(path))).file.lock
        return None if lock is None else lock.locked_by

    async def _looks(self) -> None:
        tree = await self.client.tree(self.vault)
        self._files = {each.path: each.id for each in tree.files.values()}

    def _place(self, path: str) -> Path:
        return self.seat.workspace / "Production" / path
