"""No command decides between two versions of a file by the way: a person does, before it."""

from pdm_desktop.core.errors import TwoVersions
from pdm_desktop.core.paths import name_of
from pdm_desktop.sync.facts import Copy
from pdm_desktop.sync.journal import Journal
from pdm_desktop.sync.workspace import Workspace
from server.protocol.calls import FileState


async def has_edits(workspace: Workspace, journal: Journal, file: str) -> bool:
    """Edited here without a check-out of this seat."""
    if journal.hold(file) is not None:
        return False
    local = await workspace.local(file)
    return local is not None and local.edited and not local.missing


async def refuse_two_versions(workspace: Workspace, journal: Journal, state: FileState) -> None:
    """Raises TwoVersions when the copy was edited without a check-out, and the vault has something newer or nothing."""
    if await has_edits(workspace, journal, state.file.id):
        await refuse_other_head(workspace, journal, state)


async def refuse_other_head(workspace: Workspace, journal: Journal, state: FileState) -> None:
    """The same for a copy that is known to be edited."""
    copy, head = journal.copy(state.file.id), state.file.head
    if copy is None:
        return
    if state.deleted:
        raise _two_versions(copy, "it is deleted in the vault")
    if (copy.major, copy.minor) >= (head.major, head.minor):
        return
    if (await workspace.read(copy.where)).hash != head.hash:
        raise _two_versions(copy, f"{head.author} checked in Rev {head.number}")


def _two_versions(copy: Copy, theirs: str) -> TwoVersions:
    error = TwoVersions(
        f"{name_of(copy.path)} was edited here from Rev {copy.number}, and {theirs}.",
        advice="Choose between the two versions first: “Needs you” shows them side by side.",
    )
    error.path = copy.path
    return error
