"""`max` and `min` with a default, of sequences that may be empty as only the run knows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge

X = np.array([0.7, 1.3, -0.4, 0.9, 0.35, 1.1, -0.8, 0.55])


def of_a_range(x):
    n = int(6.0 * x[0] + 2.0)
    return x[min((i for i in range(0, n, 3) if i > 3), default=0)]


def of_a_list(x):
    return min([c for c in x if c > 5], default=2.0) * x[0]


def of_a_generator(x):
    return max((c for c in x if c > 5), default=x[1]) * x[0]


def of_a_named_list(x):
    xs = [c for c in x if c > 5]
    return max(xs, default=x[1]) * x[0]


def of_integers(x):
    n = int(6.0 * x[0] + 2.0)
    return x[min([i for i in range(0, n, 3) if i > 3], default=0)]


def of_an_empty_range(x):
    n = int(6.0 * x[0] + 2.0)
    return x[max(range(n, n), default=2)]


def with_keys(x):
    xs = [c * x for c in x if c > 50]
    ys = [c * x for c in x if c > 0.5]
    a = max(xs, key=lambda v: v[0], default=x)
    b = min(ys, key=lambda v: v[0], default=x)
    return np.sum(a * b)


def none_or_an_array(x):
    ys = [c * x for c in x if c > 0.5]
    b = min(ys, key=lambda v: v[0], default=None)
    return np.sum(b) if b is not None else 0.0


def several(x):
    first = min((i for i, c in enumerate(x) if c > 1.0), default=-1)
    return max((c * c for c in x if c < 0.5), default=0.0) + max(x, default=0.0) + first * x[0]


def of_what_is_left(x):
    s = 0.0
    for k in range(3):
        s += max((c for c in x[k:] if c > 0.95), default=x[k])
    return s


PROGRAMS = [
    *(of_a_range, of_a_list, of_a_generator, of_a_named_list, of_integers, of_an_empty_range),
    *(with_keys, none_or_an_array, several, of_what_is_left),
]


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,), (0,))
