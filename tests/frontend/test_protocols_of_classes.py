"""What a class says of its objects by special methods: followed as Python does, or refused with a name."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint
from adjoint.errors import AdjointError
from tests.inplace.judge import judge

X = np.array([0.7, -0.4, 1.1, 0.3])


class Solver:
    def __init__(self, u):
        self.u = u
        self.rate = self.decay

    def decay(self):
        return self.u[0]


def weigh(u, z):
    return u[0] * z


class Model:
    def __init__(self, u):
        self.u = u
        self.apply = functools.partial(weigh, u)


class Base:
    def __init__(self, a):
        self.a = a

    def __add__(self, other):
        return self.a + other.a

    def __radd__(self, other):
        return self.a + other.a

    def __eq__(self, other):
        return self.a == other.a


class Derived(Base):
    def __radd__(self, other):
        return 10 * self.a + other.a

    def __eq__(self, other):
        return abs(self.a - other.a) < 2.0


class Plain(Base):
    pass


class Larger:
    def __init__(self, a):
        self.a = a

    def __eq__(self, other):
        return self.a > other.a


def copied_method(x):
    a = Solver(x.copy())
    b = copy.deepcopy(a)
    b.u[0] = x[1] ** 2
    return b.rate() + a.rate()


def copied_partial(x):
    a = Model(x.copy())
    b = copy.deepcopy(a)
    a.u[0] = 5 * x[1]
    return b.apply(x[2]) * a.apply(x[3])


def method_of_the_subclass_first(x):
    return (Base(x[0]) + Derived(x[1])) * (Derived(x[2]) + Base(x[3]))


def method_that_it_inherits(x):
    return Base(x[0]) + Plain(x[1])


def comparison_of_the_subclass_first(x):
    return x[1] if Base(x[0]) == Derived(x[2]) else x[2] ** 2


def item_is_asked_first(x):
    return x[0] if Larger(x[2]) in [Larger(x[0]), Larger(x[1])] else x[3] * x[1]


def copied_number(x):
    k = 2.0
    if x[0] > 0.5:
        k = x[1]
    return copy.deepcopy(k) * copy.copy(x[2])


@pytest.mark.parametrize(
    "function",
    [
        copied_method,
        copied_partial,
        method_of_the_subclass_first,
        method_that_it_inherits,
        comparison_of_the_subclass_first,
        item_is_asked_first,
        copied_number,
    ],
    ids=lambda f: f.__name__,
)
def test_right(function: Callable[..., Any]) -> None:
    judge(function, (X,))


class Positive:
    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, held, owner=None):
        return getattr(held, self.name)

    def __set__(self, held, value):
        setattr(held, self.name, value if value > 0 else 0.5 * value)


class Checked:
    mass = Positive()

    def __init__(self, mass):
        self.mass = mass


class Doubled:
    def __init__(self, u):
        self.u = u

    def __getattribute__(self, name):
        return object.__getattribute__(self, name) * 2


class Quantity:
    def __init__(self, v):
        self.v = v

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.v * 2)


class State:
    def __init__(self, u):
        self.u = u
        self.k = 3.0

    def __getstate__(self):
        return {"u": self.u}

    def __setstate__(self, state):
        self.u = state["u"]
        self.k = 7.0


class Vector:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def __len__(self):
        return 2

    def __getitem__(self, i):
        return (10 * self.b, self.a)[i]

    def __rmul__(self, s):
        return Vector(3 * s * self.a, s * self.b)


class Dual:
    def __init__(self, a):
        self.a = a

    def sqrt(self):
        return 9 * self.a


class Rows:
    def __init__(self, u):
        self.u = u
        self.i = 0

    def __iter__(self):
        return self

    def __next__(self):
        if self.i >= len(self.u):
            raise StopIteration
        self.i += 1
        return self.u[self.i - 1]


def descriptor(x):
    return Checked(x[1]).mass * x[2]


def own_attribute_access(x):
    return Doubled(x[0]).u * x[1]


def array_protocol(x):
    return np.sum(np.sin(Quantity(x)))


def own_state(x):
    return copy.deepcopy(State(x)).k * x[1]


def number_before_a_sequence(x):
    w = x[0] * Vector(x[1], x[2])
    return w[0] + w[1]


def array_of_an_object(x):
    return np.array(Vector(x[0], x[1]))[0] * x[2]


def function_of_an_object(x):
    return np.sum(np.sqrt(Dual(x[0])) * x[1])


def iterator(x):
    s = 0.0
    for z in Rows(x):
        s += z * z
    return s


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (descriptor, "Positive"),
        (own_attribute_access, "__getattribute__"),
        (array_protocol, "__array__"),
        (own_state, "__getstate__"),
        (number_before_a_sequence, "__rmul__"),
        (array_of_an_object, "Vector"),
        (function_of_an_object, "Dual"),
        (iterator, "__next__"),
    ],
    ids=lambda f: getattr(f, "__name__", ""),
)
def test_refused_with_a_name(function: Callable[..., Any], said: str) -> None:
    with pytest.raises(AdjointError) as raised:
        adjoint.grad(function)(X)
    assert said in f"{raised.value} {raised.value.why}"
    assert raised.value.lineno is not None
