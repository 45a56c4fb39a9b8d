"""Random stencils: reverse mode against forward mode and differences, for all extents and orders of elements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adjoint import grad, jvp
from tests.fuzz.stencils import program
from tests.support import import_text

SHAPES = {1: ((6,), (4,), (9,)), 2: ((5, 6), (4, 4), (6, 5))}


def _check(seed: int, rank: int, directory: Path) -> str:
    """The text of the gradient, when it is right."""
    text = program(seed, rank)
    function = import_text(text, directory).f
    gradient = grad(function, wrt=(0, 1, 2) if seed % 2 else (0, 1))
    rng = np.random.default_rng(seed)
    for shape, laid_out in zip(SHAPES[rank], (np.ascontiguousarray, np.asfortranarray, np.ascontiguousarray)):
        u, v, u_dot, v_dot = rng.standard_normal((4, *shape))
        c, c_dot, steps = 0.3, 0.7 if seed % 2 else None, seed % 4
        _, expected = jvp(function, (u, v, c, steps), (u_dot, v_dot, c_dot, None))
        found = gradient(laid_out(u), laid_out(v), c, steps)
        total = np.vdot(found[0], u_dot) + np.vdot(found[1], v_dot) + (found[2] * c_dot if c_dot else 0.0)
        assert total == pytest.approx(expected, rel=1e-9, abs=1e-9), text
        h = 1e-6
        ends = [function(u + s * h * u_dot, v + s * h * v_dot, c + s * h * (c_dot or 0.0), steps) for s in (1.0, -1.0)]
        assert expected == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=1e-4, abs=1e-4), text
    source: str = gradient.source
    return source


@pytest.mark.parametrize("block", range(6))
def test_random_stencils(block: int, tmp_path: Path) -> None:
    sources = [_check(seed, 2, tmp_path) for seed in range(12 * block, 12 * block + 12)]
    assert sum(".ravel()" in source for source in sources) >= 3


@pytest.mark.parametrize("block", range(4))
def test_random_stencils_along_a_line(block: int, tmp_path: Path) -> None:
    sources = [_check(seed, 1, tmp_path) for seed in range(12 * block, 12 * block + 12)]
    assert sum("[:1] = " in source or "] *= " in source for source in sources) >= 3


@pytest.mark.long
@pytest.mark.parametrize("rank", [1, 2])
@pytest.mark.parametrize("block", range(40))
def test_many_random_stencils(block: int, rank: int, tmp_path: Path) -> None:
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        _check(seed, rank, tmp_path)
