"""A seat that follows a real server: what it shows is the fold of the events, and a fresh snapshot."""

import asyncio
import shutil
import sqlite3
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.cache.cache import Cache
from pdm_desktop.core import link
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.link import Ending, Next
from pdm_desktop.state.account import Phase
from pdm_desktop.state.changes import ConnectionChanged
from server.protocol.events import (
    FileAdded,
    FileLocked,
    FileUnlocked,
    Head,
    Hello,
    Pong,
    Resync,
    UpdateRequested,
)
from tests.support.client import Client, signed_in
from tests.support.facts import locked
from tests.support.following import Deaf, becomes_deaf, caught_up, folder, open_folder, shows_the_truth, told
from tests.support.seat_parts import following, local_now, until
from tests.support.server import RealServer
from tests.support.windows_programs import IN_WINE


async def test_a_lock_of_somebody_else_reaches_the_row(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    file = (await anna.add(vault, f"{path}/a.nc")).file
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        await open_folder(seat, vault, path)
        assert [row.badge for row in seat.store.listing.rows] == [Badge.FREE]
        held = await tomas.check_out(file.id, message="roughing")
        await until(lambda: seat.store.listing.rows[0].badge is Badge.OTHER)
        row = seat.store.listing.rows[0]
        assert row.badge_words.startswith("Checked out by Tomas on TOMAS-PC since ")
        assert row.badge_words.endswith(": roughing")
        shown = seat.store.folders.get(vault, path)
        assert shown is not None
        assert (shown.files, shown.mine, shown.others) == (1, 0, 1)
        await tomas.check_in(held, b"new")
        await until(lambda: seat.store.listing.rows[0].badge is Badge.FREE)
        assert seat.store.listing.rows[0].file.head.number == "1.1"
        assert [type(event) for event in seat.heard] == [FileLocked, FileUnlocked]
        await shows_the_truth(seat, anna, vault)


async def test_a_changed_rule_for_sets_reaches_the_seat_at_once(
    shop_server: RealServer, anna: Client, tmp_path: Path
) -> None:
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        vault = await anna.vault()
        shop_server.run("vault", "sets", "Production", "--sheet", "{part}_sheet")
        with suppress(TimeoutError):
            await until(lambda: seat.store.vaults[vault].set_rule.sheet == "{part}_sheet")
        assert seat.store.vaults[vault].set_rule.sheet == "{part}_sheet"
        assert (await seat.cache.run(lambda cache: cache.vaults()))[0].set_rule.sheet == "{part}_sheet"
        shop_server.run("vault", "sets", "Production", "--usual")
        await until(lambda: seat.store.vaults[vault].sets is None)


async def test_it_is_told_whether_the_file_was_mine_until_then(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    file = (await anna.add(vault, f"{path}/a.nc")).file
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        await caught_up(seat, anna, vault)
        seat.was_mine.clear()
        await anna.undo(await anna.check_out(file.id))
        await tomas.undo(await tomas.check_out(file.id))
        await caught_up(seat, anna, vault)
        assert seat.was_mine == [False, True, False, False]


async def test_every_kind_of_change_leads_to_what_a_snapshot_says(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        one = (await tomas.add(vault, f"{path}/one.nc")).file
        two = (await tomas.add(vault, f"{path}/below/two.nc")).file
        held = await tomas.check_out(one.id)
        held = await tomas.check_in(held, b"kept", keep=True)
        await tomas.undo(held)
        await tomas.move(one.id, f"{path}/other/one.nc")
        await tomas.check_out(two.id)
        await tomas.move_folder(vault, path, f"{path} moved")
        await tomas.delete(one.id)
        await tomas.restore(one.id, path=f"{path}/back.nc")
        await shows_the_truth(seat, anna, vault)


async def test_a_seat_goes_on_from_its_cache_without_a_snapshot(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        known = seat.store.seq_of(vault)
    file = (await tomas.add(vault, f"{path}/meanwhile.nc")).file
    await tomas.check_out(file.id)
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        assert seat.store.seq_of(vault) == known
        await seat.in_step()
        assert [type(event).__name__ for event in seat.heard] == ["FileAdded", "FileLocked"]
        await shows_the_truth(seat, anna, vault)


async def test_a_seat_that_is_far_behind_takes_a_snapshot(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
    for _ in range(6):
        await tomas.add_set(vault, [f"{path}/{uuid.uuid4().hex}.nc" for _ in range(200)])
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        assert seat.heard == []
        await shows_the_truth(seat, anna, vault)
        found = await seat.cache.run(lambda cache: cache.search(path[-6:] + ".n", 10))
        assert found.files == []


async def test_people_come_and_go(anna: Client, tomas: Client, tmp_path: Path) -> None:
    async with following(anna, tmp_path / "anna.sqlite3") as seat:
        await until(lambda: seat.store.presence.is_online("Anna") is True)
        assert seat.store.presence.is_online("Tomas") is False
        async with following(tomas, tmp_path / "tomas.sqlite3"):
            await until(lambda: seat.store.presence.is_online("Tomas") is True)
        await until(lambda: seat.store.presence.is_online("Tomas") is False)


async def test_a_second_connection_of_the_seat_stops_the_first(anna: Client, tmp_path: Path) -> None:
    async with following(anna, tmp_path / "one.sqlite3") as first:
        await first.in_step()
        async with following(anna, tmp_path / "two.sqlite3") as second:
            await second.in_step()
            ending = await first.run
            assert isinstance(ending, Ending)
            assert ending.next is Next.STOP
            assert ending.words == "This seat is in use in another window or on another computer."
            assert first.store.connection.phase is Phase.OFFLINE
            assert second.store.connection.known


async def test_a_session_that_ends_leads_to_sign_in(anna: Client, tmp_path: Path) -> None:
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        await anna.call("DELETE", "/session")
        ending = await seat.run
        assert isinstance(ending, Ending)
        assert ending.next is Next.SIGN_IN
        assert seat.store.connection.phase is Phase.SIGNED_OUT


async def test_a_dead_token_leads_to_sign_in_at_the_next_dial(anna: Client, tmp_path: Path) -> None:
    await anna.call("DELETE", "/session")
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        ending = await seat.run
        assert isinstance(ending, Ending)
        assert ending.next is Next.SIGN_IN


@pytest.mark.skipif(IN_WINE, reason="Wine 8 has no Ctrl+Break, by which a server on Windows is stopped")
async def test_badges_are_unknown_while_the_server_restarts_and_right_afterwards(
    own_server: RealServer, tmp_path: Path
) -> None:
    async with (
        signed_in(own_server.address, "Anna") as anna,
        signed_in(own_server.address, "Tomas") as tomas,
        following(anna, tmp_path / "cache.sqlite3") as seat,
    ):
        vault, path = await anna.vault(), folder()
        file = (await anna.add(vault, f"{path}/a.nc")).file
        held = await tomas.check_out(file.id)
        await seat.in_step()
        await caught_up(seat, anna, vault)
        await open_folder(seat, vault, path)
        await asyncio.to_thread(own_server.stop)
        await until(lambda: seat.store.connection.phase is Phase.OFFLINE)
        row = seat.store.listing.rows[0]
        assert row.badge is Badge.UNKNOWN
        assert row.badge_words.startswith("Unknown: offline; at ")
        assert "Checked out by Tomas" in row.badge_words
        assert seat.store.presence.is_online("Tomas") is None
        await asyncio.to_thread(own_server.start)
        await tomas.undo(held)
        seat.push.try_now()
        await seat.in_step()
        await until(lambda: seat.store.listing.rows[0].badge is Badge.FREE)
        await shows_the_truth(seat, anna, vault)


@pytest.mark.skipif(IN_WINE, reason="Wine 8 has no Ctrl+Break, by which a server on Windows is stopped")
async def test_the_cache_knows_until_when_it_was_true(own_server: RealServer, tmp_path: Path) -> None:
    async with (
        signed_in(own_server.address, "Anna") as anna,
        following(anna, tmp_path / "cache.sqlite3") as seat,
    ):
        vault = await anna.vault()
        began = local_now()
        await seat.in_step()
        first = await seat.cache.run(Cache.true_at)
        assert first is not None
        assert began <= first <= local_now()
        await anna.add(vault, f"{folder()}/a.nc")
        await caught_up(seat, anna, vault)
        second = await seat.cache.run(Cache.true_at)
        assert second is not None
        assert first < second <= local_now()
        seat.follower.receive(told(Pong()))
        await asyncio.to_thread(own_server.stop)
        await until(lambda: seat.store.connection.phase is Phase.OFFLINE)
        last = await seat.cache.run(Cache.true_at)
        assert last is not None
        assert second < last == seat.store.connection.in_step_until


async def test_what_is_missing_does_not_count_as_true(anna: Client, tmp_path: Path) -> None:
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        vault = await anna.vault()
        await seat.in_step()
        before = seat.follower._true_at  # others may come and go, and whatever is heard of them moves it
        seat.follower.receive(told(Head(vaults={vault: (seat.store.seq_of(vault) or 0) + 5})))
        seat.follower.receive(told(Pong()))
        seat.follower.rest()
        assert await seat.cache.run(Cache.true_at) == before


async def test_what_came_while_something_was_missing_is_not_told_as_of_before(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    vault = await anna.vault()
    file = (await anna.add(vault, f"{folder()}/a.nc")).file
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        seat.follower.receive(told(Head(vaults={vault: (seat.store.seq_of(vault) or 0) + 5})))
        await tomas.check_out(file.id)
        await caught_up(seat, anna, vault)
        seat.follower.lost(Ending(next=Next.COME_BACK, words="It was cut."), None)
        assert seat.store.connection.in_step_until is None
        assert await seat.cache.run(Cache.true_at) is None


def _trouble(code: int, text: str) -> sqlite3.OperationalError:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize("code", [sqlite3.SQLITE_FULL, sqlite3.SQLITE_CORRUPT])
async def test_a_cache_that_could_not_keep_an_event_is_read_again(
    anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    vault, path = await anna.vault(), folder()
    file = (await anna.add(vault, f"{path}/a.nc")).file
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        await caught_up(seat, anna, vault)
        known: list[bool] = []
        seat.store.subscribe(lambda _: known.append(seat.store.connection.known))
        real = Cache.apply
        failed: list[Any] = []

        def apply(cache: Cache, batch: Any, **true_at: Any) -> None:
            if not failed:
                failed.append(batch)
                raise _trouble(code, "database or disk is full")
            real(cache, batch, **true_at)

        monkeypatch.setattr(Cache, "apply", apply)
        await tomas.check_out(file.id)
        await until(lambda: False in known and seat.store.connection.known)
        assert failed
        await shows_the_truth(seat, anna, vault)
        await open_folder(seat, vault, path)
        assert [row.badge for row in seat.store.listing.rows] == [Badge.OTHER]


async def test_many_changes_at_once_leave_no_gap(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    added = await anna.add_set(vault, [f"{path}/{number}.nc" for number in range(40)])
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        held = await asyncio.gather(*(tomas.check_out(file.id) for file in added.files))
        await asyncio.gather(*(tomas.undo(each) for each in held))
        await shows_the_truth(seat, anna, vault)


async def test_what_came_meanwhile_is_not_counted_out_to_the_window_one_by_one(anna: Client, tmp_path: Path) -> None:
    """Each number of changes to come makes the window look at everything."""
    vault, path = await anna.vault(), folder()
    added = await anna.add(vault, f"{path}/plate.nc")
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        known = seat.store.seq_of(vault) or 0
        vaults = [replace(each, seq=known + 500) for each in seat.store.vaults.values() if each.id == vault]
        seat.follower.resume(
            Hello(
                user="Anna",
                seat=anna.seat,
                server=anna.server,
                epoch=seat.follower.epoch or "",
                vaults=vaults,
                ping_interval=30.0,
                server_version="1",
                oldest_client="0",
            )
        )
        heard: list[Phase] = []
        seat.store.subscribe(
            lambda change: heard.append(seat.store.connection.phase) if change == ConnectionChanged() else None
        )
        for number in range(1, 501):
            event = locked(f"{path}/plate.nc", id_=added.file.id)
            seat.follower.receive(replace(told(event), vault=vault, seq=known + number))
        assert heard[-1] is Phase.IN_STEP
        assert len(heard) < 100


async def test_a_missing_event_is_asked_for_when_the_next_one_comes(
    anna: Client, tomas: Client, tmp_path: Path
) -> None:
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3", hearing=becomes_deaf) as seat:
        await seat.in_step()
        assert isinstance(seat.follower, Deaf)
        seat.follower.misses = f"{path}/lost.nc"
        lost = (await tomas.add(vault, f"{path}/lost.nc")).file
        heard = (await tomas.add(vault, f"{path}/heard.nc")).file
        await shows_the_truth(seat, anna, vault)
        added = [event.file.id for event in seat.heard if isinstance(event, FileAdded)]
        assert added == [lost.id, heard.id], "each once, and in their order"


@pytest.mark.parametrize("kind", [Head, UpdateRequested])
async def test_a_missing_last_event_is_asked_for_when_the_server_says_how_far_it_is(
    anna: Client, tomas: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: type[Head | UpdateRequested]
) -> None:
    monkeypatch.setattr(link, "HEAD_PATIENCE", 0.05)
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3", hearing=becomes_deaf) as seat:
        await seat.in_step()
        assert isinstance(seat.follower, Deaf)
        seat.follower.misses = f"{path}/lost.nc"
        seq = (await tomas.add(vault, f"{path}/lost.nc")).seq
        seat.follower.receive(told(kind(vaults={vault: seq})))
        await shows_the_truth(seat, anna, vault)


async def test_a_seat_that_is_told_to_take_a_snapshot_takes_one(anna: Client, tomas: Client, tmp_path: Path) -> None:
    vault, path = await anna.vault(), folder()
    async with following(anna, tmp_path / "cache.sqlite3", hearing=becomes_deaf) as seat:
        await seat.in_step()
        assert isinstance(seat.follower, Deaf)
        seat.follower.misses = f"{path}/lost.nc"
        await tomas.add(vault, f"{path}/lost.nc")
        seat.follower.receive(told(Resync(vault=vault)))
        await shows_the_truth(seat, anna, vault)
        assert seat.heard == [], "a snapshot tells no single events"


async def test_a_seat_that_knows_more_than_the_server_takes_a_snapshot(anna: Client, tmp_path: Path) -> None:
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        vaults = list(seat.store.vaults.values())
        hello = Hello(
            user="Anna", seat=anna.seat, server=anna.server, epoch=(await anna.tree(vaults[0].id)).head.epoch,
            vaults=vaults, ping_interval=30.0, server_version="1", oldest_client="0",
        )  # fmt: skip
        seqs = {vault.id: seat.store.seq_of(vault.id) or 0 for vault in vaults}
        at_head = replace(hello, vaults=[replace(vault, seq=seqs[vault.id]) for vault in vaults])
        assert seat.follower.resume(at_head).vaults == seqs
        behind = replace(hello, vaults=[replace(vault, seq=seqs[vault.id] - 1) for vault in vaults])
        assert seat.follower.resume(behind).vaults == {}


@pytest.mark.skipif(IN_WINE, reason="Wine 8 has no Ctrl+Break, by which a server on Windows is stopped")
async def test_a_server_that_was_restored_is_read_anew_though_its_numbers_fit(
    own_server: RealServer, tmp_path: Path
) -> None:
    async with signed_in(own_server.address, "Anna") as anna:
        vault, path = await anna.vault(), folder()
        await asyncio.to_thread(own_server.stop)
        shutil.copytree(own_server.data, tmp_path / "backup")
        await asyncio.to_thread(own_server.start)
        forgotten = await anna.add(vault, f"{path}/forgotten.nc")
        async with following(anna, tmp_path / "cache.sqlite3") as seat:
            await seat.in_step()
        await asyncio.to_thread(own_server.stop)
        shutil.rmtree(own_server.data)
        shutil.copytree(tmp_path / "backup", own_server.data)
        await asyncio.to_thread(own_server.start)
        await anna.sign_in_again()
        another = await anna.add(vault, f"{path}/another.nc")
        assert another.seq == forgotten.seq, "the same number, with another meaning"
        async with following(anna, tmp_path / "cache.sqlite3") as seat:
            assert seat.store.seq_of(vault) == forgotten.seq
            await seat.in_step()
            await shows_the_truth(seat, anna, vault)


async def test_a_vault_that_comes_meanwhile_is_read(shop_server: RealServer, anna: Client, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "share" / "a.nc").write_bytes(b"G0\n")
    name = f"Vault {uuid.uuid4().hex}"
    async with following(anna, tmp_path / "cache.sqlite3") as seat:
        await seat.in_step()
        await asyncio.to_thread(shop_server.run, "import", name, str(tmp_path / "share"))
        await until(lambda: name in {vault.name for vault in seat.store.vaults.values()})
        await shows_the_truth(seat, anna, await anna.vault(name))
