"""Partials of Bessel functions, orthogonal polynomials and hypergeometric functions, in their argument.

The order, the degree and the parameters have no rule. Source: NIST Digital Library of Mathematical Functions,
10.6, 10.29 (Bessel), 18.9 (polynomials), 13.3, 15.5, 16.3 (hypergeometric).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.rules.elementwise import number_of, sign
from adjoint.rules.expr import Expr
from adjoint.rules.registry import partials
from adjoint.rules.scipy_special import _np, _shifted, _sp, unknown


def _of_one(name: str, slope: Callable[[Expr, Expr], Any]) -> None:
    @partials(f"special_{name}")
    def rule(x: Expr, *, y: Expr) -> Any:
        return slope(x, y)


_of_one("j0", lambda x, y: -_sp("j1", x))
_of_one("j1", lambda x, y: 0.5 * (_sp("j0", x) - _sp("jv", 2, x)))
_of_one("y0", lambda x, y: -_sp("y1", x))
_of_one("y1", lambda x, y: 0.5 * (_sp("y0", x) - _sp("yv", 2, x)))
_of_one("i0", lambda x, y: _sp("i1", x))
_of_one("i1", lambda x, y: 0.5 * (_sp("i0", x) + _sp("iv", 2, x)))
_of_one("i0e", lambda x, y: _sp("i1e", x) - sign(x) * y)
_of_one("i1e", lambda x, y: 0.5 * (_sp("i0e", x) + _sp("ive", 2, x)) - sign(x) * y)
_of_one("k0", lambda x, y: -_sp("k1", x))
_of_one("k1", lambda x, y: -0.5 * (_sp("k0", x) + _sp("kv", 2, x)))
_of_one("k0e", lambda x, y: y - _sp("k1e", x))
_of_one("k1e", lambda x, y: y - 0.5 * (_sp("k0e", x) + _sp("kve", 2, x)))


def _last(name: str, what: str, slope: Callable[..., Any]) -> None:
    """A function of which only the last operand has a derivative."""
    refused = unknown(name, what)

    @partials(f"special_{name}")
    def rule(*operands: Expr, y: Expr) -> Any:
        return (*[refused] * (len(operands) - 1), lambda: slope(*operands, y))


def _neighbours(name: str, v: Expr, x: Expr) -> tuple[Expr, Expr]:
    return _sp(name, _shifted(v, -1), x), _sp(name, _shifted(v, 1), x)


def _order(name: str, combine: Callable[[Expr, Expr, Expr, Expr], Any], neighbour: str = "") -> None:
    """A Bessel function: its derivative in terms of the orders below and above."""

    def slope(v: Expr, x: Expr, y: Expr) -> Any:
        return combine(*_neighbours(neighbour or name, v, x), x, y)

    _last(name, "order", slope)


_order("jv", lambda below, above, x, y: 0.5 * (below - above))
_order("jve", lambda below, above, x, y: 0.5 * (below - above))
_order("yv", lambda below, above, x, y: 0.5 * (below - above))
_order("yn", lambda below, above, x, y: 0.5 * (below - above))
_order("iv", lambda below, above, x, y: 0.5 * (below + above))
_order("ive", lambda below, above, x, y: 0.5 * (below + above) - sign(x) * y)
_order("kv", lambda below, above, x, y: -0.5 * (below + above))
_order("kn", lambda below, above, x, y: -0.5 * (below + above), "kv")
_order("kve", lambda below, above, x, y: y - 0.5 * (below + above))


# -- orthogonal polynomials: the degree below, in the family of the next parameter


def _lower(n: Expr, slope: Callable[[Any], Any]) -> Any:
    """A slope in terms of the degree below; a constant polynomial has none."""
    known = number_of(n)
    if known is None:
        return slope(_np("maximum", n - 1, 0)) * (n > 0)
    return slope(known - 1) if known else 0.0


_last("eval_chebyt", "degree", lambda n, x, y: n * _lower(n, lambda k: _sp("eval_chebyu", k, x)))
_last("eval_chebyu", "degree", lambda n, x, y: 2 * _lower(n, lambda k: _sp("eval_gegenbauer", k, 2.0, x)))
_last("eval_legendre", "degree", lambda n, x, y: _lower(n, lambda k: _sp("eval_gegenbauer", k, 1.5, x)))
_last("eval_hermite", "degree", lambda n, x, y: 2 * n * _lower(n, lambda k: _sp("eval_hermite", k, x)))
_last("eval_hermitenorm", "degree", lambda n, x, y: n * _lower(n, lambda k: _sp("eval_hermitenorm", k, x)))
_last("eval_laguerre", "degree", lambda n, x, y: -_lower(n, lambda k: 1.0 * _sp("eval_genlaguerre", k, 1.0, x)))
_last(
    "eval_genlaguerre",
    "degree and parameter",
    lambda n, a, x, y: -_lower(n, lambda k: 1.0 * _sp("eval_genlaguerre", k, _shifted(a, 1), x)),
)
_last(
    "eval_gegenbauer",
    "degree and parameter",
    lambda n, a, x, y: 2 * a * _lower(n, lambda k: _sp("eval_gegenbauer", k, _shifted(a, 1), x)),
)
_last(
    "eval_jacobi",
    "degree and parameters",
    lambda n, a, b, x, y: (
        0.5 * (n + a + b + 1) * _lower(n, lambda k: _sp("eval_jacobi", k, _shifted(a, 1), _shifted(b, 1), x))
    ),
)


# -- hypergeometric functions: the same, with parameters one higher


_last("hyp0f1", "parameter", lambda v, x, y: _sp("hyp0f1", _shifted(v, 1), x) / v)
_last("hyp1f1", "parameters", lambda a, b, x, y: a / b * _sp("hyp1f1", _shifted(a, 1), _shifted(b, 1), x))
_last("hyperu", "parameters", lambda a, b, x, y: -(a * _sp("hyperu", _shifted(a, 1), _shifted(b, 1), x)))
_last(
    "hyp2f1",
    "parameters",
    lambda a, b, c, x, y: a * b / c * _sp("hyp2f1", _shifted(a, 1), _shifted(b, 1), _shifted(c, 1), x),
)
