"""What the spellings for Numba are made with: refusals, expressions from text, calls of helper functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from adjoint.emit import native_helpers as helpers
from adjoint.emit.imports import Namespace
from adjoint.errors import NotCompilable, Place
from adjoint.ir.core import Function, Op, Value
from adjoint.ir.ops.indexing import THEN
from adjoint.ir.types import INT, List, rank_of

Spelling = Callable[[Op, list[ast.expr], Namespace], ast.expr | None]
"""Gives None for what it does not cover."""


def refuse(op: Op | None, what: str, function: Function | None) -> NoReturn:
    """Raise NotCompilable."""
    raise NotCompilable(
        f"{what} is not compiled by Numba",
        place=_place(op, function),
        why=f"{function.name if function else 'the function'} was to be written for Numba",
        fix='take the derivative without `jit`, or with `fallback="python"`',
    )


def _place(op: Op | None, function: Function | None) -> Place | None:
    """Where the user wrote it, if it is known."""
    line = op.line if op is not None else None
    if line is None or function is None or function.filename is None:
        return None
    text = " " * line.column + line.text
    return Place(function.filename, line.number, line.column, text, line.number, line.end_column or None)


def fill(text: str, namespace: Namespace, **nodes: ast.expr) -> ast.expr:
    """The expression of a text in which the given names stand for expressions, and `np` for NumPy."""
    tree = ast.parse(text, mode="eval").body
    return Filling(namespace, nodes).visit(tree)  # type: ignore[no-any-return]  # an expression stays one


class Filling(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, namespace: Namespace, nodes: dict[str, ast.expr]) -> None:
        self.namespace = namespace
        self.nodes = nodes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.nodes:
            return self.nodes[node.id]
        return self.namespace.module(np) if node.id == "np" else node


def call_helper(namespace: Namespace, text: str, *operands: ast.expr) -> ast.expr:
    """A call of a helper function, whose text is added to the module."""
    known, taken = namespace.imports.helpers, namespace.imports.taken
    name = wanted = helpers.name_of(text)
    made, count = text, 1
    while name in taken or known.get(name, made) != made:
        count += 1
        name = f"{wanted}_{count}"
        made = text.replace(f"def {wanted}(", f"def {name}(", 1)
    known[name] = made
    return ast.Call(namespace.name(name), list(operands), [])


def has_numbers_beside(op: Op) -> bool:
    """Whether the index is of numbers and arrays (or one mask) of one dimension: `x[k, 1]`, `x[1, m]`, `x[1][m]`."""
    spec, first = _as_one(op.attrs["spec"]), 1 if op.opcode == "index" else 2
    others = [entry for entry in spec if entry != "int"]
    if not 0 < len(others) < len(spec) or others not in (["mask"], ["array"] * len(others)):
        return False
    return all(_rank(each) == (entry != "int") for entry, each in zip(spec, op.operands[first:], strict=True))


def _rank(index: Value) -> int:
    """The dimensions of an index; a list of integers becomes an array."""
    return 1 if isinstance(index.type, List) and index.type.item == INT else rank_of(index.type) or 0


def without_numbers(op: Op, x: ast.expr, indices: list[ast.expr]) -> tuple[ast.expr, int, list[ast.expr]]:
    """The part of an array at the numbers of such an index, its rank, and the rest of the index: `x[:, 1]`, `[k]`."""
    spec = _as_one(op.attrs["spec"])
    last = max(number for number, entry in enumerate(spec) if entry == "int")
    parts = [index if entry == "int" else ast.Slice() for entry, index in zip(spec[: last + 1], indices)]
    place = parts[0] if len(parts) == 1 else ast.Tuple(parts, ast.Load())
    rest = [index for entry, index in zip(spec, indices) if entry != "int"]
    rank = (rank_of(op.operands[0].type) or 0) - spec.count("int")
    return ast.Subscript(x, place, ast.Load()), rank, rest


def _as_one(spec: Sequence[Any]) -> list[Any]:
    """The entries of subscripts, of which the first ones are of numbers only, as those of one; else as they are."""
    if THEN in spec and all(entry == "int" for entry in spec[: spec.index(THEN)]):
        return [*spec[: spec.index(THEN)], *_as_one(spec[spec.index(THEN) + 1 :])]
    return list(spec)


def points(op: Op) -> int:
    """How many arrays of indices there are, if there is nothing else and each has one dimension; else 0."""
    spec, first = op.attrs["spec"], 1 if op.opcode == "index" else 2
    arrays = [operand for operand in op.operands[first:] if _rank(operand) == 1]
    return len(spec) if all(entry == "array" for entry in spec) and len(arrays) == len(spec) else 0
