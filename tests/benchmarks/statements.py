"""Counting statements of Python source: a measure of length that ignores layout."""

from __future__ import annotations

import ast
import inspect
import textwrap


def count_statements(source):
    """Statements in the text, function headers, imports and docstrings not counted."""
    tree = ast.parse(textwrap.dedent(source))
    skipped = (ast.FunctionDef, ast.Import, ast.ImportFrom)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not isinstance(node, skipped)]
    return sum(not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)) for s in statements)


def statements_of(function):
    """Statements in a function's own source."""
    return count_statements(inspect.getsource(function))
