"""Random programs: the value of the plain call, forward = reverse = differences, or a refusal with a place."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.analysis.survival import Survival
from adjoint.errors import AdjointError
from tests.inplace.exchanges import exchanges
from tests.inplace.judge import fresh, judge
from tests.inplace.nested_loops import program as nested_loops
from tests.inplace.object_lists import program as object_lists
from tests.inplace.programs import program
from tests.support import import_text

BATCH = 20
LIMIT = 1e3
"""Derivatives above this are too steep for differences."""


def arguments(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(0.3, 1.3, 6), rng.uniform(0.3, 1.3, 6)


def verdict(seed: int, directory: Path, write: Callable[[int], str] = program) -> str:
    """`right`, `refused` or `beyond`, where the numbers are too large for differences.

    Raises AssertionError for a wrong number, whatever else for an obscure failure.
    """
    function: Any = import_text(write(seed), directory, f"random_{seed}").f
    args = arguments(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        if not abs(function(*fresh(args))) < LIMIT**3:
            return "beyond"
        try:
            _judge(function, args, 2 if seed % 5 == 0 else 1)
        except AdjointError as error:
            assert error.lineno is not None and error.fix, f"a refusal without place or way out: {error}"
            return "refused"
    return "right"


def _judge(function: Any, args: tuple[Any, ...], order: int) -> None:
    """With steps that may jump over a kink, and then with small ones."""
    try:
        judge(function, args, (0, 1), order=order, directions=1, tolerance=1e-5, limit=LIMIT)
    except AssertionError:
        judge(function, args, (0, 1), order=order, directions=1, tolerance=1e-4, step=1e-6, limit=LIMIT)


def check(seeds: range, directory: Path, write: Callable[[int], str] = program, right: float = 0.6) -> None:
    verdicts = []
    for seed in seeds:
        try:
            verdicts.append(verdict(seed, directory, write))
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}\n{write(seed)}") from error
    assert verdicts.count("right") + verdicts.count("beyond") >= right * len(verdicts), f"too few are right: {verdicts}"
    assert verdicts.count("beyond") <= 0.2 * len(verdicts), f"too many overflow: {verdicts}"


@pytest.mark.parametrize("batch", range(5))
def test_random(batch: int, tmp_path: Path) -> None:
    check(range(batch * BATCH, (batch + 1) * BATCH), tmp_path)


@pytest.mark.parametrize("batch", range(3))
def test_exchanges(batch: int, tmp_path: Path) -> None:
    check(range(batch * BATCH, (batch + 1) * BATCH), tmp_path, exchanges, 0.5)


@pytest.mark.parametrize("batch", range(2))
def test_lists_of_objects(batch: int, tmp_path: Path) -> None:
    check(range(batch * BATCH, (batch + 1) * BATCH), tmp_path, object_lists, 0.1)


@pytest.mark.parametrize("batch", range(5))
def test_nested_loops(batch: int, tmp_path: Path) -> None:
    check(range(batch * BATCH, (batch + 1) * BATCH), tmp_path, nested_loops, 0.9)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(50))
def test_many_nested_loops(batch: int, tmp_path: Path) -> None:
    check(range(1000 + batch * 50, 1050 + batch * 50), tmp_path, nested_loops, 0.9)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(50))
def test_many_lists_of_objects(batch: int, tmp_path: Path) -> None:
    check(range(1000 + batch * 50, 1050 + batch * 50), tmp_path, object_lists, 0.2)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(50))
def test_many_exchanges(batch: int, tmp_path: Path) -> None:
    check(range(1000 + batch * 50, 1050 + batch * 50), tmp_path, exchanges, 0.5)


@pytest.mark.long
@pytest.mark.parametrize("batch", range(100))
def test_many(batch: int, tmp_path: Path) -> None:
    check(range(1000 + batch * 50, 1050 + batch * 50), tmp_path)


def test_a_fault_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Places that may be written are taken for such that are not: random programs find that."""
    monkeypatch.setattr(Survival, "_never_meet", lambda *_: True)
    with pytest.raises(AssertionError, match="seed"):
        check(range(40), tmp_path, nested_loops)


def test_arguments_are_copied(tmp_path: Path) -> None:
    """Programs that write into their arguments leave those of the caller alone (one that surely does)."""
    function = import_text("import numpy as np\n\n\ndef f(x):\n    x[0] *= 2.0\n    return np.sum(x**2)\n", tmp_path).f
    x = np.array([1.0, 2.0])
    adjoint.grad(function)(x)
    adjoint.jvp(function, (x,), (x,))
    assert x.tolist() == [1.0, 2.0]
