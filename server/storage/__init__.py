"""What stays: the database and the content of revisions."""
