"""Functions made by functions: what they capture, when they read it, and what is done with them."""

import math

import numpy as np

from tests.language.registry import program


@program((0.7,))
def adder(x):
    def add(y):
        return x + y

    return add(2.0) * add(3.0)


@program((0.7, 2), more=[(1.3, 5)])
def scaled_power(x, n):
    def power(base):
        return base**n * x

    return power(1.1) + power(x)


@program((np.array([0.3, -0.8, 1.2]),))
def centred_energy(v):
    mean = np.mean(v)

    def energy(u):
        return np.sum((u - mean) ** 2)

    return energy(v) + energy(2.0 * v)


def make_line(slope, intercept):
    def line(t):
        return slope * t + intercept

    return line


@program((1.5, -0.4), wrt=(0, 1))
def returned_line(slope, intercept):
    line = make_line(slope, intercept)
    return line(2.0) * line(slope)


def make_polynomial(*coefficients):
    def polynomial(x):
        total = 0.0
        for c in reversed(coefficients):
            total = total * x + c
        return total

    return polynomial


@program((0.9,))
def polynomial_factory(x):
    p = make_polynomial(1.0, x, -2.0, x * x)
    return p(x) - p(0.5)


@program((0.6,))
def late_binding(x):
    functions = []
    for k in range(3):
        def term(y):
            return y ** (k + 1) * x

        functions.append(term)
    return sum(f(x) for f in functions)


@program((0.6,))
def early_binding(x):
    functions = []
    for k in range(1, 4):
        def term(y, k=k):
            return y**k + x * k

        functions.append(term)
    return functions[0](x) * functions[1](x) + functions[2](0.5)


@program((1.1,))
def capture_then_rebind(x):
    a = x * 2.0

    def use():
        return a * x

    before = use()
    a = math.sin(x)
    return before * use()


@program((0.4,))
def rebind_in_loop(x):
    rate = 1.0

    def step(y):
        return y + rate * x

    total = x
    for _ in range(4):
        total = step(total)
        rate = rate * 0.5 * total
    return total


@program((2.0,))
def counter_with_nonlocal(x):
    total = 0.0

    def add(amount):
        nonlocal total
        total += amount
        return total

    add(x)
    add(x * x)
    return add(3.0) * total


@program((0.8,))
def nonlocal_in_branch(x):
    best = -10.0

    def consider(value):
        nonlocal best
        if value > best:
            best = value

    for k in range(4):
        consider(math.sin(x * k) + 0.1 * k)
    return best


def running_mean():
    total, count = 0.0, 0

    def update(value):
        nonlocal total, count
        total += value
        count += 1
        return total / count

    return update


@program((1.2, 0.5), wrt=(0, 1))
def two_counters(a, b):
    left, right = running_mean(), running_mean()
    left(a)
    right(b)
    return left(a * b) * right(a + b)


@program((0.5,))
def closures_in_a_list(x):
    operations = [lambda v: v * x, lambda v: v + x, math.sin]
    value = 1.0
    for operation in operations:
        value = operation(value)
    return value


@program((0.5, "square"), more=[(0.5, "cube"), (0.5, "none")])
def closures_in_a_dict(x, name):
    def square(v):
        return v * v * x

    def cube(v):
        return v**3 - x

    table = {"square": square, "cube": cube}
    chosen = table.get(name, lambda v: v)
    return chosen(x + 1.0)


@program((0.3,))
def closures_in_a_tuple(x):
    pair = (lambda t: t * x, lambda t: t - x)
    up, down = pair
    return up(down(2.0)) + pair[0](pair[1](x))


@program((np.array([1.0, 2.0, -0.5]), 0.3), wrt=(0, 1))
def penalised_loss(w, strength):
    def data_term():
        return np.sum(np.tanh(w))

    def penalty():
        return strength * np.dot(w, w)

    return data_term() + penalty()


@program((0.9,))
def closure_over_closure(x):
    def inner(t):
        return math.exp(-x * t)

    def outer(t):
        return inner(t) * inner(2.0 * t)

    return outer(0.5) + inner(x)


@program((1.4,))
def shadowed_by_parameter(x):
    def f(x):
        return x * 3.0

    return f(2.0) * x + f(x)


@program((1.4,))
def shadowed_by_local(x):
    y = x * x

    def f(t):
        y = t + 1.0
        return y * x

    return f(0.5) + y


@program((0.7, True), more=[(0.7, False)])
def chosen_by_branch(x, rising):
    if rising:
        def shape(t):
            return t * x
    else:
        def shape(t):
            return t / x

    return shape(2.0) + shape(x)


@program((0.2,), more=[(1.8,)])
def chosen_by_active_branch(x):
    if x > 1.0:
        def f(t):
            return t * x * x
    else:
        def f(t):
            return t + x

    return f(x) * 2.0


@program((0.45,))
def defined_in_a_loop(x):
    total = 0.0
    for i in range(3):
        weight = x * i

        def contribution(t):
            return weight * t + i

        total += contribution(total + 1.0)
    return total


def compose_with(f, g):
    return lambda t: f(g(t))


@program((0.8,))
def composed_captures(x):
    h = compose_with(lambda t: t * x, lambda t: t + x)
    return h(h(1.0))


@program((np.array([0.2, 0.5]), np.array([1.0, -1.0])), wrt=(0, 1))
def closure_over_arrays(w, x0):
    def flow(state):
        return state + 0.1 * np.sin(w * state)

    state = x0
    for _ in range(3):
        state = flow(state)
    return np.sum(state**2)


@program((3.0,))
def early_return_inside(x):
    def clip(v):
        if v > 2.0 * x:
            return 2.0 * x
        if v < -x:
            return -x
        return v * v

    return clip(7.0) + clip(-9.0) * clip(0.5)


@program((0.6,))
def called_in_condition(x):
    def error(guess):
        return guess * guess - x

    low, high = 0.0, 1.0
    for _ in range(45):
        middle = 0.5 * (low + high)
        if error(middle) > 0.0:
            high = middle
        else:
            low = middle
    root = 0.5 * (low + high)
    return root * 0.0 + error(2.0) * x


@program((0.9,))
def capture_of_default(x):
    def damp(value, rate=0.5 * x):
        return value * rate

    x = x + 10.0
    return damp(x) + damp(2.0, rate=x)


@program((0.5,))
def accumulate_into_captured_list(x):
    history = []

    def record(value):
        history.append(value * x)
        return value

    y = record(x)
    y = record(y * 2.0)
    record(y + 1.0)
    return sum(history) * history[-1]


@program((1.1, 0.3), wrt=(0, 1))
def getter_and_setter(a, b):
    value = a

    def get():
        return value

    def put(new):
        nonlocal value
        value = new

    put(get() * b)
    put(get() + a)
    return get() * get()


GRAVITY = 9.81


@program((0.5, 2.0), wrt=(0, 1))
def global_in_closure(angle, speed):
    def height(t):
        return speed * math.sin(angle) * t - 0.5 * GRAVITY * t * t

    peak = speed * math.sin(angle) / GRAVITY
    return height(peak)


def curry(f):
    return lambda a: lambda b: lambda c: f(a, b, c)


@program((0.7,))
def curried(x):
    volume = curry(lambda a, b, c: a * b + c * a)
    return volume(x)(2.0)(x * x) - volume(1.0)(x)(3.0)


SCALE = 2.0
scale_global = lambda f: lambda v: SCALE * f(v)  # noqa: E731
triple = scale_global(lambda v: v * v * v)


@program((0.7,))
def module_level_closure(x):
    return triple(x) + triple(1.0 + x)


def bounded(low, high):
    def squash(v):
        return low + (high - low) / (1.0 + math.exp(-v))

    return squash


to_probability = bounded(0.05, 0.95)


@program((0.3,))
def module_level_factory_result(logit):
    p = to_probability(logit)
    return -math.log(p) - 0.5 * math.log(1.0 - p)


def make_objective(target, weight):
    @program((0.4,), name="closure_as_target")
    def objective(x):
        return weight * (x - target) ** 2 + math.cos(x * target)

    return objective


make_objective(1.5, 0.25)


def make_array_objective(matrix):
    def objective(v):
        return 0.5 * v @ matrix @ v - np.sum(v)

    return objective


program((np.array([0.3, 0.9]),), name="closure_over_matrix_as_target", category="closures")(
    make_array_objective(np.array([[2.0, 0.5], [0.5, 1.0]]))
)


@program((0.8, 3), more=[(0.8, 0)])
def closure_called_variable_times(x, n):
    def grow(v):
        return v + x * v * (1.0 - v)

    v = x
    while n > 0:
        v = grow(v)
        n -= 1
    return v


@program((0.35,), out="vector")
def closure_returns_pair(x):
    def polar(r):
        return r * math.cos(x), r * math.sin(x)

    u, v = polar(2.0)
    w, _ = polar(u * v)
    return w, u + v


@program((0.5,))
def closure_survives_scope(x):
    def build():
        local = x * 3.0
        shift = local - 1.0
        return lambda t: t * local + shift

    f = build()
    local = 100.0
    return f(x) + 0.0 * local
