"""The quotient of two items of arrays, infinite or not a number where the divisor is 0: in programs for Numba."""

from __future__ import annotations

import numpy as np

from adjoint.ir.ops.elementwise import sampled_type
from adjoint.ir.opset import CHEAP, OpDef, define

define(
    OpDef(
        name="quotient",
        infer=lambda operands, attrs: sampled_type(np.divide, operands),
        evaluate=np.divide,
        operands=("x", "y"),
        cost=CHEAP,
        elementwise=True,
    )
)
