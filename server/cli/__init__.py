"""The command line: serve, and what an operator does to a server, running or not."""
