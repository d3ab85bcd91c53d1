"""A check-in that waits: asked for while the server was away, and what is told of it."""

from pathlib import Path

from pdm_desktop.core import requests
from pdm_desktop.core.results import FileResult, Outcome
from pdm_desktop.core.waiting import WaitingCheckIn
from pdm_desktop.sync.events import RequestFinished, WaitingChanged
from server.protocol.vault import File
from tests.support.client import Client
from tests.support.one_file import edited
from tests.support.seat_parts import Workplace, workplace


def waiting(place: Workplace) -> tuple[WaitingCheckIn, ...]:
    """What was told last to wait."""
    told = [event.check_ins for event in place.events if isinstance(event, WaitingChanged)]
    return told[-1] if told else ()


def results(place: Workplace) -> list[FileResult]:
    """The results that were told last."""
    told = [event.finished for event in place.events if isinstance(event, RequestFinished)]
    assert isinstance(told[-1].request, requests.CheckIn)
    return list(told[-1].results)


async def queued(client: Client, folder: Path, file: File, request: requests.CheckIn) -> None:
    """A seat that has asked for a check-in while the server was away, and ended."""
    async with workplace(client, folder) as place:
        await edited(place, file)
        await place.engine.away()
        result = await place.one(request)
        assert result.outcome is Outcome.WAITS
        assert result.text == f"It waits until the server is back; what {file.filename} holds then is checked in."
