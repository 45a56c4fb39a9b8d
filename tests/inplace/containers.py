"""Stores into one of several dicts, objects and lists, which a condition or the pass of a loop chooses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.inplace.registry import kernel, vectors


@kernel(vectors(2))
def one_of_two_dicts(u, w):
    first = {"u": u * 1.0, "n": u[0]}
    second = {"u": w * 2.0, "n": w[1]}
    state = first if u[0] > w[0] else second
    state["u"][0] = state["n"] ** 2
    state["n"] = 3.0 * state["n"]
    return np.sum(first["u"] ** 2) + np.sum(second["u"] * u) + first["n"] * second["n"]


@dataclass
class Body:
    u: np.ndarray
    t: float

    def push(self, x):
        self.u[1:] *= x
        self.t += x
        return self.u[0]


@kernel(vectors(2))
def one_of_two_objects_in_each_pass(u, w):
    a, b = Body(u * 1.0, 0.5), Body(w * 1.0, 1.5)
    s = 0.0
    for k in range(4):
        body = a if u[k] > w[k] else b
        body.u[k] += body.t * u[0]
        body.t = body.t * 1.1
        s += body.push(0.9)
    return s + np.sum(a.u * b.u) + a.t * b.t


@kernel(vectors(2))
def attribute_with_another_name(u, w):
    a, b = Body(u * 1.0, 0.5), Body(w * 1.0, 1.5)
    held = a.u
    body = a if u[0] > w[0] else b
    body.u = u * w
    body.u[0] = 7.0 * w[1]
    held[1] *= 2.0
    return np.sum(a.u * b.u) + np.sum(held)


def touch(state, v):
    v[0] = state["u"][1] * 2.0
    state["u"][1] = v[1]
    return state["u"][0]


@kernel(vectors(2))
def given_to_a_function_beside_what_is_in_it(u, w):
    first, second = {"u": u * 1.0}, {"u": w * 2.0}
    state = first if u[0] > w[0] else second
    held = first["u"]
    s = touch(state, held)
    s += touch(state, held[1:])
    return s + np.sum(first["u"] ** 2) + np.sum(second["u"] ** 2)


@kernel(vectors(2))
def one_of_two_lists(u, w):
    first, second = [u * 1.0, w * 3.0], [w * 2.0, u * 0.5]
    rows = first if u[0] > w[0] else second
    rows[0][1:] *= rows[1][:-1]
    rows[1] = rows[0] * 2.0
    rows[1][0] = 4.0 * u[1]
    return sum(np.sum(r**2) for r in first) + sum(np.sum(r * u) for r in second)


@kernel(vectors(2))
def carried_dict(u, w):
    one, other = {"u": u * 1.0, "e": 9.0}, {"u": w * 1.0, "e": 2.0}
    now = one
    for k in range(4):
        now["u"][k] *= 1.5
        now["e"] -= now["u"][k]
        now = one if one["e"] > other["e"] else other
    return np.sum(one["u"] * other["u"]) + one["e"] * other["e"]


@kernel(vectors(2))
def dicts_in_dicts(u, w):
    first, second = {"u": u * 1.0, "in": {"v": w * 1.0}}, {"u": w * 2.0, "in": {"v": u * 2.0}}
    state = first if u[0] > w[0] else second
    state["in"]["v"][0] = state["u"][1]
    state["in"]["v"] += state["u"]
    return np.sum(first["u"] * first["in"]["v"]) + np.sum(second["in"]["v"] ** 2)


@kernel(vectors(2))
def two_objects_exchanged(u, w):
    a, b = Body(u * 1.0, 0.5), Body(w * 1.0, 1.5)
    source, target = (a, b) if u[0] > w[0] else (b, a)
    for _ in range(3):
        target.u[1:-1] = source.u[1:-1] + 0.1 * source.u[2:] * source.u[:-2]
        source, target = target, source
    return np.sum(source.u**2) * a.u[1]
