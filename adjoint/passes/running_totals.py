"""A list of numbers that is made for a sum becomes a running total: under a budget of memory, where no list may grow.

    before:  %l = for %0 %n %1 %empty (%k, %a) { ...; %b = list_append %a %t;  continue %b };  %s = sum_of %l
    after:   %s = for %0 %n %1 %zero  (%k, %a) { ...; %b = add %a %t;          continue %b }

From Python 3.12 on, the last bit may be another than that of `sum`.
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Region, Value, region_leaves, users, walk, walk_regions
from adjoint.ir.types import List, Scalar, Type

_FIRST = 3
"""The operands of a `for` in front of what it carries: start, stop, step."""


def total_lists(function: Function) -> None:
    """Make running totals of the lists that nothing but a `sum` reads, in place."""
    for op in list(walk(function.body)):
        t = op.result.type if op.opcode == "sum_of" else None
        if not isinstance(t, Scalar) or op.operands[0].type != List(t):
            continue
        try:
            family = _Family(function.body).of(op)
        except _ReadOtherwise:
            continue
        empty = [value for value in family if value.op is not None and value.op.opcode == "list"]
        start = op.operands[1] if len(op.operands) == 2 else None
        if start is None or (len(empty) == 1 and _stands_before(function.body, start, empty[0])):
            _add_up(function.body, op, family, t, {} if start is None else {empty[0]: start})


def _stands_before(body: Region, start: Value, empty: Value) -> bool:
    """Whether the first term is known where the empty list is made."""
    for region in walk_regions(body):
        if empty.op in region.ops:
            return start.op is None or start.op in region.ops[: region.ops.index(empty.op)]
    return False


class _ReadOtherwise(Exception):
    """Something else is done with the list."""


class _Family:
    """What holds a list on its way from where it is empty to its sum."""

    def __init__(self, body: Region) -> None:
        self.uses = users(body)
        self.holder = {region: op for op in walk(body) for region in op.regions}
        self.place = {arg: (region, n) for region in self.holder for n, arg in enumerate(region.args)}
        self.leaf_of = {leaf: op for op in walk(body) if op.opcode == "for" for leaf in region_leaves(op.regions[0])}

    def of(self, root: Op) -> set[Value]:
        found: set[Value] = set()
        pending = [root.operands[0]]
        while pending:
            value = pending.pop()
            if value not in found:
                found.add(value)
                pending += self._made_from(value)
                for user, index in self.uses.get(value, []):
                    pending += self._handed_to(user, index, root)
        return found

    def _made_from(self, value: Value) -> list[Value]:
        op = value.op
        if op is None and value in self.place:
            region, number = self.place[value]
            return self._carried(self.holder[region], number - 1)
        if op is None:
            raise _ReadOtherwise
        if op.opcode == "for":
            return self._carried(op, op.results.index(value))
        if op.opcode == "if":
            return self._yielded(op, op.results.index(value))
        if op.opcode == "list_append":
            return [op.operands[0]]
        if op.opcode == "list" and not op.operands:
            return []
        raise _ReadOtherwise

    def _handed_to(self, user: Op, index: int, root: Op) -> list[Value]:
        if user is root:
            return []
        if user.opcode == "list_append" and index == 0:
            return [user.result]
        if user.opcode == "for" and index >= _FIRST:
            return self._carried(user, index - _FIRST)
        if user.opcode == "continue" and user in self.leaf_of:
            return self._carried(self.leaf_of[user], index)
        holder = next((op for region, op in self.holder.items() if region.ops and region.ops[-1] is user), None)
        if user.opcode == "yield" and holder is not None and holder.opcode == "if":
            return self._yielded(holder, index)
        raise _ReadOtherwise

    def _carried(self, loop: Op, number: int) -> list[Value]:
        leaves = list(region_leaves(loop.regions[0]))
        if loop.opcode != "for" or len(loop.regions) != 1 or any(leaf.opcode != "continue" for leaf in leaves):
            raise _ReadOtherwise
        given = [leaf.operands[number] for leaf in leaves]
        return [loop.operands[_FIRST + number], loop.regions[0].args[1 + number], *given, loop.results[number]]

    def _yielded(self, op: Op, number: int) -> list[Value]:
        ends = [region.ops[-1] for region in op.regions]
        if any(end.opcode != "yield" for end in ends):
            raise _ReadOtherwise
        return [op.results[number], *[end.operands[number] for end in ends]]


def _add_up(body: Region, root: Op, family: set[Value], t: Type, replaced: dict[Value, Value]) -> None:
    total = root.operands[0]
    for value in family:
        value.type = t
        if value.op is not None and value.op.opcode == "list":
            value.op.opcode, value.op.attrs = "const", {"value": 0.0}
        elif value.op is not None and value.op.opcode == "list_append":
            value.op.opcode = "add"
        elif value.op is not None and value.op.opcode == "for":
            value.op.attrs.pop("_comprehension", None)
            value.op.attrs["_hint"] = "total"
    total.name = total.name or root.result.name
    replaced[root.result] = total
    for region in walk_regions(body):
        region.ops[:] = [op for op in region.ops if op is not root]
        for op in region.ops:
            op.operands = [replaced.get(operand, operand) for operand in op.operands]
