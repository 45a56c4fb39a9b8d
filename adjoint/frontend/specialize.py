"""Specialisations: one lowered function for every function and tuple of argument types.

A recursive function is lowered with what is known of its result so far (nothing at first: its recursive calls give no
value, the base case decides), again and again until the result type stands still.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, final

from adjoint.errors import Place, UnsupportedConstruct
from adjoint.frontend.capture import Captured, capture, unwrap
from adjoint.frontend.context import Context, spoken, symbols_of
from adjoint.frontend.control_flow import lower_block
from adjoint.frontend.ends import JumpEnd
from adjoint.frontend.jumps import all_bound_names
from adjoint.frontend.liveness import Liveness
from adjoint.frontend.statements import refuse_in_place
from adjoint.ir import opset
from adjoint.ir.builder import Builder
from adjoint.ir.core import CONTROL, Function, Line, Op, Region, Value, walk
from adjoint.ir.types import NONE, UNDEF, Array, JoinError, Static, Type, Undef, join

_MAX_ROUNDS = 20
_MAX_DEPTH = 60
Key = tuple[Callable[..., Any], tuple[Type, ...]]


@final
@dataclass(slots=True)
class Entry:
    """One specialisation. `lowest` is the outermost unfinished entry that its lowering has looked at."""

    function: Function
    position: int
    lowest: int
    in_progress: bool = True


@final
@dataclass(slots=True)
class Specializations:
    """The functions lowered so far, and those being lowered."""

    table: dict[Key, Entry] = field(default_factory=dict)
    stack: list[Entry] = field(default_factory=list)
    captured: dict[Callable[..., Any], Captured] = field(default_factory=dict)

    def specialize(self, function: Callable[..., Any], types: tuple[Type, ...], source: str | None = None) -> Function:
        """The function lowered for these argument types. Raises AdjointError."""
        target = unwrap(function)
        key = (target, types)
        entry = self.table.get(key)
        if entry is None:
            captured = self.captured.get(target)
            if captured is None:
                captured = self.captured[target] = capture(target, source)
            entry = self._lower(key, captured)
        if self.stack:
            self.stack[-1].lowest = min(self.stack[-1].lowest, entry.position if entry.in_progress else entry.lowest)
        return entry.function

    def _lower(self, key: Key, captured: Captured) -> Entry:
        position = len(self.stack)
        if position > _MAX_DEPTH:
            raise UnsupportedConstruct(
                f"{captured.name}() calls itself with other types every time",
                place=captured.source.place(captured.source.node),
                why="each call needs a specialisation of its own, without end",
                fix="keep the types of the arguments the same in the recursive call",
            )
        function = Function(captured.name, list(captured.params), Region(), UNDEF, captured.doc)
        function.filename, function.namespace = captured.source.filename, captured.namespace
        entry = self.table[key] = Entry(function, position, position)
        self.stack.append(entry)
        for _ in range(_MAX_ROUNDS):
            entry.lowest = position
            assumed, is_recursive = function.result_type, False
            function.body = lower_body(captured, key[1], self)
            function.result_type = _result_type(captured, function.body, assumed)
            is_recursive = _calls(function.body, function) or any(
                other.lowest <= position for other in self.table.values() if not other.in_progress
            )
            if not is_recursive or function.result_type == assumed:
                break
            self._forget_tentative(position)
        self.stack.pop()
        entry.in_progress = False
        self._finish(position)
        return entry

    def _forget_tentative(self, position: int) -> None:
        """Drop what was lowered with a result type that has changed since."""
        for key, other in list(self.table.items()):
            if not other.in_progress and other.lowest <= position and other.position > position:
                del self.table[key]

    def _finish(self, position: int) -> None:
        """What depended on this entry only is final."""
        for other in self.table.values():
            if not other.in_progress and other.lowest >= position:
                other.lowest = _FINAL


_FINAL = 1_000_000


def _calls(body: Region, function: Function) -> bool:
    return any(op.opcode == "call" and op.attrs["callee"] is function for op in walk(body))


def lower_body(captured: Captured, types: tuple[Type, ...], specializations: Specializations) -> Region:
    """Lower the statements of a function for argument types, one per parameter."""
    names = list(dict.fromkeys([*(param.name for param in captured.params), *all_bound_names(captured.statements)]))
    liveness = Liveness(captured.statements, names)
    region = Region([Value(t, param.name) for t, param in zip(types, captured.params, strict=True)])
    builder = Builder(region)
    ctx = Context(captured, specializations, liveness, frozenset(names), builder)
    ctx.known_symbols = symbols_of(types)
    ctx.may_hold_0d = any(isinstance(t, Array) and not t.rank for t in types)
    for param, value in zip(captured.params, region.args):
        ctx.env[param.name] = _parameter(ctx, value)
    lower_block(ctx, captured.statements, JumpEnd(None))
    if ctx.may_hold_0d and ctx.shared_numbers:
        node = ctx.shared_numbers[0]
        raise refuse_in_place(ctx, node, node.target.id)
    return region


def _parameter(ctx: Context, value: Value) -> Value:
    """What a parameter holds: objects that are not data are constants inside."""
    if not isinstance(value.type, Static):
        return value
    constant = ctx.const(value.type.value, text=value.name)
    constant.name = value.name
    return constant


def _result_type(captured: Captured, body: Region, assumed: Type) -> Type:
    result: Type = assumed
    returns = [op for op in walk(body) if op.opcode == "return"]
    for op in returns:
        try:
            result = join(result, op.operands[0].type)
        except JoinError:
            raise UnsupportedConstruct(
                f"{captured.name}() returns {spoken(result)} on one path and {spoken(op.operands[0].type)} on another",
                place=place_of(captured, op.line),
                why="the result of a function has one type",
                fix="return the same kind of thing everywhere (a path that ends without `return` gives None)",
            ) from None
    return result if returns else NONE


def place_of(captured: Captured, line: Line | None) -> Place | None:
    """The place of a statement."""
    if line is None:
        return None
    text = captured.source.line(line.number)
    end = line.end_column if line.end_column > line.column else None
    return Place(captured.source.filename, line.number, line.column, text, line.number, end)


# -- what is checked and noted when everything is lowered


def check_bound(function: Function, captured: Captured) -> None:
    """Refuse the reads of variables that no path has given a value."""
    if isinstance(function.result_type, Undef):
        raise UnsupportedConstruct(
            f"{function.name}() never returns",
            place=captured.source.place(captured.source.node),
            why="no path reaches a `return`, or every path calls the function again",
            fix="give the recursion or the loop a way to end",
        )
    for op in walk(function.body):
        for operand in _read_operands(op):
            if isinstance(operand.type, Undef) and not (op.opcode == "return" and _is_undef(operand)):
                raise UnsupportedConstruct(
                    f"the variable {operand.name!r} is read before it is assigned",
                    place=place_of(captured, op.line),
                    why="no path gives it a value first",
                    fix="give it a value first",
                )


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
