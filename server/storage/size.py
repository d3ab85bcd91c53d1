"""How large a database is."""

from sqlalchemy import Connection, func, select


def bytes_of(connection: Connection) -> int | None:
    """Of a PostgreSQL database, in bytes; None: a file says it."""
    if connection.dialect.name != "postgresql":
        return None
    size: int = connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one()
    return size
