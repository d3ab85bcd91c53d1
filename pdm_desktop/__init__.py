"""The seat: the program on each workstation that shows the vault's files and keeps the workspace in step."""

VERSION = "0.1.0"
"""The release of the seat, as the server and people read it."""
