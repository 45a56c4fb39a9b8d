"""Operators on what is no number or array: containers, strings, objects of the user's classes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast

from adjoint.frontend import containers, texts
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.objects import Items, Iterator, Run, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import Array, Handle, Scalar, Static, Tuple, Undef, rank_of

_METHODS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "truediv",
    "floordiv": "floordiv",
    "mod": "mod",
    "pow": "pow",
    "matmul": "matmul",
    "bitand": "and",
    "bitor": "or",
    "bitxor": "xor",
    "lshift": "lshift",
    "rshift": "rshift",
}
_MIRRORED = {"eq": "eq", "ne": "ne", "lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}


def of_objects(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    """A binary operator with an operand that is no number or array."""
    if any(isinstance(each.type, Undef) for each in (left, right)):
        return ctx.blocked(left, right)
    made = texts.operator(ctx, node, opcode, left, right)
    if made is not None:
        return made
    made = by_method(ctx, node, _METHODS[opcode], left, right)
    if made is not None:
        return made
    joining = {"add": containers.add, "mul": containers.repeat, "bitor": containers.merged}
    if opcode in joining:
        made = joining[opcode](ctx, node, left, right)
        if made is not None:
            return made
    made = _of_constants(ctx, opcode, left, right) if _both_static(left, right) else None
    if made is not None:
        return made
    if any(isinstance(each.type, Array) for each in (left, right)):
        return ctx.emit(node, opcode, ctx.data(node, left), ctx.data(node, right))
    text = ctx.captured.source.segment(node)
    raise ctx.refuse(
        node,
        f"`{text}` works on {spoken(left.type)} and {spoken(right.type)}",
        why="operators are differentiated on numbers, arrays, and objects that define them",
        fix="make arrays of lists first: `np.array(...)`, `np.zeros(n)`, `np.concatenate(...)`",
    )


def _both_static(left: Value, right: Value) -> bool:
    return any(isinstance(each.type, Static) for each in (left, right))


def _of_constants(ctx: Context, opcode: str, left: Value, right: Value) -> Value | None:
    """Strings, sets and other constants are computed now."""
    import operator

    if not (ctx.is_static(left) and ctx.is_static(right)):
        return None
    a, b = ctx.static(left), ctx.static(right)
    plain = (str, bytes, frozenset, int, tuple)
    if not (isinstance(a, plain) and isinstance(b, plain)):
        return None
    name = {"bitand": "and_", "bitor": "or_", "bitxor": "xor"}.get(opcode, opcode)
    try:
        return ctx.const(getattr(operator, name)(a, b))
    except (TypeError, ValueError):
        return None


def by_method(ctx: Context, node: Any, name: str, left: Value, right: Value) -> Value | None:
    """The operator as the classes of the operands define it; None when they do not."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls import call_value

    for own, other, method in ((left, right, f"__{name}__"), (right, left, f"__r{name}__")):
        found = method_of(ctx, node, own, method)
        if found is not None:
            result = call_value(ctx, node, found, [other], {}, method)
            if not (isinstance(result.type, Static) and result.type.value is NotImplemented):
                return result
    return None


def sign(ctx: Context, node: Any, opcode: str, value: Value) -> Value:
    """`-value`, `+value`, `~value` of an object."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls import call_value

    found = method_of(ctx, node, value, f"__{opcode}__")
    if found is not None:
        return call_value(ctx, node, found, [], {}, opcode)
    raise ctx.refuse(
        node, f"a sign before {spoken(value.type)}", why="only numbers and arrays have one", fix="use a number"
    )


def truth_of_object(ctx: Context, node: Any, value: Value) -> Value:
    """The truth of a container or object."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls import call_value

    cell = containers.cell_of(value)
    if cell is None:
        if isinstance(object_of(value), Iterator):
            return ctx.const(True)
        return ctx.const(True)
    held = ctx.seen(node, cell)
    if isinstance(held, Run):
        return ctx.emit(node, "gt", ctx.emit(node, "len", held.value), ctx.const(0))
    if held.layout.kind in ("list", "dict"):
        return ctx.const(bool(held.slots))
    for name in ("__bool__", "__len__"):
        found = method_of(ctx, node, value, name)
        if found is not None:
            result = call_value(ctx, node, found, [], {}, name)
            return result if name == "__bool__" else ctx.emit(node, "ne", result, ctx.const(0))
    return ctx.const(True)


# -- comparing


def compare_objects(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    """A comparison with an operand that is no number or array."""
    from adjoint.frontend.expressions import negate

    if any(isinstance(each.type, Undef) for each in (left, right)):
        return ctx.blocked(left, right)
    made = _compared_by_method(ctx, node, opcode, left, right)
    if made is not None:
        return made
    parts = [_parts(ctx, node, each) for each in (left, right)]
    if parts[0] is not None and parts[1] is not None:
        if opcode in ("eq", "ne"):
            equal = _equal(ctx, node, parts[0], parts[1])
            return negate(ctx, node, equal) if opcode == "ne" else equal
        return _ordered(ctx, node, opcode, parts[0], parts[1])
    if opcode in ("eq", "ne") and _are_unrelated(left, right):
        return ctx.const(opcode == "ne")
    raise ctx.refuse(
        node,
        f"{spoken(left.type)} and {spoken(right.type)} are compared",
        why="only numbers, arrays, tuples and lists of known length and things known before the run are compared",
        fix="compare numbers",
    )


def _are_unrelated(left: Value, right: Value) -> bool:
    """A string or None is never equal to a number or a tuple."""
    for one, other in ((left.type, right.type), (right.type, left.type)):
        if isinstance(one, Static) and isinstance(other, Scalar):
            return True
        if isinstance(one, Static) and isinstance(one.value, str | None) and isinstance(other, Tuple):
            return True
    return False


def _compared_by_method(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value | None:
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls import call_value

    for own, other, name in ((left, right, opcode), (right, left, _MIRRORED[opcode])):
        found = method_of(ctx, node, own, f"__{name}__")
        if found is not None:
            return call_value(ctx, node, found, [other], {}, name)
    return None


def _parts(ctx: Context, node: Any, value: Value) -> list[Value] | None:
    cell = containers.cell_of(value)
    if cell is not None:
        held = ctx.seen(node, cell)
        if isinstance(held, Items) and held.layout.kind in ("record", "dict"):
            is_comparable = held.layout.kind == "dict" or hasattr(held.layout.cls, "__dataclass_fields__")
            return [ctx.sure(node, slot) for slot in held.slots] if is_comparable else None
    return containers.items(ctx, node, value) if isinstance(value.type, Tuple | Handle) else None


def _equal(ctx: Context, node: Any, left: list[Value], right: list[Value]) -> Value:
    """Item by item; shapes are compared like this."""
    from adjoint.frontend.expressions import compare, conditional

    if len(left) != len(right):
        return ctx.const(False)
    result = ctx.const(True)
    for a, b in reversed(list(zip(left, right))):
        equal = compare(ctx, node, gast.Eq(), a, b)
        result = conditional(ctx, node, equal, _always(result), _always(equal), "and")
    return result


def _ordered(ctx: Context, node: Any, opcode: str, left: list[Value], right: list[Value]) -> Value:
    """The order of tuples: that of the first items that differ."""
    from adjoint.frontend.expressions import COMPARE, compare, conditional

    operation = next(kind for kind, (name, _) in COMPARE.items() if name == opcode)()
    result = ctx.const({"lt": len(left) < len(right), "le": len(left) <= len(right)}.get(
        opcode, {"gt": len(left) > len(right), "ge": len(left) >= len(right)}.get(opcode, False)
    ))
    for a, b in reversed(list(zip(left, right))):
        rest = result
        equal = compare(ctx, node, gast.Eq(), a, b)
        result = conditional(
            ctx, node, equal, _always(rest), _comparing(ctx, node, operation, a, b, compare), "ternary"
        )
    return result


def _comparing(ctx: Context, node: Any, operation: Any, a: Value, b: Value, compare: Any) -> Callable[[], Value]:
    return lambda: compare(ctx, node, operation, a, b)  # type: ignore[no-any-return]  # handed in to avoid a circle


def _always(value: Value) -> Callable[[], Value]:
    return lambda: value


def contains(ctx: Context, node: Any, item: Value, container: Value) -> Value:
    """`item in container`."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls import call_value
    from adjoint.frontend.expressions import compare, conditional, truth
    from adjoint.frontend.sequences import known_items, sequence_of

    cell = containers.cell_of(container)
    held = ctx.seen(node, cell) if cell is not None else None
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
        equal = compare(ctx, node, gast.Eq(), item, each)
        result = conditional(ctx, node, equal, _always(equal), _always(rest), "or")
    return result
