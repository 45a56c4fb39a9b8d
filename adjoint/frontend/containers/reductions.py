"""Builtins that take a sequence together: sums, extremes, order, `any` and `all`."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from itertools import takewhile
from typing import Any

import gast

from adjoint.errors import AdjointError
from adjoint.frontend.calls import written_in_python
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers import containers
from adjoint.frontend.containers.builtin_functions import (
    Arguments,
    Keywords,
    box,
    consuming,
    for_each,
    is_short,
    list_from_sequence,
    list_of,
    put,
    unboxed,
    when,
)
from adjoint.frontend.containers.shared_items import shared
from adjoint.frontend.context import Context
from adjoint.frontend.control.comprehensions import append, walk
from adjoint.frontend.control.sequences import begun, is_used_up, sequence_of
from adjoint.frontend.control.unchanging import changed_since
from adjoint.frontend.control.walking import as_value, is_empty, known_items, length_of, passes_of, taken
from adjoint.frontend.expressions import binary, compare, conditional, truth
from adjoint.frontend.storage import memory, sharing
from adjoint.frontend.values.objects import (
    LIST,
    Bound,
    Cell,
    Items,
    Iterator,
    Run,
    Special,
    handle,
    object_of,
)
from adjoint.frontend.values.sequence_kinds import Sequenced
from adjoint.ir.core import Value
from adjoint.ir.types import BOOL, INT, Array, Handle, List, Scalar, Static, Tuple, Type, Undef, rank_of


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
    """Floats are given to `sum` itself, whose last bit `+` may not have; what else there is is added up here."""
    start = args[1] if len(args) == 2 else keywords.get("start")
    thing = object_of(args[0])
    total = start if start is not None else ctx.const(0)
    if isinstance(thing, Iterator) and thing.generator is not None and begun(ctx, thing) is None:
        if is_used_up(ctx, node, thing):
            return total
        made = _sum_of_list(ctx, node, lambda: thing.sequence.source.make(ctx), start)
        return _running_sum(ctx, node, thing, total) if made is None else made
    sequence = _sequence(ctx, node, args[0])
    if sequence is None and memory.is_array(total) and not isinstance(args[0].type, Array | Scalar | Undef):
        return _loop_sum(ctx, node, sequence_of(ctx, node, args[0]), total)  # of no items it is the array itself
    if sequence is None:
        return None
    if isinstance(sequence.source, Value):
        return (
            None if start is None and isinstance(sequence.source.type, Array) else _loop_sum(ctx, node, sequence, total)
        )
    undo, before = ctx.checkpoint(), dict(ctx.heap)
    parts = known_items(ctx, node, sequence) if is_short(ctx, node, sequence) else None
    is_changed = changed_since(ctx, before) is not None
    if parts is not None and is_changed and not _are_numbers(ctx, node, ctx.new_list(parts)):
        undo()  # an item may change when the next one is made
        for turn in passes_of(ctx, node, sequence) or ():
            total = binary(ctx, node, "add", total, as_value(ctx, node, taken(ctx, node, turn)))
        return total
    if parts is None:
        made = _sum_of_list(ctx, node, lambda: list_from_sequence(ctx, node, sequence), start)
        return _loop_sum(ctx, node, sequence, total) if made is None else made
    return _sum_of_parts(ctx, node, parts, start)


def _are_numbers(ctx: Context, node: Any, made: Value) -> bool:
    """Whether a list holds nothing that could change."""
    parts = containers.items(ctx, node, made)
    types = [containers.run_of(ctx, node, made).type] if parts is None else [part.type for part in parts]
    types = [t.item if isinstance(t, List) else t for t in types]
    return all(isinstance(t, Scalar | Static) or (isinstance(t, Array) and not t.rank) for t in types)


def _sum_of_list(ctx: Context, node: Any, make: Callable[[], Value], start: Value | None) -> Value | None:
    """The sum of a list that is made for it. None, and nothing has happened, if that is no list of floats or arrays."""
    undo, before, heap = ctx.checkpoint(), len(ctx.builder.region.ops), dict(ctx.heap)
    try:
        made = make()
        if changed_since(ctx, heap) is not None and not _are_numbers(ctx, node, made):
            undo()  # an item may change when the next one is made
            return None
        parts = containers.items(ctx, node, made)
        if parts is not None:
            return _sum_of_parts(ctx, node, parts, start)
        items = containers.run_of(ctx, node, made)
        first = [] if start is None else [start]
        if isinstance(items.type, List) and _may_compensate([*first, *[Value(items.type.item)] * _MANY]):
            if items.op in ctx.builder.region.ops[before:] and items.op.opcode == "for":
                items.op.attrs.update(_hint="terms", _comprehension=True)
            return _python_sum(ctx, node, items, start)
        if start is None and isinstance(items.type, List) and rank_of(items.type.item):
            return _python_sum(ctx, node, items, None)  # the first sum, 0 + an array, is of another type than 0
    except AdjointError:
        pass
    undo()
    return None


def _sum_of_parts(ctx: Context, node: Any, parts: Sequence[Value], start: Value | None) -> Value:
    """The numbers in front by `sum`, what is behind an array or another object by `+`: `sum` does the same."""
    terms = list(parts) if start is None else [start, *parts]
    numbers = list(takewhile(_is_number, terms))
    total = start if start is not None else ctx.const(0)
    if _may_compensate(numbers):
        given = ctx.new_list(numbers if start is None else numbers[1:])
        total = _python_sum(ctx, node, containers.run_of(ctx, node, given), start)
        parts = terms[len(numbers) :]
    for part in parts:
        total = binary(ctx, node, "add", total, part)
    return total


def _python_sum(ctx: Context, node: Any, items: Value, start: Value | None) -> Value:
    return _named(ctx.emit(node, "sum_of", items, *([] if start is None else [start])), "total")


def _is_number(value: Value) -> bool:
    return isinstance(value.type, Scalar)


def _may_compensate(terms: Sequence[Value]) -> bool:
    """Whether `sum` may round otherwise than `+`: from Python 3.12 on it keeps what is lost of each float.

    Of two numbers nothing is lost that their sum could hold.
    """
    return len(terms) >= _MANY and all(map(_is_number, terms)) and any(each.type not in (INT, BOOL) for each in terms)


_MANY = 3


def _loop_sum(ctx: Context, node: Any, sequence: Sequenced, start: Value) -> Value:
    total = box(ctx, start)
    for_each(
        ctx,
        node,
        sequence,
        lambda inner, item: put(inner, total, binary(inner, node, "add", unboxed(inner, node, total), item)),
    )
    return _named(unboxed(ctx, node, total), "total")


def _running_sum(ctx: Context, node: Any, thing: Iterator, start: Value) -> Value:
    total, generator = box(ctx, start), thing.generator

    def add(inner: Context) -> None:
        put(inner, total, binary(inner, node, "add", unboxed(inner, node, total), inner.expression(generator.elt)))

    walk(ctx, generator, generator.generators, add, thing.first)
    return _named(unboxed(ctx, node, total), "total")


def _named(value: Value, name: str) -> Value:
    """What a loop or `sum` gives is printed under this name, unless it is assigned to a variable."""
    if value.op is not None and value.op.opcode in ("for", "sum_of"):
        value.op.attrs["_hint"] = name
    return value


@intrinsic(builtins.any)
def _any(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _stopping(ctx, node, args[0], "or")


@intrinsic(builtins.all)
def _all(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    return _stopping(ctx, node, args[0], "and")


def _stopping(ctx: Context, node: Any, value: Value, kind: str) -> Value | None:
    """The answer; Python does not look at the items behind the one that decides."""
    outer, ctx.may_stop = ctx.may_stop, True
    before = dict(ctx.heap)
    try:
        result = _decided(ctx, node, value, kind)
    finally:
        ctx.may_stop = outer
    changed = changed_since(ctx, before)
    if changed is not None:
        raise ctx.refuse(
            node,
            f"what decides here changes {changed}",
            why="the items behind the one that decides are not looked at, and which one that is is known too late",
            fix="write the loop out, with `break`",
        )
    return result


def _decided(ctx: Context, node: Any, value: Value, kind: str) -> Value | None:
    if isinstance(value.type, Array | Undef):
        return None
    sequence = sequence_of(ctx, node, value)
    parts = known_items(ctx, node, sequence) if is_short(ctx, node, sequence) else None
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
            parts = known_items(ctx, node, sequence) if is_short(ctx, node, sequence) else None
        if len(args) == 1 and (sequence is None or parts is None):
            if "default" in keywords:
                return _extreme_or_default(ctx, node, args[0], sequence, opcode, keywords)
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


def _extreme_or_default(
    ctx: Context, node: Any, value: Value, sequence: Sequenced | None, opcode: str, keywords: Keywords
) -> Value:
    """Of a sequence of run-time length, which may be empty."""
    is_listed = isinstance(value.type, Array | List) or containers.kind_of(ctx, node, value) == "list"
    if not is_listed:
        value = list_of(ctx, node, value) if sequence is None else list_from_sequence(ctx, node, sequence)
    again = sequence_of(ctx, node, value)
    some = compare(ctx, node, gast.Gt(), length_of(ctx, node, again), ctx.const(0))

    def extreme() -> Value:
        found = _extreme_of_run(ctx, node, value, again, opcode, keywords.get("key"))
        return found if found is not None else ctx.emit(node, opcode, value)

    return conditional(ctx, node, some, extreme, lambda: keywords["default"], "ternary")


def _extreme_of_run(
    ctx: Context, node: Any, value: Value, sequence: Sequenced | None, opcode: str, key: Value | None
) -> Value | None:
    if key is None and isinstance(value.type, Array | List):
        return None
    made = list_of(ctx, node, value) if sequence is None else list_from_sequence(ctx, node, sequence)
    items = containers.run_of(ctx, node, made)
    if key is None and isinstance(items.type, List) and isinstance(items.type.item, Scalar | Array | Undef):
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

    if key is not None:  # it is called once for each
        items = ctx.emit(node, "index", items, ctx.const(1), spec=(("slice", True, False, False),))
    for_each(ctx, node, Sequenced(items), step)
    result = unboxed(ctx, node, best)
    if isinstance(result.type, Tuple) and object_of(result) is None:
        result = ctx.adopt(result)
    if any(True for _ in sharing.cells_in(ctx.heap, memory.keep(ctx, result))):  # it is still an item of the list
        lists = [cell for each in (value, made) for cell in sharing.cells_in(ctx.heap, memory.keep(ctx, each))]
        sharing.may_share(ctx, result, list(dict.fromkeys(lists)), opcode.removesuffix("_of"), is_of_containers=True)
    return result


def _order(opcode: str) -> Any:
    return gast.Gt() if opcode == "max_of" else gast.Lt()


def _key_of(ctx: Context, node: Any, key: Value | None, item: Value) -> Value:
    from adjoint.frontend.calls.calls import call_value

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
    flag = bool(ctx.static(reverse))
    if key is not None and isinstance(key.type, Static) and key.type.value is None:
        key = None
    function = _comparing(key)
    if function is not None:
        order = _order_by_comparing(ctx, node, value, flag, function)
        items = containers.run_of(ctx, node, value)
        return shared(ctx, Run(ctx.emit(node, "list_permute", items, order)), value, once=True)
    parts = containers.items(ctx, node, value)
    keys = [_key_of(ctx, node, key, part) for part in parts] if parts is not None else []
    known = _known_order(ctx, node, keys, flag) if parts is not None else None
    if parts is not None and known is not None:
        return ctx.new_list(parts[n] for n in known)
    items = containers.run_of(ctx, node, value)
    if parts is None and key is not None:
        keyed = ctx.new_cell(Items(LIST, ()))
        for_each(
            ctx, node, Sequenced(items), lambda inner, item: append(inner, node, keyed, _key_of(inner, node, key, item))
        )
    else:
        keyed = ctx.new_cell(Items(LIST, tuple(keys))) if key is not None else value
    ranks = containers.run_of(ctx, node, keyed)
    if not _has_order(ranks.type):
        order = _order_by_comparing(ctx, node, keyed, flag)
        return shared(ctx, Run(ctx.emit(node, "list_permute", items, order)), value, once=True)
    if key is None:
        return shared(ctx, Run(ctx.emit(node, "list_sort", items, reverse=flag)), value, once=True)
    order = ctx.emit(node, "list_argsort", ranks, reverse=flag)
    return shared(ctx, Run(ctx.emit(node, "list_permute", items, order)), value, once=True)


def _has_order(t: Type) -> bool:
    """Whether NumPy and Python themselves put the items in order: numbers, and tuples of them."""
    item = t.item if isinstance(t, List) else t
    return not isinstance(item, List) and not (isinstance(item, Tuple) and item.layout is not None)


def _refuse_key(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value:
    raise ctx.refuse(
        node,
        "a key of `functools.cmp_to_key` is used by itself",
        why="it only puts items in order",
        fix="give it to `sorted` or `.sort` as `key=`",
    )


COMPARING = handle(Special("cmp_to_key", _refuse_key))
"""Stands for `functools.cmp_to_key`, bound to the function that compares."""


def _comparing(key: Value | None) -> Value | None:
    """The function of a key made by `cmp_to_key`."""
    thing = object_of(key)
    return thing.args[0] if isinstance(thing, Bound) and thing.function is COMPARING else None


def _order_by_comparing(ctx: Context, node: Any, keys: Value, reverse: bool, function: Value | None = None) -> Value:
    """The positions of objects with an order of their own, compared one with another."""
    from adjoint.frontend.calls.calls import call_value

    args = [keys, ctx.const(reverse)]
    python = written_in_python.in_order if function is None else written_in_python.in_order_by
    args += [] if function is None else [function]
    made = call_value(ctx, node, ctx.const(python), args, {}, "sorted")
    return containers.run_of(ctx, node, made)


def _known_order(ctx: Context, node: Any, keys: Sequence[Value], reverse: bool) -> list[int] | None:
    """The order of known items, where every comparison is decided now."""
    if all(map(ctx.is_static, keys)):
        return sorted(range(len(keys)), key=lambda n: ctx.static(keys[n]), reverse=reverse)
    if len(keys) > _MAX_COMPARED or not all(isinstance(key.type, Tuple) for key in keys):
        return None

    def is_less(a: int, b: int) -> int:
        answers = [compare(ctx, node, gast.Lt(), keys[x], keys[y]) for x, y in ((a, b), (b, a))]
        if not all(map(ctx.is_static, answers)):
            raise _Undecided
        return int(ctx.static(answers[1])) - int(ctx.static(answers[0]))

    try:
        return sorted(range(len(keys)), key=cmp_to_key(is_less), reverse=reverse)
    except _Undecided:
        return None


class _Undecided(Exception):
    """Only the run can tell."""


_MAX_COMPARED = 32
