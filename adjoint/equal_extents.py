"""Extents of arguments that a program takes to be equal get one name, so that less must be asked at run time.

    u: [u_0], v: [v_0];  t = u[1:-1] * v[1:-1]: [?]         ->   u: [u_0], v: [u_0];  t: [u_0-2]
    h: [h_0], u: [u_0];  u[1:-1] += h[1:] - h[:-1]          ->   h: [h_0], u: [h_0+1]

A whole product `u * v` needs them equal: NumPy raises otherwise. Inner slices are equal unless one of them has a single
element; that is taken for granted where it holds for the arguments at hand, and looked at in each call. So are extents
of a variable that is one argument in one pass of a loop, or on one path, and another one elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, final

from adjoint.assumptions import is_loose_store, pairs_of_extents
from adjoint.call_checks import Place, evaluated, text_of
from adjoint.ir.core import Function, walk
from adjoint.ir.types import Array, Sym, Tuple, Type, shape_of


def with_equal_extents(
    function: Function, types: Sequence[Type], values: Sequence[Any]
) -> tuple[list[Type], list[tuple[Place, Place]]] | None:
    """The types with one name for equal extents, and the pairs that need not be equal; None where nothing is gained."""
    if not _has_unknown_extents(function, set()):
        return None
    needed, likely = pairs_of_extents(function)
    if values:
        likely = [(a, b) for a, b in likely if evaluated(text_of(a), values) == evaluated(text_of(b), values)]
    names = _Names()
    for pair in needed:
        names.join(types, *pair)
    likely = [pair for pair in likely if names.join(types, *pair)]
    return ([_renamed(t, names) for t in types], likely) if names.base else None


@final
class _Names:
    """Which extents are known by the name of another one, and by how much they are longer."""

    def __init__(self) -> None:
        self.base: dict[str, tuple[str, int]] = {}

    def of(self, name: str, more: int = 0) -> tuple[str, int]:
        """The name and the offset of an extent."""
        while name in self.base:
            name, offset = self.base[name]
            more += offset
        return name, more

    def join(self, types: Sequence[Type], one: Place, other: Place) -> bool:
        """Let the extents at two places be equal: the shorter one keeps its name. Whether that was new."""
        first, second = (self.of(_name_at(types, place), place[2]) for place in (one, other))
        if first[0] == second[0]:
            return False
        if first[1] >= second[1]:
            self.base[second[0]] = first[0], first[1] - second[1]
        else:
            self.base[first[0]] = second[0], second[1] - first[1]
        return True


def _has_unknown_extents(function: Function, entered: set[int]) -> bool:
    entered.add(id(function))
    for op in walk(function.body):
        if op.opcode == "call" and id(op.attrs["callee"]) not in entered:
            if _has_unknown_extents(op.attrs["callee"], entered):
                return True
        if any(None in shape_of(result.type) for result in op.results) or is_loose_store(op):
            return True
    return False


def _name_at(types: Sequence[Type], place: Place) -> str:
    """The symbol of an extent of an argument."""
    path, axis, _ = place
    t = types[path[0]]
    for number in path[1:]:
        assert isinstance(t, Tuple)
        t = t.items[number]
    dim = shape_of(t)[axis]
    assert isinstance(dim, Sym)
    return dim.name


def _renamed(t: Type, names: _Names) -> Type:
    if isinstance(t, Tuple):
        return t.of([_renamed(item, names) for item in t.items])
    if not isinstance(t, Array):
        return t
    return Array(
        t.dtype,
        tuple(
            Sym(*names.of(dim.name, dim.offset), dim.may_be_one) if isinstance(dim, Sym) else dim
            for dim in t.shape
        ),
    )
