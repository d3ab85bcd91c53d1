"""Which seats this server serves, which is the newest that it knows of, and the installer of one, if it has any."""

from server.protocol.versions import newest_of, numbers_of
from server.storage.installers import Installer, Installers
from server.version import OLDEST_CLIENT, VERSION


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

    @property
    def is_without_help(self) -> bool:
        """Older seats are shut out, and no installer here is new enough to be served again."""
        helps = self.offered is not None and numbers_of(self.offered.version) >= numbers_of(self.oldest)
        return numbers_of(self.oldest) > numbers_of(OLDEST_CLIENT) and not helps

    def look(self) -> Installer | None:
        """See what is in the folder now. Raises OSError."""
        self.offered = next(iter(self.installers.all()), None)
        return self.offered
