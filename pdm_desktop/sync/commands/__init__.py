"""The commands of a person, for one file or a set: intent and key first, then the server, then the disk, the record."""
