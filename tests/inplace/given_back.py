"""What functions give back of what they were given: views, items, the largest; and gradients taken inside."""

from __future__ import annotations

import heapq

import numpy as np

import adjoint


def block_is_a_copy(x, m):
    r = np.block([x*1])
    q = x*2
    r = np.block([q]); r[0] = 5.0
    return np.sum(q*q) + r[0]*x[0]


def own_dtype(x, m):
    return np.sum(x.astype(x.dtype)**2)


def it(q): return list(q)[0]


def it2(q): return np.unstack(q)[0]


def it3(q): return [row for row in q][0]


def first_of_a_list_made(x, m):
    q = np.outer(x, x)
    r = it(q)
    r[0] = 3.*x[1]
    return np.sum(q*x)


def row_of_a_comprehension(x, m):
    q = np.outer(x, x)
    r = it3(q)
    q[0, 1] = 3.*x[1]
    return np.sum(r*x)


def rs(q): return q.reshape(-1, 2)[1]


def part_of_a_reshape(x, m):
    q = np.outer(x, x)
    r = rs(q)
    q *= 2
    return np.sum(r*x[:2])


def part_of_a_reshape_changed(x, m):
    q = np.outer(x, x)
    r = rs(q)
    q[0, 2] = 2*x[0]
    return np.sum(r*x[:2])


def diagonal_added_to(x, m):
    q = np.outer(x, x)
    r = np.einsum("ii->i", q)
    np.add.at(r, [0, 1], x[0])
    return np.sum(q*x)


def popped_item_of_another_list(x, m):
    p = [x*i for i in range(m)]
    q = [p[0], p[1]]
    z = q.pop()
    z[2] *= 3.0
    return np.sum(p[1]*x)


def popped_twice_there(x, m):
    p = [x*i for i in range(m)]
    q = [p[1], p[1]]
    z = q.pop(0)
    z[2] *= 3.0
    return np.sum(q[0]*x)


def gradient_of_what_it_captures(x, m):
    return np.sum(x*adjoint.grad(lambda z: np.sum(z * x))(x))


def gradient_at_one_array_twice(x, m):
    return np.sum(x*adjoint.grad(lambda z, y: np.sum(z * y))(x, x))


def unpacked_items(x, m):
    p = [x*i for i in range(m)]
    q = (p[1], p[0])
    z, w = q
    z[2] *= 3.0
    return np.sum(p[1]*x)


def popped_from_a_dict(x, m):
    p = [x*i for i in range(m)]
    q = {'a': p[1]}
    z = q.pop('a')
    z[2] *= 3.0
    return np.sum(p[1]*x)


def it4(q):
    for r in q: return r


def row_returned_in_a_loop(x, m):
    q = np.outer(x, x)
    r = it4(q)
    r[0] = 3.*x[1]
    return np.sum(q*x)


def it5(q, k): return list(q)[k]


def item_of_a_list_of_rows(x, m):
    q = np.outer(x, x)
    r = it5(q, m)
    q[m, 1] = 3.*x[1]
    return np.sum(r*x)


def it6(q, k): return [r[::2] for r in q][k]


def view_of_an_item(x, m):
    q = np.outer(x, x)
    r = it6(q, m)
    r *= 2
    return np.sum(r)+np.sum(q*x)


def it7(q, k): return {'a': [r[::2] for r in q][k]}


def view_in_a_dict(x, m):
    q = np.outer(x, x)
    r = it7(q, m)['a']
    q *= 2
    return np.sum(r)+np.sum(q*x)


def item_of_a_returned_list(x, m):
    q = np.outer(x, x)
    r = it5(it9(q), 1)
    q *= 2
    return np.sum(r)+np.sum(q*x)


def it9(q): return list(q)


def popped_from_a_returned_list(x, m):
    q = np.outer(x, x)
    r = it9(q).pop()
    q *= 2
    return np.sum(r)+np.sum(q*x)


def row_only_read(x, m):
    q = np.outer(x, x)
    r = it5(q, m)
    return np.sum(r*x)+np.sum(q*x)


def gradient_at_a_view(x, m):
    return np.sum(x*adjoint.grad(lambda z: np.sum(z * x))(x[::-1]))


def gradient_of_a_named_function(x, m):
    a = x
    def g(z, w): return np.sum(z*w*a)
    return np.sum(x*adjoint.grad(g)(x, a)) + adjoint.grad(lambda z: z*x[0])(x[0])


def gradient_at_a_list(x, m):
    return np.sum(x*adjoint.grad(lambda p: np.sum(p[0] * x))([x])[0])


def descent_inside(x, m):
    def loss(w): return np.sum((w*x)**2)
    w = x*1.
    for i in range(m):
        w = w - 0.1*adjoint.grad(loss)(w)
    return np.sum(w)


def descent_from_itself(x, m):
    w = x
    def loss(z): return np.sum((z*w)**2)
    for i in range(m):
        w = w - 0.1*adjoint.grad(loss)(w)
    return np.sum(w)


def given_1(q): return q.ravel()[1:]


def part_of_a_ravel(x, m):
    q = x*1.; r = given_1(q); q[2] = 5.
    return np.sum(r*x[1:])


def given_2(q): return q.reshape(q.shape)[-1:]


def part_of_a_shape(x, m):
    q = x*1.; r = given_2(q); q[3] = 5.
    return np.sum(r*x[1:2])


def given_3(q): return np.broadcast_to(q, (2, 4))[::-1]


def part_of_a_broadcast(x, m):
    q = x*1.; r = given_3(q); q[2] = 5.
    return np.sum(r*x)


def given_4(q): return np.broadcast_arrays(q, np.ones((3, 4)))[0][1:]


def part_of_one_broadcast(x, m):
    q = x*1.; r = given_4(q); q[2] = 5.
    return np.sum(r*x)


def given_5(q): return np.einsum('ij->ji', q)[1:]


def part_of_an_einsum(x, m):
    q = np.outer(x, x); r = given_5(q); q[2] = 5.
    return np.sum(r*x)


def given_6(q): return np.meshgrid(q, q, copy=False)[0][1:]


def part_of_a_mesh(x, m):
    q = x*1.; r = given_6(q); q[2] = 5.
    return np.sum(r*x)


def given_7(q): return np.ascontiguousarray(q).reshape(-1).T


def part_of_a_copy_or_not(x, m):
    q = x*1.; r = given_7(q); q[2] = 5.
    return np.sum(r*x)


def largest_row(x, m):
    q = np.outer(x, x)
    g = lambda q: max(list(q), key=lambda v: v[0])
    r = g(q); r[0] = 5.
    return np.sum(q*q)


def row_in_order(x, m):
    q = np.outer(x, x)
    g = lambda q: sorted(q, key=lambda v: v[0])[3]
    r = g(q); r[0] = 5.
    return np.sum(q*q)


def item_of_a_copied_list(x, m):
    q = [x*i for i in range(1, m+1)]
    g = lambda q: [v for v in q][0]
    r = g(q); r[0] = 5.
    return np.sum(q[0]*q[1])


def given_11(q, m):
    if m > 1: return np.delete(q, [])
    return q.real


def nothing_deleted_in_a_function(x, m):
    q = np.outer(x, x)
    r = given_11(q, m)
    r[:1] = 2.
    return np.sum(q*q)


def nothing_taken_in_a_branch(x, m):
    q = x*1.
    if x[0] > .1: q = np.take(q, [])
    return np.sum(q*q) + x[0]


def compared_into_itself(x, m):
    a = x*1.
    np.greater(a, .4, out=a[::-1], where=a > .4)
    return np.sum(a*x)


def sorted_part_in_a_loop(x, m):
    q = x*1.
    s = 0.
    for i in range(m):
        s = s + np.sum(q*q*q)
        q[3:].sort()
        s = s + np.sum(q*q*q)
    return s


def least_at_in_a_loop(x, m):
    q = x*1.
    s = 0.
    o = np.zeros(4)
    for i in range(m):
        s = s + np.sum(o*q*q)
        np.minimum.at(o, [0, 0, 2], -x[:3])
        s = s + np.sum(o*q*q)
    return s


def summed_into_itself(x, m):
    a = np.outer(x, [1.]); np.cumsum(a, axis=0, out=a)
    return np.sum(a*a)


def nothing_stored_in_a_slice(x, m):
    q = x*1.; q[1:1] = []
    return np.sum(q*q)


def given_19(q): return q[:, 0][:, None].flat


def flat_of_a_view(x, m):
    q = np.outer(x, np.sin(x)).T
    r = given_19(q)
    r[-1] *= x[1]
    return np.sum(q*q)


def nothing_deleted(x, m):
    q = x*1.
    a = np.delete(q, [])
    b = np.insert(q, [], 1.)
    a[0] = 2.
    return np.sum(a*q)+np.sum(b*q)


def nothing_indexed(x, m):
    q = x*1.
    q[[]] = 3.
    np.add.at(q, [], 1.)
    return np.sum(q*q)


def counted_with_weights(x, m):
    return np.sum(np.bincount([0, 1, 0, 2], weights=x)**2)


def given_24(q): return q.T[1:].reshape(-1)[1:]


def part_of_a_turned_ravel(x, m):
    q = np.outer(x, x); r = given_24(q); q[2] = 5.
    return np.sum(r)


def largest_of_a_list(x, m):
    q = np.outer(x, x)
    r = max(list(q), key=lambda v: v[0]); r[0] = 5.
    return np.sum(q*q)


def largest_of_an_array(x, m):
    q = np.outer(x, x)
    r = max(q, key=lambda v: v[0]); r[0] = 5.
    return np.sum(q*q)


def largest_read_later(x, m):
    q = np.outer(x, x)
    r = max(q, key=lambda v: v[0]); q[2, 0] = 5.
    return np.sum(r*r)


def largest_of_run_time_items(x, m):
    q = [x*i for i in range(1, m+1)]
    r = max(q, key=lambda v: v[0]); r[0] = 5.
    return np.sum(q[-1])


def largest_of_two(x, m):
    q = [x*1, x*2]
    r = max(q, key=lambda v: v[0]); r[0] = 5.
    return np.sum(q[1]*q[0])


def chosen_6(q): return max(q, key=lambda v: v[0])


def largest_in_a_function(x, m):
    q = [x*1, x*2]
    r = chosen_6(q); r[0] = 5.
    return np.sum(q[1]*q[0])


def largest_of_run_time_items_in_a_function(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_6(q); r[0] = 5.
    return np.sum(q[-1])


def largest_changed_below(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_6(q); q[1][0] = 5.
    return np.sum(r*r)


def chosen_9(q): return min(q, key=np.sum)


def least_in_a_function(x, m):
    q = np.outer(x, x)
    r = chosen_9(q); q[0, 0] = 5.
    return np.sum(r*r)


def largest_row_in_a_function(x, m):
    q = np.outer(x, x)
    r = chosen_6(q); r[1] = 5.
    return np.sum(q*q)


def chosen_11(q): return heapq.nlargest(1, q, key=lambda v: v[0])[0]


def first_of_the_largest(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_11(q); r[0] = 5.
    return np.sum(q[-1])


def chosen_12(q): return next(v for v in q if v[0] > .2)


def next_of_some(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_12(q); r[0] = 5.
    return np.sum(q[0])


def chosen_13(q): return [v for v in q if v[0] > .2][-1]


def last_of_some(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_13(q); r[0] = 5.
    return np.sum(q[1])


def chosen_14(q): return list(filter(lambda v: v[0] > .2, q))[-1]


def last_of_a_filter(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_14(q); r[0] = 5.
    return np.sum(q[1])


def chosen_15(q): return q[::-1][0]


def first_of_the_reversed(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_15(q); r[0] = 5.
    return np.sum(q[1])


def chosen_16(q):
    b = q[0]
    for v in q:
        if v[0] > b[0]: b = v
    return b


def best_in_a_loop(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_16(q); r[0] = 5.
    return np.sum(q[1])


def best_row_in_a_loop(x, m):
    q = np.outer(x, x)
    r = chosen_16(q); r[0] = 5.
    return np.sum(q*q)


def chosen_18(q, k): return (q + q)[k]


def item_of_a_sum_of_lists(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_18(q, 1); r[0] = 5.
    return np.sum(q[1])


def chosen_19(q, k): return dict(enumerate(q))[k]


def item_of_a_dict_of_items(x, m):
    q = [x*1, x*2]
    r = chosen_19(q, 1); r[0] = 5.
    return np.sum(q[1])


def chosen_20(q): return q.pop()


def popped_in_a_function(x, m):
    q = [x*i for i in range(1, m+1)]
    p = list(q)
    r = chosen_20(q); r[0] = 5.
    return np.sum(p[1])


def chosen_21(q): return [q[1], q[0]][0]


def item_of_a_new_list(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_21(q); r[0] = 5.
    return np.sum(q[1])


def chosen_22(q): return (lambda v: v)(q[1])


def item_of_a_lambda(x, m):
    q = [x*i for i in range(1, m+1)]
    r = chosen_22(q); r[0] = 5.
    return np.sum(q[1])


def chosen_23(q): return sorted(q, key=np.sum)[0][1:]


def part_of_the_first_in_order(x, m):
    q = np.outer(x, x)
    r = chosen_23(q); r[0] = 5.
    return np.sum(q*q)


def chosen_24(q): return [sorted(q, key=np.sum)[0][1:]]


def part_in_a_list(x, m):
    q = np.outer(x, x)
    r = chosen_24(q)[0]; q[0, 0] = 5.; q[0,1]=4.
    return np.sum(r*r)
