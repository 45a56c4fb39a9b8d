# ruff: noqa: B007, F841 (these are programs as users write them)
"""Cases 1 to 22: loops, exits, branches and the values they keep."""

import math

import numpy as np

from tests.cases.case import Case


def continue_last(u):
    r = 11 * u
    for i in range(3):
        r += u * i
        continue
    return r


def break_at_first(u):
    r = 0.0
    for i in range(1, 3):
        r += i * u
        if i == 1:
            break
    return r


def assigned_in_condition(x, y):
    c = 0
    while (r := x * y) and c < 1:
        c += 1
    return r


def loop_from_argument(lo, hi, h):
    t = lo
    s = 0.0
    while t < hi:
        s += t * t * h
        t += h
    return s


def inline_divisor(a):
    s = 0.0
    for i in range(2):
        k = i + 1.0
        s += 1 / (k + a * a)
    return s


def return_before_loop(x, k):
    if k == 0:
        return x * x * x
    s = x
    for _ in range(k):
        s = s * x
    return s


def return_then_locals(x, k):
    if k == 0:
        return 1.0
    n = k
    y = n + x
    y *= n
    return y


def chained_assignment(u, v):
    r = u = v = 0.0
    return r


def side_effect_once(x, y, z):
    t = (x := x * y) * z
    return t


def running_maximum(x):
    m = x[0]
    for i in range(1, len(x)):
        if x[i] <= m:
            continue
        m = x[i]
    return m * m


def set_before_loop(x, n):
    a = x * x
    s = 0.0
    for i in range(n):
        s += i * x
    return a * s


def nested_over_state(x, n, m):
    y = x
    for i in range(n):
        for j in range(m):
            y = y + 0.5 * i * j
    return y


def final_value_read(c0, x):
    s = c0
    for v in x:
        s += v
    return 1 / s


def iterated_sine(x, n):
    for i in range(n):
        x = math.sin(x)
    return x


def iterated_tanh(a, t):
    for _ in range(4):
        t = math.tanh(a * t)
    return t


def rebuilt_vector(a, v):
    for _ in range(3):
        v = np.array([a * v[1], v[0] + v[2], np.sin(v[2])])
    return v[0] + 2.0 * v[1] + 3.0 * v[2]


def log_sum_exp(a):
    m = a[0]
    for i in range(1, len(a)):
        if a[i] > m:
            m = a[i]
    s = 0.0
    for i in range(len(a)):
        s += math.exp(a[i] - m)
    return m + math.log(s)


def constant_branch(x):
    if x <= 0:
        y = 2
    else:
        y = x + 2
    return y


def product_until_zero(x):
    p = 1.0
    for v in x:
        p *= v
        if p == 0:
            break
    return p


def reads_by_step(s, ys):
    for t in range(len(ys)):
        s = 0.5 * s + ys[t] * s * s
    return s


def inverse_twice(K):
    for _ in range(2):
        K = np.linalg.inv(K + np.eye(2))
    return np.sum(K)


def series_with_tolerance(x, tol):
    s = 0.0
    term = x
    for i in range(1, 50):
        if i % 2:
            s += term
            if abs(term) < tol:
                return s
        term = -term * x / (i + 1)
    return s


def _loop_from_argument_gradient(lo, hi, h):
    by_lo = by_h = 0.0
    t, k = lo, 0
    while t < hi:
        by_lo += 2.0 * t * h
        by_h += t * t + 2.0 * t * k * h
        t, k = t + h, k + 1
    return by_lo, 0.0, by_h


def _product_of_cosines(x, n):
    product = 1.0
    for _ in range(n):
        product *= math.cos(x)
        x = math.sin(x)
    return product


def _iterated_tanh_gradient(a, t):
    by_a, by_t = 0.0, 1.0
    for _ in range(4):
        new = math.tanh(a * t)
        slope = 1.0 - new * new
        by_a, by_t = slope * (t + a * by_a), slope * a * by_t
        t = new
    return by_a, by_t


def _rebuilt_vector_gradient(a, v):
    jacobian = np.hstack([np.zeros((3, 1)), np.eye(3)])
    for _ in range(3):
        step = np.array([[0.0, a, 0.0], [1.0, 0.0, 1.0], [0.0, 0.0, np.cos(v[2])]])
        jacobian = step @ jacobian
        jacobian[0, 0] += v[1]
        v = np.array([a * v[1], v[0] + v[2], np.sin(v[2])])
    row = np.array([1.0, 2.0, 3.0]) @ jacobian
    return row[0], row[1:]


def _reads_by_step_gradient(s, ys):
    by_s, by_ys = 1.0, np.zeros(len(ys))
    for t, y in enumerate(ys):
        slope = 0.5 + 2.0 * y * s
        by_ys *= slope
        by_ys[t] += s * s
        by_s *= slope
        s = 0.5 * s + y * s * s
    return by_s, by_ys


def _inverse_twice_gradient(K):
    first = np.linalg.inv(K + np.eye(2))
    second = np.linalg.inv(first + np.eye(2))
    return first.T @ (second.T @ np.ones((2, 2)) @ second.T) @ first.T


def _series_gradient(x, tol):
    """The path's derivative: term i is (-1)**(i-1) x**i / i!, odd ones are summed up to the first small one."""
    total = 0.0
    for i in range(1, 50, 2):
        total += x ** (i - 1) / math.factorial(i - 1)
        if abs(x**i / math.factorial(i)) < tol:
            break
    return total


A = np.array([0.3, -1.2, 2.0, 0.7])
SOFTMAX = np.exp(A) / np.sum(np.exp(A))
V = np.array([0.4, -0.3, 0.8])
K = np.array([[2.0, 0.3], [-0.4, 1.5]])
YS = np.array([0.2, -0.1, 0.3])

CASES = [
    Case(1, continue_last, (0.7,), (14.0,)),
    Case(2, break_at_first, (0.7,), (1.0,)),
    Case(3, assigned_in_condition, (2.0, 3.0), (3.0, 2.0), wrt=(0, 1), today="refused"),
    Case(4, loop_from_argument, (0.05, 1.0, 0.1), _loop_from_argument_gradient(0.05, 1.0, 0.1), wrt=(0, 1, 2)),
    Case(5, inline_divisor, (0.8,), (-1.6 * sum(1 / (k + 0.64) ** 2 for k in (1.0, 2.0)),)),
    Case(6, return_before_loop, (0.8, 0), (3 * 0.64,)),
    Case(6, return_before_loop, (0.8, 3), (4 * 0.8**3,)),
    Case(6, return_before_loop, (0.8, 0), (6 * 0.8,), order=2),
    Case(6, return_before_loop, (0.8, 3), (12 * 0.64,), order=2),
    Case(7, return_then_locals, (0.5, 3), (3.0,)),
    Case(7, return_then_locals, (0.5, 0), (0.0,)),
    Case(8, chained_assignment, (1.0, 2.0), (0.0, 0.0), wrt=(0, 1)),
    Case(9, side_effect_once, (2.0, 3.0, 5.0), (15.0, 10.0, 6.0), wrt=(0, 1, 2), today="refused"),
    Case(10, running_maximum, (np.array([1.0, 3.0, 2.0, 5.0, 4.0]),), (np.array([0.0, 0.0, 0.0, 10.0, 0.0]),)),
    Case(11, set_before_loop, (0.9, 4), (3 * 0.81 * 6,)),
    Case(12, nested_over_state, (0.9, 3, 4), (1.0,)),
    Case(13, final_value_read, (0.5, V), (-1 / 1.4**2, np.full(3, -1 / 1.4**2)), wrt=(0, 1)),
    Case(14, iterated_sine, (1.1, 5), (_product_of_cosines(1.1, 5),)),
    Case(14, iterated_sine, (1.1, 0), (1.0,)),
    Case(15, iterated_tanh, (1.3, 0.6), _iterated_tanh_gradient(1.3, 0.6), wrt=(0, 1)),
    Case(16, rebuilt_vector, (0.7, V), _rebuilt_vector_gradient(0.7, V), wrt=(0, 1)),
    Case(17, log_sum_exp, (A,), (SOFTMAX,)),
    Case(17, log_sum_exp, (np.array([1, 3, 2]),), (np.exp([1.0, 3.0, 2.0]) / np.sum(np.exp([1.0, 3.0, 2.0])),)),
    Case(18, constant_branch, (0.4,), (1.0,)),
    Case(18, constant_branch, (-0.4,), (0.0,)),
    # The derivative of the path taken: the zero ends the loop, so the later factors have no influence.
    Case(19, product_until_zero, (np.array([2.0, 0.0, 3.0, 4.0]),), (np.array([0.0, 2.0, 0.0, 0.0]),)),
    Case(20, reads_by_step, (0.7, YS), _reads_by_step_gradient(0.7, YS), wrt=(0, 1)),
    Case(21, inverse_twice, (K,), (_inverse_twice_gradient(K),)),
    Case(22, series_with_tolerance, (0.6, 1e-3), (_series_gradient(0.6, 1e-3), 0.0), wrt=(0, 1)),
]
