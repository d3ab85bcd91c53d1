"""The data folder: one process works on it at a time, and says there how the command line reaches it."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from server.cli.trouble import Exit, Trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """How the operator of this computer reaches the running server."""

    address: str
    token: str
    certificate: str | None = None
    """Path of the certificate that the server shows, if it speaks HTTPS."""


@contextlib.contextmanager
def hold(data: Path) -> Iterator[None]:
    """The folder, made if it is not there, is ours until the end of the block. Raises Trouble when it is somebody's."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(data / "server.lock")
        lock.acquire(timeout=0)
    except Timeout as error:
        raise Trouble(
            f"The data folder {data.resolve()} is in use by another server or command. Stop that one first, or name"
            " another folder with --data.",
            Exit.IN_USE,
        ) from error
    except OSError as error:
        raise Trouble(
            f"The data folder {data} cannot be used: {error.strerror}. Check --data and its rights."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def open_door(run_folder: Path, door: Door) -> Iterator[None]:
    """Let the command line in until the end of the block. Only this account may read how."""
    run_folder.mkdir(exist_ok=True, mode=0o700)
    path = _door_in(run_folder)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - a descriptor, opened with its mode from the start
        json.dump(asdict(door), file)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def door_of(run_folder: Path) -> Door | None:
    """How to reach the server that runs on this folder; None when it does not say."""
    try:
        return Door(**json.loads(_door_in(run_folder).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError):
        return None


def _door_in(run_folder: Path) -> Path:
    return run_folder / "operator.json"
