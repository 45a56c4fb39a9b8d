"""Random loops over arrays that become shorter, down to one element: reverse against forward and differences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from adjoint import grad, jvp
from tests.fuzz.shrinking import program
from tests.support import import_text

X = np.array([0.31, -0.52, 0.93, 0.44, 1.2, -0.7, 0.15, 0.6, -0.25, 0.8])
ALONG = np.array([0.3, -0.7, 0.2, 0.5, -0.1, 0.4, 0.9, -0.3, 0.6, 0.1])


def _check(seed: int, directory: Path) -> str:
    """The text of the gradient, when it is right; where the function itself raises there is none."""
    text = program(seed)
    function = import_text(text, directory).f
    gradient = grad(function, wrt=(0, 1))
    for size in (10, 7, 4, 3, 2, 1):
        for count in (1, 2, 3):
            u, along = X[:size], ALONG[:size]
            try:
                ends = [function(u + h * along, 0.7 + h, count) for h in (1e-6, -1e-6)]
            except ValueError:  # the parts do not fit
                continue
            _, slope = jvp(function, (u, 0.7, count), (along, 1.0, None))
            found = gradient(u, 0.7, count)
            scale = max(1.0, float(np.max(np.abs(np.append(*found)), initial=0.0)))
            assert np.isclose(found[0] @ along + found[1], slope, rtol=1e-9, atol=1e-9 * scale), text
            near = (ends[0] - ends[1]) / 2e-6
            assert abs(ends[0]) > 1e6 or np.isclose(slope, near, rtol=1e-4, atol=1e-5 * scale), text
    source: str = gradient.source
    return source


@pytest.mark.parametrize("block", range(6))
def test_random(block: int, tmp_path: Path) -> None:
    sources = [_check(seed, tmp_path) for seed in range(20 * block, 20 * block + 20)]
    assert sum("unbroadcast" not in source for source in sources) >= 7


@pytest.mark.long
@pytest.mark.parametrize("block", range(40))
def test_many(block: int, tmp_path: Path) -> None:
    for seed in range(1000 + 50 * block, 1050 + 50 * block):
        _check(seed, tmp_path)
