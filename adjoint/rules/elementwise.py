"""Partials of elementwise operations.

At a kink the derivative is the mean of the one-sided ones: abs'(0) = 0, and ties of max, min and clip share evenly.
"""

from __future__ import annotations

import math
from typing import Any

from adjoint.ir.core import const_of, is_const
from adjoint.ir.types import Array, Scalar, is_complex
from adjoint.rules.expr import Expr, above_infinity, choose
from adjoint.rules.registry import composite, partials, pullback, pushforward

_PER_RADIAN = 180.0 / math.pi


def number_of(x: Expr) -> int | float | None:
    """The value of a constant operand that is a Python number."""
    value = const_of(x.value) if is_const(x.value) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def sign(x: Expr) -> Expr:
    """-1, 0 or 1. What is typed as a number may be a NumPy scalar, whose truth values cannot be subtracted."""
    if not isinstance(x.type, Scalar):
        return x.emit("sign", x)
    return x.emit("int", x > 0) - x.emit("int", x < 0)


def log_of(number: float, like: Expr) -> Expr:
    """The logarithm of a number as a Python float, so that it does not change dtypes."""
    return like.emit("log", number, ns="math")


def nonzero(x: Expr) -> Expr:
    """x, or 1 where it is zero: a denominator whose numerator is zero there."""
    if x.ndim == 0:
        return choose(x, lambda: x, lambda: 1.0, sugar="or")
    return x.emit("where", x.equals(0), 1.0, x)


def share(larger: Expr, equal: Expr) -> Expr:
    """What the winner of a comparison gets: all, or half of a tie."""
    return larger + 0.5 * equal


# arithmetic


@partials("add")
def add(a: Expr, b: Expr) -> Any:
    return 1, 1


@partials("sub")
def sub(a: Expr, b: Expr) -> Any:
    return 1, -1


@partials("mul")
def mul(a: Expr, b: Expr) -> Any:
    return b, a


@partials("truediv")
def truediv(a: Expr, b: Expr, *, y: Expr) -> Any:
    """Reads the quotient; that of one needs no more."""
    return lambda: 1 / b, lambda: -y * y if number_of(a) == 1 else -(y / b)


@partials("neg")
def neg(a: Expr) -> Any:
    return -1


@partials("pos", "float", "float64", "float32", "float16", "longdouble")
def same(a: Expr) -> Any:
    """The value itself, possibly as another kind of number."""
    return 1


@partials("mod")
def mod(a: Expr, b: Expr) -> Any:
    """a - b * floor(a / b); the floor is constant between its steps."""
    return 1, lambda: -(a // b)


@partials("fmod")
def fmod(a: Expr, b: Expr, *, y: Expr) -> Any:
    """a - b * trunc(a / b)."""
    return 1, lambda: (y - a) / b


@partials("pow", "float_power")
def power(a: Expr, b: Expr, *, y: Expr) -> Any:
    """b a**(b-1) and y log(a), where a power of zero counts as constant in its exponent."""
    return lambda: _power_in_base(a, b, y), lambda: _power_in_exponent(a, b, y)


def _power_in_base(a: Expr, b: Expr, y: Expr) -> Any:
    n = number_of(b)
    if n is None:
        return b * a ** _exponent(b)
    if n in (0, 1):
        return n
    if n == 2:
        return 2 * a
    return 0.5 / y if n == 0.5 else n * a ** (n - 1)


def _exponent(b: Expr) -> Expr:
    """b - 1, but 1 where b is zero: there the partial is 0 * a."""
    if b.ndim == 0:
        return choose(b, lambda: b - 1, lambda: 1)
    return b.emit("where", b.equals(0), 1, b - 1)


def _power_in_exponent(a: Expr, b: Expr, y: Expr) -> Any:
    n = number_of(a)
    if is_complex(y.type) and not is_complex(a.type) and (n is None or n < 0):
        n, a = None, a + 0j
    if n is not None:
        return y * log_of(n, y) if n > 0 else 0 if n == 0 else y * a.emit("log", a)
    if a.ndim == 0:
        return y * choose(a, lambda: a.emit("log", a), lambda: 0.0)
    return y * a.emit("log", a.emit("where", a.equals(0), 1.0, a))


# sign and size


@partials("abs", "absolute", "fabs")
def absolute(x: Expr, *, y: Expr) -> Any:
    """The sign; 0 at 0. Of a complex number the conjugate of its direction: dy = Re(conj(x) dx) / y."""
    return x.emit("conj", x) / nonzero(y) if is_complex(x.type) else sign(x)


@partials("copysign")
def copysign(a: Expr, b: Expr, *, y: Expr) -> Any:
    """|a| with the sign of b, which is constant between its steps."""
    return sign(a) * sign(y), None


@partials("heaviside")
def heaviside(a: Expr, b: Expr) -> Any:
    """The value at zero counts only there."""
    return None, a.equals(0)


@partials("maximum")
def maximum(a: Expr, b: Expr) -> Any:
    """1 for the larger, 1/2 each at a tie."""
    return lambda: share(a > b, a.equals(b)), lambda: share(b > a, a.equals(b))


@partials("minimum")
def minimum(a: Expr, b: Expr) -> Any:
    """1 for the smaller, 1/2 each at a tie."""
    return lambda: share(a < b, a.equals(b)), lambda: share(b < a, a.equals(b))


@partials("fmax", "fmin")
def fmax(a: Expr, b: Expr, *, y: Expr) -> Any:
    """1 for the one that was chosen (never a nan), 1/2 each at a tie."""
    return lambda: a.equals(y) * (1 - 0.5 * b.equals(y)), lambda: b.equals(y) * (1 - 0.5 * a.equals(y))


def _are_in_order(low: Expr, high: Expr) -> bool:
    """Whether two bounds are numbers that are known, the lower one first."""
    return is_const(low.value) and is_const(high.value) and bool(const_of(low.value) <= const_of(high.value))


@partials("clip")
def clip(x: Expr, *bounds: Expr) -> Any:
    """1 between the bounds, 1/2 at them; the bounds have the rest, the upper one all where it is below the lower."""
    low, high = (*bounds, x, x)[:2]
    has_low, has_high = (bound is not x and isinstance(bound.type, Scalar | Array) for bound in (low, high))
    in_order = has_low and has_high and _are_in_order(low, high)

    def raised() -> Expr:
        return x.emit("maximum", x, low) if has_low else x

    def inside() -> Any:
        if in_order:
            return share((x > low).emit("bitand", x > low, x < high), x.emit("bitor", x.equals(low), x.equals(high)))
        from_low = share(x > low, x.equals(low)) if has_low else 1
        return from_low * share(raised() < high, raised().equals(high)) if has_high else from_low

    def below() -> Any:
        share_of_low = share(x < low, x.equals(low))
        return share_of_low * share(raised() < high, raised().equals(high)) if has_high else share_of_low

    def above() -> Any:
        return share(raised() > high, raised().equals(high))

    return inside, *(below, above)[: len(bounds)]


@pullback("where")
def where(y_bar: Expr, condition: Expr, x: Expr, y_: Expr) -> Any:
    """Each side gets the cotangent where it was chosen."""
    return (
        None,
        lambda: y_bar.emit("where", condition, y_bar, 0.0),
        lambda: y_bar.emit("where", condition, 0.0, y_bar),
    )


@pushforward("where")
def where_dot(tangents: Any, condition: Expr, x: Expr, y_: Expr) -> Any:
    _, x_dot, y_dot = tangents
    return condition.emit("where", condition, 0.0 if x_dot is None else x_dot, 0.0 if y_dot is None else y_dot)


@partials("hypot")
def hypot(a: Expr, b: Expr, *, y: Expr) -> Any:
    """0 at the origin, as for abs."""
    return lambda: a / nonzero(y), lambda: b / nonzero(y)


# exponentials and logarithms


@partials("exp")
def exp(x: Expr, *, y: Expr) -> Any:
    return y


@partials("exp2")
def exp2(x: Expr, *, y: Expr) -> Any:
    return y * log_of(2, y)


@partials("expm1")
def expm1(x: Expr, *, y: Expr) -> Any:
    return y + 1


@partials("log")
def log(x: Expr) -> Any:
    return 1 / x


@partials("log2")
def log2(x: Expr) -> Any:
    return 1 / (x * log_of(2, x))


@partials("log10")
def log10(x: Expr) -> Any:
    return 1 / (x * log_of(10, x))


@partials("log1p")
def log1p(x: Expr) -> Any:
    return 1 / (1 + x)


@partials("logaddexp")
def logaddexp(a: Expr, b: Expr, *, y: Expr) -> Any:
    """The softmax of the two; 0 where both are -inf."""
    top = above_infinity(y)
    return lambda: y.emit("exp", a - top), lambda: y.emit("exp", b - top)


@partials("logaddexp2")
def logaddexp2(a: Expr, b: Expr, *, y: Expr) -> Any:
    top = above_infinity(y)
    return lambda: y.emit("exp2", a - top), lambda: y.emit("exp2", b - top)


@partials("sqrt")
def sqrt(x: Expr, *, y: Expr) -> Any:
    """Infinite at 0."""
    return 0.5 / y


@partials("cbrt")
def cbrt(x: Expr, *, y: Expr) -> Any:
    return 1 / (3 * y * y)


@partials("square")
def square(x: Expr) -> Any:
    return 2 * x


@partials("reciprocal")
def reciprocal(x: Expr, *, y: Expr) -> Any:
    return -(y * y)


# trigonometric and hyperbolic


@partials("sin")
def sin(x: Expr) -> Any:
    return x.emit("cos", x)


@partials("cos")
def cos(x: Expr) -> Any:
    return -x.emit("sin", x)


@partials("tan")
def tan(x: Expr, *, y: Expr) -> Any:
    return 1 + y * y


@partials("asin")
def asin(x: Expr) -> Any:
    return 1 / x.emit("sqrt", 1 - x * x)


@partials("acos")
def acos(x: Expr) -> Any:
    return -1 / x.emit("sqrt", 1 - x * x)


@partials("atan")
def atan(x: Expr) -> Any:
    return 1 / (1 + x * x)


@partials("atan2")
def atan2(a: Expr, b: Expr) -> Any:
    return lambda: b / (a * a + b * b), lambda: -a / (a * a + b * b)


@partials("sinh")
def sinh(x: Expr) -> Any:
    return x.emit("cosh", x)


@partials("cosh")
def cosh(x: Expr) -> Any:
    return x.emit("sinh", x)


@partials("tanh")
def tanh(x: Expr, *, y: Expr) -> Any:
    """Reads the output, so `x` need not be kept."""
    return 1 - y * y


@partials("asinh")
def asinh(x: Expr) -> Any:
    return 1 / x.emit("sqrt", x * x + 1)


@partials("acosh")
def acosh(x: Expr) -> Any:
    if is_complex(x.type):  # the root of the product may have the other sign
        return 1 / (x.emit("sqrt", x - 1) * x.emit("sqrt", x + 1))
    return 1 / x.emit("sqrt", x * x - 1)


@partials("atanh")
def atanh(x: Expr) -> Any:
    return 1 / (1 - x * x)


@partials("degrees")
def degrees(x: Expr) -> Any:
    return _PER_RADIAN


@partials("radians")
def radians(x: Expr) -> Any:
    return 1 / _PER_RADIAN


@partials("erf")
def erf(x: Expr) -> Any:
    return 2 / math.sqrt(math.pi) * x.emit("exp", -(x * x))


@partials("erfc")
def erfc(x: Expr) -> Any:
    return -2 / math.sqrt(math.pi) * x.emit("exp", -(x * x))


# several numbers


@composite("max_of")
def largest(*items: Expr) -> Any:
    """The largest of one sequence is its maximum."""
    return items[0].max() if len(items) == 1 else None


@composite("min_of")
def smallest(*items: Expr) -> Any:
    return items[0].min() if len(items) == 1 else None


@partials("max_of", "min_of")
def extreme(*items: Expr, y: Expr, op: str) -> Any:
    """1 for the winner; a tie is shared evenly."""
    if len(items) == 2:
        a, b = items
        if op == "min_of":
            return lambda: _won(a < b, a, b), lambda: _won(b < a, b, a)
        return lambda: _won(a > b, a, b), lambda: _won(b > a, b, a)
    return tuple(lambda x=x: 1.0 * x.equals(y) / _winners(items, y) for x in items)


def _won(wins: Expr, a: Expr, b: Expr) -> Expr:
    return choose(wins, lambda: 1.0, lambda: choose(a.equals(b), lambda: 0.5, lambda: 0.0))


def _winners(items: tuple[Expr, ...], y: Expr) -> Expr:
    total = 1.0 * items[0].equals(y)
    for x in items[1:]:
        total = total + x.equals(y)
    return total
