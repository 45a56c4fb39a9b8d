"""Remarks in the reverse sweep: which statement of the user's a derivative statement answers.

An operation may come with a remark of its own (`_remark`).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import final

from adjoint.emit.astor_printer import quoted
from adjoint.ir.core import Line, Op
from adjoint.ir.types import is_differentiable


def find_comments(body: Sequence[ast.stmt], origins: Mapping[ast.stmt, Op]) -> dict[ast.stmt, str]:
    """The comment of each statement that begins the answer to another line of the user's function."""
    finder = _Finder(origins)
    finder.block(body)
    return finder.comments


@final
class _Finder:
    def __init__(self, origins: Mapping[ast.stmt, Op]) -> None:
        self.origins = origins
        self.comments: dict[ast.stmt, str] = {}
        self.answered: Line | None = None
        self.before: Line | None = None
        """The line of the statement right before."""

    def block(self, body: Sequence[ast.stmt]) -> None:
        for index, statement in enumerate(body):
            op = self.origins.get(statement)
            line = op.line if op is not None else None
            if op is not None and line is not None and op.derived and not _is_bookkeeping(op):
                if line not in (self.answered, self.before) and not self._precedes(body, index, line):
                    self.comments[statement] = quoted(line.text)
                    self.answered = line
            if op is not None and "_remark" in op.attrs:
                self.comments[statement] = op.attrs["_remark"]
            self.before = line
            for field in ("body", "orelse", "finalbody"):
                inner = getattr(statement, field, [])
                if isinstance(inner, list) and inner:
                    self.block(inner)

    def _precedes(self, body: Sequence[ast.stmt], index: int, line: Line) -> bool:
        """Whether the user's own statement follows right away."""
        for statement in body[index + 1 : index + 4]:
            op = self.origins.get(statement)
            if op is None or op.line != line:
                return False
            if not op.derived:
                return True
        return False


def _is_bookkeeping(op: Op) -> bool:
    """Counters and flags of the sweep itself, and sums over a whole loop."""
    if op.line is None or op.line.text.rstrip().endswith(":"):
        return op.opcode not in ("index_add", "index_set")
    return bool(op.results) and not any(is_differentiable(result.type) for result in op.results)
