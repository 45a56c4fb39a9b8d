"""The same program under autograd and JAX, where they are installed and know what it calls."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from tests.callables import judge
from tests.callables.table import Program, called

_TRIANGLES = dict.fromkeys(["np.linalg.eigh", "np.linalg.eigvalsh", "np.linalg.cholesky"], "both triangles count there")
UNLIKE = {
    "autograd": {"np.abs": "autograd gives 0 for complex numbers at 0", **_TRIANGLES},
    "jax": {"np.arange": "a constant there", **_TRIANGLES},
}
"""What has another convention there."""


def compare(program: Program, f: Callable[..., Any], library: str) -> None:
    """The derivative of the sum of all real results. Skips what the other library does not know."""
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    keywords = any(f"{word}=" in program.body for word in ("where", "initial", "correction"))  # read over there
    if keywords or not program.smooth or called(program) & UNLIKE[library].keys():
        pytest.skip("no agreement is expected")
    anp, gradient = _autograd() if library == "autograd" else _jax()
    space: dict[str, Any] = {"np": anp, "math": math}
    exec(program.definition("f"), space)
    positions = judge.moved(program.args)

    def theirs(*args: Any) -> Any:
        return sum(anp.sum(anp.real(leaf)) for leaf in judge.leaves(space["f"](*args)))

    try:
        expected = gradient(theirs, positions)(*program.args)
    except Exception as error:
        pytest.skip(f"{library}: {type(error).__name__}")
    value, pull = adjoint.vjp(f, *program.args, wrt=positions)
    got = pull(_ones(value))
    if np.all(np.isfinite(judge.vector(expected))):
        np.testing.assert_allclose(judge.vector(got), judge.vector(expected), rtol=1e-8, atol=1e-9)


def _autograd() -> tuple[Any, Callable[..., Any]]:
    import autograd
    import autograd.numpy

    return autograd.numpy, autograd.grad


def _jax() -> tuple[Any, Callable[..., Any]]:
    """In double precision; what it gives as arrays of NumPy."""
    import jax

    jax.config.update("jax_enable_x64", True)

    def gradient(f: Callable[..., Any], positions: tuple[int, ...]) -> Callable[..., Any]:
        return lambda *args: jax.tree_util.tree_map(np.asarray, jax.grad(f, positions)(*args))

    return jax.numpy, gradient


def _ones(value: Any) -> Any:
    if isinstance(value, tuple | list):
        items = [_ones(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0
