"""Complex numbers: in the middle of real functions, as arguments, as results; both modes, second order, refusals."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint import (
    AdjointError,
    Derivative,
    check_grads,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from adjoint.checking import GradientMismatch

# The functions under test are plain programs: the compiler reads them from this file.

X = np.array([0.3, -1.2, 0.7, 2.1])
Z = np.array([0.3 + 0.5j, -1.2 + 0.1j, 0.7 - 0.4j, 2.1 + 1.0j])
W = np.array([1.0 - 0.5j, 0.2 + 2.0j, -0.3 + 0.1j, 0.4 - 0.6j])
M = np.array([[2.0 + 1j, 0.3 - 0.2j], [0.1 + 0.4j, 1.5 - 0.7j]])


def power(z: Any) -> Any:
    return np.sum(np.abs(z) ** 2)


def lengths(z: Any) -> Any:
    return np.sum(np.abs(z))


def mixed(z: Any) -> Any:
    return np.sum(np.real(np.exp(z) * np.conj(z)) + z.imag**3)


def phases(z: Any) -> Any:
    return np.sum(np.angle(z) * z.real)


def phases_in_degrees(z: Any) -> Any:
    return np.sum(np.angle(z, deg=True) ** 2)


def elementary(z: Any) -> Any:
    t = np.sin(z) * np.cosh(z / 2) + np.log(z + 3) - np.sqrt(z) + np.tanh(z) / (z * z + 5)
    return np.sum((t * t.conj()).real)


def inverse_functions(z: Any) -> Any:
    t = np.arcsin(z) + np.arccos(z / 2) * np.arctan(z) + np.arcsinh(z) - np.arccosh(z) + np.arctanh(z / 3)
    return np.sum(t.real * t.imag)


def logarithms(z: Any) -> Any:
    t = np.log2(z) * np.log10(z) + np.log1p(z) - np.expm1(z) + np.exp2(z)
    return np.sum(np.abs(t) ** 2)


def powers(z: Any, w: Any) -> Any:
    return np.sum((z**w + z**3 - 2.0**z + (-1.5) ** w + z**0.5).imag)


def from_parts(x: Any, y: Any) -> Any:
    z = x + 1j * y
    return np.sum((z * z * z).imag / np.abs(z))


def euler(x: Any) -> Any:
    z = np.exp(1j * x)
    return np.sum(z.real * z.imag**2)


def through_python_numbers(x: float, y: float) -> float:
    z = complex(x, y)
    w = cmath.exp(1j * z) + cmath.sqrt(z) - z.conjugate() / (1 + z * z)
    return w.real * w.imag + abs(w) + cmath.phase(w)


def polar_form(r: float, phi: float) -> float:
    z = cmath.rect(r, phi)
    return (z**3).real + z.imag


def in_polar_form(x: float, y: float) -> float:
    r, phi = cmath.polar(complex(x, y))
    return r * r * phi + cmath.log(complex(x, y), 2.5).imag


def inverses_of_python(x: float) -> float:
    z = x + 0.5j
    w = cmath.asin(z) + cmath.acos(z) * cmath.atan(z) + cmath.asinh(z) + cmath.acosh(z) + cmath.atanh(z / 4)
    return (w + cmath.log(z) * cmath.tan(z) + cmath.log10(z) + cmath.sinh(z) * cmath.tanh(z)).imag


def branch_on_size(x: float) -> float:
    z = complex(x, 0.5)
    for _ in range(4):
        if abs(z) > 2.0:
            break
        z = z * z + 0.3
    return z.real + 2 * z.imag


def while_it_stays(x: float, y: float) -> float:
    z, c, n = 0j, complex(x, y), 0
    while abs(z) < 1.5 and n < 6:
        z = z * z + c
        n += 1
    return abs(z) ** 2


def starts_real(x: float) -> float:
    z = x
    for k in range(3):
        z = z * (1 + 0.3j * k) + 0.1
    return abs(z) ** 2


def one_path_complex(x: float) -> float:
    z = x * x
    if x > 0:
        z = z * 1j + x
    return abs(z + 1)


def stored(x: Any) -> Any:
    z = np.zeros(len(x), dtype=complex)
    for k in range(len(x)):
        z[k] = np.exp(1j * x[k]) * x[k]
    z[1:] += z[:-1] * 0.5j
    z[0] *= 2 - 1j
    return np.sum(np.abs(z) ** 2)


def stored_real(x: Any) -> Any:
    z = np.zeros(len(x), dtype=complex)
    z[:] = x
    z[1] = 3j * x[0]
    return np.sum((z * z).imag + z.real**2)


def overwritten(z: Any, x: Any) -> Any:
    y = z.copy()
    y[1] = x[1] * x[2]
    y[2:] = x[2:]
    return np.sum(np.abs(y * z) ** 2)


def twiddles(x: Any) -> Any:
    """One pass of a transform written in place."""
    n = len(x) // 2
    y = np.zeros(len(x), dtype=complex)
    w = np.exp(-2j * np.pi * np.arange(n) / len(x))
    a, b = x[:n], x[n:]
    y[:n] = a + w * b
    y[n:] = a - w * b
    return np.sum(np.abs(y) ** 4)


def stockham(x: Any) -> Any:
    n, m = len(x), 1
    y = x + 0j
    while m < n:
        half = n // 2
        new = np.zeros(n, dtype=complex)
        w = np.exp(-2j * np.pi * (np.arange(half) // m * m) / n)
        for k in range(half):
            j = k // m
            a, b = y[k], y[k + half]
            new[2 * j * m + k % m] = a + b
            new[2 * j * m + k % m + m] = (a - b) * w[k]
        y = new
        m = 2 * m
    return np.sum(np.abs(y) ** 4)


def matrices(a: Any, z: Any) -> Any:
    y = a @ z[:2] + np.dot(a.T, z[2:])
    return np.vdot(y, y).real + np.sum(np.outer(z, z).imag) + np.inner(z, z).real


def conjugating_product(z: Any, w: Any) -> Any:
    return np.abs(np.vdot(z, w)) + np.vdot(w, z).imag


def solved(a: Any, z: Any) -> Any:
    y = np.linalg.solve(a, z[:2])
    return np.sum(np.abs(y) ** 2) + np.linalg.det(a).real + np.sum(np.abs(np.linalg.inv(a)))


def moments(z: Any) -> Any:
    return np.var(z) + np.std(z * z) + np.abs(np.mean(z)) + np.abs(np.prod(z)) + np.sum(np.abs(np.cumsum(z)))


def shaped(z: Any) -> Any:
    y = np.concatenate([z, z[::-1] * 1j]).reshape(2, 4).T
    y = np.stack([y, 2 * y]).sum(0) + np.tile(z, (2, 1)).T
    return np.sum(np.where(y.real > 0.123, y, y.conj()).imag ** 3)


def listed(z: Any) -> Any:
    total = 0j
    for value in [z[0], z[1] * z[2], 3.0 * z[3]]:
        total += value * value.conjugate() * 1j + value
    parts = np.array([total, z[0], 1.0])
    return np.sum(np.abs(parts) ** 2)


def first_of(pair: Any) -> Any:
    return abs(pair["z"]) ** 2 * pair["x"]


def helper(z: Any, x: Any) -> Any:
    return z * x + np.conj(z)


def calls_helper(z: Any, x: Any) -> Any:
    y = helper(helper(z, x), x)
    return np.sum(np.abs(y) ** 2)


def transformed(x: Any) -> Any:
    y = np.fft.fft(x)
    return np.sum(np.abs(y) ** 2 * np.arange(len(x)))


def filtered(x: Any, h: Any) -> Any:
    return np.sum(np.fft.irfft(np.fft.rfft(x) * h, n=len(x)) ** 3)


def spectrum_of_image(a: Any) -> Any:
    y = np.fft.fftshift(np.fft.fft2(a))
    return np.sum(np.real(y * y) * np.fft.fftfreq(2, 0.3))


def convolved(x: Any, y: Any) -> Any:
    n = len(x) + len(y) - 1
    return np.sum(np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(y, n), n) ** 2)


def real_carry(x: Any) -> Any:
    y = x
    for k in range(3):
        y = y * (1 + 0.5j) + k
    return np.sum(np.abs(y) ** 2)


def one_path_array(x: Any) -> Any:
    y = x if x[0] > 0 else x * 1j
    return np.sum(np.abs(y + 1) ** 2)


def sums_in_place(x: Any) -> Any:
    y = np.zeros(4, complex)
    for k in range(4):
        y[k] = x[k] if k % 2 else x[k] * 1j + x[0]
    y += x
    y[1:] *= 2j
    y -= x * 1j
    return np.sum(np.abs(y) ** 3)


def tuples_of_both(x: Any) -> Any:
    t = (x, x * 1j)
    for _ in range(2):
        t = (t[0] * 2.0, t[1] * t[0])
    return np.sum(np.abs(t[1]) ** 2)


def list_of_both(x: Any) -> Any:
    ys = []
    for k in range(4):
        ys.append(x[k] * 1j if k else x[k])
    total = 0
    for y in ys:
        total = total + y * y
    return abs(total)


def iterated(z: Any, n: int) -> Any:
    return z if n == 0 else iterated(z * z + 0.3j, n - 1)


def recursive(x: Any) -> Any:
    return abs(iterated(x, 2))


def changes_its_conjugate(z: Any) -> Any:
    c = np.conj(z)
    c[0] *= 2
    return np.sum((c * z).real ** 2)


def keeps_its_real_part(z: Any) -> Any:
    r = z.real.copy()
    r[0] = 0
    return np.sum(r * z.imag)


def masked(z: Any) -> Any:
    y = z.copy()
    y[y.real > 0] *= 2j
    return np.sum(np.abs(y) ** 2 * np.arange(4))


def roots_of_negatives(x: Any) -> Any:
    y = np.sqrt(x + 0j)
    return np.sum(np.where(x > 0, y, 0).imag) + np.sum(np.abs(y))


CASES: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (power, (Z,)),
    (power, (X,)),
    (power, (Z.reshape(2, 2),)),
    (power, (Z[:1],)),
    (lengths, (Z,)),
    (mixed, (Z,)),
    (phases, (Z,)),
    (phases_in_degrees, (Z,)),
    (elementary, (Z,)),
    (inverse_functions, (Z,)),
    (inverse_functions, (-Z.conj(),)),
    (logarithms, (Z,)),
    (powers, (Z, W)),
    (from_parts, (X, X[::-1] ** 2)),
    (from_parts, (X, 0.4)),
    (from_parts, (Z, W)),
    (euler, (X,)),
    (euler, (0.7,)),
    (through_python_numbers, (0.7, 0.4)),
    (polar_form, (0.7, 0.4)),
    (in_polar_form, (0.7, 0.4)),
    (inverses_of_python, (0.7,)),
    (inverses_of_python, (-0.7,)),
    (branch_on_size, (0.9,)),
    (while_it_stays, (0.3, 0.5)),
    (starts_real, (0.7,)),
    (one_path_complex, (0.7,)),
    (one_path_complex, (-0.7,)),
    (stored, (X,)),
    (stored_real, (X,)),
    (overwritten, (Z, X)),
    (twiddles, (X,)),
    (twiddles, (Z,)),
    (stockham, (X,)),
    (matrices, (M, Z)),
    (matrices, (M, X)),
    (conjugating_product, (Z, W)),
    (conjugating_product, (Z, X)),
    (conjugating_product, (X, W)),
    (solved, (M, Z)),
    (solved, (M.real, Z)),
    (moments, (Z,)),
    (shaped, (Z,)),
    (listed, (Z,)),
    (first_of, ({"z": 0.3 + 0.4j, "x": 0.5},)),
    (calls_helper, (Z, X)),
    (calls_helper, (Z, 0.3)),
    (transformed, (X,)),
    (transformed, (Z,)),
    (filtered, (X, W[:3])),
    (spectrum_of_image, (M,)),
    (spectrum_of_image, (M.real,)),
    (convolved, (X, X[:2])),
    (real_carry, (X,)),
    (one_path_array, (X,)),
    (one_path_array, (-X,)),
    (sums_in_place, (X,)),
    (tuples_of_both, (X,)),
    (list_of_both, (X,)),
    (recursive, (0.7,)),
    (recursive, (0.7 + 0.2j,)),
    (changes_its_conjugate, (Z,)),
    (changes_its_conjugate, (X,)),
    (keeps_its_real_part, (Z,)),
    (masked, (Z,)),
    (roots_of_negatives, (X,)),
]
SLOW = (elementary, inverse_functions, inverses_of_python, logarithms, powers, stockham, stored, moments, solved)
SLOW += (matrices, from_parts, twiddles, phases_in_degrees, shaped, spectrum_of_image, recursive)
"""Programs whose second derivatives are long."""


@pytest.mark.parametrize(("function", "args"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_both_modes_and_second_order(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    check_grads(function, args, order=1 if function in SLOW else 2, rtol=1e-4, atol=1e-6)


# conventions


def square_of_size(z: complex) -> float:
    return abs(z) ** 2


def test_gradient_is_the_conjugate_of_the_ascent() -> None:
    assert grad(square_of_size)(1 + 2j) == 2 - 4j
    z = 1 + 2j
    for _ in range(30):
        z -= 0.2 * np.conj(grad(square_of_size)(z))
    assert abs(z) < 1e-3
    value, gradient = value_and_grad(square_of_size)(1 + 2j)
    assert value == pytest.approx(5.0) and gradient == 2 - 4j


def test_gradient_has_the_kind_of_its_argument() -> None:
    assert type(grad(square_of_size)(2.0)) is float
    assert np.asarray(grad(power)(Z.astype(np.complex64))).dtype == np.complex64
    assert grad(power)(Z).flags.owndata or grad(power)(Z).base is None
    gradients = grad(overwritten, wrt=(0, 1))(Z, X)
    assert [each.dtype for each in gradients] == [complex, float]
    assert np.iscomplexobj(grad(real_part)(1 + 2j)) and grad(real_part)(1 + 2j) == 1
    assert grad(real_part)(3.0) == 1.0 and grad(imaginary_part)(3.0) == 0.0
    assert grad(first_of)({"z": 1 + 1j, "x": 2.0}) == {"z": pytest.approx(4 - 4j), "x": pytest.approx(2.0)}


def real_part(z: Any) -> Any:
    return z.real


def imaginary_part(z: Any) -> Any:
    return z.imag


@pytest.mark.parametrize("function", [transformed, euler, twiddles, one_path_array], ids=lambda f: f.__name__)
def test_single_precision_stays_single(function: Callable[..., Any]) -> None:
    x = X.astype(np.float32)
    gradient = grad(function)(x)
    assert gradient.dtype == np.float32
    np.testing.assert_allclose(gradient, grad(function)(X), rtol=1e-3, atol=1e-3)
    value, tangent = jvp(function, (x,), (np.ones_like(x),))
    assert np.asarray(value).dtype == np.asarray(tangent).dtype


def complex_weights(x: Any, w: Any) -> Any:
    return np.sum(np.abs(np.fft.fft(np.exp(1j * x) * w)) ** 2)


def test_single_precision_of_both_kinds() -> None:
    gradients = grad(complex_weights, wrt=(0, 1))(X.astype(np.float32), W.astype(np.complex64))
    assert [each.dtype for each in gradients] == [np.float32, np.complex64]


def wave(x: Any) -> Any:
    return np.exp(1j * x) * x


def cube(z: Any) -> Any:
    return z**3 + cmath.sin(z)


def rational(z: Any) -> Any:
    w = np.exp(z) @ W
    return (w * w + z[0]) / (w - z[1])


def doubling(z: Any) -> Any:
    while abs(z) < 2:
        z = z * z * 1.5
    return z


def test_holomorphic_derivatives() -> None:
    z = 0.3 + 0.5j
    first = grad(cube, holomorphic=True)
    assert first(z) == pytest.approx(3 * z * z + cmath.cos(z))
    assert grad(first, holomorphic=True)(z) == pytest.approx(6 * z - cmath.sin(z))
    assert grad(doubling, holomorphic=True)(1 + 1j) == pytest.approx(3 * (1 + 1j))
    gradient, h = grad(rational, holomorphic=True)(Z), 1e-6
    for k in range(4):
        step = h * np.eye(4)[k]
        difference = (rational(Z + step) - rational(Z - step)) / (2 * h)
        assert gradient[k] == pytest.approx(difference, rel=1e-6)


def test_tangents_and_cotangents_are_plain_complex_numbers() -> None:
    value, tangent = jvp(wave, (X,), (np.ones(4),))
    np.testing.assert_allclose(tangent, np.exp(1j * X) * (1 + 1j * X))
    np.testing.assert_allclose(value, wave(X))
    (x_bar,) = vjp(wave, X)[1](W)
    assert x_bar.dtype == float
    np.testing.assert_allclose(x_bar, (W * tangent).real)
    (z_bar,) = vjp(wave, Z)[1](W)
    np.testing.assert_allclose(z_bar, W * np.exp(1j * Z) * (1 + 1j * Z))
    assert jvp(cube, 1j, 1.0)[1] == pytest.approx(grad(cube, holomorphic=True)(1j))
    np.testing.assert_allclose(jacobian(wave)(X), np.diag(tangent))


def test_product_with_the_hessian() -> None:
    direction, h = W, 1e-6
    expected = (grad(elementary)(Z + h * direction) - grad(elementary)(Z - h * direction)) / (2 * h)
    np.testing.assert_allclose(hvp(elementary, Z, direction), expected, rtol=1e-6)


def test_annotations_and_types_without_a_call() -> None:
    assert ".conjugate()" in grad(annotated).source
    assert "np.conj" in grad(power).for_types("z: complex128[:]").source


def annotated(z: complex) -> float:
    return abs(z) ** 2


def test_agreement_with_autograd() -> None:
    """The other package has the same convention."""
    autograd = pytest.importorskip("autograd", reason="an optional peer to compare with")
    peer = __import__("autograd.numpy").numpy

    def theirs(z: Any) -> Any:
        y = peer.fft.fft(peer.exp(z) * peer.conj(z), 6)
        return peer.sum(peer.abs(y) ** 2 * peer.arange(6)) + peer.sum(peer.angle(z) * peer.real(z) ** 2)

    np.testing.assert_allclose(grad(spectrum)(Z), autograd.grad(theirs)(Z), rtol=1e-10)


def spectrum(z: Any) -> Any:
    y = np.fft.fft(np.exp(z) * np.conj(z), 6)
    return np.sum(np.abs(y) ** 2 * np.arange(6)) + np.sum(np.angle(z) * np.real(z) ** 2)


def test_kinks() -> None:
    assert grad(abs_of)(0j) == 0
    np.testing.assert_allclose(grad(lengths)(np.array([0j, 3 + 4j])), [0, 0.6 - 0.8j])


def abs_of(z: Any) -> Any:
    return abs(z)


def test_check_grads_sees_both_parts() -> None:
    with pytest.raises(GradientMismatch, match="at index 0 in the imaginary part"):
        check_grads(stepped, (Z,))


def stepped(z: Any) -> Any:
    return np.sum(z.real * np.round(1e4 * z.imag))


# refusals


def with_conjugate(z: Any) -> Any:
    return z * np.conj(z)


def from_real_parts(z: Any) -> Any:
    return z.real + 1j * z.imag


def with_vdot(z: Any) -> Any:
    return np.vdot(z, z) + 0j


def stores_real(z: Any) -> Any:
    y = z.copy()
    y.real = 1.0
    return np.sum(np.abs(y))


def stores_into_real(z: Any) -> Any:
    y = z.copy()
    y.real[0] = 1.0
    return np.sum(np.abs(y))


def stores_through_name(z: Any) -> Any:
    y = z.copy()
    part = np.imag(y)
    part[0] = 1.0
    return np.sum(np.abs(y))


def signs(z: Any) -> Any:
    return np.sum(np.abs(np.sign(z)))


def largest(z: Any) -> Any:
    return np.abs(np.max(z))


def larger(z: Any) -> Any:
    return np.abs(np.maximum(z, 0.3)[0])


def clipped(z: Any) -> Any:
    return np.abs(np.clip(z, 0.0, 1.0)[0])


def eigenvalues(z: Any) -> Any:
    return np.sum(np.linalg.eigvalsh(np.outer(z, np.conj(z))))


def cast_to_real(z: Any) -> Any:
    return np.sum(z.astype(float))


def into_reals(z: Any) -> Any:
    x = np.zeros(4)
    x[:] = z
    return np.sum(x)


def half_of_complex(z: Any) -> Any:
    return np.abs(np.fft.rfft(z)[0])


def with_math(z: Any) -> Any:
    return abs(math.sqrt(z[0]))


@pytest.mark.parametrize(
    ("run", "words"),
    [
        (lambda: grad(cube)(1j), "holomorphic=True"),
        (lambda: grad(grad(power))(Z), "returns an array"),
        (lambda: grad(power, holomorphic=True)(Z), "one complex number"),
        (lambda: grad(cube, holomorphic=True)(1.0), "needs complex arguments"),
        (lambda: grad(with_conjugate, holomorphic=True)(1j), "not holomorphic"),
        (lambda: grad(from_real_parts, holomorphic=True)(1j), "not holomorphic"),
        (lambda: grad(with_vdot, holomorphic=True)(Z), "not holomorphic"),
        (lambda: grad(power, mode="forward")(Z), "one run of forward mode"),
        (lambda: grad(square_of_size, mode="forward")(1j), "one run of forward mode"),
        (lambda: elementwise_grad(wave)(Z), "one run of forward mode"),
        (lambda: jacfwd(wave)(Z), "is complex"),
        (lambda: jacrev(wave)(X), "complex numbers"),
        (lambda: hessian(power)(Z), "is complex"),
        (lambda: jvp(wave, (X,), (Z,)), "real numbers"),
        (lambda: grad(stores_real)(Z), "one part of complex numbers"),
        (lambda: grad(stores_into_real)(Z), "one part of complex numbers"),
        (lambda: grad(stores_through_name)(Z), "one part of complex numbers"),
        (lambda: grad(signs)(Z), "real numbers only"),
        (lambda: grad(largest)(Z), "real numbers only"),
        (lambda: grad(larger)(Z), "real numbers only"),
        (lambda: grad(clipped)(Z), "real numbers only"),
        (lambda: grad(eigenvalues)(Z), "real numbers only"),
        (lambda: grad(cast_to_real)(Z), "imaginary part"),
        (lambda: grad(into_reals)(Z), "does not fit"),
        (lambda: grad(half_of_complex)(Z), "takes real numbers"),
        (lambda: grad(with_math)([1j]), "takes real numbers"),
    ],
)
def test_refusals_say_why(run: Callable[[], Any], words: str) -> None:
    with pytest.raises(AdjointError) as caught:
        run()
    assert words in caught.value.report()


def test_derivatives_are_remembered_by_kind() -> None:
    made: Derivative[..., Any] = grad(cube, holomorphic=True)
    assert grad(cube, holomorphic=True) is made and grad(cube) is not made
    with pytest.raises(ValueError, match="holomorphic=True"):
        grad(cube, holomorphic=True, mode="forward")
