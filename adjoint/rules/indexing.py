"""Reads scatter their cotangent back; writes split it between what was there and what was written."""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import Value
from adjoint.ir.types import Array, Scalar, rank_of
from adjoint.rules.expr import Expr
from adjoint.rules.registry import RuleMissing, composite, linear


def _values(index: tuple[Expr, ...]) -> list[Value]:
    return [item.value for item in index]


def only_adds_axes(spec: Any) -> bool:
    """Whether an index such as `x[:, None]` reads every element once, in order."""
    return all(entry in ("new", "...") or entry == ("slice", False, False, False) for entry in spec)


@linear("index", wrt=(0,))
def index(y_bar: Expr, x: Expr, *index: Expr, spec: Any) -> Any:
    """Elements read twice get both cotangents."""
    if only_adds_axes(spec):
        return y_bar[tuple(0 if entry == "new" else ... if entry == "..." else slice(None) for entry in spec)]
    return y_bar.emit("index_add", x.emit("zeros_like", x), y_bar, *_values(index), spec=spec)


@linear("index_add", wrt=(0, 1))
def index_add(y_bar: Expr, x: Expr, value: Expr, *index: Expr, spec: Any) -> Any:
    return y_bar, lambda: part_of(y_bar, value, index, spec)


@linear("index_set", wrt=(0, 1))
def index_set(y_bar: Expr, x: Expr, value: Expr, *index: Expr, spec: Any) -> Any:
    """What was overwritten gets nothing."""

    def written() -> Expr:
        if "array" in spec:
            raise RuleMissing("index_set", "a write at an array of indices may write an element twice")
        return part_of(y_bar, value, index, spec)

    return lambda: y_bar.emit("index_set", y_bar, 0.0, *_values(index), spec=spec), written


def part_of(y_bar: Expr, value: Expr, index: tuple[Expr, ...], spec: Any) -> Expr:
    """The cotangent of what was written, summed to its shape."""
    part = y_bar.emit("index", y_bar, *_values(index), spec=spec)
    if isinstance(value.type, Scalar) or value.ndim == 0:
        return part.sum() if part.ndim else part
    if rank_of(value.type) == part.ndim and all(isinstance(d, int) and d != 1 for d in value.dims):
        return part
    same = value.dims == part.dims and None not in value.dims
    return part if same else part.emit("unbroadcast", part, value)


@composite("take")
def take(x: Expr, indices: Expr, *, axis: Any) -> Any:
    """Indexing along one axis."""
    if axis is None and x.ndim != 1:
        raise RuleMissing("take", "without an axis only vectors are supported")
    item = "int" if isinstance(indices.type, Scalar | Array) and indices.ndim == 0 else "array"
    before = (("slice", False, False, False),) * ((axis or 0) % max(x.ndim, 1))
    return x.emit("index", x, indices, spec=(*before, item))
