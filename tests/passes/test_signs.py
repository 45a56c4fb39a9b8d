"""Signs of arrays: nobody negates one that is only added and subtracted."""

from __future__ import annotations

import re

import numpy as np

import adjoint
from tests.inplace.judge import judge

A = np.array([[0.3, 0.5, 0.9, 0.2], [0.4, 0.7, 0.6, 0.8], [0.1, 1.1, 0.5, 0.3]])


def advected(u, v, steps):
    u = u.copy()
    v = v.copy()
    for _ in range(steps):
        un = u.copy()
        vn = v.copy()
        u[1:] = un[1:] - 0.1 * un[1:] * (un[1:] - un[:-1]) - 0.1 * vn[1:] * (un[1:] - un[:-1])
        v[1:] = vn[1:] - 0.1 * un[1:] * (vn[1:] - vn[:-1]) - 0.1 * vn[1:] * (vn[1:] - vn[:-1])
    return np.sum(u**2 + v**2)


def test_no_array_is_negated():
    judge(advected, (A, A**2, 3))
    made = adjoint.grad(advected, wrt=(0, 1))
    made(A, A**2, 3)
    assert not re.search(r"= -\w+|\(-\w+\[|^\s+-", made.source, re.MULTILINE)


def returned(u, steps):
    """What a place is set to, and what it held before."""
    u = u.copy()
    for _ in range(steps):
        old = u.copy()
        u[1:] = old[1:] - 0.2 * np.sin(old[:-1])
        u[1:] -= 0.1 * old[1:] * old[:-1]
    return np.sum(u**2)


def test_what_a_place_held_is_not_stored_again():
    judge(returned, (A, 3))
    judge(advected, (A[:, :1], A[:, :1], 2))
    made = adjoint.grad(returned)
    made(A, 3)
    assert "u_bar[1:] = " not in made.source
