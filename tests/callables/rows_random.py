"""Draws whose number moves with a parameter: the noise is the same in every run."""

from __future__ import annotations

from tests.callables.table import numbers, program

FAMILIES = {
    "normal": "a, b", "uniform": "a, a + b", "laplace": "a, b", "logistic": "a, b", "gumbel": "a, b", "lognormal": "a, b",
    "exponential": "b", "rayleigh": "b", "gamma": "2.0, b", "pareto": "b", "power": "b", "weibull": "b",
}  # fmt: skip
for name, given in FAMILIES.items():
    text = f"rng = np.random.default_rng(3)\nreturn rng.{name}({given}), rng.{name}({given}, size=3)"
    program(text, a=0.3, b=0.8, single=False)
    arrays = f"rng = np.random.default_rng(3)\nreturn rng.{name}({given})"
    program(arrays, a=numbers(3, low=0.2), b=numbers(3, low=0.5, high=1.5), single=False)
for name, given in {
    "expovariate": "b", "gammavariate": "2.0, b", "gauss": "a, b", "lognormvariate": "a, b", "normalvariate": "a, b",
    "paretovariate": "b", "uniform": "a, b", "weibullvariate": "b, 2.0",
}.items():  # fmt: skip
    program(f"random.seed(3)\nreturn random.{name}({given})", a=0.3, b=0.8, single=False)
