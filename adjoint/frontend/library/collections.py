"""The containers of `collections`: objects that hold a list or a dict of ours and add to what it can do.

A deque is an object with a list in it, a defaultdict, Counter or OrderedDict one with a dict; what they do otherwise is
what the list or dict does. They live inside a function: they are neither arguments nor results of a derivative.
"""

from __future__ import annotations

import collections
import functools
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers import containers, joining, methods
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords, dict_of, for_each, list_of, when
from adjoint.frontend.containers.methods import HELD, OF_LIBRARY, Method, held_in, method_named
from adjoint.frontend.context import Context
from adjoint.frontend.control.comprehensions import append
from adjoint.frontend.control.sequences import make_reversed, once, sequence_of
from adjoint.frontend.control.walking import known_items
from adjoint.frontend.expressions import binary, compare
from adjoint.frontend.values.objects import LIST, Items, Run
from adjoint.frontend.values.sequence_kinds import Known, Sequenced
from adjoint.ir.core import Value
from adjoint.ir.types import Layout, Static


def _object(ctx: Context, cls: type, inner: Value, **more: Value) -> Value:
    """A new object around a list or dict."""
    layout = Layout("record", (HELD, *more), cls)
    return ctx.new_cell(Items(layout, (inner, *more.values())))


def _is_none(value: Value | None) -> bool:
    return value is None or (isinstance(value.type, Static) and value.type.value is None)


# -- deque


@functools.cache
def _bounded(maxlen: int) -> type:
    """The deques of a greatest length, as a class of their own."""
    return type("deque", (collections.deque,), {"maxlen": maxlen})


@intrinsic(collections.deque)
def _deque(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    given = dict(zip(("iterable", "maxlen"), args)) | keywords
    maxlen = given.pop("maxlen", None)
    inner = list_of(ctx, node, given["iterable"]) if "iterable" in given else ctx.new_list(())
    if maxlen is None or _is_none(maxlen):
        return _object(ctx, collections.deque, inner)
    if not ctx.is_static(maxlen):
        raise ctx.refuse(
            node,
            "the `maxlen` of a deque is not known before the run",
            why="it decides which items are kept",
            fix="write `maxlen` as a literal, or drop the items by hand: `if len(d) > n: d.popleft()`",
        )
    made = _object(ctx, _bounded(ctx.static(maxlen)), inner)
    _keep_last(ctx, node, made)
    return made


def _maxlen(ctx: Context, node: Any, base: Value) -> int | None:
    cell = containers.cell_of(base)
    held = ctx.seen(node, cell) if cell is not None else None
    cls = held.layout.cls if isinstance(held, Items) else None
    maxlen = vars(cls).get("maxlen") if cls is not None else None
    return maxlen if isinstance(maxlen, int) else None


def _keep_last(ctx: Context, node: Any, base: Value) -> None:
    """Drop what is too much at the front."""
    maxlen = _maxlen(ctx, node, base)
    if maxlen is None:
        return
    inner = held_in(ctx, node, base)
    cell = containers.cell_of(inner)
    assert cell is not None
    held = ctx.seen(node, cell)
    if isinstance(held, Items):
        if len(held.slots) > maxlen:
            ctx.change(node, cell, Items(LIST, held.slots[len(held.slots) - maxlen :]))
        return
    bound = ctx.const(-maxlen if maxlen else 0)
    spec = (("slice", bool(maxlen), not maxlen, False),)
    ctx.change(node, cell, Run(ctx.emit(node, "index", held.value, bound, spec=spec)))


def _drop_one(ctx: Context, node: Any, base: Value, position: int) -> None:
    """One item has been added: one goes at the other end if they are too many."""
    maxlen = _maxlen(ctx, node, base)
    if maxlen is None:
        return
    inner = held_in(ctx, node, base)
    cell, length = containers.cell_of(inner), joining.length(ctx, node, inner)
    assert cell is not None and length is not None
    too_many = compare(ctx, node, gast.Gt(), length, ctx.const(maxlen))
    when(ctx, too_many, lambda: containers.remove_at(ctx, node, cell, ctx.seen(node, cell), ctx.const(position)))


def _append(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    append(ctx, node, held_in(ctx, node, base), args[0])
    _drop_one(ctx, node, base, 0)
    return ctx.const(None)


def _appendleft(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    methods.insert(ctx, node, held_in(ctx, node, base), [ctx.const(0), args[0]], {})
    _drop_one(ctx, node, base, -1)
    return ctx.const(None)


def _extend(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    methods.extend(ctx, node, held_in(ctx, node, base), args, {})
    _keep_last(ctx, node, base)
    return ctx.const(None)


def _extend_in_place(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    _extend(ctx, node, base, args, keywords)
    return base


def _extendleft(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    for_each(
        ctx,
        node,
        sequence_of(ctx, node, args[0]),
        lambda inner, item: _ignored(_appendleft(inner, node, base, [item], {})),
    )
    return ctx.const(None)


def _ignored(value: Value) -> None:
    """For a step of a loop that gives nothing."""


def _insert(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    if _maxlen(ctx, node, base) is not None:
        raise misused(ctx, node, "deque.insert")
    return methods.insert(ctx, node, held_in(ctx, node, base), args, {})


def _popleft(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return methods.pop(ctx, node, held_in(ctx, node, base), [ctx.const(0)], {})


def _rotate(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    steps = args[0] if args else ctx.const(1)
    inner = held_in(ctx, node, base)
    cell = containers.cell_of(inner)
    assert cell is not None
    held = ctx.seen(node, cell)
    if isinstance(held, Items) and ctx.is_static(steps):
        turned = collections.deque(held.slots)
        turned.rotate(ctx.static(steps))
        ctx.change(node, cell, Items(LIST, tuple(turned)))
        return ctx.const(None)
    items = containers.run_of(ctx, node, inner)
    length = ctx.emit(node, "len", items)
    by = binary(ctx, node, "mod", steps, ctx.emit(node, "max_of", length, ctx.const(1)))
    cut = binary(ctx, node, "sub", length, by)
    after = ctx.emit(node, "index", items, cut, spec=(("slice", True, False, False),))
    before = ctx.emit(node, "index", items, cut, spec=(("slice", False, True, False),))
    ctx.change(node, cell, Run(ctx.emit(node, "list_concat", after, before)))
    return ctx.const(None)


def _copy_object(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell = containers.cell_of(base)
    assert cell is not None
    held = ctx.seen(node, cell)
    assert isinstance(held, Items)
    inner = joining.copied(ctx, node, held_in(ctx, node, base))
    return ctx.new_cell(Items(held.layout, (inner, *held.slots[1:])))


def _reversed(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return once(ctx, make_reversed(ctx, node, sequence_of(ctx, node, held_in(ctx, node, base))), "reversed")


def _iter(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return held_in(ctx, node, base)


def _delitem(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell = containers.cell_of(held_in(ctx, node, base))
    assert cell is not None
    containers.remove_at(ctx, node, cell, ctx.seen(node, cell), args[0])
    return ctx.const(None)


def _equal(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    other = methods.plain(ctx, node, args[0])
    return compare(ctx, node, gast.Eq(), held_in(ctx, node, base), other)


def _unequal(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return compare(ctx, node, gast.NotEq(), held_in(ctx, node, base), methods.plain(ctx, node, args[0]))


def _inner(name: str) -> Method:
    """A method of the list or dict inside."""

    def run(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        method = method_named(ctx, node, held_in(ctx, node, base), name)
        result: Value = method.run(ctx, node, args, keywords)
        return result

    return run


_COMMON: dict[str, Method] = {
    "copy": _copy_object,
    "__copy__": _copy_object,
    "__iter__": _iter,
    "__reversed__": _reversed,
    "__delitem__": _delitem,
    "__eq__": _equal,
    "__ne__": _unequal,
    **{name: _inner(name) for name in ("clear", "__getitem__", "__setitem__", "__len__", "__contains__")},
}
OF_LIBRARY[collections.deque] = {
    **_COMMON,
    "append": _append,
    "appendleft": _appendleft,
    "extend": _extend,
    "extendleft": _extendleft,
    "insert": _insert,
    "popleft": _popleft,
    "rotate": _rotate,
    "__iadd__": _extend_in_place,
    **{name: _inner(name) for name in ("pop", "remove", "reverse", "index", "count")},
}


# -- dicts


_DICT: dict[str, Method] = {
    **_COMMON,
    **{name: _inner(name) for name in ("keys", "values", "items", "get", "setdefault", "pop", "popitem", "update")},
}


@intrinsic(collections.defaultdict)
def _defaultdict(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    factory = args[0] if args else ctx.const(None)
    return _object(ctx, collections.defaultdict, dict_of(ctx, node, args[1:], keywords), default_factory=factory)


def _defaulted(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`d[key]`: a missing key gets what the factory makes."""
    from adjoint.frontend.attributes import attribute
    from adjoint.frontend.calls.calls import call_value

    inner = held_in(ctx, node, base)
    cell = containers.cell_of(inner)
    assert cell is not None
    held = ctx.seen(node, cell)
    factory = attribute(ctx, node, base, "default_factory")
    if isinstance(held, Items) and ctx.is_static(args[0]) and ctx.static(args[0]) not in held.layout.keys:
        if not _is_none(factory):
            containers.store_at(ctx, node, inner, args[0], call_value(ctx, node, factory, [], {}, "default_factory"))
    return containers.item_at(ctx, node, inner, args[0])


OF_LIBRARY[collections.defaultdict] = {**_DICT, "__getitem__": _defaulted}


@intrinsic(collections.OrderedDict)
def _ordereddict(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _object(ctx, collections.OrderedDict, dict_of(ctx, node, args, keywords))


def _flag(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value], number: int) -> bool:
    value = args[number] if len(args) > number else keywords.get("last", ctx.const(True))
    if not ctx.is_static(value):
        raise misused(ctx, node, "OrderedDict")
    return bool(ctx.static(value))


def _move_to_end(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    inner, last = held_in(ctx, node, base), _flag(ctx, node, args, keywords, 1)
    cell = containers.cell_of(inner)
    value = containers.item_at(ctx, node, inner, args[0])
    assert cell is not None
    containers.remove_at(ctx, node, cell, ctx.seen(node, cell), args[0])
    held = ctx.seen(node, cell)
    assert isinstance(held, Items)
    key = ctx.static(args[0])
    keys = (*held.layout.keys, key) if last else (key, *held.layout.keys)
    slots = (*held.slots, value) if last else (value, *held.slots)
    ctx.change(node, cell, Items(Layout("dict", keys), slots))
    return ctx.const(None)


def _popitem(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    inner, last = held_in(ctx, node, base), _flag(ctx, node, args, keywords, 0)
    cell = containers.cell_of(inner)
    held = ctx.seen(node, cell) if cell is not None else None
    if not isinstance(held, Items) or not held.slots:
        raise misused(ctx, node, "popitem")
    key = ctx.const(held.layout.keys[-1 if last else 0])
    return ctx.pack([key, methods.pop_key(ctx, node, inner, [key], {})])


OF_LIBRARY[collections.OrderedDict] = {**_DICT, "move_to_end": _move_to_end, "popitem": _popitem}


# -- Counter


@intrinsic(collections.Counter)
def _counter(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    made = _object(ctx, collections.Counter, dict_of(ctx, node, [], {}))
    _count(ctx, node, made, args, keywords)
    return made


def _counted(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`c[key]`: nothing has been counted of a missing key."""
    inner = held_in(ctx, node, base)
    cell = containers.cell_of(inner)
    assert cell is not None
    held = ctx.seen(node, cell)
    if isinstance(held, Items) and ctx.is_static(args[0]) and ctx.static(args[0]) not in held.layout.keys:
        return ctx.const(0)
    return containers.item_at(ctx, node, inner, args[0])


def _count(
    ctx: Context, node: Any, base: Value, args: Sequence[Value], keywords: dict[str, Value], opcode: str = "add"
) -> None:
    """Count the elements of an iterable, or add the counts of a mapping."""
    for arg in args:
        source = methods.plain(ctx, node, arg)
        if containers.kind_of(ctx, node, source) == "dict":
            cell = containers.cell_of(source)
            held = ctx.seen(node, cell) if cell is not None else None
            assert isinstance(held, Items)
            for key, slot in zip(held.layout.keys, held.slots):
                _raise_count(ctx, node, base, ctx.const(key), ctx.sure(node, slot), opcode)
            continue
        parts = known_items(ctx, node, sequence_of(ctx, node, source))
        if parts is None or not all(map(ctx.is_static, parts)):
            raise ctx.refuse(
                node,
                "a `Counter` of things that are not known before the run",
                why="which keys it has decides the program",
                fix="count in a list, by position",
            )
        for part in parts:
            _raise_count(ctx, node, base, part, ctx.const(1), opcode)
    for name, amount in keywords.items():
        _raise_count(ctx, node, base, ctx.const(name), amount, opcode)


def _raise_count(ctx: Context, node: Any, base: Value, key: Value, amount: Value, opcode: str) -> None:
    before = _counted(ctx, node, base, [key], {})
    if ctx.is_static(before) and ctx.is_static(amount):
        both = ctx.static(before), ctx.static(amount)
        after = ctx.const(both[0] + both[1] if opcode == "add" else both[0] - both[1])
    else:
        after = binary(ctx, node, opcode, before, amount)
    containers.store_at(ctx, node, held_in(ctx, node, base), key, after)


def _update(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    _count(ctx, node, base, args, keywords)
    return ctx.const(None)


def _subtract(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    _count(ctx, node, base, args, keywords, "sub")
    return ctx.const(None)


def _known_counts(ctx: Context, node: Any, base: Value, name: str) -> collections.Counter[Any]:
    cell = containers.cell_of(held_in(ctx, node, base))
    held = ctx.seen(node, cell) if cell is not None else None
    assert isinstance(held, Items)
    slots = [ctx.sure(node, slot) for slot in held.slots]
    if not all(map(ctx.is_static, slots)):
        raise misused(ctx, node, f"Counter.{name}")
    return collections.Counter(dict(zip(held.layout.keys, map(ctx.static, slots))))


def _most_common(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    number = None if not args or _is_none(args[0]) else args[0]
    if number is not None and not ctx.is_static(number):
        raise misused(ctx, node, "Counter.most_common")
    pairs = _known_counts(ctx, node, base, "most_common").most_common(None if number is None else ctx.static(number))
    return ctx.new_list(ctx.pack([ctx.const(key), ctx.const(count)]) for key, count in pairs)


def _elements(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    items = _known_counts(ctx, node, base, "elements").elements()
    return once(ctx, Sequenced(Known(tuple(map(ctx.const, items)))), "elements")


def _total(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell = containers.cell_of(held_in(ctx, node, base))
    held = ctx.seen(node, cell) if cell is not None else None
    assert isinstance(held, Items)
    total = ctx.const(0)
    for slot in held.slots:
        total = binary(ctx, node, "add", total, ctx.sure(node, slot))
    return total


OF_LIBRARY[collections.Counter] = {
    **_DICT,
    "__getitem__": _counted,
    "update": _update,
    "subtract": _subtract,
    "most_common": _most_common,
    "elements": _elements,
    "total": _total,
}


@intrinsic(dict.fromkeys)
def _fromkeys(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    made, value = dict_of(ctx, node, [], {}), args[1] if len(args) > 1 else ctx.const(None)
    keys = known_items(ctx, node, sequence_of(ctx, node, args[0]))
    if keys is None:
        raise misused(ctx, node, "dict.fromkeys")
    for key in keys:
        containers.store_at(ctx, node, made, key, value)
    return made
