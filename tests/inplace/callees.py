"""Functions that write into what they are given: directly, deeper, through views, into one array twice; closures."""

from __future__ import annotations

import numpy as np

from tests.inplace.registry import kernel, matrix, vector, vectors


def set_element(arr, i, value):
    arr[i] = value


def scale(a, factor):
    a *= factor


def smooth(u, rate):
    u[1:-1] += rate * (u[:-2] - 2.0 * u[1:-1] + u[2:])


def smooth_twice(u, rate):
    smooth(u, rate)
    smooth(u[1:], 0.5 * rate)


def fill_with_squares(out, x):
    for i in range(len(out)):
        out[i] = x[i] * x[i]
    return out


def add_into(target, source):
    target += source
    target[0] *= source[1]


def swap_rows(a, i, j):
    a[[i, j]] = a[[j, i]]


def normalise(a):
    for row in a:
        scale(row, 1.0 / np.sum(row))


def rotate(p, q, c, s):
    old = p.copy()
    p[:] = c * p - s * q
    q[:] = s * old + c * q


def writes_and_returns(a):
    a[0] = a[1] * a[2]
    return np.sum(a)


def view_of(a):
    return a[1:]


def fallback(a, b, use_first):
    if use_first:
        a[0] = b[0] ** 2
        return a
    b[0] = a[0] ** 2
    return b


@kernel(vector)
def helper_sets(x):
    arr = np.zeros(len(x))
    for i in range(len(x)):
        set_element(arr, i, x[i] * x[0])
    return np.sum(arr**2)


@kernel(vector)
def helper_on_argument(x):
    scale(x, 2.0)
    smooth(x, 0.3)
    return np.sum(x**3)


@kernel(vectors(2), wrt=(0, 1))
def two_calls_deep(u, r):
    for i in range(3):
        smooth_twice(u, r[i])
    return np.sum(u**2)


@kernel(vector)
def returned_argument(x):
    out = np.empty_like(x)
    same = fill_with_squares(out, x)
    same[0] = 3.0 * x[1]
    return np.sum(out**2)


@kernel(vector)
def one_array_twice(x):
    y = x * 1.0
    add_into(y, y)
    return np.sum(y**2)


@kernel(vector)
def overlapping_arguments(x):
    y = x * 1.0
    add_into(y[1:], y[:-1] * 1.0)
    add_into(y[:2], y[2:4])
    return np.sum(y**2)


@kernel(matrix)
def rows_swapped_by_helper(a):
    for k in range(len(a) - 1):
        if a[k, 0] > a[k + 1, 0]:
            swap_rows(a, k, k + 1)
        a[k] *= a[k, 1]
    return np.sum(a * np.arange(a.shape[1]))


@kernel(matrix)
def rows_normalised_by_helper(a):
    b = a.copy()
    normalise(b)
    return np.sum(b**2)


@kernel(matrix)
def rotated_rows(a):
    for k in range(len(a) - 1):
        rotate(a[k], a[k + 1], np.cos(a[k, 0]), np.sin(a[k, 0]))
    return np.sum(a**3)


@kernel(matrix)
def rotated_columns(a):
    rotate(a[:, 0], a[:, 1], 0.8, 0.6)
    return np.sum(a**3) + a[0, 0]


@kernel(vector)
def value_and_effect(x):
    y = x.copy()
    total = writes_and_returns(y) * writes_and_returns(y)
    return total + np.sum(y**2)


@kernel(vector)
def reads_a_returned_view(x):
    y = x * 2.0
    v = view_of(y)
    return np.sum(v**2) + y[0]


@kernel(vectors(2), wrt=(0, 1))
def known_branch_returns_argument(a, b):
    c = fallback(a, b, True)
    c[1] = 5.0 * b[1]
    return np.sum(a * b)


@kernel(vector)
def closure_writes(x):
    y = np.zeros_like(x)

    def put(i, value):
        y[i] = value * y[i - 1] + x[i]

    put(0, 2.0)
    for i in range(1, len(x)):
        put(i, x[i])
    return np.sum(y**2)


@kernel(vector)
def closure_accumulates(x):
    total = np.zeros(2)

    def visit(value):
        total[0] += value
        total[1] += value**2

    for v in x:
        visit(v)
    return total[1] - total[0] ** 2 / len(x)


@kernel(matrix)
def method_writes(a):
    class_state = {"best": np.zeros(a.shape[1])}

    def update(row):
        class_state["best"][:] = np.maximum(class_state["best"], row)

    for row in a:
        update(row)
    return np.sum(class_state["best"] ** 2)


class Accumulator:
    def __init__(self, n):
        self.sums = np.zeros(n)
        self.count = 0

    def add(self, i, value):
        self.sums[i] += value
        self.count += 1

    def mean(self):
        self.sums /= self.count
        return self.sums


@kernel(vector)
def object_of_a_class(x):
    acc = Accumulator(2)
    for i in range(len(x)):
        acc.add(i % 2, x[i] ** 2)
    m = acc.mean()
    m[0] *= 2.0
    return np.sum(acc.sums**2)


def quicksort(a, low, high):
    if low >= high:
        return
    pivot = a[high]
    i = low
    for j in range(low, high):
        if a[j] < pivot:
            a[i], a[j] = a[j], a[i]
            i += 1
    a[i], a[high] = a[high], a[i]
    quicksort(a, low, i - 1)
    quicksort(a, i + 1, high)


@kernel(lambda n, rng: (rng.normal(size=n),))
def sorted_by_recursion(x):
    y = x.copy()
    quicksort(y, 0, len(y) - 1)
    return np.sum(y * np.arange(len(y)) ** 2)


def fft_like(a):
    """Recursion on strided views, with a real transform in place."""
    n = len(a)
    if n < 2:
        return
    even, odd = a[::2].copy(), a[1::2].copy()
    fft_like(even)
    fft_like(odd)
    half = n // 2
    a[:half] = even + 0.5 * odd
    a[half:] = even * odd


@kernel(vector, sizes=(4, 8))
def recursion_with_buffers(x):
    y = x.copy()
    fft_like(y)
    return np.sum(y**2)


def butterflies(x):
    """What the function gives is stored, in two places, before it is known what that is."""
    n = len(x)
    if n == 1:
        return x * 1.0
    out = np.zeros(n)
    out[: n // 2] = butterflies(x[::2])
    out[n // 2 :] = butterflies(x[1::2]) * out[: n // 2]
    return out


@kernel(vector, sizes=(4, 8))
def recursion_into_a_buffer(x):
    return np.sum(butterflies(x) ** 2 * np.arange(len(x)))


def apply_out(f, x, out):
    out[:] = f(x)


@kernel(vector)
def function_as_argument(x):
    out = np.empty_like(x)
    apply_out(np.sin, x, out)
    apply_out(lambda t: t * t * out, x, out)
    return np.sum(out)


@kernel(vector)
def default_buffer_made_inside(x):
    def accumulate(values, out=None):
        if out is None:
            out = np.zeros(1)
        out[0] += np.sum(values**2)
        return out

    first = accumulate(x)
    accumulate(2.0 * x, first)
    return first[0] ** 2


def interior(a, k):
    return a[k:-k]


def head_of_interior(a):
    return interior(a, 1)[:-1]


def both_halves(a):
    b = a * 2.0
    return b[:2], b[2:], b


class Field:
    def __init__(self, values):
        self.values = values

    @property
    def inner(self):
        return self.values[1:-1]

    def laplacian(self):
        return self.values[:-2] + self.values[2:] - 2 * self.values[1:-1]


@kernel(vector)
def written_through_a_returned_view(x):
    y = x * 1.0
    interior(y, 1)[:] = 2.0 * x[0]
    h = head_of_interior(y)
    h *= x[1]
    y[1] += h[0]
    return np.sum(y**2) + np.sum(h)


@kernel(vector)
def returned_views_of_one_array(x):
    a, b, c = both_halves(x)
    a *= 3.0
    c[2] = a[0] * b[1]
    return np.sum(a) + np.sum(b**2) + np.sum(c**2)


@kernel(vector)
def view_by_a_property(x):
    field = Field(x * 1.0)
    for _ in range(3):
        field.inner[:] += 0.1 * field.laplacian()
    return np.sum(field.values**2)


def keep_view(store, a):
    store["view"] = a[1:]


@kernel(vector)
def view_kept_by_a_helper(x):
    y = x * 1.0
    store = {"view": x}
    keep_view(store, y)
    store["view"][0] = 9.0 * x[0]
    return np.sum(y**2)


def shift_into(a, b):
    for i in range(len(a)):
        a[i] = 2.0 * b[i]


@kernel(vector)
def overlapping_views_in_a_loop(x):
    y = x * 1.0
    shift_into(y[1:], y[:-1])
    shift_into(y, y[::-1])
    return np.sum(y**2)


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, 4), n))
def double_buffer_by_index(x, steps):
    buffers = [x.copy() for _ in range(2)]
    now = 0
    for _ in range(steps):
        after = 1 - now
        buffers[after][1:] = np.sin(buffers[now][:-1]) * buffers[now][1:]
        buffers[after][0] = buffers[now][0]
        now = after
    return np.sum(np.sin(buffers[now]))


@kernel(lambda n, rng: (rng.uniform(0.5, 1.5, 4), n))
def double_buffer_in_one_array(x, steps):
    u = np.zeros((2, 4))
    u[0] = x
    for t in range(steps):
        u[(t + 1) % 2, 1:] = u[t % 2, :-1] * 0.9
        u[(t + 1) % 2, 0] = u[t % 2, 0] ** 2
    return np.sum(u)


def doubled_into(source, *, out):
    out[:] = 2.0 * source
    out += source**2
    return out


class Into:
    def __init__(self, source, out):
        self.out = out
        out[1:] = source[:-1] ** 2


@kernel(vector)
def arguments_called_out(x):
    y = np.zeros_like(x)
    z = doubled_into(x, out=y)
    w = Into(z, out=y).out
    w[0] = x[1]
    return np.sum(y * z)


def march(u, v, n, rate):
    for _ in range(n):
        v[1:-1] = u[1:-1] + rate * (u[2:] - 2.0 * u[1:-1] + u[:-2]) * u[1:-1]
        u, v = v, u


@kernel(vectors(2), wrt=(0, 1))
def exchanges_what_it_was_given(x, y):
    a, b = x * 1.0, y * y
    march(a, b, len(x) - 2, 0.2)
    a[0] += b[1]
    march(b, a, len(x) - 3, 0.1)
    march(a, a, 2, 0.1)
    return np.sum(a**2) + 3.0 * np.sum(b**3)


def march_from(u, v, rate):
    """One that returns early, on a pass that only the run knows, and late."""
    for k in range(len(u)):
        v[1:] = rate * u[:-1] + u[1:] ** 2
        u, v = v, u
        if u[2] > 1.5:
            return k + 0.5
        v[0] = u[1] * rate
    u += v
    return np.sum(u)


@kernel(vectors(2), wrt=(0, 1))
def exchanges_and_returns_early(x, y):
    early = march_from(x, y, 0.9)
    a, b = 0.2 * x, 0.1 * y
    late = march_from(a, b, 0.3)
    a[1] = b[2] ** 2
    return np.sum(x**2) + 2.0 * np.sum(y**2) + early * np.sum(a) + late * np.sum(b**2)


def leap(old, now, new, rate):
    for _ in range(len(old)):
        new[1:-1] = 2.0 * now[1:-1] - old[1:-1] + rate * (now[2:] - 2.0 * now[1:-1] + now[:-2]) * now[1:-1]
        old, now, new = now, new, old
    return now


@kernel(vectors(3), wrt=(0, 1, 2))
def exchanges_three(x, y, z):
    a, b, c = x * 0.5, y * 0.5, z * 0.5
    now = leap(a, b, c, 0.1)
    return np.sum(now**2) + np.sum(a) + 2.0 * np.sum(b**2) + 3.0 * np.sum(c**3)


def both_after(u, v, n):
    for _ in range(n):
        v[1:] *= u[:-1]
        if v[0] > u[1]:
            u, v = v, u
    return u, v


@kernel(vectors(2), wrt=(0, 1))
def exchanges_and_gives_both(x, y):
    a, b = both_after(x * 1.0, y * 1.0, len(x))
    a[0] = b[1] ** 2
    for k in range(len(x) - 3):
        a, b = both_after(a, b, k)
        b[1] += 0.5 * a[0]
    return np.sum(a**2) + 3.0 * np.sum(b**3)


def climb(u, n):
    if n == 0:
        return
    u[n] += u[n - 1] * 0.5
    climb(u, n - 1)


def scaled_sum(u, v):
    u *= 1.1
    v *= 1.1
    return u + v


@kernel(vector)
def recursion_on_one_of_two(x):
    a, b = x * 1.0, x * 2.0
    if np.sum(x) > 1.0:
        climb(b, 3)
        a = b
    c = scaled_sum(a[::-1], a)
    return np.sum(b * c)
