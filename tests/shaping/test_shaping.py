"""Shaping, joining, repeating, picking and ordering: first and second order, every layout, both precisions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from tests import support
from tests.shaping import indexing, programs, sizes
from tests.shaping.judge import check, check_second

CASES = [pytest.param(f, args, id=f.__name__) for f, args in programs.case.cases]


@pytest.mark.parametrize(("f", "args"), CASES)
def test_program(f: Any, args: tuple[Any, ...]) -> None:
    check(f, args)


@pytest.mark.parametrize(("f", "args"), CASES)
def test_layouts(f: Any, args: tuple[Any, ...]) -> None:
    """Arrays that lie otherwise in memory give the same gradients."""
    wrt = support.real_positions(args)
    plain, pull = adjoint.vjp(f, *args, wrt=wrt)
    seed = np.random.default_rng(2).uniform(-1, 1, np.shape(plain))
    seed = seed if np.ndim(plain) else float(seed)
    expected = pull(seed)
    for turned in (_fortran, _strided):
        value, pull = adjoint.vjp(f, *map(turned, args), wrt=wrt)
        np.testing.assert_array_equal(value, plain)
        for got, wanted in zip(pull(seed), expected):
            np.testing.assert_array_equal(got, wanted)


def _fortran(x: Any) -> Any:
    return np.asfortranarray(x) if np.ndim(x) > 1 else x


def _strided(x: Any) -> Any:
    if not isinstance(x, np.ndarray):
        return x
    wide = np.full([3 * n for n in x.shape], 99, x.dtype)
    view = wide[(slice(1, None, 3),) * x.ndim][(slice(None, None, -1),) * x.ndim]
    view[...] = x
    return view


@pytest.mark.parametrize(("f", "args"), CASES[::2])
def test_single_precision(f: Any, args: tuple[Any, ...]) -> None:
    narrow = [x.astype(np.float32) if isinstance(x, np.ndarray) and x.dtype == float else x for x in args]
    if any(isinstance(x, np.ndarray) and x.dtype == np.float32 for x in narrow):
        check(f, narrow, exact=False)


@pytest.fixture(scope="module")
def losses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """For each program, a number that depends on its result in a curved way."""
    text = ["import numpy as np\nfrom tests.shaping import programs\n"]
    for f, args in programs.case.cases:
        names = ", ".join(f"a{i}" for i in range(len(args)))
        text.append(f"\n\ndef {f.__name__}({names}):\n    return np.sum(np.sin(programs.{f.__name__}({names})))\n")
    yield support.import_text("".join(text), tmp_path_factory.mktemp("losses"))


@pytest.mark.parametrize(("f", "args"), CASES)
def test_second_order(f: Any, args: tuple[Any, ...], losses: Any) -> None:
    check_second(getattr(losses, f.__name__), args)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (0, 3), (1, 1), (1, 2, 2)], ids=str)
def test_sizes(shape: tuple[int, ...]) -> None:
    """Functions of arrays of any size, those without elements too."""
    x = programs.numbers(*shape) if shape else 0.7
    for f in sizes.ALL if shape else sizes.OF_NUMBERS:
        if len(shape) >= getattr(f, "rank", 0):
            check(f, (x,))


INDEXED = [(1, (5,)), (2, (3, 4)), (3, (2, 3, 4))]


@pytest.mark.parametrize(("rank", "shape"), INDEXED)
def test_indexing(rank: int, shape: tuple[int, ...], tmp_path: Path) -> None:
    """Every form of index: a read, a store, an addition in place."""
    module = support.import_text(indexing.programs(rank, shape), tmp_path)
    assert len(module.ALL) > 20
    for f, x, w, index in module.ALL:
        try:
            check(f, (x, w))
        except Exception as error:
            raise AssertionError(f"x[{index}] of shape {shape}") from error
