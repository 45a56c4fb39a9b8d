"""Lists in dicts and objects that grow in loops; parts of list items that are views or copies."""

from __future__ import annotations

import numpy as np


class Net:
    def __init__(self, x):
        self.x = x
        self.activations = []
        self.log = {"loss": [0.0], "h": []}

    def forward(self, n):
        h = self.x
        self.activations = [h]
        for i in range(n):
            h = np.tanh(self.x * h + i)
            self.activations.append(h)
            self.log["loss"].append(np.sum(h))
            self.log["h"].append(h * 2)
        return h


def activations_in_a_dict(x, m):
    h = x * 1.0
    state = {"a": [h]}
    for _ in range(m):
        h = np.tanh(x * h)
        state["a"].append(h)
    return np.sum(state["a"][1] * state["a"][-1])


def activations_of_an_object(x, m):
    net = Net(x)
    y = net.forward(m)
    return np.sum(y * net.activations[1]) + net.log["loss"][-1] + net.log["h"][0][1] + len(net.activations)


def grown_until_it_is_long(x, m):
    state = {"u": [x * 1.0, x * 2.0], "t": 0.0}
    while len(state["u"]) < 5:
        state["u"].append(state["u"][-1] * state["u"][-2])
        state["t"] += 1
    return np.sum(state["u"][4]) * state["t"]


def grown_and_turned(x, m):
    state = {"u": [x * 1.0]}
    for i in range(m):
        state["u"].append(x * i)
        state["u"][0] *= 2
        state["u"] = state["u"][::-1]
    return np.sum(state["u"][0]) + np.sum(state["u"][1] * x)


def grown_under_two_names(x, m):
    state = {"u": [x * 1.0]}
    w = state["u"]
    for i in range(m):
        state["u"].append(x * i)
        w[0] *= 2
        if i:
            state["u"] = [x]
    return np.sum(state["u"][0]) + np.sum(w[1] * x)


def grown_and_shortened(x, m):
    net = Net(x)
    for i in range(m):
        net.activations.append(x * i)
        net.activations.pop()
        net.activations += [x * 2, x]
    for a in net.activations:
        a *= 2
    return sum(np.sum(a) for a in net.activations)


def parameters_in_one_vector(x, m):
    layers = [{"w": np.outer(x, x) * i, "b": x * i} for i in range(1, m + 1)]
    flat = np.concatenate([np.concatenate([each["w"].ravel(), each["b"].ravel()]) for each in layers])
    layers[0]["w"] *= 3
    return np.sum(flat**2) + np.sum(layers[0]["w"])


def items_in_one_vector(x, m):
    ps = [np.outer(x, x) * (i + 1.0) for i in range(m)]
    flat = np.concatenate([p.ravel() for p in ps] + [np.ravel(ps[0].T)])
    return np.sum(flat**2 * np.arange(len(flat)))


def item_changed_after_it_was_listed(x, m):
    ps = [np.outer(x, x) * (i + 1.0) for i in range(m)]
    rs = [p.ravel() for p in ps]
    ps[0] *= 2
    return np.sum(rs[0]) + np.sum(ps[0])


def part_changed_after_it_was_listed(x, m):
    ps = [np.outer(x, x) * (i + 1.0) for i in range(m)]
    rs = [p.reshape(2, 8) for p in ps]
    rs[0][:] = 1.0
    return np.sum(ps[0]) + np.sum(rs[1])


def part_read_after_the_item_changed(x, m):
    ps = [np.outer(x, x) * (i + 1.0) for i in range(m)]
    s = 0.0
    for p in ps:
        r = p.ravel()
        p[0] *= 2
        s += np.sum(r * np.arange(16))
    return s


def part_of_a_turned_item_changed(x, m):
    ps = [np.outer(x, x).T * (i + 1.0) for i in range(m)]
    s = 0.0
    for p in ps:
        r = p.ravel()
        r *= 2
        s += np.sum(p)
    return s
