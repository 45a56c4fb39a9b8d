"""Other ways to the same gradient, where they are installed and can take the program: None where not."""

from __future__ import annotations

import types
import warnings

import numpy as np

from adjoint import grad


def compiled(problem):
    """`grad(..., jit="numba")`."""
    return grad(problem.primal, wrt=problem.wrt, jit="numba").specialize(*problem.arguments())


def hand_compiled(problem):
    """The hand-written gradient, and the helpers it calls, under Numba."""
    import numba

    function = problem.hand
    names = {name: _njit(numba, value) for name, value in function.__globals__.items() if name.startswith("_")}
    return numba.njit(_with_globals(function, names))


def _njit(numba, value):
    return numba.njit(value) if isinstance(value, types.FunctionType) else value


def autograd(problem):
    """autograd, given the program with its own NumPy."""
    import autograd as library
    import autograd.numpy

    function = _with_globals(problem.primal, {"np": autograd.numpy, "math": autograd.numpy})
    if isinstance(problem.wrt, int):
        return library.grad(function, problem.wrt)

    def packed(chosen, *args):
        given = list(args)
        for position, value in zip(problem.wrt, chosen, strict=True):
            given[position] = value
        return function(*given)

    gradient = library.grad(packed)
    return lambda *args: gradient(tuple(args[position] for position in problem.wrt), *args)


def _with_globals(function, names):
    """The same code under other global names."""
    made = types.FunctionType(function.__code__, {**function.__globals__, **names}, function.__name__)
    made.__defaults__ = function.__defaults__
    return made


RIVALS = {"numba": (compiled, hand_compiled), "autograd": (autograd,)}
"""What an option of the command measures in addition."""


def contender(make, problem, compare):
    """The gradient function that `make` gives, if it runs and agrees with the one written by hand."""
    args = problem.arguments()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            function = make(problem)
            compare(function(*args), problem.hand(*args))
        except Exception as error:  # whatever a library raises at a program that it cannot take
            return None, f"{type(error).__name__}: {error}".split("\n")[0]
    return function, ""
