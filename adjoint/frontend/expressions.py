"""Expressions other than calls and subscripts."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import NoRule
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.names import UNKNOWN, is_static_object, known_object, lower_global, static_attribute
from adjoint.ir.core import Region, Value, const_of, is_const
from adjoint.ir.types import FLOAT, INT, Array, JoinError, List, Scalar, Static, Tuple, Undef, join, rank_of

BINARY = {
    gast.Add: "add",
    gast.Sub: "sub",
    gast.Mult: "mul",
    gast.Div: "truediv",
    gast.FloorDiv: "floordiv",
    gast.Mod: "mod",
    gast.Pow: "pow",
    gast.MatMult: "matmul",
    gast.BitAnd: "bitand",
    gast.BitOr: "bitor",
    gast.BitXor: "bitxor",
    gast.LShift: "lshift",
    gast.RShift: "rshift",
}
UNARY = {gast.USub: "neg", gast.UAdd: "pos", gast.Invert: "invert"}
COMPARE: dict[type, tuple[str, Callable[[Any, Any], Any]]] = {
    gast.Lt: ("lt", operator.lt),
    gast.LtE: ("le", operator.le),
    gast.Gt: ("gt", operator.gt),
    gast.GtE: ("ge", operator.ge),
    gast.Eq: ("eq", operator.eq),
    gast.NotEq: ("ne", operator.ne),
}


@expression(gast.Constant)
def lower_constant(ctx: Context, node: Any) -> Value:
    if isinstance(node.value, bytes):
        raise ctx.refuse(node, "bytes are not data", why="they hold no numbers", fix="use a string or numbers")
    return ctx.const(node.value)


@expression(gast.Name)
def lower_name(ctx: Context, node: Any) -> Value:
    if node.id in ctx.local_names:
        return ctx.read(node, node.id)
    return lower_global(ctx, node, node.id)


@expression(gast.Attribute)
def lower_attribute(ctx: Context, node: Any) -> Value:
    owner = known_object(ctx, node.value)
    if owner is not UNKNOWN:
        return static_attribute(ctx, node, owner)
    base = ctx.expression(node.value)
    if is_static_object(base):
        return static_attribute(ctx, node, ctx.static(base))
    if node.attr == "shape" and isinstance(base.type, Array):
        return ctx.emit(node, "shape", base)
    if node.attr == "ndim" and isinstance(base.type, Array):
        return ctx.const(base.type.rank)
    if node.attr == "dtype" and isinstance(base.type, Array):
        return ctx.const(np.dtype(base.type.dtype))
    opcode = {"T": "transpose", "size": "size", "real": "real", "imag": "imag"}.get(node.attr)
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
    if opcode is not None and isinstance(base.type, Array):
        return ctx.emit(node, opcode, base, _via="method")
    raise ctx.refuse(
        node,
        f"the attribute `.{node.attr}` of {spoken(base.type)} is not supported",
        why="only `.shape`, `.ndim`, `.size`, `.dtype`, `.T` of arrays are read",
        fix="compute it outside, or with a NumPy function",
        kind=NoRule,
    )


# -- operators


@expression(gast.BinOp)
def lower_binary(ctx: Context, node: Any) -> Value:
    chain = [node]  # long sums nest on the left: no recursion for them
    while isinstance(chain[-1].left, gast.BinOp):
        chain.append(chain[-1].left)
    value = ctx.expression(chain[-1].left)
    for each in reversed(chain):
        value = binary(ctx, each, BINARY[type(each.op)], value, ctx.expression(each.right))
    return value


def binary(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    """An operator applied to two values."""
    if any(isinstance(each.type, Tuple | List) or is_static_object(each) for each in (left, right)):
        return _binary_of_objects(ctx, node, opcode, left, right)
    value = ctx.emit(node, opcode, left, right)
    if opcode == "pow" and value.type == INT and not (is_const(right) and const_of(right) >= 0):
        value.type = FLOAT  # a negative exponent gives a float
    return value


def _binary_of_objects(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    """Tuples can be joined and repeated, strings folded; the rest is refused."""
    if opcode == "add" and isinstance(left.type, Tuple) and isinstance(right.type, Tuple):
        return ctx.emit(node, "tuple", *tuple_items(ctx, node, left), *tuple_items(ctx, node, right))
    if opcode == "mul" and isinstance(left.type, Tuple) and is_const(right) and right.type == INT:
        return ctx.emit(node, "tuple", *(tuple_items(ctx, node, left) * const_of(right)))
    if opcode == "add" and all(isinstance(each.type, Static) for each in (left, right)):
        a, b = ctx.static(left), ctx.static(right)
        if isinstance(a, str) and isinstance(b, str):
            return ctx.const(a + b)
    if any(isinstance(each.type, Undef) for each in (left, right)):
        return ctx.blocked(left, right)
    text = ctx.captured.source.segment(node)
    raise ctx.refuse(
        node,
        f"`{text}` works on {spoken(left.type)} and {spoken(right.type)}",
        why="operators are differentiated on numbers and arrays only",
        fix="make arrays of lists first: `np.array(...)`, `np.zeros(n)`, `np.concatenate(...)`",
    )


def tuple_items(ctx: Context, node: Any, value: Value) -> list[Value]:
    """The items of a tuple, as values."""
    if value.op is not None and value.op.opcode == "tuple":
        return list(value.op.operands)
    assert isinstance(value.type, Tuple)
    return [ctx.emit(node, "getitem", value, index=index) for index in range(len(value.type.items))]


@expression(gast.UnaryOp)
def lower_unary(ctx: Context, node: Any) -> Value:
    if isinstance(node.op, gast.Not):
        return negate(ctx, node, truth(ctx, node.operand, ctx.expression(node.operand)))
    operand = node.operand
    if isinstance(node.op, gast.USub) and isinstance(operand, gast.Constant) and _is_number(operand.value):
        return ctx.const(-operand.value)
    value = ctx.expression(operand)
    if is_static_object(value) or isinstance(value.type, Tuple | List):
        raise ctx.refuse(
            node, f"a sign before {spoken(value.type)}", why="only numbers and arrays have one", fix="use a number"
        )
    return ctx.emit(node, UNARY[type(node.op)], value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | complex) and not isinstance(value, bool)


def negate(ctx: Context, node: Any, condition: Value) -> Value:
    """`not condition`, decided now if it can be."""
    if is_decided(ctx, condition):
        return ctx.const(not ctx.static(condition))
    return ctx.emit(node, "not", condition)


# -- conditions


def is_decided(ctx: Context, condition: Value) -> bool:
    """Whether the truth of the value is known now."""
    return ctx.is_static(condition)


def truth(ctx: Context, node: Any, value: Value) -> Value:
    """A value in a boolean context: numbers as they are, objects decided now. Arrays have no truth."""
    if isinstance(value.type, Undef | Scalar):
        return value
    if isinstance(value.type, Array) and rank_of(value.type) == 0:
        return value
    if isinstance(value.type, Tuple):
        return ctx.const(bool(value.type.items))
    if isinstance(value.type, Static):
        return ctx.const(bool(ctx.static(value)))
    what = "a list" if isinstance(value.type, List) else f"{spoken(value.type)}"
    raise ctx.refuse(
        node,
        f"the truth of {what} is not defined here",
        why="a condition is one number or one bool",
        fix="say what is meant: `np.any(...)`, `np.all(...)`, `len(...) > 0`, or `np.where` for elementwise choice",
    )


@expression(gast.Compare)
def lower_compare(ctx: Context, node: Any) -> Value:
    left = ctx.expression(node.left)
    return _compare_chain(ctx, node, left, list(zip(node.ops, node.comparators)))


def _compare_chain(ctx: Context, node: Any, left: Value, rest: Sequence[tuple[Any, Any]]) -> Value:
    (operation, right_node), *more = rest
    right = ctx.expression(right_node)
    result = compare(ctx, node, operation, left, right)
    if not more:
        return result
    result = truth(ctx, node, result)
    return conditional(ctx, node, result, lambda: _compare_chain(ctx, node, right, more), lambda: result, "and")


def compare(ctx: Context, node: Any, operation: Any, left: Value, right: Value) -> Value:
    """One comparison, decided now when both sides are known."""
    if isinstance(operation, gast.Is | gast.IsNot):
        return _identity(ctx, node, isinstance(operation, gast.IsNot), left, right)
    if isinstance(operation, gast.In | gast.NotIn):
        return _membership(ctx, node, isinstance(operation, gast.NotIn), left, right)
    opcode, function = COMPARE[type(operation)]
    if ctx.is_static(left) and ctx.is_static(right):
        try:
            return ctx.const(bool(function(ctx.static(left), ctx.static(right))))
        except (TypeError, ValueError):
            pass
    if (
        is_static_object(left)
        or is_static_object(right)
        or any(isinstance(v.type, Tuple | List) for v in (left, right))
    ):
        return _compare_objects(ctx, node, opcode, left, right)
    return ctx.emit(node, opcode, left, right)


def _compare_objects(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    if opcode in ("eq", "ne") and isinstance(left.type, Tuple) and isinstance(right.type, Tuple):
        return _compare_tuples(ctx, node, opcode, left, right)
    if any(isinstance(each.type, Undef) for each in (left, right)):
        return ctx.blocked(left, right)
    raise ctx.refuse(
        node,
        f"{spoken(left.type)} and {spoken(right.type)} are compared",
        why="only numbers, arrays and things known before the run are compared",
        fix="compare numbers",
    )


def _compare_tuples(ctx: Context, node: Any, opcode: str, left: Value, right: Value) -> Value:
    """Item by item; shapes are compared like this."""
    pairs = list(zip(tuple_items(ctx, node, left), tuple_items(ctx, node, right)))
    if len(tuple_items(ctx, node, left)) != len(tuple_items(ctx, node, right)):
        return ctx.const(opcode == "ne")
    result = ctx.const(True)
    for a, b in reversed(pairs):
        rest = result
        equal = compare(ctx, node, gast.Eq(), a, b)
        result = conditional(ctx, node, equal, _always(rest), _always(equal), "and")
    return negate(ctx, node, result) if opcode == "ne" else result


def _identity(ctx: Context, node: Any, negated: bool, left: Value, right: Value) -> Value:
    if is_static_object(left) and is_static_object(right):
        return ctx.const((ctx.static(left) is ctx.static(right)) != negated)
    objects = [ctx.static(each) for each in (left, right) if is_static_object(each)]
    if objects and objects[0] is None:
        return ctx.const(negated)  # data is never None
    raise ctx.refuse(
        node,
        "`is` compares numbers or arrays",
        why="whether two of them are the same object is not kept",
        fix="use `==`, or `is None` for a missing argument",
    )


def _membership(ctx: Context, node: Any, negated: bool, left: Value, right: Value) -> Value:
    if ctx.is_static(left) and ctx.is_static(right):
        return ctx.const((ctx.static(left) in ctx.static(right)) != negated)
    if isinstance(right.type, Tuple) and isinstance(left.type, Scalar):
        result = ctx.const(False)
        for item in reversed(tuple_items(ctx, node, right)):
            rest = result
            equal = compare(ctx, node, gast.Eq(), left, item)
            result = conditional(ctx, node, equal, _always(equal), _always(rest), "or")
        return negate(ctx, node, result) if negated else result
    raise ctx.refuse(
        node,
        f"`in` searches {spoken(right.type)}",
        why="only tuples of numbers and things known before the run are searched",
        fix="write the comparison out: `n == 1 or n == 2`, or `np.any(x == a)`",
    )


# -- choices


def _always(value: Value) -> Callable[[], Value]:
    return lambda: value


def conditional(
    ctx: Context, node: Any, condition: Value, then: Callable[[], Value], orelse: Callable[[], Value], sugar: str
) -> Value:
    """An `if` that is an expression; only the taken side is lowered when the condition is known."""
    if is_decided(ctx, condition):
        return then() if ctx.static(condition) else orelse()
    regions, values = [Region(), Region()], []
    for region, side in zip(regions, (then, orelse)):
        with ctx.inside(region):
            values.append(side())
            ctx.builder.terminate("yield", values[-1])
    try:
        joined = join(values[0].type, values[1].type)
    except JoinError:
        text = ctx.captured.source.segment(node)
        raise ctx.refuse(
            node,
            f"`{text}` is {spoken(values[0].type)} or {spoken(values[1].type)}",
            why="both must have one type",
            fix="use an `if` statement with two variables, or bring both to one kind and shape",
        ) from None
    result = ctx.builder.op("if", [condition], [joined], {"_sugar": sugar}, regions).result
    ctx.may_share(result, values)
    return result


@expression(gast.IfExp)
def lower_ternary(ctx: Context, node: Any) -> Value:
    condition = truth(ctx, node.test, ctx.expression(node.test))
    return conditional(
        ctx, node, condition, lambda: ctx.expression(node.body), lambda: ctx.expression(node.orelse), "ternary"
    )


@expression(gast.BoolOp)
def lower_bool(ctx: Context, node: Any) -> Value:
    return _bool_chain(ctx, node, node.values)


def _bool_chain(ctx: Context, node: Any, parts: Sequence[Any]) -> Value:
    first, *rest = parts
    value = ctx.expression(first)
    if not rest:
        return value
    condition = truth(ctx, first, value)
    if isinstance(node.op, gast.And):
        return conditional(ctx, node, condition, lambda: _bool_chain(ctx, node, rest), lambda: value, "and")
    return conditional(ctx, node, condition, lambda: value, lambda: _bool_chain(ctx, node, rest), "or")


# -- displays


@expression(gast.Tuple)
def lower_tuple(ctx: Context, node: Any) -> Value:
    return ctx.emit(node, "tuple", *map(ctx.expression, node.elts))


@expression(gast.List)
def lower_list(ctx: Context, node: Any) -> Value:
    return ctx.emit(node, "list", *map(ctx.expression, node.elts))


@expression(gast.Starred, gast.Slice)
def refuse_misplaced(ctx: Context, node: Any) -> Value:
    raise ctx.refuse(node, "this is not a value here", why="it is part of a call or subscript", fix="write it out")
