"""A change of somebody's role holds at once, also for a socket that is open and for work that is on its way."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import pytest

from server.protocol import calls
from server.protocol.events import AccessChanged, Changed
from server.protocol.vault_rules import VaultRules
from tests.support.client import PASSWORD, Client, Refusal, signed_in
from tests.support.ear import Ear
from tests.support.server import RealServer, real_server

AT_ONCE = 2.0
"""Seconds (N17)."""
CONTENT = b"G1 X1\n" * 1_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server")) as started:
        for name in ("Anna", "Ben"):
            started.add_person(name, PASSWORD)
        started.add_person("Ada", PASSWORD, administrator=True)
        yield started


@dataclass
class Shop:
    """Ada administers; Ben works, and his seat listens."""

    ada: Client
    anna: Client
    ben: Client
    ear: Ear
    vault: str

    async def gives(self, role: calls.GivenRole) -> None:
        """To Ben."""
        await self.ada.change("PUT", f"/vaults/{self.vault}/access/Ben", calls.GiveRole(role=role))

    async def hears(self) -> AccessChanged:
        """What Ben's seat hears of his role in this vault."""
        async with asyncio.timeout(AT_ONCE):
            while (told := (await self.ear.until(AccessChanged)).message).vault != self.vault:
                pass
        return told


@asynccontextmanager
async def a_shop(server: RealServer, name: str) -> AsyncIterator[Shop]:
    async with AsyncExitStack() as stack:
        ada, anna, ben = [
            await stack.enter_async_context(signed_in(server.address, each)) for each in ("Ada", "Anna", "Ben")
        ]
        await ada.change("POST", "/vaults", calls.AddVault(name=name))
        ear = await stack.enter_async_context(ben.listen())
        await ear.greeted()
        await ear.resume()
        yield Shop(ada, anna, ben, ear, await ada.vault(name))


async def test_who_may_not_read_a_vault_any_more_hears_no_event_of_it(server: RealServer) -> None:
    async with a_shop(server, "Silent") as shop:
        first = await shop.anna.add(shop.vault, "a.nc")
        await shop.ear.event(seq=first.seq)
        await shop.gives("none")
        told = await shop.hears()
        assert (told.vault, told.name, told.role) == (shop.vault, "Silent", None)
        await shop.anna.add(shop.vault, "b.nc")
        await shop.gives("reader")
        assert (await shop.hears()).role == "reader"
        third = await shop.anna.add(shop.vault, "c.nc")
        await shop.ear.event(seq=third.seq)
        assert [each.seq for each in shop.ear.heard if each.vault == shop.vault and each.seq] == [1, 3]


async def test_who_came_by_gitlab_hears_of_a_vault_when_the_usual_roles_count(server: RealServer) -> None:
    async with a_shop(server, "Usual") as shop:
        await shop.ada.change("PUT", "/people/Ben/usual", calls.SetUsual(usual=False))
        assert (await shop.hears()).role is None
        await shop.ada.change("PUT", "/people/Ben/usual", calls.SetUsual(usual=True))
        assert (await shop.hears()).role == "editor"


async def test_a_check_in_whose_content_is_on_its_way_is_refused_and_the_file_stays_what_it_was(
    server: RealServer,
) -> None:
    async with a_shop(server, "Half-way") as shop:
        file = (await shop.anna.add(shop.vault, "a.nc", b"first")).file
        held = await shop.ben.check_out(file.id)
        begun = await shop.ben.begin_upload(CONTENT)
        await shop.ben.append(begun.id, CONTENT[:100], offset=0)
        await shop.gives("reader")
        await shop.ben.append(begun.id, CONTENT[100:], offset=100)
        sent = await shop.ben.finish_upload(begun.id, CONTENT)
        assert held.file.lock is not None
        wish = calls.CheckIn(
            upload=sent.id, base="1.0", token=held.file.lock.token, size=sent.size, hash=sent.hash, comment="late"
        )
        with pytest.raises(Refusal) as refused:
            await shop.ben.change("POST", f"/files/{file.id}/checkin", wish)
        assert refused.value.problem.code == "forbidden"
        now = (await shop.anna.file(file.id)).file
        assert (now.head.number, now.lock is not None) == ("1.0", True)
        await shop.gives("editor")
        await shop.ben.change("POST", f"/files/{file.id}/checkin", wish)
        assert await shop.anna.content(file.id) == CONTENT


async def test_content_that_is_not_to_be_seen_any_more_is_unknown_content(server: RealServer) -> None:
    async with a_shop(server, "Unseen") as shop:
        content = CONTENT + b"of a vault that is hidden soon"
        await shop.anna.add(shop.vault, "a.nc", content)
        assert (await shop.ben.begin_upload(content)).complete
        await shop.gives("none")
        assert (await shop.anna.begin_upload(content)).complete
        # What Ben has sent himself stays his: only content that he has never had tells what is known.
        other = content + b", and more"
        await shop.anna.add(shop.vault, "b.nc", other)
        assert not (await shop.ben.begin_upload(other)).complete


async def test_new_rules_are_told_to_everybody(server: RealServer) -> None:
    async with a_shop(server, "Ruled") as shop:
        await shop.ada.change("PUT", f"/vaults/{shop.vault}/rules", VaultRules(comment=True))
        async with asyncio.timeout(AT_ONCE):
            while (await shop.ear.until(Changed)).message.what != "rules":
                pass
        vaults = (await shop.ben.get("/vaults", calls.Vaults)).vaults
        assert next(each for each in vaults if each.id == shop.vault).file_rules.comment
