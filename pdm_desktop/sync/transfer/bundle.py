"""Small revisions that come together in one answer, each checked, and on the disk itself without its name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack

from blake3 import blake3

from pdm_desktop import log
from pdm_desktop.core.errors import BadAnswer, Told, Unreachable
from pdm_desktop.sync.ports import Disk, Unfinished, Vault
from pdm_desktop.sync.transfer.attempts import Attempts
from pdm_desktop.sync.transfer.traffic import Moving
from pdm_desktop.sync.uncut import on_thread
from server.protocol.bundle import Unpacking
from server.protocol.calls import ContentsWanted, RevisionWanted
from server.protocol.vault import File


class Bundle:
    """The newest revisions of some files on their way; at most as many bytes as one answer may have are in memory."""

    def __init__(self, vault: Vault, disk: Disk, files: Mapping[str, File]) -> None:
        self.unfinished: dict[str, Unfinished] = {}
        """By file: what is whole, checked and on the disk itself."""
        self._vault = vault
        self._disk = disk
        self._files = files
        self._arrived: dict[str, bytes] = {}

    async def bring(self, moving: Mapping[str, Moving]) -> Collection[str]:
        """Bring those files; the answer is which have come. What the server refuses, or what is spoiled, has not.

        It may be cancelled at any moment and called again: it goes on with what is missing. Raises core.errors when
        nothing has come.
        """
        try:
            await self._receive_all(moving)
        except Told as error:
            if not self._arrived:
                raise
            log.note("bundle cut", came=len(self._arrived), why=error.text)
        files = [file for file in moving if file in self._arrived]
        await on_thread(self._write, files)
        return [file for file in moving if file in self.unfinished]

    def discard(self) -> None:
        """Throw away what has not found its place, on whatever thread. Raises core.errors."""
        _discard(self.unfinished.values())

    async def _receive_all(self, moving: Mapping[str, Moving]) -> None:
        attempts = Attempts()
        while missing := [file for file in moving if file not in self._arrived and file not in self.unfinished]:
            before = len(self._arrived)
            try:
                await self._receive(missing, moving)
            except Unreachable as error:
                if len(self._arrived) > before:
                    attempts.moved()
                await attempts.wait(error)
            else:
                return  # what is still missing the server has not, or it is spoiled

    async def _receive(self, missing: Sequence[str], moving: Mapping[str, Moving]) -> None:
        wanted = [RevisionWanted(file=file, revision=self._files[file].head.number) for file in missing]
        unpacking = Unpacking()
        async with self._vault.contents(ContentsWanted(files=wanted)) as blocks:
            async for block in blocks:
                await moving[missing[0]].pace.take(len(block))
                try:
                    for head, content in unpacking.take(block):
                        if head.file in moving and head.size is not None:
                            self._take(head.file, content, moving[head.file])
                except ValueError as error:
                    raise BadAnswer(str(error)) from error

    def _take(self, file: str, content: bytes, moving: Moving) -> None:
        wanted = self._files[file].head
        if (len(content), blake3(content).hexdigest()) != (wanted.size, wanted.hash):
            log.note("spoiled", file=file, revision=wanted.number)
            return
        self._arrived[file] = content
        moving.progress.add(len(content))

    def _write(self, files: Sequence[str]) -> None:
        """On a worker thread: all are given to the disk before the first is waited for."""
        begun: dict[str, Unfinished] = {}
        try:
            for file in files:
                begun[file] = self._disk.begin()
                begun[file].write(self._arrived[file])
                begun[file].begin_flush()
            for unfinished in begun.values():
                unfinished.finish()
        except BaseException:
            _discard(begun.values())
            raise
        self.unfinished |= begun
        for file in files:
            del self._arrived[file]


def _discard(unfinished: Iterable[Unfinished]) -> None:
    """All of them, also when one of them makes trouble."""
    with ExitStack() as all_of_them:
        for each in unfinished:
            all_of_them.callback(each.discard)
