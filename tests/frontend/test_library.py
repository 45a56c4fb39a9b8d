"""The standard library's functions that are plain Python at heart, against differences, forward and reverse."""

import bisect
import copy
import dataclasses
import functools
import heapq
import itertools
import math
import operator
import statistics
import types
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

import numpy as np
import pytest

import adjoint

CASES = []
RAISING = []
REFUSED = []
XS = [0.5, 1.5, 2.1, 2.5]
V = np.array([0.5, 1.5, -2.0])


def case(*args):
    """A program to check at these arguments."""

    def register(function):
        CASES.append(pytest.param(function, args, id=f"{function.__name__}-{len(CASES)}"))
        return function

    return register


def raising(*args):
    """A program that raises the same exception with and without a derivative."""

    def register(function):
        RAISING.append(pytest.param(function, args, id=f"{function.__name__}-{len(RAISING)}"))
        return function

    return register


def refused(*args):
    """A program that has no derivative here, and says so."""

    def register(function):
        REFUSED.append(pytest.param(function, args, id=function.__name__))
        return function

    return register


def fresh(args):
    return copy.deepcopy(args)


# -- iterators by hand


@case(XS)
def taken_by_hand(xs):
    it = iter(xs)
    first = next(it)
    second = next(it)
    return first * second + sum(it) ** 2


@case(XS)
def taken_in_a_loop(xs):
    it = iter(xs)
    total = 0.0
    for k in range(2):
        total += (k + 1) * next(it)
    return total + sum(it) ** 2


@case(XS)
def until_the_default(xs):
    it = iter(xs)
    total = 1.0
    while True:
        v = next(it, -1.0)
        if v < 0:
            break
        total = total * v + 1
    return total


@case(XS)
def taken_on_one_path(xs):
    it = iter(xs)
    total = 0.0
    if xs[0] > 0:
        total += next(it)
    return total * 2 + sum(v * v for v in it)


@case(XS)
def first_that_fits(xs):
    return next((v * v for v in xs if v > 1.0), 0.0) + next((v for v in xs if v > 100.0), 2.0) * xs[0]


@case(0.7)
def walked_once(x):
    squares = (x * k for k in range(4))
    return sum(squares) + sum(squares)


@case(0.7)
def views_are_live(x):
    table = {"a": x, "b": x * x}
    values = table.values()
    table["a"] = 10.0 * x
    return sum(values)


@case(0.7)
def first_source_is_read_early(x):
    values = [x, 2 * x]
    doubled = (v * 2 for v in values)
    values = [1.0]
    return sum(doubled) * values[0]


def total_of(items):
    return sum(items) + 1.0


def squares_up_to(x, n):
    return (x * k for k in range(n))


@case(0.7)
def passed_to_functions(x):
    table = {"a": x, "b": x * x}
    return total_of(x * k for k in range(3)) * total_of(table.values()) + sum(squares_up_to(x, 4))


@refused(XS)
def half_walked(xs):
    it = iter(xs)
    total = 0.0
    for v in it:
        if v > 1.0:
            break
        total += v
    return total + sum(it)


@refused(XS)
def taken_while_walked(xs):
    it = iter(xs)
    return sum(v * next(it) for v in it)


@raising([0.5])
def too_many_taken(xs):
    it = iter(xs)
    return next(it) * next(it)


# -- itertools


@case(XS)
def chosen(xs):
    pairs = sum(a * b for a, b in itertools.combinations(xs, 2))
    fours = sum(a * b * c * d for a, b, c, d in itertools.combinations(xs, 4))
    again = sum(a * b * b for a, b in itertools.combinations_with_replacement(xs, 2))
    return pairs * fours + again + sum(a - 2 * b for a, b in itertools.permutations(xs, 2))


@case(XS[:3])
def all_orders(xs):
    return sum(a * b - c for a, b, c in itertools.permutations(xs))


@case(XS)
def positions_chosen(xs):
    return sum(xs[i] * xs[j] for i, j in itertools.combinations(range(len(xs)), 2))


@case(0.7)
@case(1.3)
def counted_until_return(x):
    total = 0.0
    for k in itertools.count(2, 3):
        if k > 12:
            return total * x
        total += x**k


@case(XS)
def cycled_by_hand(xs):
    items, ids = itertools.cycle(xs), itertools.count(1)
    return sum(next(items) * k for k in range(7)) * next(ids) + next(ids) * xs[0]


@case(XS)
def endless_parts(xs):
    total = 0.0
    for a, b in zip(itertools.repeat(xs[0]), xs):
        total += a * b
    total += sum(map(operator.mul, itertools.repeat(2.0), xs))
    return total + sum(itertools.islice(itertools.cycle(xs), 6)) + sum(itertools.islice(itertools.count(), 3))


@case(XS)
def tee_and_pairs(xs):
    a, b = itertools.tee(xs)
    next(b)
    return sum(u * v for u, v in zip(a, b)) + sum((q - p) ** 2 for p, q in itertools.pairwise(xs))


@case(XS)
def joined(xs):
    flat = itertools.chain(xs, (1.0, xs[0]), [2.0])
    return sum(v * k for k, v in enumerate(flat)) * len(list(itertools.chain.from_iterable([xs, xs])))


@case([[0.5, 1.5], [2.0], []])
def flattened(groups):
    return sum(v * k for k, v in enumerate(itertools.chain.from_iterable(groups)))


@case(XS, 3)
@case(XS, 0)
@case(XS, 9)
def sliced(xs, n):
    parts = sum(itertools.islice(xs, n)) * 2 + sum(itertools.islice(xs, 1, None, 2))
    return parts + sum(v * v for v in itertools.islice(xs, 1, n))


@case(XS)
def product_of_pairs(xs):
    total = 0.0
    for (i, a), (j, b) in itertools.product(enumerate(xs), repeat=2):
        if i < j:
            total += a * b
    return total


@case(XS, [1.0, 2.0])
@case([1.0, 2.0], XS)
def longest(xs, ys):
    return sum(u * v for u, v in itertools.zip_longest(xs, ys, fillvalue=0.25))


@case(XS)
@case([0.5])
def running(xs):
    largest = list(itertools.accumulate(xs, max))
    products = list(itertools.accumulate(xs, operator.mul, initial=2.0))
    return largest[-1] * products[-1] + sum(itertools.accumulate(xs))


@case(XS)
def selected(xs):
    kept = sum(itertools.compress(xs, [1, 0, 1, 1])) * sum(itertools.filterfalse(lambda v: v > 2.05, xs))
    return kept + sum(itertools.dropwhile(lambda v: v < 1, xs)) * sum(itertools.takewhile(lambda v: v < 2.2, xs))


@case(XS)
def starred(xs):
    shifted = [(xs[0], xs[1]), (xs[1], xs[2])]
    both = sum(itertools.starmap(lambda a, b: a * b, zip(xs, reversed(xs))))  # noqa: RUF058
    return sum(itertools.starmap(pow, [(xs[0], 2), (xs[1], 3)])) + sum(itertools.starmap(operator.mul, shifted)) * both


@case(0.7)
def grouped(x):
    keyed = [("a", x), ("a", 2 * x), ("b", x * x)]
    totals = {key: sum(v for _, v in group) for key, group in itertools.groupby(keyed, key=lambda p: p[0])}
    return totals["a"] * totals["b"]


# -- collections


@case(XS)
def bounded_deque(xs):
    d = deque(maxlen=3)
    total = 0.0
    for v in xs:
        d.append(v)
        total += sum(d) / len(d)
    return total * d[0]


@case(0.7)
def deque_ends(x):
    d = deque([x, 2 * x, 3 * x])
    d.rotate(-1)
    d.extendleft([1.0, x * x])
    a, b = d.pop(), d.popleft()
    d.extend([b, a])
    d.reverse()
    return d[0] * 2 + d[1] * 3 + d[-1] * a + (x in d) + len(d)


def grown(d):
    d.append(d[0] * 2)
    return d[-1]


@case(0.7)
def deque_passed_on(x):
    d = deque([x, x * x, 1.0], maxlen=3)
    y = grown(d)
    e = d.copy()
    e.append(x)
    return y * d[0] + len(d) + sum(e)


@case(0.7)
def default_dicts(x):
    scale = defaultdict(lambda: x)
    scale["a"] += 2.0
    groups = defaultdict(list)
    for k, v in [("a", x), ("b", 2 * x), ("a", x * x)]:
        groups[k].append(v)
    total = sum(sum(v) * len(k) for k, v in groups.items()) + ("c" in groups)
    return total + scale["a"] * scale["new"] + len(scale) + sum(dict(groups)["a"])


@case(0.7)
def counters(x):
    counts = Counter("abca")
    counts.update("aa")
    weights = Counter({"a": x})
    weights.update({"a": x * x, "b": 1.0})
    weights.subtract(b=x)
    return counts["a"] * weights["a"] + weights["b"] + counts["zz"] + counts.most_common(1)[0][1] * x + counts.total()


@case(0.7)
def other_mappings(x):
    ordered = OrderedDict([("a", x), ("b", 2.0 * x)])
    ordered.move_to_end("a", last=True)
    key, value = ordered.popitem(last=False)
    zeros = dict.fromkeys(["u", "v"], x)
    return value * len(key) + ordered["a"] + ChainMap({"a": x}, {"b": x * x})["b"] + sum(zeros.values())


Pair = namedtuple("Pair", "a b")
LIMITS = types.MappingProxyType({"low": 0.1, "high": 2.0})


@case(0.7)
def named_and_constant(x):
    p = Pair._make([x, 2 * x])
    fields = p._replace(b=x * x)._asdict()
    return fields["b"] * p.b + len(Pair._fields) + (x * LIMITS["high"] if LIMITS["low"] < x else x)


@case(0.7)
def namespaces(x):
    space = types.SimpleNamespace(a=x, b=2.0)
    space.c = space.a * 2
    del space.b
    return space.a * space.c * (3.0 if hasattr(space, "b") else 1.0)


# -- copy, dataclasses, order


@case(0.7)
def copies(x):
    a = [[x, 1.0], {"k": x}]
    shallow, deep = copy.copy(a), copy.deepcopy(a)
    a[0][0] = x * x
    a[1]["k"] = 5.0
    return shallow[0][0] * deep[0][0] + deep[1]["k"] + shallow[1]["k"]


@case(0.7)
def shared_in_a_copy(x):
    inner = [x]
    both = copy.deepcopy([inner, inner])
    both[0][0] = x * 3
    inner[0] = x * x
    return both[1][0] * inner[0]


@case(V)
def copied_array(v):
    w = copy.copy(v) * 2.0
    return np.sum(w * v)


@dataclasses.dataclass(order=True)
class Part:
    a: float
    b: list = dataclasses.field(compare=False)
    c: float = dataclasses.field(default=2.0, compare=False)


@dataclasses.dataclass
class Whole:
    part: Part
    e: float


@case(0.7)
def taken_apart(x):
    whole = Whole(Part(x, [x, 2.0]), x)
    as_dict, as_tuple = dataclasses.asdict(whole), dataclasses.astuple(whole)
    other = dataclasses.replace(whole.part, a=x * x)
    other.b[0] = 5.0 * x
    names = [each.name for each in dataclasses.fields(whole)]
    return as_dict["part"]["b"][0] * as_tuple[0][1][0] * as_dict["e"] + other.a * whole.part.b[0] + len(names)


@case(0.7)
def compared(x):
    total = x if Part(x, [x]) == Part(x, [1.0], 3.0) else 2.0 * x
    if (x, 1.0) != [x, 1.0]:
        total += x * x
    if {"a": x, "b": 1.0} == {"b": 1.0, "a": x}:
        total += 3 * x
    return total + (100.0 * x if [x] == [x, 1.0] else x)


@case([2.0, 1.0, 3.0])
def put_in_order(xs):
    by_square = sorted(xs, key=functools.cmp_to_key(lambda a, b: 1 if a * a < b * b else -1 if a * a > b * b else 0))
    table = {"b": xs[0], "c": 3.0, "a": xs[1]}
    by_name = [v for _, v in sorted(table.items())]
    return sum(k * y for k, y in enumerate(by_square)) + by_name[0] * by_name[1]


class Ranked:
    def __init__(self, v):
        self.v = v

    def __eq__(self, other):
        return self.v == other.v

    def __lt__(self, other):
        return self.v < other.v


Ranked = functools.total_ordering(Ranked)


@case(0.7)
@case(1.3)
def totally_ordered(x):
    a, b = Ranked(x), Ranked(x * x)
    total = x if a > b else 2 * x
    return total * (3.0 if a >= b else 1.0) + (1.0 if a != b else 5.0) * x + max(a, b).v


# -- numbers, search, heaps


@case(0.7)
def whole_numbers(x):
    series = sum(x**k / math.factorial(k) * math.comb(4, k) for k in range(5))
    return series * math.perm(3, 2) + math.gcd(12, 8) + math.prod([x, x, 2.0]) + math.prod(x + k for k in range(3))


@case(XS)
def of_lists(xs):
    return math.prod(xs) * math.prod(xs[:2], start=2.0) + statistics.fmean(xs) ** 2


@case(1.2, [0.0, 1.0, 2.0])
def bisected(x, knots):
    i = bisect.bisect(knots, x)
    return x * knots[i] + bisect.bisect_left(knots, 1.0)


@case(XS)
def inserted_in_order(xs):
    ys = []
    for v in xs:
        bisect.insort(ys, -v)
    return sum(k * y for k, y in enumerate(ys))


@case(XS)
def heaps(xs):
    heap = []
    for v in xs:
        heapq.heappush(heap, -v * v)
    a, b = heapq.heappop(heap), heapq.heapreplace(heap, 3.0 * xs[0])
    heapq.heapify(heap)
    rest = sum(k * v for k, v in enumerate(heap)) + heapq.heappushpop(heap, -100.0 * xs[1])
    return a + 2 * b + rest + sum(heapq.nlargest(2, xs)) * heapq.nsmallest(1, xs, key=lambda v: -v)[0]


# -- functions of functions


@case(XS)
@case([0.5])
def folded(xs):
    return functools.reduce(lambda a, b: a * 0.5 + b, xs) + functools.reduce(operator.mul, [], xs[0])


def call(function, value):
    return function(value)


class Scaled:
    def __init__(self, k):
        self.k = k

    def scaled(self, a, b):
        return a * b + self.k

    doubled = functools.partialmethod(scaled, 2.0)


@case(0.7)
def partials(x):
    power = functools.partial(math.pow, x)
    line = functools.partial(functools.partial(lambda a, b, c=1.0: a * b + c, x), c=x * x)
    passed = call(functools.partial(operator.mul, x), x) + call(operator.methodcaller("__getitem__", 0), [x, 1.0])
    return power(2.0) + line(3.0) + line(1.0, c=0.0) + passed + Scaled(x).doubled(x)


@case(V)
def operators_by_name(v):
    a, b = operator.itemgetter(1, 0)(v)
    total = v.sum
    flat = operator.attrgetter("T")(v)
    signs = operator.neg(a) + operator.truth(a) + operator.not_(b) * 2 + operator.contains([1, 2], 2)
    return operator.getitem(v, 1) * b + operator.methodcaller("sum")(flat) * operator.matmul(v, v) + signs + total()


@functools.singledispatch
def size_of(value):
    return value * value


@size_of.register(list)
def _(value):
    return sum(v * v for v in value)


@case(0.7)
def dispatched(x):
    return size_of(x) + size_of([x, 2.0 * x])


# -- as many as there are


def three(a, b, c):
    return a * b + c


@case(XS[:3])
def spread(xs):
    return three(*xs) + max(*xs) * min(*xs)


@raising(XS)
def spread_too_many(xs):
    return three(*xs)


@case([[1.0, 2.0], [3.0, 4.0]])
def columns(rows):
    total = 0.0
    for column in zip(*rows):
        total += column[0] * column[1]
    return total


@raising(XS)
def strictly_zipped(xs):
    return sum(a * b for a, b in zip(xs, [1.0, 2.0], strict=True))


@case(XS)
def found_and_removed(xs):
    ys = [1, 7, *xs]
    ys.remove(7)
    ys[1:2] = [xs[0], xs[1] * 2.0]
    del ys[2:3]
    return sum(k * v for k, v in enumerate(ys)) + ys.index(1) + ys.count(1)


@pytest.mark.parametrize(("function", "args"), CASES)
def test_against_differences(function, args):
    """The value as in a plain call, the derivatives as the differences."""
    plain = function(*fresh(args))
    value, _ = adjoint.value_and_grad(function)(*fresh(args))
    assert value == plain and isinstance(value, type(plain))
    adjoint.check_grads(function, fresh(args), wrt=0)


@pytest.mark.parametrize(("function", "args"), RAISING)
def test_raises_as_python_does(function, args):
    """The user's own exception comes out of the derivative."""
    with pytest.raises(Exception) as plain:
        function(*fresh(args))
    with pytest.raises(plain.type):
        adjoint.grad(function)(*fresh(args))


@pytest.mark.parametrize(("function", "args"), REFUSED)
def test_refused(function, args):
    """What only the run could tell is refused, with a place and a way out."""
    with pytest.raises(adjoint.AdjointError) as refusal:
        adjoint.grad(function)(*fresh(args))
    assert refusal.value.lineno and refusal.value.fix
