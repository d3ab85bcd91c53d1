"""One server put together: store, blobs, bus, hub and routes, from a Config."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import structlog
from fastapi import FastAPI
from fastapi_swagger import patch_fastapi
from filelock import BaseFileLock, Timeout
from sqlalchemy import Connection, and_

from server.auth.gitlab import Gitlab
from server.auth.guard import Guard
from server.auth.passwords import Passwords
from server.auth.shared_throttle import SharedThrottle
from server.auth.throttle import Throttle
from server.auth.tokens import Tokens, key_in
from server.bus.base import Bus, ChangedHint
from server.config import DATABASE, Config
from server.domain.errors import Full, NotReady
from server.domain.session import Session
from server.hub.contacts import Contact, Contacts
from server.hub.gathered import Gathered
from server.hub.hub import Hub
from server.protocol.versions import newest_of, numbers_of
from server.routes import api
from server.routes.exposition import Exposition, Meters
from server.routes.parts import Parts
from server.routes.socket import Asgi, Receive, Scope, Send, Socket
from server.routes.source import StoreSource
from server.routes.traffic import Counted, Traffic
from server.services import people, purging, reading
from server.services.backing_up import BackingUp
from server.services.beginning import Ended, begin, begin_anew_if_copied, remember_mark
from server.services.collecting import collect
from server.services.contents_place import require_place
from server.services.readiness import Readiness
from server.services.sessions import end_sessions, was_here
from server.services.several_nodes import OneNode, nodes_of
from server.services.surroundings import Surroundings
from server.services.telling import tell_all_due
from server.services.upkeep import Upkeep
from server.services.uploads import newest_content
from server.storage.backup import collection_lock
from server.storage.backups import Backups
from server.storage.blobs import Blobs
from server.storage.contents import FOLDER as BLOBS
from server.storage.contents import open_contents
from server.storage.installers import FOLDER, Installers
from server.storage.mark import DatabaseMark, FolderMark, Mark
from server.storage.premises import Premises
from server.storage.releases import Releases
from server.storage.set_aside import SetAside
from server.storage.shared_folder import SharedFolder
from server.storage.store import Store
from server.storage.tables import session
from server.storage.whole_reads import WholeReads
from server.version import VERSION

log = structlog.get_logger(__name__)

FIRST_VAULT = "Production"
"""The vault that a new server begins with."""
OPERATOR_LIFETIME = timedelta(days=3_650)
"""The operator's session ends with the server; only a bound is needed."""
COLLECT_SECONDS = 3_600.0
LOOKED_AT = 3
"""So many contents are looked for at the start."""
WAITING_THREADS = 64
"""That may wait for a bucket at the same time: one that is slow to answer keeps nothing else waiting."""
MARK_SECONDS = 3_600.0
"""A copy of the database that is put back is told from what the server had so long after it was made."""


@dataclass(frozen=True, slots=True)
class Application:
    """A server that is ready to be served."""

    asgi: Asgi
    stop: Callable[[], None]
    """Welcome nobody new: `/readyz` and `/ws` answer 503. What runs goes on."""
    operator_token: str
    """The token by which the command line acts while this server runs."""


def create_api(parts: Parts | None) -> FastAPI:
    """The HTTP side. Without parts it can only be described."""
    app = FastAPI(
        title="PDM server",
        version=VERSION,
        summary="Files, their locks and their history, for every seat at once.",
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    patch_fastapi(app, docs_url="/docs")
    api.install(app, parts)
    return app


@asynccontextmanager
async def running(config: Config) -> AsyncIterator[Application]:
    """A server at work on its data folder, until the end of the block. Raises NewerData."""
    store = await Store.open(config.database, alone=not config.redis_url)
    mark = FolderMark(config.data / DATABASE) if store.mark is None else DatabaseMark(store.mark)
    passwords, whole_reads, at_hand = Passwords(), WholeReads(), AsyncExitStack()
    try:
        await _begin(store, mark)
        await store.hold()
        nodes = await nodes_of(store, redis_url=config.redis_url, data=config.data)
        await at_hand.enter_async_context(nodes.present())
        bus = nodes.bus
        releases = Releases(Installers(config.data / FOLDER), oldest=config.oldest_client)
        hub = Hub(StoreSource(store, _now), bus, config, releases, _now)
        blobs = await _contents_of(config, store, nodes)
        backups = Backups(
            config.data,
            config.backup_folder,
            kept=config.backups_kept,
            contents=None if config.bucket is None else blobs,
            has_file=not config.database_url,
        )
        every = timedelta(hours=config.backup_hours) if config.backup_hours else None
        backing_up = BackingUp(backups, store, bus, _now, every=every)
        premises = Premises(
            data=config.data, backups=config.backup_folder, certificate=config.tls_cert, database=DATABASE
        )
        readiness = Readiness(store, blobs, bus)
        surroundings = Surroundings(readiness, store, premises, backing_up)
        traffic = Traffic()
        tokens = Tokens(await nodes.key(key_in(config.data / "token.key")))
        contacts = _contacts_in(store)
        throttle = Throttle() if nodes.place is None else SharedThrottle(bus, _now)
        parts = Parts(
            settings=config,
            store=store,
            blobs=blobs,
            whole_reads=whole_reads,
            gate=nodes.gate,
            turns=nodes.turns,
            releases=releases,
            backing_up=backing_up,
            premises=premises,
            upkeep=Upkeep(_now()),
            bus=bus,
            presence=hub,
            contacts=contacts,
            clock=_now,
            passwords=passwords,
            tokens=tokens,
            throttle=throttle,
            guard=Guard(tokens, _session_in(store)),
            stopping=lambda: not hub.running,
            readiness=readiness,
            surroundings=surroundings,
            exposition=Exposition(Meters(traffic=traffic, hub=hub.figures, bus=bus.figures, store=store.figures)),
            gitlab=await _gitlab_of(config),
        )
        collecting = _collecting(parts, nodes, collection_lock(config.data), SetAside(config.data))
        news = _watching(releases, bus, every=config.watch_interval)
        lines = _telling(parts, after=timedelta(seconds=config.next_in_line), every=config.watch_interval)
        sockets = Gathered(_sessions_in(store))
        at_first = (nodes.run(), throttle.run(), contacts.run(), sockets.run(), hub.run())
        looking = _looking(store, every=config.watch_interval)
        beside = (*at_first, looking, collecting, news, lines, backing_up.at_work())
        async with _marking(store, mark), _operator(parts, nodes.place) as token, AsyncExitStack() as at_work:
            for each in beside:
                await at_work.enter_async_context(each)
            yield Application(
                _beside(
                    Counted(create_api(parts), traffic, prefix=api.PREFIX),
                    Socket(Guard(tokens, sockets.ask), hub, contact=contacts.note),
                ),
                hub.refuse_newcomers,
                token,
            )
        await surroundings.close()
        await readiness.close()
        await bus.close()
    finally:
        await at_hand.aclose()
        passwords.close()
        whole_reads.close()
        await store.close()


async def _contents_of(config: Config, store: Store, nodes: OneNode) -> Blobs:
    """Where the contents are, once it can be reached. Waiting for a bucket is done in more threads than for a disk.

    Raises NotShared where those of the other nodes, or those of before, are elsewhere.
    """
    if config.bucket is not None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(WAITING_THREADS, "waits"))
    named = await store.read(lambda connection: newest_content(connection, limit=LOOKED_AT))
    owner = await store.read(reading.identity_of)
    shared = bool(config.redis_url)
    blobs = await asyncio.to_thread(open_contents, config.data, config.bucket, owner=owner, named=named, shared=shared)
    await require_place(
        store,
        nodes,
        bucket=config.bucket,
        folder=SharedFolder(config.data / BLOBS),
        holds=lambda: not named or any(map(blobs.has, named)),
    )
    return blobs


async def _gitlab_of(config: Config) -> Gitlab | None:
    """Who is asked whose a token is. Reading whom this computer trusts takes a moment."""
    if not config.gitlab_url:
        return None
    gitlab = await asyncio.to_thread(
        Gitlab,
        config.gitlab_url,
        group=config.gitlab_group,
        project=config.gitlab_project,
        proxy=config.gitlab_proxy,
        patience=config.gitlab_seconds,
    )
    if gitlab.admits_everybody:
        log.warning("gitlab_admits_everybody", gitlab=gitlab.host, role=config.gitlab_role or "none")
    return gitlab


async def _begin(store: Store, mark: Mark) -> None:
    found = await asyncio.to_thread(mark.read)

    def begin_or_go_on(connection: Connection) -> Ended | None:
        begin(connection, vault_name=FIRST_VAULT, at=_now())
        return begin_anew_if_copied(connection, mark=found, at=_now())

    ended = await store.write(begin_or_go_on)
    if ended is not None:
        reason = "the data were copied, or copied back: everybody signs in anew, and seats take a fresh snapshot"
        log.warning("new_epoch", reason=reason, sign_ins_ended=ended.sign_ins, codes_ended=ended.codes)
    await _renew(store, mark)


async def _renew(store: Store, mark: Mark) -> None:
    """A copy of the data from before has another mark from now on. An end in between costs a new epoch and sign-ins."""
    renewed = await asyncio.to_thread(mark.renew)
    await store.write(lambda connection: remember_mark(connection, renewed))


@asynccontextmanager
async def _marking(store: Store, mark: Mark) -> AsyncIterator[None]:
    """A server runs for weeks: what is copied away meanwhile is told from what it has each hour, and at its end."""

    async def try_to_renew() -> None:
        try:
            await _renew(store, mark)
        except Exception:  # a full disk, say: the server goes on with the mark of before
            log.exception("mark_not_renewed")

    async with _every(MARK_SECONDS, try_to_renew, name="mark"):
        yield
    await try_to_renew()


@asynccontextmanager
async def _looking(store: Store, *, every: float) -> AsyncIterator[None]:
    """Look whether the database answers and is the one of the start, also while nobody changes anything."""

    async def look() -> None:
        try:
            await store.look()
        except Exception:  # whatever is wrong with it, the calls say so
            log.exception("database_not_looked_at")

    async with _every(every, look, name="database"):
        yield


def _now() -> datetime:
    return datetime.now(UTC)


def _sessions_in(store: Store) -> Callable[[Collection[str]], Awaitable[Mapping[str, Session | None]]]:
    async def find(session_ids: Collection[str]) -> Mapping[str, Session | None]:
        return await store.read(lambda connection: reading.sessions_of(connection, session_ids, now=_now()))

    return find


def _session_in(store: Store) -> Callable[[str], Awaitable[Session | None]]:
    async def find(session_id: str) -> Session | None:
        return await store.read(lambda connection: reading.session_of(connection, session_id, now=_now()))

    return find


def _contacts_in(store: Store) -> Contacts:
    async def write_down(noted: Mapping[Contact, datetime]) -> None:
        def write(connection: Connection) -> None:
            for contact, at in noted.items():
                was_here(connection, contact.person, contact.seat, at=at)

        await store.write(write)

    return Contacts(write_down, _now)


def _beside(http: Asgi, socket: Asgi) -> Asgi:
    """`/ws` does not go through FastAPI: a connection costs about half the memory."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        await (socket if scope["type"] == "websocket" else http)(scope, receive, send)

    return serve


@asynccontextmanager
async def _collecting(parts: Parts, nodes: OneNode, alone: BaseFileLock, set_aside: SetAside) -> AsyncIterator[None]:
    """Collect what is no longer needed, at the start and each hour: one node at a time."""

    async def try_to_collect() -> None:
        with suppress(Full, NotReady):
            await nodes.forget_dead(at=parts.clock())
        async with nodes.alone("collect") as ours:
            if ours:
                await collect_now()
            else:
                log.info("not_collected", reason="another node collects")

    async def collect_now() -> None:
        try:
            with alone.acquire(blocking=False):
                collected = await collect(
                    parts.store, blobs=parts.blobs, gate=parts.gate, now=parts.clock(), named=set_aside.named
                )
            parts.upkeep.has_collected(collected, at=parts.clock())
            log.info("collected", **asdict(collected))
            if collected.purged:
                await parts.bus.publish(purging.LIST_CHANGED)
        except Timeout:
            log.info("not_collected", reason="a backup is being made")
        except Exception:
            log.exception("not_collected")

    async with _every(COLLECT_SECONDS, try_to_collect, name="collect", at_once=True):
        yield


@asynccontextmanager
async def _watching(releases: Releases, bus: Bus, *, every: float) -> AsyncIterator[None]:
    """Tell every seat when another installer is here than before: an operator puts them there while it runs."""
    try:
        told = await asyncio.to_thread(releases.look)
    except OSError:
        log.exception("installers_not_read")
        told = None
    _warn_of_nobody(releases)

    async def look() -> None:
        nonlocal told
        try:
            found = await asyncio.to_thread(releases.look)
        except OSError:
            return  # the call that wants one says so
        if found != told:
            told = found
            log.info("installer", offered=None if found is None else found.version)
            _warn_of_nobody(releases)
            await bus.publish(ChangedHint("releases"))

    async with _every(every, look, name="installers"):
        yield


@asynccontextmanager
async def _telling(parts: Parts, *, after: timedelta, every: float) -> AsyncIterator[None]:
    """Tell the next in line that a file is still free. The store knows who was told when: a restart forgets nobody."""

    async def look() -> None:
        try:
            for hint in await tell_all_due(parts.store, after=after, now=parts.clock()):
                await parts.bus.publish(hint)
        except Exception:  # a full disk, say: it is tried again
            log.exception("line_not_told")

    async with _every(every, look, name="lines"):
        yield


def _warn_of_nobody(releases: Releases) -> None:
    """A setting may shut everybody out, by a slip of the hand or before the installer is there."""
    known = newest_of(VERSION, "" if releases.offered is None else releases.offered.version)
    if numbers_of(releases.oldest) > numbers_of(known):
        log.warning("oldest_client_is_newer_than_all", oldest_client=releases.oldest, newest_known=known)
    if releases.is_without_help:
        offered = None if releases.offered is None else releases.offered.version
        log.warning("older_seats_find_no_installer", oldest_client=releases.oldest, offered=offered)


@asynccontextmanager
async def _every(
    seconds: float, act: Callable[[], Awaitable[None]], *, name: str, at_once: bool = False
) -> AsyncIterator[None]:
    """Do it so often, beside what happens in the block; `at_once` also at its start. What it raises ends the block."""

    async def repeat() -> None:
        if at_once:
            await act()
        while True:
            await asyncio.sleep(seconds)
            await act()

    async with asyncio.TaskGroup() as tasks:
        repeating = tasks.create_task(repeat(), name=name)
        try:
            yield
        finally:
            repeating.cancel()


@asynccontextmanager
async def _operator(parts: Parts, place: str | None) -> AsyncIterator[str]:
    """A session of the built-in operator for as long as the server runs; former ones are over, at that place."""

    def begin_session(connection: Connection) -> Session:
        begun = people.operator(connection, at=parts.clock(), lifetime=OPERATOR_LIFETIME, place=place)
        former = and_(session.c.person == begun.person_id, session.c.id != begun.id)
        if place is not None:
            former = and_(former, session.c.address == place)
        end_sessions(connection, former, at=parts.clock())
        return begun

    begun = await parts.store.write(begin_session)
    try:
        yield parts.tokens.token_for(begun.id, expires=begun.expires)
    finally:
        # Without room or database it ends with the next start; it dies with this server's door in any case.
        with suppress(Full, NotReady):
            await parts.store.write(
                lambda connection: end_sessions(connection, session.c.id == begun.id, at=parts.clock())
            )
