"""Scopes, handlers, text and imports: lowered, emitted and differentiated they mean what Python means."""

import contextlib
import io
import math

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
from tests.frontend.manager_programs import PROGRAMS as WITH_MANAGERS
from tests.frontend.scope_programs import PROGRAMS as WITH_SCOPES

PROGRAMS = WITH_SCOPES + WITH_MANAGERS
CASES = [pytest.param(f, args, id=f"{f.__name__}-{i}") for f, many in PROGRAMS for i, args in enumerate(many)]
STEP = 1e-6


def said(function, *args):
    """The result and what was printed."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        result = function(*args)
    return result, out.getvalue()


def lowered(function, args):
    made = lower(function, types_from_values(args, function.__code__.co_varnames))
    verify(made)
    return made


@pytest.mark.parametrize(("function", "args"), CASES)
def test_lowered(function, args):
    made = lowered(function, args)
    assert said(evaluate, made, args) == said(function, *args), print_function(made)


@pytest.mark.parametrize(("function", "args"), CASES)
def test_emitted(function, args):
    emitted = emit_module(lowered(function, args))
    space = dict(emitted.bindings)
    exec(compile(emitted.source, "<emitted>", "exec"), space)
    assert said(space[emitted.entry_name], *args) == said(function, *args), emitted.source


def difference(function, args):
    """The gradient in the first argument by central differences."""
    x = np.asarray(args[0])
    found = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        step = np.zeros(x.shape)
        step[i] = STEP
        ends = [said(function, type(args[0])(x + s) if x.shape == () else x + s, *args[1:])[0] for s in (step, -step)]
        found[i] = (ends[0] - ends[1]) / (2 * STEP)
    return found


@pytest.mark.parametrize(("function", "args"), CASES)
def test_differentiated(function, args):
    expected, printed = said(function, *args)
    (value, gradient), out = said(adjoint.value_and_grad(function), *args)
    assert value == expected and out == printed
    wanted = difference(function, args)
    np.testing.assert_allclose(gradient, wanted, rtol=1e-5, atol=1e-6)
    direction = np.ones(np.shape(args[0])) if np.shape(args[0]) else 1.0
    zeros = tuple(0.0 if isinstance(arg, float) else None for arg in args[1:])
    (_, tangent), out = said(adjoint.jvp, function, args, (direction, *zeros))
    np.testing.assert_allclose(tangent, np.sum(gradient * direction), rtol=1e-12)
    assert out == printed


@pytest.mark.parametrize(("function", "args"), [case for case in CASES if np.shape(case.values[1][0]) == ()])
def test_second_order(function, args):
    first = adjoint.grad(function)
    second, _ = said(adjoint.grad(first), *args)
    np.testing.assert_allclose(second, difference(first, args), rtol=1e-4, atol=1e-5)


def text_of(function, *args):
    return emit_module(lowered(function, args)).source


# -- how it is printed


def test_with_is_printed_as_with():
    from tests.frontend.scope_programs import straight

    assert text_of(straight, 3.0).endswith(
        'def straight(x):\n    with np.errstate(divide="ignore"):\n        y = x * x\n    return y * x\n'
    )


def test_what_is_returned_inside_stays_inside():
    from tests.frontend.scope_programs import over_arrays

    text = text_of(over_arrays, np.ones(3))
    assert '    with np.errstate(divide="ignore", invalid="ignore"):\n        return np.sum(' in text


def test_an_empty_body_is_pass():
    from tests.frontend.scope_programs import an_empty_body

    assert "    with Noisy():\n        pass\n    return x * x\n" in text_of(an_empty_body, 2.0)


def test_the_reverse_sweep_is_outside():
    from tests.frontend.scope_programs import straight

    lines = adjoint.grad(straight).source.splitlines()
    start = next(i for i, line in enumerate(lines) if "with " in line)
    assert lines[start + 1].startswith("        ") and not lines[start + 2].startswith("        ")


def test_exceptions_pass_through_scopes():
    from tests.frontend.scope_programs import Noisy

    def fails(x):
        with Noisy("failing"):
            if x > 1:
                raise ValueError("too big")
            return x * x

    with pytest.raises(ValueError, match="too big"):
        said(adjoint.grad(fails), 2.0)
    assert said(adjoint.grad(fails), 0.5)[0] == 1.0


# -- what is refused


class Swallows:
    def __enter__(self):
        return 1.0

    def __exit__(self, *exception):
        return True


@contextlib.contextmanager
def swallows():
    try:
        yield
    except ValueError:
        pass


@contextlib.contextmanager
def passes_on():
    try:
        yield
    except ValueError:
        print("again")
        raise


COUNT = 0


class Counts:
    def __enter__(self):
        global COUNT
        COUNT += 1

    def __exit__(self, *exception):
        pass


def may_fail_late(x):
    while x < 3.0:
        x = x * 2.0
        if x < 0.0:
            raise ValueError
    return x


@contextlib.contextmanager
def twice(values):
    yield from values


@contextlib.contextmanager
def recursive(x):
    with recursive(x) as value:
        yield value


class Reports:
    def __enter__(self):
        return 2.0

    def __exit__(self, kind, error, trace):
        print("failed" if kind else "done")


class Totals:
    def __init__(self, value):
        self.value = value

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        print(self.value)


def fails_in_a_loop(x):
    for k in range(3):
        if k * x > 5.0:
            raise ValueError
    return x


def goes_down(x):
    if x < 0.0:
        raise ValueError
    return x if x < 2.0 else goes_down(x - 1.5)


REFUSED = []


def refused(*args, text, reason):
    def register(function):
        REFUSED.append(pytest.param(function, args, text, reason, id=function.__name__))
        return function

    return register


@refused(1.0, text="Swallows()", reason="may swallow an exception")
def swallowing_class(x):
    with Swallows():
        y = x
    return y


@refused(1.0, text="try:", reason="`y = math.log(x)` may raise ValueError, which the `try` catches")
def swallowing_generator(x):
    y = x
    with swallows():
        y = math.log(x)
    return y


@refused(1.0, text="y = may_fail_late(x)", reason="may raise ValueError, which the `try` catches")
def suppresses(x):
    y = x
    with contextlib.suppress(ValueError):
        y = may_fail_late(x)
    return y


@refused(1.0, text="Counts()", reason="changes the global 'COUNT'")
def counting(x):
    with Counts():
        y = x
    return y


@refused(np.ones(2), text="contextlib.closing(x)", reason="is passed to")
def hands_out_arrays(x):
    with contextlib.closing(x):
        y = np.sum(x)
    return y


@refused(1.0, text="twice([x])", reason="is passed to")
def yields_in_a_loop(x):
    with twice([x]) as value:
        y = value * x
    return y


@refused(3.0, text="math.sqrt(x) * value", reason="works on float and an object")
def reports_the_exception(x):
    with Reports() as value:
        y = math.sqrt(x) * value
    return y


@refused(3.0, text="Reports(", reason="is caught outside of it")
def reports_what_is_caught(x):
    try:
        with Reports():
            if x > 1:
                raise ValueError
            y = x
    except ValueError:
        y = x * x
    return y


@refused(3.0, text="passes_on()", reason="is caught outside of it")
def prints_again_what_is_caught(x):
    try:
        with passes_on():
            if x > 1:
                raise ValueError
            y = x
    except ValueError:
        y = x * x
    return y


@refused(3.0, text="total.value * math.sqrt(x)", reason="works on `value`")
def reports_the_total(x):
    with Totals(x) as total:
        total.value = total.value * math.sqrt(x)
    return total.value


@refused(3.0, text="recursive(x)", reason="may swallow")
def enters_itself(x):
    with recursive(x) as value:
        return value


@refused(3.0, text="y = fails_in_a_loop(x)", reason="may raise ValueError")
def callee_raises_in_a_loop(x):
    try:
        y = fails_in_a_loop(x)
    except ValueError:
        y = 0.0
    return y


@refused(3.0, text="y = goes_down(x)", reason="may raise ValueError")
def callee_calls_itself(x):
    try:
        y = goes_down(x)
    except ValueError:
        y = 0.0
    return y


@refused(1.0, text="y = math.log(x)", reason="may raise ValueError, which the `try` catches")
def may_raise(x):
    try:
        y = math.log(x)
    except ValueError:
        y = 0.0
    return y


@refused(2.0, text="y = 1 / x", reason="may raise ZeroDivisionError")
def divides(x):
    y = x
    try:
        y = 1 / x
    except ZeroDivisionError:
        y = 0.0
    return y


@refused(2.0, text="raise ValueError", reason="may raise ValueError")
def raises_in_loop(x):
    try:
        for i in range(3):
            if x > i:
                raise ValueError
        y = x
    except ValueError:
        y = 0.0
    return y


@refused(2.0, text="n", reason="may change in the body")
def finally_reads_what_changes(x):
    n = 0
    try:
        y = x * x
        n = 1
    finally:
        print(n)
    return y * n


@refused(2.0, text="return x", reason="a jump out of `finally`")
def finally_returns(x):
    try:
        y = x * x
    finally:
        return x  # noqa: B012  # what is tested
    return y


@refused(2.0, text="y", reason="on one path and nothing on another")
def read_after_del(x):
    y = x
    del y
    return y  # noqa: F821  # what is tested


@refused(2.0, text="y", reason="")
def read_after_conditional_del(x):
    y = x * x
    if x > 1:
        del y
    return y


@refused(2.0, text="global COUNT", reason="assigns to the global 'COUNT'")
def writes_global(x):
    global COUNT
    COUNT = x
    return x


@refused(2.0, text="float(f'{x}')", reason="string made at run time")
def number_of_text(x):
    return float(f"{x}") * x


@refused(2.0, text="import a_module_that_is_not_there", reason="the import fails")
def import_fails(x):
    import a_module_that_is_not_there

    return x * a_module_that_is_not_there.y


@pytest.mark.parametrize(("function", "args", "text", "reason"), REFUSED)
def test_refused(function, args, text, reason):
    with pytest.raises(AdjointError) as caught:
        adjoint.grad(function)(*args)
    error = caught.value
    assert reason in str(error) and "fix:" in "".join(error.__notes__)
    start = error.text[error.offset - 1 :]
    assert start.startswith(text.replace("f'{x}'", 'f"{x}"')), error.report()


@pytest.mark.parametrize("name", ["raised_anew", "raised_again"])
def test_exceptions_of_handlers_are_those_of_the_function(name):
    function = next(f for f, _ in PROGRAMS if f.__name__ == name)
    errors = []
    for each in (function, adjoint.grad(function)):
        with pytest.raises((ValueError, RuntimeError)) as caught:
            said(each, 6.0)
        errors.append((type(caught.value), caught.value.args, type(caught.value.__cause__)))
    assert errors[0] == errors[1]


def test_a_generator_that_raises_again_is_fine():
    def uses(x):
        with passes_on():
            y = x * x
        return y

    assert adjoint.grad(uses)(3.0) == 6.0
