"""What PostgreSQL says of an error goes to the log, and what stands in its rows does not: hashes, names, messages."""

import re
from typing import Final

from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

_VALUES: Final = re.compile(r"\n(?:DETAIL|HINT|CONTEXT):.*|(?<=invalid input for query argument )(\$\d+):.*", re.DOTALL)
"""What stands behind the message, and a value that the driver could not send."""


def make_discreet(engine: Engine) -> None:
    """Let errors of this engine name no values. Statements stay: they have none in them."""
    event.listen(engine, "handle_error", _without_values)


def _without_values(context: ExceptionContext) -> None:
    error: BaseException | None = context.sqlalchemy_exception or context.original_exception
    done: list[BaseException] = []
    while error is not None and error not in done:
        done.append(error)
        for name in ("detail", "hint", "where"):
            if getattr(error, name, None) is not None and hasattr(error, "sqlstate"):
                setattr(error, name, None)
        error.args = tuple(_VALUES.sub(r"\1", each) if isinstance(each, str) else each for each in error.args)
        error = getattr(error, "orig", None) or error.__cause__
