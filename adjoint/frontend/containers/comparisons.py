"""Comparing what is no number or array: containers, strings, objects of the user's classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import gast

from adjoint.frontend.containers import containers, methods
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.values import constants
from adjoint.frontend.values.objects import Cell, Items, Run, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import BOOL, Array, Handle, List, Scalar, Static, Tuple, Undef, rank_of

_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


def same_item(ctx: Context, node: Any, one: Value, other: Value) -> Value | None:
    """Whether two items of one list are one object: whether their positions are equal.

    None where that is not known, as one object may stand at two positions. That those of an argument do not is asked
    when the function is called.
    """
    cells = [each for each in (object_of(one), object_of(other)) if isinstance(each, Cell)]
    if len(cells) < 2:
        return None
    found = _in_known_list(ctx, node, cells) or _in_run(ctx, node, cells)
    if found is None:
        return None
    listed, positions = found
    ctx.touched |= listed & set(ctx.parameters)
    return ctx.emit(node, "eq", *positions)


_Positions = tuple[set[Cell], list[Value]]


def _in_known_list(ctx: Context, node: Any, cells: Sequence[Cell]) -> _Positions | None:
    """The positions of two items in a list of known length, of which the run knows one or both."""
    known = next((ctx.positions[cell] for cell in cells if cell in ctx.positions), None)
    if known is None:
        return None
    listed = known[0]
    positions: list[Value] = []
    for cell in cells:
        own, position, is_from_start = ctx.positions.get(cell, (listed, None, True))
        if own != listed or (position is None and cell not in listed):
            return None
        position = ctx.const(listed.index(cell)) if position is None else position
        positions.append(position if is_from_start else ctx.emit(node, "mod", position, ctx.const(len(listed))))
    return set(listed), positions


def _in_run(ctx: Context, node: Any, cells: Sequence[Cell]) -> _Positions | None:
    """The positions of two items in a list of run-time length."""
    listed = cells[0].base
    run = ctx.heap.get(listed) if listed is not None else None
    if listed is None or not isinstance(run, Run) or listed in listed.sharers():
        return None
    positions: list[Value] = []
    for cell in cells:
        is_item = cell.base is listed and cell.slot is None and not (cell.view or cell.held)
        if not is_item or cell.index is None or not run.has_at_its_place(cell):
            return None
        is_from_start = cell.size is None
        length = None if is_from_start else ctx.emit(node, "len", run.value)
        positions.append(cell.index if length is None else ctx.emit(node, "mod", cell.index, length))
    return {listed}, positions


def compare_objects(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    """A comparison with an operand that is no number or array."""
    from adjoint.frontend.expressions import negate

    if any(isinstance(each.type, Undef) for each in (left, right)):
        return ctx.blocked(left, right)
    made = _compared_by_method(ctx, node, opcode, left, right)
    if made is not None:
        return made
    made = constants.compared(ctx, node, opcode, left, right)
    if made is not None:
        return made
    kinds = [_family(ctx, node, each) for each in (left, right)]
    if None not in kinds and kinds[0] == kinds[1]:
        made = _compared_by_parts(ctx, node, opcode, left, right)
        if made is not None:
            return made
    if opcode in ("eq", "ne") and None not in kinds and kinds[0] != kinds[1]:
        return ctx.const(opcode == "ne")
    if opcode in ("eq", "ne") and _are_unrelated(left, right):
        return ctx.const(opcode == "ne")
    if opcode == "ne" and kinds[0] is kinds[1] is list:
        return negate(ctx, node, _equal_runs(ctx, node, left, right))
    if opcode == "eq" and kinds[0] is kinds[1] is list:
        return _equal_runs(ctx, node, left, right)
    raise ctx.refuse(
        node,
        f"{spoken(left.type)} and {spoken(right.type)} are compared",
        why="only numbers, arrays, tuples and lists of known length and things known before the run are compared",
        fix="compare numbers",
    )


def _family(ctx: Context, node: Any, value: Value) -> type | None:
    """What may be equal to each other: tuples, lists, dicts, the dataclass instances of one class."""
    if isinstance(value.type, Tuple):
        return tuple
    if isinstance(value.type, List):
        return list
    cell = containers.cell_of(value)
    held = ctx.seen(node, cell) if cell is not None else None
    if isinstance(held, Run):
        return list
    if not isinstance(held, Items):
        return None
    if held.layout.kind == "record" and is_dataclass(held.layout.cls):
        return held.layout.cls
    return {"list": list, "dict": dict}.get(held.layout.kind)


def _compared_by_parts(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value | None:
    from adjoint.frontend.expressions import negate

    parts = [_parts(ctx, node, each, opcode) for each in (left, right)]
    if parts[0] is None or parts[1] is None:
        return None
    if opcode in ("eq", "ne"):
        equal = ctx.const(False)
        if parts[0].keys() == parts[1].keys():
            equal = _equal(ctx, node, list(parts[0].values()), [parts[1][key] for key in parts[0]])
        return negate(ctx, node, equal) if opcode == "ne" else equal
    return _ordered(ctx, node, opcode, list(parts[0].values()), list(parts[1].values()))


def _are_unrelated(left: Value, right: Value) -> bool:
    """A string, None or class is never equal to a number, nor a container to either."""
    kinds = [isinstance(each.type, Static) for each in (left, right)]
    if kinds[0] != kinds[1] and all(isinstance(each.type, Static | Scalar) for each in (left, right)):
        return True
    containers = [isinstance(each.type, Tuple) or isinstance(object_of(each), Cell) for each in (left, right)]
    others = [isinstance(each.type, Static | Scalar) for each in (left, right)]
    return (containers[0] and others[1]) or (containers[1] and others[0])


def _compared_by_method(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value | None:
    """As the classes of the operands define it; `!=` is the opposite of an `==` that they define."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value
    from adjoint.frontend.containers.operators import is_kind_of
    from adjoint.frontend.expressions import negate, truth

    ways = [(left, right, opcode), (right, left, _MIRRORED[opcode])]
    for own, other, name in ways[::-1] if is_kind_of(ctx, node, right, left) is not None else ways:
        found = method_of(ctx, node, own, f"__{name}__")
        is_opposite = found is None and name == "ne"
        if is_opposite:
            found = method_of(ctx, node, own, "__eq__")
        if found is None:
            continue
        result = call_value(ctx, node, found, [other], {}, name)
        if not (isinstance(result.type, Static) and result.type.value is NotImplemented):
            return negate(ctx, node, truth(ctx, node, result)) if is_opposite else result
    return None


def _parts(ctx: Context, node: Any, value: Value, opcode: str) -> dict[Any, Value] | None:
    """What is compared one after another, by position, key or field."""
    cell = containers.cell_of(value)
    held = ctx.seen(node, cell) if cell is not None else None
    if cell is not None and isinstance(held, Items) and held.layout.kind in ("record", "dict"):
        keys: Any = held.layout.keys
        if held.layout.kind == "record":
            options = held.layout.cls.__dataclass_params__  # type: ignore[union-attr]  # a dataclass, says its family
            if not (options.eq if opcode in ("eq", "ne") else options.order):
                return None
            keys = [each.name for each in fields(held.layout.cls) if each.compare]  # type: ignore[arg-type]  # as above
        elif opcode not in ("eq", "ne"):
            return None
        return {key: ctx.slot(node, cell, held, held.layout.keys.index(key)) for key in keys}
    found = containers.items(ctx, node, value) if isinstance(value.type, Tuple | Handle) else None
    return None if found is None else dict(enumerate(found))


def _equal(ctx: Context, node: Any, left: list[Value], right: list[Value]) -> Value:
    """Item by item; shapes are compared like this."""
    from adjoint.frontend.expressions import compare, conditional

    result = ctx.const(True)
    for a, b in reversed(list(zip(left, right))):
        equal = compare(ctx, node, gast.Eq(), a, b)
        result = conditional(ctx, node, equal, _always(result), _always(equal), "and")
    return result


def _equal_runs(ctx: Context, node: Any, left: Value, right: Value) -> Value:
    """Lists of numbers of run-time length: Python compares them when the program runs."""
    values = [containers.run_of(ctx, node, each) for each in (left, right)]
    if not all(isinstance(each.type, List) and isinstance(each.type.item, Scalar | Undef) for each in values):
        raise ctx.refuse(
            node,
            "lists of run-time length whose items are no numbers are compared",
            why="their items are compared one by one",
            fix="write the loop out",
        )
    attrs = {"name": "__eq__", "keywords": (), "type": BOOL}
    return ctx.builder.op("pymethod", values, [BOOL], attrs).result


def _ordered(ctx: Context, node: Any, opcode: str, left: list[Value], right: list[Value]) -> Value:
    """The order of tuples: that of the first items that differ."""
    from adjoint.frontend.expressions import COMPARE, compare, conditional

    operation, function = next((kind(), each) for kind, (name, each) in COMPARE.items() if name == opcode)
    result = ctx.const(bool(function(len(left), len(right))))
    for a, b in reversed(list(zip(left, right))):
        equal = compare(ctx, node, gast.Eq(), a, b)
        result = conditional(
            ctx, node, equal, _always(result), _comparing(ctx, node, operation, a, b, compare), "ternary"
        )
    return result


def _comparing(ctx: Context, node: Any, operation: Any, a: Value, b: Value, compare: Any) -> Callable[[], Value]:
    return lambda: compare(ctx, node, operation, a, b)


def _always(value: Value) -> Callable[[], Value]:
    return lambda: value


def contains(ctx: Context, node: Any, item: Value, container: Value) -> Value:
    """`item in container`."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value
    from adjoint.frontend.control.sequences import sequence_of
    from adjoint.frontend.control.walking import known_items
    from adjoint.frontend.expressions import compare, conditional, truth

    container = methods.plain(ctx, node, container)
    cell = containers.cell_of(container)
    held = ctx.seen(node, cell) if cell is not None else None
    if isinstance(held, Items) and held.layout.kind == "dict" and item in ctx.possible:
        return constants.is_key(ctx, node, item, held.layout.keys)
    if isinstance(held, Items) and held.layout.kind == "dict" and ctx.is_static(item):
        return ctx.const(ctx.static(item) in held.layout.keys)
    found = method_of(ctx, node, container, "__contains__")
    if found is not None:
        return truth(ctx, node, call_value(ctx, node, found, [item], {}, "in"))
    parts = None
    if isinstance(container.type, Tuple | Handle):
        parts = known_items(ctx, node, sequence_of(ctx, node, container))
    if isinstance(container.type, Static) and isinstance(container.type.value, frozenset | set):
        parts = [ctx.const(each) for each in sorted(container.type.value, key=repr)]
    if parts is None and isinstance(container.type, Array) and rank_of(container.type):
        return ctx.emit(node, "any", ctx.emit(node, "eq", container, item), _via="method")
    if parts is None:
        raise ctx.refuse(
            node,
            f"`in` searches {spoken(container.type)}",
            why="only tuples, lists and dicts of known length and things known before the run are searched",
            fix="write the comparison out: `n == 1 or n == 2`, or `np.any(x == a)`",
        )
    result = ctx.const(False)
    for each in reversed(parts):
        rest = result
        equal = compare(ctx, node, gast.Eq(), each, item)
        result = conditional(ctx, node, equal, _always(equal), _always(rest), "or")
    return result
