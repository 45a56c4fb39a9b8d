"""The discrete Fourier transforms of `np.fft`, along one axis and along several.

A length `n` and a shape `s` are operands, since they are often read off another array: `irfft(y, n=len(x))`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.extents import extent_of, extents_of, is_integer
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, normalize_axes
from adjoint.ir.types import MANY, Array, Dim, Sym, Tuple, Type, is_complex, may_be_one

Along = Callable[[Dim], Dim]
"""The extent of a result from the length of a transform."""

REAL_INPUT = frozenset({"rfft", "ihfft", "rfft2", "rfftn"})
"""Transforms of real numbers: NumPy raises for complex ones."""

_dtypes: dict[tuple[Any, str], str] = {}


def is_none(value: Value) -> bool:
    """Whether the operand is the constant None, which stands for what is left out."""
    return is_const(value) and const_of(value) is None


def given(operands: Sequence[Value]) -> Value | None:
    """The length or shape of a transform; None where it is that of the array."""
    return operands[1] if len(operands) > 1 and not is_none(operands[1]) else None


def half(length: Dim) -> Dim:
    """How many frequencies a real signal of that length has."""
    if isinstance(length, int):
        return length // 2 + 1
    if length == MANY:
        return MANY
    return None if length is None else Sym(f"({str(length).rstrip('?')})//2+1", 0, may_be_one(length))


def doubled(count: Dim) -> Dim:
    """The length of the real signal with that many frequencies: even, unless said otherwise."""
    return 2 * (count - 1) if isinstance(count, int) else MANY


def _same(length: Dim) -> Dim:
    return length


def _operand(name: str, value: Value) -> Array:
    x = array_operand(value)
    if not x.rank:
        raise TypeInferenceError(f"{name} takes arrays, not numbers")
    if name in REAL_INPUT and is_complex(x):
        raise TypeInferenceError(f"{name} takes real numbers")
    return x


def _dtype(function: Callable[..., Any], x: Array) -> str:
    key = function, x.dtype
    if key not in _dtypes:
        _dtypes[key] = str(function(np.ones((2,) * max(x.rank, 2), x.dtype)).dtype)
    return _dtypes[key]


def _check_norm(attrs: Mapping[str, Any]) -> None:
    if attrs["norm"] not in (None, "backward", "ortho", "forward"):
        raise TypeInferenceError(f"norm={attrs['norm']!r} is not 'backward', 'ortho' or 'forward'")


def _single(name: str, along: Along, default: Along) -> None:
    """A transform along one axis. `along` gives the extent of the result, `default` the length if it is not given."""
    function = getattr(np.fft, name)

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        _check_norm(attrs)
        x = _operand(name, operands[0])
        (axis,) = normalize_axes(attrs["axis"], x.rank)
        length = given(operands)
        if length is not None and not is_integer(length):
            raise TypeInferenceError(f"the length n of {name} is an int, not {length.type}")
        n = default(x.shape[axis]) if length is None else extent_of(length)
        return Array(_dtype(function, x), (*x.shape[:axis], along(n), *x.shape[axis + 1 :]))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda a, n=None, *, axis, norm: function(a, n, axis, norm),
            operands=("a", "n?"),
            attrs={"axis": -1, "norm": None},
            callables={function: "a, n, axis, norm, out"},
        )
    )


_single("fft", _same, _same)
_single("ifft", _same, _same)
_single("rfft", half, _same)
_single("irfft", _same, doubled)
_single("hfft", _same, doubled)
_single("ihfft", half, _same)


def axes_of(rank: int, axes: Any, count: int | None) -> tuple[int, ...]:
    """The axes that a transform goes along, none counted from the end. Raises TypeInferenceError."""
    if axes is None:
        axes = tuple(range(rank)) if count is None else tuple(range(rank - count, rank))
    normalize_axes(tuple(axes), rank)  # raises for one that is not there
    chosen = tuple(axis % rank for axis in axes)  # in the order given: the last one counts
    if not chosen or len(set(chosen)) < len(chosen):
        raise TypeInferenceError(f"axes {axes} must name at least one axis, each once")
    if count is not None and count != len(chosen):
        raise TypeInferenceError(f"{count} lengths for {len(chosen)} axes")
    return chosen


def count_of(shape: Value | None) -> int | None:
    """How many lengths are given."""
    if shape is None:
        return None
    if isinstance(shape.type, Tuple):
        return len(shape.type.items)
    held = const_of(shape) if is_const(shape) else None
    if not isinstance(held, tuple):
        raise TypeInferenceError(f"the shape s is a tuple of ints, not {shape.type}")
    return len(held)


def _several(name: str, last: Along, default: Along, axes: Any) -> None:
    """A transform along several axes; the last of them may have another extent."""
    function = getattr(np.fft, name)

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        _check_norm(attrs)
        x = _operand(name, operands[0])
        shape = given(operands)
        chosen = axes_of(x.rank, attrs["axes"], count_of(shape))
        if shape is not None:
            lengths: Shape = extents_of([shape])
        else:
            lengths = (*(x.shape[axis] for axis in chosen[:-1]), default(x.shape[chosen[-1]]))
        dims = list(x.shape)
        for axis, length in zip(chosen, lengths):
            dims[axis] = length
        dims[chosen[-1]] = last(lengths[-1])
        return Array(_dtype(function, x), tuple(dims))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=lambda a, s=None, *, axes, norm: function(a, s, axes, norm) if axes else function(a, s, norm=norm),
            operands=("a", "s?"),
            attrs={"axes": axes, "norm": None},
            callables={function: "a, s, axes, norm, out"},
        )
    )


for _suffix, _axes in (("2", (-2, -1)), ("n", None)):
    _several(f"fft{_suffix}", _same, _same, _axes)
    _several(f"ifft{_suffix}", _same, _same, _axes)
    _several(f"rfft{_suffix}", half, _same, _axes)
    _several(f"irfft{_suffix}", _same, doubled, _axes)


def _infer_shifted(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    normalize_axes(attrs["axes"], x.rank)
    return x


for _shift in (np.fft.fftshift, np.fft.ifftshift):
    define(
        OpDef(
            name=_shift.__name__,
            infer=_infer_shifted,
            evaluate=_shift,
            operands=("x",),
            attrs={"axes": None},
            callables={_shift: "x, axes"},
        )
    )


def _frequencies(name: str, along: Along) -> None:
    function = getattr(np.fft, name)

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        if len(operands) > 1 and (array_operand(operands[1]).rank or is_complex(operands[1].type)):
            raise TypeInferenceError(f"the spacing d of {name} is a real number")
        return Array("float64", (along(extent_of(operands[0])),))

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=function,
            operands=("n", "d?"),
            callables={function: "n, d"},
        )
    )


_frequencies("fftfreq", _same)
_frequencies("rfftfreq", half)
