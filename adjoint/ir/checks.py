"""What emitted code asks of a result of SciPy before it is used: that there is one. Emitted code holds their text."""

# mypy: disable-error-code="no-untyped-def, no-untyped-call, no-any-return"

from __future__ import annotations

import inspect
from typing import Any

import numpy as np


def solved(result):
    """The result of a solver. Raises RuntimeError where it has not converged: then it has no derivative."""
    if not result.success:
        raise RuntimeError(f"no solution to differentiate: {result.message}")
    return result


def solved_scalar(result):
    """The result of `root_scalar`. Raises RuntimeError where it has not converged: then it has no derivative."""
    if not result.converged:
        raise RuntimeError(f"no solution to differentiate: {result.flag}")
    return result


def solved_system(result):
    """The solution in the full output of `fsolve`. Raises RuntimeError where it has not converged."""
    x, _, state, message = result
    if state != 1:
        raise RuntimeError(f"no solution to differentiate: {message}")
    return x


def integrated(result):
    """The solution in the full output of `odeint`. Raises RuntimeError where it stopped before the end."""
    y, details = result
    if details["message"] not in ("Integration successful.", "Nothing was done; the integration time was 0."):
        raise RuntimeError(f"no solution to differentiate: {details['message']}")
    return y


def real_matrix(x):
    """A function of a matrix that is real here. Raises ValueError where it is complex: eigenvalues below zero."""
    if np.iscomplexobj(x):
        raise ValueError("the matrix has negative eigenvalues: its square root or logarithm is complex")
    return x


CHECKS: dict[str, Any] = {f.__name__: f for f in (solved, solved_scalar, solved_system, integrated, real_matrix)}


def text_of(name: str) -> str:
    """The source of one of them."""
    return inspect.getsource(CHECKS[name])
