"""Python's builtins on containers, objects and sequences."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from adjoint.frontend.calls.intrinsics import Intrinsic, intrinsic, misused
from adjoint.frontend.calls.spreading import transposed
from adjoint.frontend.containers import containers, joining
from adjoint.frontend.containers.methods import plain
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.control.comprehensions import append, each_item
from adjoint.frontend.control.sequences import (
    begun,
    by_position,
    check_watched,
    is_used_up,
    make_enumerate,
    make_range,
    make_reversed,
    make_zip,
    once,
    sequence_of,
    use_up,
)
from adjoint.frontend.control.walking import count_of, known_items, length_of, watched_in
from adjoint.frontend.expressions import binary, truth
from adjoint.frontend.storage import memory
from adjoint.frontend.values import texts
from adjoint.frontend.values.objects import (
    BOX,
    LIST,
    Cell,
    Items,
    Iterator,
    Run,
    Special,
    Spread,
    handle,
    object_of,
)
from adjoint.frontend.values.sequence_kinds import Made, Mapped, Range, Sequenced, Zip
from adjoint.ir.core import Value
from adjoint.ir.types import INT, NONE, Array, Handle, Layout, List, Scalar, Static, Tuple, Undef, rank_of

Arguments = list[Value]
Keywords = dict[str, Value]


def consuming(meaning: Intrinsic) -> Intrinsic:
    """A function that walks the iterators it is given to their end."""

    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        result = meaning(ctx, node, args, keywords)
        for arg in args:
            use_up(ctx, arg)
        return result

    return run


# -- iterators


@intrinsic(builtins.range)
def _range(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return handle(Iterator(make_range(ctx, node, args), "range", home=ctx))


def parallel_range(ctx: Context, node: Any, args: Arguments) -> Value:
    """`numba.prange(...)`."""
    walked = make_range(ctx, node, args)
    assert isinstance(walked.source, Range)
    return handle(Iterator(replace(walked, source=replace(walked.source, is_parallel=True)), "range", home=ctx))


@intrinsic(builtins.enumerate)
def _enumerate(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) not in (1, 2) or set(keywords) - {"start"}:
        raise misused(ctx, node, "enumerate")
    start = args[1] if len(args) == 2 else keywords.get("start")
    return once(ctx, make_enumerate(ctx, node, sequence_of(ctx, node, args[0]), start), "enumerate")


@intrinsic(builtins.zip)
def _zip(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if set(keywords) - {"strict"}:
        raise misused(ctx, node, "zip")
    if len(args) == 1 and isinstance(object_of(args[0]), Spread):
        return once(ctx, transposed(ctx, node, object_of(args[0]).value), "zip")
    things = [object_of(arg) for arg in args if isinstance(object_of(arg), Iterator)]
    if len({id(thing) for thing in things if thing.used is not None}) < sum(thing.used is not None for thing in things):
        raise ctx.refuse(
            node, "`zip` takes from one iterator twice", why="the items would alternate", fix="slice a list instead"
        )
    sequences = [sequence_of(ctx, node, arg) for arg in args]
    strict = keywords.get("strict", ctx.const(False))
    if not ctx.is_static(strict):
        raise misused(ctx, node, "zip")
    if ctx.static(strict):
        for number, each in enumerate(sequences[1:], start=2):
            _check_as_long(ctx, node, number, sequences[0], each)
    return once(ctx, make_zip(ctx, node, sequences), "zip")


def _check_as_long(ctx: Context, node: Any, number: int, first: Sequenced, other: Sequenced) -> None:
    """`zip(..., strict=True)`: Python's own ValueError where the lengths differ."""
    from adjoint.frontend.statements import guard

    lengths = [length_of(ctx, node, by_position(ctx, node, each)) for each in (other, first)]
    before = "argument 1" if number == 2 else f"arguments 1-{number - 1}"
    for opcode, word in (("lt", "shorter"), ("gt", "longer")):
        message = f"zip() argument {number} is {word} than {before}"
        if all(map(ctx.is_static, lengths)):
            sizes = [ctx.static(length) for length in lengths]
            if (sizes[0] < sizes[1]) if opcode == "lt" else (sizes[0] > sizes[1]):
                raise ctx.refuse(node, message, why="Python raises ValueError", fix="zip as many", raises=ValueError)
            continue
        text = f"ValueError({message!r})"

        def fail(message: str = message, text: str = text) -> None:
            ctx.builder.op("raise", [ctx.const(message)], (), {"exception": ValueError, "_text": text})

        guard(ctx, ctx.emit(node, opcode, *lengths), fail, "unpack")


@intrinsic(builtins.reversed)
def _reversed(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return once(ctx, make_reversed(ctx, node, sequence_of(ctx, node, args[0])), "reversed")


@intrinsic(builtins.map)
def _map(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    function, *parts = args
    sequences = [by_position(ctx, node, sequence_of(ctx, node, part)) for part in parts]
    inner = sequences[0] if len(sequences) == 1 else Sequenced(Zip(tuple(sequences)), is_counted=True)
    if len(sequences) == 1 and isinstance(inner.source, Zip):
        return once(ctx, Sequenced(Mapped(_of_tuple(function), inner), is_counted=True), "map")
    return once(ctx, Sequenced(Mapped(function, inner), is_counted=True), "map")


def _of_tuple(function: Value) -> Value:
    """The function of one tuple, for items that come in parallel."""
    from adjoint.frontend.calls.calls import call_value

    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
        return call_value(ctx, node, function, [ctx.pack(args)], {}, "map")

    return handle(Special("map", run))


@intrinsic(builtins.filter)
def _filter(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.calls.calls import call_value

    function, source = args
    sequence = sequence_of(ctx, node, source)

    def make(inner: Context) -> Value:
        def keeps(each: Context, item: Value) -> Value:
            is_none = isinstance(function.type, Static) and function.type.value is None
            result = item if is_none else call_value(each, node, function, [item], {}, "filter")
            return truth(each, node, result)

        return filtered(inner, node, sequence, keeps)

    made = Made(make, given=(function, source))
    return once(ctx, Sequenced(made, watched=tuple(watched_in(sequence))), "filter")


def filtered(ctx: Context, node: Any, sequence: Sequenced, keeps: Callable[[Context, Value], Value]) -> Value:
    """The list of the items that pass a test."""
    made = ctx.new_cell(Items(LIST, ()))

    def step(each: Context, item: Value) -> None:
        when(each, keeps(each, item), lambda: append(each, node, made, item))

    for_each(ctx, node, sequence, step)
    return made


# -- loops of our own


_HIDDEN = "item="


def for_each(ctx: Context, node: Any, sequence: Sequenced, step: Callable[[Context, Value], None]) -> None:
    """Run a step for each item; what changes must stand in containers."""
    name = f"{_HIDDEN}{len(ctx.renamed)}"
    ctx.renamed[name] = name
    target = gast.copy_location(gast.Name(name, gast.Store(), None, None), node)

    def body(inner: Context) -> None:
        value = inner.held(name)
        assert isinstance(value, Value)
        if value.name == name:
            value.name = None
        step(inner, value)

    each_item(ctx, node, target, sequence, body)
    ctx.env.pop(name, None)
    del ctx.renamed[name]


def box(ctx: Context, value: Value, name: str | None = None) -> Cell:
    """A variable of ours that a loop can carry."""
    cell = Cell(name)
    ctx.heap[cell] = Items(BOX, (memory.keep(ctx, value),))
    return cell


def unboxed(ctx: Context, node: Any, cell: Cell) -> Value:
    """What a variable of ours holds."""
    held = ctx.seen(node, cell)
    assert isinstance(held, Items)
    return ctx.sure(node, held.slots[0])


def put(ctx: Context, cell: Cell, value: Value) -> None:
    """Give a variable of ours another value."""
    ctx.heap[cell] = Items(BOX, (memory.keep(ctx, value),))


def when(ctx: Context, condition: Value, then: Callable[[], None]) -> None:
    """Do something if a condition holds; what changes must stand in containers."""
    from adjoint.frontend.control.ends import End, MergeEnd, branch
    from adjoint.frontend.control.meetings import merge

    if ctx.is_static(condition):
        if ctx.static(condition):
            then()
        return

    def fill(end: End) -> None:
        then()
        end.fall(ctx)

    sides = [
        branch(ctx, fill, MergeEnd(), condition, True),
        branch(ctx, lambda end: end.fall(ctx), MergeEnd(), condition, False),
    ]
    merge(ctx, condition, sides, [])


# -- containers from others


@intrinsic(builtins.list)
@consuming
def _list(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return ctx.new_list(()) if not args else list_of(ctx, node, args[0])


def list_of(ctx: Context, node: Any, value: Value) -> Value:
    """A new list of the items of anything that can be looped over."""
    if isinstance(value.type, Undef):
        return ctx.blocked(value)
    thing = object_of(value)
    if isinstance(thing, Iterator) and begun(ctx, thing) is None and isinstance(thing.sequence.source, Made):
        if is_used_up(ctx, node, thing):
            return ctx.new_list(())
        check_watched(ctx, node, thing.sequence)
        made: Value | Sequenced = thing.sequence.source.make(ctx)
        return made if isinstance(made, Value) else ctx.new_list(known_items(ctx, node, made) or ())
    if isinstance(thing, Cell) and containers.kind_of(ctx, node, value) == "list":
        return joining.copied(ctx, node, value)
    return list_from_sequence(ctx, node, sequence_of(ctx, node, value))


def list_from_sequence(ctx: Context, node: Any, sequence: Sequenced) -> Value:
    """A new list of the items of a sequence."""
    parts = known_items(ctx, node, sequence) if is_short(ctx, node, sequence) else None
    if parts is not None:
        return ctx.new_list(parts)
    source = sequence.source if not sequence.backwards else None
    if sequence.cell is not None and isinstance(source, Value) and isinstance(source.type, List):
        return shared(ctx, Run(source), handle(sequence.cell), once=True)
    if isinstance(source, Value) and isinstance(source.type, Array):
        return memory.rows_of(ctx, node, source)
    made = ctx.new_cell(Items(LIST, ()))
    for_each(ctx, node, sequence, lambda inner, item: append(inner, node, made, item))
    return made


def is_short(ctx: Context, node: Any, sequence: Sequenced) -> bool:
    """Whether the items are known, and few enough to list them."""
    count = count_of(ctx, node, sequence)
    return count is not None and count <= 64


@intrinsic(builtins.tuple)
@consuming
def _tuple(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not args:
        return ctx.pack(())
    value = args[0]
    thing = object_of(value)
    if isinstance(thing, Iterator) and isinstance(thing.sequence.source, Made):
        value = list_of(ctx, node, value)
    parts = known_items(ctx, node, sequence_of(ctx, node, value))
    if parts is None:
        raise ctx.refuse(
            node,
            f"`tuple` of {spoken(value.type)}",
            why="the length of a tuple must be known before the run",
            fix="keep it a list",
        )
    return ctx.pack(parts)


@intrinsic(builtins.dict)
@consuming
def _dict(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return dict_of(ctx, node, args, keywords)


def dict_of(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
    """A new dict from a dict, from pairs, from keywords."""
    made = ctx.new_cell(Items(Layout("dict"), ()))
    for given in args:
        arg = plain(ctx, node, given)
        if containers.kind_of(ctx, node, arg) == "dict":
            joining.update(ctx, node, made, arg)
            continue
        pairs = known_items(ctx, node, sequence_of(ctx, node, arg))
        if pairs is None:
            raise misused(ctx, node, "dict")
        for pair in pairs:
            parts = containers.items(ctx, node, pair)
            if parts is None or len(parts) != 2:
                raise misused(ctx, node, "dict")
            containers.store_at(ctx, node, made, parts[0], parts[1])
    for key, value in keywords.items():
        containers.store_at(ctx, node, made, ctx.const(key), value)
    return made


@intrinsic(builtins.set, builtins.frozenset)
@consuming
def _set(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if not args:
        return ctx.const(frozenset())
    if ctx.is_static(args[0]):
        return ctx.const(frozenset(ctx.static(args[0])))
    parts = known_items(ctx, node, sequence_of(ctx, node, args[0]))
    if parts is None or not all(map(ctx.is_static, parts)):
        raise misused(ctx, node, "set")
    return ctx.const(frozenset(map(ctx.static, parts)))


@intrinsic(builtins.len)
def _len(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value

    (value,) = args
    if isinstance(value.type, Static) and hasattr(value.type.value, "__len__"):
        return ctx.const(len(value.type.value))
    found = joining.length(ctx, node, value)
    if found is not None:
        return found
    if value.type == texts.TEXT:
        attrs = {"name": "__len__", "keywords": (), "type": INT}
        return ctx.builder.op("pymethod", [value], [INT], attrs).result
    method = method_of(ctx, node, value, "__len__")
    if method is not None:
        return call_value(ctx, node, method, [], {}, "len")
    if isinstance(object_of(value), Iterator):
        parts = known_items(ctx, node, sequence_of(ctx, node, value))
        return ctx.const(len(parts)) if parts is not None else None
    return None


@intrinsic(builtins.divmod)
def _divmod(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords:
        raise misused(ctx, node, "divmod")
    return ctx.pack([binary(ctx, node, opcode, *args) for opcode in ("floordiv", "mod")])


@intrinsic(builtins.pow)
def _pow(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords:
        raise misused(ctx, node, "pow")
    return binary(ctx, node, "pow", *args)


@intrinsic(builtins.abs)
def _abs(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.containers.operators import sign

    return sign(ctx, node, "abs", args[0]) if isinstance(args[0].type, Handle | Tuple) else None


# -- effects and conversions


@intrinsic(builtins.print)
def _print(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    operands = [ctx.written(node, each) for each in (*args, *keywords.values())]
    attrs = {"func": builtins.print, "keywords": tuple(keywords), "type": NONE, "_text": "print"}
    return ctx.builder.op("pycall", operands, [NONE], attrs).result


def _convert(kind: type) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    """`float("inf")` and other conversions of what is known now, or by a method of the user's."""

    def convert(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        if len(args) == 1 and not keywords and isinstance(args[0].type, Static) and isinstance(args[0].type.value, str):
            try:
                return ctx.const(kind(args[0].type.value), text=ctx.captured.source.segment(node))
            except ValueError as error:
                raise ctx.refuse(
                    node, str(error), why="Python would raise", fix="write the number", raises=ValueError
                ) from None
        if args and args[0].type == texts.TEXT:
            raise texts.refuse_number(ctx, node, kind.__name__)
        if len(args) == 1 and isinstance(args[0].type, Handle | Tuple):
            from adjoint.frontend.containers.operators import sign, truth_of_object

            if kind is bool:
                return truth_of_object(ctx, node, args[0])
            return sign(ctx, node, kind.__name__, args[0])
        return ctx.const(kind()) if not args else None

    return convert


intrinsic(builtins.float)(_convert(float))
intrinsic(builtins.int)(_convert(int))
intrinsic(builtins.bool)(_convert(bool))


@intrinsic(np.ndim)
def _ndim(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) == 1 and isinstance(args[0].type, Array | Scalar):
        return ctx.const(rank_of(args[0].type))
    return None


@intrinsic(builtins.super)
def _super(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.calls.classes import super_of

    return super_of(ctx, node, args)
