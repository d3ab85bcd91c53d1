"""Several files as one: all of them or none."""

from dataclasses import dataclass
from typing import Annotated

from annotated_types import MaxLen

from server.protocol.calls.files import AddFile
from server.protocol.calls.strict import STRICT
from server.protocol.limits import Count, Id
from server.protocol.vault import File


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFiles:
    """Several new files: all of them or none."""

    __pydantic_config__ = STRICT

    files: Annotated[list[AddFile], MaxLen(200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStates:
    """Several files after one change."""

    epoch: str
    vault: Id
    seq: Count
    files: list[File]
