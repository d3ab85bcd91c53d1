"""SHOWS: all the Qt there is. It reads the store, asks by frozen requests, and never does I/O of its own."""
