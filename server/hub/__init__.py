"""Who listens, and what each is sent: events of the vaults, presence, hints."""
