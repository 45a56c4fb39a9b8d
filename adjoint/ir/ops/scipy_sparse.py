"""Sparse matrices of SciPy, which are constant: products with arrays, and systems of equations.

A sparse matrix is a value of type `object`, read when the program runs: its class and the array it means are known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.sparse import linalg

from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import FREE, OpDef, TypeInferenceError, define
from adjoint.ir.types import INT, Array, Object, Tuple, Type


def like_of(value: Value) -> Array:
    """The array that a sparse matrix stands for. Raises TypeInferenceError."""
    t = value.type
    if not isinstance(t, Object) or t.like is None:
        raise TypeInferenceError(f"{t} is not a sparse matrix")
    if np.dtype(t.like.dtype).kind == "c":
        raise TypeInferenceError("sparse matrices are supported for real numbers only")
    return t.like


def _dense(value: Value) -> Array:
    x = array_operand(value)
    if x.rank not in (1, 2):
        raise TypeInferenceError(f"a sparse matrix is multiplied by a vector or a matrix, not by {x}")
    return x


def _dtype(a: Array, x: Array) -> str:
    return str(np.result_type(a.dtype, x.dtype))


def _check_inner(one: Any, other: Any) -> None:
    if isinstance(one, int) and isinstance(other, int) and one != other:
        raise TypeInferenceError(f"extents {one} and {other} differ")


def _infer_matmul(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, x = like_of(operands[0]), _dense(operands[1])
    _check_inner(a.shape[1], x.shape[0])
    return Array(_dtype(a, x), (a.shape[0], *x.shape[1:]))


def _infer_rmatmul(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, a = _dense(operands[0]), like_of(operands[1])
    _check_inner(x.shape[-1], a.shape[0])
    return Array(_dtype(a, x), (*x.shape[:-1], a.shape[1]))


def _infer_transpose(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, t = like_of(operands[0]), operands[0].type
    assert isinstance(t, Object)
    return Object(t.cls, Array(a.dtype, a.shape[::-1]))


def _infer_solve(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = like_of(operands[0]), array_operand(operands[1])
    if b.rank != 1:
        raise TypeInferenceError("spsolve is supported for a right side that is a vector")
    _check_inner(a.shape[0], b.shape[0])
    return Array(str(np.result_type(a.dtype, b.dtype, np.float32 if _dtype(a, b) == "float32" else float)), b.shape)


define(
    OpDef(
        name="sparse_shape",
        infer=lambda operands, attrs: Tuple((INT, INT)),
        evaluate=lambda a: a.shape,
        operands=("a",),
        cost=FREE,
    )
)
define(OpDef(name="sparse_matmul", infer=_infer_matmul, evaluate=lambda a, x: a @ x, operands=("a", "x")))
define(OpDef(name="sparse_rmatmul", infer=_infer_rmatmul, evaluate=lambda x, a: x @ a, operands=("x", "a")))
define(
    OpDef(
        name="sparse_transpose", infer=_infer_transpose, evaluate=lambda a: a.T, operands=("a",), cost=FREE, fresh=False
    )
)
define(
    OpDef(
        name="sparse_toarray",
        infer=lambda operands, attrs: like_of(operands[0]),
        evaluate=lambda a: a.toarray(),
        operands=("a",),
    )
)
define(
    OpDef(
        name="sparse_spsolve",
        infer=_infer_solve,
        evaluate=lambda a, b: linalg.spsolve(a, b),
        operands=("a", "b"),
        callables={linalg.spsolve: "a, b"},
    )
)
