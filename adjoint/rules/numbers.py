"""Partials of functions of numbers beside the elementary ones."""

from __future__ import annotations

from typing import Any

from adjoint.ir.opset import TABLE
from adjoint.rules.elementwise import nonzero, sign
from adjoint.rules.expr import Expr
from adjoint.rules.registry import bilinear, composite, partials, piecewise_constant

if "bitwise_count" in TABLE:
    piecewise_constant("bitwise_count")
piecewise_constant("modf_1", "frexp_1", "spacing", "isposinf", "isneginf", "gcd", "lcm")


@partials("modf_0")
def fraction(x: Expr) -> Any:
    """x - trunc(x); the whole part is constant between its steps."""
    return 1


@partials("nextafter")
def nextafter(a: Expr, b: Expr) -> Any:
    """A number as near to a as there is."""
    return 1, None


@partials("remainder")
def remainder(a: Expr, b: Expr, *, y: Expr) -> Any:
    """a - b * round(a / b)."""
    return 1, lambda: (y - a) / b


@partials("ldexp")
def ldexp(a: Expr, n: Expr, *, ns: str) -> Any:
    """a * 2**n."""
    return (lambda: a.emit("ldexp", 1.0, n, ns=ns)), None


@composite("frexp_0")
def mantissa(x: Expr, *, ns: str) -> Any:
    """x over the power of two, which is constant between its steps."""
    return x.emit("ldexp", x, -x.emit("frexp_1", x, ns=ns), ns=ns)


@composite("nan_to_num")
def nan_to_num(x: Expr) -> Any:
    """Numbers stay; what stands for nan and the infinities is constant."""
    return x.emit("where", x.emit("isfinite", x, ns="np"), x, 0.0)


@partials("sinc")
def sinc(x: Expr) -> Any:
    return x.emit("sinc_derivative", x, n=1)


@partials("i0")
def bessel(x: Expr) -> Any:
    return x.emit("i0_derivative", x, n=1)


@partials("sinc_derivative", "i0_derivative", "polygamma")
def next_order(x: Expr, *, op: str, n: int) -> Any:
    return x.emit(op, x, n=n + 1)


@partials("lgamma")
def lgamma(x: Expr) -> Any:
    """The digamma function."""
    return x.emit("polygamma", x, n=0)


@partials("gamma")
def gamma(x: Expr, *, y: Expr) -> Any:
    return y * x.emit("polygamma", x, n=0)


@partials("fma")
def fma(a: Expr, b: Expr, c: Expr) -> Any:
    return b, a, 1


@partials("hypot_of")
def hypot_of(*items: Expr, y: Expr) -> Any:
    """0 at the origin, as for abs."""
    if len(items) == 1:
        return sign(items[0])
    return tuple(lambda x=x: x / nonzero(y) for x in items)


@composite("dist")
def dist(p: Expr, q: Expr, *, y: Expr) -> Any:
    """The norm of the difference; 0 where the points are the same."""
    return y.emit("norm", p - q)


@bilinear("sumprod")
def sumprod(y_bar: Expr, p: Expr, q: Expr) -> Any:
    return y_bar * q, y_bar * p
