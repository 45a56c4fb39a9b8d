"""What is refused, is refused at its own place, with a reason and a way out."""

import zlib

import numpy as np
import pytest

from adjoint.errors import AdjointError, AliasNotProvable, NoRule, OutsideEffect, ShapeAssumption, UnsupportedConstruct
from adjoint.frontend.lower import lower
from adjoint.ir.signature import types_from_values

REFUSED = []
STATE = 1.0


class Box:
    size = 2.0


BOX = Box()


def refused(*args, text, kind=UnsupportedConstruct):
    def register(function):
        REFUSED.append(pytest.param(function, args, text, kind, id=function.__name__))
        return function

    return register


@refused(1.0, text="y = 1 / x")
def uses_try(x):
    y = x
    try:
        y = 1 / x
    except ZeroDivisionError:
        y = 0
    return y


@refused(1.0, text="global STATE", kind=OutsideEffect)
def writes_global(x):
    global STATE
    STATE = x
    return x


@refused(1.0, text="BOX.size", kind=AliasNotProvable)
def stores_attribute(x):
    BOX.size = x
    return x


@refused(np.zeros(3), text="a += np.ones((3, 3, 3))", kind=ShapeAssumption)
def augments_to_larger(x):
    a = x * 2
    a += np.ones((3, 3, 3))
    return a


@refused(np.zeros(3), text="x > 0")
def truth_of_array(x):
    if x > 0:
        return x
    return -x


@refused(1.0, text="zlib.crc32(x)", kind=NoRule)
def no_rule(x):
    return zlib.crc32(x) + x


@refused(1.0, text="unknown(x)")
def unknown_name(x):
    return unknown(x)  # noqa: F821


@refused(np.zeros(3), 0, text="np.sum(x, axis=k)")
def run_time_attribute(x, k):
    return np.sum(x, axis=k)


@refused(1.0, text="y")
def never_bound(x):
    if x is None:
        y = 1.0
    return y


@refused(1.0, text="return x")
def mixed_results(x):
    if x > 0:
        return x, x
    return x


@refused(np.zeros((2, 3)), text="np.zeros((3, 2)) @ np.zeros((4, 2))", kind=ShapeAssumption)
def misfit(x):
    return x @ x @ np.zeros(4) + np.zeros((3, 2)) @ np.zeros((4, 2))


@refused(1.0, text="x")
def float_range(x):
    for _ in range(x):
        x = x + 1
    return x


@refused(1.0, text="x[0]")
def indexes_number(x):
    return x[0]


@refused(1.0, text="a, b = x, 1, 2", kind=ShapeAssumption)
def unpack_misfit(x):
    a, b = x, 1, 2
    return a + b


@refused(1.0, text="def never_returns(x)")
def never_returns(x):
    return forever(x)


def forever(x):
    return forever(x + 1)


@pytest.mark.parametrize(("function", "args", "text", "kind"), REFUSED)
def test_refused_at_its_place(function, args, text, kind):
    names = function.__code__.co_varnames
    with pytest.raises(AdjointError) as caught:
        lower(function, types_from_values(args, names))
    error = caught.value
    assert type(error) is kind, error.report()
    assert error.filename == __file__
    assert error.lineno >= function.__code__.co_firstlineno
    notes = "\n".join(error.__notes__)
    assert "why: " in notes and "fix: " in notes
    assert error.text[error.offset - 1 :].startswith(text), error.report()
    assert "^" in error.report()
