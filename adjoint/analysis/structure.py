"""Where things stand: which region defines a value, which operation holds a region."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from adjoint.ir.core import Op, Region, Value


@final
@dataclass(slots=True)
class Structure:
    """Positions of values and regions below one root region."""

    root: Region
    region_of_value: dict[Value, Region] = field(default_factory=dict)
    region_of_op: dict[Op, Region] = field(default_factory=dict)
    holder: dict[Region, Op] = field(default_factory=dict)
    order: dict[Value, int] = field(default_factory=dict)

    @classmethod
    def of(cls, root: Region) -> Structure:
        """Scan the root region."""
        structure = cls(root)
        structure._scan(root)
        return structure

    def _scan(self, region: Region) -> None:
        for arg in region.args:
            self._enter(arg, region)
        for op in region.ops:
            self.region_of_op[op] = region
            for inner in op.regions:
                self.holder[inner] = op
                self._scan(inner)
            for result in op.results:
                self._enter(result, region)

    def _enter(self, value: Value, region: Region) -> None:
        self.region_of_value[value] = region
        self.order[value] = len(self.order)

    def parent(self, region: Region) -> Region | None:
        """The region that holds the operation that holds this region; None for the root."""
        op = self.holder.get(region)
        return None if op is None else self.region_of_op[op]

    def chain(self, region: Region) -> list[Region]:
        """The region and the ones around it, innermost first, root last."""
        result = [region]
        while (outer := self.parent(result[-1])) is not None:
            result.append(outer)
        return result

    def encloses(self, outer: Region, inner: Region) -> bool:
        """Whether `inner` is `outer` or lies inside it."""
        return any(region is outer for region in self.chain(inner))

    def common(self, a: Region, b: Region) -> Region:
        """The innermost region that encloses both."""
        around = self.chain(a)
        return next(region for region in self.chain(b) if any(region is other for other in around))

    def are_exclusive(self, one: Op, other: Op) -> bool:
        """Whether two operations stand in the two branches of an `if`."""
        left, right = (self.chain(self.region_of_op[op]) for op in (one, other))
        common = next(region for region in left if any(region is r for r in right))
        below = [chain[chain.index(common) - 1] for chain in (left, right) if chain[0] is not common]
        if len(below) != 2:
            return False
        first, second = (self.holder[region] for region in below)
        return first is second and first.opcode == "if" and below[0] is not below[1]

    def loops_around(self, region: Region) -> list[Op]:
        """The loops that a region stands in, the innermost first."""
        holders = [self.holder[each] for each in self.chain(region)[:-1]]
        return [op for op in holders if op.opcode in ("for", "while")]

    def loops_between(self, inner: Region, outer: Region) -> bool:
        """Whether a loop body or condition stands on the way from `outer` (excluded) down to `inner`."""
        region = inner
        while region is not outer:
            if self.holder[region].opcode in ("for", "while"):
                return True
            above = self.parent(region)
            assert above is not None
            region = above
        return False


def captured(op: Op) -> list[Value]:
    """Values used inside the op's regions but defined outside them, in order of first use."""
    defined: set[Value] = set()
    used: dict[Value, None] = {}
    _captures(op.regions, defined, used)
    return [value for value in used if value not in defined]


def _captures(regions: list[Region], defined: set[Value], used: dict[Value, None]) -> None:
    for region in regions:
        defined.update(region.args)
        for op in region.ops:
            used.update(dict.fromkeys(op.operands))
            _captures(op.regions, defined, used)
            defined.update(op.results)
