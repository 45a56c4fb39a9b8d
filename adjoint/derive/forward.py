"""Forward mode: every active value gets its tangent right behind it.

    before:  %y = mul %x %x
    after:   %y = mul %x %x;  %y_dot = mul 2 %x %x_dot

Control flow keeps its shape; loops and branches carry tangents beside values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.derive.calls import CallContext
from adjoint.derive.containers import make
from adjoint.derive.cotangents import cotangent_type, expand, fit_place, zero, zero_for
from adjoint.derive.refusals import refuse_rule
from adjoint.derive.tangent_calls import push_call
from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, carried_args, inits_of, leaves, walk
from adjoint.ir.types import List, Residuals, TapeType, is_differentiable, item_of
from adjoint.rules import apply
from adjoint.rules.apply import RuleMissing
from adjoint.rules.lists import is_list_op, push_list

Tangents = dict[Value, Value]


def _has_kept(op: Op, tangents: Tangents) -> bool:
    """Whether residuals are among the operands: their tangents are tapes, which are popped even if they hold zeros."""
    return any(isinstance(operand.type, Residuals) and operand in tangents for operand in op.operands)


def dot_name(value: Value) -> str | None:
    """The name of the tangent of a named value."""
    return f"{value.name}_dot" if value.name else None


@final
class ForwardSweep:
    """Rewrites regions in place, inserting tangents. `tangents` holds those known so far."""

    def __init__(self, active: set[Value], context: CallContext) -> None:
        self.active = active
        self.context = context
        self.packed: set[Value] = set()
        """What is handed to a backward function, which pops the tangents of every tape in it."""
        self.returned: Value | None = None
        """What stands for the result, whose type may be wider than that of one `return`."""

    def body(self, region: Region, tangents: Tangents) -> None:
        """The function's body: its `return` leaves give the value and its tangent."""
        ops = list(walk(region))
        self.packed = {v for op in ops if op.opcode == "pack" for v in op.operands if is_differentiable(v.type)}
        self.packed |= {op.operands[1] for op in ops if op.opcode == "push" and op.operands[0] in self.packed}
        pending = list(self.packed)
        while pending:
            given = [value for value in _given_by_branches(pending.pop()) if value not in self.packed]
            self.packed.update(given)
            pending += given
        self._region(region, [], [], tangents)

    def _region(self, region: Region, chosen: list[int], places: list[Value], tangents: Tangents) -> None:
        """Insert tangents after each operation; leaves pass on those of the chosen operands, which go to `places`."""
        ops, region.ops = region.ops, []
        builder = Builder(region, derived=True)
        for op in ops[:-1]:
            self._op(op, builder, tangents)
        last = ops[-1]
        region.ops.append(last)
        if last.opcode == "if":
            for inner in last.regions:
                self._region(inner, chosen, places, dict(tangents))
        elif last.opcode in ("continue", "break", "yield"):
            self._extend(region, last, chosen, places, tangents)
        elif last.opcode == "return":
            self.finish_return(region, last, tangents)

    def full(self, builder: Builder, value: Value, tangents: Tangents, place: Value | None = None) -> Value:
        """The tangent with the full shape of the value; zero when there is none.

        `place` is the carry or result that takes it: its type may be wider, an int where a float is declared.
        """
        tangent = tangents.get(value)
        if tangent is None and place is not None and not is_differentiable(value.type):
            return zero_for(builder, value, place.type)
        tangent = zero(builder, value) if tangent is None else expand(builder, tangent, value)
        return tangent if place is None else fit_place(builder, tangent, value, place.type)

    def _set(self, value: Value, tangent: Value | None, tangents: Tangents) -> None:
        if tangent is not None:
            tangents[value] = tangent
            if tangent.name is None and (tangent.op is None or tangent.op.opcode != "const"):
                tangent.name = dot_name(value)

    def _op(self, op: Op, builder: Builder, tangents: Tangents) -> None:
        builder.line = op.line
        if op.opcode == "if":
            self._if(op, builder, tangents)
        elif op.opcode in ("for", "while"):
            self._loop(op, builder, tangents)
        elif op.opcode == "call":
            push_call(op, builder, tangents, self)
        elif op.opcode in ("push", "pop", "tape", "pack", "unpack", "tuple", "list", "getitem"):
            self._structural(op, builder, tangents)
        elif is_list_op(op):
            self._list(op, builder, tangents)
        else:
            self._simple(op, builder, tangents)

    def _list(self, op: Op, builder: Builder, tangents: Tangents) -> None:
        builder.region.ops.append(op)
        if op.result in self.active and any(operand in tangents for operand in op.operands):
            tangent = push_list(builder, op, lambda v, t: self.full(builder, v, tangents, Value(t)))
            self._set(op.result, tangent, tangents)

    def _simple(self, op: Op, builder: Builder, tangents: Tangents) -> None:
        builder.region.ops.append(op)
        incoming = [tangents.get(operand) if operand in self.active else None for operand in op.operands]
        if not op.results or op.results[0] not in self.active or all(tangent is None for tangent in incoming):
            return
        try:
            tangent = apply.push(builder, op, op.operands, op.result, incoming)
        except RuleMissing as missing:
            refuse_rule(op, self.context.filename, missing.reason, missing.fix)
        self._set(op.result, tangent, tangents)

    def _structural(self, op: Op, builder: Builder, tangents: Tangents) -> None:
        builder.region.ops.append(op)
        if op.opcode == "tape" and (op.result in self.active or op.result in self.packed):
            tangents[op.result] = builder.emit("tape", item=cotangent_type(op.attrs["item"]))
        elif op.opcode == "push" and op.operands[0] in tangents:
            builder.emit_all("push", tangents[op.operands[0]], self.full(builder, op.operands[1], tangents))
        elif op.opcode == "pop" and op.operands[0] in tangents:
            self._set(op.result, builder.emit("pop", tangents[op.operands[0]]), tangents)
        elif op.opcode == "tuple" and (op.result in self.active or _has_kept(op, tangents)):
            tangents[op.result] = make(builder, op.result.type, [self._part(builder, v, tangents) for v in op.operands])
        elif op.opcode == "list" and op.result in self.active:
            place = Value(item_of(op.result.type))
            tangents[op.result] = builder.emit("list", *[self.full(builder, v, tangents, place) for v in op.operands])
        elif op.opcode == "pack":
            tangents[op.result] = builder.emit("pack", *[self._part(builder, v, tangents) for v in op.operands])
        elif op.opcode == "getitem" and op.operands[0] in tangents and is_differentiable(op.result.type):
            self._set(op.result, _item(builder, tangents[op.operands[0]], op), tangents)
        elif op.opcode == "unpack" and op.operands[0] in tangents:
            types = tuple(cotangent_type(result.type) for result in op.results)
            for result, tangent in zip(op.results, builder.emit_all("unpack", tangents[op.operands[0]], types=types)):
                if is_differentiable(result.type):
                    self._set(result, tangent, tangents)

    def _part(self, builder: Builder, value: Value, tangents: Tangents) -> Value:
        if isinstance(value.type, TapeType) and value in tangents:
            return tangents[value]
        return self.full(builder, value, tangents)

    def _if(self, op: Op, builder: Builder, tangents: Tangents) -> None:
        kept = {result for result in op.results if isinstance(result.type, Residuals) and result in self.packed}
        chosen = [index for index, result in enumerate(op.results) if result in self.active or result in kept]
        for inner in op.regions:
            self._region(inner, chosen, list(op.results), dict(tangents))
        builder.region.ops.append(op)
        for index in chosen:
            result = Value(cotangent_type(op.results[index].type), dot_name(op.results[index]), op)
            op.results.append(result)
            tangents[op.results[index]] = result

    def _extend(self, region: Region, leaf: Op, chosen: list[int], places: list[Value], tangents: Tangents) -> None:
        """Append the tangents of the chosen operands to a leaf."""
        builder = Builder(Region(), line=leaf.line, derived=True)
        leaf.operands += [self.full(builder, leaf.operands[i], tangents, places[i]) for i in chosen]
        region.ops[-1:] = [*builder.region.ops, leaf]

    def _loop(self, op: Op, builder: Builder, tangents: Tangents) -> None:
        body, orelse = body_of(op), orelse_of(op)
        heads = {id(region): carried_args(region, op) for region in op.regions}
        chosen = [i for i, r in enumerate(op.results) if r in self.active or heads[id(body)][i] in self.active]
        inits = inits_of(op)
        op.operands += [self.full(builder, inits[i], tangents, op.results[i]) for i in chosen]
        for inner in op.regions:
            local = dict(tangents)
            for index in chosen:
                head = heads[id(inner)][index]
                local[head] = Value(cotangent_type(head.type), dot_name(head))
                inner.args.append(local[head])
            if inner is body or inner is orelse:
                self._region(inner, chosen, list(op.results), local)
        builder.region.ops.append(op)
        for index in chosen:
            result = Value(cotangent_type(op.results[index].type), dot_name(op.results[index]), op)
            op.results.append(result)
            tangents[op.results[index]] = result

    def finish_return(self, region: Region, leaf: Op, tangents: Tangents) -> None:
        """`return value` becomes `return (value, tangent)`."""
        builder = Builder(Region(), line=leaf.line, derived=True)
        value = leaf.operands[0]
        pair = builder.emit("tuple", value, self.full(builder, value, tangents, self.returned))
        leaf.operands = [pair]
        region.ops[-1:] = [*builder.region.ops, leaf]


def _given_by_branches(value: Value) -> Iterator[Value]:
    """What the branches of an `if` give where its result is what calls in them keep."""
    op = value.op
    if op is not None and op.opcode == "if" and isinstance(value.type, Residuals):
        yield from (leaf.operands[op.results.index(value)] for leaf in leaves(op) if leaf.opcode == "yield")


def _item(builder: Builder, whole: Value, read: Op) -> Value:
    """The tangent of an item. Where a list of known length meets a longer one its tangent is of run-time length."""
    if isinstance(whole.type, List):
        return builder.emit("index", whole, builder.const(read.attrs["index"]), spec=("int",))
    return builder.emit("getitem", whole, **read.attrs)
