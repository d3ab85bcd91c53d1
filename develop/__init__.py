"""What `dev.py` does, with nothing but Python itself."""
