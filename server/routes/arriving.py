"""Content that arrives in parts: each part is on the disk before it is said to be here, however it breaks off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from fastapi import Request
from sqlalchemy import Connection

from server.domain.errors import (
    ContentsAway,
    Full,
    NotArrived,
    NotReady,
    NotSignedIn,
    TooLarge,
    WrongHash,
    WrongOffset,
)
from server.domain.session import Session
from server.protocol.calls import Announced, Upload, UploadProgress
from server.routes.calls import write
from server.routes.lost import forget_lost
from server.routes.parts import Parts
from server.routes.pouring import pour
from server.services import arrivals, senders
from server.services.arrivals import Arrival, Limits
from server.services.reading import session_of
from server.storage.blobs import Content, Growing, Incoming
from server.storage.gate import Fence
from server.storage.turns import TakenOver

COMPARED_BYTES = 64 * 2**20
"""Up to this size content is read before a sender is spared its bytes: well below a second."""
SETTLE_SECONDS = 2.0
"""How long the question where to go on waits for a part that broke off and is still being written down. Longer than a
disk needs; a part whose sender is gone without a word is ended by the next one.
"""
RETRY_SECONDS = 2.0
_log = structlog.get_logger("server.routes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Bytes on their way, and what is said of them beforehand."""

    offset: int
    """Where they begin in the content."""
    size: int | None
    """How many they are, if that is known."""
    hash: str | None
    pieces: AsyncIterator[bytes]


def announced_length(request: Request) -> int | None:
    """How many bytes a request says that its body has."""
    length = request.headers.get("content-length")
    return int(length) if length is not None and length.isdecimal() else None


def limits_of(parts: Parts) -> Limits:
    """The limits of uploads as this server is set."""
    return Limits(
        open_uploads=parts.settings.open_uploads,
        open_lifetime=timedelta(hours=parts.settings.open_upload_hours),
        lifetime=timedelta(hours=parts.settings.upload_hours),
    )


async def require_sender(parts: Parts, session: Session) -> None:
    """Look before anything of a body is taken. Raises Forbidden for somebody who may send no content."""
    await parts.store.read(lambda connection: senders.require_sender(connection, session))


async def is_here(parts: Parts, session: Session, content: Content) -> bool:
    """Whether content is stored so that a sender who has it whole, and may read it, need not send it.

    Small content is read and compared by its hash: that takes less than sending it. Of large content the size counts.
    """
    if not await asyncio.to_thread(parts.blobs.has, content):
        return False
    if content.size > COMPARED_BYTES:
        return True
    now = parts.clock()
    # Nothing is read for somebody who may not know of it: the time that takes would tell.
    may_read = await parts.store.read(lambda connection: arrivals.may_read(connection, session, content, at=now))
    return may_read and await parts.whole_reads.run(lambda: parts.blobs.is_whole(content))


async def progress(parts: Parts, session: Session, upload_id: str) -> UploadProgress:
    """How far the upload has come, with all of a part that has just broken off. Raises NotFound, Gone, NotArrived."""
    await _find(parts, session, upload_id)  # nobody waits for what belongs to others
    await parts.turns.settled(upload_id, patience=SETTLE_SECONDS)
    return await _progress(parts, session, upload_id)


async def _progress(parts: Parts, session: Session, upload_id: str) -> UploadProgress:
    match await _find(parts, session, upload_id):
        case Arrival() as found:
            return found.progress(await _here(parts, found))
        case complete:
            return arrivals.progress_of(complete)


async def append(parts: Parts, session: Session, upload_id: str, part: Part) -> UploadProgress:
    """Take the next part. One that is still under way for the same upload ends, and keeps what it has.

    Raises NotFound, Gone, NotArrived, Forbidden, WrongOffset, WrongHash, TooLarge, Full, NotSignedIn. What has arrived
    is kept, unless it is another part than was sent (WrongHash), or the disk could not write it down.
    """
    await _find(parts, session, upload_id)  # nobody ends what belongs to others
    await require_sender(parts, session)
    try:
        async with parts.turns.passing(upload_id) as turn:
            return await _append(parts, session, upload_id, part, turn=turn)
    except TakenOver:
        now = await _progress(parts, session, upload_id)
        raise WrongOffset(offset=now.offset, size=now.size) from None


async def finish(parts: Parts, session: Session, upload_id: str, wish: Announced) -> Upload:
    """Make a whole upload out of the parts; again, the same answer.

    Raises NotFound, Gone, WrongOffset while bytes are missing, WrongHash when it is given up, NotArrived when the disk
    has lost it since, Full, NotSignedIn.
    """
    await _find(parts, session, upload_id)
    wanted = Content(size=wish.size, hash=wish.hash)
    async with _alone(parts, upload_id) as turn:
        match await _find(parts, session, upload_id):
            case Arrival() as found:
                return await _finish(parts, session, found, wanted, turn=turn)
            case complete:
                _require_equal(wanted, Content(size=complete.size, hash=complete.hash))
                return complete


async def give_up(parts: Parts, session: Session, upload_id: str) -> None:
    """Forget an upload of mine and its bytes. Raises NotFound, Gone."""
    await _written_down(parts, session, upload_id)
    async with _alone(parts, upload_id) as turn:
        await _give_up(parts, session, upload_id, turn=turn)


@asynccontextmanager
async def _alone(parts: Parts, upload_id: str) -> AsyncIterator[Fence]:
    """A turn that nobody ends; who has lost it unseen, in a node that stood still, is told to come again."""
    try:
        async with parts.turns.alone(upload_id) as turn:
            yield turn
    except TakenOver:
        text = "The server was held up, and another node has gone on with this upload. Please try again."
        raise NotReady(text, retry_after=RETRY_SECONDS) from None


async def _append(parts: Parts, session: Session, upload_id: str, part: Part, *, turn: Fence) -> UploadProgress:
    found = await _find(parts, session, upload_id)
    if not isinstance(found, Arrival):
        raise WrongOffset(offset=found.size, size=found.size)
    here = await _here(parts, found)
    if part.offset != here:
        raise WrongOffset(offset=here, size=found.announced.size)
    room = found.announced.size - here
    if part.size is not None and part.size > room:
        raise _too_much(found)
    if await _stored_before(parts, found):
        return await _nothing_more(found, part)
    found = await _go_on(parts, found, turn=turn)
    growing = parts.blobs.growing(upload_id)
    try:
        await _open(parts, growing, here, hash_part=part.hash is not None, token=found.token)
        return await _take(parts, session, found, growing=growing, part=part, room=room, turn=turn)
    finally:
        await asyncio.to_thread(growing.close)


async def _nothing_more(found: Arrival, part: Part) -> UploadProgress:
    """The part after the last byte of what the server stored and did not live to write down: it has no bytes."""
    async for piece in part.pieces:
        if piece:
            raise _too_much(found)
    return found.progress(found.announced.size)


async def _take(
    parts: Parts, session: Session, found: Arrival, *, growing: Growing, part: Part, room: int, turn: Fence
) -> UploadProgress:
    async def keep() -> UploadProgress:
        kept = await asyncio.to_thread(growing.sync)
        return await _advance(parts, session, found, kept, turn=turn)

    async def look_up() -> None:
        await _require_signed_in(parts, session)

    # What may yet turn out to be another part than was sent is not written down before it is here.
    between: Callable[[], Awaitable[object]] = keep if part.hash is None else look_up
    try:
        whole = await pour(part.pieces, growing.write, limit=room, between=between, flush=growing.flush)
    except (NotSignedIn, Full, ContentsAway, OSError, TakenOver):
        raise  # a disk that could not write something down says so once: asked again, it would say yes
    except BaseException:
        await keep()
        raise
    if not whole:
        await keep()
        raise _too_much(found)
    if part.hash is not None and growing.part_hash() != part.hash:
        announced, arrived = part.hash, growing.part_hash()
        growing.drop_part()
        raise WrongHash(what="hash of this part", announced=announced, arrived=arrived)
    return await keep()


async def _finish(parts: Parts, session: Session, found: Arrival, wanted: Content, *, turn: Fence) -> Upload:
    growing = parts.blobs.growing(found.id)  # from the check to the end the same one: it knows what it is
    if await _stored_before(parts, found):
        _require_equal(wanted, found.announced)
    else:
        await _check(parts, session, found, wanted, growing=growing, turn=turn)
        await asyncio.to_thread(growing.assemble, found.announced)
    lifetime = limits_of(parts).lifetime
    async with parts.gate.passing() as fence:
        if await asyncio.to_thread(growing.on_disk) is not None:
            await asyncio.to_thread(growing.keep, found.announced)
        elif not await asyncio.to_thread(parts.blobs.is_settled, found.announced):
            raise WrongOffset(offset=0, size=found.announced.size)

        def complete(connection: Connection, now: datetime) -> Upload:
            fence.require(connection)
            turn.require(connection)
            return arrivals.complete_upload(connection, session, found, at=now, lifetime=lifetime)

        return await write(parts, session, complete)


async def _check(
    parts: Parts, session: Session, found: Arrival, wanted: Content, *, growing: Growing, turn: Fence
) -> None:
    """All has arrived, and is what was announced and is wanted. Raises WrongOffset; WrongHash when it is given up."""
    size = found.announced.size
    here = await _here(parts, found)
    if here < size:
        raise WrongOffset(offset=here, size=size)
    arrived = await _content_of(parts, growing, await _go_on(parts, found, turn=turn))
    try:
        _require_equal(found.announced, arrived)
        _require_equal(wanted, arrived)
    except WrongHash:
        await _give_up(parts, session, found.id, turn=turn)
        raise

    def checked(connection: Connection, _: datetime) -> None:
        turn.require(connection)
        arrivals.mark_checked(connection, found)

    await write(parts, session, checked)


async def _content_of(parts: Parts, growing: Growing, found: Arrival) -> Content:
    try:
        await _open(parts, growing, found.announced.size, token=found.token)
        await asyncio.to_thread(growing.sync)
        return growing.content()
    finally:
        await asyncio.to_thread(growing.close)


async def _go_on(parts: Parts, found: Arrival, *, turn: Fence) -> Arrival:
    """The same upload, with a token of ours; of a server that is one process there are none."""
    process = turn.process
    if process is None or found.node == process.node:
        return found

    def go_on(connection: Connection) -> Arrival:
        turn.require(connection)
        return arrivals.go_on(connection, found, node=process.node)

    return await parts.store.write(go_on)


async def _open(parts: Parts, growing: Growing, at: int, *, hash_part: bool = False, token: int) -> None:
    """Go on there; what arrived before the server started is read again, in a thread where nobody else waits."""

    def work() -> None:
        growing.open(at, hash_part=hash_part, token=token)

    if growing.is_hashed(at):
        opening = asyncio.get_running_loop().run_in_executor(None, work)
    else:
        opening = parts.whole_reads.run(work)
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.wait([opening])  # nobody may go on with a file that a thread is about to open and cut
        raise


async def discard(arrived: Growing | Incoming) -> None:
    """Leave nothing behind; what the disk does not let go is left to the collection, and changes no answer."""
    try:
        await asyncio.to_thread(arrived.discard)
    except (ContentsAway, OSError) as error:
        _log.warning("not removed", why=str(error))


async def _give_up(parts: Parts, session: Session, upload_id: str, *, turn: Fence) -> None:
    def give_up(connection: Connection, _: datetime) -> None:
        turn.require(connection)
        arrivals.give_up(connection, session, upload_id)

    await write(parts, session, give_up)
    await discard(parts.blobs.growing(upload_id))


async def _find(parts: Parts, session: Session, upload_id: str) -> Arrival | Upload:
    """My upload; one that the disk has lost since it was complete is forgotten. Raises NotFound, Gone, NotArrived."""
    found = await _written_down(parts, session, upload_id)
    if isinstance(found, Upload) and await forget_lost(parts, session, [upload_id]):
        raise NotArrived("The server's disk has lost the content of this upload. Send it again.")
    return found


async def _written_down(parts: Parts, session: Session, upload_id: str) -> Arrival | Upload:
    now = parts.clock()
    return await parts.store.read(lambda connection: arrivals.upload_in_parts(connection, session, upload_id, at=now))


async def _here(parts: Parts, found: Arrival) -> int:
    """Where the upload goes on: never behind what is written down as durable, nor behind what the disk has."""
    if await _stored_before(parts, found):
        return found.announced.size
    on_disk = await asyncio.to_thread(parts.blobs.growing(found.id).on_disk)
    return min(found.kept, on_disk or 0)


async def _stored_before(parts: Parts, found: Arrival) -> bool:
    """Whether the server stored it, and did not live to write that down."""
    if not found.checked or await asyncio.to_thread(parts.blobs.growing(found.id).on_disk) is not None:
        return False
    return await asyncio.to_thread(parts.blobs.has, found.announced)


async def _advance(parts: Parts, session: Session, found: Arrival, kept: int, *, turn: Fence) -> UploadProgress:
    """Write down how far it has come. Raises TakenOver where another node has gone on with it meanwhile."""
    lifetime = limits_of(parts).open_lifetime

    def note(connection: Connection, now: datetime) -> UploadProgress:
        turn.require(connection)
        return arrivals.advance(connection, found, kept=kept, expires=now + lifetime)

    return await write(parts, session, note)


async def _require_signed_in(parts: Parts, session: Session) -> None:
    now = parts.clock()
    if await parts.store.read(lambda connection: session_of(connection, session.id, now=now)) is None:
        raise NotSignedIn


def _require_equal(announced: Content, arrived: Content) -> None:
    if announced.size != arrived.size:
        raise WrongHash(what="size", announced=f"{announced.size} bytes", arrived=f"{arrived.size} bytes")
    if announced.hash != arrived.hash:
        raise WrongHash(what="hash", announced=announced.hash, arrived=arrived.hash)


def _too_much(found: Arrival) -> TooLarge:
    size = found.announced.size
    return TooLarge(
        f"This content was announced with {size} bytes, and more are sent. What came up to there is kept; ask where the"
        " upload goes on, or give it up and begin it again with the size that it has."
    )
