"""What ties the two sweeps together: mirrors of regions, stand-ins of values, tapes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import final

from adjoint.ir.core import Op, Region, Value
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
    counters: set[Value] = field(default_factory=set)
    """Trip counters added to the forward sweep; a tape may serve instead."""

    def new_tape(self, item: Type) -> Value:
        """A cotangent tape, to be placed at the start of the reverse sweep."""
        op = Op("tape", [], {"item": item}, derived=True)
        op.results = [Value(TapeType(item), None, op)]
        self.tapes.append(op)
        return op.result
