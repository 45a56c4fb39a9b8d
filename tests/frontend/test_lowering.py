"""Lowered IR is valid and means what the function means."""

import contextlib
import io

import numpy as np
import pytest

from adjoint.frontend.lower import lower
from adjoint.ir.evaluate import evaluate
from adjoint.ir.printer import print_function
from adjoint.ir.signature import types_from_values
from adjoint.ir.verify import verify
from tests.frontend.programs import PROGRAMS

CASES = [pytest.param(f, args, id=f"{f.__name__}-{i}") for f, many in PROGRAMS for i, args in enumerate(many)]


def full_arguments(function, args):
    defaults = function.__defaults__ or ()
    missing = function.__code__.co_argcount - len(args)
    return (*args, *(defaults[len(defaults) - missing :] if missing else ()))


def same(a, b):
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return np.shape(a) == np.shape(b) and np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize(("function", "args"), CASES)
def test_means_the_same(function, args):
    args = full_arguments(function, args)
    names = function.__code__.co_varnames
    lowered = lower(function, types_from_values(args, names))
    verify(lowered)
    expected, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(expected):
        wanted = function(*args)
    with contextlib.redirect_stdout(said):
        got = evaluate(lowered, args)
    assert same(got, wanted), print_function(lowered)
    assert said.getvalue() == expected.getvalue()
