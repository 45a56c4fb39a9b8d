"""Random draws: made once, in the user's order; differentiable in the parameters of smooth families."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, check_grads, grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from adjoint.ir.ops.random import FAMILIES, STANDARD
from adjoint.rules.random import REPARAMETRIZED

GENERATOR = np.random.default_rng(5)
VALUES = {"low": 0.3, "high": 1.7, "loc": 0.4, "mean": 0.4}
OWNERS = [(np.random.default_rng, FAMILIES), (np.random.RandomState, FAMILIES), (random.Random, STANDARD)]
SMOOTH = [
    (kind, name, parameter)
    for kind, families in OWNERS
    for name, family in families.items()
    if name in REPARAMETRIZED
    for parameter in REPARAMETRIZED[name](None, {})  # type: ignore[arg-type]  # names only
    if parameter in family.parameters
]


def differences(f: Any, x: float) -> float:
    """The derivative by central differences, extrapolated to step 0."""
    slopes = [(f(x + h) - f(x - h)) / (2 * h) for h in (1e-3, 5e-4)]
    return float((4 * slopes[1] - slopes[0]) / 3)


@pytest.mark.parametrize(
    ("kind", "name", "parameter"), SMOOTH, ids=[f"{kind.__name__}-{name}-{p}" for kind, name, p in SMOOTH]
)
def test_smooth_families(kind: Any, name: str, parameter: str) -> None:
    """The same seed gives the same noise: the draw is a smooth function of its parameters."""
    families = STANDARD if kind is random.Random else FAMILIES
    names = [each for each in families[name].parameters if each != "size"]
    place = names.index(parameter)
    source = f"def drawn({', '.join(names)}, rng):\n    return rng.{name}({', '.join(names)})\n"
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    values = [VALUES.get(each, 1.3) for each in names]

    def at(x: float) -> Any:
        return namespace["drawn"](*values[:place], x, *values[place + 1 :], kind(11))

    derivative = grad(namespace["drawn"], wrt=parameter, source=source)
    found = derivative(*values, kind(11))
    assert found == pytest.approx(differences(at, values[place]), rel=1e-6)
    moving = [None] * (len(values) + 1)
    moving[place] = 1.0  # type: ignore[call-overload]  # a tangent
    assert jvp(namespace["drawn"], (*values, kind(11)), tuple(moving), source=source)[1] == pytest.approx(found)


def energy(mu, sigma, rng):
    z = rng.normal(mu, sigma, size=(4, len(mu)))
    w = rng.uniform(low=-4.0 * sigma, high=mu)
    return (z**2).sum() + (w * z[0]).sum()


def test_sizes_and_broadcasting() -> None:
    mu = np.array([0.5, -1.0, 2.0])

    def seeded(mu, sigma):
        return energy(mu, sigma, np.random.default_rng(3))

    check_grads(seeded, (mu, 0.7), 2)
    one, other = grad(energy, wrt=(0, 1))(mu, 0.7, np.random.default_rng(3)), grad(seeded, wrt=(0, 1))(mu, 0.7)
    np.testing.assert_array_equal(one[0], other[0])
    assert one[0].shape == (3,) and np.ndim(one[1]) == 0


def orderly(x, rng):
    first = rng.normal()
    rng.random()  # nobody reads it, and the stream goes on behind it
    second = rng.normal()
    total = 0.0
    for _ in range(3):
        noise = rng.standard_normal()
        if rng.random() < 0.5:
            total = total + np.sin(x * noise)
    return second * x - first * x * x + total * rng.exponential(2.0)


def by_hand(x: float, rng: Any) -> float:
    """The derivative of `orderly`, drawing as it does."""
    first, _, second = rng.normal(), rng.random(), rng.normal()
    slope = 0.0
    for _ in range(3):
        noise = rng.standard_normal()
        if rng.random() < 0.5:
            slope += noise * np.cos(x * noise)
    return second - 2 * first * x + slope * rng.exponential(2.0)


@pytest.mark.parametrize("seed", range(4))
def test_draws_are_made_once_and_in_order(seed: int) -> None:
    expected, after = by_hand(0.7, rng := np.random.default_rng(seed)), rng.random()
    for derivative in (
        lambda x, rng: grad(orderly)(x, rng),
        lambda x, rng: value_and_grad(orderly)(x, rng)[1],
        lambda x, rng: vjp(orderly, x, rng)[1](1.0)[0],
        lambda x, rng: jvp(orderly, (x, rng), (1.0, None))[1],
        lambda x, rng: grad(orderly, mode="forward")(x, rng),
    ):
        own = np.random.default_rng(seed)
        assert derivative(0.7, own) == pytest.approx(expected, rel=1e-12)
        assert own.random() == after


def test_second_order_draws_once() -> None:
    rng, other = np.random.default_rng(2), np.random.default_rng(2)
    first, _, _ = other.normal(), other.random(), other.normal()

    def f(x, rng):
        a = rng.normal()
        rng.random()
        return rng.normal() * x - a * x**3

    assert grad(grad(f))(2.0, rng) == pytest.approx(-6 * first * 2.0)
    assert rng.random() == other.random()
    assert hvp(f, (2.0, np.random.default_rng(2)), (1.0, None))[0] == pytest.approx(-6 * first * 2.0)


def test_every_way_to_hold_a_generator() -> None:
    seed = 9
    noise = np.random.default_rng(seed).normal()

    def inside(x, seed):
        return x * np.random.default_rng(seed).normal()

    def captured(x):
        return x * GENERATOR.normal()

    def hidden(x):
        return x * np.random.normal(0.0, 1.0) * random.gauss(0.0, 1.0)

    def passed(x, rng):
        return helper(rng, 2)[1] * x

    assert grad(inside)(2.0, seed) == noise
    state = GENERATOR.bit_generator.state
    expected = GENERATOR.normal()
    GENERATOR.bit_generator.state = state
    assert grad(captured)(2.0) == expected
    assert "GENERATOR.normal()" in grad(captured).source
    np.random.seed(seed)
    random.seed(seed)
    expected = np.random.normal() * random.gauss(0.0, 1.0)
    np.random.seed(seed)
    random.seed(seed)
    assert grad(hidden)(2.0) == pytest.approx(expected)
    assert grad(passed)(2.0, np.random.default_rng(seed)) == np.random.default_rng(seed).normal(size=2)[1]
    legacy = grad(passed)(2.0, np.random.RandomState(seed))
    assert legacy == np.random.RandomState(seed).normal(size=2)[1]


def helper(rng, count):
    return rng.normal(size=count)


def test_one_specialisation_serves_all_generators() -> None:
    derivative = grad(lambda x, rng: x * rng.normal())
    for seed in range(5):
        assert derivative(1.0, np.random.default_rng(seed)) == np.random.default_rng(seed).normal()
    assert len(derivative._dispatcher.entries) == 1


@pytest.mark.parametrize("kind", [np.random.default_rng, np.random.RandomState])
@pytest.mark.parametrize("shape", [(7,), (5, 3)])
def test_permutations_of_active_arrays(kind: Any, shape: tuple[int, ...]) -> None:
    x = np.arange(1.0, 1 + np.prod(shape)).reshape(shape)
    weights = np.cos(x)

    def f(x, rng):
        a = rng.permutation(x)
        b = x * 2.0
        rng.shuffle(b)
        return (a * weights).sum() + (b * b).sum() + rng.normal()

    found = grad(f)(x, kind(4))
    places = kind(4).permutation(len(x))
    expected = np.zeros_like(x)
    expected[places] = weights
    np.testing.assert_allclose(found, expected + 8 * x)
    assert value_and_grad(f)(x, kind(4))[0] == pytest.approx(f(x, kind(4)))


def test_choices() -> None:
    def f(x, rng):
        chosen = rng.choice(x, size=4)
        k = rng.integers(0, 3)
        return chosen.sum() * x[k] + rng.choice(5)

    x = np.array([1.0, 2.0, 4.0])
    rng = np.random.default_rng(8)
    places, k = rng.choice(3, size=4), rng.integers(0, 3)
    expected = np.bincount(places, minlength=3) * x[k]
    expected[k] += x[places].sum()
    np.testing.assert_allclose(grad(f)(x, np.random.default_rng(8)), expected)


def gamma_shape(x, rng):
    return rng.gamma(x, 2.0)


def beta(x, rng):
    return rng.beta(x, 2.0)


def poisson(x, rng):
    return x * rng.poisson(x)


def poisson_in_a_call(x, rng):
    return x * counted(x, rng)


def counted(x, rng):
    return rng.poisson(x * x)


def binomial(x, rng):
    return x * rng.binomial(5, x)


def weighted(x, rng):
    return x * rng.choice(2, p=np.array([x, 1.0 - x]))


def out(x, rng):
    return x * rng.standard_normal(out=np.zeros(2)).sum()


REFUSED = {
    gamma_shape: "shape",
    beta: "'a'",
    poisson: "integer",
    poisson_in_a_call: "integer",
    binomial: "integer",
    weighted: "integer",
    out: "out",
}


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_refused(function: Any) -> None:
    for derivative in (grad(function), grad(function, mode="forward")):
        with pytest.raises(AdjointError) as caught:
            derivative(0.5, np.random.default_rng(0))
        assert REFUSED[function] in caught.value.report()
        assert caught.value.filename == __file__


def test_parameters_that_stay_are_allowed() -> None:
    def f(x, a, rng):
        return x * rng.gamma(a) * rng.beta(a, 2.0) * rng.poisson(stop_gradient(x) * 40.0)

    def slope(a, rng):
        return rng.gamma(a) * rng.beta(a, 2.0) * rng.poisson(20.0)

    assert grad(f)(0.5, 2.0, np.random.default_rng(0)) == slope(2.0, np.random.default_rng(0))


def test_derivatives_of_several_runs() -> None:
    def outside(x, rng):
        return x * rng.normal(size=3)

    def inside(x):
        rng = np.random.default_rng(4)
        return x * helper(rng, 3) * x

    x = np.array([1.0, 2.0, 3.0])
    noise = np.random.default_rng(4).normal(size=3)
    for mode in ("forward", "reverse", None):
        with pytest.raises(AdjointError, match="several runs"):
            jacobian(outside, mode=mode)(x, np.random.default_rng(4))
        np.testing.assert_allclose(jacobian(inside, mode=mode)(x), np.diag(2 * noise * x))
    np.testing.assert_allclose(hessian(lambda x: inside(x).sum())(x), np.diag(2 * noise))
    with pytest.raises(AdjointError, match="several runs"):
        grad(lambda x, rng: outside(x, rng).sum(), mode="forward")(x, np.random.default_rng(4))
    assert jvp(outside, (x, np.random.default_rng(4)), (x, None))[1] == pytest.approx(x * noise)
