"""Libraries that differentiate the program as it stands: autograd, and tangent, the other that writes source."""

from __future__ import annotations

from tests.benchmarks.rivals.compiled import with_globals


def autograd(problem):
    """autograd, given the program with its own NumPy."""
    import autograd as library
    import autograd.numpy

    function = with_globals(problem.primal, {"np": autograd.numpy, "math": autograd.numpy})
    if isinstance(problem.wrt, int):
        return library.grad(function, problem.wrt), problem.arguments()

    def packed(chosen, *args):
        given = list(args)
        for position, value in zip(problem.wrt, chosen, strict=True):
            given[position] = value
        return function(*given)

    gradient = library.grad(packed)
    return lambda *args: gradient(tuple(args[position] for position in problem.wrt), *args), problem.arguments()


def tangent(problem):
    """tangent, of the package tangent-ad."""
    import tangent as library

    wrt = (problem.wrt,) if isinstance(problem.wrt, int) else problem.wrt
    gradient = library.grad(problem.primal, wrt=wrt)
    return gradient, problem.arguments()
