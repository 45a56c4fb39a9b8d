"""Loops with checkpoints: which loops can have them, and the loop as one that counts its steps upwards by one."""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.analysis.activity import body_of
from adjoint.analysis.structure import captured
from adjoint.derive.mirror import Mirror
from adjoint.derive.trips import record_trips
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Param, Region, Value, clone_op, inits_of, is_const, region_leaves, walk
from adjoint.ir.opset import effects_of
from adjoint.ir.types import INT, List, TapeType

WRITTEN_AGAIN = ("const", "global")
"""What a function of a part of a loop does not get as an argument."""
_GROWING = frozenset({"list_append", "list_insert", "list_delete", "list_concat", "list_truncate", "list_repeat"})


def find_obstacle(op: Op) -> tuple[str, str] | None:
    """Why the steps of a loop cannot be run again, and a way out; None where they can."""
    if effects_of(op) - {"raises"}:
        why = "its steps print, draw random numbers or call what may; run again, they would do so again"
        return why, "take that out of the loop: draw all numbers before it, print behind it"
    lists = [result for result in op.results if isinstance(result.type, List)]
    if lists and any(each.opcode in _GROWING for each in walk(body_of(op))):
        why = "a list changes its length in it: each state that is kept would hold all that came before"
        return why, "store into an array that is made before the loop, `y[i] = ...`"
    if any(isinstance(value.type, TapeType) for value in [*captured(op), *op.results]):
        return "it reads what another derivative has kept", "put `checkpoint` on the loop of the function itself"
    return None


def count_steps(op: Op, function: Function, builder: Builder) -> None:
    """Turn a loop into a `for` over a range that goes up by one and is not left early, in place.

    A loop whose steps nobody knows before is run once for their number.
    """
    breaks = any(leaf.opcode == "break" for leaf in region_leaves(body_of(op)))
    if op.opcode == "for" and not breaks and _is_one(op.operands[2]) and not op.attrs.get("reversed"):
        return
    body = body_of(op)
    zero, one = builder.const(0), builder.const(1)
    count = _trips(op, function, builder) if breaks or op.opcode == "while" else _length(op, builder)
    number = Value(INT, "step")
    if op.opcode == "for":
        _count_index(op, body, number, count)
    else:
        body.args.insert(0, number)
    op.operands = [zero, count, one, *inits_of(op)]
    op.opcode, op.attrs, op.regions = "for", {}, [body]


def _is_one(value: Value) -> bool:
    return is_const(value) and value.op is not None and value.op.attrs["value"] == 1


def _length(op: Op, builder: Builder) -> Value:
    """How many numbers a range has: the quotient, rounded up."""
    start, stop, step = op.operands[:3]
    down = builder.emit("floordiv", builder.emit("sub", start, stop), step)
    count = builder.emit("max_of", builder.emit("neg", down), builder.const(0))
    count.name = "count"
    return count


def _count_index(op: Op, body: Region, number: Value, count: Value) -> None:
    """The index from the number of the step."""
    start, _, step = op.operands[:3]
    index, body.args[0] = body.args[0], number
    first = Builder(Region(), line=op.line)
    along = number
    if op.attrs.get("reversed"):
        along = first.emit("sub", first.emit("sub", _length(op, first), first.const(1)), number)
    value = first.emit("add", start, along if _is_one(step) else first.emit("mul", step, along))
    value.name = index.name
    for each in walk(body):
        each.operands = [value if operand is index else operand for operand in each.operands]
    body.ops[:0] = first.region.ops


def _trips(op: Op, function: Function, builder: Builder) -> Value:
    """How often the body runs: a function that runs the loop for that alone."""
    made, given = outlined(op, function)
    made.name = f"{function.name}_trips"
    made.body.ops[:] = [each for each in made.body.ops if each.opcode not in ("tuple", "return")]
    loop = made.body.ops[-1]
    trips = record_trips(loop, Mirror(made.body))
    Builder(made.body, line=op.line).terminate("return", trips)
    made.result_type = INT
    count = builder.op("call", given, [INT], {"callee": made, "effects": effects_of(op)}).result
    count.name = "trips"
    return count


def outlined(op: Op, function: Function) -> tuple[Function, list[Value]]:
    """A loop as a function that returns what it gives, and the arguments of that function."""
    standing: dict[Value, Value] = {}
    read = list(dict.fromkeys([*op.operands, *captured(op)]))
    given = [value for value in read if value.op is None or value.op.opcode not in WRITTEN_AGAIN]
    made = Function(f"{function.name}_loop", [], Region(), INT, None, function.filename, function.namespace)
    made.body.args = [stand_in(value, standing) for value in given]
    made.params = parameters_of(made.body.args)
    for value in read:
        if value not in standing and value.op is not None:
            made.body.ops.append(clone_op(value.op, standing))
    loop = clone_op(op, standing)
    made.body.ops.append(loop)
    return_all(made, Builder(made.body, line=op.line), loop.results)
    return made, given


def stand_in(value: Value, standing: dict[Value, Value]) -> Value:
    """A parameter for a value, with its name as an extent, entered in `standing`."""
    standing[value] = made = Value(value.type, value.name)
    made.symbol = value.symbol
    return made


def parameters_of(args: Sequence[Value]) -> list[Param]:
    """A parameter for each value, under its name where that is free."""
    taken: set[str] = set()
    for arg in args:
        base = arg.name or "v"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}{number}"
        taken.add(name)
        arg.name = name
    return [Param(arg.name or "", generated=True) for arg in args]


def return_all(made: Function, builder: Builder, results: Sequence[Value]) -> None:
    """End a function with the return of one value, or of several as a tuple."""
    result = results[0] if len(results) == 1 else builder.emit("tuple", *results)
    made.result_type = result.type
    builder.terminate("return", result)
