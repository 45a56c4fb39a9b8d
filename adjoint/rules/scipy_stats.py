"""Partials of the distributions of `scipy.stats`, from the slopes of their standard logarithmic densities.

With z = (x - loc) / scale every continuous distribution has logpdf(x) = l(z) - log(scale). Given l' and the partials of
l in the shape parameters, the partials of all methods follow. Outside of its support a distribution is constant.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

from adjoint.ir.ops.scipy_stats import CONTINUOUS, DISCRETE, is_missing
from adjoint.rules.decompositions import on_triangle, symmetric
from adjoint.rules.expr import Expr, choose
from adjoint.rules.products import transposed
from adjoint.rules.registry import RuleMissing, partials, pullback, pushforward

Slope = Callable[..., Any]


def _np(name: str, x: Expr) -> Expr:
    return x.emit(name, x, ns="np")


def _psi(x: Any) -> Expr:
    result: Expr = x.emit("special_psi", x)
    return result


def _sign(x: Expr) -> Expr:
    return x.emit("sign", x)


SLOPES: dict[str, Slope] = {
    "norm": lambda z: -z,
    "halfnorm": lambda z: -z,
    "expon": lambda z: -1.0,
    "uniform": lambda z: 0.0,
    "laplace": lambda z: -_sign(z),
    "logistic": lambda z: -_np("tanh", 0.5 * z),
    "cauchy": lambda z: -2 * z / (1 + z * z),
    "gumbel_r": lambda z: _np("exp", -z) - 1,
    "rayleigh": lambda z: 1 / z - z,
    "gamma": lambda z, a: (a - 1) / z - 1,
    "invgamma": lambda z, a: 1 / (z * z) - (a + 1) / z,
    "chi2": lambda z, df: (0.5 * df - 1) / z - 0.5,
    "t": lambda z, df: -(df + 1) * z / (df + z * z),
    "lognorm": lambda z, s: -(1 + _np("log", z) / (s * s)) / z,
    "weibull_min": lambda z, c: ((c - 1) - c * z**c) / z,
    "beta": lambda z, a, b: (a - 1) / z - (b - 1) / (1 - z),
}
"""The derivative of the standard logarithmic density in z."""

SHAPES: dict[str, tuple[Slope, ...]] = {
    "gamma": (lambda z, a: _np("log", z) - _psi(a),),
    "invgamma": (lambda z, a: -_np("log", z) - _psi(a),),
    "chi2": (lambda z, df: 0.5 * (_np("log", 0.5 * z) - _psi(0.5 * df)),),
    "t": (
        lambda z, df: 0.5
        * (
            _psi(0.5 * (df + 1))
            - _psi(0.5 * df)
            - 1 / df
            - _np("log1p", z * z / df)
            + (df + 1) * z * z / (df * (df + z * z))
        ),
    ),
    "lognorm": (lambda z, s: _np("log", z) ** 2 / (s * s * s) - 1 / s,),
    "weibull_min": (lambda z, c: 1 / c + _np("log", z) * (1 - z**c),),
    "beta": (
        lambda z, a, b: _np("log", z) - _psi(a) + _psi(a + b),
        lambda z, a, b: _np("log1p", -z) - _psi(b) + _psi(a + b),
    ),
}
"""The derivatives of the standard logarithmic density in the shape parameters."""

BOUNDED = frozenset({"halfnorm", "expon", "uniform", "rayleigh"} | set(SHAPES) - {"t"})
"""Distributions whose support is not the whole line."""


def _refused(name: str, method: str) -> Callable[[], NoReturn]:
    def refuse() -> NoReturn:
        raise RuleMissing(
            f"stats_{name}_{method}", f"the derivative of scipy.stats.{name}.{method} in a shape parameter has no rule"
        )

    return refuse


def _unless(test: Expr, value: Callable[[], Any]) -> Any:
    """The value, or 0 where the test holds."""
    if test.ndim == 0:
        return choose(test, lambda: 0.0, value)
    return test.emit("where", test, 0.0, value())


class _Standard:
    """The operands of a call: the variable, the shape parameters, loc and scale, which may have been left out."""

    def __init__(self, name: str, operands: tuple[Expr, ...]) -> None:
        count = len([shape for shape in CONTINUOUS[name].split(", ") if shape])
        self.name, self.x, self.shapes = name, operands[0], operands[1 : 1 + count]
        rest = [None if is_missing(each.value) else each for each in operands[1 + count :]]
        self.loc, self.scale = (*rest, None, None)[:2]
        self.places = operands[1:]

    def z(self, x: Expr) -> Expr:
        centred = x if self.loc is None else x - self.loc
        return centred if self.scale is None else centred / self.scale

    def over_scale(self, value: Any) -> Any:
        return value if self.scale is None else value / self.scale

    def other(self, method: str, x: Expr) -> Expr:
        """Another method of the distribution, with the same parameters."""
        return x.emit(f"stats_{self.name}_{method}", x, *self.places)


def _density_partials(s: _Standard) -> tuple[Any, ...]:
    """The partials of logpdf, as functions."""
    z = s.z(s.x)
    slope = lambda: SLOPES[s.name](z, *s.shapes)
    in_shapes = [lambda rule=rule: rule(z, *s.shapes) for rule in SHAPES.get(s.name, ())]
    in_scale = lambda: -s.over_scale(z * slope() + 1)
    return (lambda: s.over_scale(slope()), *in_shapes, lambda: -s.over_scale(slope()), in_scale)


def _logpdf(name: str) -> None:
    @partials(f"stats_{name}_logpdf")
    def rule(*operands: Expr, y: Expr) -> Any:
        given = _density_partials(_Standard(name, operands))
        if name in BOUNDED:
            return tuple(lambda part=part: _unless(y.equals(-math.inf), part) for part in given)[: len(operands)]
        return given[: len(operands)]

    @partials(f"stats_{name}_pdf")
    def density(*operands: Expr, y: Expr) -> Any:
        given = _density_partials(_Standard(name, operands))
        if name in BOUNDED:
            return tuple(lambda part=part: _unless(y.equals(0), lambda: y * part()) for part in given)[: len(operands)]
        return tuple(lambda part=part: y * part() for part in given)[: len(operands)]


def _cumulative(name: str, method: str, scaled: Callable[[_Standard, Expr], Expr]) -> None:
    """Methods whose slope in x is a multiple of the density."""

    @partials(f"stats_{name}_{method}")
    def rule(*operands: Expr, y: Expr) -> Any:
        s = _Standard(name, operands)
        slope = lambda: scaled(s, y)
        shapes = [_refused(name, method)] * len(s.shapes)
        return (slope, *shapes, lambda: -slope(), lambda: -(slope() * s.z(s.x)))[: len(operands)]


def _quantile(name: str, method: str, sign: int) -> None:
    @partials(f"stats_{name}_{method}")
    def rule(*operands: Expr, y: Expr) -> Any:
        s = _Standard(name, operands)
        shapes = [_refused(name, method)] * len(s.shapes)
        return (lambda: sign / s.other("pdf", y), *shapes, 1, lambda: s.z(y))[: len(operands)]


for _name in CONTINUOUS:
    _logpdf(_name)
    _cumulative(_name, "cdf", lambda s, y: s.other("pdf", s.x))
    _cumulative(_name, "sf", lambda s, y: -s.other("pdf", s.x))
    _cumulative(_name, "logcdf", lambda s, y: (s.other("logpdf", s.x) - y).emit("exp", s.other("logpdf", s.x) - y))
    _cumulative(_name, "logsf", lambda s, y: -(s.other("logpdf", s.x) - y).emit("exp", s.other("logpdf", s.x) - y))
    _quantile(_name, "ppf", 1)
    _quantile(_name, "isf", -1)


# -- discrete distributions: in their parameter


def _counted(operands: tuple[Expr, ...], count: int) -> Expr:
    """How many, without loc."""
    rest = [each for each in operands[1 + count :] if not is_missing(each.value)]
    return operands[0] - rest[0] if rest else operands[0]


def _poisson(k: Expr, mu: Expr) -> Expr:
    return k / mu - 1


def _bernoulli(k: Expr, p: Expr) -> Expr:
    return k / p - (1 - k) / (1 - p)


def _binom(k: Expr, n: Expr, p: Expr) -> Expr:
    return k / p - (n - k) / (1 - p)


def _discrete(name: str, slope: Callable[..., Expr]) -> None:
    count = len(DISCRETE[name].split(", "))

    def given(method: str, operands: tuple[Expr, ...], scaled: Callable[[], Any]) -> Any:
        refused = _refused(name, method)
        return tuple(scaled if place == count else refused for place in range(len(operands)))

    @partials(f"stats_{name}_logpmf")
    def rule(*operands: Expr, y: Expr) -> Any:
        part = lambda: slope(_counted(operands, count), *operands[1 : 1 + count])
        return given("logpmf", operands, lambda: _unless(y.equals(-math.inf), part))

    @partials(f"stats_{name}_pmf")
    def mass(*operands: Expr, y: Expr) -> Any:
        part = lambda: y * slope(_counted(operands, count), *operands[1 : 1 + count])
        return given("pmf", operands, lambda: _unless(y.equals(0), part))


_discrete("poisson", _poisson)
_discrete("bernoulli", _bernoulli)
_discrete("binom", _binom)


# -- the normal distribution of several variables


def _many_bar(y_bar: Expr, x: Expr, mean: Expr, cov: Expr) -> Any:
    """The cotangents of -(d inv(cov) d + log det(cov)) / 2 for d = x - mean. SciPy reads the lower triangle of cov."""
    inverse = cov.emit("inv", symmetric(cov))
    steep = (x - mean) @ inverse
    if x.ndim == 1:
        share = y_bar * steep
        in_cov = lambda: on_triangle(0.5 * (share.emit("outer", share, steep) - y_bar * inverse))
        return lambda: -share, lambda: share, in_cov
    shares = y_bar[:, None] * steep
    in_cov = lambda: on_triangle(0.5 * (shares.T @ steep - y_bar.sum() * inverse))
    return lambda: -shares, lambda: shares.sum(axis=0), in_cov


def _many_dot(tangents: Any, x: Expr, mean: Expr, cov: Expr) -> Any:
    x_dot, mean_dot, cov_dot = tangents
    inverse = cov.emit("inv", symmetric(cov))
    steep = (x - mean) @ inverse
    total: Any = None
    if x_dot is not None or mean_dot is not None:
        change = -x_dot if mean_dot is None else mean_dot if x_dot is None else mean_dot - x_dot
        total = (steep * change).sum(axis=-1)
    if cov_dot is not None:
        cov_dot = symmetric(cov_dot)
        stretch = 0.5 * ((steep @ cov_dot) * steep).sum(axis=-1) - 0.5 * (transposed(inverse) * cov_dot).sum()
        total = stretch if total is None else total + stretch
    return total


@pullback("stats_multivariate_normal_logpdf")
def many(y_bar: Expr, x: Expr, mean: Expr, cov: Expr) -> Any:
    return _many_bar(y_bar, x, mean, cov)


@pushforward("stats_multivariate_normal_logpdf")
def many_dot(tangents: Any, x: Expr, mean: Expr, cov: Expr) -> Any:
    return _many_dot(tangents, x, mean, cov)


@pullback("stats_multivariate_normal_pdf")
def many_density(y_bar: Expr, x: Expr, mean: Expr, cov: Expr, *, y: Expr) -> Any:
    return _many_bar(y_bar * y, x, mean, cov)


@pushforward("stats_multivariate_normal_pdf")
def many_density_dot(tangents: Any, x: Expr, mean: Expr, cov: Expr, *, y: Expr) -> Any:
    return y * _many_dot(tangents, x, mean, cov)
