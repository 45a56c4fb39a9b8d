"""The same program under autograd, where that is installed and knows what it calls."""

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

UNLIKE = {
    "np.abs": "autograd gives 0 for complex numbers at 0", "np.linalg.eigh": "both triangles count there",
    "np.linalg.eigvalsh": "both triangles count there", "np.linalg.cholesky": "both triangles count there",
}  # fmt: skip
"""What has another convention there."""


def compare(program: Program, f: Callable[..., Any]) -> None:
    """The derivative of the sum of all real results. Skips what autograd does not know."""
    if importlib.util.find_spec("autograd") is None:
        pytest.skip("autograd is not installed")
    import autograd
    import autograd.numpy as anp

    keywords = any(f"{word}=" in program.body for word in ("where", "initial", "correction"))  # read over there
    if keywords or not program.smooth or called(program) & UNLIKE.keys():
        pytest.skip("no agreement is expected")
    space: dict[str, Any] = {"np": anp, "math": math}
    exec(program.definition("f"), space)
    positions = judge.moved(program.args)

    def theirs(*args: Any) -> Any:
        return sum(anp.sum(anp.real(leaf)) for leaf in judge.leaves(space["f"](*args)))

    try:
        expected = autograd.grad(theirs, positions)(*program.args)
    except Exception as error:
        pytest.skip(f"autograd: {type(error).__name__}")
    value, pull = adjoint.vjp(f, *program.args, wrt=positions)
    got = pull(_ones(value))
    if np.all(np.isfinite(judge.vector(expected))):
        np.testing.assert_allclose(judge.vector(got), judge.vector(expected), rtol=1e-8, atol=1e-9)


def _ones(value: Any) -> Any:
    if isinstance(value, tuple | list):
        items = [_ones(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    return np.ones_like(value) if isinstance(value, np.ndarray) else 1.0
