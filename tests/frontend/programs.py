# ruff: noqa: B007, RUF021, RUF007, F821, F841, F842, PIE790
"""Programs that must be lowered: each with arguments to run it on."""

import math
from math import sin

import numpy as np

PROGRAMS = []
SCALE = 1.5
COUNT = 3
WEIGHTS = np.array([1.0, 2.0, 3.0])
PAIR = (2.0, 3)
LEVELS = [1.0, 2.0]
VERBOSE = False


def program(*arguments):
    def register(function):
        PROGRAMS.append((function, arguments))
        return function

    return register


@program((0.25,), (0.25, 0), (2.0, 3))
def logistic(x, n=4):
    v = x
    for i in range(n):
        v = 4 * v * (1 - v)
    return v


@program((1.0,), (50.0,), (3.0,))
def step(x):
    y = x
    while y < 100.0:
        if y > 2.0:
            y = y * y
        else:
            y = y + x
    return y


@program((1.0, 2.0))
def swap(u, v):
    u, v = v, u
    (u, v), w = (v + 1, u), 3
    a = b = u * v
    return u - v, w, a + b


@program((1.0, 0), (1.0, 5), (3.0, 5), (9.0, 5))
def early_return(x, n):
    """Returns from everywhere."""
    if n == 0:
        return 1.0
    total = 0
    for i in range(n):
        if x > 8:
            return total - x
        total += x * i
        if total > 12:
            break
    else:
        return total * 2
    return total


@program((0.5, 3), (2.0, 3), (2.0, 0))
def loop_else(x, n):
    s = x
    for i in range(n):
        s += i
        if s > 4:
            break
    else:
        s = s * 10
        t = s + 1
        s = t
    return s


@program((0.5, 3), (2.0, 3), (2.0, 0), (-1.0, 4))
def while_else(x, n):
    i = 0
    while i < n:
        if x * i > 3:
            break
        if x < 0 and i == 2:
            x = x * 3
            i += 2
            continue
        i = i + 1
    else:
        x = x - 1
    return x * i


@program((1.0,), (-1.0,), (0.0,))
def one_path(x):
    if x > 0:
        y = x * 2
    if x > 0:
        return y
    return -x


@program((1.0, 4), (1.0, 0))
def last_index(x, n):
    i = -1
    for i in range(n):
        x = x * i + 1
    return x * i


@program((1.0, 2.0), (2.0, 1.0), (0.0, 0.0))
def booleans(x, y):
    a = x > 1 and y < 2 or x == y
    b = not a
    c = x if a else y
    d = 0 < x < 2 <= y
    if a and not d or b:
        c = c + 1
    e = (x and y) + (x or 3.0)
    return c, d, e


@program((2.0, 3))
def nested(x, n):
    total = 0.0
    for i in range(n):
        for j in range(i, n):
            k = 0
            while k < j:
                for m in range(2, 0, -1):
                    total += x * i + j * m - k
                    if total > 20:
                        total -= 15
                        continue
                    total += 0.5
                k += 1
    return total


@program((0.5, 6), (3.0, 6), (-2.0, 6), (0.0, 0))
def exits(x, n):
    """Both branches may fall through and may leave: needs exit codes."""
    s = 0.0
    for i in range(n):
        if x > 0:
            if s > 4:
                break
            s += x
        else:
            if s < -5:
                continue
            if s < -3:
                return s * 100
            s -= 1
        s = s * 1.1
        t = s
        if t > 3:
            s += 0.25
    s += 1
    return s


@program((0.5, 6), (3.0, 6), (-2.0, 6), (0.0, 2))
def exits_twice(x, n):
    for i in range(n):
        for j in range(n):
            if i > j:
                if x > 2:
                    break
                x += 0.5
            elif i == j:
                if x < 0:
                    return x, i
                x -= 0.25
            else:
                if x == 0:
                    continue
                x *= 1.5
            y = x + j
            x = y - 0.5 * i
        else:
            x = x + 10
            if x > 40:
                break
            continue
        x = x + 1
    return x, n


@program((0.5, 6), (3.0, 6), (-2.0, 6), (0.0, 2))
def jumping_else(x, n):
    for i in range(n):
        for j in range(3):
            if x > 4:
                break
            x += j
        else:
            if i == 4:
                return x * 2
            continue
        x = x - 3
    return x


@program((1.0, 2), (1.0, 7))
def elif_chain(x, n):
    if n < 1:
        y = x
    elif n < 2:
        y = x * 2
    elif n < 3:
        y = x * 3
    elif n < 4:
        return x
    else:
        y = -x
    return y + 1


def helper(a, b=2.0, *, c=1):
    if a > 3:
        return a * b
    return b - c


@program((1.0,), (5.0,))
def calls_helper(x):
    return helper(x) + helper(x, 3.0) + helper(b=x, a=2 * x, c=4)


@program((5, 1.5), (0, 1.5))
def power(n, x):
    if n == 0:
        return 1
    return x * power(n - 1, x)


def even(n, x):
    if n == 0:
        return x
    return odd(n - 1, x * 1.5)


def odd(n, x):
    if n == 0:
        return 0
    return even(n - 1, x + 1)


@program((4, 1.0), (5, 1.0))
def mutual(n, x):
    return even(n, x) + 1


@program((6,))
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@program((2.0,))
def math_and_constants(x):
    return math.sin(x) * sin(x) + math.pi + np.exp(x) * math.e + float("inf") * 0.0 if x > 100 else math.tanh(x) + np.pi


@program((2.0,), (0.5,))
def global_numbers(x):
    total = SCALE * x
    for _ in range(COUNT):
        total += WEIGHTS[1] * PAIR[0]
    for level in LEVELS:
        total -= level
    if VERBOSE:
        total = 0.0
    return total


@program((np.array([1.0, 2.0, 3.0]), 2.0), (np.array([]), 2.0), (np.array([5.0]), 2.0))
def over_array(xs, c):
    s = 0.0
    for x in xs:
        if x > c:
            s += x
    for i, x in enumerate(xs):
        s += i * x
    for i, x in enumerate(xs, start=1):
        s += i * x
    for x, y in zip(xs, xs):
        s += x * y
    for x in reversed(xs):
        s = 0.5 * s + x
    for i in reversed(range(len(xs))):
        s += xs[i] * i
    return s


@program((np.arange(12.0).reshape(4, 3),))
def over_rows(m):
    s = np.zeros(3)
    best = 0.0
    for row in m:
        s = s + row * row
        for x in row:
            best = x if x > best else best
    a, b, c = m[1]
    return s, best, a + b * c, m[1:, None, 0], m[..., -1]


@program(([1.0, 2.0, 4.0],), ([],))
def over_list(xs):
    s = 1.0
    for x in xs:
        s *= x
    for i, (x, y) in enumerate(zip(xs, xs)):
        if i == 1:
            continue
        s += x - 2 * y + i
    return s, len(xs)


@program((2.0,))
def over_tuple(x):
    s = 0
    for c in (1.0, 2, x):
        if c > 1.5:
            s += c * x
    for a, b in ((1, 2.0), (3, 4.0)):
        s = s + a * b
    for i, c in enumerate((x, x * 2)):
        for k in range(i + 1):
            s += c * k
    for c in (x, 5.0, 3.0):
        if c > 4:
            break
        s = s * c
    return s


@program((3.0,), (-3.0,))
def asserts(x):
    assert x < 100, "too large"
    if x > 50:
        raise ValueError("x is too large", x)
    if x < -50:
        if x < -60:
            raise ValueError
        else:
            raise RuntimeError("small")
    elif x < 0:
        y = -x
    else:
        y = x
    return y


@program((np.array([1.0, 2.0]),))
def static_conditions(x, scale=None, kind="soft"):
    if scale is None:
        scale = 2.0
    if x.ndim == 2:
        return x @ x
    if kind == "hard" and x.undefined:
        return x[1, 2, 3]
    if isinstance(x, (float, int)):
        return x.nothing
    mode = np.sum if kind in ("soft", "other") else np.prod
    if not isinstance(x, np.ndarray):
        y = x * "no"
    else:
        y = x * scale
    return y, len((1, 2)) + x.ndim, x.shape[0], x.size, mode is np.sum


@program((np.ones((2, 3)), np.ones(3)))
def arrays(w, x):
    h = np.tanh(w @ x + 1)
    acc = np.zeros(2)
    for i in range(3):
        acc += h * i
        acc *= 2.0
    y = h.sum() + np.sum(w, axis=0).mean() + w.T.sum(axis=(0, 1)) - np.sum(w, 0, keepdims=True)[0, -1]
    return acc, y, np.where(x > 0, x, -x), np.maximum(x, 0.5), w.shape, np.dot(x, x)


@program((3.0, 2))
def builtin_numbers(x, n):
    a = abs(-x) + max(x, n) + min(x, 2.5, n) + pow(x, n) + round(x) + round(x, 1)
    q, r = divmod(7, n)
    m = max((x, 4.0)) + sum((x, 2, 3.0))
    return a + float(n) + int(x) + q * r + m + x // 2 + x % 2 + n**-1 + (-n) ** 2 + -(x**2)


@program((1.0, 10), (30.0, 10), (-1.0, 3))
def forever(x, n):
    while True:
        x = x * 2
        n -= 1
        if x > 20:
            return x
        if n < 0:
            break
    return -x


@program((1.0,), (30.0,))
def forever_without_break(x):
    while True:
        if x > 20:
            return x
        x = x + 3


@program((1.0,), (-1.0,))
def forever_in_branch(x):
    if x > 0:
        while True:
            x += 1.5
            if x > 10:
                return x
    else:
        x = -x
    y = x * 2
    z = y + 1
    return z


@program((2.0, 3), (2.0, 0))
def prints(x, n):
    for i in range(n):
        print("step", i, x, sep=" ")
        x = x * 2
    return x


@program((2.0, 1), (2.0, 2), (2.0, 5))
def previous(x, n):
    s = 0.0
    for i in range(n):
        if i > 0:
            s += last * x
        last = i + x
    return s


@program((2.0, 4))
def dead_reuse(x, n):
    t = x * 2
    s = t
    for i in range(n):
        t = (x, i)
        s += t[0] * t[1]
    for t in range(3):
        s += t
    return s


@program((2.0, 4), (2.0, 0))
def break_values(x, n):
    k = 0
    for i in range(n):
        k = k + 1
        y = x * k
        if y > 5:
            found = y
            break
    else:
        found = -1.0
        i = 100
    return found + k + i


@program((0.5, 3), (5.0, 3))
def return_in_nested_loop(x, n):
    if x > 0:
        for i in range(n):
            for j in range(n):
                x += i * j
                if x > 5:
                    return x, i, j
        x = x * 2
    return x, 0, 0


@program((1.0, True), (1.0, False))
def bool_argument(x, flag):
    if flag:
        return x * 2
    return x if not flag else 0.0


@program((2.0, math.sin), (2.0, helper))
def function_argument(x, f):
    return f(x) + apply(f, x)


def apply(f, x):
    return f(x) * 2


@program(((1.0, 2.0), 3.0))
def tuple_argument(p, q):
    a, b = p
    return a * p[1] + b * p[-1] + q + sum(p[0:2]) + len(p)


@program((np.array([1.0, 2.0]),))
def unpack_array(p):
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@program((np.array([0.5, 2.0, -1.0]),))
def running_max(a):
    m = a[0]
    for i in range(1, len(a)):
        if a[i] > m:
            m = a[i]
    s = 0.0
    for x in a:
        s += math.exp(x - m)
    return m + math.log(s)


@program((2.0, 2, 1), (2.0, 2, 5))
def guards(x, n, m):
    for i in range(m):
        if i == 3:
            continue
        if x > 100:
            break
        x = x * n
    if x > 50:
        return 50.0
    if x > 20:
        return 20.0
    x = x + 1
    if m > 3:
        if x > 3:
            return x
    return -x


@program((1.5,))
def unused_work(x):
    y = x * 3
    np.sum(WEIGHTS)
    "a string"
    z: float = y + 1
    w: float
    ...
    return z


@program((2.0, 4), (2.0, 1))
def growing_arrays(x, n):
    s = 0.0
    last = np.ones(1)
    for i in range(1, n):
        a = np.ones(i) * x
        b = a[: i - 1] if i > 1 else a
        s += np.sum(a) * np.sum(b) + np.sum(last)
        last = a
    return s + last.sum()


@program((7, 2.0), (9, 0.5))
def augmented_operators(n, x):
    n //= 2
    n %= 3
    n **= 2
    x /= 4
    x **= 2
    x -= n
    n <<= 2
    n |= 1
    n ^= 3
    return n, x


@program((1.0, 5), (100.0, 5))
def while_conditions(x, n):
    while n and (x < 50 or n > 3) and not x == 7:
        n -= 1
        x = x * 2 if n % 2 else x + 1
    return x, n


@program((1.0, 3), (-1.0, 3), (6.0, 3))
def unrolled_returns(x, n):
    for c in (1.0, 2.0, 3.0):
        if x * c > 5:
            return c
        x += c
        for i in range(n):
            if x > 20:
                break
            x += i * c
    for c in ():
        x = x * c
    return x


@program((1.0, np.array([1.0, 2.0, 3.0])))
def mixed_sequences(x, a):
    s = 0.0
    for i, (p, q) in enumerate(zip(a, a[1:])):
        s += i * p * q
    for c, p in zip((1.0, 2.0, x), a):
        s += c * p
    for k, p in zip(range(2), a):
        s += k * p
    for c in reversed((x, 2.0)):
        s = s * c + 1
    for pair in zip(a, a):
        s += pair[0] * pair[1]
    for i, c in enumerate([x, 2 * x], 2):
        if i == 2:
            continue
        s += c
    for row in np.outer(a, a):
        for j in range(len(row) - 1, -1, -2):
            s += row[j]
    return s


@program((0, 3), (2, 2))
def recursion_with_other_types(x, n):
    return halve(x, n) + halve(x + 1.0, n)


def halve(x, n):
    if n == 0:
        return x
    return halve(x * 0.5, n - 1)


@program((np.array([1.0, 2.0]), 3))
def recursion_on_arrays(x, n):
    return shrink(x, n).sum()


def shrink(x, n):
    if n == 0:
        return x
    y = np.tanh(x) * 2
    return shrink(y, n - 1) + x


def report(x):
    if x > 100:
        raise ValueError("large")
    print("value", x)


@program((2.0,))
def calls_for_effect(x):
    report(x)
    for _ in range(2):
        report(x * 2)
    return x


@program((np.arange(12.0).reshape(3, 4), 1))
def indexing(x, i):
    picked = x[[0, 2]]
    mask = x > 5
    rows = np.array([0, 1])
    return (
        picked,
        x[mask],
        x[rows, rows],
        x[i],
        x[i, 2],
        x[-1, 1:-1],
        x[::2, ::-1],
        x[..., i],
        x[:, None, i:],
        x[np.newaxis, 0],
        x[i : i + 2, :i],
        x.T[0],
        x.shape[1] * x.ndim,
        x.reshape(4, 3)[2],
        x.reshape((2, -1)),
    )


@program((np.ones(3), 2, "fast"), (np.ones(3), 4, "slow"), (np.ones(5), 0, "slow"))
def decided_conditions(x, n, mode):
    y = 0.0
    if len(x) > 3:
        y = y + 1
    if n in (1, 2, x.size):
        y = y + 2
    if x.shape == (3,):
        y = y + 4
    if mode == "fast" or mode in ("quick", "fast"):
        y = y + 8
    if not n:
        y = y + 16
    if x.ndim == 1 and n > 1:
        y = y + 32
    return y + (1 if mode != "fast" else 0)


@program(((1.0, 2.0, 3.0),))
def star_call(p):
    def_value = three(*p) + three(*p[:2], c=p[2]) + three(1.0, *(2.0, 3.0))
    return def_value


def three(a, b, c=4.0, *, d=(1.0, 2.0)):
    return a + 10 * b + 100 * c + d[1]


@program((2.0, 3), (2.0, 0), (-2.0, 3))
def triple_exit(x, n):
    for i in range(n):
        if x < 0:
            if i == 1:
                y = 3.0
                break
            if i == 2:
                return x
            z = 1.0
        else:
            if i == 2:
                continue
            z = 2.0
            y = z
        for j in range(2):
            if x > 0:
                if j == i:
                    x += 1
                    continue
                w = z
            else:
                if j > i:
                    x -= 0.5
                    break
                w = -z
            x = x + w * 0.25
            z = z * 1.5
        x = x * 1.1 + z
        y = x
    else:
        return x * 10
    return x + y


@program((3.0,), (0.1,))
def nothing_to_do(x):
    for i in range(3):
        pass
    while False:
        x = x + 1
    for _ in range(2):
        if x > 1:
            continue
        else:
            pass
    if x > 2:
        pass
    elif x > 1:
        pass
    else:
        x = -x
    return x


@program((2.0 + 1.0j,))
def complex_numbers(z):
    w = 1j * z + 2
    for _ in range(2):
        w = w * w
    return w


@program((np.float64(2.0), 3))
def numpy_scalars(x, n):
    y = x
    for i in range(n):
        y = y * x + np.sin(i)
    z = y
    y = y + 1
    return y, z


@program((np.ones(3),))
def owned_arrays(x):
    a = x.copy()
    b = np.zeros_like(x)
    for i in range(3):
        a += x[i] * i
        b *= 2
        b += a
        s = a[1:].sum()
        b -= s
        if i == 1:
            a = b * 1.0
    c = np.array([1.0, 2.0, 3.0])
    c *= c
    return a, b, c
