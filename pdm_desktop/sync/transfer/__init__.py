"""Content on its way between this computer and the server."""
