"""The log: one JSON object a line, on standard error and, by setting, in a file that is set aside when it is full."""

import logging
import sys
from collections import Counter
from logging.handlers import RotatingFileHandler
from pathlib import Path

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

QUIET = ("uvicorn.error", "uvicorn.access", "alembic", "asyncio", "httpx", "httpcore")
"""Libraries of which only warnings are wanted."""

lines: Counter[str] = Counter()
"""How many lines of each level this process has logged."""


class _Counting(logging.Handler):
    """Writes nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        lines[record.levelname.lower()] += 1


def configure(*, level: str, file: Path | None = None, file_bytes: int = 0, files: int = 0) -> None:
    """Send everything that is logged, by this program and by libraries, to standard error and to `file`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without the values of variables: passwords and tokens are among them.
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr), _Counting()]
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        handlers.append(RotatingFileHandler(file, maxBytes=file_bytes, backupCount=files, encoding="utf-8"))
    root = logging.getLogger()
    root.handlers[:] = handlers
    root.setLevel(level.upper())
    for handler in handlers:
        handler.setFormatter(formatter)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
