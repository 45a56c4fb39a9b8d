"""Lists in a list of known length, read and written at positions of the run: `grid[i][j] += x`; objects and dicts."""

from __future__ import annotations

from dataclasses import dataclass

from tests.inplace.registry import kernel, vector


@kernel(vector)
def outer_product(x):
    g = [[0.0] * 3 for _ in range(3)]
    for i in range(3):
        for j in range(3):
            g[i][j] = x[i] * x[j]
    return sum(g[i][j] * (i + 1) * (j + 2) for i in range(3) for j in range(3))


@kernel(vector)
def matrix_product(x):
    a, b = [[x[0], x[1]], [x[2], x[3]]], [[1.0, 2.0], [x[4], 4.0]]
    c = [[0.0, 0.0], [0.0, 0.0]]
    for i in range(2):
        for j in range(2):
            for k in range(2):
                c[i][j] += a[i][k] * b[k][j]
    return c[0][0] * c[1][1] - c[0][1] * c[1][0]


@kernel(vector)
def lu_in_lists(x):
    a = [[x[i] * x[j] + (5.0 if i == j else 0.0) for j in range(4)] for i in range(4)]
    for k in range(4):
        for i in range(k + 1, 4):
            a[i][k] /= a[k][k]
            for j in range(k + 1, 4):
                a[i][j] -= a[i][k] * a[k][j]
    d = 1.0
    for i in range(4):
        d *= a[i][i]
    return d


@kernel(vector)
def bodies_in_lists(x):
    p = [[0.0, 1.0], [x[0], x[1]], [2.0, x[2]]]
    v = [[0.1, 0.0], [0.0, x[3]], [0.0, 0.0]]
    for _ in range(2):
        for i in range(3):
            for d in range(2):
                p[i][d] += 0.1 * v[i][d]
        for i in range(3):
            for j in range(3):
                if i != j:
                    r = sum((p[i][d] - p[j][d]) ** 2 for d in range(2)) + 0.1
                    for d in range(2):
                        v[i][d] -= 0.1 * (p[i][d] - p[j][d]) / r
    return sum(each[0] * each[1] for each in p)


@kernel(vector)
def paths(x):
    best = [[0.0] * 4 for _ in range(4)]
    for i in range(4):
        best[i][0] = x[i]
    for i in range(1, 4):
        for j in range(1, 4):
            best[i][j] = max(best[i - 1][j], best[i][j - 1]) + x[i] * x[j]
    return best[3][3]


@kernel(vector)
def of_three_indices(x):
    t = [[[0.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]
    for i in range(2):
        for j in range(2):
            for k in range(2):
                t[i][j][k] = x[i] * x[j] * x[k + 1]
    return t[0][1][1] * t[1][0][0] + t[1][1][1]


@kernel(vector)
def rows_that_grow(x):
    g = [[x[0]], [x[1], x[2]], []]
    for i in range(3):
        g[i].append(x[i])
        g[i][0] *= 2.0
    return sum(sum(row) * (k + 1) for k, row in enumerate(g))


@kernel(vector)
def row_with_a_name(x):
    g = [[x[0], x[1]], [x[2], x[3]]]
    row = g[1]
    for i in range(2):
        g[i][1 - i] *= 2.0
    return row[0] * g[0][1]


@kernel(vector)
def one_row_twice(x):
    g = [[0.0] * 2] * 2
    for i in range(2):
        for j in range(2):
            g[i][j] += x[i] * x[j]
    return g[0][0] + g[0][1] * g[1][0]


@kernel(vector)
def copies_of_rows(x):
    g = [[x[0], x[1]], [x[2], x[3]]]
    deep, shallow = [row[:] for row in g], list(g)
    for i in range(2):
        for j in range(2):
            deep[i][j] = 3.0 * g[j][i]
            shallow[i][j] = shallow[i][j] * 2.0
    return g[0][1] * deep[1][0] + shallow[1][1]


@dataclass
class Body:
    p: float
    v: float


@kernel(vector)
def objects(x):
    bodies = [Body(x[0], 0.1), Body(x[1], x[2]), Body(1.0, x[3])]
    for _ in range(2):
        for i in range(3):
            bodies[i].p += 0.1 * bodies[i].v
            for j in range(3):
                bodies[i].v -= 0.05 * (bodies[i].p - bodies[j].p)
    return sum(each.p * each.v for each in bodies)


@kernel(vector)
def dicts(x):
    states = [{"p": x[0], "v": 0.1}, {"p": x[1], "v": x[2]}]
    for k in range(4):
        states[k % 2]["p"] += states[1 - k % 2]["v"] * x[3]
    return states[0]["p"] * states[1]["p"]
