"""IR to IR simplifications."""
