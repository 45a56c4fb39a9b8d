"""Operations that give an array another shape or order of axes, and copies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import extents_of, product_extent, quotient_extent
from adjoint.ir.ops.creation import dtype_name
from adjoint.ir.ops.elementwise import numpy_names
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import CHEAP, FREE, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast, normalize_axes
from adjoint.ir.types import INT, Array, List, Tuple, Type, is_numeric, may_be_one


def _infer_shape(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return Tuple((INT,) * array_operand(operands[0]).rank)


define(
    OpDef(
        name="shape",
        infer=_infer_shape,
        evaluate=np.shape,
        operands=("x",),
        callables={np.shape: "x"},
        cost=FREE,
    )
)


def _infer_int(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    array_operand(operands[0])
    return INT


define(OpDef(name="size", infer=_infer_int, evaluate=np.size, operands=("x",), callables={np.size: "x"}, cost=FREE))
define(OpDef(name="ndim", infer=_infer_int, evaluate=np.ndim, operands=("x",), callables={np.ndim: "x"}, cost=FREE))


def _infer_reshape(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["order"] != "C":
        raise TypeInferenceError("only order='C' is supported")
    shape = extents_of(operands[1:], unknown=True)
    if shape.count(None) == 1:
        rest = product_extent([dim for dim in shape if dim is not None])
        left = quotient_extent(product_extent(x.shape), rest)
        shape = tuple(left if dim is None else dim for dim in shape)
    return Array(x.dtype, shape)


define(
    OpDef(
        name="reshape",
        infer=_infer_reshape,
        evaluate=lambda x, *dims, order: np.reshape(x, dims[0] if len(dims) == 1 else dims),
        operands=("x", "*dims"),
        attrs={"order": "C"},
        callables={np.reshape: "x, *dims"},
        methods={"reshape": "*dims"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_ravel(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["order"] != "C":
        raise TypeInferenceError("only order='C' is supported")
    return Array(x.dtype, (product_extent(x.shape),))


define(
    OpDef(
        name="ravel",
        infer=_infer_ravel,
        evaluate=lambda x, order: np.ravel(x),
        operands=("x",),
        attrs={"order": "C"},
        callables={np.ravel: "x, order"},
        methods={"ravel": "order"},
        cost=FREE,
        fresh=False,
    )
)
define(
    OpDef(
        name="flatten",
        infer=_infer_ravel,
        evaluate=lambda x, order: np.array(x).flatten(),
        operands=("x",),
        attrs={"order": "C"},
        methods={"flatten": "order"},
    )
)


def _infer_transpose(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    axes = attrs["axes"]
    if axes is None:
        return Array(x.dtype, x.shape[::-1])
    if len(axes) != x.rank or normalize_axes(tuple(axes), x.rank) != tuple(range(x.rank)):
        raise TypeInferenceError(f"axes {axes} are not a permutation of {x.rank} dimensions")
    return Array(x.dtype, tuple(x.shape[axis] for axis in axes))


define(
    OpDef(
        name="transpose",
        infer=_infer_transpose,
        evaluate=lambda x, axes: np.transpose(x, axes),
        operands=("x",),
        attrs={"axes": None},
        callables=numpy_names("transpose permute_dims", "x, axes"),
        methods={"transpose": "*axes"},
        cost=FREE,
        fresh=False,
    )
)


def _one_axis(axis: Any, rank: int) -> int:
    """An axis that must be given, counted from the front."""
    if not isinstance(axis, int):
        raise TypeInferenceError(f"an axis is an int, not {axis!r}")
    return normalize_axes(axis, rank)[0]


def _infer_swapaxes(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    a, b = (_one_axis(attrs[name], x.rank) for name in ("axis1", "axis2"))
    shape = list(x.shape)
    shape[a], shape[b] = shape[b], shape[a]
    return Array(x.dtype, tuple(shape))


define(
    OpDef(
        name="swapaxes",
        infer=_infer_swapaxes,
        evaluate=lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2),
        operands=("x",),
        attrs={"axis1": None, "axis2": None},
        callables={np.swapaxes: "x, axis1, axis2"},
        methods={"swapaxes": "axis1, axis2"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_moveaxis(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    source, target = (_one_axis(attrs[name], x.rank) for name in ("source", "destination"))
    shape = [dim for axis, dim in enumerate(x.shape) if axis != source]
    shape.insert(target, x.shape[source])
    return Array(x.dtype, tuple(shape))


define(
    OpDef(
        name="moveaxis",
        infer=_infer_moveaxis,
        evaluate=lambda x, source, destination: np.moveaxis(x, source, destination),
        operands=("x",),
        attrs={"source": None, "destination": None},
        callables={np.moveaxis: "x, source, destination"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_squeeze(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["axis"] is None:
        if any(may_be_one(dim) and dim != 1 for dim in x.shape):
            raise TypeInferenceError(f"which dimensions of {x} are 1 is not known: give squeeze its axis")
        return Array(x.dtype, tuple(dim for dim in x.shape if dim != 1))
    axes = normalize_axes(attrs["axis"], x.rank)
    return Array(x.dtype, tuple(dim for axis, dim in enumerate(x.shape) if axis not in axes))


define(
    OpDef(
        name="squeeze",
        infer=_infer_squeeze,
        evaluate=lambda x, axis: np.squeeze(x, axis),
        operands=("x",),
        attrs={"axis": None},
        callables={np.squeeze: "x, axis"},
        methods={"squeeze": "axis"},
        cost=FREE,
        fresh=False,
    )
)


def new_axes(axis: Any, rank: int) -> tuple[int, ...]:
    """The positions in the result of `expand_dims`, sorted."""
    if axis is None:
        raise TypeInferenceError("expand_dims needs an axis")
    given = axis if isinstance(axis, tuple) else (axis,)
    return normalize_axes(tuple(given), rank + len(given))


def _infer_expand_dims(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    shape = list(x.shape)
    for axis in new_axes(attrs["axis"], x.rank):
        shape.insert(axis, 1)
    return Array(x.dtype, tuple(shape))


define(
    OpDef(
        name="expand_dims",
        infer=_infer_expand_dims,
        evaluate=lambda x, axis: np.expand_dims(x, axis),
        operands=("x",),
        attrs={"axis": None},
        callables={np.expand_dims: "x, axis"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_atleast(rank: int) -> Any:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        return Array(x.dtype, (1,) * max(rank - x.rank, 0) + x.shape)

    return infer


_atleast: dict[int, Callable[..., Any]] = {1: np.atleast_1d, 2: np.atleast_2d}
for _rank, _function in _atleast.items():
    define(
        OpDef(
            name=f"atleast_{_rank}d",
            infer=_infer_atleast(_rank),
            evaluate=_function,
            operands=("x",),
            callables={_function: "x"},
            cost=FREE,
            fresh=False,
        )
    )


def _infer_broadcast_to(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    shape = extents_of(operands[1:])
    if x.rank > len(shape):
        raise TypeInferenceError(f"{x} has too many dimensions to broadcast to {len(shape)}")
    broadcast(x.shape, shape)
    return Array(x.dtype, shape)


define(
    OpDef(
        name="broadcast_to",
        infer=_infer_broadcast_to,
        evaluate=np.broadcast_to,
        operands=("x", "shape"),
        callables={np.broadcast_to: "x, shape"},
        fresh=False,
    )
)


def _infer_same(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return array_operand(operands[0])


define(
    OpDef(
        name="flip",
        infer=_infer_same,
        evaluate=lambda x, axis: np.flip(x, axis),
        operands=("x",),
        attrs={"axis": None},
        callables={np.flip: "x, axis"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_copy(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    return t if isinstance(t, List) else array_operand(operands[0])


define(
    OpDef(
        name="copy",
        infer=_infer_copy,
        evaluate=lambda x: list(x) if isinstance(x, list) else np.copy(x),
        operands=("x",),
        callables={np.copy: "x, order"},
        methods={"copy": "order"},
        cost=CHEAP,
    )
)


def _infer_astype(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if attrs["dtype"] is None:
        raise TypeInferenceError("astype needs a dtype")
    dtype = dtype_name(attrs["dtype"])
    if not is_numeric(x) or (x.dtype.startswith("complex") and not dtype.startswith("complex")):
        raise TypeInferenceError(f"astype({dtype}) would drop the imaginary part")
    return Array(dtype, x.shape)


define(
    OpDef(
        name="astype",
        infer=_infer_astype,
        evaluate=lambda x, dtype: np.asarray(x).astype(dtype),
        operands=("x",),
        attrs={"dtype": None},
        callables=numpy_names("astype", "x, dtype"),
        methods={"astype": "dtype"},
        cost=CHEAP,
    )
)
