# ruff: noqa: B007 (these are programs as users write them)
"""Cases 41 and 47 to 54: functions, closures, globals, nesting of derivatives."""

import functools

import numpy as np

from adjoint import grad
from tests.cases.case import Case

R = 1.0


def captured_buffer(x):
    buffer = np.zeros(2)

    def write(v):
        buffer[0] = v * v

    write(x)
    return buffer[0]


def inner_product_captured(x):
    def inner(y):
        return x * y

    return x * grad(inner)(2.0)


def inner_sum_captured(x):
    return x * grad(lambda y: x + y)(2.0)


def product_of_two(y, x):
    return x * y


def nested_by_argument(x):
    return x * grad(product_of_two)(2.0, x)


def y_times_difference(y, x):
    return y * (x - y)


def inner_at_same_point(x):
    return grad(y_times_difference)(x, x)


def writes_global(x):
    global R
    R = 1.0
    for _ in range(2):
        R *= x
    return R


def unused_argument(x, y):
    return 3.0 * x


def constant(x):
    return 2.5


def unused_array(x, w):
    return 3.0 * x


def generated_names(x, y):
    x_bar = x * y
    y_bar = x_bar * x_bar
    v_stack = y_bar
    x_dot, y_dot = 2.0 * v_stack, x_bar
    for i in range(2):
        v_stack = v_stack * x_dot + y_dot
        x_stack = v_stack * x
        x_bar = x_stack + x_bar
    return x_bar + y_bar


def nested_definition(x):
    def square(t):
        return t * t

    return square(x) * x


def enumerated(x):
    s = 0.0
    for i, v in enumerate(x):
        s += i * v * v
    return s


def appended(x):
    values = []
    for i in range(3):
        values.append(x * i)
    return values[1] * values[2]


def over_arange(x, n):
    s = 0.0
    for i in range(n):
        for j in np.arange(i, n):
            s += j * x * x
    return s


scaled = functools.partial(product_of_two, x=3.0)


class Scaler:
    """A callable with state."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return self.factor * x * x


scaler = Scaler(3.0)


def hidden_in_partial(x):
    return x * scaled(x)


def hidden_in_object(x):
    return scaler(x)


def hidden_in_text(x):
    return x * float(repr(x))


def hidden_in_attempt(x):
    try:
        y = x * x
    except ValueError:
        y = 0.0
    return y


def chained_accumulation(x):
    s = 0.0
    if x > 0:
        s = s + x * x * x
    else:
        s = s - x
    if s > 1:
        s = s * x
    elif s > 0.5:
        s = s + 1.0
    else:
        s = s * s
    return s


X = np.array([1.5, -0.5, 2.0])

CASES = [
    Case(41, captured_buffer, (3.0,), (6.0,)),
    Case(47, inner_product_captured, (1.0,), (2.0,), today="refused"),
    Case(47, inner_sum_captured, (1.0,), (1.0,), today="refused"),
    Case(47, nested_by_argument, (1.0,), (2.0,)),
    Case(48, inner_at_same_point, (0.7,), (-1.0,)),
    Case(49, writes_global, (3.0,), (6.0,), today="refused"),
    Case(50, unused_argument, (1.0, 2.0), (3.0, 0.0), wrt=(0, 1)),
    Case(50, unused_array, (1.0, X), (3.0, np.zeros(3)), wrt=(0, 1)),
    Case(50, constant, (1.0,), (0.0,)),
    Case(51, generated_names, (0.6, 0.9), (), wrt=(0, 1)),
    Case(52, nested_definition, (2.0,), (12.0,), today="refused"),
    Case(52, enumerated, (X,), (2 * np.arange(3) * X,)),
    Case(52, appended, (2.0,), (8.0,), today="refused"),
    Case(52, over_arange, (0.5, 3), (2 * 0.5 * (0 + 1 + 2 + 1 + 2 + 2),), today="refused"),
    Case(53, hidden_in_partial, (2.0,), (12.0,), today="refused"),
    Case(53, hidden_in_object, (2.0,), (12.0,), today="refused"),
    Case(53, hidden_in_text, (2.0,), (4.0,), today="refused"),
    Case(53, hidden_in_attempt, (2.0,), (4.0,), today="refused"),
    Case(54, chained_accumulation, (1.2,), (12 * 1.44,), order=2),
    Case(54, chained_accumulation, (0.9,), (6 * 0.9,), order=2),
    Case(54, chained_accumulation, (0.7,), (30 * 0.7**4,), order=2),
]
