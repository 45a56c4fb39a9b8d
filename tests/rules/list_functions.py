"""Functions that build, change and read lists, as a user writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

FUNCTIONS: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {}


def case(*args: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def enter(function: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[function.__name__] = function, args
        return function

    return enter


@case([0.3, 0.5, 0.9])
def neighbours(xs):
    total = 0.0
    for i in range(len(xs)):
        total += xs[i] * xs[i - 1]
    return total


@case([0.3, 0.5])
def mapped(xs):
    ys = []
    for x in xs:
        ys.append(np.sin(x) * x)
    return sum(ys) * ys[-1]


@case([[1.0, 2.0], [3.0, 4.0, 5.0]])
def rows_of_numbers(rows):
    total = 0.0
    for row in rows:
        for v in row:
            total += v * v
    return total + rows[0][1] * rows[1][0]


@case([np.ones(2), np.arange(2.0)])
def rows_of_arrays(rows):
    total = 0.0
    for row in rows:
        total += np.sum(row) * np.sum(np.sin(row))
    return total + np.sum(np.tanh(np.array(rows)))


@case(0.5)
def table(x, n=4):
    t = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            t[i][j] = x * (i + j) + (t[i - 1][j] * t[i][j - 1] if i * j > 0 else 0.1)
    return t[-1][-1]


@case([0.3, 0.5, 0.7, 0.9, 1.1])
def reduced(xs):
    out = xs[:]
    while len(out) > 1:
        a = out.pop()
        b = out.pop(0)
        out.append(a * b + a)
    return out[0]


@case(0.5)
def joined(x, n=3):
    rows = []
    v = np.arange(3.0) * x
    for _ in range(n):
        rows.append(v)
        v = np.sin(v)
    squares = np.sum(np.vstack(rows) ** 2) + np.sum(np.hstack(rows))
    return squares + np.mean(rows) + np.max(np.stack(rows, axis=1)) + np.sum(np.concatenate(rows) ** 3)


@case(0.5)
def fibonacci(x, n=5):
    fib = [x, x * x]
    while len(fib) < n:
        fib.append(fib[-1] * fib[-2] + 1)
    return fib.pop()


@case(0.5)
def buckets(x, n=4):
    kept = [[] for _ in range(n)]
    for i in range(3 * n):
        kept[i % n].append(x ** (i % 3 + 1) * i)
    total = 0.0
    for bucket in kept:
        for v in bucket:
            total += v * v
    return total


@case(0.5)
def kept_version(x, n=4):
    acc = [0.0] * n
    for i in range(n):
        acc[i] += x * i
        acc[-1] += acc[i] ** 2
    old = acc
    acc = acc + [x]  # noqa: RUF005  # the form that is tested
    acc[0] = x * 5
    return sum(old) + sum(acc)


@case(0.5)
def pairs(x, n=3):
    points = []
    for i in range(n):
        points.append((x * i, x + i))
    return sum(a * b for a, b in points) + points[0][1] * points[-1][0]


@case(0.5)
def queue(x, n=3):
    waiting = [(x, 0)]
    total = 0.0
    while waiting:
        v, depth = waiting.pop(0)
        total += v
        if depth < n:
            waiting.append((v * 0.5, depth + 1))
            waiting.append((np.sin(v), depth + 1))
    return total
