"""Products with constant sparse matrices, and systems of equations with them: the same with the transposed matrix."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from typing import Any

from adjoint.rules.expr import Expr
from adjoint.rules.registry import linear, piecewise_constant


@linear("sparse_matmul", wrt=(1,))
def matmul(y_bar: Expr, a: Expr, x: Expr) -> Any:
    return None, y_bar.emit("sparse_matmul", a.emit("sparse_transpose", a), y_bar)


@linear("sparse_rmatmul", wrt=(0,))
def rmatmul(y_bar: Expr, x: Expr, a: Expr) -> Any:
    if y_bar.ndim == 1:
        return y_bar.emit("sparse_matmul", a, y_bar), None
    return y_bar.emit("sparse_rmatmul", y_bar, a.emit("sparse_transpose", a)), None


@linear("sparse_spsolve", wrt=(1,))
def spsolve(y_bar: Expr, a: Expr, b: Expr) -> Any:
    return None, y_bar.emit("sparse_spsolve", a.emit("sparse_transpose", a), y_bar)


piecewise_constant("sparse_transpose", "sparse_shape", "sparse_toarray")
