"""Rows for reductions under masks, running results, statistics."""

from __future__ import annotations

import numpy as np

from tests.rules.rows import Const, arrays, row

_X, _M, _T = arrays(5, low=0.5, high=2), arrays(3, 4, low=0.5, high=2), arrays(2, 3, 4, low=0.5, high=2, seed=1)
_NANS = np.array([[1.0, np.nan, 2.0, 0.5], [np.nan, 0.7, 1.5, 2.5], [0.9, 1.1, np.nan, 1.9]])
_SET = np.array([[True, False, True, True], [False, True, True, False], [True, True, True, True]])
_NONE = Const(None)

for _name in ("sum", "prod", "max", "min", "nansum", "nanprod", "nanmax", "nanmin"):
    _clean = _M if not _name.startswith("nan") else _NANS
    row(_name, _clean, 0.7)
    row(_name, _clean, Const(0.25), _SET, axis=1)
    row(_name, _clean, 5.5 if _name.endswith("max") else 0.3, _SET, axis=0, keepdims=True)
    row(_name, _clean, Const(1.5), _SET[:, :1], axis=(0, 1))
for _name in ("sum", "prod", "nansum", "nanprod"):
    row(_name, _M, _NONE, _SET)
    row(_name, _M, _NONE, _SET[0], axis=1)
    row(_name, _M, dtype=np.float64)
for _name in ("mean", "var", "std", "nanmean", "nanvar", "nanstd"):
    for _x in (_M,) if not _name.startswith("nan") else (_M, _NANS):
        row(_name, _x, _SET)
        row(_name, _x, _SET, axis=1)
        row(_name, _x, _SET, axis=0, keepdims=True)
        row(_name, _x, Const(True), axis=0)
    if _name.startswith("nan"):
        for _axis in (None, 0, 1, (0, 1)):
            row(_name, _NANS, axis=_axis)
            row(_name, _NANS, axis=_axis, keepdims=True)
for _name in ("var", "std", "nanvar", "nanstd"):
    row(_name, _M, correction=1)
    row(_name, _M, _SET, axis=1, ddof=1)
    row(_name, _T, axis=(0, 2), ddof=1)
for _name in ("nansum", "nanprod", "nanmax", "nanmin"):
    row(_name, _NANS)
    row(_name, _NANS, axis=0)
    row(_name, _NANS, axis=1, keepdims=True)
row("prod", np.array([2.0, 0.0, 3.0]), 1.5)
row("logaddexp_reduce", _X)
row("logaddexp_reduce", _T, axis=1)
row("logaddexp_reduce", _T, axis=None, keepdims=True)

for _name in ("cumsum", "cumprod", "nancumsum", "nancumprod"):
    row(_name, _M, axis=1, dtype=np.float64)
    row(_name, _NANS if _name.startswith("nan") else _M, axis=None)
    row(_name, _NANS if _name.startswith("nan") else _M, axis=0)
row("cumprod", np.array([[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]), axis=1)
row("cumprod", np.array([[2.0, 0.0, 3.0], [1.0, 2.0, 0.0]]), axis=0)
for _name in ("cumulative_sum", "cumulative_prod"):
    row(_name, _X)
    row(_name, _X, include_initial=True)
    row(_name, _T, axis=1, include_initial=True)
    row(_name, _T, axis=-1)
for _name in ("maximum_accumulate", "minimum_accumulate"):
    row(_name, _X)
    row(_name, _M, axis=1)
    row(_name, _T, axis=0)
for _n in (0, 2, 3):
    row("diff", _M, n=_n)
    row("diff", _T, n=_n, axis=1)
row("diff", _X, 0.5)
row("diff", _X, Const(0.0), 1.5, n=2)
row("diff", _X, _NONE, arrays(2))
row("diff", _M, arrays(3, 2), 1.5, axis=1)
row("diff", _M, Const(0.0), axis=0)
row("ediff1d", _X)
row("ediff1d", _M, 0.5, arrays(2))
row("ediff1d", _X, _NONE, Const(0.0))
for _edge in (1, 2):
    row("gradient", _X, edge_order=_edge)
    row("gradient", _X, 0.3, edge_order=_edge)
    row("gradient", _X, np.array([0.0, 0.3, 0.5, 1.1, 1.3]), edge_order=_edge)
    row("gradient", _T, Const(2.0), axis=1, edge_order=_edge)
    row("gradient", _T, np.array([0.0, 0.3, 1.0]), axis=1, edge_order=_edge)
row("trapezoid", _X)
row("trapezoid", _X, arrays(5, low=0, high=4))
row("trapezoid", _X, _NONE, 0.3)
row("trapezoid", _T, axis=1)
row("trapezoid", _T, arrays(3), axis=1)
row("trapezoid", _T, arrays(2, 3, 4), axis=0)
row("unwrap", np.array([0.1, 3.0, -3.0, 0.5, 6.0]))
row("unwrap", arrays(3, 4, low=-9, high=9), axis=0, period=3.0)

for _name in ("ptp", "median", "nanmedian"):
    for _x in (_X, _M, _T) if _name != "nanmedian" else (_X, _M, _T, _NANS):
        row(_name, _x)
        row(_name, _x, axis=0)
        row(_name, _x, axis=-1, keepdims=True)
    row(_name, _T, axis=(0, 2))
    row(_name, _T, axis=(0, 1), keepdims=True)
    row(_name, _T, keepdims=True)
for _name, _scale in (("quantile", 1), ("percentile", 100), ("nanquantile", 1), ("nanpercentile", 100)):
    for _x in (_X, _M, _T) if not _name.startswith("nan") else (_X, _M, _T, _NANS):
        row(_name, _x, 0.37 * _scale)
        row(_name, _x, Const(0.9 * _scale), axis=0, keepdims=True)
        row(_name, _x, np.array([0.15, 0.6]) * _scale, axis=-1)
    row(_name, _T, np.array([0.15, 0.6, 0.97]) * _scale, axis=1, keepdims=True)
    row(_name, _T, np.array([0.15, 0.6, 0.97]) * _scale, axis=(0, 2))
    row(_name, _T, 0.3 * _scale, axis=(0, 2), keepdims=True)
    for _method in (
        "hazen",
        "weibull",
        "interpolated_inverted_cdf",
        "median_unbiased",
        "normal_unbiased",
        "lower",
        "higher",
        "midpoint",
        "nearest",
        "inverted_cdf",
        "averaged_inverted_cdf",
    ):
        row(_name, _X, 0.37 * _scale, method=_method)
        row(_name, _M, np.array([0.0, 0.42, 1.0]) * _scale, axis=1, method=_method, fixed=(1,))
_W = arrays(3, 4, low=0.2, high=1, seed=3)
row("average", _X)
row("average", _X, arrays(5, low=0.2, high=1))
row("average", _M, _W)
row("average", _M, _W, axis=1)
row("average", _M, _W, axis=0, keepdims=True)
row("average", _M, arrays(3, low=0.2, high=1), axis=0)
row("average", _T, arrays(3, low=0.2, high=1), axis=1, keepdims=True)
_INTS, _FLOATS = np.array([1, 2, 1, 3]), np.array([0.5, 1.0, 2.0, 1.5])
row("cov", _X)
row("cov", _X, arrays(5, seed=2))
row("cov", _M)
row("cov", _M, rowvar=False)
row("cov", _M, bias=True)
row("cov", _M, ddof=0)
row("cov", _M, arrays(2, 4), ddof=2)
row("cov", _M, arrays(4))
row("cov", _M, _NONE, _INTS)
row("cov", _M, _NONE, _NONE, _FLOATS)
row("cov", _M, _NONE, _INTS, _FLOATS, ddof=1)
row("cov", arrays(4), _NONE, _INTS, _FLOATS)
row("corrcoef", _X, arrays(5, seed=2))
row("corrcoef", _M)
row("corrcoef", arrays(4, 3), rowvar=False)
