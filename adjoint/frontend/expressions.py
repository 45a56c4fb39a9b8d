"""Expressions other than calls, subscripts and comprehensions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.frontend.attributes import attribute
from adjoint.frontend.containers import comparisons, containers, joining, methods, operators
from adjoint.frontend.context import Conflict, Context, expression, spoken
from adjoint.frontend.control.ends import End, MergeEnd, branch
from adjoint.frontend.control.meetings import merge
from adjoint.frontend.names import UNKNOWN, is_static_object, known_object, lower_global, lower_local, static_attribute
from adjoint.frontend.storage import memory
from adjoint.frontend.syntax.jumps import own_nodes
from adjoint.frontend.values import constants, texts
from adjoint.frontend.values.objects import Cell, Items, object_of
from adjoint.frontend.values.optionals import flag_of, is_none, present, resolved
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.types import (
    BOOL,
    FLOAT,
    INT,
    Array,
    Handle,
    Layout,
    List,
    Object,
    Scalar,
    Static,
    Tuple,
    Undef,
    rank_of,
)

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
    return lower_local(ctx, node, node.id) if ctx.is_local(node.id) else lower_global(ctx, node, node.id)


@expression(gast.Attribute)
def lower_attribute(ctx: Context, node: Any) -> Value:
    owner = known_object(ctx, node.value)
    if owner is not UNKNOWN:
        return static_attribute(ctx, node, owner)
    base = ctx.expression(node.value)
    return attribute(ctx, node, base, node.attr)


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
    left, right = present(ctx, left), present(ctx, right)
    if any(isinstance(each.type, Tuple | List | Handle | Object) or is_static_object(each) for each in (left, right)):
        return operators.of_objects(ctx, node, opcode, left, right)
    known = _of_known_ints(opcode, left, right)
    if known is not None:
        return ctx.const(known)
    value = ctx.emit(node, opcode, left, right)
    if opcode == "pow" and left.type == INT and right.type == INT:  # a negative exponent gives a float
        value.type = INT if ctx.is_natural(right) else FLOAT
    return value


_FOLDED = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "mod": operator.mod,
    "floordiv": operator.floordiv,
}


def _of_known_ints(opcode: str, left: Value, right: Value) -> int | None:
    """An operator on two ints that are known now, such as the variable of a loop that has been written out."""
    if opcode not in _FOLDED or not (is_const(left) and is_const(right)):
        return None
    if opcode in ("mod", "floordiv") and not const_of(right):
        return None
    both = const_of(left), const_of(right)
    return int(_FOLDED[opcode](*both)) if all(type(each) is int for each in both) else None


def tuple_items(ctx: Context, node: Any, value: Value) -> list[Value]:
    """The items of a tuple, as values."""
    return ctx.parts(value)


@expression(gast.UnaryOp)
def lower_unary(ctx: Context, node: Any) -> Value:
    if isinstance(node.op, gast.Not):
        return negate(ctx, node, tested(ctx, node.operand))
    operand = node.operand
    if isinstance(node.op, gast.USub) and isinstance(operand, gast.Constant) and _is_number(operand.value):
        return ctx.const(-operand.value)
    value = present(ctx, ctx.expression(operand))
    if isinstance(value.type, Handle):
        return operators.sign(ctx, node, UNARY[type(node.op)], value)
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
    value = resolved(ctx, value)
    flag = flag_of(value)
    if flag is not None:
        there = negate(ctx, node, flag)
        return conditional(ctx, node, there, lambda: truth(ctx, node, present(ctx, value)), lambda: there, "and")
    if isinstance(value.type, Undef | Scalar):
        return value
    if isinstance(value.type, Array) and rank_of(value.type) == 0:
        return value
    if isinstance(value.type, Tuple):
        return ctx.const(bool(value.type.items))
    if isinstance(value.type, Handle):
        return operators.truth_of_object(ctx, node, value)
    if isinstance(value.type, Static):
        return ctx.const(bool(ctx.static(value)))
    if texts.is_text(value):
        return ctx.emit(node, "ne", value, ctx.const(""))
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
    left, right = resolved(ctx, left), resolved(ctx, right)
    if opcode in ("eq", "ne") and (flag_of(left) or flag_of(right)) is not None:
        return _equal_or_none(ctx, node, operation, left, right)
    left, right = present(ctx, left), present(ctx, right)
    if ctx.is_static(left) and ctx.is_static(right):
        try:
            return ctx.const(bool(function(ctx.static(left), ctx.static(right))))
        except (TypeError, ValueError):
            pass
    if any(is_static_object(v) or isinstance(v.type, Tuple | List | Handle) for v in (left, right)):
        return comparisons.compare_objects(ctx, node, opcode, left, right)
    return ctx.emit(node, opcode, left, right)


def _equal_or_none(ctx: Context, node: Any, operation: Any, left: Value, right: Value) -> Value:
    """`==` or `!=` of what may be None."""
    if flag_of(left) is None:
        left, right = right, left
    flag = flag_of(left)
    assert flag is not None
    if is_none(right):
        return negate(ctx, node, flag) if isinstance(operation, gast.NotEq) else flag
    nothing = ctx.const(None)
    return conditional(
        ctx,
        node,
        flag,
        lambda: compare(ctx, node, operation, nothing, right),
        lambda: compare(ctx, node, operation, present(ctx, left), right),
        "ternary",
    )


def _identity(ctx: Context, node: Any, negated: bool, left: Value, right: Value) -> Value:
    left, right = resolved(ctx, left), resolved(ctx, right)
    flags = [flag_of(one) for one, other in ((left, right), (right, left)) if is_none(other)]
    if flags and flags[0] is not None:
        return negate(ctx, node, flags[0]) if negated else flags[0]
    if is_static_object(left) and is_static_object(right):
        return ctx.const((ctx.static(left) is ctx.static(right)) != negated)
    things = [object_of(left), object_of(right)]
    if all(isinstance(thing, Cell) and thing.base is None for thing in things) and (
        things[0] is things[1] or not any(thing.frozen for thing in things)
    ):
        ctx.touched |= set(things) & set(ctx.parameters) if things[0] is not things[1] else set()
        return ctx.const((things[0] is things[1]) != negated)
    same = constants.same(ctx, node, left, right) or comparisons.same_item(ctx, node, left, right)
    if same is not None:
        return negate(ctx, node, same) if negated else same
    objects = [ctx.static(each) for each in (left, right) if is_static_object(each)]
    if objects and objects[0] is None:
        return ctx.const(negated)  # data is never None
    if objects and any(isinstance(each.type, Scalar | Array | Tuple | List) for each in (left, right)):
        return ctx.const(negated)  # nor another object that is known now
    raise ctx.refuse(
        node,
        "`is` compares numbers, arrays or objects of which it is not known which they are",
        why="whether two of them are the same object is not kept",
        fix="use `==`, `is None` for a missing argument, or compare positions",
    )


def _membership(ctx: Context, node: Any, negated: bool, left: Value, right: Value) -> Value:
    if ctx.is_static(left) and ctx.is_static(right):
        return ctx.const((ctx.static(left) in ctx.static(right)) != negated)
    result = comparisons.contains(ctx, node, left, right)
    return negate(ctx, node, result) if negated else result


# -- choices


def conditional(
    ctx: Context,
    node: Any,
    condition: Value,
    then: Callable[[], Value],
    orelse: Callable[[], Value],
    sugar: str,
    names: Sequence[str] = (),
) -> Value:
    """An `if` that is an expression; only the taken side is lowered when the condition is known.

    `names` are variables that a side may bind (`:=`).
    """
    if is_decided(ctx, condition):
        return then() if ctx.static(condition) else orelse()
    ends = [MergeEnd(), MergeEnd()]
    values: list[Value] = []

    def fill(side: Callable[[], Value]) -> Callable[[End], None]:
        def lower(end: End) -> None:
            values.append(side())
            ctx.env[_RESULT] = memory.keep(ctx, values[-1])
            end.fall(ctx)

        return lower

    sides = [
        branch(ctx, fill(side), end, condition, holds) for side, end, holds in zip((then, orelse), ends, (True, False))
    ]
    live = ctx.liveness.after_choice(node)
    live = None if live is None else [_RESULT, *names, *live]
    text = ctx.captured.source.segment(node)
    merge(ctx, condition, sides, [_RESULT, *names], sugar, live, text)
    result = ctx.env.pop(_RESULT)
    if isinstance(result, Conflict):
        text = ctx.captured.source.segment(node)
        raise ctx.refuse(
            node,
            f"`{text}` is {spoken(values[0].type)} or {spoken(values[1].type)}",
            why="both must have one type",
            fix="use an `if` statement with two variables, or bring both to one kind and shape",
        )
    result = memory.load(ctx, node, result)
    if result.name == _RESULT:
        result.name = None
    return result


_RESULT = "="
"""The key, in the variables, of the value of a conditional expression. No name of the user's."""


def _bound_in(*nodes: Any) -> list[str]:
    """The variables that `:=` binds in expressions."""
    return [each.target.id for node in nodes for each in own_nodes(node) if isinstance(each, gast.NamedExpr)]


@expression(gast.IfExp)
def lower_ternary(ctx: Context, node: Any) -> Value:
    condition = tested(ctx, node.test)
    return conditional(
        ctx,
        node,
        condition,
        lambda: ctx.expression(node.body),
        lambda: ctx.expression(node.orelse),
        "ternary",
        _bound_in(node.body, node.orelse),
    )


@expression(gast.BoolOp)
def lower_bool(ctx: Context, node: Any) -> Value:
    return _bool_chain(ctx, node, node.values, ctx.expression)


def tested(ctx: Context, node: Any) -> Value:
    """An expression of which only the truth matters: what `and` and `or` join need not be of one kind."""
    if not isinstance(node, gast.BoolOp):
        return truth(ctx, node, ctx.expression(node))
    return _bool_chain(ctx, node, node.values, lambda part: tested(ctx, part))


def _bool_chain(ctx: Context, node: Any, parts: Sequence[Any], lower: Callable[[Any], Value]) -> Value:
    first, *rest = parts
    value = lower(first)
    if not rest:
        return value
    test = truth(ctx, first, value)
    names = _bound_in(*rest)
    if isinstance(node.op, gast.And):
        both = conditional(ctx, node, test, lambda: _bool_chain(ctx, node, rest, lower), lambda: value, "and", names)
        return _settled(ctx, value, both, 0)
    either = conditional(ctx, node, test, lambda: value, lambda: _bool_chain(ctx, node, rest, lower), "or", names)
    return _settled(ctx, value, either, 1)


def _settled(ctx: Context, value: Value, result: Value, side: int) -> Value:
    """`x and False` is known to be False, `x or True` to be True, whatever the truth value x is."""
    op = result.op
    if value.type != BOOL or op is None or op.opcode != "if" or op.regions[side].terminator.opcode != "yield":
        return result
    rest = op.regions[side].terminator.operands[op.results.index(result)]
    return ctx.const(bool(side)) if is_const(rest) and const_of(rest) is bool(side) else result


# -- displays


@expression(gast.Tuple)
def lower_tuple(ctx: Context, node: Any) -> Value:
    return ctx.pack(displayed(ctx, node.elts))


@expression(gast.List)
def lower_list(ctx: Context, node: Any) -> Value:
    from adjoint.frontend.calls import spreading

    if not any(isinstance(each, gast.Starred) for each in node.elts):
        return ctx.new_list(displayed(ctx, node.elts))
    parts = spreading.parts_of(ctx, node.elts)
    if all(isinstance(part, list) for part in parts):
        return ctx.new_list(value for part in parts if isinstance(part, list) for value in part)
    return spreading.display(ctx, node, parts)


@expression(gast.Set)
def lower_set(ctx: Context, node: Any) -> Value:
    parts = displayed(ctx, node.elts)
    if not all(map(ctx.is_static, parts)):
        raise ctx.refuse(
            node,
            "a set of values that are not known before the run",
            why="which of them are equal decides how many there are",
            fix="use a list or a tuple",
        )
    return ctx.const(frozenset(map(ctx.static, parts)))


def displayed(ctx: Context, nodes: Sequence[Any]) -> list[Value]:
    """The items of a display; `*items` is written out."""
    parts: list[Value] = []
    for each in nodes:
        if isinstance(each, gast.Starred):
            parts += spread(ctx, each, ctx.expression(each.value))
        else:
            parts.append(ctx.expression(each))
    return parts


def spread(ctx: Context, node: Any, value: Value) -> list[Value]:
    """The items of what stands after `*`. Refused when their number is not known."""
    from adjoint.frontend.control.sequences import sequence_of, use_up
    from adjoint.frontend.control.walking import known_items

    parts = known_items(ctx, node, sequence_of(ctx, node, value))
    use_up(ctx, value)
    if parts is None:
        raise ctx.refuse(
            node,
            f"`*` of {spoken(value.type)}",
            why="how many items there are is not known before the run",
            fix="pass a tuple or a list of known length, or write the items out",
        )
    return parts


@expression(gast.Dict)
def lower_dict(ctx: Context, node: Any) -> Value:
    made = ctx.new_cell(Items(Layout("dict"), ()))
    for key, item in zip(node.keys, node.values):
        if key is None:
            more = methods.plain(ctx, item, ctx.expression(item))
            if containers.kind_of(ctx, node, more) != "dict":
                raise ctx.refuse(item, "`**` of what is no dict", why="it has no keys known now", fix="pass a dict")
            joining.update(ctx, node, made, more)
        else:
            containers.store_item(ctx, node, made, key, ctx.expression(item))
    return made


@expression(gast.NamedExpr)
def lower_walrus(ctx: Context, node: Any) -> Value:
    value = ctx.expression(node.value)
    ctx.bind(node.target.id, value)
    return value


@expression(gast.Starred, gast.Slice)
def refuse_misplaced(ctx: Context, node: Any) -> Value:
    raise ctx.refuse(node, "this is not a value here", why="it is part of a call or subscript", fix="write it out")
