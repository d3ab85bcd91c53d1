"""The guard at every door: whose call this is, by the token in a header or the cookie of a browser."""

from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from server.auth.tokens import Tokens
from server.domain.errors import ForeignOrigin, ForeignSeat, NotSignedIn
from server.domain.session import Session

COOKIE = "auth_token"
SEAT_HEADER = "x-seat-id"

FindSession = Callable[[str], Awaitable[Session | None]]
"""The working session with that id, or None."""


class Guard:
    """Finds the session of a call. Header names are in lower case."""

    def __init__(self, tokens: Tokens, find_session: FindSession) -> None:
        self._tokens = tokens
        self._find_session = find_session

    async def signed_in(self, headers: Mapping[str, str], *, origin_matters: bool) -> Session:
        """Whose call it is. `origin_matters` for whatever changes something and for the socket.

        Raises NotSignedIn, ForeignOrigin (a browser's call from a page of another site) and ForeignSeat.
        """
        token = _bearer_in(headers)
        if token is None:
            token = _cookie_in(headers)
            if token is not None and origin_matters:
                require_own_origin(headers)
        session_id = None if token is None else self._tokens.session_in(token)
        session = None if session_id is None else await self._find_session(session_id)
        if session is None:
            raise NotSignedIn
        seat = headers.get(SEAT_HEADER)
        if seat is not None and seat != session.seat:
            raise ForeignSeat
        return session


def require_own_origin(headers: Mapping[str, str]) -> None:
    """Raises ForeignOrigin unless a page of this very server makes the browser call (RFC 6454)."""
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError as error:
        raise ForeignOrigin from error
    if origin.scheme not in ("http", "https") or not origin.netloc or origin.netloc != headers.get("host", "").lower():
        raise ForeignOrigin


def _bearer_in(headers: Mapping[str, str]) -> str | None:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _cookie_in(headers: Mapping[str, str]) -> str | None:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None
