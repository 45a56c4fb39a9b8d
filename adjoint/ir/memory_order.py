"""What operations say of the order in which the elements of a new array lie in memory."""

from __future__ import annotations

ROW_BY_ROW = frozenset(
    "zeros ones full empty eye identity arange linspace matmul dot outer tile repeat ascontiguousarray".split()
)
"""What they make lies row by row, in one piece."""

OF_VECTORS = frozenset("stack vstack column_stack".split())
"""What they make of vectors does."""

LIKE = frozenset("zeros_like ones_like full_like empty_like copy array index_set index_add".split())
"""What they make lies as their first operand does."""

SAME_MEMORY = frozenset("reshape ravel squeeze expand_dims atleast_1d atleast_2d asarray".split())
"""They give another shape to memory that lies row by row."""
