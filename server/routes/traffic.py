"""Every HTTP call, counted: by its route, its answer, its time, and the bytes of its bodies."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final

from server.domain.spread import Spread
from server.routes.socket import Asgi, Message, Receive, Scope, Send

BOUNDS: Final = (0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0)
"""Of the seconds that a call takes. Few: there is one such list for each route."""
METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
NO_ROUTE: Final = "none"
OTHER: Final = "other"
CUT: Final = "cut"
"""In the place of a status: the call ended without an answer."""


@dataclass(slots=True)
class Traffic:
    """The counts of one server since it began. Nothing that a caller may choose freely is a name here."""

    open: int = 0
    """Calls that are under way."""
    bytes_up: int = 0
    bytes_down: int = 0
    calls: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By method, route and status."""
    seconds: dict[str, Spread] = field(default_factory=lambda: defaultdict(lambda: Spread(*BOUNDS)))
    """From the head of the request to the last byte of the answer, by route."""


class Counted:
    """An ASGI application whose calls are counted."""

    def __init__(self, app: Asgi, traffic: Traffic, *, prefix: str) -> None:
        self._app = app
        self._traffic = traffic
        self._prefix = prefix
        """Of the addresses whose routes are written without it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One call, from its head to its end."""
        traffic, status, begun = self._traffic, CUT, perf_counter()

        async def receive_counted() -> Message:
            message = await receive()
            traffic.bytes_up += len(message.get("body", b""))
            return message

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            traffic.bytes_down += len(message.get("body", b""))
            await send(message)

        traffic.open += 1
        try:
            await self._app(scope, receive_counted, send_counted)
        finally:
            traffic.open -= 1
            route = self._route_of(scope)
            traffic.calls[_method_of(scope), route, status] += 1
            traffic.seconds[route].add(perf_counter() - begun)

    def _route_of(self, scope: Scope) -> str:
        """The route as the program knows it, `/api/files/{file}`, and never what stands in the address."""
        route = scope.get("route")
        if route is None:
            return NO_ROUTE
        path, prefix = str(route.path), f"{self._prefix}/"
        is_below = scope["path"].startswith(prefix) and not path.startswith(prefix)
        return self._prefix + path if is_below else path


def _method_of(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in METHODS else OTHER
