"""Which seats this server serves, which is the newest that it knows of, and the installer of one, if it has any."""

from server.protocol.versions import newest_of
from server.storage.installers import Installer, Installers
from server.version import VERSION


class Releases:
    """What seats are told of their own versions. `look` goes to the disk; the rest is what it saw."""

    def __init__(self, installers: Installers, *, oldest: str) -> None:
        self.oldest = oldest
        """The oldest seat that is served."""
        self.installers = installers
        self.offered: Installer | None = None
        """The installer that a seat may fetch."""

    @property
    def newest(self) -> str:
        """The newest seat that this server knows of. One of its own release is, whoever brings it to the seats."""
        offered = VERSION if self.offered is None else self.offered.version
        return newest_of(VERSION, self.oldest, offered)

    def look(self) -> Installer | None:
        """See what is in the folder now. Raises OSError."""
        self.offered = next(iter(self.installers.all()), None)
        return self.offered
