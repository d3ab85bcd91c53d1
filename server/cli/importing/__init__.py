"""`import VAULT FOLDER`: an existing shared drive becomes a vault, streaming, and again from where it stopped."""
