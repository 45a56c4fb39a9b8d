"""Operators on what is no number or array: containers, strings, objects of the user's classes."""

from __future__ import annotations

from typing import Any

from adjoint.frontend.calls.intrinsics import meaning_of_foreign
from adjoint.frontend.containers import containers, joining
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.storage import fitting
from adjoint.frontend.values import texts
from adjoint.frontend.values.objects import Iterator, Run, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import Array, Object, Static, Undef, rank_of

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
    from adjoint.frontend.calls.calls import call_value

    if any(isinstance(each.type, Undef) for each in (left, right)):
        return ctx.blocked(left, right)
    made = texts.operator(ctx, node, opcode, left, right)
    if made is not None:
        return made
    for operand, other, mark in ((left, right, ""), (right, left, "r")):
        meaning = meaning_of_foreign(operand.type.cls) if isinstance(operand.type, Object) else None
        if meaning is not None:
            method = meaning(ctx, node, operand, f"__{mark}{_METHODS[opcode]}__")
            return call_value(ctx, node, method, [other], {}, opcode)
    made = by_method(ctx, node, _METHODS[opcode], left, right)
    if made is not None:
        return made
    combining = {"add": joining.add, "mul": joining.repeat, "bitor": joining.merged}
    if opcode in combining:
        made = combining[opcode](ctx, node, left, right)
        if made is not None:
            return made
    made = _of_constants(ctx, opcode, left, right) if _both_static(left, right) else None
    if made is not None:
        return made
    if any(isinstance(each.type, Array) for each in (left, right)):
        numbers = [fitting.as_numbers(ctx, node, ctx.data(node, each)) for each in (left, right)]
        return ctx.emit(node, opcode, *numbers)
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
    from adjoint.frontend.calls.calls import call_value

    ways = [(left, right, f"__{name}__"), (right, left, f"__r{name}__")]
    for own, other, method in ways[::-1] if _goes_first(ctx, node, left, right, f"__r{name}__") else ways:
        _refuse_array(ctx, node, own, other, method)
        found = method_of(ctx, node, own, method)
        if found is not None:
            result = call_value(ctx, node, found, [other], {}, method)
            if not (isinstance(result.type, Static) and result.type.value is NotImplemented):
                return result
    return None


def is_kind_of(ctx: Context, node: Any, value: Value, other: Value) -> tuple[type, type] | None:
    """The classes of two objects, if that of the first one is derived from that of the second."""
    from adjoint.frontend.attributes import class_of

    cls, base = class_of(ctx, node, value), class_of(ctx, node, other)
    if cls is None or base is None or cls is base or not issubclass(cls, base):
        return None
    return cls, base


def _goes_first(ctx: Context, node: Any, left: Value, right: Value, method: str) -> bool:
    """Whether the method of the right operand goes before that of the left: its class is derived, and has its own."""
    found = is_kind_of(ctx, node, right, left)
    return found is not None and getattr(found[0], method, None) is not getattr(found[1], method, None)


def _refuse_array(ctx: Context, node: Any, own: Value, other: Value, method: str) -> None:
    """Refuse `array * object`: NumPy computes with each element, or makes an array of the object."""
    from adjoint.frontend.attributes import class_of

    cls = class_of(ctx, node, own) if isinstance(other.type, Array) and method.startswith("__r") else None
    if cls is None or getattr(cls, "__array_ufunc__", 0) is None or not hasattr(cls, method):
        return
    is_sequence = hasattr(cls, "__len__") and hasattr(cls, "__getitem__")
    if rank_of(other.type) or is_sequence:
        raise ctx.refuse(
            node,
            f"an array or a number of NumPy stands before an object of `{cls.__name__}`",
            why=f"NumPy goes first, and does not ask the object's `{method}`",
            fix="write the object first, or `__array_ufunc__ = None` in the class",
        )


def sign(ctx: Context, node: Any, opcode: str, value: Value) -> Value:
    """`-value`, `+value`, `~value` of an object."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value

    found = method_of(ctx, node, value, f"__{opcode}__")
    if found is not None:
        return call_value(ctx, node, found, [], {}, opcode)
    raise ctx.refuse(
        node, f"a sign before {spoken(value.type)}", why="only numbers and arrays have one", fix="use a number"
    )


def truth_of_object(ctx: Context, node: Any, value: Value) -> Value:
    """The truth of a container or object."""
    from adjoint.frontend.attributes import method_of
    from adjoint.frontend.calls.calls import call_value

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
