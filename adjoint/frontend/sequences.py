"""What a `for` runs over: ranges, arrays, lists, tuples, and `enumerate`, `zip`, `reversed` of these.

A sequence is described once, before the loop; the body then asks for the item at an index.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, final

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.expressions import tuple_items
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import INT, Array, JoinError, List, Static, Tuple, Type, Undef, dtype_of, join, rank_of

Item: TypeAlias = "Value | Sequence[Item]"
"""One element: a value, or several in parallel (zip, enumerate)."""


@final
@dataclass(frozen=True, slots=True)
class Range:
    """`range(start, stop, step)`."""

    start: Value
    stop: Value
    step: Value


@final
@dataclass(frozen=True, slots=True)
class Zip:
    """Several sequences side by side, as long as the shortest."""

    parts: tuple[Sequenced, ...]


@final
@dataclass(frozen=True, slots=True)
class Enumerate:
    """A sequence with its counts."""

    start: Value
    inner: Sequenced


@final
@dataclass(frozen=True, slots=True)
class Sequenced:
    """A described sequence; a plain `Value` is an array, a list or a tuple. `is_counted`: walked by position."""

    source: Value | Range | Zip | Enumerate
    backwards: bool = False
    is_counted: bool = False


def describe(ctx: Context, node: Any) -> Sequenced:
    """The sequence that an expression after `in` stands for."""
    builtin = _builtin_called(ctx, node)
    if builtin is None:
        return Sequenced(_value(ctx, node))
    if builtin is range:
        return Sequenced(_range(ctx, node))
    if builtin is enumerate:
        return Sequenced(_enumerate(ctx, node))
    if builtin is zip:
        return _zip(ctx, node)
    inner = describe(ctx, node.args[0]) if len(node.args) == 1 and not node.keywords else None
    if inner is None or inner.backwards or isinstance(inner.source, Zip | Enumerate):
        raise _refuse(ctx, node, "`reversed` of this")
    return replace(inner, backwards=True)


def _builtin_called(ctx: Context, node: Any) -> Any:
    """range, enumerate, zip or reversed when the expression calls it, else None."""
    if not isinstance(node, gast.Call) or not isinstance(node.func, gast.Name) or node.func.id in ctx.local_names:
        return None
    held = ctx.captured.namespace.get(node.func.id)
    return held if held in (builtins.range, builtins.enumerate, builtins.zip, builtins.reversed) else None


def _refuse(ctx: Context, node: Any, what: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"{what} is not something a loop runs over here",
        why="loops run over range, arrays, lists, tuples, and enumerate, zip, reversed of these",
        fix="loop over `range(len(...))` and index",
    )


def _value(ctx: Context, node: Any) -> Value:
    value = ctx.expression(node)
    if isinstance(value.type, List | Tuple | Undef) or (isinstance(value.type, Array) and value.type.rank):
        return value
    raise _refuse(ctx, node, f"{spoken(value.type)}")


def _range(ctx: Context, node: Any) -> Range:
    if node.keywords or not 1 <= len(node.args) <= 3 or any(isinstance(arg, gast.Starred) for arg in node.args):
        raise _refuse(ctx, node, "this `range`")
    bounds = [_integer(ctx, arg) for arg in node.args]
    if len(bounds) == 1:
        return Range(ctx.const(0), bounds[0], ctx.const(1))
    if len(bounds) == 2:
        return Range(bounds[0], bounds[1], ctx.const(1))
    if is_const(bounds[2]) and const_of(bounds[2]) == 0:
        raise ctx.refuse(node, "the step of `range` is 0", why="Python raises ValueError", fix="use another step")
    return Range(*bounds)


def _integer(ctx: Context, node: Any) -> Value:
    value = ctx.expression(node)
    dtype = dtype_of(value.type)
    if isinstance(value.type, Undef):
        return value
    if rank_of(value.type) or not (dtype == "bool" or (dtype or "").lstrip("u").startswith("int")):
        raise ctx.refuse(
            node,
            f"{spoken(value.type)} is a bound of `range`",
            why="`range` takes ints",
            fix="pass an int, or convert it: `int(...)`",
        )
    return value


def _enumerate(ctx: Context, node: Any) -> Enumerate:
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    args = list(node.args)
    start = args[1] if len(args) == 2 else keywords.pop("start", None)
    if len(args) not in (1, 2) or keywords:
        raise _refuse(ctx, node, "this `enumerate`")
    inner = _by_position(ctx, node, describe(ctx, args[0]))
    return Enumerate(ctx.const(0) if start is None else _integer(ctx, start), inner)


def _zip(ctx: Context, node: Any) -> Sequenced:
    if node.keywords or not node.args or any(isinstance(arg, gast.Starred) for arg in node.args):
        raise _refuse(ctx, node, "this `zip`")
    return Sequenced(Zip(tuple(_by_position(ctx, arg, describe(ctx, arg)) for arg in node.args)))


def _by_position(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """A part of enumerate or zip: walked by position, so a range must start at 0 and count by 1."""
    source = sequence.source
    if isinstance(source, Range) and not all(
        is_const(value) and const_of(value) == wanted for value, wanted in ((source.start, 0), (source.step, 1))
    ):
        raise _refuse(ctx, node, "a range with a start or step inside of zip or enumerate")
    if sequence.backwards:
        raise _refuse(ctx, node, "`reversed` inside of zip or enumerate")
    return replace(sequence, is_counted=True)


# -- items


def items_of(ctx: Context, node: Any, sequence: Sequenced) -> list[Item] | None:
    """The items, when the sequence is made of tuples only: their number is known now."""
    source = sequence.source
    found: list[Item] | None = None
    if isinstance(source, Value) and isinstance(source.type, Tuple):
        found = list(tuple_items(ctx, node, source))
    elif isinstance(source, Zip):
        parts = [items_of(ctx, node, part) for part in source.parts]
        found = (
            list(zip(*(part for part in parts if part is not None)))
            if all(part is not None for part in parts)
            else None
        )
    elif isinstance(source, Enumerate) and is_const(source.start):
        inner = items_of(ctx, node, source.inner)
        if inner is not None:
            first = const_of(source.start)
            found = [(ctx.const(first + index), item) for index, item in enumerate(inner)]
    return found[::-1] if found is not None and sequence.backwards else found


def length_of(ctx: Context, node: Any, sequence: Sequenced) -> Value:
    """How many items there are."""
    source = sequence.source
    if isinstance(source, Range):
        return source.stop
    if isinstance(source, Enumerate):
        return length_of(ctx, node, source.inner)
    if isinstance(source, Zip):
        lengths = [length_of(ctx, node, part) for part in source.parts]
        return lengths[0] if len(lengths) == 1 else ctx.emit(node, "min_of", *lengths, _iter=True)
    if isinstance(source.type, Tuple):
        return ctx.const(len(source.type.items))
    return ctx.emit(node, "len", source, _iter=True)


def item_at(ctx: Context, node: Any, sequence: Sequenced, index: Value) -> Item:
    """The item at a position that is known at run time."""
    source = sequence.source
    if isinstance(source, Range):
        return index
    if isinstance(source, Zip):
        return [item_at(ctx, node, part, index) for part in source.parts]
    if isinstance(source, Enumerate):
        count = index
        if not (is_const(source.start) and const_of(source.start) == 0):
            count = ctx.emit(node, "add", index, source.start, _iter=True)
        return [count, item_at(ctx, node, source.inner, index)]
    return ctx.emit(node, "index", source, index, spec=("int",), _iter=True)


def sources_of(sequence: Sequenced) -> list[Value]:
    """The arrays, lists and tuples that are walked."""
    source = sequence.source
    if isinstance(source, Zip):
        return [value for part in source.parts for value in sources_of(part)]
    if isinstance(source, Enumerate):
        return sources_of(source.inner)
    return [source] if isinstance(source, Value) else []


def is_empty(sequence: Sequenced) -> bool:
    """Whether one of the lists walked is known to have no items: an empty list has no item type."""
    return any(isinstance(source.type, List) and isinstance(source.type.item, Undef) for source in sources_of(sequence))


def indexable(ctx: Context, node: Any, sequence: Sequenced) -> Sequenced:
    """The sequence with its tuples turned into lists, which can be read at a position known at run time."""
    source = sequence.source
    if isinstance(source, Zip):
        return replace(sequence, source=Zip(tuple(indexable(ctx, node, part) for part in source.parts)))
    if isinstance(source, Enumerate):
        return replace(sequence, source=Enumerate(source.start, indexable(ctx, node, source.inner)))
    if isinstance(source, Value) and isinstance(source.type, Tuple):
        return replace(sequence, source=_listed(ctx, node, source))
    return sequence


def _listed(ctx: Context, node: Any, value: Value) -> Value:
    """A tuple as a list: possible when its items have one type."""
    assert isinstance(value.type, Tuple)
    item: Type = value.type.items[0] if value.type.items else INT
    for each in value.type.items:
        try:
            item = join(item, each)
        except JoinError:
            raise _refuse(
                ctx, node, f"a tuple of different types, {spoken(value.type)}, with `break` or `continue`,"
            ) from None
        if isinstance(each, Static):
            raise _refuse(ctx, node, f"a tuple of objects, {spoken(value.type)}, with `break` or `continue`,")
    return ctx.emit(node, "list", *tuple_items(ctx, node, value))
