"""Filters of `scipy.ndimage`. With zeros beyond the border the transpose is the filter turned round.

Where the array goes on in another way, what comes in from beyond the border is added to the elements that stand there.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.ops.scipy_ndimage import OTHER_NAMES, PADDING
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import RuleMissing, composite, pullback, pushforward


def _transposed(y_bar: Expr, axis: int, mode: str, width: Any, turned: Callable[[Expr], Expr]) -> Expr:
    """The transpose along one axis. `turned` is that with zeros beyond the border, of which `width` count at most."""
    mode = OTHER_NAMES.get(mode, mode)
    if mode == "constant":
        return turned(y_bar)
    at = axis % y_bar.ndim
    both = y_bar.emit("tuple", width, width)
    widths = [both if number == at else y_bar.emit("tuple", 0, 0) for number in range(y_bar.ndim)]
    longer = turned(y_bar.emit("pad", y_bar, both if y_bar.ndim == 1 else y_bar.emit("tuple", *widths)))
    places = y_bar.emit("arange", extent(y_bar, at))
    places = places.emit("pad", places, both, mode=PADDING[mode])
    zeros = y_bar.emit("zeros_like", y_bar)
    spec = (*[("slice", False, False, False)] * at, "array")
    return zeros.emit("index_add", zeros, longer, places, spec=spec)


def _no_weights() -> Expr:
    raise RuleMissing("ndimage_correlate1d", "the derivative in the weights has no rule", "use `scipy.signal.convolve`")


def _count(weights: Expr) -> Any:
    known = array_operand(weights.value).shape[0]
    return known if isinstance(known, int) else weights.size


def _weighted(name: str, turned: str) -> None:
    @pullback(name)
    def back(y_bar: Expr, x: Expr, weights: Expr, *, axis: Any, mode: Any, origin: Any) -> Any:
        same = {"axis": axis, "origin": origin, "mode": "constant"}
        share = lambda: _transposed(y_bar, axis, mode, _count(weights), lambda z: z.emit(turned, z, weights, **same))
        return share, _no_weights

    @pushforward(name)
    def forth(tangents: Any, x: Expr, weights: Expr, *, axis: Any, mode: Any, origin: Any) -> Any:
        if tangents[1] is not None:
            _no_weights()
        return x.emit(name, tangents[0], weights, axis=axis, origin=origin, mode=mode)


_weighted("ndimage_correlate1d", "ndimage_convolve1d")
_weighted("ndimage_convolve1d", "ndimage_correlate1d")


@composite("ndimage_uniform_filter1d")
def uniform_filter1d(x: Expr, *, size: Any, axis: Any, mode: Any, cval: Any, origin: Any) -> Any:
    weights = x.emit("full", size, 1 / size)
    return x.emit("ndimage_correlate1d", x, weights, axis=axis, mode=mode, cval=cval, origin=origin)


@pullback("ndimage_gaussian_filter1d")
def gaussian_filter1d(y_bar: Expr, x: Expr, *, sigma: Any, axis: Any, order: Any, mode: Any, truncate: Any) -> Any:
    """Even derivatives of the bell are even, odd ones odd."""
    same = {"sigma": sigma, "axis": axis, "order": order, "truncate": truncate, "mode": "constant"}
    radius = int(truncate * float(sigma) + 0.5)
    filtered = lambda z: z.emit("ndimage_gaussian_filter1d", z, **same)
    share = _transposed(y_bar, axis, mode, radius, filtered)
    return -share if order % 2 else share


@pushforward("ndimage_gaussian_filter1d")
def gaussian_filter1d_dot(
    tangents: Any, x: Expr, *, sigma: Any, axis: Any, order: Any, mode: Any, truncate: Any
) -> Any:
    same = {"sigma": sigma, "axis": axis, "order": order, "truncate": truncate, "mode": mode}
    return x.emit("ndimage_gaussian_filter1d", tangents[0], **same)


def _numbers(given: Any, count: int) -> list[Any]:
    return list(given) if isinstance(given, tuple | list) else [given] * count


@composite("ndimage_gaussian_filter")
def gaussian_filter(x: Expr, *, sigma: Any, order: Any, mode: Any, cval: Any, truncate: Any) -> Any:
    """Along one axis after the other; SciPy leaves out axes with a width of (almost) zero."""
    for axis, (width, degree) in enumerate(zip(_numbers(sigma, x.ndim), _numbers(order, x.ndim))):
        if width > 1e-15:
            same = {"axis": axis, "order": degree, "mode": mode, "cval": cval, "truncate": truncate}
            x = x.emit("ndimage_gaussian_filter1d", x, sigma=width, **same)
    return x
