"""Linear algebra: products, norms, inverses, and what is read off a matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import product_extent
from adjoint.ir.ops.elementwise import sampled_type
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import FREE, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, broadcast, normalize_axes, reduce_shape
from adjoint.ir.types import Array, Dim, Type


def _product_dtype(a: Array, b: Array) -> str:
    return str((np.ones(1, a.dtype) * np.ones(1, b.dtype)).dtype)


def _check_inner(a: Dim, b: Dim) -> None:
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise TypeInferenceError(f"inner extents {a} and {b} differ")


def _infer_matmul(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or not b.rank:
        raise TypeInferenceError("@ needs arrays, not numbers")
    _check_inner(a.shape[-1], b.shape[-2] if b.rank > 1 else b.shape[0])
    batch = broadcast(a.shape[:-2], b.shape[:-2])
    rows: Shape = a.shape[-2:-1] if a.rank > 1 else ()
    columns: Shape = b.shape[-1:] if b.rank > 1 else ()
    return Array(_product_dtype(a, b), batch + rows + columns)


define(
    OpDef(
        name="matmul",
        infer=_infer_matmul,
        evaluate=np.matmul,
        operands=("a", "b"),
        callables={np.matmul: "a, b"},
        symbol="@",
    )
)


def _infer_dot(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or not b.rank:
        return Array(_product_dtype(a, b), broadcast(a.shape, b.shape))
    if max(a.rank, b.rank) > 2:
        raise TypeInferenceError("np.dot is supported up to two dimensions")
    return _infer_matmul(operands, attrs)


define(
    OpDef(
        name="dot",
        infer=_infer_dot,
        evaluate=np.dot,
        operands=("a", "b"),
        callables={np.dot: "a, b, out"},
        methods={"dot": "b, out"},
    )
)


def _infer_inner(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or not b.rank:
        return Array(_product_dtype(a, b), broadcast(a.shape, b.shape))
    _check_inner(a.shape[-1], b.shape[-1])
    return Array(_product_dtype(a, b), a.shape[:-1] + b.shape[:-1])


define(OpDef(name="inner", infer=_infer_inner, evaluate=np.inner, operands=("a", "b"), callables={np.inner: "a, b"}))


def _infer_vdot(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array(_product_dtype(*map(array_operand, operands)), ())


define(OpDef(name="vdot", infer=_infer_vdot, evaluate=np.vdot, operands=("a", "b"), callables={np.vdot: "a, b"}))


def _infer_outer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    return Array(_product_dtype(a, b), tuple(product_extent(x.shape) for x in (a, b)))


define(
    OpDef(name="outer", infer=_infer_outer, evaluate=np.outer, operands=("a", "b"), callables={np.outer: "a, b, out"})
)


def _floating(dtype: str) -> str:
    return dtype if np.dtype(dtype).kind in "fc" else "float64"


def _square(value: Value) -> Array:
    x = array_operand(value)
    if x.rank < 2:
        raise TypeInferenceError(f"{x} is not a matrix")
    _check_inner(x.shape[-2], x.shape[-1])
    return x


def _linalg(name: str, function: Callable[..., Any], shape_of_result: Callable[[Shape], Shape]) -> None:
    """A function of one square matrix (or a stack of them)."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = _square(operands[0])
        return Array(_floating(x.dtype), shape_of_result(x.shape))

    define(OpDef(name=name, infer=infer, evaluate=function, operands=("x",), callables={function: "x"}))


_linalg("inv", np.linalg.inv, lambda shape: shape)
_linalg("det", np.linalg.det, lambda shape: shape[:-2])


def _infer_solve(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = _square(operands[0]), array_operand(operands[1])
    if not b.rank or b.rank > 2 or a.rank > 2:
        raise TypeInferenceError(f"np.linalg.solve is supported for a matrix and a vector or matrix, not {a} and {b}")
    _check_inner(a.shape[-1], b.shape[0])
    return Array(_floating(_product_dtype(a, b)), b.shape)


define(
    OpDef(
        name="solve",
        infer=_infer_solve,
        evaluate=np.linalg.solve,
        operands=("a", "b"),
        callables={np.linalg.solve: "a, b"},
    )
)


def _infer_norm(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    axis = attrs["axis"]
    if attrs["ord"] is not None and axis is None and x.rank not in (1, 2):
        raise TypeInferenceError("a norm with `ord` needs a vector or a matrix")
    if axis is not None and len(normalize_axes(axis, x.rank)) > 2:
        raise TypeInferenceError("a norm is taken over one or two axes")
    dtype = _floating(x.dtype).replace("complex128", "float64").replace("complex64", "float32")
    return Array(dtype, reduce_shape(x.shape, axis, bool(attrs["keepdims"])))


define(
    OpDef(
        name="norm",
        infer=_infer_norm,
        evaluate=lambda x, ord, axis, keepdims: np.linalg.norm(x, ord, axis, keepdims),
        operands=("x",),
        attrs={"ord": None, "axis": None, "keepdims": False},
        callables={np.linalg.norm: "x, ord, axis, keepdims"},
    )
)


def _infer_trace(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if x.rank != 2:
        raise TypeInferenceError(f"np.trace is supported for matrices, not {x}")
    return Array(str(np.trace(np.ones((1, 1), x.dtype)).dtype), ())


define(
    OpDef(
        name="trace",
        infer=_infer_trace,
        evaluate=lambda x, offset: np.trace(x, offset),
        operands=("x",),
        attrs={"offset": 0},
        callables={np.trace: "x, offset"},
        methods={"trace": "offset"},
    )
)


def _diagonal_extent(shape: Shape, k: int) -> Dim:
    rows, columns = shape
    if isinstance(rows, int) and isinstance(columns, int):
        return max(min(rows + min(k, 0), columns - max(k, 0)), 0)
    return rows if k == 0 and rows == columns and rows is not None else None


def _infer_diag(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, k = array_operand(operands[0]), attrs["k"]
    if x.rank == 2:
        return Array(x.dtype, (_diagonal_extent(x.shape, k),))
    if x.rank != 1:
        raise TypeInferenceError(f"np.diag takes a vector or a matrix, not {x}")
    n = x.shape[0]
    extent = n if k == 0 else n + abs(k) if isinstance(n, int) else None
    return Array(x.dtype, (extent, extent))


define(
    OpDef(
        name="diag",
        infer=_infer_diag,
        evaluate=lambda x, k: np.diag(x, k),
        operands=("x",),
        attrs={"k": 0},
        callables={np.diag: "x, k"},
        fresh=False,  # that of a matrix is a view
    )
)


def _infer_diagonal(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if x.rank != 2:
        raise TypeInferenceError(f"np.diagonal is supported for matrices, not {x}")
    return Array(x.dtype, (_diagonal_extent(x.shape, attrs["offset"]),))


define(
    OpDef(
        name="diagonal",
        infer=_infer_diagonal,
        evaluate=lambda x, offset: np.diagonal(x, offset),
        operands=("x",),
        attrs={"offset": 0},
        callables={np.diagonal: "x, offset"},
        methods={"diagonal": "offset"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_triangle(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if x.rank < 2:
        raise TypeInferenceError(f"{x} is not a matrix")
    return x


for _name, _function in (("tril", np.tril), ("triu", np.triu)):
    define(
        OpDef(
            name=_name,
            infer=_infer_triangle,
            evaluate=lambda x, k, function=_function: function(x, k),
            operands=("x",),
            attrs={"k": 0},
            callables={_function: "x, k"},
        )
    )


def _infer_cross(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    for x in (a, b):
        if not x.rank or x.shape[-1] == 2:
            raise TypeInferenceError("np.cross is supported for vectors of three components")
    t = sampled_type(np.multiply, operands)
    assert isinstance(t, Array)
    return Array(t.dtype, (*t.shape[:-1], 3))


define(OpDef(name="cross", infer=_infer_cross, evaluate=np.cross, operands=("a", "b"), callables={np.cross: "a, b"}))
