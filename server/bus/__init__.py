"""Carries hints from the services' commits to every node's hub: in-process by default."""
