"""The revisions of a file."""
