"""The functions of `operator`: the operators of Python under a name."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import gast

from adjoint.frontend.calls.classes import getter, method_caller
from adjoint.frontend.calls.intrinsics import intrinsic, misused
from adjoint.frontend.containers import containers, operators
from adjoint.frontend.containers.builtin_functions import Arguments, Keywords
from adjoint.frontend.containers.items import item_of, store_item
from adjoint.frontend.context import Context
from adjoint.frontend.expressions import binary, compare, negate, truth
from adjoint.ir.core import Value
from adjoint.ir.types import Handle, List, Static, Tuple

BINARY = {
    operator.add: "add",
    operator.sub: "sub",
    operator.mul: "mul",
    operator.truediv: "truediv",
    operator.floordiv: "floordiv",
    operator.mod: "mod",
    operator.pow: "pow",
    operator.matmul: "matmul",
    operator.and_: "bitand",
    operator.or_: "bitor",
    operator.xor: "bitxor",
    operator.lshift: "lshift",
    operator.rshift: "rshift",
    operator.concat: "add",
}
_UNARY = {
    operator.neg: "neg",
    operator.pos: "pos",
    operator.invert: "invert",
    operator.inv: "invert",
    operator.abs: "abs",
}
_COMPARE: dict[Any, Any] = {
    operator.lt: gast.Lt,
    operator.le: gast.LtE,
    operator.gt: gast.Gt,
    operator.ge: gast.GtE,
    operator.eq: gast.Eq,
    operator.ne: gast.NotEq,
    operator.is_: gast.Is,
    operator.is_not: gast.IsNot,
}


def _count(ctx: Context, node: Any, args: Arguments, keywords: Keywords, count: int) -> None:
    if len(args) != count or keywords:
        raise misused(ctx, node, "operator")


def _binary(opcode: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        _count(ctx, node, args, keywords, 2)
        return binary(ctx, node, opcode, *args)

    return run


def _unary(opcode: str) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        _count(ctx, node, args, keywords, 1)
        if isinstance(args[0].type, Handle | Tuple | List | Static):
            return operators.sign(ctx, node, opcode, args[0])
        return ctx.emit(node, opcode, args[0])

    return run


def _compare(operation: Any) -> Callable[[Context, Any, Arguments, Keywords], Value | None]:
    def run(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        _count(ctx, node, args, keywords, 2)
        return compare(ctx, node, operation(), *args)

    return run


for _target, _name in BINARY.items():
    intrinsic(_target)(_binary(_name))
for _sign, _name in _UNARY.items():
    intrinsic(_sign)(_unary(_name))
for _relation, _operation in _COMPARE.items():
    intrinsic(_relation)(_compare(_operation))


@intrinsic(operator.not_)
def _not(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 1)
    return negate(ctx, node, truth(ctx, node, args[0]))


@intrinsic(operator.truth)
def _truth(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 1)
    value = truth(ctx, node, args[0])
    return ctx.const(bool(ctx.static(value))) if ctx.is_static(value) else ctx.emit(node, "bool", value)


@intrinsic(operator.contains)
def _contains(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 2)
    return compare(ctx, node, gast.In(), args[1], args[0])


@intrinsic(operator.getitem)
def _getitem(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 2)
    return item_of(ctx, node, *args)


@intrinsic(operator.setitem)
def _setitem(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 3)
    store_item(ctx, node, *args)
    return ctx.const(None)


@intrinsic(operator.delitem)
def _delitem(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 2)
    cell = containers.cell_of(args[0])
    if cell is None:
        raise misused(ctx, node, "delitem")
    containers.remove_at(ctx, node, cell, ctx.seen(node, cell), args[1])
    return ctx.const(None)


@intrinsic(operator.index)
def _index(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
    _count(ctx, node, args, keywords, 1)
    return containers.integer(ctx, node, args[0])


def _getter(kind: Any) -> None:
    @intrinsic(kind)
    def make(ctx: Context, node: Any, args: Arguments, keywords: Keywords) -> Value | None:
        names = args[:1] if kind is operator.methodcaller else args
        if not args or not all(map(ctx.is_static, names)) or (keywords and kind is not operator.methodcaller):
            raise misused(ctx, node, kind.__name__)
        if kind is operator.methodcaller:
            return method_caller(ctx.static(args[0]), args[1:], keywords)
        return getter(kind, [ctx.static(arg) for arg in args])


for _kind in (operator.itemgetter, operator.attrgetter, operator.methodcaller):
    _getter(_kind)
