"""Every callable with a derivative, called as a user calls it: each one that the catalogue lists has a program here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from adjoint.catalogue import list_rules
from tests.callables import (
    agreement,
    judge,
    rows_elementwise,
    rows_fft,
    rows_linalg,
    rows_random,
    rows_reductions,
    rows_shaping,
)
from tests.callables.table import PROGRAMS, Program, called, functions

assert all((rows_elementwise, rows_fft, rows_linalg, rows_random, rows_reductions, rows_shaping))  # they fill PROGRAMS

CASES = [pytest.param(i, each, id=f"{i}:{each}") for i, each in enumerate(PROGRAMS)]
ROWS = [row for row in list_rules() if row.is_differentiable]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return functions(PROGRAMS, tmp_path_factory.mktemp("callables"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with np.errstate(all="ignore"):
        yield


@pytest.mark.parametrize(("i", "each"), CASES)
def test_program(i: int, each: Program, made: Any) -> None:
    f = getattr(made, f"f{i}")
    judge.check(f, each.args, smooth=each.smooth)


SECOND = [case for case in CASES if case.values[1].second and case.values[1].smooth]
SINGLE = [case for case in CASES if case.values[1].single]


@pytest.mark.parametrize(("i", "each"), SECOND[::4])
def test_second_order(i: int, each: Program, made: Any) -> None:
    judge.check_second(getattr(made, f"loss{i}"), each.args)


@pytest.mark.parametrize(("i", "each"), SINGLE[1::4])
def test_float32(i: int, each: Program, made: Any) -> None:
    judge.check_cast(getattr(made, f"f{i}"), each.args, np.float32, 2e-3)


@pytest.mark.parametrize(("i", "each"), CASES[2::4])
def test_layouts(i: int, each: Program, made: Any) -> None:
    """The derivatives do not depend on how an array lies in memory."""
    f = getattr(made, f"f{i}")
    usual = judge.vector(judge.check(f, each.args, smooth=False))
    for layout in judge.LAYOUTS:
        got = judge.check(f, judge.laid_out(each.args, layout), smooth=False)
        np.testing.assert_allclose(judge.vector(got), usual, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("i", "each"), CASES)
def test_autograd_agrees(i: int, each: Program, made: Any) -> None:
    agreement.compare(each, getattr(made, f"f{i}"), "autograd")


@pytest.mark.long
@pytest.mark.parametrize(("i", "each"), CASES)
def test_jax_agrees(i: int, each: Program, made: Any) -> None:
    agreement.compare(each, getattr(made, f"f{i}"), "jax")


@pytest.mark.long
@pytest.mark.parametrize(("i", "each"), SECOND)
def test_second_order_of_all(i: int, each: Program, made: Any) -> None:
    test_second_order(i, each, made)


@pytest.mark.long
@pytest.mark.parametrize(("i", "each"), CASES)
def test_layouts_of_all(i: int, each: Program, made: Any) -> None:
    test_layouts(i, each, made)


@pytest.mark.long
@pytest.mark.parametrize(("i", "each"), SINGLE)
def test_float32_of_all(i: int, each: Program, made: Any) -> None:
    test_float32(i, each, made)


@pytest.mark.long
@pytest.mark.parametrize(("dtype", "rtol"), [(np.longdouble, 1e-6), (np.float16, 0.5)], ids=["longdouble", "float16"])
@pytest.mark.parametrize(("i", "each"), SINGLE)
def test_other_precisions(i: int, each: Program, dtype: Any, rtol: float, made: Any) -> None:
    f = getattr(made, f"f{i}")
    try:
        f(*[judge.cast(arg, dtype) for arg in each.args])
    except TypeError as error:
        pytest.skip(f"NumPy: {error}")
    judge.check_cast(f, each.args, dtype, rtol)


def test_every_callable_has_a_program() -> None:
    found = set().union(*map(called, PROGRAMS))
    own = [row for row in ROWS if not row.name.startswith("scipy.")]
    assert not [row.name for row in own if not found & {row.name, *row.aliases}]


def test_count() -> None:
    """Names of one function count once: `np.abs` and `np.absolute`, `np.conj` and `np.conjugate`."""
    plain = [row for row in ROWS if not row.name.startswith("scipy.")]
    assert len(plain) >= 350
    pytest.importorskip("scipy")
    assert len(ROWS) >= 480
