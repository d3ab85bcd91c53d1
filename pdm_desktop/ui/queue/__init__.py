"""Check-ins that wait for the server."""
