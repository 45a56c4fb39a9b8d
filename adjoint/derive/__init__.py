"""Forward and reverse derivatives, IR to IR."""
