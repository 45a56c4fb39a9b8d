"""Items of short lists, of which a loop that counts changes one and reads all of them."""

from __future__ import annotations

import numpy as np


class Particle:
    def __init__(self, position, velocity, mass):
        self.position = position
        self.velocity = velocity
        self.mass = mass


def two(x):
    return [Particle(x[:2].copy(), x[2:].copy(), 1.0), Particle(x[1:3].copy(), 2 * x[:2], 2.0)]


def pulled_by_all(x, m):
    ps = two(x)
    for i in range(2):
        pull = np.zeros(2)
        for j in range(2):
            pull += ps[j].position * x[i]
        ps[i].velocity += 0.1 * pull
    return ps[0].velocity @ ps[1].velocity


def pulled_by_the_others(x, m):
    ps = two(x)
    for _ in range(m):
        for i in range(2):
            pull = np.zeros(2)
            for j in range(2):
                if i != j:
                    d = ps[j].position - ps[i].position
                    pull += ps[j].mass * d / (d @ d + 0.1) ** 1.5
            ps[i].velocity += 0.1 * pull
        for p in ps:
            p.position += 0.1 * p.velocity
    return ps[0].position @ ps[1].position


def pulled_but_by_itself(x, m):
    ps = [{"q": x[:2].copy(), "v": x[2:].copy()}, {"q": x[1:3].copy(), "v": 2 * x[:2]}]
    for _ in range(m):
        for i in range(2):
            for j in range(2):
                if i == j:
                    continue
                d = ps[j]["q"] - ps[i]["q"]
                ps[i]["v"] += 0.1 * d / (d @ d + 1)
        for p in ps:
            p["q"] += 0.1 * p["v"]
    return ps[0]["v"] @ ps[1]["v"]


def sum_of_rows_added_to_each(x, m):
    rows = [[x[:2].copy(), x[2:].copy()], [x[1:3].copy(), x[:2] * x[2:]]]
    for i in range(2):
        total = np.zeros(2)
        for j in range(2):
            total += rows[j][0] * rows[j][1]
        rows[i][1] += 0.1 * total
    return rows[0][1] @ rows[1][1]


def grown_by_a_function(x, m):
    rows = [[x[:2].copy(), x[2:].copy()], [x[1:3].copy(), x[2:] * 2]]
    v = x[0]

    def h(row, c):
        row[0] += c * row[1]
        return np.sum(row[0])

    s = 0.0
    for i in range(2):
        s = s + sum([h(rows[i], v) for v in (x[1], x[2])]) * v
    return s * v + rows[0][0] @ rows[1][0]


def grown_in_a_comprehension(x, m):
    rows = [[x[:2].copy(), x[2:].copy()], [x[1:3].copy(), x[2:] * 2]]
    v = x[0]
    s = 0.0
    for i in range(2):
        sums = [np.sum(np.add(rows[i][0], v, out=rows[i][0])) for v in x]
        s = s + sums[1] * v
    return s * v + rows[0][0] @ rows[1][0]


class Recurrent:
    def __init__(self):
        self.c = np.zeros(4)
        self.h = np.zeros(4)
        self.history = []


def state_that_is_kept(x, m):
    state = {"h": x * 0, "history": []}
    for k in range(m):
        state["h"] = np.tanh(state["h"] + x * k)
        state["history"].append(state["h"])
    return state["h"] @ state["h"] + sum(state["history"]) @ x


def state_beside_one_that_changes(x, m):
    state = {"c": x * 0, "h": x * 0, "history": []}
    for k in range(m):
        state["c"] *= 0.5
        state["c"] += x * k
        state["h"] = np.tanh(state["c"])
        state["history"].append(state["h"])
    return state["h"] @ state["h"] + sum(state["history"]) @ x


def state_of_an_object(x, m):
    cell = Recurrent()
    for k in range(m):
        cell.c += x * k
        cell.h = np.tanh(cell.c)
        cell.history.append(cell.h)
    return cell.c @ cell.c + cell.h @ sum(cell.history)


def state_that_changes_though_it_is_kept(x, m):
    state = {"h": x * 0, "history": []}
    for k in range(m):
        state["h"] = np.tanh(state["h"] + x * k)
        state["history"].append(state["h"])
        state["h"] *= 0.5
    return state["h"] @ state["h"] + sum(state["history"]) @ x


def kept_state_that_changes_in_the_next_pass(x, m):
    state = {"h": x * 1, "history": []}
    for k in range(m):
        state["h"] *= 0.5
        state["history"].append(state["h"])
        if k < 1:
            state["h"] = np.sin(state["h"])
    return state["h"] @ state["h"] + sum(state["history"]) @ x
