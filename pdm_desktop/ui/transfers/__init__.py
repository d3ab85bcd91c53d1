"""Content on its way."""
