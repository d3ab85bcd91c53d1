"""Windows in which a file goes from one person to another."""
