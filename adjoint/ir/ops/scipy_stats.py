"""Densities and distribution functions of `scipy.stats`: methods of its distributions, with `loc` and `scale`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scipy import stats

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.ops.elementwise import sampled_type
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Type

CONTINUOUS = {
    "norm": "",
    "expon": "",
    "uniform": "",
    "laplace": "",
    "logistic": "",
    "cauchy": "",
    "gumbel_r": "",
    "halfnorm": "",
    "rayleigh": "",
    "gamma": "a",
    "invgamma": "a",
    "chi2": "df",
    "t": "df",
    "lognorm": "s",
    "weibull_min": "c",
    "beta": "a, b",
}
"""Continuous distributions, by the names of their shape parameters."""

DISCRETE = {"poisson": "mu", "bernoulli": "p", "binom": "n, p"}

METHODS = "logpdf pdf cdf logcdf sf logsf ppf isf"


def is_missing(value: Value) -> bool:
    """Whether an operand was left out: None stands for it."""
    return is_const(value) and const_of(value) is None


def _elementwise(distribution: str, method: str, operands: str) -> None:
    function = getattr(getattr(stats, distribution), method)
    names = [name.strip("?") for name in operands.split(", ")]

    def infer(values: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        return sampled_type(function, [value for value in values if not is_missing(value)])

    def evaluate(x: Any, *rest: Any) -> Any:
        return function(x, **{name: value for name, value in zip(names[1:], rest) if value is not None})

    define(
        OpDef(
            name=f"stats_{distribution}_{method}",
            infer=infer,
            evaluate=evaluate,
            operands=tuple(operands.split(", ")),
            callables={function: operands.replace("?", "")},
            elementwise=True,
        )
    )


def _operands(first: str, shapes: str, *last: str) -> str:
    return ", ".join([first, *filter(None, shapes.split(", ")), *last])


for _distribution, _shapes in CONTINUOUS.items():
    for _method in METHODS.split():
        _first = "q" if _method in ("ppf", "isf") else "x"
        _elementwise(_distribution, _method, _operands(_first, _shapes, "loc?", "scale?"))
for _distribution, _shapes in DISCRETE.items():
    for _method in ("logpmf", "pmf"):
        _elementwise(_distribution, _method, _operands("k", _shapes, "loc?"))


# -- the normal distribution of several variables


def _infer_multivariate(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x, mean, cov = map(array_operand, operands)
    if x.rank not in (1, 2) or mean.rank != 1 or cov.rank != 2:
        raise TypeInferenceError("multivariate_normal is supported for vectors, with a mean and a covariance matrix")
    if cov.shape[0] == 1 or mean.shape[0] == 1:
        raise TypeInferenceError("multivariate_normal is supported for more than one variable")
    return Array("float64", x.shape[:-1])


for _method in ("logpdf", "pdf"):
    define(
        OpDef(
            name=f"stats_multivariate_normal_{_method}",
            infer=_infer_multivariate,
            evaluate=lambda x, mean, cov, method=_method: getattr(stats.multivariate_normal, method)(x, mean, cov),
            operands=("x", "mean", "cov"),
            callables={getattr(stats.multivariate_normal, _method): "x, mean, cov, allow_singular"},
        )
    )
