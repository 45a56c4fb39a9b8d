"""Arrays without items or dimensions, values that NumPy repeats, slices as values, bounds out of order."""

from __future__ import annotations

import numpy as np


def view_of_a_number(x, m):
    g = np.array(x[1])
    z = g.reshape(1)
    z *= 2
    return g*x[0]


def at_least_one(x, m):
    g = np.array(x[1])
    z = np.atleast_1d(g)
    z[0] = x[2]
    return g*x[0]


def ravelled_number(x, m):
    g = np.array(x[1])
    z = g.ravel()
    z[0] = x[2]
    return g*x[0]+z[0]


def expanded_number(x, m):
    g = np.array(x[1])
    z = np.expand_dims(g, 0)
    z[0] = x[2]
    return g*x[0]+z[0]


def number_broadcast(x, m):
    g = np.array(x[1])
    z = np.broadcast_to(g, (3,))
    g *= 2
    return np.sum(z)


def nothing_taken(x, m):
    return np.sum(x[np.array([], dtype=int)]) + x[0]


def shorter_through_flat(x, m):
    a = x*1.
    a.flat[:] = x[:2]
    return np.sum(a*x)


def shorter_diagonal(x, m):
    M = np.outer(x, x)
    np.fill_diagonal(M, x[:2])
    return np.sum(M*x)


def nothing_put(x, m):
    a = x*1.
    np.put(a, [0, 1], [])
    return np.sum(a*x)


def nothing_put_under_a_mask(x, m):
    a = x*1.
    np.putmask(a, x > .4, np.array([]))
    return np.sum(a*x)


def nothing_stored(x, m):
    a = x*1.
    a[[]] = 3.
    return np.sum(a*x)


def shorter_in_steps(x, m):
    A = np.outer(x, x)
    A.flat[::5] = x[:2]
    return np.sum(A*x)


def diagonal_through_flat(x, m):
    A = np.outer(x, x)
    A.flat[::5] = x*x
    return np.sum(A*x)


def diagonal_of_a_matrix(x, m):
    A = np.outer(x, x)
    np.fill_diagonal(A, np.outer(x, x)[:2])
    return np.sum(A*x)


def list_through_flat(x, m):
    A = np.outer(x, x)
    A.flat[:] = 0.
    A.flat[:] = [x[0], x[1]]
    return np.sum(A*x)


def bounds_exchanged(x, m):
    return np.sum(np.clip(0.5, x[:2], x[2:]))


def bounds_exchanged_of_a_number(x, m):
    return np.sum(np.clip(x[0], x[2:], x[:2])*x[1])


def bound_of_its_own(x, m):
    return np.sum(np.clip(x, x[1], 0.4)*x)


def one_bound(x, m):
    return np.sum(np.clip(x, x[1], None)*x)+ np.sum(np.clip(x, None, x[1])*x)


def known_bounds_exchanged(x, m):
    return np.sum(np.clip(x, .6, .45)*x)


def bounds_of_its_own(x, m):
    return np.sum(x.clip(x[2], x[1])*x)


def take(v, s):
    return v[s]


def cut(m):
    return slice(0, m)


def cuts(m):
    return [slice(0, m), slice(m, None)]


def dcut(m):
    return {'a': slice(0, m), 'n': m}


def mk(m):
    return P(m)


class P:
    def __init__(self, m):
        self.s = slice(0, m)
        self.m = m


def slice_given(x, m):
    return np.sum(take(x, slice(0, m))**2)


def one_of_two_slices(x, m):
    s = slice(0, m) if m > 1 else slice(1, 3)
    return np.sum(x[s]**2)


def slice_carried(x, m):
    s = slice(0, 1)
    t = 0.
    for i in range(m):
        t += np.sum(x[s]**2)
        s = slice(i, i+2)
    return t


def slices_returned(x, m):
    a, b = cuts(m)
    return np.sum(x[a]*x[b])


def slice_in_an_object(x, m):
    p = P(m)
    return np.sum(x[p.s]*x[:p.m])


def slice_in_a_returned_object(x, m):
    p = mk(m)
    return np.sum(x[p.s]*x[:p.m])


def slice_in_a_returned_dict(x, m):
    d = dcut(m)
    return np.sum(x[d['a']]*x[:d['n']])


def slice_written(x, m):
    s = np.s_[1:m+1]
    return np.sum(x[s]**2)


def slices_stored_at(x, m):
    y = x*1
    y[cut(m)] *= 2.
    y[cut(m)] = y[cut(3)][1:]
    return np.sum(y*x)


def bounds_of_a_slice(x, m):
    s = slice(0, m)
    return np.sum(x[s]**2)*(s.stop - s.start)


def slice_of_a_lambda(x, m):
    f = lambda k: slice(k, k+2)
    return np.sum(x[f(0)]*x[f(m)])


def slice_and_number(x, m):
    def at(k):
        return (slice(k, k+2), k)

    s, k = at(m)
    return np.sum(x[s])*x[k]


def slices_without_bounds(x, m):
    s = slice(0, m)
    if x[0] > 0.1:
        s = slice(m, None)
    return np.sum(x[s]**2)


def windows(x, m):
    A = np.outer(x, x)
    def win(i, j):
        return slice(i, i+2), slice(j, j+m)

    return np.sum(A[win(0, 1)]*A[win(1, 1)])


I = np.array([1, 2, 3, 4])


def zeros_of_its_dtype(x, m):
    a = np.zeros_like(I, dtype=x.dtype)
    a[0] = x[0] * 2
    return np.sum(a)


def numbers_of_its_dtype(x, m):
    a = np.array([1, 2], dtype=x.dtype)
    b = np.full(2, 1, dtype=x.dtype)
    c = np.arange(2, dtype=x.dtype)
    a[0] = x[0] * 2
    b[1] = x[1] * 3
    c /= x[2]
    return np.sum(a * b * c)


def sums_of_its_dtype(x, m):
    a = np.cumsum(I, dtype=x.dtype)
    a /= x[0] * 2
    b = I.astype(x.dtype)
    b *= x[1]
    return np.sum(a * b) + np.sum(I, dtype=x.dtype) / x[0]


def list_and_array_added(x, m):
    y = [1.0, 2.0, 3.0, 4.0]
    y += x
    return y[0] * y[1]


def items_and_array_added(x, m):
    y = [v for v in x]
    z = y
    y += x * 2
    return y[0] * z[1]
