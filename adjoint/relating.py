"""A function is lowered for the arguments of a call, with what the compiler may take for granted of their extents.

See `adjoint.ir.relations` and `adjoint.equal_extents`. The conditions are Python over `args`, the arguments in the
order of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from adjoint import pipeline
from adjoint.assumptions import enter, places_in
from adjoint.call_checks import Assumptions, evaluated, text_of
from adjoint.equal_extents import with_equal_extents
from adjoint.ir import core
from adjoint.ir.relations import Relations, undecided
from adjoint.ir.types import Array, Dim, Sym, Tuple, Type


def relations_in(values: Sequence[Any]) -> Relations:
    """Relations between the arguments of a call, found when they are asked for."""
    return Relations(lambda text: evaluated(text, values))


def lower_primal(
    function: Callable[..., Any],
    types: list[Type],
    values: Sequence[Any],
    source: str | None,
    in_place: bool,
    assumed: Assumptions,
    likely: bool,
) -> core.Function:
    """The IR of the function itself; once more where relations between extents are of use."""
    primal = pipeline.lower(function, types, source, returns_left=in_place)
    enter(assumed, primal)
    unified = with_equal_extents(primal, types, values) if likely else None
    if unified is not None:
        types, pairs = unified
        assumed.likely = [f"{text_of(one)} == {text_of(other)}" for one, other in pairs]
    relations = undecided()
    if relations is not None:
        types = _started(relations, types)
    if relations is None and unified is None:
        return primal
    primal = pipeline.lower(function, types, source, returns_left=in_place)
    if relations is not None and relations.settle():
        primal = pipeline.lower(function, types, source, returns_left=in_place)
    return primal


def _started(relations: Relations, types: Sequence[Type]) -> list[Type]:
    """Take for granted what is found from here on. The types have names for their extents that nothing else has."""
    apart = [_apart(t) for t in types]
    never_one = {(dim.name, dim.offset) for dim in _dims(apart) if isinstance(dim, Sym) and not dim.may_be_one}
    texts = {name: text_of((path, axis, 0)) for name, (path, axis) in places_in(apart).items()}
    relations.start(texts, never_one)
    return apart


def _apart(t: Type) -> Type:
    if isinstance(t, Tuple):
        return t.of(map(_apart, t.items))
    if not isinstance(t, Array):
        return t
    return Array(
        t.dtype,
        tuple(Sym(f"{d.name}'", d.offset, d.may_be_one) if isinstance(d, Sym) else d for d in t.shape),
    )


def _dims(types: Sequence[Type]) -> Iterator[Dim]:
    for t in types:
        if isinstance(t, Array):
            yield from t.shape
        elif isinstance(t, Tuple):
            yield from _dims(t.items)
