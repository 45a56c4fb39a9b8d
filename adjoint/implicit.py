"""What rules of solvers need of the pipeline: derivatives of functions of the IR."""

from __future__ import annotations

from collections.abc import Callable

from adjoint import pipeline
from adjoint.ir.core import Function
from adjoint.options import Kind, Transform
from adjoint.rules.scipy_optimize import DERIVE


def _maker(kind: Kind) -> Callable[[Function, tuple[int, ...]], Function]:
    def make(function: Function, wrt: tuple[int, ...]) -> Function:
        return pipeline.differentiate(function, Transform(kind, wrt, kind == "grad"))

    return make


for _kind in ("grad", "jvp", "pullback"):
    DERIVE[_kind] = _maker(_kind)
