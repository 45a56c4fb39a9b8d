"""`match` with all kinds of patterns."""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

import numpy as np

from tests.language.registry import program


@program((0.7, "square"), more=[(0.7, "cube"), (0.7, "other")])
def literals(x, kind):
    match kind:
        case "square":
            return x * x
        case "cube":
            return x**3
        case _:
            return -x


@program((0.7, 1), more=[(0.7, 2), (0.7, 7), (0.7, -1)])
def alternatives(x, n):
    match n:
        case 0 | 1:
            y = x
        case 2 | 3 | 4:
            y = x * n
        case int(m) if m > 4:
            y = x**2 * m
        case other:
            y = x / other
    return y * x


@program(((0.7, 1.2),), more=[((0.7,),), ((0.7, 1.2, 2.0, 3.0),)])
def sequences(values):
    match values:
        case []:
            return 0.0
        case [a]:
            return a * a
        case [a, b]:
            return a * b
        case [first, *_, last]:
            return first * last + len(values)


@program((("add", 0.7, ("mul", 2.0, ("neg", 1.5))),))
def expression_tree(tree):
    match tree:
        case ("add", a, b):
            return expression_tree(a) + expression_tree(b)
        case ("mul", a, b):
            return expression_tree(a) * expression_tree(b)
        case ("neg", a):
            return -expression_tree(a)
        case float() as number:
            return math.sin(number)


@program(({"kind": "circle", "radius": 0.7},), more=[({"kind": "box", "width": 0.7, "height": 2.0},)])
def mappings(shape):
    match shape:
        case {"kind": "circle", "radius": r}:
            return math.pi * r * r
        case {"kind": "box", "width": w, **rest}:
            return w * rest["height"]


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float = 1.0


class Line(NamedTuple):
    length: float


def area(shape):
    match shape:
        case Circle(r):
            return math.pi * r * r
        case Box(width=w, height=h) if w == h:
            return w**2
        case Box(w, h):
            return w * h
        case Line(length=0.0):
            return -1.0
        case Line():
            return 0.1 * shape.length


@program((0.7,))
def class_patterns(x):
    return area(Circle(x)) + area(Box(x)) + area(Box(x, x)) * area(Line(x))


@program((Circle(0.7),), more=[(Box(0.7, 2.0),), (Line(0.7),)])
def class_pattern_on_argument(shape):
    return area(shape) ** 2


class Method(Enum):
    EULER = auto()
    HEUN = auto()


@program((0.7, Method.HEUN), more=[(0.7, Method.EULER)])
def enum_values(x, method):
    f = lambda v: -v * v
    match method:
        case Method.EULER:
            return x + 0.1 * f(x)
        case Method.HEUN:
            predicted = x + 0.1 * f(x)
            return x + 0.05 * (f(x) + f(predicted))


@program((0.7,), more=[(-0.7,), (3.0,)])
def guards_on_active_values(x):
    match x:
        case v if v < 0.0:
            return -v
        case v if v < 1.0:
            return v * v
        case v:
            return 2.0 * v - 1.0


@program(([("push", 0.7), ("push", 2.0), ("mul", None), ("push", 1.5), ("add", None)],))
def stack_machine(instructions):
    stack = []
    for instruction in instructions:
        match instruction:
            case ("push", value):
                stack.append(value)
            case ("mul", _):
                stack.append(stack.pop() * stack.pop())
            case ("add", _):
                b, a = stack.pop(), stack.pop()
                stack.append(a + b)
    return stack[0]


@program((0.7,))
def nested_patterns(x):
    match ((x, 2.0), {"scale": x * x}):
        case ((a, b), {"scale": s}) if b > 1.0:
            return a * b * s
        case _:
            return 0.0


@program((0.7,))
def as_patterns(x):
    match [x, [x * x, 3.0]]:
        case [float() | int() as a, [b, _] as pair]:
            return a * b + len(pair) * pair[1]
    return 0.0


@program((0.7, None), more=[(0.7, True), (0.7, 3)])
def singletons(x, flag):
    match flag:
        case None:
            return x
        case True:
            return x * x
        case 3:
            return x**3


@program((0.7,))
def match_in_a_loop(x):
    state = "start"
    total = 0.0
    for k in range(6):
        match state, k % 2:
            case "start", _:
                state, total = "run", total + x
            case "run", 0:
                total *= 1.0 + x
            case "run", 1:
                state = "rest" if k > 2 else "run"
                total += x * k
            case _:
                state = "start"
                continue
    return total


@program((0.7,), raises=True)
def no_case_fits(x):
    match "z":
        case "a":
            y = x
        case "b":
            y = 2.0
    return y * x


@program((np.array([0.7, 1.5]), "l1"), more=[(np.array([0.7, 1.5]), ("lp", 3))])
def norm_by_description(v, kind):
    match kind:
        case "l1":
            return np.sum(np.abs(v))
        case "lp", p:
            return np.sum(np.abs(v) ** p) ** (1 / p)
