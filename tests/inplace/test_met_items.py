"""Lists filled in a loop with an array that is, on some paths, an item of another list: it may stand in them twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import right_or_refused

X = np.array([1.1, 0.72, 1.31, 0.53, 0.94])


def item_or_array(x):
    u = x * 2.0
    rows = []
    for _ in range(2):
        rows.append(u)
    kept = []
    for i in range(2):
        kept.append(u if x[i] > 0.8 else rows[0])
    kept[0][0] = 5.0
    return kept[1][0] * x[1]


def smallest_or_array(x):
    u = x.copy()
    w = np.exp(x) * 0.5
    v = sorted([u, w], key=lambda r: r[0])[0]
    kept = []
    for i in range(2):
        kept.append(u if i == 0 else v)
    p, q = kept
    p *= 1.5
    return np.sum(q * np.arange(5.0))


def chosen_by_position(x):
    rows = [x * e for e in x]
    u, v = rows[0], rows[1]
    kept = []
    for i in range(2):
        kept.append((u, v)[i])
    rows[0] *= 2
    return np.sum(kept[0])


def chosen_by_position_in_a_tuple(x):
    rows = [x * e for e in x]
    u = rows[1]
    kept = []
    for i in range(2):
        kept.append(((u, rows[0])[i], i))
    rows[0] *= 2
    return np.sum(kept[1][0])


def scaled_in_a_loop(x):
    u = x * 2.0
    rows = []
    for _ in range(2):
        rows.append(u)
    kept = []
    for i in range(2):
        t = rows[0]
        if x[i] > 0.8:
            t = u
        kept.append(t)
    for a in kept:
        a *= 1.3
    return np.sum(u * x)


FUNCTIONS = (
    item_or_array,
    smallest_or_array,
    chosen_by_position,
    chosen_by_position_in_a_tuple,
    scaled_in_a_loop,
)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: f.__name__)
def test_right_or_refused(function: Callable[..., Any]) -> None:
    right_or_refused(function, (X,))
