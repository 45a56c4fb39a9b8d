"""The oracle: dual numbers, run through the plain program.

`Dual(value, dot)` follows the path the program takes at `value` and carries the exact derivative along one direction.
NumPy handles arrays of them as object arrays: a ufunc such as `np.sin` calls the method `sin` of each element.
It shares nothing with the compiler, so agreement means something.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np


class Dual:
    """A number with its derivative along one direction."""

    largest = 0.0
    """The largest number computed with since this was set to 0."""

    def __init__(self, value: float, dot: float = 0.0) -> None:
        self.value = float(value)
        self.dot = float(dot)
        Dual.largest = max(Dual.largest, abs(self.value))

    def __repr__(self) -> str:
        return f"Dual({self.value}, {self.dot})"

    def __add__(self, other: Any) -> Any:
        return _binary(self, other, lambda a, b: (a + b, 1.0, 1.0))

    def __sub__(self, other: Any) -> Any:
        return _binary(self, other, lambda a, b: (a - b, 1.0, -1.0))

    def __mul__(self, other: Any) -> Any:
        return _binary(self, other, lambda a, b: (a * b, b, a))

    def __truediv__(self, other: Any) -> Any:
        return _binary(self, other, lambda a, b: (a / b, 1.0 / b, -a / (b * b)))

    def __mod__(self, other: Any) -> Any:
        return _binary(self, other, lambda a, b: (a % b, 1.0, -float(a // b)))

    def __floordiv__(self, other: Any) -> Any:
        return _binary(self, other, lambda a, b: (a // b, 0.0, 0.0))

    def __pow__(self, other: Any) -> Any:
        return _binary(self, other, _power)

    def __radd__(self, other: Any) -> Any:
        return _lift(other) + self

    def __rsub__(self, other: Any) -> Any:
        return _lift(other) - self

    def __rmul__(self, other: Any) -> Any:
        return _lift(other) * self

    def __rtruediv__(self, other: Any) -> Any:
        return _lift(other) / self

    def __rmod__(self, other: Any) -> Any:
        return _lift(other) % self

    def __rfloordiv__(self, other: Any) -> Any:
        return _lift(other) // self

    def __rpow__(self, other: Any) -> Any:
        return _lift(other) ** self

    def __neg__(self) -> Dual:
        return Dual(-self.value, -self.dot)

    def __pos__(self) -> Dual:
        return self

    def __abs__(self) -> Dual:
        sign = math.copysign(1.0, self.value) if self.value != 0 else 0.0
        return Dual(abs(self.value), sign * self.dot)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __float__(self) -> float:
        raise TypeError("a dual number lost its derivative in float()")

    def __int__(self) -> int:
        return int(self.value)

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.value) if digits is None else Dual(round(self.value, digits))

    def __lt__(self, other: Any) -> Any:
        return self.value < _value(other)

    def __le__(self, other: Any) -> Any:
        return self.value <= _value(other)

    def __gt__(self, other: Any) -> Any:
        return self.value > _value(other)

    def __ge__(self, other: Any) -> Any:
        return self.value >= _value(other)

    def __eq__(self, other: object) -> bool:
        return self.value == _value(other)

    def __ne__(self, other: object) -> bool:
        return self.value != _value(other)

    def __hash__(self) -> int:
        return hash(self.value)

    def conjugate(self) -> Dual:
        return self


def _value(x: Any) -> float:
    return x.value if isinstance(x, Dual) else x


def _lift(x: Any) -> Dual:
    return x if isinstance(x, Dual) else Dual(x)


def _power(a: float, b: float) -> tuple[float, float, float]:
    by_base = b * a ** (b - 1) if b != 0 else 0.0
    by_exponent = a**b * math.log(a) if a > 0 else 0.0
    return a**b, by_base, by_exponent


def _binary(a: Dual, b: Any, partials: Callable[[float, float], tuple[float, float, float]]) -> Any:
    if isinstance(b, np.ndarray):
        return NotImplemented
    other = _lift(b)
    value, by_a, by_b = partials(a.value, other.value)
    return Dual(value, by_a * a.dot + by_b * other.dot)


UNARY: dict[str, Callable[[float], tuple[float, float]]] = {
    "sin": lambda x: (math.sin(x), math.cos(x)),
    "cos": lambda x: (math.cos(x), -math.sin(x)),
    "tan": lambda x: (math.tan(x), 1.0 + math.tan(x) ** 2),
    "tanh": lambda x: (math.tanh(x), 1.0 - math.tanh(x) ** 2),
    "sinh": lambda x: (math.sinh(x), math.cosh(x)),
    "cosh": lambda x: (math.cosh(x), math.sinh(x)),
    "exp": lambda x: (math.exp(x), math.exp(x)),
    "expm1": lambda x: (math.expm1(x), math.exp(x)),
    "log": lambda x: (math.log(x), 1.0 / x),
    "log1p": lambda x: (math.log1p(x), 1.0 / (1.0 + x)),
    "sqrt": lambda x: (math.sqrt(x), 0.5 / math.sqrt(x)),
    "atan": lambda x: (math.atan(x), 1.0 / (1.0 + x * x)),
    "arctan": lambda x: (math.atan(x), 1.0 / (1.0 + x * x)),
    "square": lambda x: (x * x, 2.0 * x),
    "floor": lambda x: (float(math.floor(x)), 0.0),
    "sign": lambda x: (float(np.sign(x)), 0.0),
    "fabs": lambda x: (abs(x), float(np.sign(x))),
}


def _unary(name: str) -> Callable[[Any], Any]:
    def apply(x: Any) -> Any:
        if not isinstance(x, Dual):
            return getattr(math, name)(x)
        value, partial = UNARY[name](x.value)
        return Dual(value, partial * x.dot)

    return apply


def _hypot(a: Any, b: Any) -> Any:
    return (_lift(a) * a + _lift(b) * b) ** 0.5


def _atan2(a: Any, b: Any) -> Any:
    y, x = _lift(a), _lift(b)
    square = x.value * x.value + y.value * y.value
    return Dual(math.atan2(y.value, x.value), (x.value * y.dot - y.value * x.dot) / square)


for _name in UNARY:
    setattr(Dual, _name, _unary(_name))

dual_math = types.SimpleNamespace(pi=math.pi, e=math.e, inf=math.inf, hypot=_hypot, atan2=_atan2, floor=math.floor)
"""Stands in for the module `math` in the programs that the oracle runs."""

for _name in UNARY:
    if hasattr(math, _name) and _name != "floor":
        setattr(dual_math, _name, _unary(_name))


def _floor(x: Any) -> int:
    return math.floor(_value(x))


dual_math.floor = _floor


def directional(run: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """The derivative of `run` at `args` along `tangents` (None for an argument that stands still)."""
    lifted = [_seed(arg, tangent) for arg, tangent in zip(args, tangents)]
    return _dots(run(*lifted))


def _seed(arg: Any, tangent: Any) -> Any:
    if tangent is None:
        return arg
    if isinstance(arg, np.ndarray):
        flat = [Dual(a, t) for a, t in zip(arg.ravel(), np.ravel(tangent))]
        lifted = np.empty(arg.size, dtype=object)
        lifted[:] = flat
        return lifted.reshape(arg.shape)
    return Dual(arg, tangent)


def _dots(result: Any) -> Any:
    if isinstance(result, tuple):
        return tuple(_dots(item) for item in result)
    if isinstance(result, np.ndarray) and result.dtype == object:
        return np.array([_dots(item) for item in result.ravel()]).reshape(result.shape)
    if isinstance(result, np.ndarray):
        return np.zeros(result.shape)
    return result.dot if isinstance(result, Dual) else 0.0
