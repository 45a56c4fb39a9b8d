"""Lists, tuples and deques: changed in place, aliased, passed, sliced, stacked."""

import bisect
import copy
import heapq
import math
from collections import deque

import numpy as np

from tests.language.registry import program


@program((0.7,))
def append_in_a_loop(x):
    values = []
    for k in range(4):
        values.append(x**k)
    return sum(values) * values[-1]


@program((0.7, 3), more=[(0.7, 0)])
def append_unknown_times(x, n):
    values = [x]
    for k in range(n):
        values.append(values[-1] * x + k)
    return values[-1] + len(values) * values[0]


@program((0.7,))
def append_while_active(x):
    trail = []
    while x < 5.0:
        trail.append(x)
        x = x * 1.7
    total = 0.0
    for weight, v in enumerate(reversed(trail)):
        total += weight * v
    return total


@program((0.7,))
def extend_and_concatenate(x):
    a = [x, 2.0]
    a.extend([x * x, 3.0])
    b = a + [x] * 2
    b += (x + 1.0,)
    return sum(v * i for i, v in enumerate(b)) + len(a)


@program((0.7,))
def pop_insert_remove(x):
    values = [1.0, x, x * x, 4.0]
    last = values.pop()
    first = values.pop(0)
    values.insert(1, last * x)
    values.insert(0, first)
    del values[2]
    return values[0] + values[1] * values[2]


@program(([0.7, 1.5, 2.0],))
def remove_by_value(values):
    values = [1, 5, *values]
    values.remove(5)
    return values[0] * values[1] * values[3]


@program(([0.7, 1.5, 2.0],))
def copies_are_separate(values):
    a = values.copy()
    b = values[:]
    c = list(values)
    a[0] = a[0] * 2.0
    b[1] += 1.0
    c.append(a[0])
    return a[0] * b[1] * c[-1] + values[0]


@program(([0.7, 1.5, 2.0],))
def alias_sees_change(values):
    other = values
    other[0] = other[1] * 3.0
    values.append(other[0] * values[2])
    return other[-1] + len(values) * other[0]


@program(([0.7, 1.5, 2.0],))
def reverse_and_sort(values):
    values.reverse()
    first = values[0]
    values.sort()
    middle = values[1]
    values.sort(key=lambda v: -v)
    return first * middle + values[0] * 2.0


@program((0.7,))
def store_by_index(x):
    table = [0.0] * 5
    for i in range(5):
        table[i] = x**i
    table[-1] = table[1] * table[2]
    return sum(table) + table[4] * x


@program((0.7,))
def running_table(x):
    values = [0.0] * 6
    values[0] = values[1] = x
    for i in range(2, 6):
        values[i] = values[i - 1] * x + values[i - 2]
    return values[5]


@program((0.7,))
def augmented_item_store(x):
    bins = [1.0, x, 2.0]
    for i in (0, 1, 1, 2):
        bins[i] *= x
        bins[i] += 0.5
    return bins[0] * bins[1] + bins[2]


@program(([0.7, 1.5, 2.0, 3.0],))
def slice_stores(values):
    values[1:3] = [values[0] * 2.0, values[3]]
    values[:1] = []
    values[len(values) :] = [values[0], 1.0]
    return sum(v * k for k, v in enumerate(values))


@program((0.7,))
def shared_rows(x):
    rows = [[0.0] * 2] * 2
    rows[0][1] = x
    rows[1][0] += x * x
    return rows[0][0] * rows[1][1]


@program((0.7,))
def separate_rows(x):
    rows = [[0.0] * 2 for _ in range(2)]
    rows[0][1] = x
    rows[1][0] = rows[0][1] * x
    rows[1][1] += rows[1][0]
    return rows[0][0] + sum(sum(row) for row in rows)


@program(([[0.7, 1.5], [2.0, -1.0]],))
def row_alias(matrix):
    row = matrix[0]
    row[0] = row[0] ** 2
    matrix[1] = row
    matrix[1][1] = 5.0 * row[0]
    return matrix[0][1] + row[1] * matrix[1][0]


def push_square(values, v):
    values.append(v * v)


def total_and_clear(values):
    total = sum(values)
    values.clear()
    return total


@program((0.7,))
def callee_appends(x):
    collected = [1.0]
    for k in range(3):
        push_square(collected, x + k)
    total = total_and_clear(collected)
    return total * (len(collected) + 1.0)


@program(([0.7, 1.5],))
def callee_changes_argument(values):
    push_square(values, values[0])
    push_square(values, values[2])
    return values[-1]


def rotate(values, by=1):
    for _ in range(by):
        values.append(values.pop(0))
    return values


@program(([0.7, 1.5, 2.0],))
def callee_returns_its_argument(values):
    turned = rotate(values, 2)
    turned[0] = turned[0] * 2.0
    return values[0] * values[1] + turned[2]


@program((0.7,))
def list_in_list(x):
    inner = [x]
    outer = [inner, inner, [x]]
    inner.append(x * x)
    outer[2].append(len(inner) * x)
    return outer[0][1] * outer[1][0] + outer[2][1]


@program((0.7,))
def tuple_of_lists(x):
    pair = ([x], [2.0])
    pair[0].append(x * 3.0)
    left, right = pair
    right[0] = left[1]
    return pair[1][0] * left[0]


@program((0.7,))
def shallow_and_deep_copies(x):
    a = [[x, 1.0], [2.0]]
    shallow, deep = copy.copy(a), copy.deepcopy(a)
    a[0][1] = x * 5.0
    a[1] = [x]
    return shallow[0][1] * shallow[1][0] + deep[0][1] * x


@program((0.7,))
def queue(x):
    waiting = deque([x, 1.0])
    served = 0.0
    for _ in range(5):
        v = waiting.popleft()
        served += v * v
        waiting.append(v * 0.5 + x)
    return served + waiting[0]


@program((0.7,))
def deque_both_ends(x):
    d = deque(maxlen=3)
    for k in range(5):
        d.append(x + k)
    d.appendleft(x * x)
    d.rotate(1)
    return d[0] * d[-1] + d.pop()


@program((0.7,))
def stack_in_while(x):
    stack, total = [(x, 3)], 0.0
    while stack:
        v, depth = stack.pop()
        if depth == 0:
            total += v
            continue
        stack.append((v * 0.5, depth - 1))
        stack.append((v * v, depth - 1))
    return total


@program(([0.7, 1.5, 2.0],))
def stacked_arrays(values):
    rows = []
    for i, v in enumerate(values):
        rows.append(np.array([v, v * i, 1.0]))
    a = np.stack(rows)
    return np.sum(a @ a.T)


@program((np.array([0.5, 1.0, -0.3]),))
def history_of_arrays(v):
    history = [v]
    for _ in range(3):
        history.append(np.tanh(history[-1]) + 0.1 * history[0])
    return np.sum(np.array(history) ** 2) + np.dot(history[-1], history[1])


@program((np.array([0.5, 1.0, -0.3]),))
def list_of_views(v):
    parts = [v[:2], v[1:]]
    parts[0] = parts[0] * 2.0
    return np.sum(parts[0] * parts[1]) + np.sum(v)


@program((0.7,))
def tuples_are_values(x):
    t = (x, 2.0)
    u = t + (x * x,)
    t += (5.0,)
    return u[2] * t[-1] + u[0] * len(t) + t.count(5.0) + t.index(2.0)


@program((0.7,))
def min_max_of_lists(x):
    values = [x, x * x, 1.0 - x]
    return max(values) * 3.0 + min(values) + max(values[1:], key=abs)


@program((0.7,))
def list_equality_and_truth(x):
    values = []
    if not values:
        values = [x]
    if values == [x] and values != [x, x]:
        values = values * 3
    return sum(values) ** 2


@program((2.2, [1.0, 2.0, 3.0], [0.5, 2.0, 1.0]), wrt=(0, 2))
def interpolation_by_bisect(x, knots, values):
    i = bisect.bisect_right(knots, x) - 1
    t = (x - knots[i]) / (knots[i + 1] - knots[i])
    return values[i] * (1.0 - t) + values[i + 1] * t


@program(([3.0, 0.5, 2.0],))
def heap(values):
    heap = []
    for v in values:
        heapq.heappush(heap, v)
    smallest = heapq.heappop(heap)
    return smallest * 5.0 + heap[0]


@program((0.7,))
def list_grown_in_a_branch(x):
    values = [x]
    if x > 0.5:
        values.append(x * 2.0)
    if x > 5.0:
        values.append(1.0)
        values.append(2.0)
    return values[-1] * len(values)


@program(([0.7, 1.5, 2.0],), out="vector")
def list_result(values):
    out = []
    for v in values:
        out.append(math.sin(v))
    return out


@program(([0.7, 1.5, 2.0, 0.1],))
def bubble_sort(values):
    n = len(values)
    for i in range(n):
        for j in range(n - 1 - i):
            if values[j] > values[j + 1]:
                values[j], values[j + 1] = values[j + 1], values[j]
    return values[0] * 4.0 + values[1] * 3.0 + values[2] * values[3]


@program(([[2.0, 0.5], [0.3, 1.5]], [1.0, -0.4]), wrt=(0, 1))
def gaussian_elimination(a, b):
    n = len(b)
    for i in range(n):
        for k in range(i + 1, n):
            factor = a[k][i] / a[i][i]
            for j in range(i, n):
                a[k][j] -= factor * a[i][j]
            b[k] -= factor * b[i]
    x = [0.0] * n
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - sum(a[i][j] * x[j] for j in range(i + 1, n))) / a[i][i]
    return x[0] * x[1]


@program((0.7,))
def step_slices(x):
    values = [x**k for k in range(7)]
    evens, backwards = values[::2], values[::-1]
    values[1::2] = [0.0, x, 2.0]
    return sum(evens) + backwards[0] * values[3]
