"""Features in each other's way: closures over changing containers, aliases through calls, branches that change shapes."""

import functools
import math
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from tests.language.registry import program


@program((0.7,))
def closure_over_a_growing_list(x):
    seen = []
    total = lambda: sum(seen)
    for k in range(4):
        seen.append(x * k + total())
    seen = [1.0]
    return total() * x + seen[0]


@program((0.7,))
def closure_list_and_rebound_loop_variable(x):
    makers, results = {}, []
    for k in (1, 2, 3):
        scale = x**k
        makers[f"late{k}"] = lambda v: v * scale + k
        makers[f"early{k}"] = lambda v, s=scale, k=k: v * s + k
        scale = scale + 1.0
    for name in sorted(makers):
        results.append(makers[name](x))
    return sum(r * (i + 1) for i, r in enumerate(results))


@dataclass
class Account:
    balance: float
    log: list = field(default_factory=list)

    def transfer(self, other, amount):
        self.balance -= amount
        other.balance += amount
        self.log.append(amount)
        return self


@program((0.7, 5.0), wrt=(0, 1))
def self_and_other_are_the_same(x, start):
    a = Account(start)
    b = a
    a.transfer(b, x).transfer(Account(x), x * x)
    return a.balance * b.log[1] + len(b.log)


@program((Account(0.7, [1.5]),))
def record_with_list_argument(account):
    twin = Account(account.balance, account.log)
    twin.log.append(account.balance * 2.0)
    twin.balance = twin.log[-1] * account.log[0]
    return twin.balance + account.balance * len(account.log)


@program((0.7,))
def exit_through_three_constructs(x):
    table = {"n": 0, "total": x}

    def visit(depth):
        for k in range(3):
            while table["total"] < 10.0:
                table["n"] += 1
                table["total"] = table["total"] * 1.3 + 0.1 * k
                if table["n"] > 4 + depth:
                    return table["total"]
        return -1.0

    return visit(0) * visit(2) + table["n"]


@program((0.7,), more=[(1.7,)])
def container_chosen_by_active_branch(x):
    a, b = [x, 1.0], [2.0, x * x]
    chosen = a if x > 1.0 else b
    chosen[0] = chosen[1] * 3.0
    return a[0] * 10.0 + b[0]


@program((0.7, 2), more=[(0.7, 0)])
def index_known_at_run_time(x, i):
    values = [x, x * x, x**3]
    values[i] = values[i - 1] * 2.0
    values[-1] += values[i]
    return values[0] + 2.0 * values[1] + 3.0 * values[2]


@program((np.array([0.7, 1.5, 0.2]),))
def index_from_the_numbers(v):
    i = int(np.argmax(v))
    values = [v[0], v[1] * 2.0, v[2]]
    values[i] = values[i] ** 2
    j = max(range(3), key=lambda k: values[k])
    return values[j] * values[0] + values[i - 1]


@program((0.7,))
def two_names_for_one_row_in_a_loop(x):
    grid = [[0.0, 1.0, 2.0], [x, x, x]]
    current, following = grid
    for _ in range(3):
        for j in range(3):
            following[j] = current[j] * x + current[j - 1]
        current, following = following, current
    return sum(grid[0]) * current[1]


@program((0.7,))
def generator_over_a_list_that_grows(x):
    values = [x]
    for v in values:
        if len(values) < 4:
            values.append(v * 2.0 + x)
    return sum(values) + values[3]


@program((0.7,))
def method_captured_before_change(x):
    account = Account(x)
    move = account.transfer
    account.balance = 10.0 * x
    move(Account(0.0), 1.0)
    other = [account.balance]
    account = Account(0.0)
    return other[0] ** 2 + account.balance


class Meter:
    def __init__(self):
        self.readings = defaultdict(list)

    def __call__(self, f):
        @functools.wraps(f)
        def wrapper(x):
            result = f(x)
            self.readings[f.__name__].append(result)
            return result

        return wrapper


@program((0.7,))
def decorator_object_keeps_results(x):
    meter = Meter()

    @meter
    def square(t):
        return t * t

    @meter
    def chain(t):
        return square(t + x) + square(t)

    y = chain(x)
    return y * meter.readings["square"][0] + sum(meter.readings["chain"])


def power_series(x, coefficients, *, n=None, memo=None):
    memo = {} if memo is None else memo
    n = len(coefficients) - 1 if n is None else n
    if n not in memo:
        memo[n] = coefficients[0] if n == 0 else power_series(x, coefficients, n=n - 1, memo=memo) + coefficients[n] * x**n
    return memo[n]


@program((0.7, (1.0, -0.5, 2.0)), wrt=(0, 1))
def recursion_with_memo_and_keywords(x, c):
    memo = {}
    return power_series(x, c, memo=memo) * memo[1] + power_series(2.0 * x, c)


@program((0.7,))
def comprehension_of_closures_over_dict(x):
    rates = {"a": x, "b": 2.0}
    decay = {name: lambda t, r=rate: math.exp(-r * t) for name, rate in rates.items()}
    rates["a"] = 100.0
    return decay["a"](1.0) * decay["b"](x)


class Pose(NamedTuple):
    at: tuple
    angle: float

    def forward(self, d):
        x, y = self.at
        return self._replace(at=(x + d * math.cos(self.angle), y + d * math.sin(self.angle)))

    def turn(self, by):
        return Pose(self.at, self.angle + by)


@program((0.7, Pose((0.0, 1.0), 0.3)), wrt=(0, 1), out="vector")
def turtle(step, pose):
    for k in range(3):
        pose = pose.forward(step * (k + 1)).turn(step)
        if pose.at[0] > 1.0:
            pose = pose.turn(-0.5)
    return pose


@program((0.7,))
def early_return_from_nested_with_loop_and_match(x):
    def run(commands):
        stack = deque()
        for command in commands:
            match command.split():
                case ["push"]:
                    stack.append(x * (len(stack) + 1))
                case ["add", n]:
                    for _ in range(int(n)):
                        if len(stack) < 2:
                            return stack[0]
                        stack.append(stack.pop() + stack.popleft())
                case _:
                    return -1.0
        return stack[-1] * 2.0

    return run(["push", "push", "push", "add 1"]) * run(["push", "add 3"]) + run(["halt"])


@program((0.7,))
def default_argument_is_a_shared_list(x):
    shared = [x]

    def grow(v, into=shared):
        into.append(v * into[-1])
        return into

    a = grow(2.0)
    b = grow(x)
    return a[2] * b[1] + len(shared)


@program((0.7,))
def walrus_in_nested_comprehension(x):
    rows = [[(last := x * i + j) * last for j in range(3) if i != j] for i in range(3)]
    return sum(map(sum, rows)) + last


@program(([0.7, 1.5, 2.0, 0.1],))
def quick_sort(values):
    def sort(v):
        if len(v) < 2:
            return v
        pivot, *rest = v
        return [*sort([t for t in rest if t < pivot]), pivot, *sort([t for t in rest if t >= pivot])]

    ordered = sort(values)
    return sum(v * w for v, w in zip(ordered, (1.0, 2.0, 4.0, 8.0)))


@program((np.array([0.7, 1.5]),))
def arrays_and_aliases_in_containers(v):
    state = {"u": v, "history": [v]}
    for k in range(2):
        state["u"] = np.sin(state["u"]) * (k + 1)
        state["history"].append(state["u"])
    first, *_, last = state["history"]
    return first @ last + np.sum(state["u"] ** 2)


@program((np.array([0.7, 1.5, 0.4]),))
def array_store_seen_through_a_list(v):
    u = v.copy()
    views = [u[:2], u]
    u[0] = u[1] * u[2]
    return np.sum(views[0]) * views[1][0]


@program((0.7,))
def list_inside_tuple_changed_by_callee(x):
    def bump(pair):
        values, n = pair
        values[0] += x
        return values, n + 1

    pair = ([x], 0)
    for _ in range(3):
        pair = bump(pair)
    return pair[0][0] * pair[1]


@program((0.7,))
def nonlocal_changed_while_listed(x):
    level = x

    def up():
        nonlocal level
        level = level * 2.0
        return level

    values = [level, up(), level, up() + level]
    return values[0] + 2.0 * values[1] + 3.0 * values[2] * values[3]


@program((0.7,))
def evaluation_order_of_stores(x):
    log = []

    def note(name, value):
        log.append((name, value))
        return value

    table = {note("key", 1): note("value", x)}
    table[note("index", 1)] += note("more", x * x)
    names = [name for name, _ in log]
    return table[1] * log[names.index("more")][1] + names.index("index")


@program((0.7,))
def loop_variable_of_comprehension_and_closure(x):
    n = 5
    f = [lambda: n * x for n in range(3)][0]
    return f() + n * x


@program((0.7,))
def swap_of_items_and_attributes(x):
    a, values = Account(x), [1.0, x * x]
    a.balance, values[0], values[1] = values[1], a.balance, values[0]
    i = 0
    i, values[i] = 1, 9.0 * x
    return a.balance * values[0] + values[1] * i


@program((0.7,))
def index_evaluated_after_target(x):
    i, values = 0, [x, x * x, 1.0]
    i, values[i] = 2, 5.0 * x
    values[i], i = values[0], 0
    return values[i] * values[2] + values[1]
