"""How a server is, in the words of the window."""

from collections.abc import Sequence
from datetime import datetime

from pdm_desktop.core import words
from server.protocol.calls import Disk, ServerState

EVERYTHING = "All vaults"
Fact = tuple[str, str]
"""What it is, and how it is."""


def minutes_of(state: ServerState, vault: str) -> Sequence[int]:
    """Events in each of the last 60 minutes, of one vault or, without a name, of all together."""
    chosen = [each.minutes for each in state.rates if not vault or each.vault == vault]
    return [sum(each) for each in zip(*chosen, strict=True)]


def numbers(state: ServerState) -> list[Fact]:
    """The four that matter most: the number, and of what."""
    return [
        (f"{state.sockets:,}", "seat connected" if state.sockets == 1 else "seats connected"),
        (words.size(state.content_bytes), f"in {words.several(state.contents, 'content', 'contents')}"),
        (words.size(state.database_bytes), "database"),
        (_free(state.disks[0]) if state.disks else "unknown", "free for data"),
    ]


def about_server(state: ServerState, now: datetime) -> list[Fact]:
    """The program and its time."""
    facts = [
        ("Version", state.version),
        ("Runs for", words.age(state.now - state.started)),
        ("Data since", f"epoch {state.epoch[:8]}"),
        ("HTTPS until", "not by itself" if state.certificate_ends is None else words.day(state.certificate_ends, now)),
        ("Last backup", "none" if state.last_backup is None else words.when(state.last_backup, now)),
    ]
    gone = state.collection
    collected = "not yet" if gone is None else words.when(gone.at, now)
    return [*facts, ("Last clean-up", collected)]


def about_room(state: ServerState) -> list[Fact]:
    """Disks, and what waits on them."""
    disks = [(each.what.capitalize(), _room(each)) for each in state.disks]
    return [
        *disks,
        ("Uploads open", f"{state.open_uploads:,}"),
        ("Parked versions", f"{state.parked:,}, {words.size(state.parked_bytes)}" if state.parked else "none"),
    ]


def about_seats(state: ServerState) -> list[Fact]:
    """Versions of the seats that were here in the last 30 days, and what is offered to them."""
    versions = [
        (
            f"{each.version}, older" if each.older else each.version,
            f"{words.several(each.seats, 'seat', 'seats')}, {each.online:,} connected",
        )
        for each in state.seats
    ]
    return [
        *versions,
        ("Newest known", state.newest_client),
        ("Oldest served", state.oldest_client),
        ("Installer here", state.installer or "none"),
    ]


def _free(disk: Disk) -> str:
    return "unknown" if disk.free is None else words.size(disk.free)


def _room(disk: Disk) -> str:
    if disk.free is None or disk.total is None:
        return "cannot be reached"
    share = round(100 * disk.free / disk.total) if disk.total else 0
    return f"{words.size(disk.free)} of {words.size(disk.total)} free, {share} %"
