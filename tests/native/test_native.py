"""Derivatives written for Numba: the same numbers as those in Python, refusals with the line, caches, callers."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import types
from pathlib import Path

import numpy as np
import pytest

from adjoint import differentiate, elementwise_grad, grad, hessian, jacfwd, jvp, value_and_grad, vjp
from adjoint.errors import AdjointError, NotCompilable
from tests.native.programs import PROGRAMS, RECURSIVE

numba = pytest.importorskip("numba", reason="the extra `jit` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore::numba.core.errors.NumbaWarning")

QUICK = ("polynomial", "exits", "stepped", "int_powers", "callee_writes", "springs", "chosen", "layers", "namesake")


def same(one, other):
    if isinstance(other, tuple | list):
        for a, b in zip(one, other, strict=True):
            same(a, b)
    else:
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def check(name):
    function, args, wrt = PROGRAMS[name]
    same(grad(function, wrt, jit="numba")(*args), grad(function, wrt)(*args))


@pytest.mark.parametrize("name", QUICK)
def test_gradient_is_that_of_python(name):
    check(name)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(PROGRAMS) - set(QUICK)))
def test_gradient_is_that_of_python_at_length(name):
    check(name)


def cubed(x):
    return x * x * x


def test_every_mode():
    assert value_and_grad(cubed, jit="numba")(2.0) == (8.0, 12.0)
    assert jvp(cubed, (2.0,), (0.5,), jit="numba") == (8.0, 6.0)
    result, pullback = vjp(cubed, 2.0, jit="numba")
    assert (result, pullback(2.0)) == (8.0, (24.0,))
    assert hessian(cubed, jit="numba")(2.0) == 12.0
    assert grad(grad(cubed, jit="numba"))(2.0) == 12.0


def test_decorator():
    @differentiate(jit="numba")
    def squared(x):
        return x * x

    assert squared(3.0) == 9.0
    assert squared.grad(3.0) == 6.0
    assert "@njit" in squared.grad.source


def test_compiled_functions_are_differentiated_and_called():
    @numba.njit
    def inner(x):
        return x * x

    @numba.njit
    def outer(x, n):
        total = 0.0
        for _ in range(n):
            total += inner(x) * total + x
        return total

    compiled = grad(outer, jit="numba").specialize(0.5, 4)

    @numba.njit
    def descend(x, rate):
        for _ in range(3):
            x -= rate * compiled(x, 4)
        return x

    x = 0.5
    for _ in range(3):
        x -= 0.01 * grad(outer)(x, 4)
    assert grad(outer)(0.5, 4) == pytest.approx(compiled(0.5, 4), rel=1e-15)
    assert descend(0.5, 0.01) == pytest.approx(x, rel=1e-14)


def unwrapped_sum(x):
    y = x * 2.0
    return np.sum(np.unwrap(y) * x)


def test_what_numba_lacks_is_refused_at_its_line():
    with pytest.raises(NotCompilable) as caught:
        grad(unwrapped_sum, jit="numba")(np.ones(3))
    assert caught.value.lineno == unwrapped_sum.__code__.co_firstlineno + 2
    assert "unwrap" in str(caught.value)


def test_recursion_with_residuals():
    function, args, _ = RECURSIVE
    same(grad(function, jit="numba")(*args), grad(function)(*args))


def test_python_is_an_explicit_fallback():
    x = np.array([0.3, 0.1, 0.2])
    same(grad(unwrapped_sum, jit="numba", fallback="python")(x), grad(unwrapped_sum)(x))


def test_bounds_and_weights_that_may_be_left_out_are_spelled():
    source = grad(lambda x: np.sum(np.clip(x, -1.0, 0.5) ** 2), jit="numba").for_types("x: f8[:]").source
    assert "np.clip(x, -1.0, 0.5)" in source
    source = grad(lambda x: np.average(x, weights=x), jit="numba").for_types("x: f8[:]").source
    assert "average(x, x)" in source


def corners(ws):
    s = 0.0
    for w in ws:
        s += w[0, 1] * w[0, 1]
    return s


def test_lists_of_arrays_that_lie_differently():
    w = np.arange(9.0).reshape(3, 3) / 9.0
    same(tuple(grad(corners, jit="numba")([w, w.T])), tuple(grad(corners)([w, w.T])))


@pytest.mark.parametrize(("jit", "fallback"), [("cuda", None), (None, "python"), ("numba", "slow")])
def test_unknown_options(jit, fallback):
    with pytest.raises(ValueError, match=r"jit|fallback"):
        grad(cubed, jit=jit, fallback=fallback)


def test_users_errors_are_the_users():
    def checked(x):
        if x < 0.0:
            raise ValueError("negative")
        return x * x

    derivative = grad(checked, jit="numba")
    assert derivative(1.0) == 2.0
    with pytest.raises(ValueError, match="negative"):
        derivative(-1.0)


def test_a_changed_global_is_seen(tmp_path):
    path = tmp_path / "scaled.py"
    path.write_text("factor = 2.0\n\ndef scaled(x):\n    return factor * x * x\n")
    sys.path.insert(0, str(tmp_path))
    try:
        import scaled  # type: ignore[import-not-found]  # made here

        derivative = grad(scaled.scaled, jit="numba")
        assert derivative(1.0) == 4.0
        scaled.factor = 5.0
        assert derivative(1.0) == 10.0
    finally:
        sys.path.remove(str(tmp_path))


def test_compiled_code_is_kept_between_processes(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            """
            from adjoint import grad

            def f(x, n):
                for _ in range(n):
                    x = 4.0 * x * (1.0 - x)
                return x

            derivative = grad(f, jit="numba")
            print(derivative(0.25, 3))
            print(sum(derivative.specialize(0.25, 3).stats.cache_hits.values()))
            """
        )
    )
    environment = {**os.environ, "ADJOINT_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(Path.cwd())}
    runs = [
        subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert [run.stdout.split() for run in runs] == [["8.0", "0"], ["8.0", "1"]]


def slid(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] * x[i - 1]
    return total


def test_every_layout_and_kind():
    derivative = grad(slid, jit="numba")
    x = np.arange(1.0, 9.0)
    for given in (x, x[::2], x[::-1], x.astype(np.float32), np.arange(4), [1.5, 2.5, 3.5], [1, 2, 3]):
        found, expected = derivative(given), grad(slid)(given)
        same(found, expected)
        assert type(found) is type(expected)
        if isinstance(found, np.ndarray):
            assert found.dtype == expected.dtype


def test_modes_of_many_directions():
    x = np.array([0.3, 0.5, 0.7])
    same(hessian(slid, jit="numba")(x), hessian(slid)(x))
    same(jacfwd(slid, jit="numba")(x), grad(slid)(x))
    same(elementwise_grad(cubed, jit="numba")(x), 3 * x * x)


def test_lists_that_are_changed_stay_lists():
    def doubled(xs):
        ys = [2.0 * x for x in xs]
        xs[0] = ys[1] * ys[2]
        return xs[0] * xs[1]

    same(grad(doubled, jit="numba")([1.0, 2.0, 3.0]), grad(doubled)([1.0, 2.0, 3.0]))


def left_early(x, n):
    for i in range(n):
        if x > 5.0:
            break
        x = x * x + i
    return x


def triangle(x, n):
    total = 0.0
    for i in range(n):
        for j in range(i + 1, n):
            x = x * x * 0.5 + j
            if x > 3.0:
                x = math.sin(x)
        total += x * x
    return total


def test_arrays_for_tapes():
    derivative = grad(triangle, jit="numba")
    for n in (4, 1, 0, -2):
        assert derivative(0.4, n) == pytest.approx(grad(triangle)(0.4, n), rel=1e-14)
    assert "np.empty((max(n, 0), max(n, 0)))" in derivative.source
    assert ".append(" not in derivative.source


def test_a_loop_that_may_end_early_keeps_its_stack():
    derivative = grad(left_early, jit="numba")
    assert [derivative(0.5, n) for n in (0, 2, 30)] == [grad(left_early)(0.5, n) for n in (0, 2, 30)]
    assert ".append(" in derivative.source


def test_names_that_numba_uses_itself():
    def versions(x, x_1):
        y = x * x_1
        y_1 = y * y
        y = y_1 * y + x
        return np.sum(y * y_1 + y)

    x = np.array([0.5, 0.25])
    same(grad(versions, (0, 1), jit="numba")(x, x + 1.0), grad(versions, (0, 1))(x, x + 1.0))


def test_what_a_spelling_does_not_look_at_is_refused():
    def masked(x):
        return np.sum(x, where=np.array([True, False])) + np.sum(x, initial=3.0)

    with pytest.raises(NotCompilable, match="sum"):
        value_and_grad(masked, jit="numba")(np.ones(2))


def test_the_text_is_for_numba_before_any_call():
    assert "@njit" in grad(cubed, jit="numba").source


KEPT = """
import sys
from adjoint import grad

factor = float(sys.argv[1])

def f(x):
    return factor * x * x

print(grad(f, jit="numba")(1.0))
"""


def test_kept_code_does_not_remember_globals(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(KEPT)
    environment = {**os.environ, "ADJOINT_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, str(script)]
    runs = [
        subprocess.run([*command, each], env=environment, capture_output=True, text=True, check=True)
        for each in ("2.0", "5.0")
    ]
    assert [float(run.stdout) for run in runs] == [4.0, 10.0]


def test_without_numba(monkeypatch):
    from adjoint.runtime import native

    monkeypatch.setattr(native, "is_there", lambda: False)

    def alone(x):
        return x * x

    with pytest.raises(AdjointError, match="not installed"):
        grad(alone, jit="numba")(1.0)


ITEMS = np.array([1.0, 2.0])
OBJECT = types.SimpleNamespace(rate=2.0)


def test_an_array_outside_that_is_changed_in_place_is_seen():
    derivative = grad(lambda x: np.sum(x * ITEMS), jit="numba")
    assert derivative(1.0) == ITEMS.sum()
    ITEMS[0] += 1.0
    assert derivative(1.0) == ITEMS.sum()


def test_an_object_outside_is_refused_where_it_is_read():
    def scaled(x):
        return x * OBJECT.rate

    with pytest.raises(NotCompilable, match=r"the object 'OBJECT', which is not an argument, .*line \d+"):
        grad(scaled, jit="numba")(1.0)


def test_a_loop_without_a_pass():
    def still(x):
        y = x.copy()
        for _ in range(0):
            y[0] = y[0] * y[1] ** 2
        return np.sum(y * y)

    x = np.array([0.5, 2.0])
    same(grad(still, jit="numba")(x), 2 * x)
