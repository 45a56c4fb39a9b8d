# ruff: noqa: RUF059 (these are programs as users write them)
"""Cases 23 to 46: writing in place, views, aliasing."""

import numpy as np

import adjoint
from tests.cases.case import Case


def filled_by_index(x):
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] * x[0]
    return y.sum()


def add_one_in_place(arr):
    for i in range(len(arr)):
        arr[i] = arr[i] + 1
    return arr.sum()


def overwritten_after_read(x, b):
    z = x[1] * b[0]
    b[0] += 100
    return z


def square_sum(x):
    return np.sum(x * x)


def caller_overwrites(x):
    value, pullback = adjoint.vjp(square_sum, x)
    x[:] = 0.0
    return pullback(1.0)


def scatter_of_all(x, y):
    for i in range(len(x)):
        for j in range(len(y)):
            x[i] += y[j]
    return x.sum()


def read_then_overwrite(x):
    t = x[0]
    x[0] = t * x[1]
    return t * x[0]


def alias_by_name(u, v):
    ref = v
    ref += u
    return (u + v).sum()


def set_element(arr, i, x):
    arr[i] = x


def helper_writes(x):
    arr = np.zeros(5)
    for i in range(5):
        set_element(arr, i, x)
    return arr.sum()


def accumulate_views(out, d, s, x):
    out[0] += x * (d[0] + x * s[0])


def overlapping_views(x, buffer):
    accumulate_views(buffer[0:1], buffer[1:2], buffer[2:3], x)
    return buffer[0]


def increment(a):
    a[0] += 1.0


def helper_increments(x):
    y = x * x
    increment(y)
    return y.sum()


def view_of_view(x):
    y = x * 1.0
    v = y[0]
    w = v[:2]
    w *= 2
    return y.sum()


def overwritten_element(a):
    b = 1 / (np.exp(-a) + 1)
    b[1] = 2
    return b.sum()


def multiply_in_place(x, v):
    x[0] *= v
    return x.sum()


def multiply_by_store(x, v):
    x[0] = x[0] * v
    return x.sum()


def overwritten_slice(x, y):
    x[:2] = y
    return x.sum()


def dead_write(x):
    y = np.zeros(1)
    y[0] = np.sqrt(x[0])
    y[0] = x[0] - 1
    return y[0]


def last_store_counts(x, y):
    x[[0, 0, 0]] = y
    return x.sum()


def repeated_read(x):
    y = x[[0, 0]]
    return np.dot(np.array([0.2, 0.3]), y)


def shared_cotangent(x, y):
    z = x + y
    return z.sum() + (x * x).sum() + y.sum()


def square_in_place(x):
    x *= x
    return x.sum()


def scalar_from_itself(a):
    a = a - 2 * a
    return a


def array_from_itself(a):
    a = a - 2 * a
    return a.sum()


def through_a_list(x):
    stack = []
    stack.append(x * x)
    stack.append(3 * x)
    a = stack.pop()
    return a * stack.pop()


def returned_buffer(x):
    buffer = np.zeros(3)
    buffer[:] = x
    view = buffer
    return view


def returned_buffer_sum(x):
    return np.sum(returned_buffer(x) * np.array([1.0, 2.0, 3.0]))


def copied_into(x):
    buffer = np.zeros(3)
    np.copyto(buffer, x)
    return np.sum(buffer * buffer)


def does_not_fit(arr):
    arr += np.ones((3, 3, 3))
    return arr.sum()


def unchanged_argument(u):
    v = u * u
    w = v + u
    return np.sum(w * v)


def overwrites_its_argument(u):
    u[0] = u[0] * u[1]
    return u.sum()


X = np.array([1.5, -0.5, 2.0])
Y = np.array([0.3, 0.8])
SIGMOID = 1 / (1 + np.exp(-X))

CASES = [
    Case(23, filled_by_index, (X,), (np.array([2 * 1.5 - 0.5 + 2.0, 1.5, 1.5]),)),
    Case(24, add_one_in_place, (X,), (np.ones(3),)),
    Case(25, overwritten_after_read, (X, Y), (np.array([0.0, 0.3, 0.0]),)),
    Case(27, scatter_of_all, (X, Y), (np.ones(3), np.full(2, 3.0)), wrt=(0, 1)),
    Case(28, read_then_overwrite, (X,), (np.array([2 * 1.5 * -0.5, 2.25, 0.0]),)),
    Case(29, alias_by_name, (X, 2 * X), (np.full(3, 2.0), np.ones(3)), wrt=(0, 1)),
    Case(30, helper_writes, (0.7,), (5.0,)),
    Case(31, overlapping_views, (2.0, np.array([0.0, 4.0, 3.0])), (16.0,)),
    Case(32, helper_increments, (X,), (2 * X,)),
    Case(33, view_of_view, (np.ones((2, 3)),), (np.array([[2.0, 2.0, 1.0], [1.0, 1.0, 1.0]]),)),
    Case(34, overwritten_element, (X,), (SIGMOID * (1 - SIGMOID) * np.array([1.0, 0.0, 1.0]),)),
    Case(35, multiply_in_place, (X, 4.0), (np.array([4.0, 1.0, 1.0]), 1.5), wrt=(0, 1)),
    Case(35, multiply_by_store, (X, 4.0), (np.array([4.0, 1.0, 1.0]), 1.5), wrt=(0, 1)),
    Case(36, overwritten_slice, (np.ones(5), Y), (np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.ones(2)), (0, 1)),
    Case(37, dead_write, (np.zeros(1),), (np.ones(1),)),
    Case(38, last_store_counts, (np.ones(3), X), (np.array([0.0, 1, 1]), np.array([0.0, 0, 1])), (0, 1)),
    Case(39, repeated_read, (X,), (np.array([0.5, 0.0, 0.0]),)),
    Case(40, shared_cotangent, (X, 2 * X), (1 + 2 * X, np.full(3, 2.0)), wrt=(0, 1)),
    Case(42, square_in_place, (np.array([3.0]),), (np.array([6.0]),)),
    Case(42, scalar_from_itself, (3.0,), (-1.0,)),
    Case(42, array_from_itself, (X,), (-np.ones(3),)),
    Case(43, through_a_list, (2.0,), (9 * 4.0,)),
    Case(44, returned_buffer_sum, (X,), (np.array([1.0, 2.0, 3.0]),)),
    Case(44, copied_into, (X,), (2 * X,)),
    Case(45, does_not_fit, (np.ones((3, 3)),), (np.zeros((3, 3)),), today="refused", raises=ValueError),
    Case(46, unchanged_argument, (X,), (4 * X**3 + 3 * X**2,)),
    Case(46, overwrites_its_argument, (X,), (np.array([-0.5, 2.5, 1.0]),)),
]
