"""Shapes that NumPy refuses: a derivative refuses them too, also where it no longer holds the failing operation."""

from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp, value_and_grad, vjp


def product(u, v):
    return np.sum(u * v)


def applied(w, x):
    return np.sum(w @ x)


def scaled(u, v, *, k=2.0):
    return k * product(u, v)


def shifted(u, v):
    return np.sum(u[1:] + v)


THREE, FOUR = np.ones(3), np.ones(4)
CASES = [(product, (THREE, FOUR)), (applied, (np.ones((2, 3)), FOUR)), (scaled, (THREE, FOUR))]


@pytest.mark.parametrize(("f", "args"), CASES)
@pytest.mark.parametrize("transform", [grad, value_and_grad])
def test_the_functions_own_exception_surfaces(f: Any, args: Any, transform: Any) -> None:
    with pytest.raises(ValueError):
        f(*args)
    with pytest.raises(ValueError):
        transform(f)(*args)
    with pytest.raises(ValueError):
        vjp(f, *args)
    with pytest.raises(ValueError):
        jvp(f, args, args)


def test_fitting_shapes_pass() -> None:
    np.testing.assert_array_equal(grad(product)(np.ones(3), np.arange(3.0)), [0.0, 1.0, 2.0])
    np.testing.assert_array_equal(grad(applied)(np.ones((2, 3)), np.arange(3.0)), [[0.0, 1.0, 2.0]] * 2)
    assert grad(product)(np.ones(3), np.ones(1)).shape == (3,)


def test_an_extent_that_may_be_one() -> None:
    assert grad(shifted)(np.ones(2), np.ones(5)).tolist() == [0.0, 5.0]


def written_first(u, v):
    u[0] = 5.0
    return np.sum(u * v)


def read_with_another(lists):
    lists[0] *= 1.1
    return np.sum(lists[1])


def test_the_callers_arrays_stay() -> None:
    u = np.ones(3)
    with pytest.raises(ValueError):
        grad(written_first)(u, FOUR)
    np.testing.assert_array_equal(u, np.ones(3))


def test_items_of_other_shapes() -> None:
    first, second = grad(read_with_another)([np.ones(3), np.ones(4)])
    assert first.tolist() == [0.0] * 3 and second.tolist() == [1.0] * 4
