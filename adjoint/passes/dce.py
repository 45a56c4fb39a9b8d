"""Drop what nobody needs: dead operations, dead carries and results, tapes that are never read.

    before:  %t = mul %x %x;  %y = sin %x;  return %y
    after:   %y = sin %x;  return %y

Liveness is marked from effects and returns backwards, through carries to a fixed point, then the rest is swept.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import final

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.ir.core import JUMPS, Function, Op, Region, Value, carried_args, inits_of, region_leaves, walk
from adjoint.ir.opset import effects_of, is_guard
from adjoint.passes.numbers import may_stand_for, retype_numbers

_TAPE_OPS = ("tape", "push", "pop", "nonempty")


def eliminate_dead(function: Function) -> None:
    """Remove dead operations, carries and results from the function, in place."""
    forward_identity_carries(function.body)
    marker = _Marker(function)
    marker.run()
    _sweep(function.body, marker)


def needed_without(function: Function, left_out: Collection[Op]) -> set[Value]:
    """The values that would be live if these operations were not there."""
    marker = _Marker(function, left_out)
    marker.run()
    return marker.values


@final
class _Marker:
    """Marks live values and operations."""

    def __init__(self, function: Function, left_out: Collection[Op] = ()) -> None:
        self.body = function.body
        self.left_out = left_out
        self.values: set[Value] = set()
        self.ops: set[Op] = set()
        self.pending: list[Value] = []
        self.owner: dict[Op, Op] = {}
        self.position: dict[Value, tuple[Op, int]] = {}
        self.tape_ops: dict[Value, list[Op]] = {}
        self._index(self.body, None)

    def _index(self, region: Region, owner: Op | None) -> None:
        for op in region.ops:
            if owner is not None:
                self.owner[op] = owner
            if op.opcode in ("push", "pop"):
                self.tape_ops.setdefault(op.operands[0], []).append(op)
            for index, result in enumerate(op.results):
                self.position[result] = (op, index)
            for inner in op.regions:
                if op.opcode in ("for", "while"):
                    args = carried_args(inner, op)
                    for index, arg in enumerate(args):
                        self.position[arg] = (op, index)
                self._index(inner, op)

    def run(self) -> None:
        for op in walk(self.body):
            if op.opcode == "return" or (op.opcode == "raise") or (self._is_effect(op) and op not in self.left_out):
                self.keep(op)
        self._drain()
        for op in walk(self.body):
            if is_guard(op) and op not in self.ops:
                op.attrs["_keep"] = True
                self.keep(op)
        self._drain()

    def _drain(self) -> None:
        while self.pending:
            self._reach(self.pending.pop())

    def _is_effect(self, op: Op) -> bool:
        return not op.regions and op.opcode not in JUMPS and op.opcode != "yield" and bool(effects_of(op) - {"tape"})

    def need(self, value: Value) -> None:
        if value not in self.values:
            self.values.add(value)
            self.pending.append(value)

    def keep(self, op: Op) -> None:
        """Mark an operation and the control around it as live."""
        if op in self.ops:
            return
        self.ops.add(op)
        if op.opcode == "if":
            self.need(op.operands[0])
        elif op.opcode in ("for", "while"):
            self._keep_loop(op)
        elif op.opcode not in ("yield", "continue", "break"):
            for operand in op.operands:
                self.need(operand)
        if op in self.owner:
            self.keep(self.owner[op])

    def _keep_loop(self, op: Op) -> None:
        if op.opcode == "for":
            for operand in op.operands[:3]:
                self.need(operand)
        else:
            self.need(op.regions[0].terminator.operands[0])
        for leaf in region_leaves(body_of(op)):  # jumps decide how often the body runs
            self.keep(leaf)

    def _reach(self, value: Value) -> None:
        for op in self.tape_ops.get(value, ()):
            self.keep(op)
        if value not in self.position:
            return
        op, index = self.position[value]
        self.keep(op)
        if op.opcode == "if":
            for region in op.regions:
                for leaf in region_leaves(region):
                    if leaf.opcode == "yield":
                        self.need(leaf.operands[index])
        elif op.opcode in ("for", "while"):
            self._reach_carry(op, index)

    def _reach_carry(self, op: Op, index: int) -> None:
        self.need(inits_of(op)[index])
        self.need(op.results[index])
        for region in op.regions:
            self.need(carried_args(region, op)[index])
        for end in (body_of(op), orelse_of(op)):
            for leaf in region_leaves(end) if end is not None else ():
                if leaf.opcode in ("continue", "break", "yield"):
                    self.need(leaf.operands[index])


def _sweep(region: Region, marker: _Marker) -> None:
    kept = []
    for op in region.ops:
        if op not in marker.ops and op.opcode not in ("yield", "continue", "break", "return", "raise"):
            continue
        if op.opcode == "if":
            _prune_if(op, marker)
        elif op.opcode in ("for", "while"):
            _prune_loop(op, marker)
        for inner in op.regions:
            _sweep(inner, marker)
        kept.append(op)
    region.ops[:] = kept


def _select(values: list[Value], keep: list[bool]) -> list[Value]:
    return [value for value, flag in zip(values, keep) if flag]


def _prune_if(op: Op, marker: _Marker) -> None:
    keep = [result in marker.values for result in op.results]
    if all(keep):
        return
    for region in op.regions:
        for leaf in region_leaves(region):
            if leaf.opcode == "yield":
                leaf.operands = _select(leaf.operands, keep)
    op.results = _select(op.results, keep)


def _prune_loop(op: Op, marker: _Marker) -> None:
    head = carried_args(body_of(op), op)
    keep = [arg in marker.values for arg in head]
    if all(keep):
        return
    _select_carries(op, keep)


def _select_carries(op: Op, keep: list[bool]) -> None:
    fixed = 3 if op.opcode == "for" else 0
    op.operands = op.operands[:fixed] + _select(op.operands[fixed:], keep)
    for end in (body_of(op), orelse_of(op)):
        for leaf in region_leaves(end) if end is not None else ():
            if leaf.opcode in ("continue", "break", "yield"):
                leaf.operands = _select(leaf.operands, keep)
    for region in op.regions:
        first = len(region.args) - len(carried_args(region, op))
        region.args = region.args[:first] + _select(region.args[first:], keep)
    op.results = _select(op.results, keep)


def forward_identity_carries(region: Region) -> None:
    """Replace carries that no iteration changes, and `if` results equal on both paths, by the outer value."""
    replaced: dict[Value, Value] = {}
    _forward(region, replaced)
    if replaced:
        _rename(region, replaced)
        retype_numbers(region)


def _resolve(value: Value, replaced: dict[Value, Value]) -> Value:
    while value in replaced:
        value = replaced[value]
    return value


def _forward(region: Region, replaced: dict[Value, Value]) -> None:
    for op in region.ops:
        for inner in op.regions:
            _forward(inner, replaced)
        if op.opcode in ("for", "while"):
            _forward_loop(op, replaced)
        elif op.opcode == "if" and op.results:
            _forward_if(op, replaced)


def _forward_loop(op: Op, replaced: dict[Value, Value]) -> None:
    heads = [carried_args(inner, op) for inner in op.regions]
    finals = [leaf for leaf in region_leaves(body_of(op)) if leaf.opcode in ("continue", "break")]
    orelse = orelse_of(op)
    ends = [leaf for leaf in region_leaves(orelse) if leaf.opcode == "yield"] if orelse is not None else []
    for index, init in enumerate(inits_of(op)):
        if init.type != op.results[index].type and not (op.derived and may_stand_for(init, op.results[index])):
            continue
        own = {head[index] for head in heads} | {_resolve(init, replaced)}
        if all(_resolve(leaf.operands[index], replaced) in own for leaf in finals + ends):
            for head in heads:
                replaced[head[index]] = init
            replaced[op.results[index]] = init


def _forward_if(op: Op, replaced: dict[Value, Value]) -> None:
    ends = [leaf for inner in op.regions for leaf in region_leaves(inner) if leaf.opcode == "yield"]
    inside = {value for inner in op.regions for child in walk(inner) for value in child.results}
    for index, result in enumerate(op.results):
        values = {_resolve(leaf.operands[index], replaced) for leaf in ends}
        if len(values) == 1:
            (value,) = values
            if value not in inside and value.type == result.type:
                replaced[result] = value


def _rename(region: Region, replaced: dict[Value, Value]) -> None:
    for op in walk(region):
        op.operands = [_resolve(operand, replaced) for operand in op.operands]
