"""The audit trail as the window asks for it and says it."""

import json
from datetime import datetime
from typing import Literal

from pdm_desktop.core import words
from pdm_desktop.core.office.requests import OfficeRequest, Query
from pdm_desktop.core.office.topics import AUDIT
from server.protocol.calls import AuditCheck, AuditRow
from server.protocol.records import dataclass

ROWS = "rows"
"""The name in a query by which the window says how many rows it wants; the server knows it not."""
PAGE = 200
"""So many rows are shown first, and so many more each time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAudit(OfficeRequest):
    """Look whether the chain of the audit trail is whole. The answer is an AuditCheck."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportAudit(OfficeRequest):
    """Save the audit trail as a file, whole or as `query` narrows it."""

    topics = (AUDIT,)

    target: str
    kind: Literal["csv", "jsonl"]
    query: Query = ()

    @property
    def done(self) -> str:
        """Where it is."""
        return f"The audit trail is saved as {self.target}."


def detail_words(detail: str) -> str:
    """What else was written down: `path Jobs/cover.nc, came from Jobs/plate.nc`; empty when nothing was."""
    try:
        known = json.loads(detail)
    except ValueError:
        return detail
    if not isinstance(known, dict):
        return detail
    return ", ".join(
        f"{name.replace('_', ' ')} {_value(value)}" for name, value in known.items() if value not in ({}, None)
    )


def sentence(row: AuditRow, now: datetime) -> str:
    """A row in whole sentences, for reading it or copying it."""
    where = "" if row.vault_name is None else f" in {row.vault_name}"
    what = "" if row.path is None else f": {row.path}"
    more = detail_words(row.detail)
    lines = [f"{row.person} {row.words}{where}{what}.", f"{words.full_time(row.at, now)}, row {row.number:,}."]
    if more:
        lines.append(f"Written down with it: {more}.")
    return "\n".join([*lines, f"Hash {row.hash}"])


def verdict(check: AuditCheck) -> tuple[str, str]:
    """What a look at the chain has found: in a few words, and what it means."""
    count = words.several(check.rows, "row", "rows")
    if check.first_break is None:
        return (
            "The chain is sound.",
            f"{count}, none changed, taken out or put in. Keep the last hash elsewhere: {check.head}",
        )
    return (
        f"The chain is broken at row {check.first_break:,}.",
        f"It was changed, taken out or put in by something else than this server. The {count} before it are sound.",
    )


def _value(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return value
        case dict():
            return "; ".join(f"{name} {_value(each)}" for name, each in value.items())
        case list():
            return ", ".join(_value(each) for each in value)
        case _:
            return str(value)
