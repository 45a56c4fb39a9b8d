"""Integrals of functions, `quad`: what the function is at the limits, and the integral of its derivative.

d/dp of the integral of f(x, p) from a to b: f(b, p) b_dot - f(a, p) a_dot + the integral of df/dp p_dot.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from adjoint.ir.core import Function
from adjoint.ir.types import FLOAT, Scalar, Tuple, rank_of
from adjoint.rules.decompositions import cotangent, together
from adjoint.rules.expr import Expr
from adjoint.rules.registry import RuleMissing, pullback, pushforward
from adjoint.rules.scipy_optimize import called, derived, function_of, item, movable


def _integral(callee: Function, a: Expr, b: Expr, rest: tuple[Any, ...], options: Any) -> Expr:
    """The integral of another function; to the same tolerances, in the largest component for arrays."""
    t = callee.result_type
    names = dict(options)
    if rank_of(t):
        names = {"epsabs": 1.49e-8, "epsrel": 1.49e-8, "norm": "max"} | names
    both = Tuple((t, FLOAT))
    whole = a.emit("quad", a, b, *rest, callee=callee, options=tuple(names.items()), type=both)
    return item(whole, 0)


def _not_movable() -> Expr:
    raise RuleMissing("quad", "a container is handed to the function: pass its numbers or arrays")


def _part(derivative: Function, index: int) -> Function:
    """One of the results of a derivative, as a function of its own."""
    types = [arg.type for arg in derivative.args]
    names = [f"{arg.name}" for arg in derivative.args]
    body = lambda *given: item(called(given[0], derivative, *given), index)
    return function_of(f"{derivative.name}_only", derivative, types, names, body)


@pullback("quad")
def quad(y_bar: Expr, a: Expr, b: Expr, *rest: Expr, callee: Any, options: Any) -> Any:
    bar = cotangent(y_bar, 0)
    if bar is None:
        return None
    kept = bar
    at = lambda x: _paired(kept, called(x, callee, x, *rest))
    wrt = movable(rest)

    def share(position: int) -> Expr:
        """The integral of the derivative; of a number the cotangent stands before it."""
        if kept.ndim == 0:
            return kept * _integral(derived("grad", callee, (position,)), a, b, rest, options)
        return _integral(derived("pullback", callee, (position,)), a, b, (*rest, kept), options)

    def of(index: int) -> Any:
        if index + 1 in wrt:
            return lambda: share(index + 1)
        return None if isinstance(rest[index].type, Scalar) or rest[index].ndim else _not_movable

    return (lambda: -at(a), lambda: at(b), *(of(index) for index in range(len(rest))))


def _paired(bar: Expr, value: Expr) -> Expr:
    return bar * value if bar.ndim == 0 else (bar * value).sum()


@pushforward("quad")
def quad_dot(tangents: Any, a: Expr, b: Expr, *rest: Expr, y: Expr, callee: Any, options: Any) -> Any:
    a_dot, b_dot, *dots = tangents
    terms = []
    if b_dot is not None:
        terms.append(b_dot * called(b, callee, b, *rest))
    if a_dot is not None:
        terms.append(-(a_dot * called(a, callee, a, *rest)))
    wrt = tuple(index + 1 for index, dot in enumerate(dots) if dot is not None)
    if wrt:
        if not set(wrt) <= set(movable(rest)):
            _not_movable()
        tangent = derived("jvp", callee, wrt)
        moved = _part(tangent, 1)
        terms.append(_integral(moved, a, b, (*rest, *(dots[index - 1] for index in wrt)), options))
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    error = item(y, 1)
    return together(y, total, error.emit("zeros_like", error) if error.ndim else 0.0)
