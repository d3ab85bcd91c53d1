"""Between an engine and its server: the calls are noted, and some do not come through."""

from collections.abc import Callable
from typing import cast

from pdm_desktop.core.errors import Told, Unreachable
from pdm_desktop.net.vault import VaultCalls
from pdm_desktop.sync.ports import Vault
from tests.support.points import Call, Watched, Watcher


def over(*watchers: Watcher) -> Callable[[VaultCalls], Vault]:
    """What puts watchers around a server's calls, for `workplace(around=...)`."""
    return lambda calls: cast("Vault", Watched(calls, "vault", *watchers))


class Line:
    """The line to the server, for `workplace(around=...)`; one may serve several engines."""

    def __init__(self, *, loses: str = "") -> None:
        """The first answer to the call `loses` never arrives, though the server did it."""
        self.calls: list[Call] = []
        self.refused: dict[str, Told] = {}
        """What is raised instead of a call, by its name."""
        self.lost: dict[str, Told] = {}
        """What is raised instead of its answer, though the server did it."""
        self._loses = loses

    def __call__(self, calls: VaultCalls) -> Vault:
        return over(self)(calls)

    def before(self, call: Call) -> None:
        self.calls.append(call)
        if call.method in self.refused:
            raise self.refused[call.method]

    def after(self, call: Call) -> None:
        if call.method == self._loses:
            self._loses = ""
            raise Unreachable("The connection was cut.")
        if call.method in self.lost:
            raise self.lost[call.method]
