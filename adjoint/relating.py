"""A function is lowered for the arguments of a call, with what the compiler may take for granted of their extents.

See `adjoint.ir.relations` and `adjoint.equal_extents`. The conditions are Python over `args`, the arguments in the
order of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from adjoint import pipeline
from adjoint.assumptions import enter, places_in
from adjoint.call_checks import Assumptions, evaluated, text_of
from adjoint.equal_extents import with_equal_extents
from adjoint.errors import AdjointError
from adjoint.ir import core
from adjoint.ir.relations import Relations, undecided
from adjoint.ir.types import Array, Dim, Sym, Tuple, Type
from adjoint.parameters import parameters_of
from adjoint.runtime.known import Numbers, conditions, numbers_at, with_known
from adjoint.signatures import where_of

T = TypeVar("T")


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
    primal, types = lower_for(function, types, values, source, in_place, assumed)
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


def lower_for(
    function: Callable[..., Any],
    types: list[Type],
    values: Sequence[Any],
    source: str | None,
    in_place: bool,
    assumed: Assumptions,
) -> tuple[core.Function, list[Type]]:
    """The IR of a function, and the types it is made for: of integers that decide shapes or types, which they are."""

    def lower(known: list[Type], numbers: Numbers) -> tuple[core.Function, list[Type]]:
        primal = pipeline.lower(function, known, source, returns_left=in_place)
        assumed.known += conditions(types, numbers)
        assumed.notes += made_for(function, values, numbers)
        return primal, known

    return with_numbers(types, values, lower)


def with_numbers(types: Sequence[Type], values: Sequence[Any], attempt: Callable[[list[Type], Numbers], T]) -> T:
    """What an attempt gives for arguments of these types; the integers in `values` that it asks for are known in it."""
    numbers: Numbers = {}
    while True:
        try:
            return attempt([with_known(t, numbers, (place,)) for place, t in enumerate(types)], numbers)
        except AdjointError as refusal:
            asked = [(each.value, *each.path) for each in refusal.asks if isinstance(each.value, int)]
            found = [numbers_at(values, path, (int, bool)) for path in asked if path[0] < len(values)]
            more = {path: number for each in found for path, number in each.items() if path not in numbers}
            if not more:
                raise
        numbers |= more


def made_for(function: Callable[..., Any], values: Sequence[Any], numbers: Numbers) -> list[str]:
    """A line for the emitted docstring, which says what integers the function is made for."""
    names = [parameter.name for parameter in parameters_of(function)]
    told = {where_of(names[path[0]], values[path[0]], path[1:]): number for path, number in numbers.items()}
    return [f"Made for {', '.join(f'{where} = {number}' for where, number in told.items())}."] if told else []


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
