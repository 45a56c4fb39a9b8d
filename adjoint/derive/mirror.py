"""What ties the two sweeps together: mirrors of regions, stand-ins of values, tapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from adjoint.ir.core import Op, Region, Value, region_leaves
from adjoint.ir.types import TapeType, Type


@final
@dataclass(slots=True)
class Mirror:
    """`regions` maps a forward region to the region of the reverse sweep that undoes it; `stand_ins` maps a forward
    value to the value that replaces it there (an induction variable); `loops` maps a reverse loop to its forward loop.
    """

    forward: Region
    regions: dict[Region, Region] = field(default_factory=dict)
    stand_ins: dict[Value, Value] = field(default_factory=dict)
    loops: dict[Op, Op] = field(default_factory=dict)
    tapes: list[Op] = field(default_factory=list)
    """Cotangent tapes: placed at the start of the reverse sweep."""
    tape_bars: dict[Value, Value] = field(default_factory=dict)
    """The cotangent tape of each tape."""
    excluded: set[Op] = field(default_factory=set)
    """`break` leaves that pass every carry on unchanged: the pass they end is not mirrored."""

    def is_dead(self, region: Region) -> bool:
        """Whether no mirrored pass ends in this region: its leaves raise or are excluded."""
        return all(leaf.opcode == "raise" or leaf in self.excluded for leaf in region_leaves(region))

    def living_below(self, region: Region) -> Region | None:
        """The only living branch of the tail `if` that ends the region; None where there is no such `if` or branch."""
        if not region.ops or region.ops[-1].opcode != "if":
            return None
        alive = [inner for inner in region.ops[-1].regions if not self.is_dead(inner)]
        return alive[0] if len(alive) == 1 else None

    def living(self, region: Region) -> Region:
        """The region every mirrored pass through `region` reaches, down through tail ifs with one living branch."""
        while (below := self.living_below(region)) is not None:
            region = below
        return region

    def new_tape(self, item: Type) -> Value:
        """A cotangent tape, to be placed at the start of the reverse sweep."""
        op = Op("tape", [], {"item": item}, derived=True)
        op.results = [Value(TapeType(item), None, op)]
        self.tapes.append(op)
        return op.result
