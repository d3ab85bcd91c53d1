"""`epoch`: a database that was brought back in a way that a server cannot see begins a new epoch at its next start."""

from collections.abc import Callable

from server.cli.folder import hold
from server.cli.trouble import Exit, Trouble
from server.config import Config
from server.domain.errors import ProblemError
from server.services.beginning import call_for_epoch
from server.storage.migrate import NewerData
from server.storage.store import BadDatabase, Store


async def epoch(config: Config, *, say: Callable[[str], None]) -> Exit:
    """Let the next start begin a new epoch. No server may run on this data folder. Raises Trouble."""
    with hold(config.data):
        try:
            store = await Store.open(config.database, alone=True)
            try:
                there = await store.write(call_for_epoch)
            finally:
                await store.close()
        except (NewerData, BadDatabase, ProblemError) as error:
            raise Trouble(str(error)) from error
    if not there:
        raise Trouble("No server has begun on this database yet: there is no epoch to end. Nothing was changed.")
    say(
        "The next start begins a new epoch: everybody signs in anew, and seats take a fresh snapshot and confirm what"
        " they have. Where several servers share the database, stop all of them before the first starts again."
    )
    return Exit.DONE
