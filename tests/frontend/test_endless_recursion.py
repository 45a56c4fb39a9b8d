"""Functions that call themselves with other types every time are refused soon, unless they walk something down."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from adjoint.errors import AliasNotProvable, UnsupportedConstruct
from tests.support import check


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


def _nested(x, t, n):
    return np.sum(x) if n == 0 else _nested(x * 1.1, (t, n), n - 1)


def nested(x):
    return _nested(x, (), 4)


def _grows(x, n):
    return np.sum(x) if n == 0 else _grows(x[None], n - 1)


def grows(x):
    return _grows(x, 3)


def merge(a, b):
    if len(a) == 0:
        return b
    if len(b) == 0:
        return a
    if a[0] < b[0]:
        return np.concatenate([a[:1], merge(a[1:], b)])
    return np.concatenate([b[:1], merge(a, b[1:])])


def merge_sort(a):
    if len(a) < 2:
        return a
    h = len(a) // 2
    return merge(merge_sort(a[:h]), merge_sort(a[h:]))


def sorted_sum(x):
    return np.sum(merge_sort(x) * np.arange(1, len(x) + 1))


def _bitonic(a, b):
    if len(a) > 1:
        h = len(a) // 2
        a[0] += b[-1] ** 2
        _bitonic(a[:h], a[h:])
        _bitonic(b[:h], b[h:])


def changes_parts(x):
    y = x.copy()
    _bitonic(y[:4], y[4:])
    return np.sum(y)


@pytest.mark.parametrize("function", [nested, grows])
def test_other_types_without_end_are_refused(function) -> None:
    with pytest.raises(UnsupportedConstruct, match="calls itself with other types every time"):
        adjoint.grad(function)(np.ones(3))


def test_parts_of_parts_of_an_array() -> None:
    """Several parts of one array, and parts of those: further down they are arrays that can only be read."""
    x = np.linspace(0.5, 2.0, 16).reshape(4, 4) ** 2
    check(quarters, x)
    check(sorted_sum, np.array([0.3, 0.9, 0.5, 0.4, 0.7]))


def test_parts_of_parts_that_change_are_refused() -> None:
    with pytest.raises(AliasNotProvable):
        adjoint.grad(changes_parts)(np.linspace(0.5, 2.0, 8))


def test_what_is_walked_down_has_an_end() -> None:
    assert adjoint.grad(spelled)(np.ones(3)) == pytest.approx(1.1**30)
