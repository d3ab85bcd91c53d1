"""Every message of the protocol, said for real by a server process: state and events are the fresh snapshot."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest

from server.protocol import calls, events
from server.protocol.events import FROM_SEAT, FROM_SERVER, VAULT_EVENTS
from tests.support.client import PASSWORD, Client, signed_in
from tests.support.ear import Ear
from tests.support.fold import Fold
from tests.support.server import RealServer, real_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    with real_server(tmp_path_factory.mktemp("server"), settings={"PDM_PING_INTERVAL": "0.5"}) as server:
        for name in ("Ada", "Ben"):
            server.add_person(name, PASSWORD)
        server.add_person("Chief", PASSWORD, administrator=True)
        yield server


class Scene:
    """Ada acts, Ben listens; each on a seat of one's own."""

    def __init__(
        self, server: RealServer, ada: Client, ben: Client, ear: Ear, vault: str, stack: AsyncExitStack
    ) -> None:
        self.server = server
        self.ada = ada
        self.ben = ben
        self.ear = ear
        self.vault = vault
        self.stack = stack

    async def another(self, name: str) -> Client:
        """One more seat, until the end of the test."""
        return await self.stack.enter_async_context(signed_in(self.server.address, name))

    async def listening(self, client: Client) -> Ear:
        """That seat's socket, greeted and live."""
        ear = await self.stack.enter_async_context(client.listen())
        await ear.greeted()
        await ear.resume()
        return ear


@pytest.fixture
async def scene(server: RealServer, request: pytest.FixtureRequest) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        ada = await stack.enter_async_context(signed_in(server.address, "Ada"))
        ben = await stack.enter_async_context(signed_in(server.address, "Ben"))
        chief = await stack.enter_async_context(signed_in(server.address, "Chief"))
        name = request.node.name[-60:]
        await chief.change("POST", "/vaults", calls.AddVault(name=name))
        ear = await stack.enter_async_context(ben.listen())
        await ear.greeted()
        await ear.resume()
        yield Scene(server, ada, ben, ear, await ada.vault(name), stack)


async def _lock(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.check_out(added.file.id, message="Deburring")


async def _lock_adopted(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.check_out(added.file.id)
    await (await scene.another("Ada")).adopt(added.file.id)


async def _undo(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.undo(await scene.ada.check_out(added.file.id))


async def _check_in(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.check_in(await scene.ada.check_out(added.file.id), b"G1 X1\n", comment="Faster", major=True)


async def _check_in_and_keep(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    kept = await scene.ada.check_in(await scene.ada.check_out(added.file.id), b"G1 X1\n", keep=True)
    await scene.ada.check_in(kept, b"G1 X2\n")


async def _move(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.check_out(added.file.id)
    await scene.ada.move(added.file.id, "Jigs/b.nc")


async def _move_folder(scene: Scene) -> None:
    await scene.ada.add_set(scene.vault, ["Parts/a.nc", "Parts/Deep/b.nc", "Partsmith/c.nc"])
    await scene.ada.move_folder(scene.vault, "Parts", "Old/Parts")


async def _delete(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.check_out(added.file.id)
    await scene.ada.delete(added.file.id)


async def _restore(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "Parts/a.nc")
    await scene.ada.delete(added.file.id)
    await scene.ada.restore(added.file.id, path="Parts/again.nc")


Act = Callable[[Scene], Awaitable[None]]
VAULT_STORIES: dict[str, list[Act]] = {
    "file_locked": [_lock, _lock_adopted],
    "file_unlocked": [_undo, _check_in],
    "file_added": [_lock],
    "file_updated": [_check_in_and_keep],
    "file_moved": [_move],
    "folder_moved": [_move_folder],
    "file_deleted": [_delete],
    "file_restored": [_restore],
}
"""For each event of a vault what makes the server send it."""


@pytest.mark.parametrize(
    ("kind", "act"),
    [(kind, act) for kind, acts in VAULT_STORIES.items() for act in acts],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
async def test_state_and_events_are_the_fresh_snapshot(scene: Scene, kind: str, act: Act) -> None:
    before = await scene.ben.tree(scene.vault)
    fold = Fold(before.files, before.head.seq)
    await act(scene)
    after = await scene.ben.tree(scene.vault)
    await _hear_up_to(scene.ear, scene.vault, after.head.seq)
    for envelope in scene.ear.heard:
        if envelope.vault == scene.vault:
            fold.apply(envelope)
    assert fold.seq == after.head.seq
    assert fold.files == after.files
    assert any(isinstance(each.message, VAULT_EVENTS[kind]) for each in scene.ear.heard)


async def test_the_changes_call_tells_what_the_socket_told(scene: Scene) -> None:
    await _check_in_and_keep(scene)
    changes = await scene.ben.changes(scene.vault, since=0)
    await _hear_up_to(scene.ear, scene.vault, changes.seq)
    told = [(each.seq, each.message) for each in scene.ear.heard if each.vault == scene.vault]
    assert [seq for seq, _ in told] == [change.seq for change in changes.changes]
    assert [type(message) for _, message in told] == [VAULT_EVENTS[change.type] for change in changes.changes]


async def _hello(scene: Scene) -> None:
    third = await scene.another("Ben")
    async with third.listen() as ear:
        hello = await ear.greeted()
        assert (hello.user, hello.seat, hello.ping_interval) == ("Ben", third.seat, 0.5)
        assert {vault.id: vault.seq for vault in hello.vaults}[scene.vault] == 0


async def _user_connected(scene: Scene) -> None:
    async with scene.ada.listen() as ear:
        while "Ada" not in (await scene.ear.until(events.UserConnected)).message.users:
            pass
        await ear.greeted()


async def _user_disconnected(scene: Scene) -> None:
    await _user_connected(scene)
    while "Ada" not in (await scene.ear.until(events.UserDisconnected)).message.users:
        pass


async def _presence(scene: Scene) -> None:
    async with scene.ada.listen() as ear:
        assert {"Ada", "Ben"} <= set((await ear.until(events.Presence)).message.users)


async def _inbox(scene: Scene) -> None:
    first = await scene.listening(scene.ada)
    before = (await scene.ada.get("/inbox?since=0", calls.Inbox)).number
    await _lock_adopted(scene)
    while (await first.until(events.InboxHint)).message.number != before + 1:
        pass
    inbox = await scene.ada.get(f"/inbox?since={before}", calls.Inbox)
    assert [entry.kind for entry in inbox.entries] == ["lock_adopted"]
    async with (await scene.another("Ada")).listen() as again:
        assert (await again.until(events.InboxHint)).message.number == before + 1


async def _access_changed(scene: Scene) -> None:
    chief = await scene.another("Chief")
    made = f"made for {scene.vault}"[:60]
    await chief.change("POST", "/vaults", calls.AddVault(name=made))
    while (told := (await scene.ear.until(events.AccessChanged)).message).name != made:
        pass
    assert told.role == "editor"
    await scene.ada.add(told.vault, "first.nc")
    await _hear_up_to(scene.ear, told.vault, 1)


async def _changed(scene: Scene) -> None:
    chief = await scene.another("Chief")
    wish = calls.AddPerson(name=f"New {scene.vault}", password=PASSWORD)
    await chief.change("POST", "/people", wish)
    while (await scene.ear.until(events.Changed)).message.what != "people":
        pass


async def _head(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "a.nc")
    while (await scene.ear.until(events.Head)).message.vaults.get(scene.vault) != added.seq:
        pass


async def _pong(scene: Scene) -> None:
    await scene.ear.say(events.Ping())
    await scene.ear.until(events.Pong)


async def _update_requested(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "a.nc")
    await _hear_up_to(scene.ear, scene.vault, added.seq)
    await scene.ear.say(events.Ack(vaults={scene.vault: added.seq}))
    await scene.ear.say(events.RequestUpdate())
    told = (await scene.ear.until(events.UpdateRequested)).message
    assert told.vaults[scene.vault] == added.seq
    assert (await scene.ben.changes(scene.vault, since=told.vaults[scene.vault])).changes == []


async def _resync(scene: Scene) -> None:
    async with scene.ada.listen() as ear:
        hello = await ear.greeted()
        await ear.say(events.Resume(epoch=hello.epoch, vaults={scene.vault: 99}))
        assert (await ear.until(events.Resync)).message.vault == scene.vault


async def _error(scene: Scene) -> None:
    await scene.ear.say_raw("this is no JSON")
    assert (await scene.ear.until(events.Misunderstood)).message.why


async def _resume(scene: Scene) -> None:
    await _check_in_and_keep(scene)
    head = (await scene.ben.tree(scene.vault)).head.seq
    async with scene.ada.listen() as ear:
        hello = await ear.greeted()
        await ear.say(events.Resume(epoch=hello.epoch, vaults={scene.vault: 1}))
        await _hear_up_to(ear, scene.vault, head)
        assert [each.seq for each in ear.heard if each.vault == scene.vault] == list(range(2, head + 1))


async def _report(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "a.nc")
    await scene.ada.check_out(added.file.id)
    async with scene.ada.listen() as ear:
        await ear.greeted()
        edited = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
        await ear.say(events.Report(file=added.file.id, edited=edited, open=True))
        await ear.say(events.Ping())
        await ear.until(events.Pong)
        entry = await _lock_entry(scene, added.file.id)
        assert (entry.online, entry.edited, entry.open) == (True, edited, True)
    async with asyncio.timeout(10):
        while (entry := await _lock_entry(scene, added.file.id)).online:
            pass
    assert (entry.edited, entry.open) == (edited, True)


async def _troubles(scene: Scene) -> None:
    async with scene.ada.listen() as ear, scene.ben.listen() as other:
        await ear.greeted()
        await other.greeted()
        await other.resume()
        await ear.say(events.Troubles(decisions=2))
        while (await other.until(events.Changed)).message.what != "reports":
            pass
    board = await scene.ben.get("/dashboard", calls.Dashboard)
    assert [(each.person, each.troubles) for each in board.troubles] == [("Ada", events.Troubles(decisions=2))]


async def _away(scene: Scene) -> None:
    added = await scene.ada.add(scene.vault, "a.nc")
    await scene.ada.check_out(added.file.id)
    left = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    async with scene.ada.listen() as ear, scene.ben.listen() as other:
        await ear.greeted()
        await other.greeted()
        await ear.say(events.Away(since=left))
        assert (await other.until(events.UserAway)).message.users == {"Ada": left}
        assert (await _lock_entry(scene, added.file.id)).away == left
        board = await scene.ben.get("/dashboard", calls.Dashboard)
        assert [each.away for each in board.here if each.person == "Ada"] == [left]
        await ear.say(events.Away())
        assert (await other.until(events.UserAway)).message.back == ["Ada"]
    assert (await _lock_entry(scene, added.file.id)).away is None


async def _lock_entry(scene: Scene, file: str) -> calls.LockEntry:
    locks = await scene.ben.get(f"/locks?vault={scene.vault}", calls.Locks)
    return next(each for each in locks.locks if each.file == file)


STORIES: dict[str, Act] = {
    "hello": _hello,
    "user_connected": _user_connected,
    "user_disconnected": _user_disconnected,
    "user_away": _away,
    "presence": _presence,
    "inbox": _inbox,
    "access_changed": _access_changed,
    "changed": _changed,
    "head": _head,
    "pong": _pong,
    "update_requested": _update_requested,
    "resync": _resync,
    "error": _error,
    "resume": _resume,
    "ping": _pong,
    "request_update": _update_requested,
    "report": _report,
    "troubles": _troubles,
    "away": _away,
    "ack": _update_requested,
}
"""For each message that is no event of a vault a story in which it is said for real."""


@pytest.mark.parametrize("kind", STORIES)
async def test_the_message_is_said_and_true(scene: Scene, kind: str) -> None:
    await STORIES[kind](scene)


def test_no_message_of_the_protocol_is_without_a_story() -> None:
    assert VAULT_STORIES.keys() == VAULT_EVENTS.keys()
    assert STORIES.keys() | VAULT_STORIES.keys() == FROM_SERVER.keys() | FROM_SEAT.keys()


async def test_a_seat_is_online_while_it_is_connected_and_its_last_contact_is_when_it_left(scene: Scene) -> None:
    async def mine() -> calls.Seat:
        seats = await scene.ada.get("/session/seats", calls.Seats)
        return next(each for each in seats.seats if each.id == scene.ada.seat)

    signed_in_at = (await mine()).last_contact
    async with scene.ada.listen() as ear:
        await ear.greeted()
        async with asyncio.timeout(10):
            while (connected := await mine()).last_contact == signed_in_at:
                assert connected.online
    async with asyncio.timeout(10):
        while (left := await mine()).last_contact == connected.last_contact:
            pass
    assert not left.online
    assert left.last_contact > connected.last_contact > signed_in_at


async def _hear_up_to(ear: Ear, vault: str, seq: int) -> None:
    while not any(each.vault == vault and each.seq == seq for each in ear.heard):
        await ear.next()
