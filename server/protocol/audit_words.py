"""The actions of the audit trail in words: what somebody did, as it stands behind the person's name."""

from collections.abc import Mapping
from types import MappingProxyType

AUDIT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "added": "added a file",
        "administrator_made": "made somebody an administrator of the server",
        "administrator_taken_away": "took the administration of the server from somebody",
        "adopted": "took a check-out over on another seat",
        "asked_for": "asked for a file",
        "audit_exported": "exported the audit trail",
        "backup_begun": "began a backup",
        "backup_failed": "could not finish a backup",
        "backup_made": "made a backup",
        "backup_stopped": "stopped with a backup unfinished",
        "checked_in": "checked in",
        "checked_out": "checked out",
        "code_made": "made a one-time code for somebody",
        "deleted": "deleted a file",
        "epoch_began": "began a new epoch of the data, in which everybody signs in anew",
        "folder_moved": "moved a folder",
        "forced": "force released a file",
        "gitlab_linked": "linked a person to GitLab",
        "gitlab_unlinked": "ended a person's link to GitLab",
        "hearing_chosen": "chose what to hear of",
        "kept": "kept a file that somebody asked for",
        "message_acknowledged": "acknowledged a message",
        "message_sent": "sent a message",
        "moved": "moved a file",
        "nothing_left": "had left nothing in a file that went to somebody else",
        "parked": "left a parked version",
        "parked_dropped": "dropped a parked version",
        "password_changed": "changed the own password",
        "password_set": "set somebody's password",
        "person_added": "added a person",
        "person_disabled": "disabled a person",
        "person_enabled": "let somebody sign in again",
        "person_looked_at": "looked at a new person",
        "purge_asked": "asked for a deleted file to be purged",
        "purge_called_off": "called a purge off",
        "purged": "purged a deleted file",
        "request_withdrawn": "withdrew a request",
        "restored": "restored a file",
        "seat_ended": "signed one of the own seats out",
        "sets_ruled": "changed which files belong together",
        "sign_in_ended": "ended somebody's sign-in",
        "signed_in": "signed in",
        "signed_out": "signed out",
        "token_required": "asked for a GitLab token at the next sign-in",
        "transferred": "handed a file over to somebody",
        "undone": "undid a check-out",
        "vault_added": "added a vault",
        "vault_renamed": "renamed a vault",
        "vault_ruled": "set the rules of a vault",
        "role_given": "gave somebody a role",
        "role_taken_back": "took a role back",
        "default_role_set": "set the default role of a vault",
        "usual_roles_set": "said whether the usual roles count for somebody",
        "waits_for": "began to wait for a file",
        "waits_no_longer": "stopped waiting for a file",
        "watch_added": "began to watch a file or folder",
        "watch_ended": "stopped watching a file or folder",
        "work_held_back": "held back what was saved in a file that went to somebody else",
    }
)
"""Every action that the server writes down. A rule reads them from its source: none is without words."""


def words_of(action: str) -> str:
    """The action in words; that of a newer server by its own name."""
    return AUDIT_WORDS.get(action, action.replace("_", " "))
