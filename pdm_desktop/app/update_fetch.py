"""Brings an installer into the data folder: whole and by its hash, or not at all. A cut costs what was on its way."""

import asyncio
import hashlib
import os
from collections.abc import Callable
from contextlib import aclosing, suppress
from pathlib import Path

from pdm_desktop import log
from pdm_desktop.core.errors import Spoiled, Unreachable
from pdm_desktop.core.link import pause
from pdm_desktop.net.http import Http
from pdm_desktop.net.installer import content_of
from pdm_desktop.product import installer_name
from pdm_desktop.sync.os_errors import from_os_error
from server.protocol.calls import Installer

PATIENCE = 5
"""So many times in a row nothing comes before it is given up."""


async def fetch_installer(
    http: Http,
    installer: Installer,
    folder: Path,
    *,
    moved: Callable[[int], None],
    wait: Callable[[int], float] = pause,
) -> Path:
    """The installer's place in that folder, from which others are removed. `moved` is told the bytes that are here.

    After a cut it goes on by itself where it was; `wait` says for how many seconds after so many failures in a row.
    Who gives up after that leaves what has come, for the next try. Whatever else ends it leaves nothing: a full disk, a
    wrong hash, being cancelled. Raises core.errors.
    """
    target = folder / installer_name(installer.version)  # not the name that the server says
    part = target.with_name(f"{target.name}.part")
    try:
        here = await asyncio.to_thread(_begin, folder, target, part, installer)
        if here is None:
            return target
        moved(here)
        await _bring_rest(http, installer, part, here, moved=moved, wait=wait)
        await asyncio.to_thread(_end, part, target, installer)
    except Unreachable:
        raise
    except OSError as error:
        await asyncio.to_thread(_drop, part)
        raise from_os_error(error, "the update") from error
    except BaseException:
        _drop(part)  # at once: a cancelled task waits for nothing
        raise
    return target


async def _bring_rest(
    http: Http, installer: Installer, part: Path, here: int, *, moved: Callable[[int], None],
    wait: Callable[[int], float],
) -> None:  # fmt: skip
    failures = 0
    while here < installer.size:
        before = here
        try:
            async with aclosing(content_of(http, installer, start=here)) as blocks:
                async for block in blocks:
                    if here + len(block) > installer.size:
                        raise Spoiled("More came than the server said.", advice="Try again.")
                    await asyncio.to_thread(_write, part, block, at=here)
                    here += len(block)
                    moved(here)
            if here < installer.size:
                raise Unreachable("The connection was cut.", advice="Try again.")
        except Unreachable as away:
            failures = 1 if here > before else failures + 1
            log.note("installer not fetched yet", here=here, size=installer.size, why=away.text, failures=failures)
            if failures >= PATIENCE:
                raise
            await asyncio.sleep(wait(failures))


def _begin(folder: Path, target: Path, part: Path, installer: Installer) -> int | None:
    """How much of it is here already; None: all."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.glob("*.msi*"):
        if each not in (target, part):
            each.unlink(missing_ok=True)
    if target.exists():
        if _is_it(target, installer):
            return None
        target.unlink()
    part.touch()
    if part.stat().st_size > installer.size:
        os.truncate(part, 0)
    return part.stat().st_size


def _write(part: Path, block: bytes, *, at: int) -> None:
    """Raises OSError. A thread may come to it after all was cancelled: what was deleted then does not come back."""
    with part.open("r+b") as file:
        file.seek(at)
        file.write(block)


def _end(part: Path, target: Path, installer: Installer) -> None:
    if not _is_it(part, installer):
        raise Spoiled("The installer did not arrive as the server has it, and was deleted.", advice="Try again.")
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _is_it(path: Path, installer: Installer) -> bool:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == installer.sha256


def _drop(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)
