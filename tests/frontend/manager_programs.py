"""Programs with context managers of their own, and calls whose exceptions are caught: as `scope_programs`."""

import contextlib
import math
import time

import numpy as np

PROGRAMS = []


def program(*many):
    def register(function):
        PROGRAMS.append((function, many))
        return function

    return register


# -- classes


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    def __enter__(self):
        return self.factor * 2.0

    def __exit__(self, kind, error, trace):
        return False


class Level:
    def __init__(self, start=0.0):
        self.depth = start

    def __enter__(self):
        self.depth += 1.0
        return self

    def __exit__(self, *details):
        self.depth *= 0.5


class Stopwatch:
    """Reads a clock, which nobody sees."""

    def __enter__(self):
        self.start = time.perf_counter()
        return self

    def __exit__(self, kind, error, trace):
        self.seconds = time.perf_counter() - self.start


class Loud:
    """Gives a number, and prints."""

    def __init__(self, x):
        self.x = x

    def __enter__(self):
        print("in")
        return self.x * self.x

    def __exit__(self, *details):
        print("out")


class Restoring:
    """Puts an item of a dict back, unless there was none."""

    def __init__(self, table, key, value):
        self.table, self.key, self.value = table, key, value

    def __enter__(self):
        self.before = self.table[self.key]
        self.table[self.key] = self.value
        return self.table

    def __exit__(self, kind, error, trace):
        if kind is None:
            self.table[self.key] = self.before + 0.5 * self.table[self.key]


class Base:
    def __enter__(self):
        self.total = 0.0
        return self

    def __exit__(self, *details):
        self.total = self.total * 3.0


class Derived(Base):
    def __enter__(self):
        super().__enter__()
        self.total += 1.0
        return self

    def add(self, value):
        self.total += value


@program((0.7,), (-0.3,))
def enters_a_number(x):
    with Scaled(x) as y, Scaled(y * x) as z:
        if z > 1.0:
            return y * z
        w = y + z
    return w * y * x


@program((0.7,), (1.9,))
def state_of_an_object(x):
    level = Level(x)
    total = 0.0
    for k in range(4):
        with level:
            if k == 1:
                continue
            with level as inner:
                total += inner.depth * x
            if total > 4.0:
                break
            total *= level.depth
    return total + level.depth


@program((0.7,))
def read_after_the_with(x):
    with Derived() as sums:
        sums.add(x)
        sums.add(x * x)
    return sums.total * x


@program((0.7,), (3.0,))
def returned_before_it_is_left(x):
    level = Level(x)

    def inner():
        with level:
            if x > 1.0:
                return level.depth
            return level.depth * x

    return inner() + level.depth


@program((0.7,))
def the_object_itself_is_returned(x):
    def made():
        level = Level(x)
        with level:
            return level

    return made().depth * x


@program((0.7,))
def a_clock_is_read(x):
    with Stopwatch() as watch:
        y = x * x
    return y if watch.seconds >= 0.0 else -y


@program((0.7,), (2.0,))
def prints_and_gives_a_number(x):
    with Loud(x) as y:
        print("inside")
        if y > 3.0:
            return y * 2.0
        z = y * x
    return z


@program((0.7,))
def a_table_is_restored(x):
    table = {"rate": x, "scale": 2.0}
    with Restoring(table, "rate", x * x) as inner:
        y = inner["rate"] * table["scale"]
        table["rate"] = y * 3.0
    return y * table["rate"]


@program((0.7,))
def several_names(x):
    class_ = contextlib.nullcontext((x, x * x))
    with class_ as (a, b), pair(a, b) as (c, d):
        return c * d + b


# -- generators


@contextlib.contextmanager
def pair(a, b):
    """Yields a tuple."""
    yield a * b, a + b


@contextlib.contextmanager
def replaced(values, item, value):
    before = values[item]
    values[item] = value
    try:
        yield values
    finally:
        values[item] = before


@contextlib.contextmanager
def counted(log):
    log.append(0.0)
    scale = 2.0 if len(log) > 1 else 3.0
    yield scale
    if len(log) > 5:
        return
    log[-1] += scale


@contextlib.contextmanager
def nested_managers(x):
    with np.errstate(all="ignore"):
        with Scaled(x) as y, pair(x, y) as (z, _):
            yield z
    print("left")


@contextlib.contextmanager
def announced(name):
    print("begin", name)
    try:
        yield len(name) * 1.0
    finally:
        print("end", name)


@contextlib.contextmanager
def swallowing():
    try:
        yield 2.0
    except KeyError:
        print("never")


class Model:
    def __init__(self, gain):
        self.gain = gain

    @contextlib.contextmanager
    def gained(self, factor, *, offset=0.0):
        before = self.gain
        self.gain = before * factor + offset
        yield self
        self.gain = before

    def __call__(self, x):
        return self.gain * x


@program((0.7,))
def a_list_is_restored(x):
    values = [x, 2.0 * x]
    with replaced(values, 0, values[1] * x) as changed:
        inside = changed[0] * changed[1]
        changed.append(inside)
    return inside + values[0] ** 2 + values[-1]


def product_of(values):
    with replaced(values, 1, values[0] * 3.0) as inner:
        y = values[1] * values[0]
        inner[0] = y
    return y * values[1]


@program((0.7,))
def an_argument_is_restored(x):
    values = [x, x * x]
    return product_of(values) * values[0] * values[1]


@program((0.7,))
def left_after_a_return(x):
    log = []
    total = 0.0
    for _ in range(7):
        with counted(log) as scale:
            total += scale * x
            if total > 100.0:
                break
    return total * x + sum(log)


@program((0.7,), (1.7,))
def jumps_out_of_generators(x):
    total = 0.0
    for k in range(4):
        with nested_managers(x * k) as y:
            if k == 1:
                continue
            total += y * x
            if total > 3.0:
                return total * y
    return total


@program((0.7,), (-0.7,))
def finally_of_a_generator(x):
    with announced("first") as a, announced("other") as b:
        if x < 0.0:
            return a * x * x
        y = a * b * x
    return y * y


@program((0.7,))
def a_method_as_manager(x):
    model = Model(x)
    with model.gained(x, offset=1.0) as inner:
        y = inner(x)
        with model.gained(2.0):
            y = y * model(x)
    return y * model(x)


@program((0.7,))
def the_same_manager_inside_itself(x):
    with pair(x, 2.0) as (a, _):
        with pair(a, x) as (b, c):
            y = a * b
            with pair(y, c) as (d, _):
                y = d * y
        x = y * b
    return x * a


@program((0.7,))
def nothing_to_swallow(x):
    with swallowing() as y:
        z = y * x
    return z * z


@program((0.7,))
def names_are_kept_apart(x):
    before, values, item = x * 2.0, [x], 0
    with replaced(values, item, before):
        before = values[0] * x
        item = 5
    return before * values[0] * item


@program((0.7,))
def closures_over_managers(x):
    def scaled(f, by):
        with Scaled(by) as s:
            return lambda v: f(v) * s

    return scaled(lambda v: v * x, x)(x)


@program((0.7,))
def stacks(x):
    with contextlib.ExitStack() as stack:
        a = stack.enter_context(Scaled(x))
        stack.enter_context(announced("stack"))
        b, c = stack.enter_context(pair(a, x))
        y = a * b * c
    return y


@contextlib.contextmanager
def around():
    print("around")
    yield


@around()
def decorated(x):
    return x * x


@program((0.7,))
def managers_as_decorators(x):
    return decorated(x) * decorated(x + 1.0)


# -- exceptions of functions that are called


class TooBig(Exception):
    pass


def checked(x, limit=1.0):
    if x > limit:
        raise TooBig(x, "too big")
    for k in range(3):
        if k * x > 2.0:
            return x * k
    return x * x


def through(x):
    y = checked(x) * 2.0
    if y < 0.0:
        raise ValueError("negative")
    return y + x


def cubed(x):
    return x**3


@program((0.7,), (1.3,))
def a_function_raises(x):
    try:
        y = checked(x)
    except TooBig:
        y = -x * x
    return y * x


@program((0.7,), (1.3,))
def in_the_middle_of_a_statement(x):
    total = 1.0
    try:
        total += x * checked(x) + 2.0 * checked(x + 0.2) - cubed(x)
        total = total * x
    except TooBig as error:
        print(error)
        total = total * x * x
    else:
        total = total + x
    return total


@program((0.7,), (1.3,), (-0.9,))
def through_two_functions(x):
    try:
        if x > -1.0:
            y = through(x)
        else:
            y = through(-x)
    except TooBig as error:
        print("big", error)
        y = x * 5.0
    except (ValueError, KeyError) as error:
        print("value", error)
        return x * 7.0
    finally:
        print("finally")
    return y * y


@program((0.7,), (1.3,))
def outer_and_inner_handlers(x):
    y = 1.0
    try:
        try:
            y = y * checked(x)
            y = y * checked(x + 0.2)
        except KeyError:
            y = 100.0
        finally:
            y = y * 2.0
    except TooBig:
        y = y * x
    return y * x


@program((0.7,), (1.3,))
def returned_from_the_body(x):
    for limit in (0.5, 1.0, 2.0):
        try:
            return checked(x, limit) * limit
        except TooBig:
            x = x * 1.01
            continue
    return x


@program((0.7,), (1.3,))
def closures_raise(x):
    calls = 0

    def guarded(v):
        nonlocal calls
        calls += 1
        if v > 1.0:
            raise ValueError(calls)
        return v * x

    try:
        y = guarded(x) + calls * guarded(x * 0.5)
    except ValueError as error:
        print(error)
        y = x
    return y * calls


class Solver:
    def __init__(self, x):
        self.x, self.tried = x, []

    def step(self, factor):
        self.tried.append(factor)
        if self.x * factor > 2.0:
            raise TooBig
        self.x = self.x * factor
        return self


@program((0.7,), (1.3,))
def methods_raise(x):
    solver = Solver(x)
    try:
        solver.step(1.5).step(x).step(2.0 * x)
    except TooBig:
        solver.x = solver.x * x
    return solver.x * len(solver.tried) * solver.tried[-1]


@program((0.7,), (1.3,))
def suppressed_calls(x):
    y = x
    with contextlib.suppress(TooBig):
        y = y * 2.0
        y = checked(x) * y
        y = y * 3.0
    return y * x


@program((0.7,), (1.3,))
def raised_under_managers(x):
    level = Level(x)
    y = 1.0
    try:
        with level, replaced([1.0], 0, x) as values:
            y = y * level.depth * values[0]
            if x > 1.0:
                raise KeyError
            y = checked(x + 0.5) * y
    except (KeyError, TooBig):
        y = y * level.depth
    return y * level.depth


@program((0.7,))
def handlers_of_known_errors(x):
    y = x
    try:
        with Scaled(x) as s:
            y = y * s
            y = {"a": s}["b"]
    except KeyError:
        y = y * x
    try:
        n = len(x)
    except TypeError:
        n = 3
    try:
        size = y.size
    except AttributeError:
        size = 2
    return y * n * size


def math_of(x):
    return math.atan(x) * cubed(x)


@program((0.7,))
def nothing_is_raised(x):
    try:
        y = math_of(x) + cubed(math_of(x))
    except TooBig:
        y = 0.0
    return y


# -- what has changed before the exception stays changed


@contextlib.contextmanager
def scaled_in_place(u, factor):
    u *= factor
    yield u
    u /= factor * factor


@program((0.7,), (-0.4,))
def arrays_in_managers(x):
    u = np.array([x, 2.0 * x, 1.0])
    first = u[:2]
    with scaled_in_place(u, x * x + 1.0) as v:
        v[0] += x
        y = np.sum(first * v[1:])
        if y < 0.1:
            return y * np.sum(u)
    return y + np.sum(first**2) * u[2]


def filled(u, notes, x):
    u[0] = x * x
    notes["seen"] = notes["seen"] + x
    if x > 1.0:
        notes["last"] = x
        raise TooBig(notes["seen"])
    u[1] = 3.0 * x
    notes["seen"] *= 2.0
    return u[0] * u[1]


@program((0.7,), (1.3,))
def half_done_changes(x):
    u, notes = np.zeros(3), {"seen": 1.0, "last": 0.0}
    y = 1.0
    try:
        y = filled(u, notes, x * 0.5) + filled(u, notes, x)
    except TooBig as error:
        print(error)
        u[1] = -x
    return y * np.sum(u * u) + notes["seen"] * notes["last"] + notes["seen"]


def with_cleanup(x, log):
    try:
        log.append(x)
        with Scaled(x) as y:
            if y > 2.0:
                raise TooBig
            log.append(y)
        return y * x
    finally:
        log.append(x * x)


@program((0.7,), (1.3,))
def cleanup_in_the_function_called(x):
    log = []
    try:
        y = with_cleanup(x, log)
    except TooBig:
        y = log[-1] * x
    return y * log[0] + len(log) * log[-1]


def checked_later(x, flag):
    if flag:
        try:
            return checked(x)
        except TooBig:
            raise ValueError("from", 1) from None
    return 2.0 * x


@program((0.7,), (1.3,))
def anew_in_the_function_called(x):
    total = 0.0
    for flag in (False, True, False):
        try:
            y = checked_later(x, flag)
        except ValueError:
            y = 100.0
        total += y * x
        if flag and x > 1.0:
            break
    return total


def popped(values, factor):
    if not values:
        raise IndexError("empty")
    return values.pop() * factor


@program((0.7,), (1.3,))
def order_of_evaluation(x):
    values = [x, 2.0 * x, x * x]
    total = 0.0
    try:
        total += values[-1] * popped(values, len(values)) + len(values) * popped(values, values[0])
        total += popped(values, total) - popped(values, total)
    except IndexError as error:
        print(error, len(values))
        total = total * 3.0
    return total


def descend(x, depth):
    with Scaled(x) as y:
        if depth == 0 or y > 3.0:
            return y * x
        return descend(0.8 * y, depth - 1) * y


@program((0.7,), (1.3,))
def managers_in_a_recursion(x):
    return descend(x, 3)


@contextlib.contextmanager
def summed(items):
    yield sum(items)


@program((0.7,))
def iterators_in_managers(x):
    with summed(x * k for k in range(3)) as a, summed(v * v for v in [x, a]) as b:
        try:
            c = total_of(w * b for w in (x, a))
        except TooBig:
            c = x
    return a * b * c


def total_of(items):
    total = sum(items)
    if total > 50.0:
        raise TooBig
    return total


@program((0.7,), (1.3,))
def branches_with_calls(x):
    y = x
    try:
        if checked(x) > 0.3 and x < 100.0:
            y = y * 2.0
            if checked(x + 0.2) > 0.5:
                y = y * 3.0
            else:
                y = y * checked(x + 0.1)
        elif checked(x * 2.0) > 0.2:
            y = y * 5.0
        y = y + 1.0
    except TooBig:
        y = y * x
    return y * x


@program((0.7,), (1.3,), (0.35,))
def tries_in_loops(x):
    total, limit = 0.0, 2.5
    while limit > 0.4:
        limit = limit - 0.5
        try:
            total += checked(x, limit) * limit
            if total > 3.0:
                break
        except TooBig:
            total = total * 1.5 + x
            continue
        else:
            total = total * x
        finally:
            total = total + 0.1
        limit = limit - 0.1
    return total * x


class Switching:
    def __init__(self, x):
        self.x, self.apply = x, self.double

    def double(self, v):
        return 2.0 * v

    def triple(self, v):
        if v > 5.0:
            raise TooBig
        return 3.0 * v

    def switched(self):
        self.apply = self.triple
        return checked(self.x)


@program((0.7,), (1.3,))
def a_function_that_is_replaced(x):
    switching = Switching(x)
    try:
        y = switching.apply(switching.switched()) + switching.apply(switching.x)
    except TooBig:
        y = switching.apply(x)
    return y * x
