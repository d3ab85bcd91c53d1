"""How bodies are read."""

STRICT = {"strict": True, "extra": "forbid"}
"""How pydantic reads a body: no conversions, and no field that the contract does not have."""
