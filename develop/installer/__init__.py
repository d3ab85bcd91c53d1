"""The Windows installer: one MSI, made from the lock file `packaging/windows/lock.toml` and this checkout."""
