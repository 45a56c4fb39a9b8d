"""Refusals that a derivative transform makes at the user's line."""

from __future__ import annotations

from typing import NoReturn

from adjoint.errors import NoRule, Place, UnsupportedConstruct
from adjoint.ir.core import Line, Op


def place_of(line: Line | None, filename: str) -> Place | None:
    """Where a statement stands."""
    if line is None:
        return None
    text = " " * line.column + line.text
    return Place(filename, line.number, line.column, text, line.number, line.end_column or None)


def refuse_rule(op: Op, filename: str, reason: str | None = None, fix: str = "") -> NoReturn:
    """No rule says what the operation's derivative is."""
    name = op.attrs.get("_text") or op.opcode
    raise NoRule(
        f"{name} has no derivative rule",
        place=place_of(op.line, filename),
        why=reason or "a value that the result depends on flows through it",
        fix=fix or "write it with operations that have a rule (`adjoint rules` lists them)",
    ) from None


def refuse_construct(message: str, why: str, fix: str, line: Line | None, filename: str) -> NoReturn:
    """The construct has no derivative in this mode."""
    raise UnsupportedConstruct(message, place=place_of(line, filename), why=why, fix=fix) from None
