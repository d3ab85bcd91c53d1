"""Joins all parts of the seat: builds them in order, starts and stops them."""
