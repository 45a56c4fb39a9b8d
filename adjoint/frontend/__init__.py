"""gast syntax to IR."""
