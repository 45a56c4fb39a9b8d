"""Dataclasses, namedtuples and simple namespaces: in, out, inside, replaced."""

import dataclasses
import math
from collections import namedtuple
from dataclasses import asdict, astuple, dataclass, field, fields, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from tests.language.registry import program


@dataclass
class Oscillator:
    mass: float
    stiffness: float
    damping: float = 0.1

    @property
    def frequency(self) -> float:
        return math.sqrt(self.stiffness / self.mass)

    def energy(self, x: float, v: float = 0.0) -> float:
        return 0.5 * self.mass * v * v + 0.5 * self.stiffness * x * x


@dataclass(frozen=True)
class Option:
    spot: float
    strike: float
    kind: str = "call"
    days: int = 90

    def payoff(self) -> float:
        sign = 1.0 if self.kind == "call" else -1.0
        return max(sign * (self.spot - self.strike), 0.0)


class Point(NamedTuple):
    x: float
    y: float = 0.5

    def dot(self, other):
        return self.x * other.x + self.y * other.y

    @property
    def norm(self):
        return math.sqrt(self.dot(self))


State = namedtuple("State", "position velocity")
Fit = namedtuple("Fit", ["slope", "intercept"], defaults=[0.0])


@program((Oscillator(1.5, 2.0),))
def dataclass_argument(o):
    return o.frequency * o.energy(0.3, 0.7) + o.damping**2


@program((1.5, 2.0), wrt=(0, 1))
def dataclass_made_inside(m, k):
    o = Oscillator(mass=m, stiffness=k)
    return o.energy(k) + o.frequency


@program((Option(1.2, 1.0),), more=[(Option(1.2, 1.5, kind="put"),)])
def frozen_with_strings_and_ints(option):
    return option.payoff() ** 2 * math.sqrt(option.days / 365)


@program((Option(1.2, 1.0),))
def replaced(option):
    up = replace(option, spot=option.spot * 1.1)
    other = dataclasses.replace(up, strike=option.spot * 0.9, days=30)
    return up.payoff() * other.payoff() + other.days * option.strike


@program((Oscillator(1.5, 2.0, 0.3),))
def dataclass_written(o):
    o.mass *= 2.0
    o.damping = o.mass * o.stiffness
    return o.damping * o.frequency


@program((Oscillator(1.5, 2.0), 0.2), wrt=(0, 1), out="vector")
def dataclass_result(o, rate):
    return Oscillator(o.mass * rate, o.stiffness - rate * o.mass, rate)


@program((Point(0.7, 1.2),))
def namedtuple_argument(p):
    return p.x * p.norm + p[1] ** 2


@program((0.7,))
def namedtuple_methods(t):
    p = Point(t)
    q = p._replace(y=t * t)
    x, y = q
    return p.dot(q) + x * y


@program((State(0.7, 1.2),), out="vector")
def namedtuple_result(s):
    acceleration = -math.sin(s.position)
    return State(s.position + 0.1 * s.velocity, velocity=s.velocity + 0.1 * acceleration)


@program((State(0.7, 1.2),))
def namedtuple_in_a_loop(s):
    for _ in range(4):
        s = State(s.position + 0.1 * s.velocity, s.velocity - 0.1 * s.position)
    return s.position * s.velocity


@program((np.array([0.5, 1.0, 2.0]), np.array([1.1, 1.9, 4.2])), wrt=1, out="vector")
def fit_result(x, y):
    slope = np.sum((x - x.mean()) * (y - y.mean())) / np.sum((x - x.mean()) ** 2)
    return Fit(slope, y.mean() - slope * x.mean())


@program((0.7,))
def namedtuple_defaults_and_fields(x):
    fit = Fit(x)
    as_dict = fit._asdict()
    return as_dict["slope"] ** 2 + len(Fit._fields) * fit.intercept + Fit._make([x, x])[1]


@dataclass
class Network:
    w: np.ndarray
    b: np.ndarray
    inner: Point = field(default_factory=lambda: Point(1.0, 2.0))
    name: str = "net"

    def __call__(self, x):
        return np.tanh(self.w @ x + self.b) * self.inner.x


@program((Network(np.array([[0.2, -0.4], [0.7, 0.1]]), np.array([0.1, 0.3]), Point(0.5, 0.25)),))
def nested_records(net):
    out = net(np.array([1.0, -0.5]))
    return np.sum(out**2) + net.inner.y


@dataclass
class Tracker:
    total: float = 0.0
    seen: list = field(default_factory=list)

    def feed(self, value):
        self.total += value
        self.seen.append(value)


@program((0.7,))
def default_factories(x):
    a, b = Tracker(), Tracker(total=x)
    for k in range(3):
        a.feed(x**k)
        b.feed(a.total)
    return b.total * a.seen[-1] + len(b.seen)


@dataclass
class Circle:
    radius: float
    area: float = field(init=False)

    def __post_init__(self):
        if self.radius < 0.0:
            raise ValueError(f"negative radius {self.radius}")
        self.area = math.pi * self.radius**2


@program((0.7,))
def post_init(x):
    small, large = Circle(x), Circle(2.0 * x)
    return large.area - small.area + small.radius


@program((-0.7,), raises=True)
def post_init_that_raises(x):
    return Circle(x).area


@program((Oscillator(1.5, 2.0, 0.3),))
def as_tuple_and_dict(o):
    m, k, d = astuple(o)
    return m * k + asdict(o)["damping"] * d


@program((Oscillator(1.5, 2.0, 0.3),))
def over_fields(o):
    return sum(getattr(o, f.name) ** (i + 1) for i, f in enumerate(fields(o)))


@dataclass(order=True)
class Bid:
    price: float
    size: float = field(compare=False)


@program(([Bid(2.0, 0.5), Bid(1.0, 1.5), Bid(3.0, 0.2)],))
def list_of_records(bids):
    best = max(bids)
    return best.price * best.size + sum(bid.size**2 for bid in sorted(bids)[:2])


@dataclass
class Base:
    a: float

    def value(self):
        return self.a**2


@dataclass
class Derived(Base):
    b: float = 2.0

    def value(self):
        return super().value() * self.b


@program((Derived(0.7, 1.5),))
def inherited_dataclass(d):
    return d.value() + Base(d.b).value()


@program((0.7,))
def simple_namespace(x):
    p = SimpleNamespace(a=x, b=x * 2.0)
    p.c = p.a * p.b
    return p.c + p.a


@program((SimpleNamespace(rate=0.7, scale=2.0),))
def namespace_argument(p):
    return p.scale * math.exp(-p.rate)


@program((Point(0.7, 1.2), Point(2.0, 0.1)), wrt=(0, 1))
def swapped_records(p, q):
    p, q = q, p
    return p.x * q.y + p.dot(q) * q.x


@program((Oscillator(1.5, 2.0),))
def alias_of_a_record(o):
    other = o
    other.stiffness = other.stiffness**2
    return o.stiffness * o.mass


@program((Oscillator(1.5, 2.0),))
def copy_of_a_record(o):
    other = replace(o)
    other.stiffness = other.stiffness**2
    return o.stiffness * other.stiffness


@dataclass
class Tree:
    value: float
    left: Any = None
    right: Any = None

    def total(self, depth=0):
        below = sum(child.total(depth + 1) for child in (self.left, self.right) if child is not None)
        return self.value ** (depth + 1) + below


@program((Tree(0.7, Tree(1.2, right=Tree(0.4)), Tree(2.0)),))
def tree_of_dataclasses(tree):
    return tree.total() * tree.left.value


@program(({"a": Point(0.7, 1.2), "b": Point(0.3, 2.0)},))
def records_in_a_dict(points):
    return sum(p.norm * p.x for p in points.values())


@program((0.7,))
def record_chosen_by_branch(x):
    p = Point(x, 2.0)
    if p.norm > 1.0:
        p = Point(p.y, p.x * x)
    return p.x + p.y * 3.0
