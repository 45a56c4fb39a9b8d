"""Gradients that Numba compiles: ours, and those written by hand."""

from __future__ import annotations

import types

import numpy as np

from adjoint import grad
from tests.benchmarks.rivals.native_hands import HANDS


def as_numba_takes_them(args):
    """Lists of numbers as arrays: what a user of Numba passes."""
    return tuple(np.array(arg) if isinstance(arg, list) else arg for arg in args)


def adjoint_numba(problem):
    """`grad(..., jit="numba")`."""
    args = as_numba_takes_them(problem.arguments())
    return grad(problem.primal, wrt=problem.wrt, jit="numba").specialize(*args), args


def hand_numba(problem):
    """The hand-written gradient, and the helpers it calls, under Numba; or what is written by hand for Numba."""
    import numba

    function = HANDS.get(problem.name, problem.hand)
    helpers = {name: value for name, value in function.__globals__.items() if name.startswith("_")}
    names = {name: _njit(numba, value) for name, value in helpers.items() if isinstance(value, types.FunctionType)}
    return numba.njit(with_globals(function, names)), as_numba_takes_them(problem.arguments())


def _njit(numba, value):
    """A helper that may call others of its module."""
    return numba.njit(value)


def with_globals(function, names):
    """The same code under other global names."""
    made = types.FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)
    made.__defaults__ = function.__defaults__
    return made
