"""The calls of the office: lists that are read whole, and changes that are made once."""
