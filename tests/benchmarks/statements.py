"""Counting statements of Python source: a measure of length that ignores layout."""

from __future__ import annotations

import ast
import inspect
import textwrap


def count_statements(source):
    """Statements in the text; function headers, imports and docstrings are not counted, `a, b = x, y` is two."""
    tree = ast.parse(textwrap.dedent(source))
    skipped = (ast.FunctionDef, ast.Import, ast.ImportFrom)
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not isinstance(node, skipped)]
    return sum(_weight(statement) for statement in statements)


def _weight(statement):
    """How many statements it would be with one to a line."""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return 0
    if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Tuple):
        return len(statement.value.elts)
    if isinstance(statement, ast.Assign):
        return len(statement.targets)
    return 1


def statements_of(function):
    """Statements in a function's own source, and in that of the helpers of its module that it calls."""
    code, names = function.__code__, function.__globals__
    helpers = [names[name] for name in code.co_names if name.startswith("_") and inspect.isfunction(names.get(name))]
    return sum(count_statements(inspect.getsource(each)) for each in (function, *helpers))
