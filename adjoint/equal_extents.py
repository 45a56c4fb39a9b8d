"""Extents of arguments that a program takes to be equal get one name, so that less must be asked at run time.

    u: [u_0], v: [v_0];  t = u[1:-1] * v[1:-1]: [?]         ->   u: [u_0], v: [u_0];  t: [u_0-2]

A whole product `u * v` needs them equal: NumPy raises otherwise. Inner slices are equal unless one of them has a single
element; that is taken for granted where it holds for the arguments at hand, and looked at in each call.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adjoint.assumptions import pairs_of_extents
from adjoint.call_checks import Place, extent_at
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
        likely = [(one, other) for one, other in likely if extent_at(values, one) == extent_at(values, other)]
    pairs = [(one, other) for one, other in [*needed, *likely] if one[2] == other[2]]
    names: dict[str, str] = {}
    for one, other in pairs:
        first, second = (_resolve(_name_at(types, place), names) for place in (one, other))
        if first != second:
            names[second] = first
    return ([_renamed(t, names) for t in types], likely) if names else None


def _has_unknown_extents(function: Function, entered: set[int]) -> bool:
    entered.add(id(function))
    for op in walk(function.body):
        if op.opcode == "call" and id(op.attrs["callee"]) not in entered:
            if _has_unknown_extents(op.attrs["callee"], entered):
                return True
        if any(None in shape_of(result.type) for result in op.results):
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


def _resolve(name: str, names: dict[str, str]) -> str:
    while name in names:
        name = names[name]
    return name


def _renamed(t: Type, names: dict[str, str]) -> Type:
    if isinstance(t, Tuple):
        return t.of([_renamed(item, names) for item in t.items])
    if not isinstance(t, Array):
        return t
    return Array(
        t.dtype,
        tuple(
            Sym(_resolve(dim.name, names), dim.offset, dim.may_be_one) if isinstance(dim, Sym) else dim
            for dim in t.shape
        ),
    )
