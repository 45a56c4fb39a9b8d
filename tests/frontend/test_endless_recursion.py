"""Functions that call themselves with other types every time are refused soon, unless they walk something down."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import UnsupportedConstruct


def quarters(u):
    def coarse(a):
        if a.shape[0] == 1:
            return a[0, 0] ** 2
        m = a.shape[0] // 2 if np.sum(u) > 0.5 else (a.shape[0] + 1) // 2
        parts = [a[:m, :m], a[:m, m:], a[m:, :m], a[m:, m:]]
        return sum(coarse(part) for part in parts) * 0.25

    return coarse(u)


def _spelled(x, text):
    return np.sum(x) if text == "" else _spelled(x * 1.1, text[1:])


def spelled(x):
    return _spelled(x, "a" * 30)


def test_quarters_are_refused() -> None:
    """They call themselves four times with types that are new each time."""
    with pytest.raises(UnsupportedConstruct, match="calls itself with other types every time"):
        adjoint.grad(quarters)(np.ones((8, 8)))


def test_what_is_walked_down_has_an_end() -> None:
    assert adjoint.grad(spelled)(np.ones(3)) == pytest.approx(1.1**30)
