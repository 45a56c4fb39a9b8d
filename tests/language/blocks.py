"""`with` and `try`: context managers of numpy, of the library and of one's own; finally; exceptions that can be foreseen."""

import contextlib
import math
import os
import warnings
from contextlib import ExitStack, contextmanager, nullcontext, suppress

import numpy as np

from tests.language.registry import program


@program((np.array([0.5, 1.5, 2.0]),))
def errstate(v):
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = v / v.sum()
        logs = np.log(ratio)
    return -np.sum(ratio * logs)


@program((np.array([0.5, -0.5, 2.0]),))
def errstate_with_mask(v):
    with np.errstate(divide="ignore"):
        return np.sum(np.where(v > 0.0, v * np.log(np.where(v > 0.0, v, 1.0)), 0.0))


@program((0.7,))
def null_context(x):
    with nullcontext():
        y = x * x
    with nullcontext(x + 1.0) as z:
        y = y * z
    return y


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __enter__(self):
        return self.factor * 2.0

    def __exit__(self, kind, error, trace):
        return False


@program((0.7,))
def own_context_class(x):
    with Scaled(x) as scale:
        y = scale * x
    return y + scale


class Level:
    def __init__(self):
        self.depth = 0.0

    def __enter__(self):
        self.depth += 1.0
        return self

    def __exit__(self, *details):
        self.depth -= 0.25


@program((0.7,))
def context_with_state(x):
    level = Level()
    total = 0.0
    for k in range(3):
        with level:
            total += x * level.depth
            with level as inner:
                total *= inner.depth * x
    return total + level.depth


@contextmanager
def temporarily(values, item, replacement):
    before = values[item]
    values[item] = replacement
    try:
        yield values
    finally:
        values[item] = before


@program(([0.7, 1.5],))
def own_context_manager(values):
    with temporarily(values, 0, values[1] * 2.0) as changed:
        inside = changed[0] * changed[1]
    return inside + values[0] ** 2


@contextmanager
def shifted(x, amount):
    yield x + amount


@program((0.7,))
def two_managers(x):
    with shifted(x, 1.0) as a, shifted(a, x) as b:
        return a * b


@program((0.7,))
def parenthesised_managers(x):
    with (
        shifted(x, 0.5) as a,
        nullcontext(a * a) as b,
    ):
        y = a * b
    return y


@program((0.7,), more=[(-0.7,)])
def return_from_with(x):
    for k in range(3):
        with Scaled(x) as s:
            if s * k > 1.0:
                return s * s
            x = x + 0.2
    return x


@program((0.7,))
def warnings_caught(x):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = np.sqrt(x)
    return y * x


@program((0.7,))
def try_finally(x):
    log = []
    try:
        y = x * x
        log.append(y)
    finally:
        log.append(x)
    return log[0] * log[1]


@program((0.7,))
def finally_after_return(x):
    total = [0.0]

    def inner(v):
        try:
            return v * v
        finally:
            total[0] += v

    return inner(x) * inner(2.0) + total[0]


@program((0.7,))
def finally_in_a_loop(x):
    cleaned = 0.0
    for k in range(4):
        try:
            if k == 1:
                continue
            if k == 3:
                break
            x = x * 1.5
        finally:
            cleaned += x
    return x * cleaned


@program((0.7,))
def nothing_raised(x):
    try:
        y = x * 2.0
    except ZeroDivisionError:
        y = 0.0
    else:
        y = y + 1.0
    return y * x


@program((0.7, "missing"), more=[(0.7, "rate")])
def key_error(x, name):
    table = {"rate": 2.0}
    try:
        rate = table[name]
    except KeyError:
        rate = x
    return rate * x


@program((0.7, [1.0, 2.0]))
def index_error(x, values):
    try:
        last = values[5]
    except IndexError:
        last = values[-1] * x
    return last * x


@program((0.7,))
def attribute_error(x):
    try:
        size = x.size
    except AttributeError:
        size = 1
    return x * (size + 1)


@program((0.7,))
def import_error(x):
    try:
        import module_that_is_not_there as m
    except ImportError:
        m = math
    return m.cos(x) * x


@program((0.7,))
def type_test_by_try(x):
    try:
        n = len(x)
    except TypeError:
        n = 1
    return x**2 / n


@program((0.7, 0), more=[(0.7, 2)])
def static_division_by_zero(x, n):
    try:
        weight = 1 / n
    except ZeroDivisionError:
        weight = 0.5
    return weight * x * x


@program((0.7,))
def raised_and_caught_here(x):
    try:
        if len("abc") == 3:
            raise ValueError("always")
        y = x
    except ValueError:
        y = x * x
    return y


class NotConverged(Exception):
    pass


def solve(x, steps):
    if steps < 2:
        raise NotConverged(steps)
    for _ in range(steps):
        x = 0.5 * (x + 2.0 / x)
    return x


@program((1.5,))
def retried(x):
    for steps in (1, 3):
        try:
            root = solve(x, steps)
            break
        except NotConverged:
            continue
    else:
        return 0.0
    return root * x


@program((-1.5,), raises=True)
def exception_passes_through_finally(x):
    try:
        return math.sqrt(x)
    finally:
        x = 0.0


@program((1.5,), raises=True)
def reraised_from(x):
    try:
        return solve(x, 0)
    except NotConverged as error:
        raise RuntimeError("no root") from error


@program((0.7,))
def suppressed(x):
    y = x * x
    with suppress(KeyError):
        y = {"a": 1.0}["b"]
    return y * 3.0


@program((0.7,))
def exit_stack(x):
    with ExitStack() as stack:
        a = stack.enter_context(nullcontext(x * 2.0))
        b = stack.enter_context(shifted(a, x))
    return a * b


@program((0.7,))
def redirected_output(x):
    with contextlib.redirect_stdout(None):
        print("unseen")
    return x**3


@program((0.7,))
def nested_try(x):
    try:
        try:
            y = solve(x, 1)
        finally:
            x = x * 2.0
    except NotConverged:
        y = x
    return x * y


@program((0.7,))
def written_to_a_file(x):
    with open(os.devnull, "w") as log:
        log.write(f"{x}\n")
    return x * x
