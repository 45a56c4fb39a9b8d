"""What several statements add to one cotangent is added in one, behind the last of them.

    before:  %b1 = add %b (mul %x %g);  %h = mul %a %g;  %b2 = sub %b1 (mul %y %h)
    after:   %h = mul %a %g;  %s = sub (mul %x %g) (mul %y %h);  %b2 = add %b %s

A term waits for the last one only while the variables that it reads keep their values: else it is added before.
Only at emission, and only sums that a derivative wrote.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import NamedTuple, final

from adjoint.analysis.sharing import WRITES
from adjoint.ir.builder import Builder
from adjoint.ir.core import (
    CONTROL,
    TERMINATORS,
    Function,
    Op,
    Region,
    Value,
    const_of,
    is_const,
    users,
    walk,
    walk_regions,
)
from adjoint.ir.opset import TABLE, is_pure
from adjoint.ir.types import Array, List, Type, are_alike, rank_of

_WIDEST = 100
"""About how many characters a statement may have."""
Uses = dict[Value, list[tuple[Op, int]]]


class _Term(NamedTuple):
    value: Value
    minus: bool
    line: Op
    """The sum that added it."""


def gather_sums(function: Function) -> None:
    """Join the sums of each cotangent in each region, in place."""
    uses = users(function.body)
    for region in walk_regions(function.body):
        if any(map(_is_sum, region.ops)) and not any(op.opcode == "enter" for op in region.ops):
            _Gathering(region, uses).run()


def _is_sum(op: Op) -> bool:
    if op.opcode not in ("add", "sub") or not op.derived or op.result.name is None:
        return False
    return all(_alike(operand.type, op.result.type) for operand in op.operands)


def _alike(one: Type, other: Type) -> bool:
    """Whether two types say that the values are of one dtype and shape."""
    return are_alike(one, other) if isinstance(one, Array) else one == other


@final
class _Gathering:
    def __init__(self, region: Region, uses: Uses) -> None:
        self.region = region
        self.uses = uses
        self.position = {op: index for index, op in enumerate(region.ops)}
        self.added: dict[int, list[Op]] = {}
        """What comes behind an operation, by its position; -1 is the head of the region."""
        self.gone: set[Op] = set()
        self.bound: dict[str, list[int]] = {}
        self.writes: list[int] = []
        for op in region.ops:
            if self._is_shared_term(op):
                op.result.name = None
        for op, index in self.position.items():
            self._note(op, index)

    def _note(self, op: Op, index: int) -> None:
        if self._sum_of(op) is not None:
            return
        for inner in walk(Region([], [op])):
            values = (*inner.results, *(arg for region in inner.regions for arg in region.args))
            for name in {value.name for value in values if value.name is not None}:
                self.bound.setdefault(name, []).append(index)
            if inner.opcode in WRITES or (inner.opcode not in (*CONTROL, *TERMINATORS) and not is_pure(inner)):
                self.writes.append(index)

    def _is_shared_term(self, op: Op) -> bool:
        """Whether an operation has the name of a cotangent that it is only a term of, and is read elsewhere, too."""
        if len(op.results) != 1 or not op.derived or op.result.name is None or not is_pure(op) or op.regions:
            return False
        readers = [user for user, _ in self.uses.get(op.result, ())]
        if len(readers) < 2 or any(user.opcode in TERMINATORS or user.opcode in CONTROL for user in readers):
            return False
        return any(_is_sum(user) and user.result.name == op.result.name for user in readers)

    def _sum_of(self, op: Op) -> Op | None:
        """The sum of the same cotangent that alone reads what the operation gives."""
        if len(op.results) != 1 or not op.derived or op.result.name is None or len(self.uses.get(op.result, ())) != 1:
            return None
        user = self.uses[op.result][0][0]
        return user if _is_sum(user) and user in self.position and user.result.name == op.result.name else None

    def run(self) -> None:
        for op in self.region.ops:
            if _is_sum(op) and not self._goes_on(op):
                self._gather(op)
        ops = [*self.added.get(-1, [])]
        for index, op in enumerate(self.region.ops):
            ops += [op] * (op not in self.gone) + self.added.get(index, [])
        self.region.ops = ops

    def _goes_on(self, op: Op) -> bool:
        user = self._sum_of(op) if _is_sum(op) else None
        return user is not None and (user.opcode == "add" or user.operands[0] is op.result)

    def _gather(self, op: Op) -> None:
        base, terms = self._with_variable_first(op, *self._parts(op))
        links = {term.line for term in terms}
        groups = self._groups(base, terms, op)
        if len(groups) == len(links) and not self._is_late(op, groups[-1][0], terms[-1].value):
            return
        total = base
        for index, (place, group) in enumerate(groups):
            for value in (total, *(term.value for term in group)):
                if self._is_folded(value) and not self._changes(value, place):
                    value.name = None
            builder = Builder(Region(), line=group[-1].line.line, derived=True)
            total = self._sum(total, group, index == 0, op, builder)
            self.added.setdefault(place, []).extend(builder.region.ops)
            self.position.update(dict.fromkeys(builder.region.ops, place))
            insort(self.bound.setdefault(op.result.name or "", []), place)
        if self._sum_of(op) is None:  # else it was never bound: a term of another sum
            self.bound[op.result.name or ""].remove(self.position[op])
        self._replace(op, total)
        self.gone |= links

    def _replace(self, op: Op, total: Value) -> None:
        total.type = op.result.type
        for user, index in self.uses.get(op.result, ()):
            user.operands[index] = total
        self.uses[total] = self.uses.get(op.result, [])

    def _is_late(self, op: Op, place: int, value: Value) -> bool:
        """Whether the last term could not be written where the sum stands now."""
        return self._is_folded(value) and self._changes(value, self.position[op] - 1) and place < self.position[op] - 1

    # what is summed

    def _parts(self, op: Op) -> tuple[Value, list[_Term]]:
        """What a sum starts from, and what is added to it in the order in which it is there."""
        terms: list[_Term] = []
        link: Op | None = op
        while link is not None:
            place = self._carried(link)
            terms.append(_Term(link.operands[1 - place], link.opcode == "sub", link))
            base = link.operands[place]
            link = base.op if base.op is not None and _is_sum(base.op) and self._sum_of(base.op) is link else None
        terms.reverse()
        return base, sorted(terms, key=lambda term: self._made(term.value))

    def _with_variable_first(self, op: Op, base: Value, terms: list[_Term]) -> tuple[Value, list[_Term]]:
        """What is added to is the variable that the sum replaces, if it is there."""
        if base.name == op.result.name and not self._is_folded(base):
            return base, terms
        for index, term in enumerate(terms):
            if not term.minus and term.value.name == op.result.name and not self._is_folded(term.value):
                rest = [*terms[:index], *terms[index + 1 :], _Term(base, False, term.line)]
                return term.value, sorted(rest, key=lambda each: self._made(each.value))
        return base, terms

    def _carried(self, link: Op) -> int:
        """Which operand is the sum so far."""
        if link.opcode == "sub":
            return 0
        sums = [i for i, v in enumerate(link.operands) if v.op is not None and _is_sum(v.op) and self._sum_of(v.op)]
        named = [i for i, v in enumerate(link.operands) if v.name == link.result.name]
        return next(iter((*sums, *named)), 0)

    def _made(self, value: Value) -> int:
        """The position in the region from which a value is there."""
        return -1 if value.op is None else self.position.get(value.op, -1)

    # where

    def _groups(self, base: Value, terms: list[_Term], op: Op) -> list[tuple[int, list[_Term]]]:
        """The terms that one statement adds, and the position behind which it stands."""
        groups: list[tuple[int, list[_Term]]] = []
        place = max(self._made(base), self._last_reader(base, op))
        group: list[_Term] = []
        width = self._width(base)
        for term in terms:
            later = max(place, self._made(term.value))
            waiting = [*(each.value for each in group), *([base] if not groups else [])]
            width += self._width(term.value)
            if group and (width > _WIDEST or any(self._changes(value, later) for value in waiting)):
                groups.append((place, group))
                group, width = [], self._width(term.value)
            group.append(term)
            place = later
        return [*groups, (place, group)]

    def _width(self, value: Value) -> int:
        """About how many characters the text of a term has, with the sign in front of it."""
        op = value.op
        if is_const(value):
            return len(repr(const_of(value)))
        if op is None or not self._is_folded(value):
            return 3 + len(value.name or "d2")
        inside = sum(map(self._width, op.operands))
        symbol = op.opcode in TABLE and TABLE[op.opcode].symbol is not None
        options = sum(len(f"{key}={value}, ") for key, value in op.attrs.items() if value is not None)
        return inside + (0 if symbol else len(op.opcode) + 3 + options)

    def _last_reader(self, base: Value, op: Op) -> int:
        """The last one that reads what the sum starts from, if it is a variable that the sum replaces."""
        if base.name != op.result.name:
            return -1
        places = [self.position.get(user, -1) for user, _ in self.uses.get(base, ()) if not _is_sum(user)]
        return max((place for place in places if place < self.position[op]), default=-1)

    def _changes(self, value: Value, end: int) -> bool:
        """Whether what an expression reads is bound anew or written behind it, up to a position."""
        start = self._made(value)
        if start < 0 or not self._is_folded(value):
            return self._any(self.bound.get(value.name or "", []), start, end)
        return self._reads_changed(value, start, end)

    def _is_folded(self, value: Value) -> bool:
        """Whether the value becomes a part of the expression that reads it."""
        op = value.op
        if op is None or op not in self.position or len(self.uses.get(value, ())) != 1 or op.regions:
            return False
        if op.opcode == "pop":
            return False  # what is popped with others is in a variable
        return len(op.results) == 1 and (value.name is None or self._sum_of(op) is not None)

    def _reads_changed(self, value: Value, start: int, end: int) -> bool:
        assert value.op is not None
        if not is_pure(value.op):
            return end > start
        for operand in value.op.operands:
            if self._any(self.bound.get(operand.name or "", []), start, end):
                return True
            if isinstance(operand.type, List) or rank_of(operand.type):
                if self._any(self.writes, start, end):
                    return True
            if self._is_folded(operand) and self._reads_changed(operand, start, end):
                return True
        return False

    def _any(self, places: list[int], start: int, end: int) -> bool:
        index = bisect_right(places, start)
        return index < len(places) and places[index] <= end

    # the new sums

    def _sum(self, start: Value, group: list[_Term], is_first: bool, op: Op, builder: Builder) -> Value:
        """One sum of what there is and some terms; a variable that is added to is written last: `b += s - t`."""
        if start.name != op.result.name or (is_first and self._is_folded(start)):
            total, rest = start, group
        else:
            plus = [term for term in group if not term.minus]
            rest = [*plus, *(term for term in group if term.minus)]
            inner = rest[0].value
            for term in rest[1:]:
                inner = builder.emit("sub" if term.minus and plus else "add", inner, term.value)
            total, rest = start, [_Term(inner, not plus, op)]
        for term in rest:
            total = builder.emit("sub" if term.minus else "add", total, term.value)
        total.name = op.result.name
        return total
