"""Plain programs that stand for what people write: what of the language is differentiated, and what is refused.

One module a category. `python -m tests.language` prints the outcomes; `refused.txt` lists what is refused today.
"""
