"""Decorated functions: decorated callees, decorated targets, stacked, with arguments, caching."""

import contextlib
import functools
import math
import time
from functools import cache, lru_cache, singledispatch, wraps

import numpy as np

from tests.language.registry import program


def scaled(f):
    @wraps(f)
    def wrapper(*args, **kwargs):
        return 2.0 * f(*args, **kwargs)

    return wrapper


@scaled
def damped(t, rate=0.5):
    return math.exp(-rate * t) * t


@program((0.8,))
def decorated_callee(x):
    return damped(x) + damped(x, rate=x)


@program((0.8,))
@scaled
def decorated_target(x):
    return x * math.sin(x)


def shifted_by(amount):
    def decorate(f):
        @functools.wraps(f)
        def wrapper(x, *rest):
            return f(x + amount, *rest)

        return wrapper

    return decorate


@shifted_by(0.25)
@scaled
def stacked_callee(x, y):
    return x * y + x**3


@program((0.8, 1.5), wrt=(0, 1))
def stacked(x, y):
    return stacked_callee(x, y) - stacked_callee(y, x)


@program((0.8,))
@shifted_by(0.5)
@shifted_by(-1.25)
def stacked_target(x):
    return x**4 - x


@lru_cache(maxsize=None)
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


@program((0.3, 4))
def cached_static_callee(x, n):
    return sum(binomial(n, k) * x**k * (1.0 - x) ** (n - k) * math.sin(k) for k in range(n + 1))


@cache
def nodes(order):
    return np.polynomial.legendre.leggauss(order)


@program((0.7,))
def cached_arrays(x):
    points, weights = nodes(4)
    return np.sum(weights * np.exp(x * points))


@lru_cache
def cached_square(t):
    return t * t + 1.0


@program((0.7,))
def cached_active_callee(x):
    return cached_square(x) * cached_square(2.0 * x)


def timed(f):
    @wraps(f)
    def wrapper(*args):
        start = time.perf_counter()
        result = f(*args)
        wrapper.seconds = time.perf_counter() - start
        return result

    return wrapper


@timed
def slow(x):
    return x * math.cos(x)


@program((0.7,))
def timed_callee(x):
    return slow(x) + slow(x * x)


def checked(f):
    @wraps(f)
    def wrapper(x, *args):
        if x <= 0.0:
            raise ValueError("must be positive")
        return f(x, *args)

    return wrapper


@checked
def log_ratio(x, y):
    return math.log(x / y)


@program((0.7, 2.0), wrt=(0, 1))
def guarded_callee(x, y):
    return log_ratio(x, y) ** 2


@program((-0.7,), raises=True)
def guard_that_raises(x):
    return log_ratio(x, 1.0) * x


def repeated(times):
    def decorate(f):
        @wraps(f)
        def wrapper(v):
            for _ in range(times):
                v = f(v)
            return v

        return wrapper

    return decorate


@repeated(times=3)
def logistic(v):
    return 3.2 * v * (1.0 - v)


@program((0.3,))
def repeated_callee(x):
    return logistic(x) + x


@program((0.4,))
def decorator_applied_inside(x):
    def doubled(f):
        return lambda t: f(t) * 2.0

    @doubled
    def cubic(t):
        return t**3 + x

    return cubic(x) * cubic(1.0)


@program((0.4,))
def decorator_with_active_argument(x):
    def weighted(weight):
        def decorate(f):
            def wrapper(t):
                return weight * f(t)

            return wrapper

        return decorate

    @weighted(x)
    @weighted(x * x)
    def base(t):
        return t + 1.0

    return base(x)


REGISTRY = {}


def registered(name):
    def decorate(f):
        REGISTRY[name] = f
        return f

    return decorate


@registered("softplus")
def softplus(v):
    return math.log1p(math.exp(v))


@registered("square")
def square(v):
    return v * v


@program((0.4, "softplus"), more=[(0.4, "square")])
def registry_of_functions(x, name):
    return REGISTRY[name](x) * x


def vectorised(f):
    @wraps(f)
    def wrapper(values):
        return np.array([f(v) for v in values])

    return wrapper


@vectorised
def bump(v):
    return v * math.exp(-v * v)


@program((np.array([0.2, -0.5, 1.0]),))
def vectorised_callee(v):
    return np.sum(bump(v) ** 2)


def with_defaults(**defaults):
    def decorate(f):
        def wrapper(x, **given):
            return f(x, **{**defaults, **given})

        return wrapper

    return decorate


@with_defaults(gain=2.0, offset=0.5)
def amplifier(x, gain, offset):
    return gain * x * x + offset * x


@program((0.8,))
def keyword_defaults(x):
    return amplifier(x) + amplifier(x, gain=x)


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, f):
        def wrapper(*args):
            return self.factor * f(*args)

        return wrapper


@Scaler(3.0)
def tripled(x):
    return x**2


@program((0.8,))
def class_as_decorator(x):
    return tripled(x) + tripled(1.0) * x


@singledispatch
def size_of(value):
    return value * value


@size_of.register(list)
def _(value):
    return sum(v * v for v in value)


@program((0.8,))
def single_dispatch(x):
    return size_of(x) + size_of([x, 2.0 * x])


@contextlib.contextmanager
def nothing_special():
    yield


@program((0.8,))
@nothing_special()
def context_as_decorator(x):
    return x**3


def no_op(f):
    return f


@no_op
@no_op
def passed_through(x):
    return math.tanh(x)


@program((0.8,))
@no_op
def decorators_that_return_the_function(x):
    return passed_through(x) * x


def swap_arguments(f):
    return lambda a, b: f(b, a)


@swap_arguments
def difference(a, b):
    return a * a - b


@program((0.8, 0.3), wrt=(0, 1))
def lambda_decorator(x, y):
    return difference(x, y) * difference(y, 2.0)
