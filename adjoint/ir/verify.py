"""Checks the rules of the IR: what docs/ir.md promises, every pass must keep.

A violation is a fault of the compiler, so it is an `InvalidIR` that shows the text with the bad operation marked `>>>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn, final

import adjoint.ir.ops  # noqa: F401  # fills the table of operations
from adjoint.errors import InvalidIR
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, TERMINATORS, Function, Op, Region, Value
from adjoint.ir.printer import print_function, reachable_functions
from adjoint.ir.types import INT, Array, List, Scalar, Sym, TapeType, Tuple, Type, dtype_of, fits, is_subtype, rank_of

_FUNCTION_ENDS = frozenset({"return", "raise"})
_LOOP_ENDS = frozenset({"continue", "break", "return", "raise"})
_BRANCH_ENDS = frozenset({"yield", "raise"})


def verify(function: Function) -> None:
    """Check the function and every function it calls. Raises InvalidIR."""
    for each in reachable_functions(function):
        _Verifier(each, function).check()


@final
class _Loop:
    """The loop around a region: what its jumps must carry."""

    def __init__(self, op: Op, carried: Sequence[Value]) -> None:
        self.continued = [value.type for value in carried]
        self.results = [value.type for value in op.results]


@final
class _Verifier:
    """Walks one function in program order, with the set of values in scope."""

    def __init__(self, function: Function, root: Function) -> None:
        self.function = function
        self.root = root
        self.defined: set[Value] = set()
        self.visible: set[Value] = set()
        self.seen_ops: set[Op] = set()
        self.tape_uses: dict[tuple[Value, str], Op] = {}

    def fail(self, message: str, op: Op | None) -> NoReturn:
        text = print_function(self.root, mark=op)
        raise InvalidIR(f"{self.function.name}: {message}\n{text}")

    def check(self) -> None:
        function = self.function
        if len(function.params) != len(function.args):
            self.fail(f"{len(function.params)} parameters but {len(function.args)} arguments", None)
        names = [param.name for param in function.params]
        if len(set(names)) != len(names):
            self.fail("two parameters have one name", None)
        self.check_region(function.body, _FUNCTION_ENDS, None, None, None)

    def check_region(
        self, region: Region, ends: frozenset[str], loop: _Loop | None, yields: list[Type] | None, owner: Op | None
    ) -> None:
        """One region. `ends` are the terminators it may have; `yields` the types that `yield` must give."""
        scope: list[Value] = []
        for arg in region.args:
            if arg.op is not None:
                self.fail("a block argument claims to be the result of an operation", owner)
            self.declare(arg, scope, owner)
        if not region.ops:
            self.fail("an empty region: no terminator", owner)
        for op in region.ops[:-1]:
            if op.opcode in TERMINATORS:
                self.fail(f"`{op.opcode}` is not the last operation of its region", op)
            self.check_op(op, ends, loop, yields)
            self.declare_results(op, scope)
        self.check_end(region.ops[-1], ends, loop, yields)
        self.visible.difference_update(scope)

    def declare(self, value: Value, scope: list[Value], op: Op | None) -> None:
        if value in self.defined:
            self.fail(f"%{value.name} is defined twice", op)
        self.defined.add(value)
        self.visible.add(value)
        scope.append(value)

    def declare_results(self, op: Op, scope: list[Value]) -> None:
        for result in op.results:
            if result.op is not op:
                self.fail("a result does not point back to its operation", op)
            self.declare(result, scope, op)

    def check_end(self, op: Op, ends: frozenset[str], loop: _Loop | None, yields: list[Type] | None) -> None:
        """The last operation: a terminator or a tail `if`."""
        if op.opcode == "if":
            self.check_tail_if(op, ends, loop, yields)
            return
        if op.opcode not in TERMINATORS:
            self.fail("the region does not end with a terminator", op)
        if op.opcode not in ends:
            self.fail(f"`{op.opcode}` cannot end this region, only {', '.join(sorted(ends))}", op)
        self.check_uses(op)
        if op.results or op.regions:
            self.fail("a terminator has neither results nor regions", op)
        if op.opcode == "yield":
            self.check_types(op, [o.type for o in op.operands], yields or [], "yields")
        elif op.opcode == "return":
            self.check_types(op, [o.type for o in op.operands], [self.function.result_type], "returns")
        elif op.opcode in ("continue", "break"):
            if loop is None:
                self.fail(f"`{op.opcode}` outside a loop", op)
            wanted = loop.continued if op.opcode == "continue" else loop.results
            self.check_types(op, [o.type for o in op.operands], wanted, f"`{op.opcode}` carries")

    def check_tail_if(self, op: Op, ends: frozenset[str], loop: _Loop | None, yields: list[Type] | None) -> None:
        if op.results:
            self.fail("the region does not end with a terminator", op)
        self.check_condition(op)
        for region in op.regions:
            self.check_region(region, ends, loop, yields, op)

    def check_types(self, op: Op, given: Sequence[Type], wanted: Sequence[Type], what: str) -> None:
        if len(given) != len(wanted):
            self.fail(f"{what} {len(given)} values, not {len(wanted)}", op)
        for index, (a, b) in enumerate(zip(given, wanted)):
            if not fits(a, b, is_derivative=op.derived):
                self.fail(f"{what} {a} as number {index}, where {b} is declared", op)

    def check_uses(self, op: Op) -> None:
        if op in self.seen_ops:
            self.fail("the operation stands in the program twice", op)
        self.seen_ops.add(op)
        for operand in op.operands:
            if operand not in self.visible:
                state = "is out of scope" if operand in self.defined else "is not defined before its use"
                self.fail(f"operand %{operand.name} {state}", op)

    def check_op(self, op: Op, ends: frozenset[str], loop: _Loop | None, yields: list[Type] | None) -> None:
        if op.opcode == "if":
            self.check_if(op)
        elif op.opcode == "for":
            self.check_for(op, ends, loop, yields)
        elif op.opcode == "while":
            self.check_while(op, ends, loop, yields)
        elif op.opcode == "call":
            self.check_call(op)
        else:
            self.check_table_op(op)

    def check_condition(self, op: Op) -> None:
        self.check_uses(op)
        if len(op.operands) != 1 or len(op.regions) != 2:
            self.fail("`if` has one condition and two regions", op)
        if any(region.args for region in op.regions):
            self.fail("a branch has no arguments", op)

    def check_if(self, op: Op) -> None:
        self.check_condition(op)
        types = [result.type for result in op.results]
        for region in op.regions:
            self.check_region(region, _BRANCH_ENDS, None, types, op)

    def check_for(self, op: Op, ends: frozenset[str], loop: _Loop | None, yields: list[Type] | None) -> None:
        self.check_uses(op)
        if len(op.operands) < 3 or len(op.regions) not in (1, 2):
            self.fail("`for` has start, stop, step and one or two regions", op)
        for bound in op.operands[:3]:
            if dtype_of(bound.type) is None or rank_of(bound.type) or not _is_integer(bound.type):
                self.fail(f"a bound of `for` is {bound.type}, not an integer", op)
        body, inits = op.regions[0], [o.type for o in op.operands[3:]]
        if not body.args or not is_subtype(INT, body.args[0].type):
            self.fail("the first argument of the body is the index, an int", op)
        self.check_types(op, inits, [arg.type for arg in body.args[1:]], "`for` starts with")
        self.check_region(body, _LOOP_ENDS, _Loop(op, body.args[1:]), None, op)
        self.check_exhaustion(op, body.args[1:], op.regions[1:], ends, loop, yields)

    def check_while(self, op: Op, ends: frozenset[str], loop: _Loop | None, yields: list[Type] | None) -> None:
        self.check_uses(op)
        if len(op.regions) not in (2, 3):
            self.fail("`while` has a condition, a body and perhaps an else", op)
        condition, body = op.regions[:2]
        inits = [o.type for o in op.operands]
        for region in (condition, body):
            self.check_types(op, inits, [arg.type for arg in region.args], "`while` starts with")
        self.check_condition_region(condition, op)
        self.check_types(op, [a.type for a in body.args], [a.type for a in condition.args], "the body continues with")
        self.check_region(body, _LOOP_ENDS, _Loop(op, body.args), None, op)
        self.check_exhaustion(op, body.args, op.regions[2:], ends, loop, yields)

    def check_condition_region(self, region: Region, op: Op) -> None:
        last = region.ops[-1] if region.ops else op
        if last.opcode != "yield" or len(last.operands) != 1:
            self.fail("the condition of `while` ends with `yield flag`", op)
        self.check_region(region, _BRANCH_ENDS, None, [last.operands[0].type], op)

    def check_exhaustion(
        self,
        op: Op,
        carried: Sequence[Value],
        orelse: Sequence[Region],
        ends: frozenset[str],
        loop: _Loop | None,
        yields: list[Type] | None,
    ) -> None:
        """What the loop gives when it runs out: the carries, or what its `else` yields (or where it jumps)."""
        results = [result.type for result in op.results]
        types = [value.type for value in carried]
        if not orelse:
            self.check_types(op, types, results, "the loop ends with")
            return
        region = orelse[0]
        self.check_types(op, types, [arg.type for arg in region.args], "the loop enters its else with")
        self.check_region(region, (ends - {"yield"}) | _BRANCH_ENDS, loop, results, op)

    def check_call(self, op: Op) -> None:
        self.check_uses(op)
        callee = op.attrs.get("callee")
        if not isinstance(callee, Function):
            self.fail("`call` has no callee", op)
        passed, declared = [o.type for o in op.operands], [arg.type for arg in callee.args]
        self.check_types(op, list(map(_nameless, passed)), list(map(_nameless, declared)), "the call passes")
        given: Sequence[Type] = [callee.result_type]
        if len(op.results) != 1:
            given = callee.result_type.items if isinstance(callee.result_type, Tuple) else given
        results = [_unsized(result.type) for result in op.results]
        self.check_types(op, list(map(_unsized, given)), results, "the callee returns")

    def check_table_op(self, op: Op) -> None:
        self.check_uses(op)
        definition = opset.TABLE.get(op.opcode)
        if definition is None or op.opcode in CONTROL:
            self.fail(f"no operation is called {op.opcode}", op)
        if op.regions:
            self.fail("only control flow has regions", op)
        needed = [name for name in definition.operands if not name.startswith("*") and not name.endswith("?")]
        takes_any = any(name.startswith("*") for name in definition.operands)
        if len(op.operands) < len(needed) or (len(op.operands) > len(definition.operands) and not takes_any):
            self.fail(f"{op.opcode} takes ({', '.join(definition.operands)}), {len(op.operands)} given", op)
        given = {name for name in op.attrs if not name.startswith("_")}
        wanted = {name for name in definition.attrs if not name.startswith("_")}
        if given != wanted:
            self.fail(f"attributes {sorted(given)}, the table says {sorted(wanted)}", op)
        if op.opcode in ("push", "pop", "nonempty"):
            self.check_tape_op(op)
        elif op.opcode in ("tuple", "getitem"):
            self.check_container(op)

    def check_container(self, op: Op) -> None:
        """A container has one value for each key of its layout; an item read is one it has."""
        whole = (op.results if op.opcode == "tuple" else op.operands)[0].type
        if not isinstance(whole, Tuple):
            self.fail(f"{op.opcode} of {whole}, which is no container of known length", op)
        layout = whole.layout
        if layout is not None and layout.is_keyed and len(layout.keys) != len(whole.items):
            self.fail(f"{len(whole.items)} items under {len(layout.keys)} keys", op)
        if op.opcode == "tuple":
            if op.attrs["layout"] != layout:
                self.fail(f"the layout {op.attrs['layout']} makes no {whole}", op)
            self.check_types(op, [operand.type for operand in op.operands], whole.items, "the container holds")
        elif op.attrs["index"] >= len(whole.items):
            self.fail(f"{whole} has no item number {op.attrs['index']}", op)

    def check_tape_op(self, op: Op) -> None:
        tape = op.operands[0]
        if not isinstance(tape.type, TapeType):
            self.fail(f"{op.opcode} of {tape.type}, which is no tape", op)
        if op.opcode == "nonempty":
            return
        if self.tape_uses.setdefault((tape, op.opcode), op) is not op:
            self.fail(f"a second {op.opcode} of one tape", op)
        if op.opcode == "push":
            self.check_types(op, [op.operands[1].type], [tape.type.item], "push saves")
        else:
            self.check_types(op, [tape.type.item], [result.type for result in op.results], "pop restores")


def _nameless(t: Type) -> Type:
    """The type with all extents that are not 1 alike: the symbols of a callee are its own."""
    if isinstance(t, Array):
        return Array(t.dtype, tuple(dim if dim is None or dim == 1 else Sym("n") for dim in t.shape))
    if isinstance(t, Tuple):
        return t.of(map(_nameless, t.items))
    return List(_nameless(t.item)) if isinstance(t, List) else t


def _unsized(t: Type) -> Type:
    """The type without extents: those of a result depend on the callee's symbols."""
    if isinstance(t, Array):
        return Array(t.dtype, (None,) * t.rank)
    if isinstance(t, Tuple):
        return t.of(map(_unsized, t.items))
    return List(_unsized(t.item)) if isinstance(t, List) else t


def _is_integer(type: Type) -> bool:
    if isinstance(type, Scalar):
        return type.kind in ("int", "bool")
    return str(dtype_of(type)).lstrip("u").startswith(("int", "bool"))
