"""The contract between seat and server: what both say, in one place.

Pure data and rules: frozen standard-library dataclasses, the table of messages, names of problems and limits. It does
no I/O and reads no clock. It is the only part of the server that the desktop imports.
"""
