"""What the calls of a function that calls itself keep, in one list: only in programs written for Numba.

    %list = frames {types=(float, int)};  %number = keep %list %x %n;  %x: float, %n: int = frame %list %number
"""

from __future__ import annotations

from typing import Any

from adjoint.ir.opset import OpDef, define
from adjoint.ir.types import INT, List, Residuals


def _no_evaluation(*operands: Any, **attrs: Any) -> Any:
    raise NotImplementedError("frames exist in emitted programs only")


define(
    OpDef(
        name="frames",
        infer=lambda operands, attrs: List(Residuals()),
        evaluate=_no_evaluation,
        attrs={"types": ()},
        effects=frozenset({"tape"}),
    )
)
define(
    OpDef(
        name="keep",
        infer=lambda operands, attrs: INT,
        evaluate=_no_evaluation,
        operands=("frames", "*items"),
        effects=frozenset({"tape"}),
    )
)
define(
    OpDef(
        name="frame",
        infer=lambda operands, attrs: Residuals(),
        evaluate=_no_evaluation,
        operands=("frames", "number"),
        effects=frozenset({"tape"}),
    )
)
# A value for a variable that has none on a path: `like` is its type.
define(OpDef(name="nothing", infer=lambda operands, attrs: attrs["like"], evaluate=_no_evaluation, attrs={"like": INT}))
