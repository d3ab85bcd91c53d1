"""The companion server: it holds the files, the locks and the history, and tells every seat at once."""
