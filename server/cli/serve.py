"""`serve`: one server on one data folder until it is told to stop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from server.app import Application, running
from server.auth.tokens import BadKey
from server.cli.folder import Door, hold, open_door
from server.cli.trouble import Exit, Trouble
from server.config import Config
from server.domain.errors import ContentsAway, Full
from server.services.several_nodes import NotShared
from server.serving.process import CannotListen, Process, address_of, listen, uvicorn_config
from server.serving.supervisor import READY, STOPPING, tell_supervisor
from server.storage.contents import OtherContents
from server.storage.migrate import NewerData
from server.storage.room import is_disk_full
from server.storage.store import BadDatabase


async def serve(config: Config, *, announce: Callable[[str], None]) -> None:
    """Serve until a signal. `announce` is called with the address once requests are answered. Raises Trouble."""
    with ExitStack() as until_the_end:
        until_the_end.enter_context(hold(config.data))
        listening = until_the_end.enter_context(_listening(config))
        address = address_of(listening, config)

        async with _application(config) as application:
            door = Door(
                address=address,
                token=application.operator_token,
                certificate=str(config.tls_cert.resolve()) if config.tls_cert else None,
            )

            def ready() -> None:
                until_the_end.enter_context(open_door(config.run_folder, door))
                announce(address)
                tell_supervisor(READY)

            def stopping() -> None:
                tell_supervisor(STOPPING)
                application.stop()

            process = Process(
                uvicorn_config(application.asgi, config), ready=ready, stopping=stopping, drain=config.drain
            )
            await process.serve([listening])


@asynccontextmanager
async def serving_privately(config: Config) -> AsyncIterator[Door]:
    """A server for this command alone, on a free port of the loopback; the folder must be held."""
    private = config.model_copy(
        update={"host": "127.0.0.1", "port": 0, "tls_cert": None, "tls_key": None, "drain": 0, "backup_hours": 0}
    )
    with _listening(private) as listening:
        async with _application(private) as application, asyncio.TaskGroup() as tasks:
            ready = asyncio.Event()
            process = Process(
                uvicorn_config(application.asgi, private), ready=ready.set, stopping=application.stop, signals=False
            )
            tasks.create_task(process.serve([listening]), name="private server")
            await ready.wait()
            try:
                yield Door(address=address_of(listening, private), token=application.operator_token)
            finally:
                application.stop()
                process.should_exit = True


@asynccontextmanager
async def _application(config: Config) -> AsyncIterator[Application]:
    async with AsyncExitStack() as until_the_end:
        try:
            application = await until_the_end.enter_async_context(running(config))
        except (NewerData, BadDatabase, BadKey, NotShared, OtherContents) as error:
            raise Trouble(str(error)) from error
        except ContentsAway as error:
            raise Trouble(
                f"The contents cannot be reached. {error.why} Check the setting “blobs_url”, the keys in the"
                " environment and the network, and start again."
            ) from error
        except (Full, DatabaseError, OSError) as error:
            raise _cannot_use(config.data, error) from error
        yield application


def _cannot_use(data: Path, error: Exception) -> Trouble:
    if isinstance(error, Full) or is_disk_full(error):
        return Trouble(f"The disk of the data folder {data} is full. Make room there, and start again.")
    why = error.orig if isinstance(error, DatabaseError) else error
    return Trouble(
        f"The data folder {data} cannot be used: {why}. Check its rights; if files are damaged, bring back a backup."
    )


def _listening(config: Config) -> socket.socket:
    try:
        return listen(config)
    except CannotListen as error:
        raise Trouble(str(error), Exit.CANNOT_LISTEN) from error
