"""Functions as values: arguments, results, partials, operators, folds and keys."""

import functools
import math
import operator
from functools import partial, reduce
from operator import attrgetter, itemgetter, methodcaller

import numpy as np

from tests.language.registry import program


def compose(*functions):
    def composed(value):
        for f in functions:
            value = f(value)
        return value

    return composed


@program((0.5,))
def composed_pipeline(x):
    pipeline = compose(math.sin, lambda t: t * x, math.exp)
    return pipeline(x + 1.0)


def twice(f):
    return lambda v: f(f(v))


@program((0.5,))
def twice_twice(x):
    grow = lambda v: v * x + 1.0
    return twice(twice(grow))(0.3)


@program((math.cos, 0.5), wrt=1, more=[(math.exp, 0.5), (abs, -0.5)])
def function_argument(f, x):
    return f(x) * f(2.0 * x)


def relu(v):
    return max(v, 0.0)


@program((0.5, relu), more=[(-0.5, relu), (0.5, np.tanh)])
def user_function_argument(x, activation):
    h = activation(x * 2.0)
    return activation(h - 0.25) + h * x


@program((0.5,))
def partial_positional(x):
    scale = partial(operator.mul, x)
    return scale(3.0) + scale(x)


def lennard_jones(r, epsilon=1.0, sigma=1.0):
    s6 = (sigma / r) ** 6
    return 4.0 * epsilon * (s6 * s6 - s6)


@program((1.3, 0.8), wrt=(0, 1))
def partial_keywords(r, eps):
    argon = partial(lennard_jones, epsilon=eps, sigma=1.1)
    return argon(r) + argon(r * 1.2, epsilon=2.0 * eps)


xenon = partial(lennard_jones, epsilon=1.7, sigma=1.05)


@program((1.3,))
def module_level_partial(r):
    return xenon(r) - xenon(2.0 * r)


program((1.3,), name="partial_as_target", category="higher_order")(partial(lennard_jones, epsilon=0.5))


@program((0.5, 2.0, -1.0), wrt=(0, 1, 2))
def operator_module(a, b, c):
    product = operator.mul(a, b)
    ratio = operator.truediv(operator.neg(c), operator.add(a, 1.0))
    return operator.sub(product, ratio) + operator.pow(b, a) * operator.abs(c)


@program(((0.4, 1.2, -0.3),))
def item_getter(point):
    first, last = itemgetter(0), itemgetter(-1)
    return first(point) * last(point) + sum(itemgetter(1, 2)(point))


@program((np.array([[0.4, 1.2], [0.5, 2.0]]),))
def attribute_getter(a):
    transpose = attrgetter("T")
    return np.sum(transpose(a) @ a) + methodcaller("sum", axis=0)(a)[1]


@program(([0.5, 1.5, 2.5],))
def reduce_product(values):
    return reduce(operator.mul, values)


@program(([0.5, 1.5, 2.5], 0.3), wrt=(0, 1))
def reduce_with_start(coefficients, x):
    return functools.reduce(lambda acc, c: acc * x + c, coefficients, 0.0)


@program((0.7, [1, 2, 3]))
def map_and_sum(x, powers):
    return sum(map(lambda n: x**n / n, powers))


@program((0.7,))
def map_of_two(x):
    left, right = [x, 2.0, x * x], [1.0, x, 3.0]
    return sum(map(operator.mul, left, right))


@program((np.array([0.5, -1.2, 2.0, 0.1]),))
def filter_positive(v):
    kept = list(filter(lambda t: t > 0.2, v))
    return sum(kept) * len(kept)


@program((1.4,))
def generator_sum(x):
    return sum(x**k / math.factorial(k) for k in range(6))


@program((1.4, [0.5, 2.0, 3.0]))
def any_and_all(x, limits):
    if any(x > limit for limit in limits):
        x = x * 2.0
    if all(x > 0.1 * limit for limit in limits):
        x = x * x
    return x


@program(([3.0, -1.0, 2.0],))
def sorted_by_key(values):
    ordered = sorted(values, key=abs)
    return ordered[0] + 2.0 * ordered[1] + 3.0 * ordered[2]


@program(([3.0, -1.0, 2.0],))
def sorted_descending(values):
    weights = (0.5, 0.3, 0.2)
    return sum(w * v for w, v in zip(weights, sorted(values, reverse=True)))


@program(([(0.3, 1.0), (0.9, -2.0), (0.1, 4.0)],))
def maximum_by_key(points):
    best = max(points, key=lambda p: p[0])
    worst = min(points, key=itemgetter(1))
    return best[0] * best[1] + worst[0]


def gradient_step(objective_slope):
    def step(v, rate):
        return v - rate * objective_slope(v)

    return step


@program((0.9, 0.1), wrt=(0, 1))
def step_maker(v, rate):
    step = gradient_step(lambda t: 2.0 * t + math.cos(t))
    for _ in range(3):
        v = step(v, rate)
    return v


ACTIVATIONS = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0.0), "none": lambda z: z}


@program((np.array([0.5, -0.5]), "relu"), more=[(np.array([0.5, -0.5]), "tanh")])
def table_of_functions(v, name):
    f = ACTIVATIONS[name]
    return np.sum(f(v * 2.0) + ACTIVATIONS["none"](v) ** 2)


@program((0.5,))
def list_of_functions(x):
    stages = [math.sin, math.cos, math.tanh]
    total = x
    for i, stage in enumerate(stages, start=1):
        total += stage(total * i)
    return total


@program((1.2,))
def function_returned_and_called(x):
    return (math.sin if x > 1.0 else math.cos)(x) * 2.0


def derivative_of(f, h=0.25):
    return lambda x: (f(x + h) - f(x - h)) / (2 * h)


@program((0.9,))
def transforms_of_transforms(x):
    second = derivative_of(derivative_of(lambda t: math.sin(x * t)))
    return second(x)


def fixed_point(g, start, n=20):
    v = start
    for _ in range(n):
        v = g(v)
    return v


@program((0.6,))
def fixed_point_iteration(a):
    return fixed_point(lambda v: math.cos(a * v), 0.5)


@program((2.0, 0.5), wrt=(0, 1))
def pipeline_of_partials(x, r):
    steps = (partial(pow, 2.0), partial(max, r), partial(operator.add, r * x))
    return reduce(lambda value, f: f(value), steps, x)


def apply(f, *args, **kwargs):
    return f(*args, **kwargs)


@program((0.8, 0.4), wrt=(0, 1))
def generic_apply(x, y):
    return apply(lennard_jones, x + 1.0, sigma=y + 0.7) + apply(operator.add, x, y) + apply(lambda: x * y)


@program((np.array([0.3, 0.6, 0.9]),))
def vector_of_map(v):
    squares = np.array(list(map(lambda t: t * t, v)))
    return squares @ v


@program((1.1,))
def identity_comparison(x):
    f = math.sin
    if f is math.sin and callable(f):
        return f(x) * x
    return x


@program((0.7,))
def reduce_of_functions(x):
    chain = reduce(lambda f, g: lambda t: g(f(t)), [math.sin, lambda t: t * x, math.exp])
    return chain(x)


@program((0.7,))
def bound_method_as_value(x):
    weights = np.array([x, 2.0, x * x])
    total = weights.sum
    return total() * weights.dot(weights)


@program((0.7, 3))
def repeated_application(x, n):
    def power(f, n):
        if n == 0:
            return lambda v: v
        g = power(f, n - 1)
        return lambda v: f(g(v))

    return power(lambda v: v * x + 0.5, n)(1.0)
