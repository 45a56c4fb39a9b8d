"""Operations that give positions: of what is not zero, of diagonals and triangles, of the elements of a grid."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.extents import extent_of, extents_of, symbol_of
from adjoint.ir.ops.creation import dtype_name
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast
from adjoint.ir.types import INT, Array, Dim, Sym, Tuple, Type


def _count(value: Value) -> Dim:
    return Sym(f"count({symbol_of(value)})")


def _infer_nonzero(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if not x.rank:
        raise TypeInferenceError("a number has no positions")
    return Tuple((Array("int64", (_count(operands[0]),)),) * x.rank)


define(
    OpDef(
        name="nonzero",
        infer=_infer_nonzero,
        evaluate=np.nonzero,
        operands=("x",),
        callables={np.nonzero: "x"},
        methods={"nonzero": ""},
    )
)


def _infer_flatnonzero(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    array_operand(operands[0])
    return Array("int64", (_count(operands[0]),))


define(
    OpDef(
        name="flatnonzero",
        infer=_infer_flatnonzero,
        evaluate=np.flatnonzero,
        operands=("x",),
        callables={np.flatnonzero: "x"},
    )
)


def _infer_argwhere(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array("int64", (_count(operands[0]), array_operand(operands[0]).rank))


define(
    OpDef(
        name="argwhere",
        infer=_infer_argwhere,
        evaluate=np.argwhere,
        operands=("x",),
        callables={np.argwhere: "x"},
    )
)


def _text(operands: Sequence[Value]) -> str:
    return ",".join(repr(const_of(v)) if is_const(v) else symbol_of(v) for v in operands)


def _infer_of_triangle(function: Callable[..., Any]) -> Callable[[Sequence[Value], Mapping[str, Any]], Type]:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        extent_of(operands[0])
        extent: Dim = Sym(f"{function.__name__}({_text(operands)},{attrs['k']})")
        if all(map(is_const, operands)):
            n, *m = map(const_of, operands)
            extent = len(function(n, attrs["k"], *m)[0])
        return Tuple((Array("int64", (extent,)),) * 2)

    return infer


for _function in (np.tril_indices, np.triu_indices):
    define(
        OpDef(
            name=_function.__name__,
            infer=_infer_of_triangle(_function),
            evaluate=lambda n, m=None, *, k, function=_function: function(n, k, m),
            operands=("n", "m?"),
            attrs={"k": 0},
            callables={_function: "n, k, m"},
        )
    )


def _infer_of_array(function: Callable[..., Any]) -> Callable[[Sequence[Value], Mapping[str, Any]], Type]:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        if x.rank != 2:
            raise TypeInferenceError(f"{x} is not a matrix")
        extent: Dim = Sym(f"{function.__name__}({symbol_of(operands[0])},{attrs.get('k', 0)})")
        if function is np.diag_indices_from:
            extent = x.shape[0]
        elif all(isinstance(dim, int) for dim in x.shape):
            extent = len(function(np.empty(x.shape), k=attrs["k"])[0])
        return Tuple((Array("int64", (extent,)),) * 2)

    return infer


for _from_array in (np.tril_indices_from, np.triu_indices_from):
    define(
        OpDef(
            name=_from_array.__name__,
            infer=_infer_of_array(_from_array),
            evaluate=lambda x, k, function=_from_array: function(x, k),
            operands=("arr",),
            attrs={"k": 0},
            callables={_from_array: "arr, k"},
        )
    )
define(
    OpDef(
        name="diag_indices_from",
        infer=_infer_of_array(np.diag_indices_from),
        evaluate=np.diag_indices_from,
        operands=("arr",),
        callables={np.diag_indices_from: "arr"},
    )
)


def _infer_diag_indices(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Tuple((Array("int64", (extent_of(operands[0]),)),) * attrs["ndim"])


define(
    OpDef(
        name="diag_indices",
        infer=_infer_diag_indices,
        evaluate=lambda n, ndim: np.diag_indices(n, ndim),
        operands=("n",),
        attrs={"ndim": 2},
        callables={np.diag_indices: "n, ndim"},
    )
)


def _infer_indices(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    shape = extents_of(operands)
    return Array(dtype_name(attrs["dtype"]), (len(shape), *shape))


define(
    OpDef(
        name="indices",
        infer=_infer_indices,
        evaluate=lambda dimensions, dtype: np.indices(dimensions, dtype),
        operands=("dimensions",),
        attrs={"dtype": int},
        callables={np.indices: "dimensions, dtype, sparse"},
    )
)


def _infer_unravel(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if attrs["order"] != "C":
        raise TypeInferenceError("only order='C' is supported")
    index = array_operand(operands[0])
    return Tuple((Array("int64", index.shape),) * len(extents_of(operands[1:])))


define(
    OpDef(
        name="unravel_index",
        infer=_infer_unravel,
        evaluate=lambda indices, shape, order: np.unravel_index(indices, shape, order),
        operands=("indices", "shape"),
        attrs={"order": "C"},
        callables={np.unravel_index: "indices, shape, order"},
    )
)


def _infer_ravel_index(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    if not isinstance(t, Tuple):
        x = array_operand(operands[0])
        return Array("int64", x.shape[1:])
    return Array("int64", broadcast(*(array_operand(Value(item)).shape for item in t.items)))


define(
    OpDef(
        name="ravel_multi_index",
        infer=_infer_ravel_index,
        evaluate=lambda index, dims, **attrs: np.ravel_multi_index(index, dims, **attrs),
        operands=("multi_index", "dims"),
        attrs={"mode": "raise", "order": "C"},
        callables={np.ravel_multi_index: "multi_index, dims, mode, order"},
    )
)


def _infer_broadcast_shapes(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    shape = broadcast(*(extents_of([operand]) for operand in operands))
    return Tuple((INT,) * len(shape))


define(
    OpDef(
        name="broadcast_shapes",
        infer=_infer_broadcast_shapes,
        evaluate=np.broadcast_shapes,
        operands=("*shapes",),
        callables={np.broadcast_shapes: "*shapes"},
    )
)


def _infer_tri(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    rows = extent_of(operands[0])
    return Array(dtype_name(attrs["dtype"]), (rows, extent_of(operands[1]) if len(operands) > 1 else rows))


define(
    OpDef(
        name="tri",
        infer=_infer_tri,
        evaluate=lambda n, m=None, *, k, dtype: np.tri(n, m, k, dtype),
        operands=("N", "M?"),
        attrs={"k": 0, "dtype": float},
        callables={np.tri: "N, M, k, dtype"},
    )
)


def _infer_isin(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    array_operand(operands[1])
    return Array("bool", array_operand(operands[0]).shape)


define(
    OpDef(
        name="isin",
        infer=_infer_isin,
        evaluate=lambda element, among, invert: np.isin(element, among, invert=invert),
        operands=("element", "test_elements"),
        attrs={"invert": False},
        callables={np.isin: "element, test_elements, assume_unique, invert, kind"},
    )
)
