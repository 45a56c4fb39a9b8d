"""Programs for the cache on disk: each has one number `K` somewhere, which another version of the files changes.

`PROGRAM` and `HELPERS` are the texts of two modules. Every function whose name starts with `by_` takes one number.
"""

HELPERS = """
import numpy as np

SCALE = K

def callee(x):
    return K * x * x

def other(x, factor=K):
    return factor * x * x

def nested_callee(x):
    return deeper(x) * x

def deeper(x):
    return K * x

def imported_inside(x):
    return x ** 2 * K

class Base:
    def inherited(self, x):
        return K * x * x

    @property
    def weight(self):
        return K

    @staticmethod
    def fixed(x):
        return K * x * x

class Model(Base):
    offset = K

    def __init__(self, w):
        self.w = w

    def __call__(self, x):
        return K * x * self.w

    def __mul__(self, x):
        return K * x * x

    def named(self, x):
        return self.weight * x * x + self.offset * x
"""

PROGRAM = """
import enum
import functools
import math
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np

import helpers
import package.inner
from adjoint import custom_rule, grad, jvp
from numpy import sum as total
from helpers import Model, callee, nested_callee, other

CONSTANT = K
FLAG = K > 3
TEXT = "square" if FLAG else "cube"
ARRAY = np.array([1.0, K, 2.0])
INDEX = np.array([0, 1 if FLAG else 2])
TABLE = {"w": K, "items": [1.0, K]}
FUNCTIONS = [lambda x: x * x, lambda x: K * x * x]
PARTIAL = functools.partial(other, factor=K)
Point = namedtuple("Point", "x y")
POINT = Point(K, 1.0)
MODEL = Model(K)

@dataclass(frozen=True)
class Params:
    w: float = K
    several: list = field(default_factory=list)

    def scaled(self, x):
        return self.w * x * x

PARAMS = Params()

class Color(enum.Enum):
    RED = K
    BLUE = 1.0

def by_body(x):
    return K * x * x

def by_callee(x):
    return callee(x)

def by_nested_callee(x):
    return nested_callee(x)

def by_default(x):
    return other(x)

def by_own_default(x, k=K):
    return k * x * x

def by_global(x):
    return CONSTANT * x * x

def by_flag(x):
    return x * x if FLAG else x * x * x

def by_text(x):
    return x * x if TEXT == "square" else x * x * x

def by_array(x):
    return np.sum(ARRAY * x * x)

def by_index(x):
    return np.sum((np.array([1.0, 2.0, 3.0]) * x * x)[INDEX])

def by_table(x):
    return TABLE["w"] * x * x + TABLE["items"][1] * x

def by_lambda(x):
    return FUNCTIONS[1](x)

def by_partial(x):
    return PARTIAL(x)

def by_named_tuple(x):
    return POINT.x * x * x

def by_object(x):
    return MODEL(x) * x

def by_operator(x):
    return MODEL * x

def by_property(x):
    return MODEL.named(x)

def by_base(x):
    return MODEL.inherited(x)

def by_static(x):
    return Model.fixed(x)

def by_dataclass(x):
    return PARAMS.scaled(x)

def by_enum(x):
    return Color.RED.value * x * x

def by_module(x):
    return helpers.SCALE * x * x

def by_package(x):
    return package.inner.function(x)

def by_getattr(x):
    return getattr(MODEL, "inherited")(x)

def by_import_inside(x):
    from helpers import imported_inside

    return imported_inside(x)

def made(k):
    def inner(x):
        return k * x * x

    return inner

by_cell = made(K)

def doubled(function):
    @functools.wraps(function)
    def wrapper(x):
        return K * function(x)

    return wrapper

@doubled
def by_decorator(x):
    return x * x

def ruled(x):
    return float(np.float64(x)) * x

custom_rule(ruled, partials=lambda x: K * x)

def by_rule(x):
    return 3.0 * ruled(x)

def cubed(x):
    return K * x * x * x

CUBED_GRAD = grad(cubed)

def by_derivative(x):
    return CUBED_GRAD(x)

def by_derivative_inside(x):
    return grad(cubed)(x)

def apply(function, x):
    return function(x) * x

def by_function_given(x):
    return apply(nested_callee, x) + apply(MODEL, x)

class Own:
    __match_args__ = ("weight",)

    @property
    def weight(self):
        return K

OWN = Own()

def by_match(x):
    match OWN:
        case Own(w):
            return w * x * x
    return x

def by_imported_name(x):
    return total(np.array([x, K])) * x

def by_names_in_a_loop(x):
    result = x
    for name in ("callee", "other"):
        result = result + getattr(helpers, name)(x)
    return result

class Counter:
    def __init__(self, start):
        self.start = start

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return False

def by_manager(x):
    with Counter(K) as counter:
        return counter.start * x * x

def by_keyword(x):
    return other(x, **{"factor": K})

def by_builtin(x):
    return abs(K * x * x)

def by_loop(x):
    total = 0.0
    for _ in range(int(K)):
        total = total + x * x
    return total
"""

INNER = """
def function(x):
    return K * x * x
"""

RUN = """
import json, sys
import program
from adjoint import grad

names = [name for name in vars(program) if name.startswith("by_")]
found = {}
for name in names:
    f, h = getattr(program, name), 1e-4
    # `ruled` says what its derivative is; the others are differenced
    want = None if name == "by_rule" else (f(1.3 + h) - f(1.3 - h)) / (2 * h)
    found[name] = [float(grad(f)(1.3)), want]
compiler = sorted(m for m in sys.modules if m.startswith(("adjoint.frontend", "adjoint.emit", "adjoint.ir.ops.")))
print(json.dumps([found, compiler]))
"""
