"""How often a loop ran: the bounds of the reverse loop.

A `for` that ends by exhaustion is reversed over its own range. One that may `break` gains a carry with the bound it
reached, set only when it breaks; a `while` gains a trip counter (dropped again when a tape can tell).
"""

from __future__ import annotations

from adjoint.analysis.activity import body_of
from adjoint.derive.exits import add_carry
from adjoint.derive.mirror import Mirror
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, region_leaves, users
from adjoint.ir.types import INT


def record_bounds(op: Op, mirror: Mirror) -> tuple[Value, Value, Value]:
    """Start, stop and step of the index values a `for` really saw."""
    start, stop, step = op.operands[:3]
    body = body_of(op)
    if not any(leaf.opcode == "break" for leaf in region_leaves(body)):
        return start, stop, step
    backwards = op.attrs.get("reversed", False)
    args, result = add_carry(op, start if backwards else stop, INT, f"{body.args[0].name or 'i'}_end")
    for region in _leaf_regions(body):
        leaf = region.ops[-1]
        if leaf.opcode == "break":
            past = backwards == (leaf in mirror.excluded)
            leaf.operands.append(_before(region, leaf, body.args[0], step) if past else body.args[0])
        elif leaf.opcode == "continue":
            leaf.operands.append(args[-1])
    return (result, stop, step) if backwards else (start, result, step)


def _before(region: Region, leaf: Op, index: Value, step: Value) -> Value:
    """`index + step`, computed right before the leaf."""
    scratch = Builder(Region(), line=leaf.line, derived=True)
    value = scratch.emit("add", index, step)
    region.ops[-1:] = [*scratch.region.ops, leaf]
    return value


def record_trips(op: Op, mirror: Mirror) -> Value:
    """The number of times the body of a `while` ran (a started pass counts)."""
    scratch = Builder(Region(), line=op.line, derived=True)
    zero = scratch.const(0)
    holder = _holder(mirror.forward, op)
    holder.ops[holder.ops.index(op) : holder.ops.index(op)] = scratch.region.ops
    args, result = add_carry(op, zero, INT, "trips")
    body = body_of(op)
    first = Builder(Region(), line=op.line, derived=True)
    count = first.emit("add", args[-1], first.const(1))
    count.name = "trips"
    body.ops[:0] = first.region.ops
    for region in _leaf_regions(body):
        leaf = region.ops[-1]
        if leaf.opcode in ("continue", "break"):
            leaf.operands.append(args[-1] if leaf in mirror.excluded else count)
    return result


def _leaf_regions(region: Region) -> list[Region]:
    last = region.ops[-1]
    if last.opcode == "if":
        return [leaf for inner in last.regions for leaf in _leaf_regions(inner)]
    return [region]


def _holder(region: Region, op: Op) -> Region:
    """The region that holds the operation."""
    found = _find(region, op)
    assert found is not None
    return found


def _find(region: Region, op: Op) -> Region | None:
    for child in region.ops:
        if child is op:
            return region
        for inner in child.regions:
            found = _find(inner, op)
            if found is not None:
                return found
    return None


def use_tapes_as_counters(function: Function, mirror: Mirror) -> None:
    """Turn a reverse loop that pops a tape every time into `while tape:`; its trip count is then dead.

    Only at the top level: inside another loop the tape holds what other runs of the loop pushed.
    """
    body = function.body
    used = users(body)
    for loop, primal in mirror.loops.items():
        if loop not in body.ops or primal not in body.ops or used.get(loop.regions[0].args[0]):
            continue
        always = body_of(primal).ops if not _excludes(primal, mirror) else []
        always = always + mirror.living(body_of(primal)).ops
        pushed = {op.operands[0] for op in always if op.opcode == "push"}
        popped = [op.operands[0] for op in loop.regions[0].ops if op.opcode == "pop" and op.operands[0] in pushed]
        if popped:
            _count_by_tape(loop, popped[0])


def _excludes(loop: Op, mirror: Mirror) -> bool:
    return any(leaf in mirror.excluded for leaf in region_leaves(body_of(loop)))


def _count_by_tape(loop: Op, tape: Value) -> None:
    reverse = loop.regions[0]
    reverse.args = reverse.args[1:]
    condition = Builder(Region([Value(arg.type, arg.name) for arg in reverse.args]), line=loop.line, derived=True)
    condition.terminate("yield", condition.emit("nonempty", tape))
    loop.opcode = "while"
    loop.operands = loop.operands[3:]
    loop.attrs = {}
    loop.regions = [condition.region, reverse]
