"""Operations that put elements in order, look them up in what is in order, and count them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.extents import product_extent
from adjoint.ir.ops.reductions import array_operand, given_of
from adjoint.ir.ops.repeating import counts_of
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast, normalize_axes, shift
from adjoint.ir.types import INT, Array, Type


def _along(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Array:
    """The array that is put in order: along an axis, or flat where that is None."""
    x = array_operand(operands[0])
    if x.dtype.startswith("complex"):
        raise TypeInferenceError("complex numbers have no order that a derivative could follow")
    if not x.rank:
        raise TypeInferenceError("a number is in order")
    if attrs["axis"] is None:
        return Array(x.dtype, (product_extent(x.shape),))
    normalize_axes(attrs["axis"], x.rank)
    return x


def _infer_sort(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return _along(operands, attrs)


def _infer_order(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array("int64", _along(operands, attrs).shape)


_ORDER = {"axis": -1, "kind": None, "stable": None, "descending": None}
"""`descending` is new in NumPy 2.5."""


def _given(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """What a call says: an older NumPy does not know what it does not say."""
    return {name: value for name, value in attrs.items() if value is not None or name == "axis"}



define(
    OpDef(
        name="sort",
        infer=_infer_sort,
        evaluate=lambda x, **attrs: np.sort(x, **_given(attrs)),
        operands=("x",),
        attrs=_ORDER,
        callables={np.sort: "x, axis, kind, order, stable, descending"},
    )
)
define(
    OpDef(
        name="argsort",
        infer=_infer_order,
        evaluate=lambda x, **attrs: np.argsort(x, **_given(attrs)),
        operands=("x",),
        attrs=_ORDER,
        callables={np.argsort: "x, axis, kind, order, stable, descending"},
        methods={"argsort": "axis, kind, order, stable, descending"},
    )
)


def _infer_partition(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    counts_of(operands[1])
    return _along(operands, attrs)


def _infer_argpartition(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    counts_of(operands[1])
    return _infer_order(operands, attrs)


_SPLIT = {"axis": -1, "kind": "introselect"}
define(
    OpDef(
        name="partition",
        infer=_infer_partition,
        evaluate=lambda x, kth, **attrs: np.partition(x, kth, **attrs),
        operands=("x", "kth"),
        attrs=_SPLIT,
        callables={np.partition: "x, kth, axis, kind, order"},
    )
)
define(
    OpDef(
        name="argpartition",
        infer=_infer_argpartition,
        evaluate=lambda x, kth, **attrs: np.argpartition(x, kth, **attrs),
        operands=("x", "kth"),
        attrs=_SPLIT,
        callables={np.argpartition: "x, kth, axis, kind, order"},
        methods={"argpartition": "kth, axis, kind, order"},
    )
)


def _infer_lexsort(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    keys = [array_operand(operand) for operand in operands]
    if len(keys) == 1:
        return Array("int64", keys[0].shape[1:])
    return Array("int64", broadcast(*(key.shape for key in keys)))


define(
    OpDef(
        name="lexsort",
        infer=_infer_lexsort,
        evaluate=lambda *keys, axis: np.lexsort(keys if len(keys) > 1 else keys[0], axis),
        operands=("*keys",),
        attrs={"axis": -1},
        callables={np.lexsort: "[keys], axis"},
    )
)


def _infer_places(where: int) -> Callable[[Sequence[Value], Mapping[str, Any]], Type]:
    """Ints, one for each element of an operand."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        shapes = [array_operand(operand).shape for operand in operands]
        if len(shapes[1 - where]) != 1:
            raise TypeInferenceError("the numbers to look among are a vector")
        return Array("int64", shapes[where])

    return infer


define(
    OpDef(
        name="searchsorted",
        infer=_infer_places(1),
        evaluate=lambda a, v, side: np.searchsorted(a, v, side),
        operands=("a", "v"),
        attrs={"side": "left"},
        callables={np.searchsorted: "a, v, side, sorter"},
        methods={"searchsorted": "v, side, sorter"},
    )
)
define(
    OpDef(
        name="digitize",
        infer=_infer_places(0),
        evaluate=lambda x, bins, right: np.digitize(x, bins, right),
        operands=("x", "bins"),
        attrs={"right": False},
        callables={np.digitize: "x, bins, right"},
    )
)


def _infer_bincount(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if x.rank != 1 or not x.dtype.startswith(("int", "uint")):
        raise TypeInferenceError(f"np.bincount takes a vector of ints, not {operands[0].type}")
    weights = next((each for each in operands[1:2] if not (is_const(each) and const_of(each) is None)), None)
    if weights is not None and array_operand(weights).dtype.startswith("complex"):
        raise TypeInferenceError("the weights of np.bincount are real")
    if len(operands) > 2 and operands[2].type != INT:
        raise TypeInferenceError("the least length of np.bincount is an int")
    return Array("int64" if weights is None else "float64", (None,))


define(
    OpDef(
        name="bincount",
        infer=_infer_bincount,
        evaluate=lambda x, weights=None, minlength=0: np.bincount(x, weights, minlength),
        operands=("x", "weights?", "minlength?"),
        callables={np.bincount: "x, weights, minlength"},
    )
)


def _infer_histogram(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    edges, weights = array_operand(operands[1]), given_of((*operands, None, None)[2])
    if edges.rank != (0 if len(operands) > 3 else 1):
        raise TypeInferenceError("the edges of a histogram are a vector")
    dtype = "int64" if weights is None else array_operand(weights).dtype
    count = const_of(operands[1]) if is_const(operands[1]) else None
    return Array(dtype, (shift(edges.shape[0], -1) if edges.rank else count if isinstance(count, int) else None,))


def _histogram(x: Any, bins: Any, weights: Any = None, *ends: Any) -> Any:
    return np.histogram(x, bins, range=ends or None, weights=weights)[0]


# The counts alone: `np.histogram(x, edges, weights=w)[0]`, or with a number of bins between two ends.
define(
    OpDef(
        name="histogram",
        infer=_infer_histogram,
        evaluate=_histogram,
        operands=("x", "bins", "weights?", "low?", "high?"),
    )
)


def _infer_unique(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Array(array_operand(operands[0]).dtype, (None,))


define(
    OpDef(
        name="unique",
        infer=_infer_unique,
        evaluate=np.unique,
        operands=("x",),
        callables={np.unique: "x, return_index, return_inverse, return_counts, axis, equal_nan, sorted"},
    )
)


def _infer_unique_part(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    return Array("int64", x.shape if attrs["part"] == "inverse" else (None,))


def _unique_part(x: Any, part: str) -> Any:
    chosen: dict[str, Any] = {f"return_{part}": True}
    return np.unique(x, **chosen)[1]


# `np.unique(x, return_index=True)[1]`; the part is "index", "inverse" or "counts".
define(
    OpDef(
        name="unique_part",
        infer=_infer_unique_part,
        evaluate=_unique_part,
        operands=("x",),
        attrs={"part": "index"},
    )
)
