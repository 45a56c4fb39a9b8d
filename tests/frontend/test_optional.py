"""Values of one kind on one path and of another on the next mean what Python means, in every mode and at order two."""

import numpy as np
import pytest

import adjoint
from adjoint.emit.python import emit_module
from adjoint.errors import AdjointError
from adjoint.frontend.lower import lower
from adjoint.ir.evaluate import evaluate
from adjoint.ir.printer import print_function
from adjoint.ir.signature import types_from_values
from adjoint.ir.verify import verify
from tests.frontend.optional_programs import PROGRAMS
from tests.support import check

CASES = [pytest.param(f, args, id=f"{f.__name__}-{i}") for f, many in PROGRAMS for i, args in enumerate(many)]
STEP = 1e-6


def outcome(function, *args):
    """What a call gives, or the class of what it raises; no derivative is taken where the result is None."""
    try:
        result = function(*args)
    except (TypeError, AttributeError, UnboundLocalError, AssertionError) as error:
        return type(error)
    return TypeError if result is None else result


def like(value, numbers):
    """Numbers in the form of an argument."""
    return numbers.tolist() if isinstance(value, list) else type(value)(numbers) if numbers.ndim == 0 else numbers


def difference(function, args):
    """The gradient in the first argument by central differences."""
    x = np.asarray(args[0], dtype=float)
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = STEP
        ends = [function(like(args[0], x + s), *args[1:]) for s in (step, -step)]
        found[i] = (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize(("function", "args"), CASES)
def test_lowered_and_emitted(function, args):
    made = lower(function, types_from_values(args, function.__code__.co_varnames))
    verify(made)
    emitted = emit_module(made)
    space = dict(emitted.bindings)
    exec(compile(emitted.source, "<emitted>", "exec"), space)
    expected = outcome(function, *args)
    assert outcome(space[emitted.entry_name], *args) == expected, emitted.source
    if not isinstance(expected, type):
        assert evaluate(made, args) == expected, print_function(made)


@pytest.mark.parametrize(("function", "args"), CASES)
def test_differentiated(function, args):
    expected = outcome(function, *args)
    if isinstance(expected, type):
        assert outcome(adjoint.value_and_grad(function), *args) is expected
        return
    value, gradient = adjoint.value_and_grad(function)(*args)
    np.testing.assert_allclose(value, expected, rtol=1e-12)
    np.testing.assert_allclose(gradient, difference(function, args), rtol=1e-5, atol=1e-6)
    direction = like(args[0], np.ones(np.shape(args[0])))
    zeros = tuple(0.0 if isinstance(arg, float) else None for arg in args[1:])
    _, tangent = adjoint.jvp(function, args, (direction, *zeros))
    np.testing.assert_allclose(tangent, np.sum(gradient), rtol=1e-12)


@pytest.mark.parametrize(("function", "args"), [case for case in CASES if np.shape(case.values[1][0]) == ()])
def test_second_order(function, args):
    if isinstance(outcome(function, *args), type):
        return
    first = adjoint.grad(function)
    step = 1e-5
    ends = [first(args[0] + s, *args[1:]) for s in (step, -step)]
    np.testing.assert_allclose(adjoint.grad(first)(*args), (ends[0] - ends[1]) / (2 * step), rtol=1e-4, atol=1e-6)


def asked_of_a_join(x, n):
    y = x if x > n else 2
    return y * x if isinstance(y, float) else y * 10.0 * x


def put_into_a_list(xs):
    best, seen = None, []
    for v in xs:
        seen.append(best)
        best = v
    return best * len(seen)


REFUSED = [(asked_of_a_join, (0.7, 0.1)), (put_into_a_list, ([1.0, 2.0, 3.0, 4.0, 5.0],))]


@pytest.mark.parametrize(("function", "args"), REFUSED)
def test_refused(function, args):
    with pytest.raises(AdjointError) as refusal:
        adjoint.grad(function)(*args)
    assert refusal.value.lineno is not None and refusal.value.fix


def _bound_in_a_pass(x):
    h = None
    for v in x:
        if v > 0.5:
            h = [p * v for p in x]
    s = 0.0
    for p in h:
        s += p**2
    return s


def _read_in_the_next_pass(x):
    h, s = None, 0.0
    for v in x:
        if h is not None:
            s += h[0] * v
        h = [p * v for p in x]
    return h[0] * h[1] + s


@pytest.mark.parametrize("function", [_bound_in_a_pass, _read_in_the_next_pass], ids=lambda f: f.__name__)
def test_a_list_that_is_none_before_a_loop(function):
    check(function, np.array([0.7, 1.3, 0.4]))
