"""A returned pair that is made on several paths becomes a pair of values that each come from several paths.

    before:  %p = if %c { yield tuple %a %b } else { yield tuple %d %e };            return %p
    after:   %x, %y = if %c { yield %a %b } else { yield %d %e };                    return tuple %x %y

So the cotangent of one item can be nothing at all, where the other has one: a zero would still be multiplied.
"""

from __future__ import annotations

from adjoint.derive.containers import part
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value
from adjoint.ir.types import Tuple


def split_returned(function: Function) -> None:
    """Rewrite the only `return` of the function, in place."""
    body = function.body
    last = body.ops.pop()
    (value,) = last.operands
    if isinstance(value.type, Tuple) and value.op is not None and value.op.opcode == "if":
        builder = Builder(body, line=last.line)
        items = _items(value, value.type, body)
        last.operands = [builder.emit("tuple", *items, layout=value.type.layout)]
    body.ops.append(last)


def _items(value: Value, t: Tuple, region: Region) -> list[Value]:
    """The items of a value at the end of a region (its terminator taken off)."""
    op = value.op
    if op is None or op.opcode != "if" or op not in region.ops:
        builder = Builder(region, line=region.ops[-1].line if region.ops else None)
        return [part(builder, value, index) for index in range(len(t.items))]
    place = op.results.index(value)
    if not all(inner.ops[-1].opcode == "yield" or _never_ends(inner.ops[-1]) for inner in op.regions):
        return [part(Builder(region), value, index) for index in range(len(t.items))]
    for inner in op.regions:
        leaf = inner.ops[-1]
        if leaf.opcode == "yield":
            inner.ops.pop()
            leaf.operands += _items(leaf.operands[place], t, inner)
            inner.ops.append(leaf)
    made = [Value(item, None, op) for item in t.items]
    op.results += made
    return made


def _never_ends(op: Op) -> bool:
    return op.opcode == "raise"
