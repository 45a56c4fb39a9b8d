"""Simple statements: assignments, expression statements, raise and assert."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.errors import AdjointError, AliasNotProvable, ShapeAssumption
from adjoint.frontend.context import Context, spoken, statement
from adjoint.frontend.expressions import BINARY, binary, negate, truth, tuple_items
from adjoint.frontend.subscripts import refuse_store
from adjoint.ir.core import Region, Value
from adjoint.ir.types import UNDEF, Array, List, Static, Tuple, Undef, may_be_one, rank_of, same_dim, shape_of


@statement(gast.Pass)
def lower_pass(ctx: Context, node: Any) -> None:
    """Nothing."""


@statement(gast.Expr)
def lower_expression_statement(ctx: Context, node: Any) -> None:
    if not isinstance(node.value, gast.Constant):
        ctx.expression(node.value)


@statement(gast.AnnAssign)
def lower_annotated(ctx: Context, node: Any) -> None:
    if node.value is not None:
        assign(ctx, node.target, ctx.expression(node.value))


@statement(gast.Assign)
def lower_assign(ctx: Context, node: Any) -> None:
    for target in node.targets:
        _check_target(ctx, target)
    if len(node.targets) == 1 and _are_parallel(node.targets[0], node.value):
        values = [ctx.expression(item) for item in node.value.elts]
        for target, value in zip(node.targets[0].elts, values):
            assign(ctx, target, value)
        return
    value = ctx.expression(node.value)
    for target in node.targets:
        assign(ctx, target, value)


def _check_target(ctx: Context, target: Any) -> None:
    """Refuse a store before its right side is lowered: it is the point of the statement."""
    for part in gast.walk(target):
        if isinstance(part, gast.Subscript | gast.Attribute):
            raise refuse_store(ctx, part)


def _are_parallel(target: Any, value: Any) -> bool:
    displays = (gast.Tuple, gast.List)
    return isinstance(target, displays) and isinstance(value, displays) and len(target.elts) == len(value.elts)


def assign(ctx: Context, target: Any, value: Value) -> None:
    """Bind an assignment target: a name, or names in parallel."""
    if isinstance(target, gast.Name):
        ctx.bind(target.id, value)
    elif isinstance(target, gast.Tuple | gast.List):
        for part, item in zip(target.elts, _unpack(ctx, target, value)):
            assign(ctx, part, item)
    else:
        raise refuse_store(ctx, target)


def _unpack(ctx: Context, target: Any, value: Value) -> list[Value]:
    """As many values as the target has parts; a wrong length is Python's own ValueError."""
    count = len(target.elts)
    if isinstance(value.type, Undef):
        return [ctx.blocked(value) for _ in range(count)]
    if isinstance(value.type, Tuple):
        if len(value.type.items) != count:
            raise _cannot_unpack(ctx, target, f"{len(value.type.items)} values", count)
        return tuple_items(ctx, target, value)
    if isinstance(value.type, List) or (isinstance(value.type, Array) and value.type.rank):
        extent = shape_of(value.type)[0] if isinstance(value.type, Array) else None
        if isinstance(extent, int) and extent != count:
            raise _cannot_unpack(ctx, target, f"an array of {extent}", count)
        if not isinstance(extent, int):
            _check_length(ctx, target, value, count)
        return [ctx.emit(target, "index", value, ctx.const(i), spec=("int",), _unpack=True) for i in range(count)]
    raise _cannot_unpack(ctx, target, spoken(value.type), count)


def _cannot_unpack(ctx: Context, target: Any, what: str, count: int) -> Exception:
    return ctx.refuse(
        target,
        f"{what} cannot be unpacked into {count} names",
        why="the lengths differ",
        fix="unpack as many names as there are values",
        kind=ShapeAssumption,
    )


def _check_length(ctx: Context, target: Any, value: Value, count: int) -> None:
    length = ctx.emit(target, "len", value)
    wrong = ctx.emit(target, "ne", length, ctx.const(count))
    message = f"cannot unpack: expected {count} values"

    def fail() -> None:
        text = f"ValueError({message!r})"
        operand = ctx.const(message)
        ctx.builder.op("raise", [operand], (), {"exception": ValueError, "_text": text})

    guard(ctx, wrong, fail, "unpack")


def guard(ctx: Context, failed: Value, fail: Callable[[], None], sugar: str) -> None:
    """An `if` that raises when the check failed and changes nothing otherwise."""
    regions = [Region(), Region()]
    with ctx.inside(regions[0]):
        fail()
    with ctx.inside(regions[1]):
        ctx.builder.terminate("yield")
    ctx.builder.op("if", [failed], (), {"_sugar": sugar}, regions)


# -- augmented assignment


@statement(gast.AugAssign)
def lower_augmented(ctx: Context, node: Any) -> None:
    if not isinstance(node.target, gast.Name):
        raise refuse_store(ctx, node.target)
    name = node.target.id
    old = ctx.read(node.target, name)
    amount = ctx.expression(node.value)
    if isinstance(old.type, List):
        raise ctx.refuse(
            node, f"`{name}` is a list and is extended in place", why="lists do not grow yet", fix="use an array"
        )
    rank = rank_of(old.type)
    if rank:
        _check_in_place(ctx, node, name, old)
    elif _is_shared_number(ctx, old):
        ctx.shared_numbers.append(node)
    new = binary(ctx, node, BINARY[type(node.op)], old, amount)
    if rank and new.type != old.type:
        _check_fits(ctx, node, old, new)
    ctx.bind(name, new)
    if rank:
        ctx.owned.add(new)


def _is_shared_number(ctx: Context, value: Value) -> bool:
    """Whether a value that might be a 0-d array has two names."""
    if not isinstance(value.type, Array) or value.type.rank:
        return False
    return sum(held is value for held in ctx.env.values()) > 1


def _check_in_place(ctx: Context, node: Any, name: str, old: Value) -> None:
    """`a += b` changes the array that `a` names: allowed when nothing else can see it."""
    if old not in ctx.owned and old.type != UNDEF:
        raise refuse_in_place(ctx, node, name)


def refuse_in_place(ctx: Context, node: Any, name: str) -> AdjointError:
    """The refusal of an augmented assignment whose effect may be seen under another name."""
    text = ctx.captured.source.segment(node)
    symbol = text.partition("=")[0].removeprefix(name).strip() or "+"
    return ctx.refuse(
        node,
        f"`{text}` changes an array in place that another name may share",
        why=f"`{name}` is an argument, a view, or was given a second name, so the change could be seen elsewhere",
        fix=f"make a new array: `{name} = {name} {symbol} ...`, or start with `{name} = {name}.copy()`",
        kind=AliasNotProvable,
    )


def _check_fits(ctx: Context, node: Any, old: Value, new: Value) -> None:
    """NumPy raises when the result of `a += b` has another dtype or shape than `a`."""
    a, b = old.type, new.type
    if isinstance(a, Undef) or isinstance(b, Undef):
        return
    if isinstance(a, Array) and isinstance(b, Array) and a.dtype == b.dtype and a.rank == b.rank:
        if all(same_dim(x, y) or not may_be_one(x) or x == y for x, y in zip(a.shape, b.shape)):
            new.type = a
            return
    raise ctx.refuse(
        node,
        f"the result {spoken(new.type)} does not fit into {spoken(old.type)} in place",
        why="`a += b` keeps the dtype and the shape of `a`",
        fix="write `a = a + b`, which makes a new array",
        kind=ShapeAssumption,
    )


# -- raise and assert


def lower_raise(ctx: Context, node: Any) -> None:
    """End the region with the user's exception."""
    with ctx.at(node):
        if node.exc is None or node.cause is not None:
            raise ctx.refuse(
                node,
                "`raise` without an exception, or `raise ... from`",
                why="there is no exception being handled inside of the function",
                fix="raise an exception of its own: `raise ValueError('...')`",
            )
        called = isinstance(node.exc, gast.Call)
        maker = ctx.expression(node.exc.func if called else node.exc)
        kind = maker.type.value if isinstance(maker.type, Static) else None
        if not (isinstance(kind, type) and issubclass(kind, BaseException)) or (called and node.exc.keywords):
            raise ctx.refuse(
                node,
                "what is raised is not an exception known before the run",
                why="it must be an exception class, called with plain values",
                fix="write `raise ValueError('message')`",
            )
        write_raise(ctx, kind, node.exc, node.exc.args if called else [])


def write_raise(ctx: Context, kind: type[BaseException], text_of: Any, args: Sequence[Any]) -> None:
    """The `raise` operation: attribute `exception` and the arguments as operands."""
    operands = [ctx.expression(arg) for arg in args]
    text = ctx.captured.source.segment(text_of) if text_of is not None else kind.__name__
    ctx.builder.op("raise", operands, (), {"exception": kind, "_text": text})


def lower_assert(ctx: Context, node: Any) -> bool:
    """A check. Returns whether control goes on (not when it is known to fail)."""
    with ctx.at(node):
        condition = truth(ctx, node.test, ctx.expression(node.test))
        failed = negate(ctx, node.test, condition)
        args = [node.msg] if node.msg is not None else []
        if ctx.is_static(failed):
            if ctx.static(failed):
                write_raise(ctx, AssertionError, node, args)
            return not ctx.static(failed)
        guard(ctx, failed, lambda: write_raise(ctx, AssertionError, None, args), "assert")
    return True
