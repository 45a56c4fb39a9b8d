"""Operations whose result carries no derivative: steps, counts, choices. Not the same as having no rule."""

from __future__ import annotations

from adjoint.rules.lists import PULLBACKS
from adjoint.rules.registry import piecewise_constant

# Comparisons, tests and logic: the result is a truth value.
piecewise_constant("lt", "le", "gt", "ge", "eq", "ne", "not")
piecewise_constant("isnan", "isfinite", "isinf", "signbit", "isclose", "isclose_scalar", "allclose", "array_equal")
piecewise_constant("logical_and", "logical_or", "logical_xor", "logical_not", "any", "all", "bool")
piecewise_constant("bitand", "bitor", "bitxor", "invert", "lshift", "rshift")
# Steps: constant wherever they are differentiable.
piecewise_constant("sign", "floor", "ceil", "trunc", "rint", "around", "round", "floordiv", "int", "int64", "int32")
# Positions and counts.
piecewise_constant("argmax", "argmin", "nanargmax", "nanargmin", "argsort", "count_nonzero")
piecewise_constant("array_equiv", "len", "shape", "size", "ndim")
piecewise_constant("list_argsort", "list_position")
piecewise_constant(
    "nonzero", "flatnonzero", "argwhere", "isin", "unravel_index", "ravel_multi_index", "broadcast_shapes"
)
piecewise_constant("tril_indices", "triu_indices", "tril_indices_from", "triu_indices_from")
piecewise_constant("diag_indices", "diag_indices_from", "indices", "tri")
# Where the next state of a loop is kept.
piecewise_constant("first_part")
# Text.
piecewise_constant("format", "percent")
# Arrays whose elements do not depend on the operands.
piecewise_constant(
    "zeros", "ones", "empty", "eye", "identity", "zeros_like", "ones_like", "empty_like", "list_of_zeros"
)

STRUCTURAL = frozenset(
    {
        "const",
        "quotient",
        "undef",
        "global",
        "tuple",
        "getitem",
        "list",
        "tape",
        "push",
        "write_back",
        "pop",
        "nonempty",
        "frames",
        "keep",
        "frame",
        "nothing",
        "pack",
        "unpack",
        "pycall",
        "pymethod",
        "enter",
        "leave",
        "turn",
        *(opcode for opcode in PULLBACKS if opcode.startswith("list_")),
    }
)
"""Operations that the transforms differentiate themselves, by structure; those of lists have rules of their own."""

UNRULED: frozenset[str] = frozenset()
"""Operations that are refused when active: their derivative is no function of `math` or NumPy."""
