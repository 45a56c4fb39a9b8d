"""Distances between points: `scipy.spatial.distance.cdist`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scipy.spatial import distance

from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Type


def _infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if a.rank != 2 or b.rank != 2 or a.dtype.startswith("complex") or b.dtype.startswith("complex"):
        raise TypeInferenceError("cdist takes two matrices of real numbers, a point in each row")
    if attrs["metric"] not in ("euclidean", "sqeuclidean"):
        raise TypeInferenceError(f"metric={attrs['metric']!r} is not supported: 'euclidean' and 'sqeuclidean' are")
    return Array("float64", (a.shape[0], b.shape[0]))


define(
    OpDef(
        name="spatial_cdist",
        infer=_infer,
        evaluate=lambda a, b, metric: distance.cdist(a, b, metric),
        operands=("a", "b"),
        attrs={"metric": "euclidean"},
        callables={distance.cdist: "a, b, metric"},
    )
)
