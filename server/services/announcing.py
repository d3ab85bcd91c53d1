"""Content that is announced: what the rules of its vault refuse need not travel."""

from sqlalchemy import Connection

from server.domain.errors import Forbidden, Invalid
from server.domain.permissions import Action, may
from server.domain.session import Session
from server.domain.vault_rules import require_name, require_size
from server.protocol.calls import Destination
from server.services.naming import allowed_path
from server.services.rights import file_at_home_for, vault_for, why_not


def require_allowed(connection: Connection, session: Session, to: Destination, *, size: int | None) -> None:
    """What a check-in or a new file would be refused for, whatever its bytes are, is refused before they come.

    Only the rules are looked at: who has the lock, and which revision is the newest, is another by then, and content
    that comes too late is parked. Raises NotFound, Forbidden, ForbiddenPath, AgainstRule, Invalid.
    """
    if to.file is not None and to.vault is None and to.path is None:
        home, found = file_at_home_for(connection, session, to.file, Action.READ)
        path = found.file.path
    elif to.file is None and to.vault is not None and to.path is not None:
        home = vault_for(connection, session, to.vault, Action.READ)
        if not may(home.role, Action.CHANGE):
            raise Forbidden(why_not(home.name, Action.CHANGE))
        path = allowed_path(to.path)
        require_name(home, path)
    else:
        raise Invalid("Content is for one file, or for a new one. Name either `file`, or `vault` and `path`.")
    if size is not None:
        require_size(home, path, size)
