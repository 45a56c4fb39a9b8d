"""Functions defined inside functions, several deep, recursive, mutually recursive, with helpers of their own."""

import math

import numpy as np

from tests.language.registry import program


@program((0.8,))
def helper_inside(x):
    def cubic(t):
        return t**3 - 2.0 * t

    return cubic(x) + cubic(cubic(x))


@program((0.8,))
def three_deep(x):
    def first(a):
        def second(b):
            def third(c):
                return a * b * c + x

            return third(b + 1.0) * third(x)

        return second(a * a) + a

    return first(x) * first(0.5)


@program((0.9, 5), more=[(0.9, 1)])
def recursion_inside(x, n):
    def chebyshev(k):
        if k == 0:
            return 1.0
        if k == 1:
            return x
        return 2.0 * x * chebyshev(k - 1) - chebyshev(k - 2)

    return chebyshev(n)


@program((0.6,))
def mutual_recursion_inside(x):
    def grow(v, n):
        return v if n == 0 else shrink(v * 1.5 + x, n - 1)

    def shrink(v, n):
        return v if n == 0 else grow(v / (1.0 + x), n - 1)

    return grow(x, 5) - shrink(1.0, 2)


@program((np.array([0.2, 0.5, 1.1, -0.4]),))
def recursion_by_slicing(v):
    def tree_sum(u):
        if len(u) == 1:
            return np.sin(u[0])
        half = len(u) // 2
        return tree_sum(u[:half]) * 1.5 + tree_sum(u[half:])

    return tree_sum(v)


@program((0.9,))
def same_name_as_outer(x):
    def same_name(t):
        return t * 2.0

    result = same_name(x)

    def same_name(t):
        return t + x

    return result * same_name(3.0)


@program((0.9, 0.1), wrt=(0, 1))
def inner_defaults(x, y):
    def blend(a, b=2.0, *, weight=0.25):
        return weight * a + (1.0 - weight) * b

    return blend(x) * blend(x, y) + blend(y, b=x, weight=0.75 * x)


@program((0.5,))
def defined_after_use_in_text(x):
    def caller(t):
        return callee(t) + 1.0

    def callee(t):
        return t * x

    return caller(caller(x))


@program((1.7, 3), more=[(0.2, 3)])
def inner_with_loop_and_returns(x, n):
    def first_over(limit):
        v = x
        for k in range(1, n + 5):
            v = v * 1.3 + 0.1 * k
            if v > limit:
                return v * v
        else:
            return -v
        return 0.0

    return first_over(2.8) + first_over(1e6)


@program((0.7,))
def inner_reads_outer_loop_variable(x):
    total = 0.0
    for i in range(1, 4):
        def row(j):
            return (x + i) ** j

        for j in range(1, 3):
            total += row(j) / (i + j)
    return total


@program((0.7,))
def inner_returns_inner(x):
    def make(kind):
        def linear(t):
            return t * x

        def quadratic(t):
            return linear(t) * t

        return quadratic if kind == 2 else linear

    return make(1)(2.0) + make(2)(x)


@program((0.3, 0.8), wrt=(0, 1))
def newton_inside(a, guess):
    def f(t):
        return t**3 - a

    def df(t):
        return 3.0 * t * t

    t = guess
    for _ in range(4):
        t = t - f(t) / df(t)
    return t


@program((np.array([0.5, -1.0, 2.0]), np.array([1.0, 0.3, 0.7])), wrt=(0, 1))
def layers_inside(x, w):
    def normalise(z):
        shifted = z - z.max()
        return np.exp(shifted) / np.exp(shifted).sum()

    def attend(q, k):
        def score(a, b):
            return a * b / math.sqrt(len(w))

        return normalise(score(q, k))

    p = attend(x, w)
    return -np.log(p[0]) + p @ w


@program((0.4,))
def nonlocal_two_levels(x):
    level = x

    def outer():
        def inner():
            nonlocal level
            level = level * 2.0 + x

        inner()
        inner()
        return level

    return outer() * outer()


@program((0.4,))
def nonlocal_of_the_middle(x):
    def outer():
        memory = 1.0

        def push(v):
            nonlocal memory
            memory = memory * v + x

        for k in range(3):
            push(k + x)
        return memory

    return outer() + outer() ** 2


@program((0.4, 6), more=[(0.4, 2)])
def memo_inside(x, n):
    known = {}

    def legendre(k):
        if k in known:
            return known[k]
        if k < 2:
            value = 1.0 if k == 0 else x
        else:
            value = ((2 * k - 1) * x * legendre(k - 1) - (k - 1) * legendre(k - 2)) / k
        known[k] = value
        return value

    return legendre(n)


@program((1.2, 0.9), wrt=(0, 1))
def inner_takes_function(a, b):
    def derivative(f, t, h=0.5):
        return (f(t + h) - f(t - h)) / (2.0 * h)

    def wave(t):
        return math.sin(a * t) * b

    return derivative(wave, b) * derivative(math.exp, a)


@program((0.6,))
def unused_inner(x):
    def never():
        return undefined_name  # noqa: F821

    return x * math.cos(x)


@program((0.6,))
def inner_shadows_builtin(x):
    def sum(values):
        total = 1.0
        for v in values:
            total = total * v
        return total

    return sum([x, x + 1.0, 3.0])


@program((0.6,))
def inner_shadows_global(x):
    def exp(t):
        return 1.0 + t + 0.5 * t * t

    class_like = exp(x) * math.exp(x)
    return class_like + exp(exp(0.1 * x))


@program((2.0, 0.5), wrt=(0, 1))
def nested_with_early_exit(spot, strike):
    def payoff(s):
        if s <= strike:
            return 0.0
        gain = s - strike

        def bonus(g):
            return g * g if g > 1.0 else g

        return gain + bonus(gain)

    total = 0.0
    for shock in (0.2, 0.5, 1.0, 1.5):
        total += payoff(spot * shock)
    return total


@program((0.3,))
def passing_itself(x):
    def iterate(f, v, n):
        if n == 0:
            return v
        return f(f, v * x + 1.0, n - 1)

    return iterate(iterate, x, 4)


@program((np.array([1.0, 2.0, 0.5]),), out="vector")
def inner_builds_arrays(v):
    def shifted(u, by):
        return np.concatenate([u[by:], u[:by]])

    def smooth(u):
        return 0.5 * u + 0.25 * (shifted(u, 1) + shifted(u, -1))

    return smooth(smooth(v * v))


def outermost(scale):
    def middle(shift):
        def innermost(x):
            return scale * x * x + shift

        return innermost

    return middle


@program((0.5, 1.5), wrt=(0, 1))
def three_level_factory(x, s):
    f = outermost(s)(x)
    g = outermost(2.0)(s)
    return f(x) * g(f(1.0))
