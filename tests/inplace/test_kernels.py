"""Every kernel: value, both modes and the second derivative, at two sizes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace import (
    aliases,
    callees,
    chosen,
    containers,
    exchanged,
    grids,
    lending,
    library,
    linear_algebra,
    order,
    parts,
    positions,
    scans,
    settled,
    simulations,
    stencils,
    tables,
    unread,
    views,
    ways_out,
)
from tests.inplace.judge import judge, numbers
from tests.inplace.registry import KERNELS, Kernel

MODULES = (aliases, callees, chosen, containers, exchanged, grids, lending, library, linear_algebra, order, parts, positions)
assert all((*MODULES, scans, settled, simulations, stencils, tables, unread, views, ways_out))


@pytest.mark.parametrize("kernel", [kernel for kernel in KERNELS if kernel.refused], ids=str)
def test_refused(kernel: Kernel) -> None:
    """Refused with a place and a way out. One that has become right loses its mark."""
    args = kernel.make(kernel.sizes[0], np.random.default_rng(1))
    with pytest.raises(AdjointError) as caught:
        adjoint.grad(kernel.function, kernel.wrt)(*args)
    assert caught.value.filename == kernel.function.__code__.co_filename
    assert caught.value.lineno is not None and caught.value.why and caught.value.fix


@pytest.mark.parametrize("kernel", [kernel for kernel in KERNELS if not kernel.refused], ids=str)
def test_kernel(kernel: Kernel) -> None:
    for size in kernel.sizes:
        args = kernel.make(size, np.random.default_rng(size))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            judge(kernel.function, args, kernel.wrt, tolerance=kernel.tolerance, order=kernel.order)


@pytest.mark.parametrize("kernel", KERNELS, ids=str)
def test_runs_plainly(kernel: Kernel) -> None:
    """The kernel is a program: it gives a number, and the same one twice."""
    for size in kernel.sizes:
        results = [kernel.function(*kernel.make(size, np.random.default_rng(size))) for _ in range(2)]
        assert np.isfinite(numbers(results)).all() and results[0] == results[1]
