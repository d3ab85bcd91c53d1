"""The seat's log: one line for each thing that happened, `what key=value ...`, to a file that is cut in time."""

import json
import logging
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE = "seat.log"
LARGEST = 2_000_000
"""Bytes after which the file is put aside; three are kept."""

_logger = logging.getLogger("pdm_desktop")


def start(folder: Path) -> None:
    """Write to `seat.log` in a folder from now on. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stop()
    handler = RotatingFileHandler(
        folder / FILE, maxBytes=LARGEST, backupCount=2, encoding="utf-8", errors="backslashreplace"
    )
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = _utc
    handler.setFormatter(formatter)
    _logger.addHandler(handler)
    _logger.setLevel(logging.INFO)
    _logger.propagate = False


def stop() -> None:
    """Write no more, and close the file."""
    for handler in tuple(_logger.handlers):
        _logger.removeHandler(handler)
        handler.close()


def note(what: str, **facts: object) -> None:
    """One line: `event applied seq=41 file=…`. What is None is left out."""
    _logger.info("%s", _line(what, facts))


def trouble(what: str, error: BaseException | None = None, **facts: object) -> None:
    """One line about something that went wrong, with the traceback when there is an exception."""
    _logger.warning("%s", _line(what, facts), exc_info=error)


def _line(what: str, facts: dict[str, object]) -> str:
    return " ".join((what, *(f"{key}={_word(value)}" for key, value in facts.items() if value is not None)))


def _word(value: object) -> str:
    text = str(value)
    plain = text and not any(each.isspace() or each in '"=' or not each.isprintable() for each in text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _utc(seconds: float | None) -> time.struct_time:
    return time.gmtime(seconds)
