"""Parked versions in the window."""
