"""Parts of an upload that name what the server has in the base, and send the rest."""

from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import PurePath

from pdm_desktop import log
from pdm_desktop.core.delta import Piece, next_part
from pdm_desktop.core.errors import NotSignedIn, Refused, ServerTrouble, Stranger, Told, Unreachable, WrongOffset
from pdm_desktop.sync.ports import Disk, Vault
from pdm_desktop.sync.transfer.overlap import Base, overlap_with_base
from pdm_desktop.sync.transfer.reading import Content, limited
from pdm_desktop.sync.transfer.sent import sent
from pdm_desktop.sync.transfer.traffic import Moving
from server.protocol.calls import Delta, DeltaStep
from server.protocol.limits import PIECES

COPIED = 256 << 20
"""Bytes that the server copies in one call: it has to answer before it seems to be gone."""


class Deltas:
    """Those parts of one upload, as long as the server goes along. Without a base there are none."""

    def __init__(
        self, vault: Vault, disk: Disk, path: PurePath, content: Content, moving: Moving, *, base: Base | None
    ) -> None:
        self._vault = vault
        self._disk = disk
        self._path = path
        self._content = content
        self._moving = moving
        self._base = base
        self._plan: list[Piece] | None = None
        self._is_careful = False
        """The last call was cut: one piece at a time. A refusal is not always heard while bytes are on their way."""

    async def append(self, upload: str, offset: int, *, most: int) -> int | None:
        """Append the next part, with at most so many bytes that are sent: how far the upload has come then.

        None without a plan, or when the server refuses it: what is missing is to be sent as it is. Raises core.errors.
        """
        base = self._base
        if base is None or not (pieces := await self._planned(base)):
            return None
        most_pieces = 1 if self._is_careful else PIECES
        part = next_part(pieces, offset, most_sent=most, most_copied=COPIED, most_pieces=most_pieces)
        copied = sum(piece.size for piece in part if piece.start is not None)
        try:
            reached = await self._append(base, upload, part)
        except (WrongOffset, NotSignedIn):
            raise
        except Refused as error:
            self._give_up(error)
            return None
        except Unreachable as error:
            if copied and isinstance(error, ServerTrouble | Stranger):
                self._give_up(error)
            self._is_careful = True
            raise
        self._is_careful = False
        self._moving.progress.copied(copied)
        return reached

    async def _planned(self, base: Base) -> list[Piece]:
        if self._plan is None:
            self._plan = await overlap_with_base(
                self._vault, self._disk, self._path, size=self._content.size, base=base
            )
        return self._plan

    async def _append(self, base: Base, upload: str, part: Sequence[Piece]) -> int:
        steps = [DeltaStep(size=piece.size, start=piece.start) for piece in part]
        size = sum(step.size for step in steps if step.start is None)
        async with aclosing(sent(self._travelling(part), self._moving)) as blocks:
            if all(step.start is None for step in steps):
                return (await self._vault.append(upload, blocks, size=size, offset=part[0].at)).offset
            delta = Delta(file=base.file, revision=base.number, steps=steps)
            return (await self._vault.append_delta(upload, delta, blocks, size=size, offset=part[0].at)).offset

    def _travelling(self, part: Sequence[Piece]) -> Iterator[bytes]:
        for piece in part:
            if piece.start is None:
                yield from limited(self._disk.blocks(self._path, start=piece.at), piece.size)

    def _give_up(self, error: Told) -> None:
        log.note("the whole is sent", path=self._path.as_posix(), why=error.text)
        self._plan = []
