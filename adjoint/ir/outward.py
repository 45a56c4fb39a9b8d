"""Symbolic extents across a call: the callee is specialised in its own symbols, its result is said in the caller's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from adjoint.ir.integers import variable
from adjoint.ir.relations import current
from adjoint.ir.shapes import shift
from adjoint.ir.types import MANY, Array, Dim, List, Sym, Tuple, Type


def outward(result: Type, given: Sequence[Type], declared: Sequence[Type]) -> Type:
    """The callee's result type in the caller's extents."""
    known: dict[str, Dim] = {}
    for a, b in zip(given, declared):
        known.update(_pairs(a, b))
    return with_dims(result, lambda dim: _replace_dim(dim, known))


def _pairs(given: Type, declared: Type) -> Iterator[tuple[str, Dim]]:
    if isinstance(given, Array) and isinstance(declared, Array):
        for dim, symbol in zip(given.shape, declared.shape):
            if isinstance(symbol, Sym):
                yield symbol.name, shift(dim, -symbol.offset)
    elif isinstance(given, Tuple) and isinstance(declared, Tuple):
        for a, b in zip(given.items, declared.items):
            yield from _pairs(a, b)


def with_dims(t: Type, change: Callable[[Dim], Dim]) -> Type:
    """The type with other extents."""
    if isinstance(t, Array):
        return Array(t.dtype, tuple(map(change, t.shape)))
    if isinstance(t, Tuple):
        return t.of(with_dims(item, change) for item in t.items)
    return List(with_dims(t.item, change)) if isinstance(t, List) else t


def unnamed(dim: Dim) -> Dim:
    """An extent of which nobody knows that it is equal to another one: only whether it may be 1."""
    return (None if dim.may_be_one else MANY) if isinstance(dim, Sym) else dim


def _replace_dim(dim: Dim, known: dict[str, Dim]) -> Dim:
    if not isinstance(dim, Sym):
        return dim
    if dim.name in known:
        return shift(known[dim.name], dim.offset)
    found = current()
    if found is not None and found.follows(variable(dim.name)):
        return dim  # it is one of the caller's
    return unnamed(dim)
