"""Sums, products, extremes, moments, running ones, quantiles, with their keywords; functions and methods."""

from __future__ import annotations

import numpy as np

from tests.callables.table import numbers, program

X = numbers(2, 3, 4, low=0.2, high=1.8)
Y = numbers(3, 4, low=0.2, high=1.8)
V = numbers(5, low=0.2, high=1.8)
NANS = np.where(np.eye(3, 4, 1) + np.eye(3, 4, -1) > 0, np.nan, Y)
ONE = numbers(1, 3)
EMPTY = np.zeros((0, 3))

for name in ("sum", "mean", "prod", "max", "min", "std", "var", "ptp_"):
    kink = name not in ("max", "min")
    bare = name.rstrip("_")
    program(
        f"np.{bare}(x), np.{bare}(y), np.{bare}(v), np.{bare}(s)",
        x=X,
        y=Y,
        v=V,
        s=np.array(0.7),
        second=kink and name not in ("std", "var"),
    )
    axes = ["0", "1", "-1", "None", "(0, 2)", "(-1, 0)"]
    program(", ".join(f"np.{bare}(x, axis={axis})" for axis in axes), x=X, second=kink)
    program(", ".join(f"np.{bare}(x, axis={axis}, keepdims=True)" for axis in axes), x=X, second=kink)
    program(f"np.{bare}(x, 1)", x=Y, second=kink)
    if bare != "ptp":
        program(f"x.{bare}(), x.{bare}(0), x.{bare}(axis=1), x.{bare}(axis=(0, 1), keepdims=True)", x=Y, second=kink)
program(
    "np.amax(x, axis=0), np.amin(x, axis=1), np.max(x, initial=0.9), np.min(x, where=x > 0.4, initial=1.0)",
    x=Y,
    second=False,
)
program(
    "np.sum(x, where=x > 1.0), np.mean(x, where=x > 0.5, axis=0), np.sum(x, initial=3.0), np.prod(x, initial=2.0)", x=Y
)
program(
    "np.sum(x, dtype=np.float64), np.mean(x, dtype=np.float64), np.prod(x, dtype=np.float64, axis=0)", x=Y, single=False
)
program(
    "np.sum([x, y, x * y]), np.mean([x, y]), np.sum((x, y)), np.max([x, y]), np.prod([x, y, 2.0])",
    x=0.4,
    y=0.9,
    second=False,
)
program(
    "np.std(x, ddof=1), np.var(x, ddof=1, axis=0), np.var(x, ddof=2, axis=1, keepdims=True), x.std(ddof=1), x.var(0, ddof=1)",
    x=Y,
)
program("np.std(x, correction=1), np.var(x, correction=1, axis=1)", x=Y)
program(
    "np.sum(x), np.prod(x), np.sum(x, axis=0), np.prod(x, axis=0), np.sum(x, axis=1), np.cumsum(x, axis=0), np.cumprod(x)",
    x=EMPTY,
)
program(
    "np.sum(x, axis=0), np.mean(x, axis=0), np.prod(x, axis=0), np.max(x, axis=0), np.var(x, axis=0), np.cumsum(x, axis=0)",
    x=ONE,
    second=False,
)
for name in ("cumsum", "cumprod"):
    program(f"np.{name}(x), np.{name}(x, axis=0), np.{name}(x, axis=-1), np.{name}(v), np.{name}(x, 1)", x=Y, v=V)
    program(f"x.{name}(), x.{name}(0), x.{name}(axis=1)", x=Y)
    program(f"np.{name}(x, axis=2), np.{name}(x, dtype=np.float64)", x=X, single=False)
    program(f"np.nan{name}(x), np.nan{name}(x, axis=0), np.nan{name}(x, axis=-1)", x=NANS, smooth=False)
program("np.cumulative_sum(x, axis=0), np.cumulative_sum(v), np.cumulative_sum(v, include_initial=True)", x=Y, v=V)
program("np.cumulative_prod(x, axis=1), np.cumulative_prod(v), np.cumulative_prod(v, include_initial=True)", x=Y, v=V)
for name in ("sum", "prod", "mean", "max", "min", "std", "var", "median"):
    options = [{"": ""}, {"axis": "0"}, {"axis": "1", "keepdims": "True"}]
    calls = [f"np.nan{name}(x{''.join(f', {k}={v}' for k, v in each.items() if k)})" for each in options]
    program(", ".join(calls), x=NANS, smooth=False, second=False)
    program(", ".join(calls), x=Y, second=False)
program("np.nanstd(x, ddof=1), np.nanvar(x, ddof=1, axis=1)", x=NANS, smooth=False, second=False)
program(
    "np.nanpercentile(x, 30), np.nanquantile(x, 0.3, axis=0), np.nanquantile(x, [0.1, 0.8])",
    x=NANS,
    smooth=False,
    second=False,
)
program(
    "np.median(x), np.median(x, axis=0), np.median(x, axis=1, keepdims=True), np.median(v), np.median(x, axis=(0, 1))",
    x=Y,
    v=V,
)
program(
    "np.percentile(x, 30), np.percentile(x, [20, 70], axis=0), np.quantile(v, 0.25), np.quantile(x, 0.6, axis=1, keepdims=True)",
    x=Y,
    v=V,
)
METHODS = ["linear", "lower", "higher", "midpoint", "nearest", "hazen", "weibull", "median_unbiased", "normal_unbiased"]
program(", ".join(f'np.quantile(v, 0.3, method="{method}")' for method in METHODS), v=V)
program(", ".join(f'np.percentile(v, 70, method="{method}")' for method in METHODS), v=V)
program("np.quantile(v, q), np.percentile(v, 100 * q)", v=V, q=0.3)
program(
    "np.average(x), np.average(x, axis=0), np.average(x, axis=1, weights=w), np.average(v, weights=u)",
    x=Y,
    w=numbers(4, low=0.5),
    v=V,
    u=numbers(5, low=0.5),
)
program(
    "np.average(x, axis=0, weights=w, keepdims=True), np.average(x, weights=w, axis=0, returned=True)[1]",
    x=Y,
    w=numbers(3, low=0.5),
)
program(
    "np.cov(x), np.cov(x, rowvar=False), np.cov(x, bias=True), np.cov(x, ddof=0), np.cov(v), np.cov(v, u)",
    x=Y,
    v=V,
    u=numbers(5),
)
program("np.corrcoef(x), np.corrcoef(x, rowvar=False), np.corrcoef(v, u)", x=Y, v=V, u=numbers(5))
program(
    "np.diff(v), np.diff(v, n=2), np.diff(x, axis=0), np.diff(x), np.diff(v, prepend=0.0), np.diff(v, append=v[-1:])",
    x=Y,
    v=V,
)
program("np.ediff1d(v), np.ediff1d(x, to_begin=0.0, to_end=[1.0, 2.0])", x=Y, v=V)
program(
    "np.gradient(v), np.gradient(v, 0.5), np.gradient(v, edge_order=2), np.gradient(x, axis=0), np.gradient(v, np.array([0.0, 1.0, 3.0, 4.0, 6.0]))",
    x=Y,
    v=V,
)
program("np.gradient(x)", x=Y)
program("np.gradient(v, h)", v=V, h=0.3)
program(
    "np.trapezoid(v), np.trapezoid(v, dx=0.1), np.trapezoid(v, u), np.trapezoid(x, axis=0), np.trapezoid(x, dx=2.0, axis=-1)",
    v=V,
    u=numbers(5),
    x=Y,
)
program(
    "np.add.reduce(v), np.multiply.reduce(v), np.add.accumulate(v), np.multiply.accumulate(v), np.logaddexp.reduce(v)",
    v=V,
)
program(
    "np.maximum.reduce(v), np.minimum.reduce(x, axis=0), np.maximum.accumulate(v), np.minimum.accumulate(v)",
    v=V,
    x=Y,
    second=False,
)
program("np.add.outer(v, x), np.multiply.outer(v, v), np.subtract.outer(v, v)", v=V, x=Y)
program("np.ptp(x), np.ptp(x, axis=0), np.ptp(v), np.ptp(x, axis=1, keepdims=True)", x=Y, v=V, second=False)
program("np.histogram(v, bins=3, range=(0.0, 2.0), weights=w)[0]", v=V, w=numbers(5), second=False)
program(
    "np.histogram(v, 4, (0.1, 1.9), weights=w, density=True), np.histogram(v, 2, range=(0.0, 1.8), weights=w)",
    v=V,
    w=numbers(5, low=0.1),
    second=False,
)
program(
    "np.histogram(v, bins=[0.0, 1.0, 2.0], weights=w)[0], np.bincount(k, weights=w), np.bincount(k, w, minlength=7)",
    v=V,
    w=numbers(5),
    k=np.array([0, 2, 1, 2, 4]),
)
program("statistics.fmean([a, b]), statistics.fmean([a, b, a * b])", a=0.4, b=1.7)
