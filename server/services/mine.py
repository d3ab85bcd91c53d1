"""Everything that concerns one person alone."""

from sqlalchemy import Connection

from server.domain.session import Session
from server.protocol.calls import MyLists
from server.services import asking, hearing, inbox, waiting, watches


def my_lists(connection: Connection, session: Session) -> MyLists:
    """My requests, lines, watches, rule for notices and messages, all as they are at one moment."""
    return MyLists(
        requests=asking.open_requests(connection, session),
        lines=waiting.lines(connection, session, mine=True).lines,
        watches=watches.list_watches(connection, session),
        hearing=hearing.read_hearing(connection, session),
        messages=inbox.open_messages(connection, session),
    )
