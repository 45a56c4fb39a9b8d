"""Lists, dicts, tuples and strings: their items, operators, methods, and Python's functions on them."""
