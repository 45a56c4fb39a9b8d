"""Results written over their own operands, powers of what a loop carries, empty lists."""

from __future__ import annotations

import numpy as np


def multiplied_at_itself(x, m):
    o = x*2
    np.multiply.at(o, [1, 3], o[:2])
    return np.sum(o*x)


def joined_into_itself(x, m):
    o = x*2
    np.concatenate([o[1:], o[:1]], out=o)
    return np.sum(o*x)


def stacked_into_itself(x, m):
    o = x*2
    np.stack([o[1:3], o[:2]], out=o.reshape(2, 2))
    return np.sum(o*x)


def power_at_positions(x, m):
    o = x*2
    np.power.at(o, [0, 1], 0.5)
    return np.sum(o*x)


def placed_into_itself(x, m):
    o = x*2
    np.place(o, x > 0.4, o)
    return np.sum(o*x)


def contracted_into_itself(x, m):
    o = x*2
    M = np.outer(x, x)
    np.vecdot(M, o, out=o)
    return np.sum(o*x)


def product_into_itself(x, m):
    o = x*2
    M = np.outer(x, x)
    np.matmul(M, o, out=o)
    return np.sum(o*x)


def dot_into_itself(x, m):
    o = x*2
    np.dot(np.outer(x, x), o, out=o)
    return np.sum(o*x)


def many_into_themselves(x, m):
    o = x*2
    np.cumsum(o, out=o)
    np.cumprod(o[::-1], out=o)
    np.add(o[1:], o[:-1], out=o[1:])
    np.add(o[1:], o[:-1], out=o[:-1])
    np.multiply(o[::-1], o, out=o)
    np.clip(o, .1, 5., out=o)
    return np.sum(o*x)


def taken_into_itself(x, m):
    o = x*2
    np.take(o, [1, 0, 3, 2], out=o)
    return np.sum(o*x)


def added_at_itself(x, m):
    o = x*2
    np.subtract.at(o, [1, 3], o[:2])
    np.add.at(o, [0, 3], o[1:3])
    np.maximum.at(o, [0, 1, 0], o[1:])
    return np.sum(o*x)


def put_into_itself(x, m):
    o = x*2
    np.put(o, [3, 0, 1], o[:3])
    return np.sum(o*x)


def masked_into_itself(x, m):
    o = x*2
    np.putmask(o, x > .4, o[::-1])
    np.copyto(o[1:], o[:-1])
    np.copyto(o[:-1], o[1:], where=x[1:] > .5)
    return np.sum(o*x)


def chosen_into_itself(x, m):
    o = x*2
    np.choose([1, 0, 1, 0], [o, o[::-1]], out=o)
    return np.sum(o*x)


def compressed_into_itself(x, m):
    o = x*2
    np.compress([True, False, True, True], o, out=o[1:])
    return np.sum(o*x)


def summed_into_a_row(x, m):
    M = np.outer(x, x)
    np.sum(M, axis=0, out=M[1])
    np.mean(M, axis=1, out=M[:, 0])
    np.max(M, axis=1, out=M[:, 2])
    return np.sum(M*x)


def reduced_into_a_row(x, m):
    M = np.outer(x, x)
    np.add.reduce(M, axis=0, out=M[1])
    np.add.accumulate(M, axis=1, out=M)
    np.multiply.outer(x[:2], x[:2], out=M[1:3, 1:3])
    return np.sum(M*x)


def diagonal_of_its_row(x, m):
    M = np.outer(x, x)
    np.fill_diagonal(M, M[0])
    np.einsum('ij,j->i', M, x, out=M[0])
    return np.sum(M*x)


def rounded_into_itself(x, m):
    o = x*2
    np.round(o, 3, out=o)
    np.nan_to_num(o, copy=False)
    np.place(o, x > .4, o[:2])
    return np.sum(o*x)


def put_along_itself(x, m):
    o = x*2
    np.put_along_axis(o, np.array([1, 2]), o[2:], 0)
    return np.sum(o*x)


def exchanged_by_index(x, m):
    o = x*2
    o[[1, 2]] = o[[2, 1]]
    o[1:3] = o[:2]
    o[x > .4] = o[1:]
    return np.sum(o*x)


def multiplied_at_a_number(x, m):
    o = x*2
    np.multiply.at(o, [1, 3], o[0])
    return np.sum(o*x)


def multiplied_twice_at(x, m):
    o = x*2
    np.multiply.at(o, [1, 1], o[1])
    return np.sum(o*x)


def power_of_an_item(x, m):
    o = x*2
    for i in [0, 1]:
        o[i] = np.power(o[i], 0.5)
    return np.sum(o*x)


def root_of_an_item(x, m):
    o = x*2
    for i in [0, 1]:
        o[i] = o[i]**0.5
    return np.sum(o*x)


def sqrt_of_an_item(x, m):
    o = x*2
    for i in [0, 1]:
        o[i] = np.sqrt(o[i])
    return np.sum(o*x)


def square_at(x, m):
    o = x*2
    np.power.at(o, [0, 1], 2)
    np.multiply.at(o, [0, 1], o[1:3])
    return np.sum(o*x)


def sqrt_at(x, m):
    o = x*2
    np.sqrt.at(o, [0, 1])
    return np.sum(o*x)


def power_at_a_range(x, m):
    o = x*2
    np.power.at(o, np.arange(m), 0.5)
    return np.sum(o*x)


def power_at_alone(x, m):
    o = x*2
    np.power.at(o, [0, 1], 0.5)
    return np.sum(o)


def roots_in_an_array(x, m):
    o = x*2
    for i in range(m):
        o[i] = o[i]**0.5
    return np.sum(o*x)


def roots_of_an_argument(x, m):
    o = np.zeros(4)
    for i in range(m):
        o[i] = x[i]**0.5
    return np.sum(o*x)


def sum_of_roots(x, m):
    s = 0.
    for i in range(m):
        s = s + x[i]**0.5
    return s


def root_of_a_root(x, m):
    s = x[0]
    for i in range(m):
        s = s**0.5
    return s


def root_without_a_loop(x, m):
    o = x*2
    o[0] = o[0]**0.5
    return np.sum(o*x)


def loop_over_nothing(x, m):
    xs = []
    s = x[0]
    for v in xs: s = s + np.sin(v)
    return s + sum(xs) + len(xs)


def sum_of_maybe_nothing(x, m):
    xs = []
    if m > 5: xs.append(x[0])
    return sum(xs) + x[1]


def while_nothing(x, m):
    xs = []
    s = x[0]
    while xs: s = s + xs.pop()
    return s*max(xs, default=2.)


def array_of_nothing_unread(x, m):
    xs = []
    if xs: return np.sum(np.array(xs))
    return x[0]


def sum_after_an_empty_loop(x, m):
    xs = []
    for i in range(0): xs.append(x[i])
    return x[0]+np.sum(xs)


def lists_of_nothing(x, m):
    xs = [[], []]
    t = x[0]
    for v in xs:
        for w in v: t += np.exp(w)
    return t


def comprehension_of_nothing(x, m):
    xs = []
    ys = [np.sin(v) for v in xs]
    return x[0] + sum(ys)


def sums_of_nothing(x, m):
    xs = []
    return x[0] + np.sum(np.array(xs)) + np.sum([])


def default_of_nothing(x, m, ws=[]):
    t = x[0]
    for w in ws: t = t + w@x
    return t


def first_of_maybe_nothing(x, m):
    xs = []
    for i in range(m):
        if xs: y = xs[-1]*2
        else: y = x[0]
        xs.append(y)
    return sum(xs)


def joined_with_nothing(x, m):
    return np.sum(np.concatenate([[], x])) + np.sum(np.append([], x[:2]))+np.sum(np.hstack(([], x)))


def grown_from_nothing(x, m):
    r = np.array([])
    for i in range(m): r = np.append(r, x[i]**2)
    return np.sum(r)
