"""Fourier transforms are linear: each rule is the transpose, which is a transform again.

The matrix of `fft`, s * exp(-2 pi i j k / n), is symmetric, and so is that of `ifft`; the factor s of `norm` stays. A
transform of another length than the array's first pads it with zeros or cuts it off; the transpose cuts or pads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.core import const_of, is_const
from adjoint.ir.ops.fft import axes_of, count_of, is_none
from adjoint.ir.types import dtype_of, same_dim
from adjoint.rules.complexes import conjugate
from adjoint.rules.expr import Expr, extent, index_spec
from adjoint.rules.registry import composite, linear, partials

_DUAL = {None: "forward", "backward": "forward", "forward": None, "ortho": "ortho"}
"""The norm under which the inverse transform has the other's factor."""


def _resized(x_bar: Expr, x: Expr, length: Expr | None, *axes: int) -> Expr:
    """The cotangent of an array that was padded or cut off along axes, if a length was given."""
    changed = [at % x.ndim for at in axes if not same_dim(x_bar.dims[at], x.dims[at])]
    if length is None or is_none(length.value) or not changed:
        return x_bar
    part = x_bar[_until(x, changed)]
    if all(_is_shorter(x, x_bar, at) for at in changed):
        return part
    start = x.emit("zeros_like", x, dtype=np.dtype(dtype_of(x_bar.type)).type)
    spec, lengths = index_spec(x.builder, _until(x_bar, changed))
    return x.emit("index_set", start, part, *lengths, spec=spec)


def _until(x: Expr, axes: list[int]) -> tuple[slice, ...]:
    """The index of what is no longer than `x` along some axes."""
    return tuple(slice(None, extent(x, at)) if at in axes else slice(None) for at in range(max(axes) + 1))


def _is_shorter(x: Expr, other: Expr, at: int) -> bool:
    one, two = x.dims[at], other.dims[at]
    return isinstance(one, int) and isinstance(two, int) and one < two


@linear("fft", wrt=(0,))
def fft(y_bar: Expr, x: Expr, n: Expr | None = None, *, axis: Any, norm: Any) -> Any:
    return _resized(y_bar.emit("fft", y_bar, axis=axis, norm=norm), x, n, axis)


@linear("ifft", wrt=(0,))
def ifft(y_bar: Expr, x: Expr, n: Expr | None = None, *, axis: Any, norm: Any) -> Any:
    return _resized(y_bar.emit("ifft", y_bar, axis=axis, norm=norm), x, n, axis)


@linear("rfft", wrt=(0,))
def rfft(y_bar: Expr, x: Expr, n: Expr | None = None, *, axis: Any, norm: Any) -> Any:
    """Half of the rows of `fft`: the cotangents of the others are zero."""
    length = extent(x, axis) if n is None or is_none(n.value) else n
    return _resized(y_bar.emit("fft", y_bar, length, axis=axis, norm=norm), x, n, axis)


@linear("irfft", wrt=(0,))
def irfft(y_bar: Expr, x: Expr, n: Expr | None = None, *, axis: Any, norm: Any) -> Any:
    """`ifft` of the frequencies and of their conjugates, whose sum is twice the real part.

    The first frequency, and for an even length the last one, have no conjugate beside them.
    """
    at = axis % x.ndim
    length = extent(y_bar, at)
    half = y_bar.emit("ihfft", y_bar, axis=axis, norm=norm)
    count = half.dims[at] if isinstance(half.dims[at], int) else length // 2 + 1
    weight = half.emit("full", count, 2.0)
    weight = weight.emit("index_set", weight, 1.0, 0, spec=("int",))
    weight = weight.emit("index_set", weight, 1.0, (length + 1) // 2, spec=(("slice", True, False, False),))
    weight.value.name = "weight"
    if at < x.ndim - 1:
        weight = weight[(slice(None), *[None] * (x.ndim - 1 - at))]
    return _resized(weight * half, x, n, axis)


@composite("hfft")
def hfft(x: Expr, n: Expr | None = None, *, axis: Any, norm: Any) -> Any:
    rest = () if n is None else (n,)
    return x.emit("irfft", conjugate(x), *rest, axis=axis, norm=_DUAL[norm])


@composite("ihfft")
def ihfft(x: Expr, n: Expr | None = None, *, axis: Any, norm: Any) -> Any:
    rest = () if n is None else (n,)
    return conjugate(x.emit("rfft", x, *rest, axis=axis, norm=_DUAL[norm]))


# along several axes


def _axes(x: Expr, s: Expr | None, axes: Any) -> tuple[int, ...]:
    return axes_of(x.ndim, axes, None if s is None or is_none(s.value) else count_of(s.value))


@linear("fftn", "ifftn", "fft2", "ifft2", wrt=(0,))
def fftn(y_bar: Expr, x: Expr, s: Expr | None = None, *, axes: Any, norm: Any, op: str) -> Any:
    chosen = _axes(x, s, axes)
    along = chosen if axes is None and len(chosen) < x.ndim else axes
    x_bar = y_bar.emit(op, y_bar, axes=along, norm=norm)
    return _resized(x_bar, x, s, *chosen)


@composite("rfftn", "rfft2")
def rfftn(x: Expr, s: Expr | None = None, *, axes: Any, norm: Any) -> Any:
    """`rfft` along the last axis, `fft` along the others."""
    *others, last = _axes(x, s, axes)
    y = x.emit("rfft", x, *_length(s, -1), axis=last, norm=norm)
    return _each("fft", y, s, others, norm)


@composite("irfftn", "irfft2")
def irfftn(x: Expr, s: Expr | None = None, *, axes: Any, norm: Any) -> Any:
    """`ifft` along all axes but the last one, then `irfft`."""
    *others, last = _axes(x, s, axes)
    y = _each("ifft", x, s, others, norm)
    return y.emit("irfft", y, *_length(s, -1), axis=last, norm=norm)


def _each(op: str, x: Expr, s: Expr | None, axes: list[int], norm: Any) -> Expr:
    """A transform along each of the axes, to the lengths that are given."""
    if axes and (s is None or is_none(s.value)):
        alone = len(axes) == 1
        return x.emit(op, x, axis=axes[0], norm=norm) if alone else x.emit(f"{op}n", x, axes=tuple(axes), norm=norm)
    for number, axis in enumerate(axes):
        x = x.emit(op, x, *_length(s, number), axis=axis, norm=norm)
    return x


def _length(s: Expr | None, number: int) -> tuple[Any, ...]:
    """One of the lengths, if they are given."""
    if s is None or is_none(s.value):
        return ()
    value = s.value
    if is_const(value):
        return (const_of(value)[number],)
    if value.op is not None and value.op.opcode == "tuple":
        return (value.op.operands[number],)
    return (s.emit("getitem", s, index=number % (count_of(value) or 1)),)


# order and frequencies


@linear("fftshift", lazy="moves")
def fftshift(y_bar: Expr, x: Expr, *, axes: Any) -> Any:
    return y_bar.emit("ifftshift", y_bar, axes=axes)


@linear("ifftshift", lazy="moves")
def ifftshift(y_bar: Expr, x: Expr, *, axes: Any) -> Any:
    return y_bar.emit("fftshift", y_bar, axes=axes)


@partials("fftfreq", "rfftfreq")
def fftfreq(n: Expr, d: Expr | None = None, *, y: Expr) -> Any:
    """Whole numbers over n d."""
    return (None, -y / d) if d is not None else None
