"""Revisions that are in their places and not recorded: the program ended between the disk and the journal."""

from dataclasses import replace

from pdm_desktop import log
from pdm_desktop.core.trees import InVault, OnDisk, Views
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.ports import Look, Vault
from pdm_desktop.sync.workspace import Workspace
from server.protocol.vault import Revision


class Unrecorded:
    """Knows them again by their content, when the vault has something newer by now. Methods raise core.errors."""

    def __init__(self, vault: Vault, workspace: Workspace, journal: Journal) -> None:
        self._vault = vault
        self._workspace = workspace
        self._journal = journal
        self._others: dict[str, tuple[str, tuple[int, int] | None]] = {}
        """By file: content that is none of its newer revisions, and what was the newest when that was seen."""

    async def recognise(self, copy: Copy, views: Views) -> bool:
        """Record a copy as the revision that it is to the byte, newer than its own: nobody has edited that.

        False: it is none. What is checked out here is work, whatever is in it.
        """
        disk, seen = views.disk, _to_ask_about(views)
        if disk is None or seen is None or self._others.get(copy.file) == seen:
            return False
        revision, epoch = await self._newer(copy, seen[0]), self._journal.epoch()
        if revision is None:
            self._others[copy.file] = seen
            return False
        await self._workspace.make_durable(copy.where)
        if not _is_as_seen(await self._workspace.look(copy.where), disk):
            return False
        known = replace(copy, major=revision.major, minor=revision.minor, hash=revision.hash)
        self._workspace.record([replace(known, size=disk.size, mtime_ns=disk.mtime_ns)], epoch=epoch)
        log.note("was not recorded", file=copy.file, revision=known.number)
        return True

    async def _newer(self, copy: Copy, content_hash: str) -> Revision | None:
        """The newest revision with some content, if it is newer than that of the copy."""
        cursor: str | None = None
        while True:
            page = await self._vault.history(copy.file, cursor)
            for revision in page.revisions:
                if (revision.major, revision.minor) <= (copy.major, copy.minor):
                    return None
                if revision.hash == content_hash:
                    return revision
            cursor = page.cursor
            if cursor is None:
                return None


def _to_ask_about(views: Views) -> tuple[str, tuple[int, int] | None] | None:
    """The content of which it is not certain that somebody has edited it, and what is the newest revision."""
    vault, disk, journal = views.vault, views.disk, views.journal
    if vault is None or disk is None or disk.hash is None or journal is None:
        return None
    if views.is_busy or journal.token is not None or disk.hash == journal.hash:
        return None
    if not isinstance(vault, InVault):
        return disk.hash, None
    return (disk.hash, vault.revision) if vault.revision > journal.revision else None


def _is_as_seen(now: Look | None, disk: OnDisk) -> bool:
    return now is not None and (now.size, now.mtime_ns) == (disk.size, disk.mtime_ns)
