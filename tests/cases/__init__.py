"""Programs that gave wrong answers in other tools, with the right ones (see test_known_cases.py)."""
