"""Talks to the server. Import it after the first paint: the libraries behind it are slow to load."""
