"""The rules of a vault: pure functions and frozen data, without I/O and without a clock."""
