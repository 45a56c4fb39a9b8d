# ruff: noqa: B007 (programs as the writer made them)
"""Programs that were once wrong, cut down: found by the random programs of this directory or by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def break_after_push(x, n):
    s = x
    for i in range(n):
        c = s * i - 1.0
        if c > 0.0:
            if s > 2.0:
                break
            s = s * s * c
        else:
            s = s * x + c * c
    return s


def break_after_inner_loop(x, n):
    s = x
    for i in range(n):
        t = s
        for j in range(2):
            t = math.sin(t * x) * t + j
        if t > 1.2:
            break
        s = s * t + 0.3
    return s


def break_after_branch(x, n):
    s = x
    for i in range(n):
        if s > 0.5:
            u = s * x
            t = math.sin(u) * u * s
        else:
            t = s * s
        if t > 1.2:
            break
        s = s * t + 0.3 + x
    return s


def break_after_ternary(x, n):
    s = x
    k = 0
    while k < n:
        k += 1
        t = math.sin(s * x) * s if s > 0.5 else s * s + 0.5
        if t > 0.8:
            break
        s = s * t + 0.3 + x
    return s


def break_without_change(z, n):
    y = z
    for i in range(n + 1):
        y = math.sin(math.tanh(z))
        if not y > 0.899:
            break
    return y * 1.065


def condition_on_its_own_line(x, y, z):
    t = x
    last = 0.0
    for i in range(3):
        last = math.sin((t if not x > 1.502 else y) ** 3)
        x -= math.sin(z * z)
        z = x
    return x + last


def bound_before_a_jump(x, n):
    for i in range(n):
        if x > 0.6:
            c = 0.5 * math.tanh(x)
        else:
            if x < 0.3:
                break
            c = math.sin(x)
        x = x * c + 0.2
    return x


def slices_on_one_path(x, u):
    if x > 1.3:
        return np.sum(u[1:] * u[:-1])
    return x


def numeric_condition(x, u):
    t = 0.5
    for e in reversed(u):
        if np.sum(u):
            if t:
                break
        else:
            return np.sum(u[1:])
        t = e
    return t * x


def independent(b):
    return 0.5 * math.tanh(math.exp(-abs(b)))


def call_then_return(y, n):
    last = 0.0
    for i in range(n):
        last = independent(y)
        if y:
            return 0.5
    return last


def return_from_loop(y):
    for i in range(3):
        if i % 2 == 1:
            return 0.5 * math.tanh(y)
    return y


def same_shape_on_other_path(x, u):
    if x:
        u = np.concatenate((u[1:], u[:1]))
        x = np.sum(x * u)
        c1 = 0.5
    else:
        c1 = np.sum(u[1:])
    return x + c1


def equal_terms(x, y):
    t = math.sin(1.165 * math.sin(x))
    return y + (0.347 - t) + t


def return_from_loop_in_for_else(x, m):
    s = x * 0.6
    for i in range(4):
        if s > 1.0:
            break
        s = s * 1.1
    else:
        for j in range(m):
            if s > 0.2 + 0.1 * j:
                return s + x**2
    return s


def return_from_loop_in_while_else(x, m):
    s, i = x * 0.6, 0
    while i < m:
        i += 1
        s = s * x
        if s > 2.0:
            break
    else:
        while s < 1.0:
            s = s + x**2
            if s > 0.7:
                return s * s
    return s


def raise_where_all_goes_wrong(u):
    if np.sum(u) < 10.0:
        v = u * 1.5
        for k in range(3):
            if v[k] > 0.0:
                v[1:] *= v[:-1]
        return np.sum(v**2)
    raise ValueError("too large")


def raise_in_two_places(u):
    if np.sum(u) < 10.0:
        if u[0] > 0.1:
            v = np.sin(u)
            return np.sum(v * v * v)
        raise TypeError
    raise ValueError(f"{u[0]}")


def _in_one_pass(x, n):
    for _ in range(n):
        return x * math.sin(x)


def number_or_none(x, n):
    return 2.0 * _in_one_pass(x, n)


def factor_of_a_loop_without_a_pass(x, u):
    for e in u:
        while e * e > 1.527:
            x *= math.sin(math.sin(2.0 * 1.3 ** math.tanh(e)))
            e = e * 0.5
    return x * x


def return_where_one_of_two_is_carried(u, m):
    a, b, c, n = u * 1.0, u * 2.0, u * 3.0, 0
    p = [a, b]

    def pick(j):
        return p[j]
        a += c  # noqa: F841, F823

    if u[0] > 0.2:
        b, c = b, a * 1.0
    while True:
        n += 1
        for _ in range(4):
            if a[0] > 0.5:
                return b @ b
            c = c * 1.1
        if pick(1 - m)[3] > 0.4 or n > 2:
            a[:] *= a
            break
    return a @ c


def lists_met_again_behind_one_of_two(u):
    a, b, c = u * 1.0, u * 2.0, np.cos(u)
    p, q, s = [a, b], [c, a], 0.0
    for _ in range(2):
        b = p[1] + c if s > 1.0 else b * 1.1
    p[-1][0] = s
    p = q
    if u[0] > 0.0:
        for _ in q[:2]:
            b = b * 1.1
            p = list(q)
            q = q
    return sum(np.sum(e * (i + 1)) for i, e in enumerate(p))


U = np.array([0.2838, -0.0345, -0.2663, 1.0324])

FOUND: list[tuple[Any, tuple[Any, ...]]] = [
    *[(break_after_push, (x, 6)) for x in (1.9, -0.86, 1.04, 0.77)],
    *[(break_after_inner_loop, (x, 4)) for x in (0.42, 0.77, 1.4)],
    *[(break_after_branch, (x, 4)) for x in (0.56, 0.77, 1.04)],
    *[(break_after_ternary, (x, 4)) for x in (0.55, 0.77, 1.85)],
    (break_without_change, (0.4, 3)),
    (condition_on_its_own_line, (1.267, -0.6, -0.44)),
    *[(bound_before_a_jump, (x, 3)) for x in (0.2, 0.4, 0.9)],
    *[(slices_on_one_path, (x, U)) for x in (1.1, 1.5)],
    (numeric_condition, (1.3, U)),
    (call_then_return, (0.4, 3)),
    (return_from_loop, (0.3,)),
    (same_shape_on_other_path, (0.4, U)),
    (equal_terms, (0.87, 1.46)),
    (factor_of_a_loop_without_a_pass, (-0.7, U)),
    (factor_of_a_loop_without_a_pass, (-0.7, 2.0 * U)),
    (number_or_none, (0.7, 2)),
    (return_where_one_of_two_is_carried, (U, 1)),
    (return_where_one_of_two_is_carried, (2.0 * U, 0)),
    *[(lists_met_again_behind_one_of_two, (s * U,)) for s in (1.0, -1.0)],
    (raise_where_all_goes_wrong, (U,)),
    (raise_in_two_places, (U,)),
    *[(return_from_loop_in_for_else, (x, 2)) for x in (0.2, 0.3, 0.5, 1.6)],
    *[(return_from_loop_in_while_else, (x, 2)) for x in (0.2, 0.6, 1.2, 2.5)],
]
