"""Functions of `scipy.special` over axes: softmax and the logarithm of a sum of exponentials."""

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr, above_infinity
from adjoint.rules.products import unstacked
from adjoint.rules.reductions import spread
from adjoint.rules.registry import pullback, pushforward
from adjoint.rules.scipy_special import _exp


def _sum(x: Expr, axis: Any) -> Expr:
    """The sum with its axes kept; that of everything is a number."""
    return x.sum() if axis is None else x.sum(axis=axis, keepdims=True)


@pullback("special_softmax")
def softmax(y_bar: Expr, x: Expr, *, y: Expr, axis: Any) -> Any:
    return y * (y_bar - _sum(y_bar * y, axis))


@pushforward("special_softmax")
def softmax_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any) -> Any:
    return y * (tangents[0] - _sum(tangents[0] * y, axis))


@pullback("special_log_softmax")
def log_softmax(y_bar: Expr, x: Expr, *, y: Expr, axis: Any) -> Any:
    return y_bar - _exp(y) * _sum(y_bar, axis)


@pushforward("special_log_softmax")
def log_softmax_dot(tangents: Any, x: Expr, *, y: Expr, axis: Any) -> Any:
    return tangents[0] - _sum(_exp(y) * tangents[0], axis)


def _weights(a: Expr, b: Expr | None, y: Expr, axis: Any, keepdims: Any) -> Expr:
    """How much each term of a sum of exponentials is of the sum, without its factor."""
    rank = max(a.ndim, b.ndim if b is not None else 0)
    return _exp(a - spread(above_infinity(y), axis, keepdims, rank))


@pullback("special_logsumexp")
def logsumexp(y_bar: Expr, a: Expr, b: Expr | None = None, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    share = spread(y_bar, axis, keepdims, max(a.ndim, b.ndim if b is not None else 0))
    share = share * _weights(a, b, y, axis, keepdims)
    if b is None:
        return share
    return lambda: unstacked(share * b, a, 0), lambda: unstacked(share, b, 0)


@pushforward("special_logsumexp")
def logsumexp_dot(tangents: Any, a: Expr, b: Expr | None = None, *, y: Expr, axis: Any, keepdims: Any) -> Any:
    a_dot, b_dot = (*tangents, None)[:2]
    inner = a_dot if b is None or a_dot is None else a_dot * b
    inner = b_dot if inner is None else inner if b_dot is None else inner + b_dot
    return (_weights(a, b, y, axis, keepdims) * inner).sum(axis=axis, keepdims=keepdims)
