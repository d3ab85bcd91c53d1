"""Does: moves content between workspace and server, on a thread of its own. Nothing here knows the window."""
