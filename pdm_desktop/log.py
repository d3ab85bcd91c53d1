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


class _CutInTime(RotatingFileHandler):
    """Looks at the length of what it writes alone; the library asks the disk twice at each line what the file is."""

    def shouldRollover(self, record: logging.LogRecord) -> int:  # noqa: N802 - its name in the library
        return self.stream is not None and self.stream.tell() >= LARGEST


def start(folder: Path) -> None:
    """Write to `seat.log` in a folder from now on. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stop()
    handler = _CutInTime(folder / FILE, maxBytes=LARGEST, backupCount=2, encoding="utf-8", errors="backslashreplace")
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
    # Of all white space a blank alone is printable.
    plain = text and text.isprintable() and not any(odd in text for odd in ' "=')
    return text if plain else json.dumps(text, ensure_ascii=False)


def _utc(seconds: float | None) -> time.struct_time:
    return time.gmtime(seconds)
