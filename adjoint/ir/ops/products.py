"""Products of vectors, matrices and stacks of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import product_extent
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import Infer, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, broadcast, normalize_axes
from adjoint.ir.types import Array, Dim, Type


def product_dtype(*arrays: Array) -> str:
    """The dtype of a product of arrays."""
    return str(np.result_type(*(x.dtype for x in arrays)))


def check_equal(a: Dim, b: Dim) -> None:
    """Raises TypeInferenceError for two exact extents that differ."""
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise TypeInferenceError(f"inner extents {a} and {b} differ")


def _product(
    name: str,
    infer: Infer,
    evaluate: Callable[..., Any],
    callables: Mapping[Callable[..., Any], str],
    operands: tuple[str, ...] = ("a", "b"),
    **more: Any,
) -> None:
    """A product of the table. `callables` may be empty: some came with NumPy 2."""
    define(OpDef(name=name, infer=infer, evaluate=evaluate, operands=operands, callables=callables, **more))


_UFUNC = "out, axes, axis, keepdims, casting, order, dtype, subok, signature"
"""What generalized ufuncs take besides their operands."""


def _infer_matmul(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or not b.rank:
        raise TypeInferenceError("@ needs arrays, not numbers")
    check_equal(a.shape[-1], b.shape[-2] if b.rank > 1 else b.shape[0])
    batch = broadcast(a.shape[:-2], b.shape[:-2])
    rows: Shape = a.shape[-2:-1] if a.rank > 1 else ()
    columns: Shape = b.shape[-1:] if b.rank > 1 else ()
    return Array(product_dtype(a, b), batch + rows + columns)


_MATMUL = {np.matmul: f"a, b, {_UFUNC}"} | numpy_names("linalg.matmul", "a, b")
_product("matmul", _infer_matmul, np.matmul, _MATMUL, symbol="@")


def _infer_dot(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or not b.rank:
        return Array(product_dtype(a, b), broadcast(a.shape, b.shape))
    check_equal(a.shape[-1], b.shape[-2] if b.rank > 1 else b.shape[0])
    return Array(product_dtype(a, b), a.shape[:-1] + b.shape[:-2] + (b.shape[-1:] if b.rank > 1 else ()))


_product("dot", _infer_dot, np.dot, {np.dot: "a, b, out"}, methods={"dot": "b, out"})


def _infer_inner(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or not b.rank:
        return Array(product_dtype(a, b), broadcast(a.shape, b.shape))
    check_equal(a.shape[-1], b.shape[-1])
    return Array(product_dtype(a, b), a.shape[:-1] + b.shape[:-1])


_product("inner", _infer_inner, np.inner, {np.inner: "a, b"})


def _infer_vdot(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array(product_dtype(*map(array_operand, operands)), ())


_product("vdot", _infer_vdot, np.vdot, {np.vdot: "a, b"})


def _infer_outer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    return Array(product_dtype(a, b), tuple(product_extent(x.shape) for x in (a, b)))


_product("outer", _infer_outer, np.outer, {np.outer: "a, b, out"} | numpy_names("linalg.outer", "a, b"))


def _infer_kron(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    rank = max(a.rank, b.rank)
    pairs = zip(*((1,) * (rank - x.rank) + x.shape for x in (a, b)))
    return Array(product_dtype(a, b), tuple(product_extent(pair) for pair in pairs))


_product("kron", _infer_kron, np.kron, {np.kron: "a, b"})


# tensordot


def contracted_axes(axes: Any, a: int, b: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of the two operands (of ranks `a` and `b`) that `np.tensordot(..., axes=axes)` sums over, in pairs."""
    if isinstance(axes, int):
        if axes < 0 or axes > min(a, b):
            raise TypeInferenceError(f"axes={axes} of arrays of {a} and {b} dimensions")
        return tuple(range(a - axes, a)), tuple(range(axes))
    left, right = ((each,) if isinstance(each, int) else tuple(each) for each in axes)
    if len(left) != len(right):
        raise TypeInferenceError("axes that are summed over come in pairs")
    for given, rank in ((left, a), (right, b)):
        if len(set(normalize_axes(given, rank))) < len(given):
            raise TypeInferenceError("an axis is summed over twice")
    return tuple(i % a for i in left), tuple(i % b for i in right)


def _infer_tensordot(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    left, right = contracted_axes(attrs["axes"], a.rank, b.rank)
    for i, j in zip(left, right):
        check_equal(a.shape[i], b.shape[j])
    rest = tuple(d for i, d in enumerate(a.shape) if i not in left)
    return Array(product_dtype(a, b), rest + tuple(d for i, d in enumerate(b.shape) if i not in right))


_product(
    "tensordot",
    _infer_tensordot,
    lambda a, b, axes: np.tensordot(a, b, axes),
    numpy_names("tensordot linalg.tensordot", "a, b, axes"),
    attrs={"axes": 2},
)


# vectors in stacks


def _infer_vecdot(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if attrs["axis"] != -1 and a.rank != b.rank:
        raise TypeInferenceError("vecdot along an axis of arrays of different rank")
    axes = [normalize_axes(attrs["axis"], x.rank)[0] for x in (a, b)]
    check_equal(a.shape[axes[0]], b.shape[axes[1]])
    rest = [tuple(d for i, d in enumerate(x.shape) if i != axis) for x, axis in zip((a, b), axes)]
    return Array(product_dtype(a, b), broadcast(*rest))


_product(
    "vecdot",
    _infer_vecdot,
    lambda a, b, axis: np.sum(np.conj(a) * b, axis=axis),
    numpy_names("vecdot", f"a, b, {_UFUNC}") | numpy_names("linalg.vecdot", "a, b, axis"),
    attrs={"axis": -1},
)


def _infer_matvec(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if a.rank < 2 or not b.rank:
        raise TypeInferenceError(f"matvec of {a} and {b}")
    check_equal(a.shape[-1], b.shape[-1])
    return Array(product_dtype(a, b), (*broadcast(a.shape[:-2], b.shape[:-1]), a.shape[-2]))


def _infer_vecmat(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    if not a.rank or b.rank < 2:
        raise TypeInferenceError(f"vecmat of {a} and {b}")
    check_equal(a.shape[-1], b.shape[-2])
    return Array(product_dtype(a, b), (*broadcast(a.shape[:-1], b.shape[:-2]), b.shape[-1]))


_product("matvec", _infer_matvec, lambda a, b: np.matvec(a, b), numpy_names("matvec", f"a, b, {_UFUNC}"))
_product("vecmat", _infer_vecmat, lambda a, b: np.vecmat(a, b), numpy_names("vecmat", f"a, b, {_UFUNC}"))


def _component_axes(attrs: Mapping[str, Any]) -> tuple[int, int, int]:
    """The axes of the components: of both operands and of the result."""
    if attrs["axis"] is not None:
        return (attrs["axis"],) * 3
    return attrs["axisa"], attrs["axisb"], attrs["axisc"]


def _infer_cross(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = map(array_operand, operands)
    axis_a, axis_b, axis_c = _component_axes(attrs)
    rest = []
    for x, axis in ((a, axis_a), (b, axis_b)):
        (own,) = normalize_axes(axis, x.rank)
        if isinstance(x.shape[own], int) and x.shape[own] != 3:
            raise TypeInferenceError("np.cross is supported for vectors of three components")
        rest.append(tuple(d for i, d in enumerate(x.shape) if i != own))
    shape = broadcast(*rest)
    (own,) = normalize_axes(axis_c, len(shape) + 1)
    return Array(product_dtype(a, b), (*shape[:own], 3, *shape[own:]))


_product(
    "cross",
    _infer_cross,
    lambda a, b, axisa, axisb, axisc, axis: np.cross(a, b, axisa, axisb, axisc, axis),
    {np.cross: "a, b, axisa, axisb, axisc, axis"} | numpy_names("linalg.cross", "a, b, axis"),
    attrs={"axisa": -1, "axisb": -1, "axisc": -1, "axis": None},
)


# chains


def _infer_chain(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [array_operand(each) for each in operands]
    if len(arrays) < 2:
        raise TypeInferenceError("multi_dot needs two arrays or more")
    ends = (0, len(arrays) - 1)
    for number, x in enumerate(arrays):
        if x.rank != 2 and not (x.rank == 1 and number in ends):
            raise TypeInferenceError(f"multi_dot takes matrices (and vectors at the ends), not {x}")
    for a, b in pairwise(arrays):
        check_equal(a.shape[-1], b.shape[0])
    first, last = arrays[0], arrays[-1]
    return Array(product_dtype(*arrays), first.shape[:-1] + last.shape[1:])


_product(
    "multi_dot",
    _infer_chain,
    lambda *arrays: np.linalg.multi_dot(arrays),
    {np.linalg.multi_dot: "[arrays], out"},
    operands=("*arrays",),
)


def _infer_power(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a = array_operand(operands[0])
    if a.rank < 2:
        raise TypeInferenceError(f"{a} is not a matrix")
    if not isinstance(attrs["n"], int):
        raise TypeInferenceError("the power of a matrix is an int that is written out")
    check_equal(a.shape[-2], a.shape[-1])
    dtype = a.dtype if attrs["n"] >= 0 or np.dtype(a.dtype).kind in "fc" else "float64"
    return Array(dtype, a.shape)


_product(
    "matrix_power",
    _infer_power,
    lambda a, n: np.linalg.matrix_power(a, n),
    {np.linalg.matrix_power: "a, n"},
    operands=("a",),
    attrs={"n": None},
)
