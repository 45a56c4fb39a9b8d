"""Functions of `scipy.special` with several results or several branches. Source: NIST Digital Library of Mathematical
Functions, 4.13 (Lambert), 6.2 (integrals of sine and cosine), 11.4 (Struve), 25.11 (zeta)."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from adjoint.rules.decompositions import cotangent, plus, together
from adjoint.rules.expr import Expr
from adjoint.rules.registry import partials, pullback, pushforward
from adjoint.rules.scipy_special import _np, _shifted, _sp, unknown


@partials("special_zeta")
def zeta(x: Expr, q: Expr) -> Any:
    return unknown("zeta", "exponent"), lambda: -x * _sp("zeta", x + 1, q)


@partials("special_lambertw")
def lambertw(z: Expr, *, y: Expr) -> Any:
    """1 / (exp(w) (1 + w)); infinite at -1 / e."""
    return 1 / (_np("exp", y) * (1 + y))


@partials("special_struve")
def struve(v: Expr, x: Expr, *, y: Expr) -> Any:
    """H of the order below, less v / x of it."""
    return unknown("struve", "order"), lambda: _sp("struve", _shifted(v, -1), x) - v / x * y


@partials("special_modstruve")
def modstruve(v: Expr, x: Expr, *, y: Expr) -> Any:
    return unknown("modstruve", "order"), lambda: _sp("modstruve", _shifted(v, -1), x) - v / x * y


_SLOPES = {"sici": ("sin", "cos"), "shichi": ("sinh", "cosh")}


def _integrals(name: str) -> None:
    @pullback(f"special_{name}")
    def back(y_bar: Expr, x: Expr) -> Any:
        """sin(x) / x and cos(x) / x."""
        total = None
        for index, function in enumerate(_SLOPES[name]):
            bar = cotangent(y_bar, index)
            if bar is not None:
                total = plus(total, bar * (_np(function, x) / x))
        return total

    @pushforward(f"special_{name}")
    def forth(tangents: Any, x: Expr, *, y: Expr) -> Any:
        return together(y, *(tangents[0] * (_np(function, x) / x) for function in _SLOPES[name]))


_integrals("sici")
_integrals("shichi")
