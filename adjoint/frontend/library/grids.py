"""NumPy's objects that are only ever indexed: `np.r_[x, 1.0]`, `np.c_[x, y]`, `np.mgrid[0:n, 0:m]`, `np.ogrid[0:n]`."""

from __future__ import annotations

import math
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.context import Context
from adjoint.frontend.library.shaping import array
from adjoint.ir.core import Value
from adjoint.ir.extents import is_integer
from adjoint.ir.ops.indexing import WHOLE_AXIS
from adjoint.ir.types import Scalar, Static, dtype_of, rank_of


def is_grid(held: Any) -> bool:
    """Whether an object is one of these."""
    return any(held is each for each in (np.r_, np.c_, np.mgrid, np.ogrid))


def read(ctx: Context, node: Any, held: Any) -> Value:
    """The value of a subscript of one of these objects."""
    is_tuple = isinstance(node.slice, gast.Tuple)
    parts = node.slice.elts if is_tuple else [node.slice]
    if held is np.r_ or held is np.c_:
        return _joined(ctx, node, parts, as_columns=held is np.c_)
    vectors = [_steps(ctx, part) for part in parts]
    if not is_tuple:
        return vectors[0]
    if any(dtype_of(vector.type) != dtype_of(vectors[0].type) for vector in vectors):
        raise _refuse(ctx, node, "some axes have ints and others have floats")
    rank = len(vectors)
    specs = [tuple(WHOLE_AXIS if axis == each else "new" for axis in range(rank)) for each in range(rank)]
    upright = [ctx.emit(node, "index", vector, spec=spec) for vector, spec in zip(vectors, specs)]
    if held is np.ogrid:
        return ctx.pack(upright)
    shape = ctx.pack_data([ctx.emit(node, "size", vector) for vector in vectors])
    return ctx.emit(node, "stack", *(ctx.emit(node, "broadcast_to", each, shape) for each in upright))


def _refuse(ctx: Context, node: Any, why: str) -> AdjointError:
    return ctx.refuse(
        node,
        f"`{ctx.captured.source.segment(node)}` is not supported",
        why=why,
        fix="write it with `np.arange`, `np.linspace`, `np.concatenate` or `np.stack`",
        kind=NoRule,
    )


def _bounds(ctx: Context, part: Any) -> tuple[Value, Value, Value | None]:
    if not isinstance(part, gast.Slice) or part.upper is None:
        raise _refuse(ctx, part, "an axis of a grid is written `start:stop` or `start:stop:step`")
    start = ctx.const(0) if part.lower is None else ctx.data(part, ctx.expression(part.lower))
    step = None if part.step is None else ctx.data(part, ctx.expression(part.step))
    return start, ctx.data(part, ctx.expression(part.upper)), step


def _steps(ctx: Context, part: Any) -> Value:
    """The numbers along an axis of a grid; a complex step, such as `5j`, is a number of points."""
    start, stop, step = _bounds(ctx, part)
    if all(each is None or is_integer(each) for each in (start, stop, step)):
        return _range(ctx, part, start, stop, step)
    if step is not None and isinstance(step.type, Scalar) and step.type.kind == "complex" and ctx.is_static(step):
        count = int(abs(ctx.static(step)))
        width = ctx.emit(part, "sub", stop, start)
        step = ctx.emit(part, "truediv", width, ctx.const(float(count - 1))) if count != 1 else ctx.const(1)
    elif all(each is None or ctx.is_static(each) for each in (start, stop, step)):
        distance = 1 if step is None else ctx.static(step)
        count = math.ceil((ctx.static(stop) - ctx.static(start)) / distance)
        step = ctx.const(distance)
    else:
        raise _refuse(ctx, part, "how many points there are is not known now")
    return ctx.emit(part, "add", ctx.emit(part, "mul", ctx.emit(part, "arange", ctx.const(count)), step), start)


def _range(ctx: Context, part: Any, start: Value, stop: Value, step: Value | None) -> Value:
    if step is not None:
        return ctx.emit(part, "arange", start, stop, step)
    if ctx.is_static(start) and ctx.static(start) == 0:
        return ctx.emit(part, "arange", stop)
    return ctx.emit(part, "arange", start, stop)


def _joined(ctx: Context, node: Any, parts: list[Any], *, as_columns: bool) -> Value:
    arrays = [_item(ctx, part) for part in parts]
    ranks = {rank_of(x.type) for x in arrays}
    if any(isinstance(x.type, Static) for x in arrays):
        raise _refuse(ctx, node, "a string says along which axis the arrays are joined")
    narrow = any(dtype_of(x.type) in ("float32", "float16") for x in arrays)
    if narrow and any(isinstance(x.type, Scalar) for x in arrays):
        raise _refuse(ctx, node, "numbers of Python take the precision of the arrays here")
    if as_columns and max(ranks) <= 2:
        return ctx.emit(node, "column_stack", *arrays)
    if not as_columns and max(ranks) <= 1:
        return ctx.emit(node, "hstack", *arrays)
    if not as_columns and len(ranks) == 1:
        return ctx.emit(node, "concatenate", *arrays)
    raise _refuse(ctx, node, "the arrays have different numbers of dimensions")


def _item(ctx: Context, part: Any) -> Value:
    if not isinstance(part, gast.Slice):
        return array(ctx, part, ctx.expression(part))
    start, stop, step = _bounds(ctx, part)
    if step is not None and isinstance(step.type, Scalar) and step.type.kind == "complex" and ctx.is_static(step):
        return ctx.emit(part, "linspace", start, stop, ctx.const(int(abs(ctx.static(step)))))
    return _range(ctx, part, start, stop, step)
