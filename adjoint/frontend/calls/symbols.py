"""Symbolic extents across a call: a callee is specialised in symbols of its own.

Extents that are one in the caller are one in the callee: of `march(u, v)` with two arrays of `x.shape[0]` items, both
have `u_0`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from adjoint.ir.outward import outward
from adjoint.ir.signature import symbolic
from adjoint.ir.types import MANY, Array, Dim, List, Sym, Tuple, Type

__all__ = ["Canonical", "canonical", "outward"]


def canonical(types: Iterable[Type], names: Iterable[str]) -> tuple[Type, ...]:
    """The types of the arguments of a call as the callee knows them."""
    known = Canonical()
    return tuple(known.type(t, name) for t, name in zip(types, names))


@final
class Canonical:
    """The symbols of a callee for the extents that it is given."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], Sym] = {}

    def type(self, t: Type, name: str) -> Type:
        """The type of an argument in the callee's symbols."""
        return self._shared(t, symbolic(t, name))

    def _shared(self, given: Type, own: Type) -> Type:
        if isinstance(given, Array) and isinstance(own, Array):
            return Array(own.dtype, tuple(map(self._symbol, given.shape, own.shape)))
        if isinstance(given, Tuple) and isinstance(own, Tuple):
            return own.of(map(self._shared, given.items, own.items))
        if isinstance(given, List) and isinstance(own, List):
            return List(self._shared(given.item, own.item))
        return own

    def _symbol(self, given: Dim, own: Dim) -> Dim:
        if not isinstance(given, Sym) or not isinstance(own, Sym) or given.name == MANY.name:
            return own
        return self._known.setdefault((given.name, given.offset), own)
