"""Whether rows can be locked."""

from sqlalchemy import Connection


def may_lock(connection: Connection) -> bool:
    """Who only reads sees one moment and locks nothing: PostgreSQL refuses it."""
    return not connection.get_execution_options().get("postgresql_readonly", False)
