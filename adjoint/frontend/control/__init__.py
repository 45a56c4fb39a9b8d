"""Blocks, branches, loops, exits, scopes: statements that decide which others run."""
