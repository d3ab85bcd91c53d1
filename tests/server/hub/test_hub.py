"""The hub over a real socket: the same with frames written directly and with nothing but ASGI."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from server.bus.base import ChangedHint, SessionHint
from server.hub import stream
from server.hub.encoded import Encoded
from server.hub.outbox import DirectOutbox, QueuedOutbox
from server.protocol.events import (
    AccessChanged,
    Ack,
    Changed,
    FileLocked,
    Head,
    Hello,
    InboxHint,
    Misunderstood,
    Ping,
    Pong,
    Presence,
    Report,
    RequestUpdate,
    Resume,
    Resync,
    UpdateRequested,
    UserConnected,
    UserDisconnected,
)
from server.routes.source import StoreSource
from server.services.reading import identity_of
from tests.support.shop import Shop, open_shop


@pytest.fixture(params=["direct", "plain"])
def direct(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "direct")


@pytest.fixture
async def shop(direct: bool, tmp_path: Path) -> AsyncIterator[Shop]:
    async with open_shop(tmp_path, direct=direct) as shop:
        await shop.vault("mill")
        yield shop


async def test_hello_comes_first_then_presence_then_the_inbox_if_there_is_any(shop: Shop) -> None:
    await shop.happen("mill", count=3)
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    await shop.write_inbox("ada")
    async with shop.listen(token, "seat-a") as ear:
        hello = await ear.next()
        presence = await ear.next()
        inbox = await ear.next()
    assert isinstance(hello.message, Hello)
    assert (hello.message.user, hello.message.seat) == ("Ada", "seat-a")
    assert hello.message.server == await shop.store.read(identity_of)
    assert [(each.id, each.role, each.seq) for each in hello.message.vaults] == [("mill", "editor", 3)]
    assert presence.message == Presence(users=["Ada"])
    assert inbox.message == InboxHint(number=1)


async def test_an_event_reaches_everybody_who_may_read_the_vault_and_nobody_else(shop: Shop) -> None:
    await shop.vault("secret", default_role=None)
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        await shop.grant("ada", "secret", "reader")
        await ada.until(AccessChanged)
        await shop.happen("secret")
        await shop.happen("mill")
        assert (await ada.until(FileLocked)).vault == "secret"
        assert (await ada.until(FileLocked)).vault == "mill"
        assert (await ben.until(FileLocked)).vault == "mill"
        assert not [each for each in ben.heard if each.vault == "secret"]


async def test_an_event_is_encoded_once_whatever_the_number_of_seats(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = 0

    def counted(message: bytes) -> Encoded:
        nonlocal encoded
        encoded += 1
        return Encoded(message)

    monkeypatch.setattr(stream, "Encoded", counted)
    async with AsyncExitStack() as stack:
        ears = [await stack.enter_async_context(shop.seat(f"Seat {number}")) for number in range(20)]
        await shop.happen("mill", count=3)
        for ear in ears:
            await ear.event(seq=3)
    assert encoded == 3


async def test_events_come_in_order_without_gaps_however_hints_are_lost_or_doubled(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        for number in range(30):
            await shop.happen("mill", hint=number % 3 == 0)
        await ada.event(seq=30)
        assert ada.seqs == list(range(1, 31))


async def test_resume_replays_what_was_missed_and_goes_on_live(shop: Shop) -> None:
    await shop.happen("mill", count=700)
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    async with shop.listen(token, "seat-a") as ada:
        await ada.greeted()
        await ada.resume(mill=20)
        for _ in range(50):
            await shop.happen("mill")
        await ada.event(seq=750)
        assert ada.seqs == list(range(21, 751))


async def test_a_hundred_seats_that_resume_cost_one_query_for_old_events(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.happen("mill", count=50)
    async with shop.seat("First"):
        reads = 0
        source = shop.hub._source
        news = source.news

        async def counted(*args: object, **options: object) -> object:
            nonlocal reads
            reads += 1
            return await news(*args, **options)  # type: ignore[arg-type]  # handed on as they came

        monkeypatch.setattr(source, "news", counted)
        person = await shop.person("Ada")
        tokens = {f"seat-{number}": await shop.sign_in(person, f"seat-{number}") for number in range(20)}

        async def come_back(seat: str, token: str) -> list[int]:
            async with shop.listen(token, seat) as ear:
                await ear.greeted()
                await ear.resume(mill=10)
                await ear.event(seq=50)
                return ear.seqs

        heard = await asyncio.gather(*(come_back(seat, token) for seat, token in tokens.items()))
        assert heard == [list(range(11, 51))] * 20
        assert reads <= 1 + 3  # one for the old events; the others are the looks of each second


@pytest.mark.parametrize(
    ("resume", "why"),
    [
        (Resume(epoch="another", vaults={"mill": 1199}), "another epoch"),
        (Resume(epoch="another"), "another epoch, and nothing known"),
        (Resume(vaults={"mill": 100}), "too far behind"),
        (Resume(vaults={"mill": 5_000}), "above the head"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_seat_that_cannot_go_on_is_told_to_resync_and_is_live(shop: Shop, resume: Resume, why: str) -> None:
    await shop.happen("mill", count=1200)
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    async with shop.listen(token, "seat-a") as ada:
        await ada.greeted()
        await ada.say(resume)
        assert (await ada.until(Resync)).message.vault == "mill"
        await shop.happen("mill")
        await ada.event(seq=1201)
        assert ada.seqs == [1201], why


async def test_exactly_a_thousand_events_behind_is_replayed(shop: Shop) -> None:
    await shop.happen("mill", count=1100)
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    async with shop.listen(token, "seat-a") as ada:
        await ada.greeted()
        await ada.resume(mill=100)
        await ada.event(seq=1100)
        assert ada.seqs == list(range(101, 1101))


async def test_a_replay_of_more_than_may_wait_goes_at_the_pace_of_its_reader(shop: Shop) -> None:
    head = await shop.happen("mill", count=1_000, size=4_000)
    token = await shop.sign_in(await shop.person("Ada"), "seat-a")
    async with shop.listen(token, "seat-a") as ada:
        await ada.greeted()
        await ada.resume(mill=0)
        await ada.event(seq=head)
        assert ada.seqs == list(range(1, head + 1))


async def test_a_seat_that_has_applied_what_the_hub_has_not_sent_yet_goes_on(shop: Shop) -> None:
    async with shop.seat("Ada"):
        token = await shop.sign_in("ada", "seat-b")
        async with shop.listen(token, "seat-b") as second:
            await second.greeted()
            await shop.happen("mill", count=2, hint=False)
            await second.resume(mill=2)
            await shop.happen("mill")
            await second.event(seq=3)
            assert second.seqs == [3]
            assert not [each for each in second.heard if isinstance(each.message, Resync)]


async def test_without_resume_a_seat_is_live_from_the_heads_of_hello(tmp_path: Path, direct: bool) -> None:
    async with open_shop(tmp_path, direct=direct, resume_wait=0.2) as shop:
        await shop.vault("mill")
        await shop.happen("mill", count=5)
        token = await shop.sign_in(await shop.person("Ada"), "seat-a")
        async with shop.listen(token, "seat-a") as ada:
            await ada.greeted()
            await shop.happen("mill")
            await ada.event(seq=6)
            assert ada.seqs == [6]


async def test_ping_is_answered_and_a_second_resume_is_not_understood(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        await ada.say(Ping())
        assert (await ada.until(Pong)).message == Pong()
        await ada.resume()
        assert "resume" in (await ada.until(Misunderstood)).message.why


async def test_request_update_answers_what_the_seat_has_for_certain(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        await shop.happen("mill", count=4)
        await ada.event(seq=4)
        await ada.say(RequestUpdate())
        assert (await ada.until(UpdateRequested)).message.vaults == {"mill": 0}
        await ada.say(Ack(vaults={"mill": 4, "elsewhere": 9}))
        await ada.say(RequestUpdate())
        assert (await ada.until(UpdateRequested)).message.vaults == {"mill": 4}


async def test_the_heads_are_told_every_ping_interval(tmp_path: Path, direct: bool) -> None:
    async with open_shop(tmp_path, direct=direct, ping_interval=0.2) as shop:
        await shop.vault("mill")
        async with shop.seat("Ada") as ada:
            await shop.happen("mill", count=2)
            while (await ada.until(Head)).message.vaults != {"mill": 2}:
                pass


async def test_people_count_once_and_comings_and_goings_are_gathered(shop: Shop) -> None:
    async with shop.seat("Watcher") as watcher:
        await watcher.until(UserConnected)
        async with shop.seat("Ada"):
            assert (await watcher.until(UserConnected)).message.users == ["Ada"]
            token = await shop.sign_in("ada", "seat-2")
            async with shop.listen(token, "seat-2") as second:
                assert (await second.until(Presence)).message.users == ["Ada", "Watcher"]
            async with shop.seat("Ben"), shop.seat("Cleo"):
                named: set[str] = set()
                while named != {"Ben", "Cleo"}:
                    named |= set((await watcher.until(UserConnected)).message.users)
        gone: set[str] = set()
        while gone != {"Ada", "Ben", "Cleo"}:
            gone |= set((await watcher.until(UserDisconnected)).message.users)
        told = [each.message.users for each in watcher.heard if isinstance(each.message, UserConnected)]
        assert sum("Ada" in users for users in told) == 1


async def test_the_same_seat_again_replaces_the_first_connection(shop: Shop) -> None:
    async with shop.seat("Ada", seat="seat-a") as first:
        token = await shop.sign_in("ada", "seat-a")
        async with shop.listen(token, "seat-a") as second:
            await second.greeted()
            assert await first.closed() == (1000, "replaced")
            await second.resume()
            await shop.happen("mill")
            await second.event(seq=1)
            assert shop.hub.online("seat-a")


async def test_a_session_that_ends_closes_its_socket_within_two_seconds_without_any_hint(shop: Shop) -> None:
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        await shop.end_session("seat-of-Ada")
        async with asyncio.timeout(2):
            assert (await ada.closed())[0] == 1008
        await ben.say(Ping())
        await ben.until(Pong)


async def test_a_hint_of_an_ended_session_closes_its_socket_at_once(tmp_path: Path, direct: bool) -> None:
    async with open_shop(tmp_path, direct=direct, watch_interval=3_600) as shop, shop.seat("Ada") as ada:
        await shop.end_session("seat-of-Ada")
        await shop.bus.publish(SessionHint(shop.sessions["seat-of-Ada"]))
        assert (await ada.closed())[0] == 1008


async def test_access_that_is_taken_away_is_told_and_ends_the_events(shop: Shop) -> None:
    await shop.vault("lathe")
    async with shop.seat("Ada") as ada:
        await shop.grant("ada", "mill", None, hint=False)
        await shop.happen("mill")
        await shop.happen("lathe")
        told = await ada.until(AccessChanged)
        assert (told.message.vault, told.message.name, told.message.role) == ("mill", "mill", None)
        assert (await ada.until(FileLocked)).vault == "lathe"
        assert not [each for each in ada.heard if each.vault == "mill"]
        await shop.grant("ada", "mill", "reader")
        assert (await ada.until(AccessChanged)).message.role == "reader"
        await shop.happen("mill")
        assert (await ada.until(FileLocked)).seq == 2


async def test_inbox_and_list_hints_reach_those_they_concern(shop: Shop) -> None:
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        await shop.write_inbox("ada")
        await shop.bus.publish(ChangedHint("requests", frozenset({"ada"})))
        await shop.bus.publish(ChangedHint("people"))
        assert (await ada.until(InboxHint)).message.number == 1
        assert (await ada.until(Changed)).message.what == "requests"
        assert (await ada.until(Changed)).message.what == "people"
        assert (await ben.until(Changed)).message.what == "people"
        assert not [each for each in ben.heard if isinstance(each.message, InboxHint)]


async def test_what_cannot_be_read_is_answered_and_the_tenth_time_ends_the_connection(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        bad: list[str | bytes] = ["{", b"\x00\x01", "[]", '{"type": 5}', '{"type":"ack","timestamp":"yesterday"}']
        for raw in bad:
            await ada.say_raw(raw)
            assert (await ada.until(Misunderstood)).message.why
        for _ in range(5):
            await ada.say_raw("no json")
        assert (await ada.closed())[0] == 1007


async def test_unknown_types_are_ignored_however_many(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        for _ in range(30):
            await ada.say_raw('{"type": "of_tomorrow", "timestamp": "2026-01-02T03:04:05Z", "data": {"any": [1]}}')
        await ada.say(Ping())
        await ada.until(Pong)
        assert not [each for each in ada.heard if isinstance(each.message, Misunderstood)]


async def test_a_message_over_the_limit_ends_the_connection(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        await ada.say_raw('{"type": "' + "x" * 70_000 + '"}')
        assert (await ada.closed())[0] == 1009


async def test_a_store_that_fails_for_a_moment_costs_no_event(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async with shop.seat("Ada") as ada:
        source = shop.hub._source
        asked = asyncio.Event()

        async def broken(*_: object, **__: object) -> object:
            asked.set()
            raise OSError("the disk is away")

        with monkeypatch.context() as away:
            away.setattr(source, "news", broken)
            await shop.happen("mill", count=2)
            await asked.wait()
        await ada.event(seq=2)
        assert ada.seqs == [1, 2]


async def test_a_reader_that_stops_is_closed_and_the_others_go_on(shop: Shop) -> None:
    async with shop.seat("Ada") as ada:
        token = await shop.sign_in(await shop.person("Slow"), "seat-slow")
        async with shop.listen(token, "seat-slow", max_queue=1) as slow:
            await slow.greeted()
            await slow.resume()
            slow.socket.transport.pause_reading()
            for _ in range(100):
                seq = await shop.happen("mill", count=50, size=4_000)
                await ada.event(seq=seq)
                if _ended(shop, "seat-slow"):
                    break
            assert _ended(shop, "seat-slow")
            assert ada.seqs == list(range(1, seq + 1))
            slow.socket.transport.resume_reading()
            assert (await slow.closed())[0] == 4008
            assert slow.seqs == list(range(1, len(slow.seqs) + 1))
            while (await ada.until(UserDisconnected)).message.users != ["Slow"]:
                pass
            assert shop.hub.figures().too_slow == 1


async def test_a_seat_that_answers_no_ping_is_gone(tmp_path: Path, direct: bool) -> None:
    async with open_shop(tmp_path, direct=direct, ping_interval=0.2, pong_timeout=0.2) as shop:
        await shop.vault("mill")
        async with shop.seat("Ada") as ada:
            token = await shop.sign_in(await shop.person("Asleep"), "seat-asleep")
            async with shop.listen(token, "seat-asleep") as asleep:
                await asleep.greeted()
                asleep.socket.transport.pause_reading()
                while (await ada.until(UserDisconnected)).message.users != ["Asleep"]:
                    pass
                assert not shop.hub.online("seat-asleep")
                asleep.socket.transport.resume_reading()
                assert (await asleep.closed())[0] in (1006, 1011)


async def test_ready_frames_are_written_directly_where_the_server_offers_that(shop: Shop, direct: bool) -> None:
    async with shop.seat("Ada"):
        kinds = {type(connection._outbox) for connection in shop.hub.roster}
    assert kinds == {DirectOutbox if direct else QueuedOutbox}


async def test_what_it_has_done_and_how_it_stands_is_known_in_numbers(shop: Shop) -> None:
    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        token = await shop.sign_in("ada", "second")
        async with shop.listen(token, "second") as second:
            await second.greeted()
            await second.resume()
            await shop.happen("mill", count=3)
            for ear in (ada, ben, second):
                await ear.event(seq=3)
            figures = shop.hub.figures()
    assert (figures.seats, figures.people, figures.events, figures.frames) == (3, 2, 3, 9)
    assert figures.fan_out.sum > 0
    assert figures.arrivals == 3
    assert (figures.too_slow, figures.vaults_behind) == (0, 0)


async def test_what_a_reader_leaves_waiting_is_known_in_numbers(shop: Shop) -> None:
    async with shop.seat("Ada") as ada, shop.listen(await shop.sign_in("ada", "slow"), "slow", max_queue=1) as slow:
        await slow.greeted()
        await slow.resume()
        slow.socket.transport.pause_reading()
        while not (figures := shop.hub.figures()).waiting_bytes:
            await ada.event(seq=await shop.happen("mill", count=20, size=4_000))
        assert 0 < figures.most_waiting_bytes <= figures.waiting_bytes
        slow.socket.transport.abort()


async def test_a_fault_of_the_server_ends_that_socket_alone(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> frozenset[str]:
        raise OSError("the disk is away")

    async with shop.seat("Ada") as ada, shop.seat("Ben") as ben:
        monkeypatch.setattr(StoreSource, "held", broken)
        await ben.say(Report(file="any", open=True))
        assert (await ben.closed())[0] == 1011
        await ada.say(Ping())
        await ada.until(Pong)


def _ended(shop: Shop, seat: str) -> bool:
    return all(connection.ended for connection in shop.hub.roster if connection.seat == seat)
