"""Draws of random numbers: made once, where the user wrote them, in the forward sweep.

    draw %rng %mu %sigma {name="normal", names=("loc", "scale")}                rng.normal(mu, sigma)
    draw_sized %mu %n {func=np.random.normal, names=("loc", "size"), ...}       np.random.normal(mu, size=n)

A draw changes its generator: it is never repeated, merged, moved or dropped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

from adjoint.ir.core import Value
from adjoint.ir.extents import extents_of
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast
from adjoint.ir.types import FLOAT, Array, Scalar, Type, shape_of


@final
@dataclass(frozen=True, slots=True)
class Family:
    """A method of generators: its parameters in order, and the dtype of what it draws."""

    parameters: tuple[str, ...]
    dtype: str = "float64"


def _family(parameters: str, dtype: str = "float64") -> Family:
    return Family(tuple(parameters.split()), dtype)


_LEGACY = {
    "rand": _family("*size"),
    "randn": _family("*size"),
    "random_sample": _family("size"),
    "ranf": _family("size"),
    "sample": _family("size"),
    "randint": _family("low high size", "int64"),
}
FAMILIES: dict[str, Family] = {
    "normal": _family("loc scale size"),
    "standard_normal": _family("size"),
    "uniform": _family("low high size"),
    "random": _family("size"),
    "laplace": _family("loc scale size"),
    "logistic": _family("loc scale size"),
    "gumbel": _family("loc scale size"),
    "exponential": _family("scale size"),
    "standard_exponential": _family("size"),
    "standard_cauchy": _family("size"),
    "rayleigh": _family("scale size"),
    "lognormal": _family("mean sigma size"),
    "weibull": _family("a size"),
    "pareto": _family("a size"),
    "power": _family("a size"),
    "gamma": _family("shape scale size"),
    "standard_gamma": _family("shape size"),
    "chisquare": _family("df size"),
    "standard_t": _family("df size"),
    "beta": _family("a b size"),
    "f": _family("dfnum dfden size"),
    "triangular": _family("left mode right size"),
    "vonmises": _family("mu kappa size"),
    "wald": _family("mean scale size"),
    "integers": _family("low high size endpoint", "int64"),
    "poisson": _family("lam size", "int64"),
    "binomial": _family("n p size", "int64"),
    "geometric": _family("p size", "int64"),
    "negative_binomial": _family("n p size", "int64"),
    "hypergeometric": _family("ngood nbad nsample size", "int64"),
    "logseries": _family("p size", "int64"),
    "zipf": _family("a size", "int64"),
    "permutation": _family("n", "int64"),
    "choice": _family("a size replace p", "int64"),
    **_LEGACY,
}
"""The methods of NumPy's generators (and functions of `np.random`)."""

STANDARD: dict[str, Family] = {
    "random": _family(""),
    "uniform": _family("low high"),
    "gauss": _family("loc scale"),
    "normalvariate": _family("loc scale"),
    "expovariate": _family("lambd"),
    "lognormvariate": _family("mean sigma"),
    "weibullvariate": _family("alpha beta"),
    "paretovariate": _family("a"),
    "gammavariate": _family("alpha beta"),
    "betavariate": _family("a b"),
    "triangular": _family("left right mode"),
    "vonmisesvariate": _family("mu kappa"),
    "randint": _family("low high", "int64"),
    "randrange": _family("low high step", "int64"),
    "getrandbits": _family("n", "int64"),
}
"""The methods of the generators of the standard library's `random`."""

FLAGS = frozenset({"replace", "endpoint", "size", "step"})
"""Parameters that are no numbers of the distribution."""


def _infer_draw(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    given = _given(operands, attrs)
    if attrs["name"] in ("permutation", "choice") and attrs["dtype"] == "int64" and "size" not in given:
        return Array("int64", extents_of([given["n"]])) if attrs["name"] == "permutation" else Array("int64", ())
    numbers = [v for name, v in given.items() if name not in FLAGS and attrs["name"] != "choice"]
    for each in numbers:
        if not isinstance(each.type, Scalar | Array):
            raise TypeInferenceError(f"a parameter of `{attrs['name']}` is {each.type}")
    shape = broadcast(*(shape_of(v.type) for v in numbers))
    if "size" in given:
        shape = extents_of([v for name, v in zip(attrs["names"], _arguments(operands, attrs)) if name == "size"])
    elif attrs["dtype"] == "float64" and not any(isinstance(v.type, Array) for v in numbers):
        return FLOAT
    return Array(attrs["dtype"], shape)


def _arguments(operands: Sequence[Value], attrs: Mapping[str, Any]) -> list[Value]:
    """The operands without the generator."""
    return list(operands[1:] if attrs["func"] is None else operands)


def _given(operands: Sequence[Value], attrs: Mapping[str, Any]) -> dict[str, Value]:
    """The arguments by the names of the parameters."""
    return dict(zip(attrs["names"], _arguments(operands, attrs)))


def _evaluate_draw(
    *operands: Any, func: Any, name: str, names: tuple[str, ...], keywords: tuple[str, ...], dtype: str
) -> Any:
    if func is None:
        receiver, *operands_ = operands
        func = getattr(receiver, name)
    else:
        operands_ = list(operands)
    count = len(operands_) - len(keywords)
    return func(*operands_[:count], **dict(zip(keywords, operands_[count:])))


# Attrs: `func`, or None where the first operand is the generator; `names`, what parameter each other operand is;
# `keywords`, the names of the last operands, given by keyword.
for _name, _elementwise in (("draw", True), ("draw_sized", False)):
    define(
        OpDef(
            name=_name,
            infer=_infer_draw,
            evaluate=_evaluate_draw,
            operands=("*operands",),
            attrs={"func": None, "name": "", "names": (), "keywords": (), "dtype": "float64"},
            effects=frozenset({"io"}),
            elementwise=_elementwise,
        )
    )
