"""The actions of the audit trail in words: what somebody did, as it stands behind the person's name."""

from collections.abc import Mapping
from types import MappingProxyType

AUDIT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "added": "added a file",
        "adopted": "took a check-out over on another seat",
        "audit_exported": "exported the audit trail",
        "backup_begun": "began a backup",
        "backup_failed": "could not finish a backup",
        "backup_made": "made a backup",
        "backup_stopped": "stopped with a backup unfinished",
        "checked_in": "checked in",
        "checked_out": "checked out",
        "deleted": "deleted a file",
        "epoch_began": "began a new epoch of the data",
        "folder_moved": "moved a folder",
        "moved": "moved a file",
        "parked": "left a parked version",
        "parked_dropped": "dropped a parked version",
        "password_changed": "changed the own password",
        "password_set": "set somebody's password",
        "person_added": "added a person",
        "person_disabled": "disabled a person",
        "restored": "restored a file",
        "seat_ended": "signed one of the own seats out",
        "sets_ruled": "changed which files belong together",
        "signed_in": "signed in",
        "signed_out": "signed out",
        "undone": "undid a check-out",
        "vault_added": "added a vault",
    }
)
"""Every action that the server writes down. A rule reads them from its source: none is without words."""


def words_of(action: str) -> str:
    """The action in words; that of a newer server by its own name."""
    return AUDIT_WORDS.get(action, action.replace("_", " "))
