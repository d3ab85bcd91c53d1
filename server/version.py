"""Which server this is, and the oldest seat that it serves."""

VERSION = "0.1.0"
OLDEST_CLIENT = "0.1.0"
