"""Along one axis: running sums and products, differences, slopes, areas, unwound phases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import product_extent, sum_extent
from adjoint.ir.ops.elementwise import numpy_names, sample
from adjoint.ir.ops.reductions import array_operand, given_of, joined_shape, reduced_dtype
from adjoint.ir.opset import CHEAP, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, normalize_axes, reduce_shape, shift
from adjoint.ir.types import Array, Dim, Sym, Type


def one_axis(axis: object, rank: int) -> int:
    """The one axis, counted from the front. Raises TypeInferenceError for a tuple."""
    if not isinstance(axis, int):
        raise TypeInferenceError(f"axis {axis} is not one axis")
    return normalize_axes(axis, rank)[0]


def with_extent(shape: Shape, axis: int, extent: Dim) -> Shape:
    """The shape with another extent along one axis."""
    return (*shape[:axis], extent, *shape[axis + 1 :])


def longer(dim: Dim, by: Sequence[Dim], less: int) -> Dim:
    """The extent `dim + by - less` of an array with others put before and behind, then differenced."""
    if all(isinstance(each, int) for each in by):
        net = sum(each for each in by if isinstance(each, int)) - less
        if net <= 0 or not isinstance(dim, Sym) or dim.offset >= 0:
            return shift(dim, net)
    return shift(sum_extent([dim, *by]), -less)


def _running(name: str, function: Callable[..., Any], *, method: bool = True) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        wanted = attrs["dtype"]
        dtype = reduced_dtype(function, x.dtype) if wanted is None else str(np.dtype(wanted))
        if attrs["axis"] is not None:
            one_axis(attrs["axis"], x.rank)
            return Array(dtype, x.shape)
        return Array(dtype, (product_extent(x.shape),))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, axis, dtype: function(x, axis=axis, dtype=dtype),
            operands=("x",),
            attrs={"axis": None, "dtype": None},
            callables={function: "x, axis, dtype, out"},
            methods={name: "axis, dtype, out"} if method else {},
        )
    )


_running("cumsum", np.cumsum)
_running("cumprod", np.cumprod)
_running("nancumsum", np.nancumsum, method=False)
_running("nancumprod", np.nancumprod, method=False)


def _running_from(name: str, plain: Callable[..., Any]) -> None:
    """`np.cumulative_sum` and its sibling, which may start with the sum of nothing."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        if attrs["axis"] is None and x.rank != 1:
            raise TypeInferenceError(f"np.{name} of an array of {x.rank} dimensions needs an axis")
        at = one_axis(0 if attrs["axis"] is None else attrs["axis"], x.rank)
        dtype = reduced_dtype(plain, x.dtype) if attrs["dtype"] is None else str(np.dtype(attrs["dtype"]))
        return Array(dtype, with_extent(x.shape, at, longer(x.shape[at], [int(bool(attrs["include_initial"]))], 0)))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, **attrs: getattr(np, name)(x, **attrs),
            operands=("x",),
            attrs={"axis": None, "dtype": None, "include_initial": False},
            callables=numpy_names(name, "x, axis, dtype, out, include_initial"),
        )
    )


_running_from("cumulative_sum", np.cumsum)
_running_from("cumulative_prod", np.cumprod)


def _running_extreme(name: str, ufunc: Any) -> None:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        one_axis(attrs["axis"], x.rank)
        return x

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda x, axis: ufunc.accumulate(x, axis=axis),
            operands=("x",),
            attrs={"axis": 0},
            callables={ufunc.accumulate: "x, axis, dtype, out"},
        )
    )


_running_extreme("maximum_accumulate", np.maximum)
_running_extreme("minimum_accumulate", np.minimum)


# differences


def _infer_diff(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if not x.rank or attrs["n"] < 0:
        raise TypeInferenceError("np.diff is of arrays, n times for n >= 0")
    at = one_axis(attrs["axis"], x.rank)
    if attrs["n"] == 0:
        return x
    ends = [array_operand(end) for end in map(given_of, operands[1:]) if end is not None]
    if any(end.rank not in (0, x.rank) for end in ends):
        raise TypeInferenceError("what is put before and behind has the rank of the array")
    dtype = str(np.result_type(x.dtype, *(end.dtype for end in ends)))
    extent = longer(x.shape[at], [end.shape[at] if end.rank else 1 for end in ends], attrs["n"])
    shape = joined_shape([with_extent(each.shape, at, 1) for each in (x, *ends) if each.rank])
    return Array(dtype, with_extent(shape, at, extent))


def _evaluate_diff(x: Any, prepend: Any = None, append: Any = None, *, n: int, axis: int) -> Any:
    given = {"prepend": prepend, "append": append}
    return np.diff(x, n, axis, **{name: end for name, end in given.items() if end is not None})


define(
    OpDef(
        name="diff",
        cost=CHEAP,
        infer=_infer_diff,
        evaluate=_evaluate_diff,
        operands=("x", "prepend?", "append?"),
        attrs={"n": 1, "axis": -1},
        callables={np.diff: "x, n, axis, prepend, append"},
    )
)


def _infer_ediff1d(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    ends = [array_operand(end) for end in map(given_of, operands[1:]) if end is not None]
    return Array(x.dtype, (longer(product_extent(x.shape), [product_extent(end.shape) for end in ends], 1),))


define(
    OpDef(
        name="ediff1d",
        infer=_infer_ediff1d,
        evaluate=lambda x, to_end=None, to_begin=None: np.ediff1d(x, to_end, to_begin),
        operands=("x", "to_end?", "to_begin?"),
        callables={np.ediff1d: "x, to_end, to_begin"},
    )
)


def _infer_gradient(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["axis"] is not None or x.rank != 1:
        one_axis(attrs["axis"], x.rank)
    if attrs["edge_order"] not in (1, 2):
        raise TypeInferenceError("edge_order is 1 or 2")
    return Array(str(np.gradient(np.ones(3, x.dtype)).dtype), x.shape)


define(
    OpDef(  # of one axis; the front end writes one for each
        name="gradient",
        infer=_infer_gradient,
        evaluate=lambda f, spacing=1.0, *, axis, edge_order: np.gradient(f, spacing, axis=axis, edge_order=edge_order),
        operands=("f", "spacing?"),
        attrs={"axis": None, "edge_order": 1},
        callables={np.gradient: "f, spacing, axis, edge_order"},
    )
)


def _infer_trapezoid(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    y, (x, dx) = array_operand(operands[0]), map(given_of, (*operands[1:], None, None)[:2])
    shape = reduce_shape(y.shape, one_axis(attrs["axis"], y.rank), False)
    points = None if x is None else np.arange(2).astype(array_operand(x).dtype)
    width = 1.0 if dx is None else sample(dx.type)
    return Array(str(np.asarray(trapezoid(np.ones(2, y.dtype), points, width, axis=0)).dtype), shape)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, *, axis: int) -> Any:
    """NumPy's, under either of its names."""
    function = getattr(np, "trapezoid", None) or np.trapz  # type: ignore[attr-defined,unused-ignore]  # of older NumPy
    return function(y, x, 1.0 if dx is None else dx, axis)


define(
    OpDef(
        name="trapezoid",
        infer=_infer_trapezoid,
        evaluate=trapezoid,
        operands=("y", "x?", "dx?"),
        attrs={"axis": -1},
        callables=numpy_names("trapezoid trapz", "y, x, dx, axis"),
    )
)


def _infer_unwrap(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    one_axis(attrs["axis"], x.rank)
    return Array(str(np.result_type(x.dtype, attrs["period"])), x.shape)


define(
    OpDef(
        name="unwrap",
        infer=_infer_unwrap,
        evaluate=lambda p, discont, axis, period: np.unwrap(p, discont, axis, period=period),
        operands=("p",),
        attrs={"discont": None, "axis": -1, "period": 2 * np.pi},
        callables={np.unwrap: "p, discont, axis, period"},
    )
)
