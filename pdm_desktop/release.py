"""Which release of the seat this is. The build of the installer writes this module anew, with what it was told."""

VERSION = "0.1.0"
"""As the server and people read it."""
PUBLISHER = ""
"""Whose signature an update must carry: the name in this build's own certificate. Empty: nobody signed this build."""
