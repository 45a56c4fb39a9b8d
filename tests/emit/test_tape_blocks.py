"""Arrays that a counted loop saves of what it changes in place: one array with a place for each pass, else a stack."""

from __future__ import annotations

import numpy as np
import pytest

import adjoint
from tests.inplace.judge import judge

U = np.array([0.31, 0.52, 0.93, 0.44, 0.75])
A = np.array([[0.3, 0.5, 0.9, 0.2], [0.4, 0.7, 0.6, 0.8], [0.1, 1.1, 0.5, 0.3]])


def counted(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:] -= 0.1 * u[1:] * (u[1:] - u[:-1])
    return np.sum(u**2)


def not_named(u, steps):
    for _ in range(steps):
        u[:-1] *= u[1:]
    return np.sum(u)


def from_one(u, steps):
    u = u.copy()
    for t in range(1, steps):
        u[1:] += t * u[:-1] ** 2
    return np.sum(u**2)


def of_planes(a, steps):
    a = a.copy()
    for _ in range(steps):
        a[1:, 1:] -= 0.1 * a[1:, 1:] * (a[:-1, 1:] + a[1:, :-1])
    return np.sum(a**2)


def of_fluxes(u, steps):
    u = u.copy()
    for _ in range(steps):
        flux = np.sin(0.5 * (u[1:] + u[:-1]) ** 2)
        u[1:-1] -= 0.1 * (flux[1:] ** 2 - flux[:-1])
    return np.sum(u**2)


def two_states(u, steps):
    u = u.copy()
    v = np.zeros_like(u)
    for _ in range(steps):
        v[1:-1] -= 0.1 * u[1:-1] * (u[2:] - u[:-2])
        u[1:-1] -= 0.1 * v[1:-1] * (v[2:] - v[:-2])
    return np.sum(u * v)


def staggered(a, steps):
    a = a.copy()
    for _ in range(steps):
        row = np.sin(a[1:] * a[:-1])
        column = np.cos(a[:, 1:] * a[:, :-1])
        a[1:-1] += 0.1 * (row[1:] ** 2 - row[:-1])
        a[:, 1:-1] += 0.1 * (column[:, 1:] ** 2 - column[:, :-1])
    return np.sum(a**2)


def of_two_dtypes(u, steps):
    u = u.copy()
    w = u.astype(np.float32)
    for _ in range(steps):
        w[1:] *= np.sin(w[:-1])
        u[1:] *= np.cos(u[:-1])
    return np.sum(u**2) + np.sum(w)


def of_two_lengths(u, steps):
    u = u.copy()
    w = np.sqrt(u[:3])
    for _ in range(steps):
        w[1:] *= np.sin(w[:-1])
        u[1:] *= w[1] * np.cos(u[:-1])
    return np.sum(u**2) + np.sum(w)


def one_loop_after_the_other(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:] *= np.sin(u[:-1])
    for _ in range(steps):
        u[:-1] *= np.cos(u[1:])
    return np.sum(u**2)


def nested(a, steps):
    a = a.copy()
    for _ in range(steps):
        for i in range(1, 3):
            a[i] *= np.cos(a[i - 1])
    return np.sum(a**2)


def walked(u, w):
    u = u.copy()
    for f in w:
        u[1:] *= f * u[:-1]
    return np.sum(u)


def in_a_callee(u, steps):
    u = u.copy()
    for _ in range(steps):
        _advance(u)
    return np.sum(u**2)


def _advance(u):
    u[1:] -= 0.1 * u[1:] * u[:-1]


def left_early(u, steps):
    u = u.copy()
    for t in range(steps):
        u[1:] *= u[:-1]
        if u[0] * t > 1.0:
            break
    return np.sum(u)


def on_a_path(u, steps):
    u = u.copy()
    for t in range(steps):
        if t % 2:
            u[1:] *= u[:-1]
    return np.sum(u)


def uncounted(u, steps):
    u = u.copy()
    while np.sum(u) < 5.0:
        u[1:] += u[:-1] ** 2
    return np.sum(u)


def shrinking(u, steps):
    u = u.copy()
    for _ in range(2):
        u[1:] *= u[:-1]
        u = u[1:].copy()
    return np.sum(u**2)


def nothing_copied(u, steps):
    for _ in range(steps):
        u = u - 0.1 * u * np.roll(u, 1)
    return np.sum(u**2)


BLOCKS = (counted, not_named, from_one, of_fluxes, two_states)


@pytest.mark.parametrize("function", BLOCKS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("steps", [0, 1, 3, -2])
def test_one_array(function, steps):
    judge(function, (U, steps))
    made = adjoint.grad(function)
    made(U, steps)
    assert made.source.count("np.empty(") == 1 and "append" not in made.source


@pytest.mark.parametrize("steps", [0, 2, -1])
def test_of_two_dimensions(steps):
    judge(of_planes, (A, steps))
    made = adjoint.grad(of_planes)
    made(A, steps)
    assert ", *a.shape))" in made.source and "append" not in made.source


@pytest.mark.parametrize("steps", [0, 1, 3, -2])
def test_arrays_that_are_shorter_are_in_one_piece(steps):
    judge(staggered, (np.resize(A, (4, 5)), steps))
    made = adjoint.grad(staggered)
    made(np.resize(A, (4, 5)), steps)
    assert made.source.count("np.empty(") == 1 and ", *a.shape))" in made.source
    assert "_tape[i, 2:] = " in made.source and "_tape[i, :, 2:] = " in made.source


DIFFERENT = (of_two_dtypes, of_two_lengths, one_loop_after_the_other)


@pytest.mark.parametrize("function", DIFFERENT, ids=lambda f: f.__name__)
@pytest.mark.parametrize("steps", [0, 1, 3, -2])
def test_arrays_that_differ_are_in_pieces_of_their_own(function, steps):
    if function is not of_two_dtypes:
        judge(function, (U, steps))
    made = adjoint.grad(function)
    assert np.allclose(made(U, steps), differences(lambda u: function(u, steps), U), atol=1e-3)
    assert made.source.count("np.empty(") == 2


@pytest.mark.parametrize("steps", [0, 2, -1])
def test_nested_loops_keep_rows_on_stacks(steps):
    judge(nested, (A, steps))
    made = adjoint.grad(nested)
    made(A, steps)
    assert "np.empty(" not in made.source and ".append(" in made.source


def test_with_an_index_that_the_loop_had_not():
    judge(walked, (U, np.array([0.9, 1.2, 0.7])))
    judge(in_a_callee, (U, 3))


@pytest.mark.parametrize(
    "function", [left_early, on_a_path, uncounted, shrinking, nothing_copied], ids=lambda f: f.__name__
)
def test_a_stack(function):
    judge(function, (U, 4))
    made = adjoint.grad(function)
    made(U, 4)
    assert "np.empty(" not in made.source and ".append(" in made.source


def test_single_precision():
    made = adjoint.grad(counted)
    given = made(U.astype(np.float32), 3)
    assert given.dtype == np.float32 and "np.float32" in made.source
    np.testing.assert_allclose(given, adjoint.grad(counted)(U, 3), rtol=1e-5)


@pytest.mark.parametrize("length", [0, 1, 2])
def test_short_arrays(length):
    judge(counted, (U[:length], 3))
    judge(of_fluxes, (U[:length], 3))


def differences(function, x):
    """Central differences, with steps that are wide enough for single precision."""
    steps = 0.01 * np.eye(len(x))
    return np.array([(function(x + step) - function(x - step)) / 0.02 for step in steps])
