"""Formatted text as syntax: an f-string, or `"...".format(...)` where its quotes would clash."""

from __future__ import annotations

import ast
from collections.abc import Sequence


def formatted(parts: Sequence[str | tuple[str, str]], operands: Sequence[ast.expr]) -> ast.expr:
    """The text made of literal parts and values, each with its conversion and format."""
    fields = [part for part in parts if not isinstance(part, str)]
    if all(map(_is_simple, operands)) and all(_is_plain(spec) for _, spec in fields):
        return _f_string(parts, operands)
    texts = [_doubled(part) if isinstance(part, str) else _field(*part) for part in parts]
    return ast.Call(ast.Attribute(ast.Constant("".join(texts)), "format", ast.Load()), list(operands), [])


def _is_simple(node: ast.expr) -> bool:
    """Whether the strings inside fit between the quotes of an f-string."""
    texts = [
        each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str | bytes)
    ]
    nested = any(isinstance(each, ast.JoinedStr) for each in ast.walk(node))
    return not nested and all(isinstance(text, str) and _is_plain(text) for text in texts)


def _is_plain(text: str) -> bool:
    return text.isprintable() and not set(text) & set("\\'\"{}")


def _doubled(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _field(conversion: str, spec: str) -> str:
    return f"{{{'!' + conversion if conversion else ''}{':' + spec if spec else ''}}}"


def _f_string(parts: Sequence[str | tuple[str, str]], operands: Sequence[ast.expr]) -> ast.expr:
    rest = iter(operands)
    values: list[ast.expr] = []
    for part in parts:
        if isinstance(part, str):
            values.append(ast.Constant(part))
        else:
            spec = ast.JoinedStr([ast.Constant(part[1])]) if part[1] else None
            values.append(ast.FormattedValue(next(rest), ord(part[0]) if part[0] else -1, spec))
    return ast.JoinedStr(values)
