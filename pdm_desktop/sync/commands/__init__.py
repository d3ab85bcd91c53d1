"""The commands of a person, each for one file: intent and key first, then the server, then the disk, the record."""
