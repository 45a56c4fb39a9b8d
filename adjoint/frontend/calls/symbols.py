"""Symbolic extents across a call: a callee is specialised in symbols of its own.

Extents that are one in the caller are one in the callee: of `march(u, v)` with two arrays of `x.shape[0]` items, both
have `u_0`. Where relations between the extents of the arguments are taken for granted (`adjoint.ir.relations`), what
follows from them keeps its name, so that a callee knows what its caller knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import final

from adjoint.ir.core import Value
from adjoint.ir.extents import form_of
from adjoint.ir.integers import name_of, variable
from adjoint.ir.outward import outward
from adjoint.ir.relations import Relations
from adjoint.ir.signature import symbolic
from adjoint.ir.types import INT, MANY, Array, Dim, List, Sym, Tuple, Type

__all__ = ["Canonical", "canonical", "outward"]


def canonical(types: Iterable[Type], names: Iterable[str]) -> tuple[Type, ...]:
    """The types of the arguments of a call as the callee knows them."""
    known = Canonical()
    return tuple(known.type(t, name) for t, name in zip(types, names))


@final
class Canonical:
    """The symbols of a callee for the extents that it is given; those that follow from `relations` stay."""

    def __init__(self, relations: Relations | None = None) -> None:
        self._known: dict[tuple[str, int], Sym] = {}
        self._relations = relations

    def symbol(self, value: Value) -> str | None:
        """A name for an integer that follows from the arguments of the entry."""
        return symbol_in(self._relations, value)

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
        if self._relations is not None and (isinstance(given, int) or _follows(given, self._relations)):
            return given
        if not isinstance(given, Sym) or not isinstance(own, Sym) or given.name == MANY.name:
            return own
        return self._known.setdefault((given.name, given.offset), own)


def _follows(dim: Dim, relations: Relations) -> bool:
    return isinstance(dim, Sym) and dim.name != MANY.name and relations.follows(variable(dim.name, dim.offset))


def symbol_in(relations: Relations | None, value: Value) -> str | None:
    """A name for an integer that follows from the arguments of the entry, as far as relations between them are used."""
    if relations is None or value.type != INT:
        return None
    form = form_of(value)
    return name_of(form) if relations.follows(form) else None
