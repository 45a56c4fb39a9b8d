"""Lambda expressions: assigned, passed, returned, stored, several on one line."""

import math

import numpy as np

from tests.language.registry import program


@program((0.7,))
def assigned(x):
    f = lambda t: t * t + x
    return f(x) * f(2.0)


def apply_twice(f, v):
    return f(f(v))


@program((0.7,))
def passed(x):
    return apply_twice(lambda v: v * x + 1.0, x)


@program((0.7,))
def two_on_one_line(x):
    f, g = lambda t: t * x, lambda t: t + x * x
    return f(g(x)) - g(f(2.0))


@program((0.7,))
def nested_on_one_line(x):
    add = lambda a: lambda b: a + b * x
    return add(x)(3.0) * add(1.0)(x)


@program((0.4,))
def default_capture(x):
    terms = [lambda t, k=k: t**k / (k + 1) for k in range(1, 5)]
    return sum(term(x) for term in terms)


@program((0.4,))
def late_capture_in_comprehension(x):
    terms = [lambda t: t * k + x for k in range(3)]
    return terms[0](x) * terms[1](2.0) + terms[2](x)


def power_rule(n):
    return lambda t: n * t ** (n - 1)


@program((1.3,))
def returned(x):
    return power_rule(3)(x) + power_rule(2)(power_rule(4)(0.5 * x))


@program((0.3,), more=[(-0.3,)])
def conditional_expression(x):
    f = (lambda t: t * x) if x > 0.0 else (lambda t: t - x)
    return f(x + 2.0)


@program((0.9,))
def immediately_called(x):
    return (lambda a, b: a * b + a)(x, math.sin(x)) + (lambda: x * 3.0)()


@program((0.9,))
def keyword_arguments(x):
    shape = lambda t, *, rate=2.0, shift=x: rate * t + shift
    return shape(x, rate=x) * shape(1.0, shift=0.5)


@program((np.array([0.5, 1.5, -0.7]),))
def over_arrays(v):
    activation = lambda z: np.where(z > 0.0, z, 0.1 * z)
    loss = lambda z: np.mean(activation(z) ** 2)
    return loss(v) + loss(v[::-1] * v)


@program((0.6,))
def star_arguments(x):
    total = lambda *values: sum(values)
    return total(x, x * x, 2.0) * total(x)


@program((0.6,))
def dispatch_table(x):
    table = {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "pow": lambda a, b: a**b,
    }
    value = x
    for name in ("add", "mul", "pow"):
        value = table[name](value, x + 0.5)
    return value


@program((0.6,))
def recursive_lambda(x):
    factorial = lambda n: 1.0 if n == 0 else n * x * factorial(n - 1)
    return factorial(4)


@program((2.5,))
def sort_key(x):
    candidates = [x * 0.5, x - 3.0, 1.0]
    ordered = sorted(candidates, key=lambda c: (c - 0.8) ** 2)
    return ordered[0] * 3.0 + ordered[-1]


square = lambda t: t * t


@program((1.2,))
def module_level(x):
    return square(x) + square(square(x))


program((0.8,), name="lambda_as_target", category="lambdas")(lambda x: x * math.exp(-x))


program((0.8, 0.2), wrt=1, name="lambda_target_second", category="lambdas")(lambda x, y: x * y + math.sin(y))


@program((0.8,))
def walrus_in_lambda(x):
    f = lambda t: (s := t * x) + s * s
    return f(2.0) + f(x)


@program((0.5,))
def conditional_body(x):
    hinge = lambda z: z if z > 0.0 else 0.01 * z
    return hinge(x) + hinge(-2.0 * x) * 10.0


def integrate(f, a, b, n=8):
    h = (b - a) / n
    return h * sum(f(a + (i + 0.5) * h) for i in range(n))


@program((1.2, 0.4), wrt=(0, 1))
def integrand(rate, upper):
    return integrate(lambda t: math.exp(-rate * t) * t, 0.0, upper)


@program((0.9,))
def returns_tuple(x):
    split = lambda t: (t * x, t + x)
    a, b = split(2.0)
    return a * split(b)[0]


@program((0.9,))
def shadowing_parameter(x):
    f = lambda x: x * x
    return f(3.0) * x + f(x)


@program((0.9, (1.0, -2.0, 0.5)), wrt=(0, 1))
def fold_of_lambdas(x, weights):
    f = lambda t: t
    for w in weights:
        f = lambda t, f=f, w=w: f(t) * x + w
    return f(1.5)


@program((np.array([[1.0, 0.2], [0.3, 2.0]]),))
def method_calls_in_lambda(a):
    trace_of = lambda m: m.T.dot(m).trace()
    return trace_of(a) + (lambda m: m.sum(axis=0).max())(a)
