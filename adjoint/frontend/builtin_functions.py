"""Python's builtins on containers, objects and sequences."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.frontend import containers, texts
from adjoint.frontend.comprehensions import append, each_item
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.expressions import binary, compare, conditional, truth
from adjoint.frontend.methods import plain
from adjoint.frontend.intrinsics import Intrinsic, intrinsic, misused
from adjoint.frontend.objects import (
    BOX,
    LIST,
    Bound,
    Cell,
    Choice,
    Closure,
    Items,
    Iterator,
    Run,
    Special,
    Spread,
    handle,
    object_of,
)
from adjoint.frontend.sequences import (
    Made,
    Mapped,
    Sequenced,
    Zip,
    begun,
    by_position,
    is_empty,
    is_used_up,
    items_of,
    known_items,
    make_enumerate,
    make_range,
    make_reversed,
    make_zip,
    once,
    sequence_of,
    use_up,
)
from adjoint.frontend.spreading import transposed
from adjoint.ir.core import Value
from adjoint.ir.types import NONE, Array, Handle, Layout, List, Scalar, Static, Tuple, Undef, rank_of

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
    return once(ctx, make_zip(ctx, node, [sequence_of(ctx, node, arg) for arg in args]), "zip")


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
    from adjoint.frontend.calls import call_value

    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
        return call_value(ctx, node, function, [ctx.pack(args)], {}, "map")

    return handle(Special("map", run))


@intrinsic(builtins.filter)
def _filter(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.calls import call_value

    function, source = args
    sequence = sequence_of(ctx, node, source)

    def make(inner: Context) -> Value:
        def keeps(each: Context, item: Value) -> Value:
            is_none = isinstance(function.type, Static) and function.type.value is None
            result = item if is_none else call_value(each, node, function, [item], {}, "filter")
            return truth(each, node, result)

        return filtered(inner, node, sequence, keeps)

    return once(ctx, Sequenced(Made(make)), "filter")


def filtered(
    ctx: Context, node: Any, sequence: Sequenced, keeps: Callable[[Context, Value], Value]
) -> Value:
    """The list of the items that pass a test."""
    made = ctx.new_cell(Items(LIST, ()))

    def step(each: Context, item: Value) -> None:
        when(each, keeps(each, item), lambda: append(each, node, made, item))

    for_each(ctx, node, sequence, step)
    return made


# -- loops of our own


_HIDDEN = "item="


def for_each(
    ctx: Context, node: Any, sequence: Sequenced, step: Callable[[Context, Value], None]
) -> None:
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
    ctx.heap[cell] = Items(BOX, (value,))
    return cell


def unboxed(ctx: Context, node: Any, cell: Cell) -> Value:
    """What a variable of ours holds."""
    held = ctx.seen(node, cell)
    assert isinstance(held, Items)
    return ctx.sure(node, held.slots[0])


def put(ctx: Context, cell: Cell, value: Value) -> None:
    """Give a variable of ours another value."""
    ctx.heap[cell] = Items(BOX, (value,))


def when(ctx: Context, condition: Value, then: Callable[[], None]) -> None:
    """Do something if a condition holds; what changes must stand in containers."""
    from adjoint.frontend.ends import End, MergeEnd, branch, merge

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
        made: Value | Sequenced = thing.sequence.source.make(ctx)
        return made if isinstance(made, Value) else ctx.new_list(known_items(ctx, node, made) or ())
    if isinstance(thing, Cell) and containers.kind_of(ctx, node, value) == "list":
        return containers.copied(ctx, node, value)
    return list_from_sequence(ctx, node, sequence_of(ctx, node, value))


def list_from_sequence(ctx: Context, node: Any, sequence: Sequenced) -> Value:
    """A new list of the items of a sequence."""
    parts = known_items(ctx, node, sequence) if _is_short(ctx, node, sequence) else None
    if parts is not None:
        return ctx.new_list(parts)
    in_order = isinstance(sequence.source, Value) and not sequence.backwards
    if sequence.cell is not None and in_order and isinstance(sequence.source.type, List):
        return containers.shared(ctx, Run(sequence.source), handle(sequence.cell))
    if in_order and isinstance(sequence.source.type, Array):
        rows = ctx.emit(node, "list_of_rows", sequence.source)
        return ctx.new_cell(Run(rows))
    made = ctx.new_cell(Items(LIST, ()))
    for_each(ctx, node, sequence, lambda inner, item: append(inner, node, made, item))
    return made


def _is_short(ctx: Context, node: Any, sequence: Sequenced) -> bool:
    parts = items_of(ctx, node, sequence)
    return parts is not None and len(parts) <= 64


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
            containers.update(ctx, node, made, arg)
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
    from adjoint.frontend.calls import call_value

    (value,) = args
    if isinstance(value.type, Static) and hasattr(value.type.value, "__len__"):
        return ctx.const(len(value.type.value))
    found = containers.length(ctx, node, value)
    if found is not None:
        return found
    method = method_of(ctx, node, value, "__len__")
    if method is not None:
        return call_value(ctx, node, method, [], {}, "len")
    if isinstance(object_of(value), Iterator):
        parts = known_items(ctx, node, sequence_of(ctx, node, value))
        return ctx.const(len(parts)) if parts is not None else None
    return None


# -- reductions


def _sequence(ctx: Context, node: Any, value: Value) -> Sequenced | None:
    """What an argument iterates over, unless it is data that an operation takes whole."""
    if isinstance(value.type, Array | List | Scalar | Undef):
        return None
    if isinstance(object_of(value), Cell) and isinstance(ctx.seen(node, object_of(value)), Run):
        return None
    return sequence_of(ctx, node, value)


@intrinsic(builtins.sum)
@consuming
def _sum(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    """A sum of known items is written out; of what a generator makes, it is a running total."""
    start = args[1] if len(args) == 2 else keywords.get("start")
    thing = object_of(args[0])
    total = start if start is not None else ctx.const(0)
    if isinstance(thing, Iterator) and thing.generator is not None and begun(ctx, thing) is None:
        return total if is_used_up(ctx, node, thing) else _running_sum(ctx, node, thing, total)
    sequence = _sequence(ctx, node, args[0])
    if sequence is None:
        return None
    if isinstance(sequence.source, Value):
        return None if start is None and isinstance(sequence.source.type, Array) else _loop_sum(ctx, node, sequence, total)
    parts = known_items(ctx, node, sequence) if _is_short(ctx, node, sequence) else None
    if parts is None:
        return _loop_sum(ctx, node, sequence, total)
    for part in parts:
        total = binary(ctx, node, "add", total, part)
    return total


def _loop_sum(ctx: Context, node: Any, sequence: Sequenced, start: Value) -> Value:
    total = box(ctx, start)
    for_each(
        ctx, node, sequence, lambda inner, item: put(inner, total, binary(inner, node, "add", unboxed(inner, node, total), item))
    )
    return _named(unboxed(ctx, node, total), "total")


def _running_sum(ctx: Context, node: Any, thing: Iterator, start: Value) -> Value:
    from adjoint.frontend.comprehensions import walk

    total, generator = box(ctx, start), thing.generator

    def add(inner: Context) -> None:
        put(inner, total, binary(inner, node, "add", unboxed(inner, node, total), inner.expression(generator.elt)))

    walk(ctx, generator, generator.generators, add, thing.first)
    return _named(unboxed(ctx, node, total), "total")


def _named(value: Value, name: str) -> Value:
    """What a loop gives is printed under this name, unless it is assigned to a variable."""
    if value.op is not None and value.op.opcode == "for":
        value.op.attrs["_hint"] = name
    return value


@intrinsic(builtins.any)
def _any(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _decided(ctx, node, args[0], "or")


@intrinsic(builtins.all)
def _all(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _decided(ctx, node, args[0], "and")


def _decided(ctx: Context, node: Any, value: Value, kind: str) -> Value | None:
    if isinstance(value.type, Array | Undef):
        return None
    sequence = sequence_of(ctx, node, value)
    parts = known_items(ctx, node, sequence) if _is_short(ctx, node, sequence) else None
    if parts is not None:
        result = ctx.const(kind == "and")
        for part in reversed(parts):
            result = _either(ctx, node, kind, truth(ctx, node, part), result)
        return _as_bool(ctx, node, result)
    found = box(ctx, ctx.const(kind == "and"))

    def step(inner: Context, item: Value) -> None:
        known = unboxed(inner, node, found)
        put(inner, found, _either(inner, node, kind, known, _as_bool(inner, node, truth(inner, node, item))))

    for_each(ctx, node, sequence, step)
    return unboxed(ctx, node, found)


def _either(ctx: Context, node: Any, kind: str, first: Value, second: Value) -> Value:
    if kind == "and":
        return conditional(ctx, node, first, lambda: second, lambda: first, "and")
    return conditional(ctx, node, first, lambda: first, lambda: second, "or")


def _as_bool(ctx: Context, node: Any, value: Value) -> Value:
    if isinstance(value.type, Scalar) and value.type.kind == "bool":
        return value
    if ctx.is_static(value):
        return ctx.const(bool(ctx.static(value)))
    return ctx.emit(node, "bool", value)


def _extreme(opcode: str, name: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def extreme(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        if set(keywords) - {"key", "default"}:
            raise misused(ctx, node, name)
        sequence = _sequence(ctx, node, args[0]) if len(args) == 1 else None
        if sequence is not None and "default" in keywords and is_empty(sequence):
            return keywords["default"]
        parts: list[Value] | None = args
        if sequence is not None:
            parts = known_items(ctx, node, sequence) if _is_short(ctx, node, sequence) else None
        if len(args) == 1 and (sequence is None or parts is None):
            return _extreme_of_run(ctx, node, args[0], sequence, opcode, keywords.get("key"))
        assert parts is not None
        if not parts:
            raise ctx.refuse(node, f"`{name}` of nothing", why="Python would raise ValueError", fix="check its length")
        if "key" in keywords or any(isinstance(part.type, Tuple | Handle) for part in parts):
            return _best(ctx, node, parts, keywords.get("key"), opcode)
        return ctx.emit(node, opcode, *parts, _text=name, _via="builtin") if len(parts) > 1 else parts[0]

    return extreme


intrinsic(builtins.max)(consuming(_extreme("max_of", "max")))
intrinsic(builtins.min)(consuming(_extreme("min_of", "min")))


def _extreme_of_run(
    ctx: Context, node: Any, value: Value, sequence: Sequenced | None, opcode: str, key: Value | None
) -> Value | None:
    if key is None and isinstance(value.type, Array | List):
        return None
    made = list_of(ctx, node, value) if sequence is None else list_from_sequence(ctx, node, sequence)
    items = containers.run_of(ctx, node, made)
    if key is None:
        return ctx.emit(node, opcode, items)
    first = ctx.adopt(ctx.emit(node, "index", items, ctx.const(0), spec=("int",)))
    best, best_key = box(ctx, first), box(ctx, _key_of(ctx, node, key, first))

    def step(inner: Context, item: Value) -> None:
        here = _key_of(inner, node, key, item)
        is_better = compare(inner, node, _order(opcode), here, unboxed(inner, node, best_key))

        def take() -> None:
            put(inner, best, item)
            put(inner, best_key, here)

        when(inner, is_better, take)

    for_each(ctx, node, Sequenced(items), step)
    return unboxed(ctx, node, best)


def _order(opcode: str) -> Any:
    return gast.Gt() if opcode == "max_of" else gast.Lt()


def _key_of(ctx: Context, node: Any, key: Value | None, item: Value) -> Value:
    from adjoint.frontend.calls import call_value

    return item if key is None else call_value(ctx, node, key, [item], {}, "key")


def _best(ctx: Context, node: Any, parts: Sequence[Value], key: Value | None, opcode: str) -> Value:
    """The first of the items with the greatest (least) key, by comparing one after the other."""
    best, best_key = parts[0], _key_of(ctx, node, key, parts[0])
    for part in parts[1:]:
        here = _key_of(ctx, node, key, part)
        is_better = compare(ctx, node, _order(opcode), here, best_key)
        chosen = [_choose(ctx, node, is_better, part, best), _choose(ctx, node, is_better, here, best_key)]
        best, best_key = chosen
    return best


def _choose(ctx: Context, node: Any, condition: Value, a: Value, b: Value) -> Value:
    return conditional(ctx, node, condition, lambda: a, lambda: b, "ternary")


@intrinsic(builtins.sorted)
@consuming
def _sorted(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return ordered(ctx, node, list_of(ctx, node, args[0]), keywords)


def ordered(ctx: Context, node: Any, value: Value, keywords: Keywords) -> Value:
    """A new list of the items of a list, in order."""
    key, reverse = keywords.get("key"), keywords.get("reverse", ctx.const(False))
    if not ctx.is_static(reverse):
        raise misused(ctx, node, "sorted")
    if key is not None and isinstance(key.type, Static) and key.type.value is None:
        key = None
    parts = containers.items(ctx, node, value)
    keys = [_key_of(ctx, node, key, part) for part in parts] if parts is not None else []
    if parts is not None and all(map(_is_decided(ctx), keys)):
        known = sorted(range(len(parts)), key=lambda n: ctx.static(keys[n]), reverse=bool(ctx.static(reverse)))
        return ctx.new_list(parts[n] for n in known)
    items = containers.run_of(ctx, node, value)
    flag = bool(ctx.static(reverse))
    if key is None:
        return containers.shared(ctx, Run(ctx.emit(node, "list_sort", items, reverse=flag)), value)
    keyed = ctx.new_cell(Items(LIST, tuple(keys)))
    if parts is None:
        keyed = ctx.new_cell(Items(LIST, ()))
        for_each(
            ctx, node, Sequenced(items), lambda inner, item: append(inner, node, keyed, _key_of(inner, node, key, item))
        )
    order = ctx.emit(node, "list_argsort", containers.run_of(ctx, node, keyed), reverse=flag)
    return containers.shared(ctx, Run(ctx.emit(node, "list_permute", items, order)), value)


def _is_decided(ctx: Context) -> Callable[[Value], bool]:
    return ctx.is_static


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
    from adjoint.frontend.operators import sign

    return sign(ctx, node, "abs", args[0]) if isinstance(args[0].type, Handle | Tuple) else None


# -- kinds and attributes


@intrinsic(builtins.isinstance)
def _isinstance(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 2 or keywords:
        raise misused(ctx, node, "isinstance")
    wanted = ctx.static(args[1]) if ctx.is_static(args[1]) else ()
    kinds: tuple[Any, ...] = wanted if isinstance(wanted, tuple) else (wanted,)
    if isinstance(args[0].type, Undef):
        return ctx.blocked(args[0])
    answers = {any(issubclass(kind, each) for each in kinds) for kind in possible_kinds(ctx, node, args[0])}
    if len(answers) != 1:
        raise ctx.refuse(
            node,
            f"`isinstance` of {spoken(args[0].type)} is not known before the run",
            why="an int may stand where a float is declared, and a Python number where a NumPy scalar is",
            fix="test for the whole family: `isinstance(x, (int, float))`, `isinstance(x, np.ndarray)`",
        )
    return ctx.const(answers.pop())


def possible_kinds(ctx: Context, node: Any, value: Value) -> list[type]:
    """The classes that a value may have at run time."""
    t, thing = value.type, object_of(value)
    if isinstance(t, Static):
        return [type(t.value)]
    if isinstance(thing, Cell):
        held = ctx.seen(node, thing)
        layout = LIST if isinstance(held, Run) else held.layout
        return [layout.cls or {"list": list, "dict": dict}.get(layout.kind, object)]
    if thing is not None:
        return [type(possible_kinds) if isinstance(thing, Closure | Bound | Special | Choice) else object]
    if isinstance(t, Tuple):
        return [t.layout.cls if t.layout is not None and t.layout.cls is not None else tuple]
    if isinstance(t, List):
        return [list]
    if isinstance(t, Array) and t.rank:
        return [np.ndarray]
    if isinstance(t, Array):
        return [np.ndarray, np.dtype(t.dtype).type, float, int]
    if not isinstance(t, Scalar):
        return [object]
    order = [bool, int, float, complex]
    exact = {"bool": bool, "int": int, "float": float, "complex": complex}[t.kind]
    return [exact] if exact in (bool, int) else [np.float64, *order[1 : order.index(exact) + 1]]


@intrinsic(builtins.type)
def _type(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) != 1:
        raise misused(ctx, node, "type")
    kinds = possible_kinds(ctx, node, args[0])
    if len(kinds) != 1:
        raise ctx.refuse(
            node,
            f"`type` of {spoken(args[0].type)} is not known before the run",
            why="an int may stand where a float is declared, and a NumPy scalar where a Python number is",
            fix="use `isinstance` with the whole family: `isinstance(x, (int, float))`",
        )
    return ctx.const(kinds[0])


@intrinsic(builtins.issubclass, builtins.id)
def _static_only(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    if len(args) == 2 and all(map(ctx.is_static, args)):
        return ctx.const(issubclass(ctx.static(args[0]), ctx.static(args[1])))
    raise misused(ctx, node, "this")


@intrinsic(builtins.callable)
def _callable(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import method_of

    (value,) = args
    thing = object_of(value)
    if isinstance(value.type, Static):
        return ctx.const(callable(value.type.value))
    if isinstance(thing, Closure | Bound | Special | Choice):
        return ctx.const(True)
    return ctx.const(method_of(ctx, node, value, "__call__") is not None)


@intrinsic(builtins.getattr)
def _getattr(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import attribute, find

    if len(args) < 2 or not ctx.is_static(args[1]):
        raise misused(ctx, node, "getattr")
    base, name = args[0], ctx.static(args[1])
    if len(args) == 3:
        if isinstance(base.type, Static):
            return attribute(ctx, None, base, name) if hasattr(base.type.value, name) else args[2]
        found = find(ctx, node, base, name)
        return args[2] if found is None else found
    return attribute(ctx, node, base, name)


@intrinsic(builtins.hasattr)
def _hasattr(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import find

    if len(args) != 2 or not ctx.is_static(args[1]):
        raise misused(ctx, node, "hasattr")
    base, name = args[0], ctx.static(args[1])
    if isinstance(base.type, Static):
        return ctx.const(hasattr(base.type.value, name))
    if isinstance(base.type, Array | Scalar):
        return ctx.const(hasattr(np.ndarray if isinstance(base.type, Array) else float, name))
    return ctx.const(find(ctx, node, base, name) is not None)


@intrinsic(builtins.setattr)
def _setattr(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import store

    if len(args) != 3 or not ctx.is_static(args[1]):
        raise misused(ctx, node, "setattr")
    store(ctx, node, args[0], ctx.static(args[1]), args[2])
    return ctx.const(None)


@intrinsic(builtins.vars)
def _vars(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    from adjoint.frontend.attributes import find

    return find(ctx, node, args[0], "__dict__") if args else None


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
            from adjoint.frontend.operators import sign, truth_of_object

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
    from adjoint.frontend.classes import super_of

    return super_of(ctx, node, args)
