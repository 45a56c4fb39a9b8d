"""Linear algebra: inverses, norms, and what is read off a matrix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import product_extent
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.ops.products import check_equal, product_dtype
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import CHEAP, FREE, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, broadcast, normalize_axes, reduce_shape
from adjoint.ir.types import Array, Dim, Type


def floating(dtype: str) -> str:
    """The dtype of what NumPy computes with in floating point."""
    return dtype if np.dtype(dtype).kind in "fc" else "float64"


def real(dtype: str) -> str:
    """The dtype of absolute values."""
    return floating(dtype).replace("complex128", "float64").replace("complex64", "float32")


def matrix(value: Value) -> Array:
    """The type of a matrix or a stack of them. Raises TypeInferenceError for other operands."""
    x = array_operand(value)
    if x.rank < 2:
        raise TypeInferenceError(f"{x} is not a matrix")
    return x


def square(value: Value) -> Array:
    """The type of a square matrix or a stack of them: with one extent for rows and columns."""
    x = matrix(value)
    check_equal(x.shape[-2], x.shape[-1])
    n = x.shape[-1] if isinstance(x.shape[-1], int) or x.shape[-2] is None else x.shape[-2]
    return Array(x.dtype, (*x.shape[:-2], n, n))


def _of_square(name: str, function: Callable[..., Any], shape_of_result: Callable[[Shape], Shape]) -> None:
    """A function of one square matrix (or a stack of them)."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = square(operands[0])
        return Array(floating(x.dtype), shape_of_result(x.shape))

    define(OpDef(name=name, infer=infer, evaluate=function, operands=("a",), callables={function: "a"}))


_of_square("inv", np.linalg.inv, lambda shape: shape)
_of_square("det", np.linalg.det, lambda shape: shape[:-2])


def _infer_solve(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = square(operands[0]), array_operand(operands[1])
    if not b.rank:
        raise TypeInferenceError(f"np.linalg.solve takes a vector or a matrix, not {b}")
    if np.lib.NumpyVersion(np.__version__) < "2.0.0" and b.rank == a.rank - 1 and b.rank > 1:
        raise TypeInferenceError("a stack of vectors, which NumPy 2 reads as a matrix: write b[..., None]")
    check_equal(a.shape[-1], b.shape[-2] if b.rank > 1 else b.shape[0])
    dtype = floating(product_dtype(a, b))
    if b.rank == 1:
        return Array(dtype, (*a.shape[:-2], b.shape[0]))
    return Array(dtype, (*broadcast(a.shape[:-2], b.shape[:-2]), *b.shape[-2:]))


define(
    OpDef(
        name="solve",
        infer=_infer_solve,
        evaluate=np.linalg.solve,
        operands=("a", "b"),
        callables={np.linalg.solve: "a, b"},
    )
)


def _infer_pinv(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = matrix(operands[0])
    return Array(floating(a.dtype), (*a.shape[:-2], a.shape[-1], a.shape[-2]))


def pinv(a: Any, rcond: Any, rtol: Any) -> Any:
    """`np.linalg.pinv` with the cutoffs that are given."""
    given = {"rcond": rcond, "rtol": rtol}
    return np.linalg.pinv(a, **{name: value for name, value in given.items() if value is not None})


define(
    OpDef(
        name="pinv",
        infer=_infer_pinv,
        evaluate=pinv,
        operands=("a",),
        attrs={"rcond": None, "rtol": None},
        callables={np.linalg.pinv: "a, rcond, hermitian, rtol"},
    )
)


def _infer_tensorinv(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, ind = array_operand(operands[0]), attrs["ind"]
    if not 0 < ind < a.rank:
        raise TypeInferenceError(f"ind={ind} of an array of {a.rank} dimensions")
    return Array(floating(a.dtype), a.shape[ind:] + a.shape[:ind])


define(
    OpDef(
        name="tensorinv",
        infer=_infer_tensorinv,
        evaluate=lambda a, ind: np.linalg.tensorinv(a, ind),
        operands=("a",),
        attrs={"ind": 2},
        callables={np.linalg.tensorinv: "a, ind"},
    )
)


def solution_order(rank: int, axes: Any) -> tuple[int, ...]:
    """The order of the axes of `a` in `np.linalg.tensorsolve(a, b, axes)`: those in `axes` go to the end."""
    last = () if axes is None else tuple(axis % rank for axis in ((axes,) if isinstance(axes, int) else axes))
    return (*(axis for axis in range(rank) if axis not in last), *last)


def _infer_tensorsolve(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if a.rank <= b.rank:
        raise TypeInferenceError(f"np.linalg.tensorsolve of {a} and {b}")
    order = solution_order(a.rank, attrs["axes"])
    return Array(floating(product_dtype(a, b)), tuple(a.shape[axis] for axis in order[b.rank :]))


define(
    OpDef(
        name="tensorsolve",
        infer=_infer_tensorsolve,
        evaluate=lambda a, b, axes: np.linalg.tensorsolve(a, b, axes),
        operands=("a", "b"),
        attrs={"axes": None},
        callables={np.linalg.tensorsolve: "a, b, axes"},
    )
)


# numbers that describe a matrix


def _infer_norm(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    axis = attrs["axis"]
    if attrs["ord"] is not None and axis is None and x.rank not in (1, 2):
        raise TypeInferenceError("a norm with `ord` needs a vector or a matrix")
    if axis is not None and len(normalize_axes(axis, x.rank)) > 2:
        raise TypeInferenceError("a norm is taken over one or two axes")
    return Array(real(x.dtype), reduce_shape(x.shape, axis, bool(attrs["keepdims"])))


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


def _infer_vector_norm(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    return Array(real(x.dtype), reduce_shape(x.shape, attrs["axis"], bool(attrs["keepdims"])))


def _infer_matrix_norm(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = matrix(operands[0])
    return Array(real(x.dtype), reduce_shape(x.shape, (-2, -1), bool(attrs["keepdims"])))


_of_vectors: dict[str, Any] = {"axis": None, "keepdims": False, "ord": 2}
_of_matrices: dict[str, Any] = {"keepdims": False, "ord": "fro"}
for _name, _infer, _attrs in (
    ("vector_norm", _infer_vector_norm, _of_vectors),
    ("matrix_norm", _infer_matrix_norm, _of_matrices),
):
    define(
        OpDef(
            name=_name,
            infer=_infer,
            evaluate=lambda x, name=_name, **attrs: getattr(np.linalg, name)(x, **attrs),
            operands=("x",),
            attrs=_attrs,
            callables=numpy_names(f"linalg.{_name}", ", ".join(["x", *_attrs])),  # from NumPy 2.0 on
        )
    )


def _infer_cond(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = matrix(operands[0])
    if attrs["p"] not in (None, 2, -2):
        check_equal(x.shape[-2], x.shape[-1])
    return Array(real(x.dtype), x.shape[:-2])


define(
    OpDef(
        name="cond",
        infer=_infer_cond,
        evaluate=lambda x, p: np.linalg.cond(x, p),
        operands=("x",),
        attrs={"p": None},
        callables={np.linalg.cond: "x, p"},
    )
)
define(
    OpDef(
        name="matrix_rank",
        infer=lambda operands, attrs: Array("int64", array_operand(operands[0]).shape[:-2]),
        evaluate=np.linalg.matrix_rank,
        operands=("A", "tol?"),
        attrs={"hermitian": False},
        callables={np.linalg.matrix_rank: "A, tol, hermitian, rtol"},
    )
)


# diagonals


def _two_axes(x: Array, attrs: Mapping[str, Any]) -> tuple[int, int]:
    """The two axes of a trace or diagonal, counted from the front."""
    axes = [normalize_axes(attrs[name], x.rank)[0] for name in ("axis1", "axis2")]
    if axes[0] == axes[1]:
        raise TypeInferenceError("a diagonal needs two different axes")
    return axes[0], axes[1]


def _without_axes(x: Array, axes: tuple[int, int]) -> Shape:
    return tuple(dim for i, dim in enumerate(x.shape) if i not in axes)


def _infer_trace(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    dtype = str(np.trace(np.ones((1, 1), x.dtype)).dtype)
    return Array(dtype, _without_axes(x, _two_axes(x, attrs)))


_PLACE = {"offset": 0, "axis1": 0, "axis2": 1}
define(
    OpDef(
        name="trace",
        infer=_infer_trace,
        evaluate=lambda a, offset, axis1, axis2: np.trace(a, offset, axis1, axis2),
        operands=("a",),
        attrs=_PLACE,
        callables={np.trace: "a, offset, axis1, axis2, dtype, out"},
        methods={"trace": "offset, axis1, axis2, dtype, out"},
    )
)


def _diagonal_extent(shape: Shape, k: int) -> Dim:
    rows, columns = shape
    if isinstance(rows, int) and isinstance(columns, int):
        return max(min(rows + min(k, 0), columns - max(k, 0)), 0)
    return rows if k == 0 and rows == columns and rows is not None else None


def _infer_diagonal(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    axes = _two_axes(x, attrs)
    extent = _diagonal_extent((x.shape[axes[0]], x.shape[axes[1]]), attrs["offset"])
    return Array(x.dtype, (*_without_axes(x, axes), extent))


define(
    OpDef(
        name="diagonal",
        infer=_infer_diagonal,
        evaluate=lambda a, offset, axis1, axis2: np.diagonal(a, offset, axis1, axis2),
        operands=("a",),
        attrs=_PLACE,
        callables={np.diagonal: "a, offset, axis1, axis2"},
        methods={"diagonal": "offset, axis1, axis2"},
        cost=FREE,
        fresh=False,
    )
)


def _last_axes(infer: Callable[..., Type]) -> Callable[..., Type]:
    def inferred(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        return infer(operands, {**attrs, "axis1": -2, "axis2": -1})

    return inferred


for _name, _infer, _fresh in (("trace", _infer_trace, True), ("diagonal", _infer_diagonal, False)):
    define(
        OpDef(
            name=f"matrix_{_name}",
            infer=_last_axes(_infer),
            evaluate=lambda x, offset, name=_name: getattr(np.linalg, name)(x, offset=offset),
            operands=("x",),
            attrs={"offset": 0},
            callables=numpy_names(f"linalg.{_name}", "x, offset, dtype" if _fresh else "x, offset"),
            fresh=_fresh,
        )
    )


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
        evaluate=lambda v, k: np.diag(v, k),
        operands=("v",),
        attrs={"k": 0},
        callables={np.diag: "v, k"},
        fresh=False,  # that of a matrix is a view
    )
)


def _infer_diagflat(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    n = product_extent(x.shape)
    extent = n if attrs["k"] == 0 else n + abs(attrs["k"]) if isinstance(n, int) else None
    return Array(x.dtype, (extent, extent))


define(
    OpDef(
        name="diagflat",
        infer=_infer_diagflat,
        evaluate=lambda v, k: np.diagflat(v, k),
        operands=("v",),
        attrs={"k": 0},
        callables={np.diagflat: "v, k"},
    )
)


# triangles and transposes


for _name, _function in (("tril", np.tril), ("triu", np.triu)):
    define(
        OpDef(
            name=_name,
            infer=lambda operands, attrs: matrix(operands[0]),
            evaluate=lambda m, k, function=_function: function(m, k),
            operands=("m",),
            attrs={"k": 0},
            callables={_function: "m, k"},
        )
    )


def _infer_matrix_transpose(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = matrix(operands[0])
    return Array(x.dtype, (*x.shape[:-2], x.shape[-1], x.shape[-2]))


define(
    OpDef(
        name="matrix_transpose",
        infer=_infer_matrix_transpose,
        evaluate=lambda x: np.swapaxes(x, -1, -2),
        operands=("x",),
        callables=numpy_names("matrix_transpose linalg.matrix_transpose", "x"),
        cost=CHEAP,
        fresh=False,
    )
)
