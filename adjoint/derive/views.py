"""Elements read through a view: their cotangents go straight to the array that is viewed.

    v = u[1:];  s = v[i]        u_bar[1:][i] += s_bar        instead of        v_bar[i] += s_bar;  u_bar[1:] += v_bar

A view made anew in every pass of a loop has no buffer of its own then, which would have to be filled with zeros.
"""

from __future__ import annotations

from typing import final

from adjoint.analysis.structure import Structure
from adjoint.ir.core import Op, Region, Value, users
from adjoint.ir.ops.indexing import is_view
from adjoint.ir.types import Array


@final
class Views:
    """The views of a function that only single elements or parts are read of."""

    def __init__(self, body: Region) -> None:
        self.body = body
        self._uses: dict[Value, list[tuple[Op, int]]] | None = None
        self._structure: Structure | None = None

    def through(self, value: Value, here: Region) -> Op | None:
        """The read that made a view, if reads of the view in this region are better taken for reads of its array."""
        op = value.op
        if op is None or op.opcode != "index" or not isinstance(value.type, Array) or not value.type.rank:
            return None
        if not is_view(op.attrs["spec"]) or not isinstance(op.operands[0].type, Array):
            return None
        if self._uses is None or self._structure is None:
            self._uses, self._structure = users(self.body), Structure.of(self.body)
        if self._structure.region_of_value.get(value) is not here:
            return None  # what is around the region does not know that the array is read in it
        only_read = all(user.opcode == "index" and position == 0 for user, position in self._uses.get(value, ()))
        return op if only_read else None
