"""Names that a pass of a loop binds first, dtypes that depend on the path, solvers that start from what they know."""

from __future__ import annotations

import numpy as np
from scipy.integrate import odeint, solve_ivp
from scipy.optimize import fsolve, root

from adjoint import grad


def saved_in_an_earlier_pass(x, m):
    u = x.copy()
    for k in range(3):
        if k == 2:
            u = saved  # noqa: F821
        u[1] = u[0] * 2
        saved = x * 3.0  # noqa: F841
    return np.sum(u)


def none_before_the_first_pass(x, m):
    u, old = x.copy(), None
    for k in range(2):
        if old is not None:
            w = u if k > 5 else old
            w[0] *= 2.0
        old = x * 1.5
    return np.sum(u)


def rolled_back(x, m):
    u, saved = x.copy(), None
    for _ in range(4):
        if saved is not None and np.max(u) > 0.5:
            u = saved
        u *= 1.0 + 0.2 * x[0]
        saved = u.copy()
        u[0] += 0.3
    return u @ u


def exchanged_with_an_earlier_pass(x, m):
    u = x.copy()
    for k in range(4):
        if k > 0 and k % 2 == 0:
            u, old = old, u  # noqa: F821
        old = u * 2.0
        u[0] += x[1] * k
    return u @ u


def saved_in_a_while_loop(x, m):
    u, k = x.copy(), 0
    while k < 3:
        if k == 2:
            u = saved  # noqa: F821
        u[1] = u[0] * 2
        saved = x * 3.0  # noqa: F841
        k += 1
    return np.sum(u)


def in_a_dict_of_a_later_pass(x, m):
    u = x.copy()
    for k in range(3):
        if k == 2:
            parts = {"q": u if x[0] > 0.4 else saved}  # noqa: F821
            parts["q"][0] = 5 * x[1]
        saved = x * 3.0
    return np.sum(u) + saved @ x


def bound_in_inner_loops(x, m):
    u = x.copy()
    for j in range(2):
        for k in range(3):
            if k == 2 or j == 1:
                u = saved  # noqa: F821
            u[1] = u[0] * 2
            saved = x * 3.0 + u
    return np.sum(u)


# dtypes


def dtype_of_an_earlier_pass(x, m):
    a = np.zeros(4, dtype=int)
    for _ in range(3):
        a = a + x if a.dtype.kind == "i" else a * x
    return np.sum(a)


def dtype_of_items(x, m):
    t = 0.0
    for a in [x, x.astype(np.float32)]:
        t += 3.0 * np.sum(a) if a.dtype == np.float32 else np.sum(a**2)
    return t


def dtype_of_a_choice(x, m):
    a = np.arange(4) if m > 1 else np.ones(4)
    b = np.empty(4, dtype=a.dtype)
    b[:] = a * 1.5
    return np.sum(b * x)


def cast_to_the_dtype_of_a_choice(x, m):
    a = np.arange(4) if m > 1 else np.ones(4)
    return np.sum((x * 2.7).astype(a.dtype) * x)


def _kind(a, x):
    return np.sum(x) if a.dtype == int else np.sum(x * x)


def dtype_of_a_choice_in_a_helper(x, m):
    return _kind(np.arange(4) if m > 1 else np.ones(4), x)


def dtype_in_a_differentiated_function(x, m):
    def h(y):
        z = np.zeros(len(y), dtype=y.dtype)
        for i in range(len(y)):
            z[i] = y[i] ** 2 * x[0]
        return np.sum(z.astype(z.dtype) * y)

    return np.sum(grad(h)(x) * x)


def dtype_in_a_lambda(x, m):
    slope = grad(lambda y: np.sum(grad(lambda z: np.sum(z.astype(z.dtype) ** 3))(y) * y))
    return np.sum(slope(x))


def dtype_in_a_try(x, m):
    try:
        if x.dtype == int:
            raise ValueError
        z = x * 2
    except ValueError:
        z = x
    return np.sum(z * z)


def dtype_of_one_kind(x, m):
    a = x if m > 1 else x * 2.0
    b = np.zeros(4, dtype=a.dtype)
    for k in range(m):
        b[k] = a[k] ** 2
    return np.sum(b * x)


def _turned(a, x, n):
    for _ in range(n):
        a = (a * x)[::-1]
    return a


def integers_that_become_real_in_a_helper(x, m):
    return np.sum(_turned(np.arange(1, 5), x, 2) * x) + np.sum(_turned(np.arange(2, 6), x, 3) * x)


def complex_in_a_helper(x, m):
    z = x + 0.5j * x**2
    return np.sum((_turned(x, z, 2) * z).real) + np.sum(_turned(x, z, 3).imag)


# solvers


def started_from_what_is_known(x, m):
    return np.sum(root(lambda y: y**3 + y - x, x).x)


def system_of_what_is_known(x, m):
    return np.sum(fsolve(lambda y: y**3 + y * x - 2 * x, x) * x)


def equation_of_its_own_start(x, m):
    return np.sum(odeint(lambda y, t: -x[0] * y, x, np.linspace(0, 1, 3), rtol=1e-10, atol=1e-10)[-1])


def start_as_an_argument(x, m):
    return np.sum(odeint(lambda y, t, p: -p[0] * y, x, np.linspace(0, 1, 3), args=(x,), rtol=1e-10, atol=1e-10)[-1])


def part_of_what_is_known(x, m):
    v = x[1:]
    return np.sum(odeint(lambda y, t: -v * y * x[1], v, np.linspace(0, 1, 3), rtol=1e-10, atol=1e-10)[-1])


def initial_values_of_their_own(x, m):
    solution = solve_ivp(lambda t, y: -x[0] * y * x, (0, 1), x, rtol=1e-9, atol=1e-9)
    return np.sum(solution.y[:, -1])


# arrays without dimensions


def total_with_another_name(x, m):
    total = np.zeros(())
    keep = total
    for v in x:
        total += v
    return total + 3 * keep


def total_named_in_a_pass(x, m):
    total, before, rest = np.zeros(()), 0.0, 0.0
    for v in x:
        total += v
        rest += before
        before = total
    return rest + total


def _bump(a, b):
    w = a if a > b else b
    w -= 0.5


def one_of_two_kinds_of_numbers(x, m):
    a, b = np.array(x[0]), np.array(x[1])
    _bump(a, b)
    return a * b


def _smaller(a, b):
    if a > b:
        a, b = b, a
    a *= 0.9


def numbers_in_order(x, m):
    a, b = np.array(x[0]), np.array(x[1])
    _smaller(a, b)
    return a + 2 * b


class _Total:
    def __init__(self):
        self.e = np.zeros(())

    def add(self, v):
        self.e += v


def total_of_an_object_with_a_name(x, m):
    total = _Total()
    e = total.e
    for v in x:
        total.add(v)
    return total.e * x[0] + e


def total_of_an_object(x, m):
    total = _Total()
    for v in x:
        total.add(v)
    return total.e * x[0]


def numbers_of_two_passes(x, m):
    old, new = x[0], x[1]
    for _ in range(3):
        old = new
        new = new * x[2]
        new += 1
    return old * new


def raised_beside_stores(x, m):
    b = x * 2
    try:
        b = b.copy()
        if b[0] > 0.5:
            raise ValueError
        b[1:] += 1
    except ValueError:
        b *= 2
    return np.sum(b * b)


def _checked(v):
    if v[0] > 0.3:
        raise ValueError("too large")
    v[1] = v[2] * 3


def raised_by_a_function_that_stores(x, m):
    try:
        _checked(x)
    except ValueError:
        x[0] = x[0] ** 2
    return np.sum(x * x)


def stores_that_fit(x, m):
    try:
        x[0] *= 3
        x[1:3] *= x[0]
        x[x > 0.8] *= 0.5
    except ValueError:
        pass
    return np.sum(x)


def store_that_may_not_fit(x, m):
    try:
        x[m:] = x[1:]
    except ValueError:
        x[0] *= 3
    return np.sum(x * x)


class Kept:
    def __init__(self, c):
        self.c = c
        self.first = c


def _kept(c):
    return Kept(c)


def _twice(c, d):
    if c > 0.1:
        return c, c
    return d, c


def number_in_two_attributes(x, m):
    b = Kept(x[2])
    b.c += x[1]
    return b.c * b.first


def sum_in_two_attributes_of_a_function(x, m):
    b = _kept(np.sum(x, axis=0))
    b.c *= x[1]
    return b.c * b.first


def number_given_back_twice(x, m):
    a, b = _twice(x[0], x[1])
    a += 1
    return a * b


def array_in_two_attributes(x, m):
    k = np.zeros(())
    b = Kept(k)
    b.c += x[1]
    return b.c * b.first + k


def array_in_two_attributes_of_a_function(x, m):
    b = _kept(np.asarray(x[0]))
    b.c += x[1]
    return b.c * b.first


def array_given_back_twice(x, m):
    a, b = _twice(np.array(x[0]), x[1])
    a += 1
    return a * b


def part_in_two_attributes(x, m):
    b = Kept(x[0, ...])
    b.c *= x[1]
    return b.c * b.first


def _scaled(v):
    s = 0.0
    for i in range(2):
        s = s + v * i
    return s * np.sum(v) if v[0] > 0.1 else v * 2


def store_of_a_result_in_a_try(x, m):
    v = np.zeros(8)
    try:
        v[2:6] = _scaled(x)
    except ValueError:
        v[0] = 1.0
    return np.sum(v * v)


def store_of_what_a_loop_makes_in_a_try(x, m):
    w = x * 1.0
    for _ in range(m):
        w = np.sin(w)
    try:
        x[:] = w
    except ValueError:
        x[0] = 1.0
    return np.sum(x * x)


def length_of_what_a_path_changes(x, m):
    a = np.outer(x, x)
    w = np.cos(a)
    for _ in range(2):
        for row in a:
            row -= x[1] * row
    if x[0] > 5.0:
        w[0] *= 0.5
        np.multiply(w[::-1], w, out=w)
    return np.sum(np.sin(a) * w)


def row_put_on_the_diagonal(x, m):
    a = np.outer(x, np.arange(1.0, 5.0))
    np.fill_diagonal(a, a[0, ::-1])
    return np.sum(a**2)


def copied_row_put_on_the_diagonal(x, m):
    a = np.outer(x, np.arange(1.0, 5.0))
    np.fill_diagonal(a, a[0, ::-1].copy())
    np.fill_diagonal(a, np.diag(a) * 2)
    return np.sum(a**2)


def divided_where_it_can_be(x, m):
    a = np.outer(x, np.arange(4.0))
    sums = a.sum(axis=1, keepdims=True)
    shares = np.divide(a, sums, out=np.zeros_like(a), where=sums > 1.0)
    part = np.divide(x[:2], x[2:], out=np.zeros_like(x[:2]), where=x[2:] > 0.5)
    return np.sum(shares * a) + part @ x[:2]


def scaled_under_a_row_of_a_mask(x, m):
    a = np.outer(x, x)
    np.multiply(a, x, out=a, where=x > 0.4)
    np.multiply(a[0], 0.5, out=a[0], where=a[0] > 0.1)
    np.add(a[1:], a[:-1], out=a[1:], where=a[:-1] > 0.2)
    return np.sum(a**2)
