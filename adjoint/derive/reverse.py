"""Reverse mode: append the reverse sweep to a function.

    before:  func f(%x) { %y = mul %x %x; return %y }
    after:   func f_grad(%x) { %one = const 1.0; %two_x = ...; return %x_bar }

The forward sweep is the function itself. The reverse sweep reads forward values wherever they were defined, also inside
loops and branches; `residuals` then makes those reads legal (keep, recompute or push on a tape). Every region of the
forward sweep has its mirror in the reverse sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import final

from adjoint.analysis.activity import body_of
from adjoint.analysis.structure import captured
from adjoint.derive import calls
from adjoint.derive.containers import add_up, make, part
from adjoint.derive.cotangents import Cotangents, bar_name, cotangent_type, expand, widest, zero
from adjoint.derive.list_reads import WHOLE, add_read, is_list_read
from adjoint.derive.mirror import Mirror
from adjoint.derive.refusals import refuse_rule
from adjoint.derive.trips import record_bounds, record_trips
from adjoint.derive.views import Views
from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, carried_args, inits_of, region_leaves, walk
from adjoint.ir.ops.indexing import joined
from adjoint.ir.types import INT, List, TapeType, Tuple, is_differentiable, is_empty_list
from adjoint.rules import apply
from adjoint.rules.apply import RuleMissing
from adjoint.rules.complexes import NO_COMPLEX_DERIVATIVE, is_holomorphic
from adjoint.rules.indexing import only_adds_axes
from adjoint.rules.lists import is_list_op, pull_list

_STRUCTURAL = ("tuple", "getitem", "push", "pop", "pack", "unpack", "call", "list")
Seeds = Callable[[Op, Cotangents], None]


@final
class ReverseSweep:
    """Writes the mirror of each forward region."""

    def __init__(self, active: set[Value], mirror: Mirror, context: calls.CallContext) -> None:
        self.active = active
        self.mirror = mirror
        self.context = context
        self.views = Views(mirror.forward)
        self.here = mirror.forward
        """The forward region that is being reversed."""

    def region(self, forward: Region, cotangents: Cotangents, seed: Seeds) -> None:
        """Append the pullbacks of a forward region, last operation first, after seeding its end."""
        builder = cotangents.builder
        self.mirror.regions[forward] = builder.region
        last = forward.ops[-1]
        if last.opcode == "if" and not last.results:
            self._if(last, cotangents, seed)
        else:
            seed(last, cotangents)
        for op in reversed(forward.ops[:-1]):
            self.here = forward
            self._op(op, cotangents)

    def _op(self, op: Op, cotangents: Cotangents) -> None:
        builder = cotangents.builder
        outer = builder.line
        builder.line = op.line
        if op.opcode == "if":
            if any(value in self.active for value in [*op.results, *captured(op)]):
                self._if(op, cotangents, _seed_results(op, cotangents))
        elif op.opcode == "for":
            self._for(op, cotangents)
        elif op.opcode == "while":
            self._while(op, cotangents)
        elif op.opcode in _STRUCTURAL:
            self._structural(op, cotangents)
        elif len(op.results) == 1:
            self._simple(op, cotangents)
        builder.line = outer

    def _simple(self, op: Op, cotangents: Cotangents) -> None:
        """An operation of the table: take the result's total, hand each active operand its share."""
        total = cotangents.pop(op.result)
        if total is None or not any(operand in self.active for operand in op.operands):
            return
        if op.opcode == "index" and (is_list_read(op) or not only_adds_axes(op.attrs["spec"])):
            self._read(op, total, cotangents)
            return
        wanted = [operand in self.active for operand in op.operands]
        start = len(cotangents.builder.region.ops)
        try:
            if is_list_op(op):
                full = expand(cotangents.builder, total, op.result)
                shares = pull_list(cotangents.builder, op, full, wanted, partial(zero, cotangents.builder))
            else:
                shares = apply.pull(cotangents.builder, op, op.operands, op.result, total, wanted)
        except RuleMissing as missing:
            refuse_rule(op, self.context.filename, missing.reason, missing.fix)
        if self.context.holomorphic:
            pulled = walk(Region([], cotangents.builder.region.ops[start:]))
            if not is_holomorphic(op.result, pulled):
                refuse_rule(op, self.context.filename, NO_COMPLEX_DERIVATIVE)
        together = Cotangents(cotangents.builder)
        for operand, share, want in zip(op.operands, shares, wanted):
            if want:
                together.add(operand, share)
        for operand, share in together.totals.items():
            cotangents.add(operand, share)

    def _read(self, op: Op, total: Value, cotangents: Cotangents) -> None:
        """`v = x[index]`: add into one buffer, in place, instead of making an array of zeros a read."""
        builder = cotangents.builder
        source = op.operands[0]
        if source not in self.active:
            return
        share = expand(builder, total, op.result)
        if isinstance(source.type, List) and op.attrs["spec"] == WHOLE:
            cotangents.add(source, total)
            return
        if isinstance(source.type, List):
            add_read(op, share, cotangents, self.active, self.here)
            return
        place, spec = op.operands[1:], op.attrs["spec"]
        while (view := self.views.through(source, self.here)) is not None:
            source, place, spec = view.operands[0], [*view.operands[1:], *place], joined(view.attrs["spec"], spec)
        buffer = cotangents.full(source)
        cotangents.set(source, builder.emit("index_add", buffer, share, *place, spec=spec))

    def _structural(self, op: Op, cotangents: Cotangents) -> None:
        builder = cotangents.builder
        if op.opcode == "call":
            calls.pull_call(op, cotangents, self.active, self.context)
        elif op.opcode in ("tuple", "list"):
            total = cotangents.pop(op.result)
            for index, operand in enumerate(op.operands if total is not None else ()):
                if operand in self.active and total is not None:
                    cotangents.add(operand, part(builder, total, index))
        elif op.opcode == "getitem":
            self._getitem(op, cotangents)
        elif op.opcode == "push" and op.operands[1] in self.active:
            stack = self.mirror.tape_bars.get(op.operands[0])
            if stack is not None:
                cotangents.add(op.operands[1], builder.emit("pop", stack))
        elif op.opcode == "pop" and is_differentiable(op.result.type):
            self._pop(op, cotangents)
        elif op.opcode == "pack":
            self._pack(op, cotangents)
        elif op.opcode == "unpack":
            parts = [self._part(result, cotangents) for result in op.results]
            cotangents.set(op.operands[0], builder.emit("pack", *parts))

    def _pack(self, op: Op, cotangents: Cotangents) -> None:
        total = cotangents.pop(op.result)
        if total is None:
            return
        types = tuple(cotangent_type(operand.type) for operand in op.operands)
        for operand, share in zip(op.operands, cotangents.builder.emit_all("unpack", total, types=types)):
            if operand not in self.active:
                continue
            if isinstance(operand.type, TapeType):
                self.mirror.tape_bars[operand] = share
            else:
                cotangents.add(operand, share)

    def _part(self, value: Value, cotangents: Cotangents) -> Value:
        """The cotangent of one residual; a tape's is the tape its pops pushed on."""
        if isinstance(value.type, TapeType) and is_differentiable(value.type):
            known = self.mirror.tape_bars.get(value)
            return self.mirror.new_tape(cotangent_type(value.type.item)) if known is None else known
        return cotangents.full(value)

    def _getitem(self, op: Op, cotangents: Cotangents) -> None:
        total = cotangents.pop(op.result)
        source = op.operands[0]
        if total is None or source not in self.active:
            return
        builder = cotangents.builder
        assert isinstance(source.type, Tuple)
        known = cotangents.get(source)
        items = []
        for index, item in enumerate(source.type.items):
            bar = part(builder, known, index) if known is not None else None
            if index == op.attrs["index"]:
                full = expand(builder, total, op.result)
                bar = full if bar is None else add_up(builder, item, bar, full)
            elif bar is None:
                bar = zero(builder, builder.emit("getitem", source, index=index))
            items.append(bar if is_differentiable(item) or is_empty_list(item) else builder.const(None))
        cotangents.set(source, make(builder, source.type, items))

    def _pop(self, op: Op, cotangents: Cotangents) -> None:
        """The cotangent of a tape is a tape: what the forward code popped is pushed."""
        builder = cotangents.builder
        tape = op.operands[0]
        if tape not in self.active:
            return
        stack = self.mirror.tape_bars.get(tape)
        if stack is None:
            stack = self.mirror.tape_bars[tape] = self.mirror.new_tape(cotangent_type(op.result.type))
        builder.emit_all("push", stack, cotangents.full(op.result))
        cotangents.pop(op.result)

    def _if(self, op: Op, cotangents: Cotangents, seed: Seeds) -> None:
        """Reverse the branch that was taken."""
        living = [region for region in op.regions if not self.mirror.is_dead(region)]
        if len(living) == 1:
            self.region(living[0], cotangents, seed)
            return
        inner = [Cotangents(_below(cotangents.builder), cotangents.totals) for _ in op.regions]
        for region, branch in zip(op.regions, inner):
            self.region(region, branch, seed)
        before = cotangents.totals
        outside = [value for value in captured(op) if any(b.changed(before, [value]) for b in inner)]
        self._merge(op, outside, inner, cotangents)

    def _merge(self, op: Op, values: list[Value], branches: list[Cotangents], cotangents: Cotangents) -> None:
        effects = any(_has_effect(branch.builder.region) for branch in branches)
        first = branches[0]
        if not effects and not first.changed(branches[1].totals, values) and all(_is_outer(first, v) for v in values):
            for value in values:  # both paths do the same: the condition does not matter
                cotangents.set(value, first.totals[value])
            return
        for branch in branches:
            totals = [branch.full(value) for value in values]
            branch.builder.terminate("yield", *totals)
        ends = [branch.builder.region.ops[-1].operands for branch in branches]
        types = [widest(cotangent_type(v.type), *pair) for v, *pair in zip(values, *ends)]
        regions = [branch.builder.region for branch in branches]
        merged = cotangents.builder.op("if", [op.operands[0]], types, {}, regions)
        for value, result in zip(values, merged.results):
            result.name = bar_name(value)
            cotangents.set(value, result)

    def _for(self, op: Op, cotangents: Cotangents) -> None:
        if not self._reaches(op, cotangents):
            return
        self._exclude(op)
        bounds = record_bounds(op, self.mirror)
        self._loop(op, cotangents, list(bounds), not op.attrs.get("reversed", False), "parallel" in op.attrs)

    def _while(self, op: Op, cotangents: Cotangents) -> None:
        if not self._reaches(op, cotangents):
            return
        self._exclude(op)
        trips = record_trips(op, self.mirror)
        zero_, one = (cotangents.builder.const(number) for number in (0, 1))
        self._loop(op, cotangents, [zero_, trips, one], False)

    def _exclude(self, op: Op) -> None:
        """Find the breaks whose pass does nothing to a cotangent, nor leaves anything on a tape.

        A pass that is not mirrored must not push: values are saved after the break, where only the other passes come.
        """
        if any(inner.opcode in ("push", "pop") and inner.operands[0] in self.active for inner in walk(body_of(op))):
            return
        heads = carried_args(body_of(op), op)
        chosen = [i for i, head in enumerate(heads) if head in self.active or op.results[i] in self.active]
        found = [leaf for leaf in region_leaves(body_of(op)) if leaf.opcode == "break"]
        found = [leaf for leaf in found if all(leaf.operands[i] is heads[i] for i in chosen)]
        self.mirror.excluded.update(found)
        region = body_of(op)
        while not any(self._may_push(inner) for inner in region.ops[:-1]):
            below = self.mirror.living_below(region)
            if below is None:
                break
            region = below
        self.mirror.excluded.difference_update(region_leaves(region))

    def _may_push(self, op: Op) -> bool:
        """Whether the operation holds regions in which values may be saved."""
        inside = [value for inner in op.regions for child in walk(inner) for value in child.results + child.operands]
        return any(value in self.active for value in inside)

    def _reaches(self, op: Op, cotangents: Cotangents) -> bool:
        used = any(cotangents.get(result) is not None for result in op.results)
        return used or any(self._tape_reaches(tape) for tape in _active_tapes(op, self.active))

    def _tape_reaches(self, tape: Value) -> bool:
        """Whether the tape has a cotangent, or must get one because its pushes were in another function."""
        return tape in self.mirror.tape_bars or (tape.op is not None and tape.op.opcode == "unpack")

    def _captures(self, op: Op) -> list[Value]:
        return [v for v in captured(op) if v in self.active and not isinstance(v.type, TapeType)]

    def _loop(
        self, op: Op, cotangents: Cotangents, bounds: list[Value], backwards: bool, is_parallel: bool = False
    ) -> None:
        """The mirror of a loop carries the cotangents of its carries and the totals of what it captures."""
        builder = cotangents.builder
        body = body_of(op)
        heads = carried_args(body, op)
        chosen = [i for i, head in enumerate(heads) if head in self.active or op.results[i] in self.active]
        outer = self._captures(op)
        inits = [self._take(op.results[i], cotangents) for i in chosen]
        inits += [cotangents.full(value) for value in outer]
        inner = _below(builder)
        index = Value(INT, body.args[0].name if op.opcode == "for" else None)
        carries = [Value(cotangent_type(heads[i].type), bar_name(heads[i])) for i in chosen]
        totals = [Value(cotangent_type(value.type), bar_name(value)) for value in outer]
        inner.region.args = [index, *carries, *totals]
        if op.opcode == "for":
            index.symbol = body.args[0].symbol  # the same passes
            self.mirror.stand_ins[body.args[0]] = index
        local = Cotangents(inner, dict(zip(outer, totals)))

        def seed(leaf: Op, branch: Cotangents) -> None:
            if leaf.opcode in ("continue", "break"):
                for i, carry in zip(chosen, carries):
                    branch.hand(leaf.operands[i], carry)

        self.region(body, local, seed)
        inner.line = op.line
        ends = [local.full(heads[i]) for i in chosen] + [local.full(value) for value in outer]
        inner.terminate("continue", *ends)
        for arg, init, end in zip([*carries, *totals], inits, ends):
            arg.type = widest(arg.type, init, end)
        attrs = {"reversed": backwards, **({"parallel": True} if is_parallel else {})}
        loop = builder.op("for", [*bounds, *inits], [v.type for v in [*carries, *totals]], attrs, [inner.region])
        self.mirror.loops[loop] = op
        self._after_loop(op, cotangents, chosen, outer, loop)

    def _take(self, result: Value, cotangents: Cotangents) -> Value:
        total = cotangents.full(result)
        cotangents.pop(result)
        return total

    def _after_loop(
        self, op: Op, cotangents: Cotangents, chosen: list[int], outer: list[Value], loop: Op
    ) -> None:
        for value, result in zip(outer, loop.results[len(chosen) :]):
            result.name = bar_name(value)
            cotangents.set(value, result)
        for i, result in zip(chosen, loop.results):
            init = inits_of(op)[i]
            result.name = bar_name(carried_args(body_of(op), op)[i])
            if init in self.active:
                cotangents.hand(init, result)


def _below(builder: Builder) -> Builder:
    inner = Builder(Region(), line=builder.line, derived=True)
    inner.ns = builder.ns
    return inner


def _is_outer(branch: Cotangents, value: Value) -> bool:
    """Whether the total was made outside the branch."""
    total = branch.totals.get(value)
    return total is not None and total.op not in branch.builder.region.ops


def _seed_results(op: Op, cotangents: Cotangents) -> Seeds:
    totals = [cotangents.pop(result) for result in op.results]

    def seed(leaf: Op, branch: Cotangents) -> None:
        if leaf.opcode == "yield":
            for operand, total in zip(leaf.operands, totals):
                branch.hand(operand, total)

    return seed


def _active_tapes(op: Op, active: set[Value]) -> list[Value]:
    return [value for value in captured(op) if value in active and isinstance(value.type, TapeType)]


def _has_effect(region: Region) -> bool:
    return any(op.opcode in ("push", "pop") for op in walk(region))
