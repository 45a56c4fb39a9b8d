"""Calls: of operations, of functions of the user, of what only runs; how arguments and results pass."""
