"""Decompositions that give several arrays, and programs with them: differences, both modes, second order."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from adjoint import grad, jvp
from adjoint.errors import AdjointError


def weighed(x):
    """A number that every element of an array moves, in a way of its own."""
    return np.sum(np.sin(x) * _weights(x))


def _weights(x):
    return np.arange(1.0, 1.0 + x.size).reshape(x.shape)


def eigenvalues(a):
    values, _ = np.linalg.eigh(a)
    return weighed(values)


def eigenvectors(a):
    return weighed(np.linalg.eigh(a).eigenvectors)


def both_of_upper(a):
    w, v = np.linalg.eigh(a, UPLO="U")
    return weighed(w) + weighed(v)


def matrix_exponential(a):
    w, v = np.linalg.eigh(a)
    return weighed((v * np.exp(w)) @ v.T)


def stacked_eigenvectors(a):
    w, v = np.linalg.eigh(a)
    return weighed(v) + weighed(w)


def general_eigenvalues(a):
    w, _ = np.linalg.eig(a)
    return np.sum(np.abs(w) ** 3)


def general_eigenvectors(a):
    w, v = np.linalg.eig(a)
    return np.sum(v.real**3) + np.sum(v.imag**4) + np.sum(np.abs(w))


def complex_eigenvectors(a):
    v = np.linalg.eig(a + 1j * (a.T @ a))[1]
    return np.sum(v.real**3) + np.sum(v.imag**4)


def log_determinant(a):
    sign, logdet = np.linalg.slogdet(a)
    return np.sum(sign * logdet**2)


def log_determinant_by_name(a):
    return np.sum(np.linalg.slogdet(a).logabsdet)


def both_factors(a):
    q, r = np.linalg.qr(a)
    return weighed(q) + weighed(r)


def orthogonal_factor(a):
    return weighed(np.linalg.qr(a).Q)


def triangular_factor(a):
    return weighed(np.linalg.qr(a)[1])


def complete_factors(a):
    a = a @ a.T
    q, r = np.linalg.qr(a, mode="complete")
    return weighed(q) + weighed(r)


def all_singular(a):
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    return weighed(u) + weighed(s) + weighed(vh)


def left_singular(a):
    return weighed(np.linalg.svd(a, full_matrices=False)[0])


def right_singular(a):
    return weighed(np.linalg.svd(a, full_matrices=False).Vh)


def full_singular(a):
    u, s, vh = np.linalg.svd(a)
    return weighed(u) + weighed(s) + weighed(vh)


def values_of_full(a):
    return weighed(np.linalg.svd(a).S)


def least_squares(a, b):
    x, _, _, _ = np.linalg.lstsq(a, b, rcond=None)
    return weighed(x)


def all_of_least_squares(a, b):
    x, residuals, _, s = np.linalg.lstsq(a, b, rcond=None)
    return weighed(x) + np.sum(residuals**2) + weighed(s)


def in_a_loop(a):
    total = 0.0
    for _ in range(3):
        w, v = np.linalg.eigh(a)
        a = (v * np.exp(-w)) @ v.T
        total += w[0] * v[0, 0] ** 2
    return total


def in_a_branch(a):
    if a[0, 0] > 0:
        sign, logdet = np.linalg.slogdet(a)
    else:
        sign, logdet = 1.0, np.sum(a)
    return sign * logdet


def gaussian(mean, covariance, x):
    factor = np.linalg.cholesky(covariance)
    z = np.linalg.solve(factor, x - mean)
    return -0.5 * np.dot(z, z) - np.sum(np.log(np.diag(factor)))


def attention(q, k, v):
    scores = np.einsum("bqd,bkd->bqk", q, k)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return np.sum(np.einsum("bqk,bkd->bqd", weights / weights.sum(-1, keepdims=True), v) ** 2)


def einsum_with_lists(a, b):
    return np.sum(np.einsum(a, [0, 1], b, [1, 2], [0, 2]) ** 2)


def infinite_norms(a):
    return np.linalg.norm(a, -np.inf) ** 2 + np.linalg.norm(a[0], np.inf)


def normal(*shape: int) -> Any:
    return np.random.default_rng(sum(shape)).standard_normal(shape)


SQUARE = normal(3, 3) + 3 * np.eye(3)
STACK = np.stack([SQUARE, SQUARE.T + np.eye(3)])
POSITIVE = SQUARE @ SQUARE.T + 0.1 * normal(3, 3)  # not symmetric: the other triangle is not read
TALL = normal(4, 3) + np.eye(4, 3)

PROGRAMS: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (eigenvalues, (POSITIVE,)),
    (eigenvectors, (POSITIVE,)),
    (both_of_upper, (POSITIVE,)),
    (matrix_exponential, (POSITIVE / 10,)),
    (stacked_eigenvectors, (STACK,)),
    (general_eigenvalues, (normal(3, 3),)),
    (general_eigenvalues, (STACK,)),
    (general_eigenvectors, (normal(4, 4),)),
    (general_eigenvectors, (np.diag([1.0, 2.0, 4.0]) + 0.1,)),
    (complex_eigenvectors, (normal(3, 3),)),
    (log_determinant, (SQUARE,)),
    (log_determinant, (STACK,)),
    (log_determinant_by_name, (-SQUARE,)),
    (both_factors, (TALL,)),
    (both_factors, (SQUARE,)),
    (both_factors, (normal(2, 4, 3),)),
    (orthogonal_factor, (TALL,)),
    (triangular_factor, (TALL,)),
    (complete_factors, (SQUARE,)),
    (all_singular, (TALL,)),
    (all_singular, (TALL.T,)),
    (all_singular, (SQUARE,)),
    (all_singular, (normal(2, 3, 4),)),
    (left_singular, (TALL,)),
    (right_singular, (TALL,)),
    (full_singular, (SQUARE,)),
    (values_of_full, (TALL,)),
    (least_squares, (TALL, normal(4))),
    (least_squares, (TALL, normal(4, 2))),
    (least_squares, (TALL.T, normal(3))),
    (all_of_least_squares, (TALL, normal(4))),
    (all_of_least_squares, (TALL.T, normal(3))),
    (in_a_loop, (POSITIVE / 10,)),
    (in_a_branch, (SQUARE,)),
    (gaussian, (normal(3), POSITIVE, normal(3) + 1)),
    (attention, (normal(2, 3, 4), normal(2, 5, 4), normal(2, 5, 3))),
    (einsum_with_lists, (normal(2, 3), normal(3, 2))),
    (infinite_norms, (normal(3, 4),)),
]
IDS = [f"{function.__name__}-{number}" for number, (function, _) in enumerate(PROGRAMS)]


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        yield


def _slope(function: Callable[..., Any], args: Any, tangents: Any, h: float) -> Any:
    """The derivative along the tangents by a fourth-order difference."""

    def at(step: float) -> Any:
        return np.asarray(function(*(x + step * t for x, t in zip(args, tangents))))

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


@pytest.mark.parametrize(("function", "args"), PROGRAMS, ids=IDS)
def test_program(function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    gradient = grad(function, wrt=tuple(range(len(args))))
    tangents = [np.random.default_rng(n).standard_normal(np.shape(x)) for n, x in enumerate(args)]
    shares = gradient(*args)
    assert [share.shape for share in shares] == [x.shape for x in args]
    total = sum(np.sum(share * t) for share, t in zip(shares, tangents))
    np.testing.assert_allclose(total, _slope(function, args, tangents, 1e-4), rtol=1e-7, atol=1e-8)
    _, value_dot = jvp(function, args, tuple(tangents))
    np.testing.assert_allclose(value_dot, total, rtol=1e-9, atol=1e-10)

    def flat(*given: Any) -> Any:
        return np.concatenate([np.ravel(share) for share in gradient(*given)])

    _, moved = jvp(gradient, args, tuple(tangents))
    second = np.concatenate([np.ravel(share) for share in moved])
    np.testing.assert_allclose(second, _slope(flat, args, tangents, 1e-4), rtol=1e-5, atol=1e-6)


def test_only_the_triangle_that_is_read_has_a_gradient() -> None:
    assert not np.triu(grad(eigenvectors)(POSITIVE), 1).any()
    assert not np.tril(grad(both_of_upper)(POSITIVE), -1).any()
    assert not np.triu(grad(lambda a: np.sum(np.linalg.cholesky(a)))(POSITIVE), 1).any()


def test_an_eigenvalue_that_occurs_twice_has_a_gradient_its_vectors_have_none() -> None:
    def determinant(a):
        return np.prod(np.linalg.eigvalsh(a))

    np.testing.assert_allclose(grad(determinant)(2 * np.eye(3)), 4 * np.eye(3))
    assert not np.isfinite(grad(eigenvectors)(2 * np.eye(3))).all()


def test_norm_at_the_origin() -> None:
    def sizes(x):
        return np.linalg.norm(x) + np.linalg.norm(x, 3) + np.linalg.norm(x, 1.5)

    np.testing.assert_array_equal(grad(sizes)(np.zeros(3)), np.zeros(3))


def test_wide_matrix_has_no_qr_derivative() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        grad(both_factors)(normal(3, 4))


def test_vectors_of_a_full_svd_that_is_not_square() -> None:
    with pytest.raises(ValueError):
        grad(full_singular)(TALL)


REFUSED: list[tuple[Callable[..., Any], tuple[Any, ...]]] = [
    (lambda a: np.sum(np.linalg.qr(a, mode="complete")[0]), (TALL,)),
    (lambda a: np.sum(np.linalg.svd(a, hermitian=True)[1]), (SQUARE,)),
    (lambda a: np.sum(np.linalg.pinv(a, hermitian=True)), (SQUARE,)),
    (lambda a, s: np.sum(np.einsum(s, a)), (SQUARE, [0, 1])),
    (lambda a: np.sum(np.einsum("ijk->i", a)), (SQUARE,)),
    (lambda a: np.sum(np.einsum("...i->i", a)), (SQUARE,)),
    (lambda a: np.sum(np.einsum("ij->ik", a)), (SQUARE,)),
    (lambda a: np.sum(np.einsum("ij->i", a, dtype=float)), (SQUARE,)),
    (lambda a: np.sum(np.tensordot(a, a, axes=([0, 0], [1, 1]))), (SQUARE,)),
    (lambda a: np.linalg.norm(a, 3), (SQUARE,)),
    (lambda a: np.sum(np.linalg.solve(a, 1.0)), (SQUARE,)),
]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_refused(number: int) -> None:
    function, args = REFUSED[number]
    with pytest.raises(AdjointError) as caught:
        grad(function)(*args)
    assert caught.value.why and caught.value.fix and caught.value.lineno


EMITTED = [
    (lambda a, b: np.sum(np.einsum("ij,jk->ik", a, b)), 'np.einsum("ik,jk->ij"'),
    (lambda a, b: np.sum(np.linalg.solve(a, b) ** 2), "np.linalg.solve(a.T, "),
    (lambda a: np.linalg.slogdet(a)[1], "return np.linalg.inv(a).T"),
    (lambda a: np.trace(a), "return np.eye("),
    (lambda a: np.sum(np.linalg.eigvalsh(a) ** 2), "np.linalg.eigh(a)"),
    (lambda a: np.einsum("ii", a), "return np.eye("),
]


@pytest.mark.parametrize("number", range(len(EMITTED)))
def test_emitted_code_is_what_a_person_writes(number: int) -> None:
    function, text = EMITTED[number]
    derivative = grad(function)
    derivative(*[SQUARE] * function.__code__.co_argcount)
    assert text in derivative.source
    assert "1.0 *" not in derivative.source


def test_stores_into_what_may_be_a_view_are_refused() -> None:
    def diagonal_ones(a):
        b = a.copy()
        d = np.einsum("ii->i", b)
        d[:] = 1.0
        return np.sum(b)

    with pytest.raises(AdjointError):
        grad(diagonal_ones)(SQUARE)


def test_extents_that_do_not_fit_raise_as_numpy_does() -> None:
    def product(a, b):
        return np.sum(np.einsum("ij,jk->ik", a, b))

    with pytest.raises((ValueError, AdjointError)):
        grad(product)(normal(2, 3), normal(4, 2))
