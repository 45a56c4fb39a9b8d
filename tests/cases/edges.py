"""Cases 55 to 67: rules at the edges of their domains, ties, shapes."""

import math

import numpy as np

from tests.cases.case import Case


def gaussian(x):
    return math.exp(-(x**2))


def gaussian_numpy(x):
    return np.exp(-(x**2))


def three_halves(x):
    return x * x**0.5


def power_zero(x):
    return x**0


def integers(x):
    return np.sum(x * x)


def guarded_root(x):
    return np.where(x < 1, x, np.sqrt(x)).sum()


def softplus_tie(a, b):
    return np.logaddexp(a, b)


def maximum_tie(a, b):
    return np.maximum(a, b)


def builtin_max_tie(a, b):
    return max(a, b)


def absolute(x):
    return abs(x)


def absolute_array(x):
    return np.abs(x).sum()


def saturated(x):
    return math.tanh(x)


def saturated_numpy(x):
    return np.tanh(x)


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def over_own_maximum(x):
    return x / max([x])


def normalised(x):
    z = (x - np.min(x)) / (np.max(x) - np.min(x))
    return np.dot(z, z)


def product(x):
    return np.prod(x)


def cumulative_product(x):
    return np.sum(np.cumprod(x))


def product_two_axes(x):
    return np.sum(np.prod(x, axis=(0, 1)) * np.array([1.0, 2.0]))


def einsum_length_one(x, y):
    return np.einsum("i,i", x, y)


def broadcast_length_one(x, y):
    return np.sum(x * y)


def squared_norm(x):
    return np.linalg.norm(x) ** 2


def largest_eigenvalue(a):
    values, _ = np.linalg.eigh(a)
    return values[1]


def scatter_multiply(x):
    y = np.ones(2)
    np.multiply.at(y, np.array([0, 1, 0]), x)
    return y.sum()


N = np.array([1.0, 3.0, 2.0])


def _normalised_gradient(x):
    low, high = np.argmin(x), np.argmax(x)
    span = x[high] - x[low]
    z = (x - x[low]) / span
    gradient = 2 * z / span
    gradient[low] -= np.sum(2 * z / span) - np.sum(2 * z * z / span)
    gradient[high] -= np.sum(2 * z * z / span)
    return gradient


P = np.arange(1.0, 9.0).reshape(2, 2, 2)

CASES = [
    Case(55, gaussian, (0.0,), (0.0,)),
    Case(55, gaussian, (0.0,), (-2.0,), order=2),
    Case(55, gaussian, (0.0,), (0.0,), order=3),
    Case(55, gaussian, (0.0,), (12.0,), order=4),
    Case(55, gaussian_numpy, (0.0,), (12.0,), order=4),
    Case(56, three_halves, (0.0,), (0.0,), today="refused"),
    Case(56, power_zero, (0.0,), (0.0,)),
    Case(57, integers, (np.array([1, 2, 3]),), (np.array([2.0, 4.0, 6.0]),)),
    Case(57, sigmoid, (0,), (0.25,)),
    Case(58, guarded_root, (np.array([0.0, 4.0]),), (np.array([1.0, 0.25]),)),
    Case(59, softplus_tie, (1.5, 1.5), (0.5, 0.5), wrt=(0, 1)),
    Case(60, maximum_tie, (1.5, 1.5), (0.5, 0.5), wrt=(0, 1)),
    Case(60, builtin_max_tie, (1.5, 1.5), (0.5, 0.5), wrt=(0, 1)),
    Case(60, absolute, (0.0,), (0.0,)),
    Case(60, absolute_array, (np.array([0.0, -2.0]),), (np.array([0.0, -1.0]),)),
    Case(61, saturated, (200.0,), (0.0,)),
    Case(61, saturated_numpy, (200.0,), (0.0,)),
    Case(61, sigmoid, (-200.0,), (math.exp(-200.0),)),
    Case(62, over_own_maximum, (3.0,), (0.0,)),
    Case(62, normalised, (N,), (_normalised_gradient(N),)),
    Case(63, product, (np.array([0.0, 2.0]),), (np.array([2.0, 0.0]),)),
    Case(
        63, cumulative_product, (np.array([2.0, 0.0, 3.0, 4.0]),), (np.array([1.0, 32.0, 0.0, 0.0]),), today="refused"
    ),
    Case(64, product_two_axes, (P,), (np.prod(P, axis=(0, 1)) / P * np.array([1.0, 2.0]),)),
    Case(65, einsum_length_one, (np.array([2.0, 3.0]), np.array([4.0])), (np.full(2, 4.0),)),
    Case(65, einsum_length_one, (np.array([2.0, 3.0]), np.array([4.0])), (np.full(2, 4.0), np.array([5.0])), (0, 1)),
    Case(65, broadcast_length_one, (np.array([2.0, 3.0]), np.array([4.0])), (np.full(2, 4.0), np.array([5.0])), (0, 1)),
    Case(66, squared_norm, (np.zeros(3),), (np.zeros(3),)),
    Case(66, largest_eigenvalue, (np.diag([1.0, 2.0]),), (np.diag([0.0, 1.0]),)),
    Case(66, largest_eigenvalue, (np.array([[2.0, 9.0], [1.0, 2.0]]),), (np.array([[0.5, 0.0], [1.0, 0.5]]),)),
    Case(67, scatter_multiply, (np.array([2.0, 3.0, 5.0]),), (np.array([5.0, 1.0, 2.0]),), today="refused"),
]
