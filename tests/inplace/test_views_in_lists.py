"""Rows and slices in lists that are empty, or longer, on another path or in another pass: a change is seen in the array."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.inplace.judge import judge, right_or_refused

X = np.array([0.7, 1.3, 0.4, 0.9, 0.35])


def either_list(x):
    M = np.outer(x, x)
    for r in ([M[0], M[1]] if x[0] > 0.0 else []):
        r *= 2.0
    return np.sum(M)


def one_row(x):
    M = np.outer(x, x)
    ys = []
    if x[0] > 0.0:
        ys = [M[0]]
    for v in ys:
        v *= 2.0
    return np.sum(M)


def parts_of_the_argument(x):
    ys = []
    if x[0] > 0.0:
        ys = [x[:2], x[1:]]
    for r in ys:
        r *= 2.0
    return np.sum(x * x)


def whole_arrays(x):
    u = x * 2; v = x * 3
    ys = []
    if x[0] > 0.0:
        ys = [u, v]
    for r in ys:
        r *= 2.0
    return np.sum(u * v)


def bound_in_a_loop(x):
    M = np.outer(x, x)
    ys = []
    for k in range(2):
        ys = [M[0], M[k + 1]]
    for v in ys:
        v *= 2.0
    return np.sum(M)


def one_in_a_loop(x):
    M = np.outer(x, x)
    ys = []
    for k in range(2):
        ys = [M[0]]
    ys[0][1] = 3.0 * x[1]
    return np.sum(M)


def bound_in_a_while(x):
    M = np.outer(x, x)
    ys = []
    k = 0
    while k < 2:
        ys = [M[k]]
        k += 1
    for v in ys:
        v *= x[0]
    return np.sum(M)


def rows(M):
    if M[0, 0] > 0:
        return [M[0], M[1]]
    return []


def returned(x):
    M = np.outer(x, x)
    for r in rows(M):
        r *= 2
    return np.sum(M)


def filled(M):
    out = []
    if M[0, 0] > 0:
        out.append(M[0])
    return out


def returned_when_filled(x):
    M = np.outer(x, x)
    for r in filled(M):
        r *= 2
    return np.sum(M)


def first_found(M, c):
    for k in range(3):
        if c[k] > 0.5:
            return [M[k], M[k + 1]]
    return []


def returned_early(x):
    M = np.outer(x, x)
    for r in first_found(M, x):
        r *= 2
    return np.sum(M)


class Held:
    def __init__(self):
        self.ys = []


def attribute(x):
    M = np.outer(x, x)
    o = Held()
    if x[0] > 0:
        o.ys = [M[0]]
    for r in o.ys:
        r *= 2
    return np.sum(M)


def appended_to_attribute(x):
    M = np.outer(x, x)
    o = Held()
    if x[0] > 0:
        o.ys.append(M[0])
    for r in o.ys:
        r *= 2
    return np.sum(M)


def extended(x):
    M = np.outer(x, x)
    ys = []
    if x[0] > 0:
        ys += [M[0], M[1]]
    for r in ys:
        r *= 2
    return np.sum(M)


def extended_from_one(x):
    M = np.outer(x, x)
    ys = [x * 2]
    if x[0] > 0:
        ys += [M[0], M[1]]
    for r in ys:
        r *= 2
    return np.sum(M)


def slot_of_a_dict(x):
    M = np.outer(x, x)
    d = {"a": []}
    if x[0] > 0:
        d["a"] = [M[0]]
    for r in d["a"]:
        r *= 2
    return np.sum(M)


def lists_of_lists(x):
    M = np.outer(x, x)
    ys = [[]]
    if x[0] > 0:
        ys = [[M[0]], [M[1]]]
    for r in ys:
        for q in r:
            q *= 2
    return np.sum(M)


def in_tuples(x):
    M = np.outer(x, x)
    ys = []
    if x[0] > 0:
        ys = [(M[0], 1.0)]
    for r, c in ys:
        r *= 2
    return np.sum(M)


def one_twice(x):
    w = x * 2
    ys = []
    if x[0] > 0:
        w = x * 3
        ys = [w, w]
    for b in ys:
        b *= 2
    return sum([np.sum(b) for b in ys]) + 0.0


def new_arrays(x):
    ys = []
    if x[0] > 0:
        ys = [x * 2, x * 3]
    for b in ys:
        b *= b[0]
    return sum([np.sum(b) for b in ys]) + 0.0


def new_and_changed(x):
    ys = []
    if x[0] > 0:
        w = x * 3
        ys = [w, w * 2]
        w[0] = 3.0
    for b in ys:
        b *= b[0]
    return sum([np.sum(b) for b in ys]) + 0.0


def left_by_raise(x):
    M = np.outer(x, x)
    ys = []
    try:
        if x[0] > 0:
            ys = [M[0]]
            raise ValueError("a")
    except ValueError:
        pass
    for b in ys:
        b *= 2
    return np.sum(M)


def read_under_both_names(x):
    M = np.outer(x, x)
    ys = [] if x[0] < 0 else [M[0], M[1]]
    zs = ys
    ys[0][1] = x[1] * 5
    return np.sum(M) + zs[0][1]


def columns(x):
    M = np.outer(x, x)
    ys = []
    if x[0] > 0:
        ys = [M[:, 0], M.T[1]]
    ys[0][1] = x[1] * 5
    return np.sum(M)


def of_two_lengths(x):
    M = np.outer(x, x)
    if x[0] > 0:
        ys = [M[0], M[2], M[3]]
    else:
        ys = [x * 2]
    ys[0][1] = x[1] * 5
    return np.sum(M)


def items_of_a_list(x):
    xs = [x * 2, x * 3]
    ys = []
    if x[0] > 0:
        ys = [xs[0]]
    for r in ys:
        r *= 2
    return np.sum(xs[0] * xs[1])


def items_of_a_filled_list(x):
    xs = [x * v for v in x]
    ys = []
    if x[0] > 0:
        ys = [xs[0]]
    for r in ys:
        r *= 2
    return np.sum(xs[0] * xs[1])


def parts_of_items(x):
    xs = [x * v for v in x]
    ys = []
    if x[0] > 0:
        ys = [xs[0][1:]]
    for r in ys:
        r *= 2
    return np.sum(xs[0] * xs[1])


def changed_in_the_array(x):
    M = np.outer(x, x)
    ys = []
    if x[0] > 0:
        ys = [M[0]]
    M[0] *= 2
    s = 0.0
    for r in ys:
        s += np.sum(r)
    return s


def filtered(x):
    M = np.outer(x, x)
    ys = [r for r in (M[0], M[1]) if r[0] > 0]
    for r in ys:
        r *= 2
    return np.sum(M)


def joined(x):
    M = np.outer(x, x)
    ys = ([M[0]] if x[0] > 0 else []) + [x * 2]
    for r in ys:
        r *= 2
    return np.sum(M)


def popped(x):
    M = np.outer(x, x)
    ys = [M[0], M[1]]
    if x[0] > 0:
        ys.pop()
    for r in ys:
        r *= 2
    return np.sum(M)


def cleared(x):
    M = np.outer(x, x)
    ys = [M[0], M[1]]
    if x[0] > 0:
        ys.clear()
    for r in ys:
        r *= 2
    return np.sum(M)


def sliced(x):
    M = np.outer(x, x)
    ys = [M[0], M[1]]
    if x[0] > 0:
        ys = ys[1:]
    for r in ys:
        r *= 2
    return np.sum(M)


def array_in_a_loop(x):
    u = x * 2
    ys = []
    for k in range(2):
        ys = [u]
    for v in ys:
        v *= 2
    return np.sum(u)


def new_in_each_pass(x):
    w = x * 5
    ys = []
    for k in range(2):
        w = x * k
        ys = [w]
    for v in ys:
        v *= 2
    return np.sum(w)


def twice_in_each_pass(x):
    ys = []
    for k in range(2):
        w = x * k
        ys = [w, w]
    for v in ys:
        v *= 2
    return sum([np.sum(v) for v in ys]) + 0.0


def longer_in_each_pass(x):
    M = np.outer(x, x)
    ys = []
    for k in range(2):
        ys = ys + [M[k]]
    for v in ys:
        v *= 2
    return np.sum(M)


def slice_of_the_list(x):
    M = np.outer(x, x)
    ys = []
    for k in range(2):
        ys[:] = [M[k]]
    for v in ys:
        v *= 2
    return np.sum(M)


def attribute_in_a_loop(x):
    M = np.outer(x, x)
    o = Held()
    for k in range(2):
        o.ys = [M[k]]
    for v in o.ys:
        v *= 2
    return np.sum(M)


def left_by_break(x):
    M = np.outer(x, x)
    ys = []
    for k in range(2):
        if x[k] > 0.5:
            ys = [M[k]]
            break
    for v in ys:
        v *= 2
    return np.sum(M)


def bound_in_else(x):
    M = np.outer(x, x)
    ys = [x * 1]
    for k in range(2):
        if x[k] > 50:
            break
    else:
        ys = [M[k], M[0]]
    for v in ys:
        v *= 2
    return np.sum(M)


def rows_first(x):
    M = np.outer(x, x)
    ys = [M[0], M[1]]
    for k in range(2):
        if x[k] > 0:
            ys = [x * 2]
    for v in ys:
        v *= 2
    return np.sum(M)


def shorter(x):
    M = np.outer(x, x)
    ys = [M[0], M[1]]
    for k in range(2):
        ys = ys[:1]
    for v in ys:
        v *= 2
    return np.sum(M)


def appended_to_rows(x):
    M = np.outer(x, x)
    ys = [M[0], M[1]]
    for k in range(2):
        ys.append(x * 2.0)
    for v in ys:
        v *= 2
    return np.sum(M)


def read_in_the_next_pass(x):
    M = np.outer(x, x)
    ys = []
    s = 0.0
    for k in range(3):
        for v in ys:
            s += np.sum(v)
        ys = [M[k]]
        M[k] *= 2
    return s


def changed_in_the_next_pass(x):
    M = np.outer(x, x)
    ys = []
    s = 0.0
    for k in range(3):
        for v in ys:
            v *= 3.0
        ys = [M[k], M[k + 1]]
    return np.sum(M)


PROGRAMS = [
    *(either_list, one_row, parts_of_the_argument, whole_arrays, bound_in_a_loop, one_in_a_loop, bound_in_a_while),
    *(returned, returned_when_filled, returned_early, attribute, appended_to_attribute, extended),
    *(extended_from_one, slot_of_a_dict, lists_of_lists, in_tuples, one_twice, new_arrays, new_and_changed),
    *(left_by_raise, read_under_both_names, columns, of_two_lengths, items_of_a_list, items_of_a_filled_list),
    *(parts_of_items, changed_in_the_array, filtered, joined, popped, cleared, sliced, array_in_a_loop),
    *(new_in_each_pass, twice_in_each_pass, longer_in_each_pass, slice_of_the_list, attribute_in_a_loop),
    *(left_by_break, bound_in_else, rows_first, shorter, appended_to_rows, read_in_the_next_pass),
    changed_in_the_next_pass,
]
RIGHT = {bound_in_a_loop, one_in_a_loop, array_in_a_loop, new_in_each_pass, attribute_in_a_loop, changed_in_the_next_pass}


@pytest.mark.parametrize("function", PROGRAMS, ids=lambda function: function.__name__)
def test_right_or_refused(function: Callable[..., Any]) -> None:
    if function in RIGHT:
        judge(function, (X,), (0,))
    else:
        right_or_refused(function, (X,), wrt=(0,))
