"""Draws: what the drawn number would have been for other parameters, with the same noise behind it.

    y = loc + scale * noise      y_loc = 1, y_scale = (y - loc) / scale: the noise is what the draw says it was

Families whose noise cannot be told from the draw by a formula are refused when their parameters are differentiated.
Source: each is the inverse, in its parameters, of how NumPy and `random` document the draw.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from adjoint.rules.elementwise import number_of
from adjoint.rules.expr import Expr
from adjoint.rules.registry import RuleMissing, partials

Parameters = Mapping[str, Any]
Partials = dict[str, Callable[[], Any]]
Draw = Callable[[Expr, Parameters], Partials]
REPARAMETRIZED: dict[str, Draw] = {}
"""The families differentiable in (some of) their parameters, by the name of the method."""


def _of(*names: str) -> Callable[[Draw], Draw]:
    def register(function: Draw) -> Draw:
        REPARAMETRIZED.update(dict.fromkeys(names, function))
        return function

    return register


@partials("draw", "draw_sized")
def draw(*operands: Expr, y: Expr, func: Any, name: str, names: tuple[str, ...]) -> Any:
    """By families."""
    given = operands[1:] if func is None else operands
    family = REPARAMETRIZED.get(name)
    known = {} if family is None else family(y, dict(zip(names, given)))
    found = [known.get(parameter, _refused(name, parameter)) for parameter in names]
    return (None, *found) if func is None else tuple(found)


def _refused(name: str, parameter: str) -> Callable[[], Any]:
    def refuse() -> Any:
        raise RuleMissing(
            "draw",
            f"how a draw of `{name}` follows its parameter {parameter!r} is no formula of the number drawn",
            f"draw from a family with a location and a scale, or apply `stop_gradient` to {parameter!r}",
        )

    return refuse


@_of("normal", "gauss", "normalvariate", "laplace", "logistic", "gumbel")
def location_scale(y: Expr, given: Parameters) -> Partials:
    """y = loc + scale * noise."""
    return {"loc": lambda: 1, "scale": lambda: _without(y, given.get("loc")) / given["scale"]}


def _without(y: Expr, loc: Any) -> Expr:
    return y if loc is None or number_of(loc) == 0 else y - loc


@_of("uniform")
def uniform(y: Expr, given: Parameters) -> Partials:
    """y = low + (high - low) * noise."""
    low, high = given.get("low", 0.0), given.get("high", 1.0)
    return {"low": lambda: (high - y) / (high - low), "high": lambda: _without(y, given.get("low")) / (high - low)}


@_of("exponential", "rayleigh", "gamma")
def scaled(y: Expr, given: Parameters) -> Partials:
    """y = scale * noise."""
    return {"scale": lambda: y / given["scale"]}


@_of("expovariate")
def rate(y: Expr, given: Parameters) -> Partials:
    """y = noise / lambd."""
    return {"lambd": lambda: -y / given["lambd"]}


@_of("lognormal", "lognormvariate")
def lognormal(y: Expr, given: Parameters) -> Partials:
    """log y = mean + sigma * noise."""
    return {"mean": lambda: y, "sigma": lambda: y * _without(y.emit("log", y), given.get("mean")) / given["sigma"]}


@_of("weibull", "power", "paretovariate")
def weibull(y: Expr, given: Parameters) -> Partials:
    """log y = noise / a."""
    return {"a": lambda: -y * y.emit("log", y) / given["a"]}


@_of("pareto")
def pareto(y: Expr, given: Parameters) -> Partials:
    """log(1 + y) = noise / a."""
    return {"a": lambda: -(1 + y) * y.emit("log1p", y) / given["a"]}


@_of("weibullvariate")
def weibullvariate(y: Expr, given: Parameters) -> Partials:
    """log(y / alpha) = noise / beta."""
    return {
        "alpha": lambda: y / given["alpha"],
        "beta": lambda: -y * y.emit("log", y / given["alpha"]) / given["beta"],
    }


@_of("gammavariate")
def gammavariate(y: Expr, given: Parameters) -> Partials:
    """y = beta * noise."""
    return {"beta": lambda: y / given["beta"]}
