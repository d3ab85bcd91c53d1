"""Expressions for names, whoever wrote them: matched in a time that grows with the name alone, by Google's RE2.

Python's own `re` tries every way to match: `(a+)+$` takes longer than anybody lives for a name of 40 characters.
"""

from functools import lru_cache

import re2

MEMORY = 1 << 20
"""Bytes for one expression; one that needs more is refused."""


class BadPattern(ValueError):
    """It is no expression, or one that would need too much. The text says why."""


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re2._Regexp:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY
    return re2.compile(pattern, options)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is what the expression says. Raises BadPattern."""
    try:
        return _compiled(pattern).fullmatch(text) is not None
    except re2.error as error:
        raise BadPattern(_reason(error)) from error
    except UnicodeEncodeError as error:
        raise BadPattern("it has characters that are no text") from error


def _reason(error: re2.error) -> str:
    first = error.args[0] if error.args else ""
    return first.decode("utf-8", "replace") if isinstance(first, bytes) else str(first)
