"""Remembers what the window shows, in plain Python."""
