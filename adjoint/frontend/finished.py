"""What is checked and noted when a function is lowered, with all that it calls."""

from __future__ import annotations

from adjoint.errors import UnsupportedConstruct
from adjoint.frontend.calls.borders import place_of
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.writer import holds_nothing
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, Function, Op, Value, walk
from adjoint.ir.layouts import stand_in_of
from adjoint.ir.types import Layout, Tuple, Undef


def check_bound(function: Function, captured: Captured) -> None:
    """Refuse the reads of variables that no path has given a value, and what is made of lists that never have items."""
    for op in walk(function.body):
        if _is_unknown(op):
            is_empty = any(holds_nothing(operand.type) for operand in op.operands)
            raise UnsupportedConstruct(
                f"`{op.opcode}` is given an empty list" if is_empty else f"what `{op.opcode}` gives is not known here",
                place=place_of(captured, op.line),
                why="what its items would be is not known",
                fix="use an empty array: `np.zeros(0)`, `np.zeros(0, dtype=int)`",
            )
        shown = _stand_in_shown(op)
        if shown is not None:
            raise UnsupportedConstruct(
                f"an object of {shown.name} is shown, or given to what is not known here",
                place=place_of(captured, op.line),
                why="in a list of run-time length something with the same attributes stands for it",
                fix="use its attributes, or a dataclass",
            )
    if isinstance(function.result_type, Undef):
        raise UnsupportedConstruct(
            f"{function.name}() never returns",
            place=captured.source.place(captured.source.node),
            why="no path reaches a `return`, or every path calls the function again",
            fix="give the recursion or the loop a way to end",
        )
    for op in walk(function.body):
        for operand in _read_operands(op):
            if _is_none(operand):
                continue
            if isinstance(operand.type, Undef) and not (op.opcode == "return" and _is_undef(operand)):
                raise _unbound(operand, op, captured)


def _unbound(operand: Value, op: Op, captured: Captured) -> UnsupportedConstruct:
    """The refusal of a read of what has no value: a variable, or an item of a list that has none."""
    if operand.name is None:
        return UnsupportedConstruct(
            "something without a value is read here",
            place=place_of(captured, op.line),
            why="it may be an item of an empty list",
            fix="use an empty array: `np.zeros(0, dtype=int)`",
        )
    return UnsupportedConstruct(
        f"the variable {operand.name!r} is read before it is assigned",
        place=place_of(captured, op.line),
        why="no path gives it a value first",
        fix="give it a value first",
    )


_SHOWING = ("pycall", "format", "raise")


def _stand_in_shown(op: Op) -> Layout | None:
    """The layout of an object for which a namespace stands, where an operation shows it."""
    if op.opcode not in _SHOWING:
        return None
    return stand_in_of(Tuple(tuple(each.type for each in op.operands if each.op is not None)))


def _is_unknown(op: Op) -> bool:
    """Whether an operation has no type though all its operands have one: none where items of an empty list are read."""
    if op.opcode not in opset.TABLE or op.opcode in CONTROL or op.opcode in ("undef", "const"):
        return False
    is_unknown = any(isinstance(result.type, Undef) for result in op.results)
    return is_unknown and not any(isinstance(operand.type, Undef) for operand in op.operands)


def _is_none(value: Value) -> bool:
    """Whether a value stands for None where something else may be."""
    return value.op is not None and value.op.opcode == "const"


def _is_undef(value: Value) -> bool:
    return value.op is not None and value.op.opcode == "undef"


def _read_operands(op: Op) -> list[Value]:
    if op.opcode in ("yield", "continue", "break", "while"):
        return []
    return op.operands[:3] if op.opcode == "for" else op.operands


def note_effects(functions: list[Function]) -> None:
    """Write on every call what its callee does beside computing, through all it calls."""
    effects = {function: _own_effects(function) for function in functions}
    calls = {function: [op for op in walk(function.body) if op.opcode == "call"] for function in functions}
    changed = True
    while changed:
        changed = False
        for function in functions:
            inherited = frozenset().union(*(effects[op.attrs["callee"]] for op in calls[function]))
            if not inherited <= effects[function]:
                effects[function] |= inherited
                changed = True
    for ops in calls.values():
        for op in ops:
            op.attrs["effects"] = effects[op.attrs["callee"]]


def _own_effects(function: Function) -> frozenset[str]:
    found: set[str] = set()
    for op in walk(function.body):
        if op.opcode == "raise":
            found.add("raises")
        elif op.opcode in opset.TABLE and op.opcode not in CONTROL:
            found |= opset.TABLE[op.opcode].effects
    return frozenset(found - {"tape"})
