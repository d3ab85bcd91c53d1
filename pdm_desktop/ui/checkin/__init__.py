"""The windows of check-out, check-in, undo and their results."""
