"""`inplace_primal=True`: after the call the caller's arrays hold what the plain call leaves in them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError, NotDifferentiable
from tests.inplace.judge import numbers, require_close

V = np.array([0.5, 1.2, 0.9, 0.7, 1.4])
W = V[::-1] + 0.3


def smooth(u, steps):
    for _ in range(steps):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    return np.sum(u**2)


def recurrence(u, c):
    for i in range(1, len(u)):
        u[i] *= np.sin(u[i - 1]) * c[0]
    c[0] = 3.0
    return np.sum(u**2) + c[1] ** 2


def exchange(x, y):
    t = x.copy()
    x[:] = y
    y[:] = t * t
    return np.sum(x * y)


def needless(x, w):
    r = x[0] ** 2
    x[...] = 7.0
    w[1:] *= x[0]
    return r


def two_paths(x, w):
    if x[0] > 1:
        x[1] = 2 * x[0]
        return x[1]
    w *= 2
    return np.sum(w * x)


def reads_only(x):
    return 0.5 * np.sum(x * x)


def without_end(x, w):
    i = 0
    while True:
        i += 1
        x[i] *= w[0]
        if i > 2:
            return np.sum(x * x)


def scaled(x, w):
    x *= 2
    return 0.5 * np.sum(x**2) + w[0]


def inside_of_a_dict(p, s):
    p["w"] -= s * p["w"] ** 2
    p["v"][1:] *= 3
    return np.sum(p["w"])


def buffers(u, v):
    a, b = u, v
    for _ in range(3):
        b[1:-1] = a[:-2] * a[2:]
        a, b = b, a
    return np.sum(a)


def shift(a, k):
    for i in range(len(a) - 1):
        a[i] = a[i + 1] * k


def by_a_callee(x, k):
    shift(x, k)
    shift(x[1:], k)
    return np.sum(x**2)


def reversed_in_place(x):
    x[:] = x[::-1] * x
    x.sort()
    return x[0] * x[-1]


class Pair(NamedTuple):
    a: Any
    b: Any


def in_tuples(p):
    for a, b in p:
        a[1:] *= b[:-1]
    p[1][1][0] = 3.0
    return sum(np.sum(a * b) for a, b in p)


def in_a_named_tuple(p):
    p[0].a[0] = 3.0
    p[1].b[:] *= p[0].a
    return np.sum(p[1].b ** 2) + p[0].b[1]


CASES: list[Any] = [
    (in_tuples, ([(V, W), (W + 1, V + 1)],)),
    (in_tuples, (((V, W), (W + 1, V + 1)),)),
    (in_a_named_tuple, ([Pair(V, W), Pair(W + 1, V + 1)],)),
    (in_a_named_tuple, ((Pair(V, W), Pair(W + 1, V + 1)),)),
    (smooth, (V, 2)),
    (recurrence, (V, W[:2])),
    (exchange, (V, W)),
    (needless, (V, W)),
    (two_paths, (V, W)),
    (two_paths, (V + 1, W)),
    (without_end, (V, W)),
    (reads_only, (V,)),
    (scaled, (V, W)),
    (inside_of_a_dict, ({"w": V, "v": W}, 0.3)),
    (buffers, (V, W)),
    (by_a_callee, (V, 0.7)),
    (reversed_in_place, (V,)),
]


@pytest.mark.parametrize(("function", "args"), CASES, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("kind", [adjoint.grad, adjoint.value_and_grad])
def test_leaves_what_the_plain_call_leaves(function: Any, args: tuple[Any, ...], kind: Any) -> None:
    plain, given = copy.deepcopy(args), copy.deepcopy(args)
    value = function(*plain)
    expected = adjoint.grad(function)(*copy.deepcopy(args))
    found = kind(function, inplace_primal=True)(*given)
    if kind is adjoint.value_and_grad:
        assert found[0] == value
        found = found[1]
    require_close(found, expected, 1e-14, "the gradient")
    assert np.array_equal(numbers(given), numbers(plain))
    pairs = [(a, b) for a in np.atleast_1d(found) for b in given if isinstance(b, np.ndarray)]
    assert not any(np.shares_memory(a, b) for a, b in pairs if isinstance(a, np.ndarray))


A = np.outer(V[:3], W[:3]) + 0.1


def weighed_by_a_row(x, y):
    s = np.sum(x * y)
    x *= 0.5
    y *= 3.0
    return s


def the_product(x, y):
    s = x[0] @ y
    x *= 0.5
    y -= x[1]
    return s


def two_parts(x, y):
    s = np.dot(x[1], y)
    y[:] = x[0]
    x[1:] = 0.0
    return s * np.sum(y)


def turned(x, y):
    s = np.sum(x.T[::-1] * y)
    x[:, 0] = y
    y.fill(2.0)
    return s


def descends(x, y):
    loss = np.sum(x * y[0])
    x -= 0.1 * y[0]
    y[1:] = x[0, 0]
    return loss


@pytest.mark.parametrize("function", [weighed_by_a_row, the_product, two_parts, turned, descends])
@pytest.mark.parametrize("wrt", [0, 1, (0, 1), (1, 0)])
def test_a_gradient_is_of_the_arguments_as_they_came(function: Any, wrt: Any) -> None:
    """A gradient that is an argument, or a part of one, is taken before anything is written back."""
    plain, given = (A.copy(), V[:3].copy()), (A.copy(), V[:3].copy())
    function(*plain)
    found = adjoint.grad(function, wrt=wrt, inplace_primal=True)(*given)
    require_close(found, adjoint.grad(function, wrt=wrt)(A.copy(), V[:3].copy()), 1e-14, "the gradient")
    assert np.array_equal(numbers(given), numbers(plain))
    parts = found if isinstance(found, tuple) else (found,)
    assert not any(np.shares_memory(part, each) for part in parts for each in given)


def test_works_in_the_argument_itself() -> None:
    """Where nothing of the past is read there is no copy."""
    made = adjoint.grad(smooth, inplace_primal=True)
    u = V.copy()
    made(u, 2)
    assert "copy" not in made.source and "u[1:-1] +=" in made.source


def test_higher_orders() -> None:
    x = V.copy()
    plain = V.copy()
    scaled(plain, W)
    along = np.ones_like(x)
    first = adjoint.grad(scaled, inplace_primal=True)
    value, product = adjoint.jvp(first, (x, W), (along, None))
    require_close(product, 4 * along, 1e-14, "the second derivative")
    require_close(value, 4 * V, 1e-14, "the first derivative")
    assert np.array_equal(x, plain)


def test_decorated() -> None:
    made = adjoint.differentiate(inplace_primal=True)(scaled)
    x = V.copy()
    require_close(made.grad(x, W), 4 * V, 1e-14, "the gradient")
    assert np.array_equal(x, 2 * V)
    assert "x[...] =" in made.grad.source or "x *= 2" in made.grad.source


def test_integers_are_refused() -> None:
    with pytest.raises(NotDifferentiable, match="array of integers"):
        adjoint.grad(scaled, inplace_primal=True)(np.arange(3), V)


def fills(items):
    items[0] = 2.0 * items[1]
    return items[0]


def test_other_containers_are_refused() -> None:
    with pytest.raises(AdjointError, match="no array"):
        adjoint.grad(fills, inplace_primal=True)([1.0, 2.0])


def uses_it(x):
    return np.sum(adjoint.grad(scaled, inplace_primal=True)(x, x))


def test_longer_list() -> None:
    def grows(x, ys):
        ys.append(x * 2)
        return np.sum(x * ys[0])

    with pytest.raises(AdjointError, match="which is no array"):
        adjoint.grad(grows, inplace_primal=True)(V, [V])


def test_inside_of_a_function_it_is_refused() -> None:
    with pytest.raises(AdjointError):
        adjoint.grad(uses_it)(V)


@pytest.mark.parametrize("options", [{"mode": "forward"}, {"has_aux": True}])
def test_options_that_do_not_go_together(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="inplace_primal"):
        adjoint.grad(scaled, inplace_primal=True, **options)


def test_no_jacobian_of_it() -> None:
    with pytest.raises(ValueError, match="many times"):
        adjoint.jacobian(adjoint.grad(scaled, inplace_primal=True))


def test_callees_work_in_what_they_are_given() -> None:
    """A backward function writes into a cotangent that its caller gives away."""
    from tests.inplace.lending import given_away_again_and_again

    made = adjoint.grad(given_away_again_and_again)
    made(V.copy(), 0.3)
    assert made.source.count("copy()") == 1, made.source  # that of the user


def test_hessians_of_a_decorated_function_change_nothing() -> None:
    made = adjoint.differentiate(inplace_primal=True)(scaled)
    x = V.copy()
    require_close(adjoint.hessian(made)(x, W), 4 * np.eye(len(V)), 1e-14, "the Hessian")
    assert np.array_equal(x, V)


def test_command_line_shows_it(tmp_path: Any, capsys: Any) -> None:
    from adjoint import cli

    file = tmp_path / "doubling.py"
    file.write_text(
        "import numpy as np\nimport adjoint\n\n\n@adjoint.differentiate(inplace_primal=True)\n"
        "def f(x: np.ndarray):\n    x[0] = 2.0\n    return np.sum(x**2)\n"
    )
    assert cli.main(["show", f"{file}:f", "--types", "x: f8[:]"]) == 0
    shown = capsys.readouterr().out
    assert "x[0] = 2.0" in shown and "copy" not in shown


class Pair(NamedTuple):
    first: np.ndarray
    factor: float
    second: np.ndarray


def unread(u, v):
    v[1:-1] = 2.0
    return np.sum(u**2)


def constant(u, v):
    v[1:-1] = 0.0
    return np.sum(u**2 * v)


def known_to_be_zero(u, v):
    b = np.zeros_like(u)
    v[1:-1] = 0.0
    return np.sum(u**2) + np.sum(b * v)


def in_a_tuple(arrays, c):
    arrays[1][0][1:] = c * arrays[0][1:] ** 2
    arrays[0][0] += 1.0
    return np.sum(arrays[0] * arrays[1][0])


def in_a_named_tuple(pair, c):
    pair.second[1:] = c * pair.first[1:] * pair.factor
    return np.sum(pair.second**2)


def captured(x, dt):
    total = lambda: x.sum() * dt
    x *= dt
    return total()


@pytest.mark.parametrize("function", [unread, constant, known_to_be_zero])
@pytest.mark.parametrize("wrt", [0, 1, (0, 1)])
def test_what_the_derivative_does_not_read_is_left_as_well(function: Callable[..., Any], wrt: Any) -> None:
    arrays = np.ones(4), np.ones(4)
    expected = [each.copy() for each in arrays]
    function(*expected)
    adjoint.grad(function, wrt=wrt, inplace_primal=True)(*arrays)
    assert np.array_equal(arrays, expected)


@pytest.mark.parametrize(
    ("function", "args"),
    [
        (in_a_tuple, ((V, (2.0 * V, 3.0)), 0.5)),
        (in_a_named_tuple, (Pair(V, 2.0, 3.0 * V), 0.5)),
        (captured, (V, 0.5)),
    ],
)
def test_arrays_in_tuples_and_closures(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    given, expected = copy.deepcopy(args), copy.deepcopy(args)
    function(*expected)
    gradient = adjoint.grad(function, inplace_primal=True)(*given)
    assert str(given) == str(expected)
    assert str(gradient) == str(adjoint.grad(function)(*copy.deepcopy(args)))


def written_behind_a_list(x: float, *args: Any) -> Any:
    b = args[1]
    b *= 2.0
    return np.sum(b) * x


@pytest.mark.parametrize("listed", [[0.5], [0.5, 1.0], [], ({"a": 1.0}, 2.0), (1.0, [2.0])])
def test_arrays_behind_lists(listed: Any) -> None:
    """Each array is left in its own place among `*args`."""
    b, c = np.array([1.0, 2.0]), np.array([5.0, 6.0])
    assert adjoint.grad(written_behind_a_list, inplace_primal=True)(0.5, listed, b, c) == pytest.approx(6.0)
    np.testing.assert_array_equal((b, c), ([2.0, 4.0], [5.0, 6.0]))


def filled_and_scaled(a: Any, b: Any) -> Any:
    a[:] = b
    a *= 2.0
    return np.sum(a)


def filled_in_parts_and_scaled(a: Any, b: Any) -> Any:
    a[1:] = b[1:]
    a += b
    a -= 0.5
    return np.sum(a * a)


def filled_in_a_loop_and_scaled(a: Any, b: Any) -> Any:
    for i in range(len(a)):
        a[i] = b[i]
    if b[0] > 0.0:
        a *= b
    return np.sum(a)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("function", [filled_and_scaled, filled_in_parts_and_scaled, filled_in_a_loop_and_scaled])
def test_scaled_after_a_store(function: Callable[..., Any], dtype: Any) -> None:
    a, b = np.zeros(3, dtype), np.array([1.0, 2.0, 3.0], dtype)
    plain = a.copy()
    expected = function(plain, b)
    value, _ = adjoint.value_and_grad(function, inplace_primal=True)(a, b)
    assert value == pytest.approx(expected)
    np.testing.assert_array_equal(a, plain)
