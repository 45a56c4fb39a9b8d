"""Other ways to the same gradient, where they are installed and can take the program.

Each maker gives the function and its arguments, converted beforehand to what the library computes with.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from adjoint.errors import NotCompilable
from tests.benchmarks.problem import Problem
from tests.benchmarks.rivals.compiled import adjoint_numba, hand_numba
from tests.benchmarks.rivals.in_jax import jax_jit
from tests.benchmarks.rivals.in_torch import torch
from tests.benchmarks.rivals.traced import autograd, tangent

Maker = Callable[[Problem], tuple[Callable[..., Any], tuple[Any, ...]]]

RIVALS: dict[str, tuple[Maker, ...]] = {
    "numba": (adjoint_numba, hand_numba),
    "jax": (jax_jit,),
    "torch": (torch,),
    "autograd": (autograd,),
    "tangent": (tangent,),
}
"""What a name after `--with` measures in addition."""


@dataclass
class Contender:
    """A gradient that agrees with the one by hand, and the seconds until its first result; or why there is none."""

    function: Callable[..., Any] | None
    args: tuple[Any, ...] = ()
    seconds: float = 0.0
    reason: str = ""


def contender(make: Maker, problem: Problem) -> Contender:
    """What `make` gives, if it runs and is right."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            start = time.perf_counter()
            function, args = make(problem)
            result = function(*args)
            seconds = time.perf_counter() - start
            compare(result, problem.hand(*problem.arguments()))
        except Exception as error:  # whatever a library raises at a program that it cannot take
            if make is adjoint_numba and not isinstance(error, NotCompilable):
                raise
            return Contender(None, reason=f"{type(error).__name__}: {error}".split("\n")[0])
    return Contender(function, args, seconds)


def compare(ours: Any, theirs: Any) -> None:
    """Raise AssertionError when two gradients differ."""
    if not isinstance(theirs, tuple):
        theirs, ours = (theirs,), ours if isinstance(ours, tuple) else (ours,)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-8, atol=1e-11)
