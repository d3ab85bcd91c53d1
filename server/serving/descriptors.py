"""How many files and sockets this process may have open: on POSIX often 1,024 until it asks for more."""

import sys

if sys.platform == "win32":

    def allow_many_files() -> None:
        """Sockets are not counted there."""

else:
    import resource

    def allow_many_files() -> None:
        """As many as this account may have."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
