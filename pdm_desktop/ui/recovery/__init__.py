"""The recovery store in the window."""
