"""Decides: pure rules of the seat, without input or output, without a clock."""
