"""Loops whose states are not all kept: a loop marked `checkpoint` is taken apart before the reverse derivative.

Its steps become a function. A call of that function with the attr `_in_parts` keeps only its arguments: the function
named there, which computes the same, is run again where the call is reversed.

    before:  %x = for 0 %n 1 (%x0) { ... } {checkpoint=...}
    after:   %x = for 0 %n %steps (%x0) { %x' = call @f_steps %x %lo %hi {_in_parts=@f_steps};  continue %x' }

With `slots`, parts are of unequal length, and the function that is run again leaves states on its way, one less each
time. The last part is reversed first, so it needs no call:

    after:   %lo, %x1 = while (0, %x0) until at most %steps are left {
                 %mid = add %lo (first_part ...);  %x' = call @f_steps %x %lo %mid {...};  continue %mid %x'
             }
             %x = for %lo %n 1 (%x1) { ... }

The states are kept as the residuals of these loops are, so that nothing else has to know of them.
Source: Griewank and Walther (2000), algorithm 799, for the lengths (`ir/checkpoint`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.analysis.structure import captured
from adjoint.derive.budget import Split, settings, sizes_of
from adjoint.derive.checkpoint_loops import (
    WRITTEN_AGAIN,
    count_steps,
    find_obstacle,
    parameters_of,
    return_all,
    stand_in,
)
from adjoint.derive.exits import make_exits_explicit
from adjoint.derive.refusals import refuse_construct
from adjoint.ir.builder import Builder
from adjoint.ir.checkpoint import Checkpoint
from adjoint.ir.core import (
    Function,
    Op,
    Region,
    Value,
    clone_op,
    clone_region,
    const_of,
    inits_of,
    is_const,
    region_leaves,
    walk,
)
from adjoint.ir.opset import effects_of
from adjoint.ir.types import INT, is_differentiable
from adjoint.ir.undefined import bind_undefined, maybe_undefined


def take_loops_apart(functions: Sequence[Function], budget: int | None, split: Split) -> None:
    """Rewrite the marked loops of a program, in place. Raises UnsupportedConstruct.

    With a budget in bytes, the outermost loops that are not marked share it. `split` reverses a function for a trial.
    """
    inside = _called_in_loops(functions)
    shares: dict[Op, int] = {}
    if budget is not None:
        loops = [op for each in functions if each not in inside for op in each.body.ops if _may_take_budget(op)]
        shares = dict.fromkeys(loops, budget // max(1, len(loops)))
    for function in functions:
        if any("checkpoint" in op.attrs for op in walk(function.body)):
            make_exits_explicit(function)
        _Rewriter(function, shares, split).region(function.body, function in inside)


def _called_in_loops(functions: Sequence[Function]) -> set[Function]:
    """The functions that are called in a loop, here or in what calls them."""
    found: set[Function] = set()
    pending = [op for function in functions for op in walk(function.body) if op.opcode in ("for", "while")]
    while pending:
        regions = pending.pop().regions
        called = {op.attrs["callee"] for region in regions for op in walk(region) if op.opcode == "call"} - found
        found |= called
        pending += [Op("for", regions=[function.body]) for function in called]
    return found


def _may_take_budget(op: Op) -> bool:
    if op.opcode not in ("for", "while") or "checkpoint" in op.attrs or find_obstacle(op) is not None:
        return False
    leaves = any(leaf.opcode == "return" for leaf in region_leaves(body_of(op)))
    return not leaves and orelse_of(op) is None and any(is_differentiable(result.type) for result in op.results)


@final
@dataclass(frozen=True, slots=True)
class _Rewriter:
    """Takes the loops of one function apart."""

    function: Function
    shares: Mapping[Op, int]
    split: Split

    def region(self, region: Region, is_inside: bool) -> None:
        """The loops of a region, inner ones first."""
        for op in list(region.ops):
            for inner in op.regions:
                self.region(inner, is_inside or op.opcode in ("for", "while"))
            if "checkpoint" in op.attrs or op in self.shares:
                self._loop(op, region, is_inside)

    def _loop(self, op: Op, region: Region, is_inside: bool) -> None:
        options: Checkpoint | None = op.attrs.pop("checkpoint", None)
        sizes = sizes_of(op, self.function, self.split) if options is None else None
        if (options is None and sizes is None) or not op.results:
            return
        obstacle = find_obstacle(op)
        if obstacle is not None:
            refuse_construct("`checkpoint` on this loop", *obstacle, op.line, self.function.filename)
        if not maybe_undefined(self.function.body).isdisjoint(inits_of(op)):
            bind_undefined(self.function.body)
        builder = Builder(Region(), line=op.line)
        count_steps(op, self.function, builder)
        number = builder.const
        if sizes is not None:
            slots, steps = settings(builder, self.shares[op], *sizes)
        elif options is not None and options.slots is not None:
            slots, steps = number(options.slots), number(options.steps or 1)
        else:
            given = None if options is None else options.steps
            slots, steps = None, square_root(op, builder) if given is None else number(given)
        _Loop(op, self.function, slots, steps, builder).take_apart(is_inside)
        index = region.ops.index(op)
        region.ops[index : index + 1] = builder.region.ops


@final
@dataclass(frozen=True, slots=True)
class _Scope:
    """What stands for the parts of the loop: where it stands, or in a function of its steps."""

    builder: Builder
    state: list[Value]
    read: list[Value]
    start: Value
    stop: Value
    slots: Value | None
    steps: Value
    standing: dict[Value, Value]
    """The stand-ins of what the steps read."""


Write = Callable[[_Scope], list[Value]]


@final
class _Loop:
    """One loop over `range(start, stop)`, and the functions of its steps."""

    def __init__(self, op: Op, function: Function, slots: Value | None, steps: Value, builder: Builder) -> None:
        self.op = op
        self.owner = function
        self.body = op.regions[0]
        found = captured(op)
        self.again = [v.op for v in found if v.op is not None and v.op.opcode in WRITTEN_AGAIN]
        read = [v for v in found if v.op is None or v.op.opcode not in WRITTEN_AGAIN]
        start, stop = op.operands[:2]
        self.here = _Scope(builder, inits_of(op), read, start, stop, slots, steps, {})
        self.effects = effects_of(op)
        self.steps = self._function(self._whole)
        self.parts: Function | None = None

    def take_apart(self, is_inside: bool) -> None:
        """Write what stands for the loop. Inside another one it keeps the state before it and no more."""
        here, write = self.here, self._equal if self.here.slots is None else self._unequal
        if is_inside:
            results = self._call(here, here.state, here.start, here.stop, self._function(write))
        else:
            results = write(here)
        made = results[0].op
        assert made is not None
        made.results = self.op.results
        for result in made.results:
            result.op = made

    # the steps as functions

    def _function(self, write: Write) -> Function:
        """A function of the state, what the steps read, the first step, the one behind the last, and the settings."""
        here, owner = self.here, self.owner
        standing: dict[Value, Value] = {}
        made = Function(f"{owner.name}_steps", [], Region(), INT, None, owner.filename, owner.namespace)
        builder = Builder(made.body, line=self.op.line)
        state, read = self._state(), [stand_in(value, standing) for value in here.read]
        start, stop, slots, steps = (Value(INT, name) for name in ("start", "stop", "slots", "steps"))
        made.body.args = [*state, *read, start, stop]
        made.body.args += [] if here.slots is None else [slots]
        made.body.args += [] if is_const(here.steps) else [steps]
        made.params = parameters_of(made.body.args)
        for op in self.again:
            builder.region.ops.append(clone_op(op, standing))
        if is_const(here.steps):
            steps = builder.const(const_of(here.steps))
        scope = _Scope(builder, state, read, start, stop, None if here.slots is None else slots, steps, standing)
        return_all(made, builder, write(scope))
        return made

    def _whole(self, scope: _Scope) -> list[Value]:
        """All steps, one after the other."""
        return self._run(scope, scope.state, scope.start)

    def _run(self, scope: _Scope, state: Sequence[Value], start: Value) -> list[Value]:
        one = scope.builder.const(1)
        types = [arg.type for arg in self.body.args[1:]]
        body = clone_region(self.body, dict(scope.standing))
        loop = scope.builder.op("for", [start, scope.stop, one, *state], types, {}, [body])
        for result, arg in zip(loop.results, self.body.args[1:]):
            result.name = arg.name
        return loop.results

    def _call(self, scope: _Scope, state: Sequence[Value], start: Value, stop: Value, parts: Function) -> list[Value]:
        """The steps from one to another, of which only the state before them is kept."""
        types = [arg.type for arg in self.body.args[1:]]
        settings = [v for v in (scope.slots, None if is_const(scope.steps) else scope.steps) if v is not None]
        attrs = {"callee": self.steps, "effects": self.effects, "_in_parts": parts}
        call = scope.builder.op("call", [*state, *scope.read, start, stop, *settings], types, attrs)
        for result, arg in zip(call.results, self.body.args[1:]):
            result.name = arg.name
        return call.results

    # in parts

    def _equal(self, scope: _Scope) -> list[Value]:
        """Parts of equal length; each is reversed whole."""
        state, start = self._state(), Value(INT, "start")
        inner = Builder(Region([start, *state]), line=self.op.line)
        stop = inner.emit("min_of", inner.emit("add", start, scope.steps), scope.stop)
        given = self._call(replace(scope, builder=inner), state, start, stop, self.steps)
        inner.terminate("continue", *given)
        bounds = [scope.start, scope.stop, scope.steps]
        loop = scope.builder.op("for", [*bounds, *scope.state], [v.type for v in state], {}, [inner.region])
        for result, value in zip(loop.results, state):
            result.name = value.name
        return loop.results

    def _unequal(self, scope: _Scope) -> list[Value]:
        """Parts that leave enough slots for those behind them; the last one has at most `steps` steps."""
        assert scope.slots is not None
        heads = [[Value(INT, "start"), Value(INT, "slots"), *self._state()] for _ in range(2)]
        test, inner = (Builder(Region(head), line=self.op.line) for head in heads)
        left = test.emit("sub", scope.stop, heads[0][0])
        test.terminate("yield", test.emit("gt", left, scope.steps))
        start, slots, *state = heads[1]
        setting = [] if _is_number(scope.steps, 1) else [scope.steps]
        length = inner.emit("first_part", inner.emit("sub", scope.stop, start), slots, *setting)
        middle = inner.emit("add", start, length)
        middle.name = "middle"
        given = self._call(replace(scope, builder=inner, slots=slots), state, start, middle, self._in_parts())
        inner.terminate("continue", middle, inner.emit("sub", slots, inner.const(1)), *given)
        inits = [scope.start, scope.slots, *scope.state]
        loop = scope.builder.op("while", inits, [v.type for v in heads[1]], {}, [test.region, inner.region])
        for result, value in zip(loop.results, heads[1]):
            result.name = value.name
        return self._run(scope, loop.results[2:], loop.results[0])

    def _state(self) -> list[Value]:
        return [Value(arg.type, arg.name) for arg in self.body.args[1:]]

    def _in_parts(self) -> Function:
        """The steps in unequal parts, as a function: it calls itself where it is reversed."""
        if self.parts is None:
            self.parts = Function("", [], Region(), INT)
            made = self._function(self._unequal)
            for field in fields(Function):
                setattr(self.parts, field.name, getattr(made, field.name))
        return self.parts


def square_root(op: Op, builder: Builder) -> Value:
    """The square root of the number of steps: so many states are kept, and so many steps are reversed in one go."""
    start, stop = op.operands[:2]
    length = stop if _is_number(start, 0) else builder.emit("sub", stop, start)
    count = builder.emit("max_of", length, builder.const(1))
    root = builder.emit("int", builder.emit("pow", count, builder.const(0.5)))
    root.name = "steps"
    return root


def _is_number(value: Value, number: int) -> bool:
    return is_const(value) and value.op is not None and value.op.attrs["value"] == number
