"""Programs whose values are of one kind on one path and of another on the next: None, strings, classes of numbers."""

import enum
from dataclasses import dataclass

import numpy as np

PROGRAMS = []


def program(*many):
    def register(function):
        PROGRAMS.append((function, many))
        return function

    return register


@program(([1.0, 3.0, 2.0],), ([0.5],))
def best_of(xs):
    best = None
    for v in xs:
        if best is None or v > best:
            best = v
    return best * best


@program(
    ([1.0, 3.0, 2.0],),
)
def best_or_zero(xs):
    best = None
    for v in xs:
        if best is None or v > best:
            best = v
    if best is None:
        return 0.0
    return best * best


@program(([1.0, 3.0, 2.0],))
def differences(xs):
    prev = None
    total = 0.0
    for v in xs:
        if prev is not None:
            total += (v - prev) ** 2
        prev = v * v
    return total


@program(([1.0, 3.0, 2.0],))
def by_position(xs):
    prev = None
    total = 0.0
    for i, v in enumerate(xs):
        if i > 0:
            total += (v - prev) ** 2
        prev = v * v
    return total


def find(xs, limit):
    for v in xs:
        if v > limit:
            return v * v
    return None


@program(([1.0, 3.0, 2.0], 1.5), ([1.0, 3.0, 2.0], 5.0))
def found(xs, limit):
    r = find(xs, limit)
    if r is None:
        return xs[0] * 2.0
    return r * xs[0]


@program(([1.0, 3.0, 2.0], 1.5), ([1.0, 3.0, 2.0], 5.0))
def found_or(xs, limit):
    r = find(xs, limit)
    r = r if r is not None else xs[0]
    return r * xs[0]


def scaled(x, factor=None):
    if factor is None:
        factor = 2.0
    return x * factor


@program((0.7, 1), (0.7, -1))
def passed_on(x, n):
    f = None
    if n > 0:
        f = x * 3.0
    return scaled(x, f)


@program((0.7, 1), (0.7, -1))
def ternary(x, n):
    y = x * x if n > 0 else None
    return y + 1.0 if y is not None else x


@program((np.array([1.0, 2.0]), 3), (np.array([1.0, 2.0]), 0))
def arrays(x, n):
    acc = None
    for _ in range(n):
        acc = np.sin(x) if acc is None else acc * x
    if acc is None:
        return x.sum()
    return acc.sum()


@program((0.7, 3), (0.7, 0))
def in_dict(x, n):
    d = {"best": None, "count": 0.0}
    for i in range(n):
        v = x * (i - 1.0)
        if d["best"] is None or v > d["best"]:
            d["best"] = v
        d["count"] += x
    if d["best"] is None:
        return d["count"]
    return d["best"] * d["count"]


class Tracker:
    def __init__(self):
        self.last = None
        self.total = 0.0

    def add(self, v):
        if self.last is not None:
            self.total += (v - self.last) ** 2
        self.last = v


@program(([1.0, 3.0, 2.0],), ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0],))
def tracked(xs):
    t = Tracker()
    for v in xs:
        t.add(v)
    return t.total


@program((0.7, 2))
def while_none(x, n):
    r = None
    k = 0
    while r is None:
        k += 1
        if k > n:
            r = x**k
    return r * 2.0


@program(([1.0, 3.0, 2.0],))
def truthy(xs):
    best = None
    for v in xs:
        best = v if not best else best * v
    return best or 0.0


@program((0.7, 1), (0.7, -1))
def several(x, n):
    a = b = None
    if n > 0:
        a, b = x, x * x
    if a is not None and b is not None:
        return a * b
    return x + 1.0


@program((0.7, 1), (0.7, -1))
def tuple_or_none(x, n):
    p = None
    if n > 0:
        p = (x, x * x)
    if p is None:
        return x
    a, b = p
    return a * b


@program((0.7, 1), (0.7, -1))
def equal_none(x, n):
    p = None
    if n > 0:
        p = x
    if p == None:  # noqa: E711  # what is tested
        return x * 5.0
    if p != 5.0:
        return p * p
    return 1.0


@program((0.7, 1), (0.7, -1))
def function_or_none(x, n):
    f = None
    if n > 0:
        f = lambda v: v * v * x
    return f(x) if f is not None else x


@program((0.7, 1), (0.7, -1))
def raises_when_none(x, n):
    p = None
    if n > 0:
        p = x
    return 3.0 * p


@program(
    ([1.0, 3.0, 2.0],),
)
def reset(xs):
    prev, total = None, 0.0
    for v in xs:
        if prev is not None and v > prev:
            total += v * prev
            prev = None
        else:
            prev = v
    return total


@program((0.7, 1), (0.7, -1))
def falls_off(x, n):
    if n > 0:
        return x * x


def inner(x, n):
    if n <= 0:
        return None
    r = inner(x, n - 1)
    if r is None:
        return x
    return r * x


@program((0.7, 3), (0.7, 1), (0.7, 0))
def recursive(x, n):
    r = inner(x, n)
    return 1.0 if r is None else r


@program((0.7, 3), (0.7, 0))
def nonlocal_none(x, n):
    last = None

    def step(v):
        nonlocal last
        r = 0.0 if last is None else v - last
        last = v * v
        return r

    total = 0.0
    for i in range(n):
        total += step(x * i)
    return total


@program((0.7, 1), (0.7, -1))
def asserted(x, n):
    p = None
    if n > 0:
        p = x
    assert p is not None
    return p * p


@program(([1.0, 3.0, 2.0], 2.5), ([1.0, 3.0, 2.0], 9.0))
def index_or_none(xs, limit):
    where = None
    for i in range(len(xs)):
        if xs[i] > limit:
            where = i
            break
    if where is None:
        return xs[0]
    return xs[where] ** 2


class Phase(enum.Enum):
    START = 1
    RUN = 2
    REST = 3


@program((0.7, 6), (0.7, 0))
def machine(x, n):
    state, total = "start", 0.0
    for k in range(n):
        if state == "start":
            total += x
            state = "run"
        elif state == "run":
            total *= 1.0 + x
            state = "rest" if k > 2 else "run"
        else:
            total += x * x * k
            state = "start"
    return total


@program(
    (0.7, 6),
)
def enum_machine(x, n):
    state, total = Phase.START, 0.0
    for k in range(n):
        if state is Phase.START:
            total += x
            state = Phase.RUN
        elif state == Phase.RUN:
            total *= 1.0 + x
            state = Phase.REST if k > 2 else Phase.RUN
        else:
            total += x * x * k
            state = Phase.START
    return total


RATES = {"slow": 1.5, "fast": 3.0}


@program((0.7, 1), (0.7, -1))
def looked_up(x, n):
    mode = "slow" if n > 0 else "fast"
    return x * RATES[mode] * x


@program((0.7, 1), (0.7, -1))
def local_table(x, n):
    table = {"a": x, "b": x * x, "c": 3.0}
    key = "a"
    if n > 0:
        key = "b"
    table[key] += x * 5.0
    table[key] = table[key] * 2.0
    return table["a"] * table["b"] + table["c"]


@program((0.7, 1), (0.7, -1))
def membership(x, n):
    key = "a" if n > 0 else "b"
    if key in ("a", "z"):
        return x * x
    return x


def callee(x, mode):
    if mode == "square":
        return x * x
    elif mode == "cube":
        return x**3
    raise ValueError(mode)


@program((0.7, 1), (0.7, -1))
def passed(x, n):
    mode = "square" if n > 0 else "cube"
    return callee(x, mode) * 2.0


@program((0.7, 1), (0.7, -1))
def label(x, n):
    name = None
    if n > 0:
        name = "big"
    text = f"{name}: {x}"
    if name is not None and name == "big":
        return x * 3.0 if text else x
    return x * len("abc")


@program(
    (0.7, 6),
)
def match_in_a_loop(x, n):
    state = "start"
    total = 0.0
    for k in range(n):
        match state, k % 2:
            case "start", _:
                state, total = "run", total + x
            case "run", 0:
                total *= 1.0 + x
            case "run", 1:
                state = "rest" if k > 2 else "run"
                total += x * k
            case _:
                state = "start"
                continue
    return total


@program(
    (0.7, 5),
)
def function_table(x, n):
    ops = {"s": np.sin, "c": np.cos}
    key, y = "s", x
    for _ in range(n):
        y = ops[key](y)
        key = "c" if key == "s" else "s"
    return y


def classify(x):
    if x > 1.0:
        return "big"
    return "small"


@program((0.7, 1), (1.7, -1))
def result_of_call(x, n):
    kind = classify(x)
    if kind == "big":
        return x * x
    return x * 3.0


def best_name(x):
    return ("a", x * x) if x > 1.0 else ("b", x)


@program((0.7, 1), (1.7, -1))
def pair(x, n):
    name, v = best_name(x)
    return v * 2.0 if name == "a" else v * v


@program(
    (0.7, 5),
)
def while_state(x, n):
    state = "a"
    k = 0
    while state != "done":
        k += 1
        x = x * 1.1
        if k > n:
            state = "done"
    return x * x


@program((0.7,))
def passing(x):
    assert isinstance(x, float)
    return x**3


def helper(x):
    if isinstance(x, float):
        return x * x
    return x * 1.0


@program((0.7, 3))
def in_callee(x, n):
    return helper(x) + helper(n) + helper(x * n)


def ev(t):
    match t:
        case float() | int():
            return t
        case (op, a, b):
            return ev(a) + ev(b) if op == "+" else ev(a) * ev(b)


@program((0.7,))
def tree(x):
    return ev(("+", x, ("*", 2.0, ("+", x, 3))))


@program((0.7,))
def as_patterns(x):
    match [x, [x * x, 3.0]]:
        case [float() | int() as a, [b, _] as pair]:
            return a * b + len(pair) * pair[1]
    return 0.0


def rec(x, n):
    if n == 0:
        return x * 2.0 if isinstance(x, float) else x * 5.0
    return rec(x * x, n - 1)


@program((0.7, 3))
def recur(x, n):
    return rec(x, n)


@program((0.7, 3))
def selfrec(x, n):
    if n == 0:
        return x * 2.0 if isinstance(x, float) else x * 5.0
    return selfrec(x * x, n - 1)


@program(
    (0.7, 3),
)
def selfrec_int(x, n):
    if isinstance(x, float):
        if n == 0:
            return x
        return selfrec_int(3, n - 1) * x
    return x * 2.0


@program((np.array([0.7, 2.0]),))
def npitem(x):
    a = x[0]
    return a * 2.0 if isinstance(a, float) else a


@program((0.7, 5))
def stack_while(x, n):
    st = []
    total = 0.0
    for k in range(n):
        v = x * ((k * 3) % 5)
        while st and st[-1] > v:
            total += st.pop() * x
        st.append(v)
    return total + sum(st)


@program(([3.0, 1.0, 2.0, 5.0, 4.0],))
def monotone(xs):
    st = []
    out = [0.0] * len(xs)
    for i in range(len(xs)):
        while len(st) > 0 and st[-1] < xs[i]:
            st.pop()
        out[i] = st[-1] if st else 0.0
        st.append(xs[i])
    return sum(o * o for o in out)


@program(([3.0, 1.0, 2.0, 5.0, 4.0],))
def indices(xs):
    st = []
    total = 0.0
    for i, v in enumerate(xs):
        while st and xs[st[-1]] > v:
            j = st.pop()
            total += xs[j] * v * (i - j)
        st.append(i)
    return total


@program((0.7, 3), (0.7, 0))
def unbound(x, n):
    if n > 0:
        y = x * x
    return y


@program((0.7, 3), (0.7, 0))
def unbound_loop(x, n):
    for i in range(n):
        y = x * x * i
    return y * x


@program(
    (np.array([0.7, 2.0]), 3),
)
def accumulate(x, n):
    acc = None
    for i in range(n):
        v = np.sin(x * (i + 1.0))
        if acc is None:
            acc = v.copy()
        else:
            acc += v
    return (acc * acc).sum()


@program((np.array([0.7, 2.0]), 3), (np.array([0.7, 2.0]), 0))
def accumulate_anew(x, n):
    acc = None
    for i in range(n):
        v = x * (i + 1.0)
        acc = v if acc is None else acc + v
    return x.sum() if acc is None else acc.sum()


@dataclass
class Item:
    v: float
    best: object = None


@program((0.7, 3), (0.7, 0))
def record_slot(x, n):
    node = Item(x)
    for i in range(n):
        w = x * i
        if node.best is None or w > node.best:
            node.best = w
    return node.v if node.best is None else node.best * node.v


@program((0.7, 1), (0.7, -1))
def object_or_none(x, n):
    node = None
    if n > 0:
        node = Item(x * 2.0)
    if node is not None:
        node.v += x
        return node.v * x
    return x


@program((0.7, 1), (0.7, -1))
def aliased(x, n):
    a = [x, 2.0]
    b = None
    if n > 0:
        b = a
    if b is not None:
        b[0] = b[0] * x
    return a[0] * a[1]


@program((0.7, 1), (0.7, -1))
def alias_in_a_choice(x, n):
    a = {"k": x}
    b = a if n > 0 else None
    if b:
        b["k"] = x * x
    return a["k"]


@program(
    ([1.0, 3.0, 2.0, 5.0],),
)
def best_pair(xs):
    best = None
    for i, v in enumerate(xs):
        if best is None or v > best[1]:
            best = (i, v)
    i, v = best
    return v * v * (i + 1)


@program(
    ([1.0, 3.0, 2.0, 5.0],),
)
def second_differences(xs):
    total = 0.0
    prev = None
    pprev = None
    for v in xs:
        if pprev is not None:
            total += v - 2 * prev + pprev
        prev, pprev = v, prev
    return total * total


@program(
    (0.7, 4),
)
def default_arg(x, n):
    def f(v, cache=None):
        if cache is None:
            cache = v * 2.0
        return cache * v

    total = 0.0
    c = None
    for i in range(n):
        total += f(x, c)
        c = x * i if i > 1 else None
    return total


@program(
    ([1.0, 3.0, -2.0, 5.0],),
)
def early_none(xs):
    def inv(v):
        if v < 0:
            return None
        return 1.0 / v

    total = 0.0
    for v in xs:
        r = inv(v)
        if r is None:
            continue
        total += r
    return total


@program(
    ([1.0, 3.0, -2.0, 5.0],),
)
def filter_none(xs):
    def inv(v):
        return None if v < 0 else 1.0 / v

    total = 0.0
    for v in xs:
        if (r := inv(v)) is not None:
            total += r * v * v
    return total


@program(
    (0.7, 3),
)
def two_loops(x, n):
    total = 0.0
    for i in range(n):
        best = None
        for j in range(n):
            v = x * ((i * j) % 3)
            if best is None or v < best:
                best = v
        total += best * (i + 1.0) + x
    return total


@program((0.7, 3), (0.7, 1))
def break_found(x, n):
    hit = None
    for i in range(n):
        if i == 2:
            hit = x * i
            break
    else:
        hit = None
    return -1.0 * x if hit is None else hit


@program((0.7, 3), (0.7, 0))
def raised_in_try(x, n):
    r = None
    if n > 0:
        r = x * 2.0
    try:
        if r is None:
            raise ValueError("no")
        y = r * x
    except ValueError:
        y = x
    return y


@program((0.7, 2), (0.7, 0))
def largest(x, n):
    best = None
    for i in range(n):
        v = x * (i - 0.5)
        best = v if best is None else max(best, v)
    return best if best is not None else x * 4.0


@program((0.7, "relu"), (0.7, None))
def static_none(x, act):
    f = {"relu": lambda v: max(v, 0.0)}.get(act)
    return f(x) * x if f is not None else x


@program(
    (0.7, 3),
)
def bound_in_a_pass(x, n):
    for i in range(n):
        if i == 1:
            y = x * i
    return y * x


@program((0.7, 3), (0.7, -3))
def bound_on_one_condition(x, n):
    big = n > 0
    if big:
        y = x * 2.0
    z = x
    if big:
        z = z * y
    return z


@program(
    (0.7, 3),
)
def bound_by_while(x, n):
    k = 0
    while k < n:
        y = x * k
        k += 1
    return y * x


@program(
    (0.7, 3),
)
def unbound_in_first_pass(x, n):
    total = 0.0
    for i in range(n):
        if i > 0:
            total += prev * x  # noqa: F821  # bound in the pass before
        prev = x * i  # noqa: F841
    return total
