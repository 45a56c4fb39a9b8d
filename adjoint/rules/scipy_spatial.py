"""Distances between points. Of equal points the distance has the derivative 0."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr
from adjoint.rules.registry import pullback, pushforward


def _scale(y: Expr) -> Expr:
    """The distances, 1 where they are 0: what stands above is 0 there."""
    return y.emit("where", y.equals(0), 1.0, y)


@pullback("spatial_cdist")
def cdist(y_bar: Expr, a: Expr, b: Expr, *, y: Expr, metric: Any) -> Any:
    """Each point is moved along its differences to the others: a_bar = sum_j w[i, j] (a[i] - b[j])."""
    weights = 2 * y_bar if metric == "sqeuclidean" else y_bar / _scale(y)
    a_bar = lambda: weights.sum(axis=1)[:, None] * a - weights @ b
    return a_bar, lambda: weights.sum(axis=0)[:, None] * b - weights.T @ a


@pushforward("spatial_cdist")
def cdist_dot(tangents: Any, a: Expr, b: Expr, *, y: Expr, metric: Any) -> Any:
    total: Any = None
    for x_dot, own, moved in zip(tangents, (a, b), (_rows, _columns)):
        if x_dot is not None:
            part = moved(x_dot, own, b if own is a else a)
            total = part if total is None else total + part
    return 2 * total if metric == "sqeuclidean" else total / _scale(y)


def _rows(a_dot: Expr, a: Expr, b: Expr) -> Expr:
    return (a_dot * a).sum(axis=1)[:, None] - a_dot @ b.T


def _columns(b_dot: Expr, b: Expr, a: Expr) -> Expr:
    return (b_dot * b).sum(axis=1) - a @ b_dot.T
