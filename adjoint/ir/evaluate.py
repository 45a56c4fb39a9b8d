"""The reference evaluator: runs IR one operation at a time, slowly and plainly.

It is the oracle for every pass: a function evaluated before and after a pass must give the same. Memory is functional
here; a jump is what a region returns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, final

import adjoint.ir.ops  # noqa: F401  # fills the table of operations
from adjoint.errors import InternalError
from adjoint.ir import opset
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const
from adjoint.ir.layouts import read
from adjoint.ir.types import Static, Tuple

Exit = tuple[str, list[Any]]
"""How a region ended: the opcode of its terminator and the values it carries."""


@final
class _Undefined:
    """What an `undef` holds; reading it is Python's own error."""

    def __repr__(self) -> str:
        return "<undefined>"


UNDEFINED = _Undefined()


def evaluate(function: Function, args: Sequence[Any]) -> Any:
    """The result of the function on positional arguments (missing ones take their defaults).

    Raises what the program itself raises; TypeError for wrong arguments; InternalError for IR that cannot run.
    """
    if len(args) > len(function.params):
        raise TypeError(f"{function.name} takes {len(function.params)} arguments, {len(args)} given")
    values = list(args)
    for param in function.params[len(args) :]:
        if not param.has_default:
            raise TypeError(f"{function.name} needs the argument {param.name!r}")
        values.append(param.default)
    frame = _Frame(function)
    try:
        kind, results = frame.run_region(function.body, values)
    except BaseException as error:
        for scope in reversed(frame.scopes):
            scope.__exit__(type(error), error, error.__traceback__)
        raise
    if kind != "return":
        raise InternalError(f"{function.name} ended with `{kind}`")
    return results[0]


@final
class _Frame:
    """One activation: the values of the SSA names so far."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.env: dict[Value, Any] = {}
        self.scopes: list[Any] = []
        """The context managers that are open."""

    def read(self, value: Value) -> Any:
        result = self.env[value]
        if result is UNDEFINED:
            raise UnboundLocalError(f"local variable {value.name!r} is read before it is bound")
        return result

    def run_region(self, region: Region, args: Sequence[Any]) -> Exit:
        """Run a region with its block arguments; how it ended."""
        self.env.update(zip(region.args, args, strict=True))
        for op in region.ops:
            leaving = self.run_op(op)
            if leaving is not None and (leaving[0] != "yield" or op is region.ops[-1]):
                return leaving
            if leaving is not None:
                self.assign(op, leaving[1])
        raise InternalError(f"a region of {self.function.name} has no terminator")

    def run_op(self, op: Op) -> Exit | None:
        """Run one operation; an exit when it jumps or, for an `if`, when its branch yields."""
        if op.opcode in ("yield", "continue", "break"):
            return op.opcode, [self.env[operand] for operand in op.operands]
        if op.opcode == "return":
            return op.opcode, [self.read(operand) for operand in op.operands]
        if op.opcode == "raise":
            raise self.exception(op)
        if op.opcode == "if":
            return self.run_region(op.regions[0 if self.read(op.operands[0]) else 1], ())
        if op.opcode == "for":
            return self.run_for(op)
        if op.opcode == "while":
            return self.run_while(op)
        self.assign(op, self.compute(op))
        return None

    def assign(self, op: Op, values: Sequence[Any]) -> None:
        self.env.update(zip(op.results, values, strict=True))

    def read_outside(self, attrs: Mapping[str, Any]) -> Any:
        """A global, an attribute of a module or class (`_owner`), or an object without a name (`_object`)."""
        if "_owner" in attrs:
            return getattr(attrs["_owner"], attrs["name"])
        return attrs["_object"] if "_object" in attrs else self.read_global(attrs["name"])

    def compute(self, op: Op) -> list[Any]:
        """The results of an operation without regions."""
        if op.opcode == "undef":
            return [UNDEFINED]
        if op.opcode == "global":
            return [self.read_outside(op.attrs)]
        operands = [self.read(operand) for operand in op.operands]
        if op.opcode == "call":
            result = evaluate(op.attrs["callee"], operands)
            return [result] if len(op.results) == 1 else list(result)
        if op.opcode == "getitem":
            source = op.operands[0].type
            return [read(source.layout if isinstance(source, Tuple) else None, operands[0], op.attrs["index"])]
        if op.opcode == "unpack":
            return list(operands[0])
        if op.opcode == "push":
            operands = [operands[0], self.env[op.operands[1]]]
        result = opset.lookup(op.opcode).evaluate(*operands, **opset.evaluation_attrs(op))
        if op.opcode == "enter" and operands:
            self.scopes.append(operands[0])
        elif op.opcode == "leave" and operands[0] is not None:
            self.scopes.pop()
        if len(op.results) == 1:
            return [result]
        return list(result) if op.results else []

    def read_global(self, name: str) -> Any:
        root, *path = name.split(".")
        found = self.function.namespace[root]
        for part in path:
            found = getattr(found, part)
        return found

    def exception(self, op: Op) -> BaseException:
        """The exception a `raise` raises: attribute `exception` with operands as its arguments, or its only operand."""
        made = op.attrs.get("exception")
        operands = [_static_or(operand, self.env) for operand in op.operands]
        cause = operands.pop() if op.attrs.get("cause") else None
        if op.attrs.get("made"):
            made = operands.pop()
        if made is None and operands:
            made, *operands = operands
        if isinstance(made, type) and issubclass(made, BaseException):
            made = made(*operands)
        if not isinstance(made, BaseException):
            raise InternalError(f"`raise` of {made!r}")
        if cause is not None:
            made.__cause__ = cause
        return made

    def run_for(self, op: Op) -> Exit | None:
        start, stop, step = (self.read(operand) for operand in op.operands[:3])
        carries = [self.env[operand] for operand in op.operands[3:]]
        indices = range(start, stop, step)
        for index in reversed(indices) if op.attrs.get("reversed") else indices:
            kind, carries = self.run_region(op.regions[0], [index, *carries])
            if kind == "break":
                self.assign(op, carries)
                return None
            if kind != "continue":
                return kind, carries
        return self.exhausted(op, carries, op.regions[1:])

    def run_while(self, op: Op) -> Exit | None:
        carries = [self.env[operand] for operand in op.operands]
        condition, body, *orelse = op.regions
        while self.run_region(condition, carries)[1][0]:
            kind, carries = self.run_region(body, carries)
            if kind == "break":
                self.assign(op, carries)
                return None
            if kind != "continue":
                return kind, carries
        return self.exhausted(op, carries, orelse)

    def exhausted(self, op: Op, carries: list[Any], orelse: Sequence[Region]) -> Exit | None:
        if not orelse:
            self.assign(op, carries)
            return None
        kind, values = self.run_region(orelse[0], carries)
        if kind != "yield":
            return kind, values
        self.assign(op, values)
        return None


def _static_or(value: Value, env: dict[Value, Any]) -> Any:
    if is_const(value):
        return const_of(value)
    return value.type.value if isinstance(value.type, Static) and value not in env else env[value]
