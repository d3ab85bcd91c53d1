"""What cannot be read, or is not understood: nothing untrue is shown as true, and nothing ends the following."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.cache.cache import Cache
from pdm_desktop.core import link
from pdm_desktop.core.errors import ServerTrouble, Unreachable
from pdm_desktop.net import follow, snapshots
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.state import loading
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import LoadingChanged
from pdm_desktop.state.loading import Loading
from server.protocol import calls
from server.protocol.events import Changed, Resync
from tests.support.client import Client, signed_in
from tests.support.following import Deaf, becomes_deaf, caught_up, folder, shows_the_truth, told
from tests.support.seat_parts import Following, comes, following
from tests.support.server import RealServer


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What failed is tried again at once."""
    monkeypatch.setattr(link, "FIRST_PAUSE", 0.02)
    monkeypatch.setattr(link, "LONGEST_PAUSE", 0.05)


async def test_a_line_separator_in_one_files_words_stops_no_seat(own_server: RealServer, tmp_path: Path) -> None:
    """Pasted from a web page, Word or a PDF into a comment, the reason of a check-out, or a name."""
    async with signed_in(own_server.address, "Anna") as me:
        vault = await me.vault()
        for number, mark in enumerate(("\u2028", "\u2029")):
            await me.check_out((await me.add(vault, f"Jobs/{number}.nc")).file.id, message=f"for{mark}Mei")
            held = await me.check_out((await me.add(vault, f"Jobs/in {number}.nc")).file.id)
            await me.check_in(held, b"new", comment=f"roughing{mark}and finishing")
        await me.add(vault, "Jobs/plate\u2028cover.nc")
        async with following(me, tmp_path / "cache.sqlite3") as seat:
            assert await comes(lambda: seat.store.connection.known, within=5.0), "the snapshot never arrives whole"
            await shows_the_truth(seat, me, vault)


async def test_what_only_a_newer_seat_understands_leads_to_a_snapshot(
    anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unknown types are ignored on the socket, so they come among the changes that are asked for next."""
    real = VaultCalls.changes

    async def changes(self: VaultCalls, vault: str, since: int) -> calls.Changes:
        answer = await real(self, vault, since)
        return replace(answer, changes=[replace(each, type="of_tomorrow") for each in answer.changes])

    monkeypatch.setattr(VaultCalls, "changes", changes)
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3", hearing=becomes_deaf) as seat:
        await misses_one(seat, tomas, vault, path)
        await in_step_again(seat, anna, vault)
        await shows_the_truth(seat, anna, vault)


@pytest.mark.parametrize("why", ["a gap", "told to take a snapshot"])
async def test_it_is_not_in_step_while_what_is_missing_cannot_be_read(
    anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3", hearing=becomes_deaf) as seat:
        await seat.in_step()
        await caught_up(seat, anna, vault)
        with monkeypatch.context() as broken:
            nothing_can_be_read(broken)
            if why == "a gap":
                await misses_one(seat, tomas, vault, path)
            else:
                seat.follower.receive(told(Resync(vault=vault)))
            was_true = await seat.cache.run(Cache.true_at)
            left = await comes(lambda: seat.store.connection.phase is Phase.CATCHING_UP, within=5.0)
            assert left, "it says for ever that all is true"
            assert seat.store.connection.in_step_until is not None, "it was, until then"
            assert await seat.cache.run(Cache.true_at) == was_true
        await in_step_again(seat, anna, vault)
        await shows_the_truth(seat, anna, vault)


async def test_it_is_not_in_step_while_what_is_missing_takes_long_to_be_read(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "GAP_PATIENCE", 0.05)
    vault = await anna.vault()
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        real = VaultCalls.tree_bytes

        @asynccontextmanager
        async def slow(self: VaultCalls, vault: str) -> AsyncIterator[AsyncIterator[bytes]]:
            await comes(lambda: not seat.store.connection.known)
            async with real(self, vault) as blocks:
                yield blocks

        seen: list[Phase] = []
        seat.store.subscribe(lambda _: seen.append(seat.store.connection.phase))
        monkeypatch.setattr(VaultCalls, "tree_bytes", slow)
        seat.follower.receive(told(Resync(vault=vault)))
        assert await comes(lambda: Phase.CATCHING_UP in seen, within=4.0), "it says all the time that all is true"
        await seat.in_step()


async def in_lines(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same, one line in each block."""
    whole = b"".join([block async for block in blocks])
    for line in whole.splitlines(keepends=True):
        yield line


async def test_a_snapshot_that_is_cut_leaves_the_vault_as_it_was_and_is_read_again(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "PORTION", 1)
    monkeypatch.setattr(loading, "LONG", 2)
    monkeypatch.setattr(follow, "BEHIND_EVERY", 0.0)
    vault, path, real, cuts = await anna.vault(), folder(), VaultCalls.tree_bytes, 1
    for number in range(3):
        await anna.add(vault, f"{path}/{number}.nc")
    shown: list[Loading | None] = []
    kept: list[object] = []

    @asynccontextmanager
    async def cut(self: VaultCalls, vault: str) -> AsyncIterator[AsyncIterator[bytes]]:
        async def some(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            nonlocal cuts
            count = 0
            async for line in in_lines(blocks):
                if cuts and count == 3:
                    cuts -= 1
                    raise Unreachable("The connection was cut.")
                yield line
                count += 1
                kept.append(await seat.cache.run(Cache.seqs))

        async with real(self, vault) as blocks:
            yield some(blocks)

    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        before = await seat.cache.run(lambda cache: (cache.seqs(), cache.tree(vault)))
        seat.store.subscribe(lambda change: shown.append(seat.store.loading) if change == LoadingChanged() else None)
        monkeypatch.setattr(VaultCalls, "tree_bytes", cut)
        seat.follower.receive(told(Resync(vault=vault)))
        assert await comes(lambda: cuts == 0 and seat.store.loading is None, within=5.0)
        assert await seat.cache.run(lambda cache: (cache.seqs(), cache.tree(vault))) == before
        await in_step_again(seat, anna, vault)
        await shows_the_truth(seat, anna, vault)
    assert kept, "it was cut before anything came"
    assert all(each == before[0] for each in kept), "what is half here counts as the vault"
    told_of = [each.files for each in shown if each is not None]
    assert told_of, "nobody is told how far it is"
    assert max(told_of) >= 2
    assert shown[-1] is None, "it says for ever that the vault is being loaded"


@pytest.mark.parametrize("error", [KeyError("x"), UnicodeError("y"), ServerTrouble("The server answered 500.")])
async def test_no_error_of_one_vault_ends_the_following(
    anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    real, times = VaultCalls.changes, 0

    async def changes(self: VaultCalls, vault: str, since: int) -> calls.Changes:
        nonlocal times
        times += 1
        if times <= 2:
            raise error
        return await real(self, vault, since)

    monkeypatch.setattr(VaultCalls, "changes", changes)
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3", hearing=becomes_deaf) as seat:
        seen: list[Phase] = []
        seat.store.subscribe(lambda _: seen.append(seat.store.connection.phase))
        await misses_one(seat, tomas, vault, path)
        await in_step_again(seat, anna, vault)
        await shows_the_truth(seat, anna, vault)
        assert Phase.OFFLINE not in seen, "the connection has ended with it"
        assert times == 3


async def test_a_bad_line_in_a_snapshot_is_asked_for_again(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The right number of lines, one of them cut by something on the way."""
    vault, real, times = await anna.vault(), VaultCalls.tree_bytes, 0
    await anna.add(vault, f"{folder()}/line.nc")

    @asynccontextmanager
    async def tree(self: VaultCalls, vault: str) -> AsyncIterator[AsyncIterator[bytes]]:
        nonlocal times
        times += 1
        first = times == 1

        async def garbled(blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
            head, *files = [block async for block in in_lines(blocks)]
            yield b"".join([head, files[0][:-6] + b"\n" if first else files[0], *files[1:]])

        async with real(self, vault) as blocks:
            yield garbled(blocks)

    monkeypatch.setattr(VaultCalls, "tree_bytes", tree)
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        await shows_the_truth(seat, anna, vault)
    assert times > 1


async def test_it_is_not_true_while_it_is_not_known_what_may_be_read(
    anna: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        with monkeypatch.context() as broken:
            nothing_can_be_read(broken)
            seat.follower.receive(told(Changed(what="rules")))
            assert await comes(lambda: seat.store.connection.phase is Phase.CATCHING_UP, within=5.0)
        await seat.in_step()


async def misses_one(seat: Following, somebody: Client, vault: str, path: str) -> None:
    """One event is lost, and the next one shows the gap."""
    await seat.in_step()
    assert isinstance(seat.follower, Deaf)
    seat.follower.misses = f"{path}/lost.nc"
    await somebody.add(vault, f"{path}/lost.nc")
    await somebody.add(vault, f"{path}/heard.nc")


async def in_step_again(seat: Following, client: Client, vault: str) -> None:
    """Wait until it has applied everything that the server has, and says so."""
    seq = (await client.tree(vault)).head.seq
    again = await comes(lambda: (seat.store.seq_of(vault) or 0) >= seq and seat.store.connection.known, within=10.0)
    assert again, f"it never is: {seat.store.connection}, {seat.run}"


def nothing_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server answers 500 to every reading."""

    async def broken(self: VaultCalls, *_: object) -> Any:
        raise ServerTrouble("The server answered 500.")

    @asynccontextmanager
    async def no_tree(self: VaultCalls, vault: str) -> AsyncIterator[AsyncIterator[bytes]]:
        raise ServerTrouble("The server answered 500.")
        yield

    monkeypatch.setattr(VaultCalls, "vaults", broken)
    monkeypatch.setattr(VaultCalls, "changes", broken)
    monkeypatch.setattr(VaultCalls, "tree_bytes", no_tree)
