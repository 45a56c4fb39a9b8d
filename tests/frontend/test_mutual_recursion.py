"""Recursions that call themselves with their arguments in other orders: each order is a function of its own."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from tests.inplace.judge import judge
from tests.support import import_text

X = np.array([0.7, 1.3, -0.4, 0.9])
ORDERS = [", ".join(order) for order in itertools.permutations("abc")]
TEXT = """
import numpy as np
def move(n, a, b, c):
    if n == 0:
        return
    move(n - 1, {})
    b += 0.5 * a
    move(n - 1, {})
    c *= 1.1
def f(u):
    a, b, c = u.copy(), np.zeros(4), u**2
    move(3, a, b, c)
    return np.sum(a**2) + np.sum(b**2) + np.sum(c**2)
"""


@pytest.mark.parametrize("first", ORDERS)
def test_orders_of_arrays(first: str, tmp_path: Path) -> None:
    for second in ORDERS:
        judge(import_text(TEXT.format(first, second), tmp_path).f, (X,), order=1, directions=1)
