"""The use cases: synchronous functions of one transaction's connection. None of them talks to anybody."""
