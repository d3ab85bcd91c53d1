"""A seat that follows a real server: what it shows is the fold of the events, and a fresh snapshot."""

import asyncio
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest

from pdm_desktop.cache.cache import Cache
from pdm_desktop.core.badges import Badge
from pdm_desktop.core.link import Ending, Next
from pdm_desktop.state.account import Phase
from pdm_desktop.state.listing import Kind, View
from server.protocol.events import FileLocked, FileUnlocked
from tests.support.client import Client, signed_in
from tests.support.seat_parts import Following, following, until
from tests.support.server import RealServer


def folder() -> str:
    return f"Jobs/{uuid.uuid4().hex}"


async def open_folder(seat: Following, vault: str, path: str) -> None:
    view = View(kind=Kind.FOLDER, vault=vault, folder=path)
    seat.store.begin_listing(view)
    found = await seat.cache.run(lambda cache: cache.files_of(vault, path))
    seat.store.load_listing(view, found.files, seqs=found.seqs)


async def caught_up(seat: Following, client: Client, vault: str) -> None:
    """Wait until the seat has applied everything that the server has."""
    seq = (await client.tree(vault)).head.seq
    await until(lambda: (seat.store.seq_of(vault) or 0) >= seq)


async def shows_the_truth(seat: Following, client: Client, vault: str) -> None:
    """What the store and the cache have is what a fresh snapshot says."""
    await caught_up(seat, client, vault)
    fresh = await client.tree(vault)
    counts: dict[str, int] = {}
    for file in fresh.files.values():
        counts[file.folder] = counts.get(file.folder, 0) + 1
    locks = {each.id: each.lock for each in fresh.files.values() if each.lock}
    assert dict(seat.store.folders.direct_files(vault)) == counts
    assert {held.file: held.lock for held in seat.store.locks.of_vault(vault)} == locks
    tree = await seat.cache.run(lambda cache: cache.tree(vault))
    assert tree is not None
    assert dict(tree.folders) == counts
    kept = await seat.cache.run(lambda cache: cache.files(list(fresh.files)[:500]))
    assert {file.id: file for _, file in kept.files} == dict(list(fresh.files.items())[:500])
    assert tree.seq == fresh.head.seq


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

        def apply(cache: Cache, batch: Any) -> None:
            if not failed:
                failed.append(batch)
                raise _trouble(code, "database or disk is full")
            real(cache, batch)

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
