"""The doors: HTTP calls, each reading what it needs, running one use case and telling what came of it."""
