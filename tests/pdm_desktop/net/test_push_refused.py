"""Who is refused before the upgrade: by the server for good, by something on the way for a while."""

from datetime import UTC, datetime, timedelta

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from pdm_desktop.core.link import Next
from server.protocol.problems import Code
from tests.support.dialling import dialled, greet, refusing
from tests.support.seat_parts import until


@pytest.mark.parametrize(
    ("code", "then"),
    [(Code.NOT_SIGNED_IN, Next.SIGN_IN), (Code.FOREIGN_SEAT, Next.STOP), (Code.FOREIGN_ORIGIN, Next.STOP)],
)
async def test_a_seat_that_the_server_refuses_is_not_dialled_again(code: Code, then: Next) -> None:
    async with dialled(greet, gate=refusing(code.status, code)) as (ears, task):
        assert (await task).next is then
        assert len(ears.endings) == 1


@pytest.mark.parametrize("status", [302, 401, 403, 404, 407, 511])
async def test_a_page_of_something_on_the_way_does_not_stop_it(status: int) -> None:
    """A portal or a gateway answers for a moment, with a page of its own."""
    refuse, refused = refusing(status), 0

    async def gate(connection: ServerConnection, request: Request) -> Response | None:
        nonlocal refused
        refused += 1
        return await refuse(connection, request) if refused == 1 else None

    async with dialled(greet, gate=gate) as (ears, task):
        await until(lambda: ears.greeted == 1 or task.done())
        assert not task.done(), "it has stopped for good"
        assert [ending.next for ending in ears.endings] == [Next.COME_BACK]


async def test_a_server_that_asks_to_wait_is_left_alone_for_so_long() -> None:
    async with dialled(greet, gate=refusing(503, Code.NOT_READY, retry_after="7")) as (ears, _):
        began = datetime.now(UTC)
        await until(lambda: bool(ears.tries))
        assert ears.endings[0].next is Next.WAIT
        assert ears.tries[0][1] >= began + timedelta(seconds=7)
