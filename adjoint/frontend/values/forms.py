"""The forms of structures, and how two of them are joined: see `structures`."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias, final

from adjoint.frontend.values.objects import NONE_SUFFIX, UNBOUND_SUFFIX
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.layouts import stand_in_of
from adjoint.ir.types import (
    BOOL,
    INT,
    NONE,
    UNDEF,
    JoinError,
    List,
    Object,
    Static,
    Tuple,
    Type,
    Undef,
    item_of,
    join,
)


@final
@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the IR, under a name if it has one.

    `exact` is kept for arguments of functions that ask for it, `symbol` for integers that follow from what is known of
    the arguments of the entry.
    """

    type: Type
    name: str | None = field(default=None, compare=False)
    exact: bool = False
    symbol: str | None = None


@final
@dataclass(frozen=True, slots=True)
class Same:
    """The same object on every path."""

    object: Any


@final
@dataclass(frozen=True, slots=True)
class Again:
    """A container met before, by its number."""

    number: int


@final
@dataclass(frozen=True, slots=True)
class Node:
    """Something with parts. `kind` is tuple, cell (a container with `meta`, its layout), run, closure, bound,
    choice, iterator, slice (`meta` says of each bound: None, a number that is known, or RUN), optional (a flag
    and what is there if it is not set), unbound
    (the same for a variable without a value) or oneof (a string, one of `meta`).

    It is memory for an array, and parts for a container that cannot be written out as one value: its constructor does
    more than store its items.
    In what a function returns it may be argument: the container that came in with this number.
    """

    kind: str
    meta: Any
    children: tuple[Structure, ...]


Structure: TypeAlias = "Leaf | Same | Again | Node"


def leaves_of(structure: Structure) -> Iterator[Leaf]:
    """The leaves, from left to right."""
    if isinstance(structure, Leaf):
        yield structure
    elif isinstance(structure, Node):
        for child in structure.children:
            yield from leaves_of(child)


def with_types(structure: Structure, types: Iterator[Type]) -> Structure:
    """The structure with other types for its leaves."""
    if isinstance(structure, Leaf):
        return Leaf(next(types), structure.name, structure.exact, structure.symbol)
    if isinstance(structure, Node):
        return Node(structure.kind, structure.meta, tuple(with_types(child, types) for child in structure.children))
    return structure


def data_type(structure: Structure) -> Type:
    """The type of the value that holds everything, once written out. Raises JoinError when an object is in it."""
    if isinstance(structure, Leaf):
        return structure.type
    if isinstance(structure, Node) and structure.kind in ("tuple", "cell", "parts"):
        return Tuple(tuple(map(data_type, structure.children)), structure.meta)
    if isinstance(structure, Node) and structure.kind in ("run", "memory"):
        return data_type(structure.children[0])
    raise JoinError("an object and data have no common type")


def is_data(structure: Structure) -> bool:
    """Whether it is made of values and containers of values alone, each met once."""
    if isinstance(structure, Node):
        return structure.kind in ("tuple", "cell", "run", "memory") and all(map(is_data, structure.children))
    return isinstance(structure, Leaf)


def is_for_users(structure: Structure) -> bool:
    """Whether it can be handed out: data, without what only stands for an object."""
    return is_data(structure) and stand_in_of(data_type(structure)) is None


def same_form(a: Structure, b: Structure) -> bool:
    """Whether the structures differ in the types of leaves only."""
    if isinstance(a, Leaf) or isinstance(b, Leaf):
        return isinstance(a, Leaf) and isinstance(b, Leaf) and not _are_unlike(a, b)
    if isinstance(a, Node) and isinstance(b, Node):
        return _are_alike(a, b) and all(map(same_form, a.children, b.children))
    return a == b


def _are_unlike(a: Leaf, b: Leaf) -> bool:
    """Whether `a` does not fit where `b` is carried, though both are leaves: None, and constants that differ."""
    if a == b or isinstance(a.type, Undef):
        return False
    return is_missing(a) or is_missing(b) or (_constants(a) is not None and not isinstance(b.type, Object))


def join_forms(a: Structure, b: Structure) -> Structure:
    """The least structure that both fit. Raises JoinError when there is none."""
    if _is_nothing(b) or a == b:
        return a
    if _is_nothing(a):
        return b
    for each in (a, b):
        if isinstance(each, Node) and each.kind == "unbound":
            return unbound(each.meta, join_forms(_if_bound(a), _if_bound(b)))
    if is_missing(a) or is_missing(b) or _is_optional(a) or _is_optional(b):
        return optional(join_forms(_without_none(a), _without_none(b)))
    constants = _joined_constants(a, b)
    if constants is not None:
        return constants
    if isinstance(a, Leaf) and isinstance(b, Leaf):
        symbol = a.symbol if a.symbol == b.symbol else None
        return Leaf(join(a.type, b.type), a.name if a.name == b.name else a.name or b.name, symbol=symbol)
    a, b = _opened_like(a, b), _opened_like(b, a)
    if isinstance(a, Node) and isinstance(b, Node):
        if a.kind == b.kind and a.kind in ("memory", "run"):
            return Node(a.kind, _joined_meta(a.meta, b.meta), tuple(map(join_forms, a.children, b.children)))
        if a.kind == b.kind == "slice":
            return _joined_slices(a, b)
        if _are_alike(a, b):
            kind = a.kind if a.kind == b.kind else "parts"
            return Node(kind, a.meta, tuple(map(join_forms, a.children, b.children)))
    if _is_list(a) and _is_list(b):
        lists = [each for each in (a, b) if isinstance(each, Node)]
        known = [each.meta if each.kind == "run" else _has_known_items(each) for each in lists]
        t = join(List(item_of(data_type(a))), List(item_of(data_type(b))))
        return Node("run", functools.reduce(_joined_meta, known, False), (Leaf(t),))
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Again) and is_loose(other):
            return other
    raise JoinError(f"{_spoken(a)} and {_spoken(b)} have no common type")


def _has_known_items(listed: Node) -> bool:
    """Whether arrays in a list of known length are parts of others, can only be read, or stand in it twice."""
    return any(map(_is_known_elsewhere, listed.children))


def _is_known_elsewhere(form: Structure) -> bool:
    if not isinstance(form, Node):
        return isinstance(form, Again)
    is_part = form.kind in ("view", "part", "item", "one") or (form.kind == "memory" and bool(form.meta))
    return is_part or any(map(_is_known_elsewhere, form.children))


def _joined_meta(one: Any, other: Any) -> Any:
    """Why an array can only be read; whether items of a list have other names, or at which places in them."""
    if isinstance(one, frozenset) and isinstance(other, frozenset):
        return one | other
    reasons = [each for each in (one, other) if each and not isinstance(each, frozenset)]
    return reasons[0] if reasons else one or other


RUN = "run"


def known_bound(bound: Value | None) -> Any:
    """What a structure says of a bound of a slice: None where there is none, its number in a tuple, or RUN."""
    return None if bound is None else (const_of(bound),) if is_const(bound) else RUN


def _joined_slices(a: Node, b: Node) -> Structure:
    """A slice with the bounds that both have; a number that differs is one of the run."""
    if any((x is None) != (y is None) for x, y in zip(a.meta, b.meta)):
        raise JoinError("slices with and without a bound have no common type")
    meta = tuple(x if x == y else RUN for x, y in zip(a.meta, b.meta))
    pairs = zip(_bounds_of(a), _bounds_of(b), meta)
    return Node("slice", meta, tuple(join_forms(x, y) for x, y, entry in pairs if entry == RUN))


def _bounds_of(a: Node) -> list[Structure]:
    rest = iter(a.children)
    return [next(rest) if entry == RUN else Leaf(INT) for entry in a.meta]


def is_loose(a: Structure) -> bool:
    """Whether it is the structure of an array that can only be read: it may be another one, too."""
    return isinstance(a, Node) and a.kind == "memory" and bool(a.meta)


def optional(inner: Structure) -> Structure:
    """The structure of something that may be None."""
    name = inner.name if isinstance(inner, Leaf) else None
    return Node("optional", None, (Leaf(BOOL, f"{name}{NONE_SUFFIX}" if name else None), inner))


def plain(a: Structure) -> Structure:
    """The structure for somebody who knows numbers, strings and containers only, and for whom None is an error."""
    a = within(a) if not is_missing(a) else a
    if isinstance(a, Node) and a.kind == "oneof":
        return a.children[0]
    if isinstance(a, Node) and a.kind in ("tuple", "cell"):
        is_whole = [isinstance(child, Node) and child.kind != "optional" for child in a.children]
        parts = (plain(child) if whole else child for child, whole in zip(a.children, is_whole))
        return Node(a.kind, a.meta, tuple(parts))
    return a


def unbound(name: str, inner: Structure) -> Structure:
    """The structure of a variable that may not have been given a value."""
    return Node("unbound", name, (Leaf(BOOL, f"{name}{UNBOUND_SUFFIX}"), inner))


def _if_bound(a: Structure) -> Structure:
    return a.children[1] if isinstance(a, Node) and a.kind == "unbound" else a


def is_missing(a: Structure) -> bool:
    """Whether the structure is that of None."""
    return isinstance(a, Leaf) and a.type == NONE


def _is_optional(a: Structure) -> bool:
    return isinstance(a, Node) and a.kind == "optional"


def _without_none(a: Structure) -> Structure:
    if is_missing(a):
        return Leaf(UNDEF)
    return a.children[1] if isinstance(a, Node) and a.kind == "optional" else a


def within(a: Structure) -> Structure:
    """What is there if it is not None."""
    return _without_none(a)


_MAX_CONSTANTS = 16


def _constants(a: Structure) -> tuple[Any, ...] | None:
    """The strings or members of an enumeration that it may be, when they are known."""
    if isinstance(a, Leaf) and isinstance(a.type, Static) and isinstance(a.type.value, str | Enum):
        return (a.type.value,)
    return a.meta if isinstance(a, Node) and a.kind == "oneof" else None


def _joined_constants(a: Structure, b: Structure) -> Structure | None:
    one, other = _constants(a), _constants(b)
    if one is None and other is None:
        return None
    both = tuple(dict.fromkeys((*(one or ()), *(other or ()))))
    classes = {type(each) for each in both}
    if len(classes) > 1:
        return None
    leaf = Leaf(Object(classes.pop()))
    if one is None or other is None:
        return leaf if (a if one is None else b) == leaf else None
    return leaf if len(both) > _MAX_CONSTANTS else Node("oneof", both, (leaf,))


def _opened_like(a: Structure, b: Structure) -> Structure:
    """A tuple of what is not known yet (of a recursion), taken apart where the other one is."""
    if not isinstance(a, Leaf) or not isinstance(a.type, Tuple) or not isinstance(b, Node) or b.kind != "tuple":
        return a
    return Node("tuple", a.type.layout, tuple(map(Leaf, a.type.items)))


def _are_alike(a: Node, b: Node) -> bool:
    kinds = {a.kind, b.kind}
    return (len(kinds) == 1 or kinds == {"cell", "parts"}) and (a.meta, len(a.children)) == (b.meta, len(b.children))


def _is_nothing(a: Structure) -> bool:
    return isinstance(a, Leaf) and isinstance(a.type, Undef)


def _is_list(a: Structure) -> bool:
    return isinstance(a, Node) and (a.kind == "run" or (a.kind == "cell" and a.meta.kind == "list"))


def _spoken(a: Structure) -> str:
    if isinstance(a, Same):
        return str(getattr(a.object, "__name__", a.object))
    try:
        return str(data_type(a))
    except JoinError:
        return "a function" if isinstance(a, Node) and a.kind in ("closure", "bound", "derivative") else "an object"
