"""How arguments get to parameters: keywords, stars, defaults, calls with sequences and mappings."""

import math

import numpy as np

from tests.language.registry import program


def spring(x, /, k, *, damping=0.1, rest=0.0):
    return 0.5 * k * (x - rest) ** 2 - damping * x


@program((0.7, 2.0), wrt=(0, 1))
def mixed_kinds(x, k):
    return spring(x, k) + spring(x, k=x, rest=k) + spring(1.0, k, damping=x * k)


@program((0.7,), kwargs={"scale": 3.0})
def keyword_only_target(x, *, scale, shift=0.5):
    return scale * x * x + shift * x


@program((0.7, 1.2), wrt=1)
def positional_only_target(a, b, /):
    return a * b**2


@program((0.7,))
def keyword_only_default(x, *, power=3):
    return x**power


def weighted_sum(*values, weight=1.0):
    total = 0.0
    for i, v in enumerate(values):
        total += weight * v * (i + 1)
    return total


@program((0.7, 1.1), wrt=(0, 1))
def star_callee(x, y):
    return weighted_sum(x, y, x * y) + weighted_sum() + weighted_sum(y, weight=x)


@program((0.7, 1.1, 2.0), wrt=0)
def star_target(x, *rest):
    total = x
    for value in rest:
        total = total * value + x
    return total


@program((0.7, 1.1, 2.0), wrt=(0, 2))
def star_only_target(*values):
    return sum(v * v for v in values) * values[0]


@program(([0.7, 1.1, 2.0],))
def call_with_list(values):
    return weighted_sum(*values) * weighted_sum(*values[1:], weight=0.5)


def triple_product(a, b, c):
    return a * b - c * a


@program(((0.7, 1.1, 2.0),))
def call_with_tuple(point):
    return triple_product(*point) + triple_product(2.0, *point[1:])


@program((np.array([0.7, 1.1, 2.0]),))
def call_with_array(v):
    return triple_product(*v) * v[0]


@program(({"a": 0.7, "c": 1.1, "b": 2.0},))
def call_with_mapping(parameters):
    return triple_product(**parameters) + triple_product(1.0, **{"b": parameters["a"], "c": 0.5})


@program((0.7,))
def call_with_literal_mapping(x):
    settings = {"k": x * 2.0, "damping": 0.3}
    return spring(x, **settings) + spring(x, **settings, rest=0.1)


def from_keywords(**terms):
    total = 0.0
    for name, value in terms.items():
        total += len(name) * value**2
    return total


@program((0.7, 1.1), wrt=(0, 1))
def double_star_callee(x, y):
    return from_keywords(a=x, bb=y, ccc=x * y) + from_keywords()


@program((0.7,), kwargs={"b": 2.0, "cc": 0.5})
def double_star_target(x, **others):
    return x * sum(others.values()) + x**2 * others.get("b", 0.0)


def forwards(*args, **kwargs):
    return spring(*args, **kwargs)


@program((0.7,))
def forwarding(x):
    return forwards(x, 2.0) + forwards(x, k=x, rest=0.2)


TABLE = [1.0, 2.0]


def evaluated_once(x, table=TABLE, scale=len(TABLE) * 0.5):
    return table[0] * x + table[1] * x**2 * scale


@program((0.7,))
def defaults_evaluated_once(x):
    return evaluated_once(x) + evaluated_once(x, [0.0, x])


def none_default(x, reference=None):
    if reference is None:
        reference = 2.0 * x
    return x * reference


@program((0.7,), more=[(1.5,)])
def none_as_default(x):
    return none_default(x) + none_default(x, 3.0) + none_default(2.0, reference=x)


@program((0.7,), more=[(0.7, 2.0)])
def none_default_in_target(x, y=None):
    if y is None:
        return x * x
    return x * y


def fresh_list(value, into=None):
    into = [] if into is None else into
    into.append(value)
    return into


@program((0.7,))
def list_default_made_fresh(x):
    a = fresh_list(x)
    b = fresh_list(2.0, a)
    c = fresh_list(x * x)
    return sum(a) * len(b) + sum(c)


def options(x, mode="sin", *, repeat=1, absolute=False):
    for _ in range(repeat):
        x = math.sin(x) if mode == "sin" else math.cos(x)
    return abs(x) if absolute else x


@program((0.7,))
def string_and_flag_options(x):
    return options(x) + options(x, "cos", repeat=2) * options(-x, absolute=True)


@program((0.7, 2.0, 3.0), wrt=(2, 0))
def wrt_out_of_order(a, b, c):
    return a**2 * b + c * a


@program((0.7, 2.0), wrt="y")
def wrt_by_name(x, y):
    return x * y * y


def annotated(x: float, n: "int" = 2) -> float:
    y: float
    y = x**n
    z: float = y + x
    return z


@program((0.7,))
def annotations(x: float) -> float:
    return annotated(x) * annotated(x, n=3)


def swapped(b, a):
    return a - b * b


@program((0.7, 2.0), wrt=(0, 1))
def keywords_in_other_order(a, b):
    return swapped(a=a, b=b) * swapped(b=a, a=b)


def order_of_evaluation(log, value):
    log.append(value)
    return value


@program((0.7,))
def arguments_evaluated_left_to_right(x):
    log = []
    triple_product(order_of_evaluation(log, x), c=order_of_evaluation(log, 2.0 * x), b=order_of_evaluation(log, 3.0))
    return log[0] * log[1] ** 2 * log[2]


@program((0.7,))
def stars_in_the_middle(x):
    inner = [x, 2.0]
    return weighted_sum(1.0, *inner, 3.0, *(x * x,), weight=0.5)


def merged(*args, **kwargs):
    settings = {"scale": 1.0, "shift": 0.0, **kwargs}
    return settings["scale"] * sum(args) + settings["shift"]


@program((0.7,))
def merged_keywords(x):
    return merged(x, x) + merged(1.0, scale=x, shift=x * x)


def unpack_first(pair, *, scale=1.0):
    (a, b), c = pair
    return (a - b) * c * scale


@program((0.7,))
def nested_argument(x):
    return unpack_first(((x, 2.0), x * x)) + unpack_first(([1.0, x], 3.0), scale=x)
