"""Plain classes: methods, operators, inheritance, properties, construction inside, attribute writes."""

import math
from abc import ABC, abstractmethod
from enum import Enum, IntEnum
from typing import ClassVar, Protocol

from tests.language.registry import program


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Vec(self.x * factor, self.y * factor)

    __rmul__ = __mul__

    def __matmul__(self, other):
        return self.x * other.x + self.y * other.y

    def __neg__(self):
        return self * -1.0

    def __abs__(self):
        return math.sqrt(self @ self)

    def __getitem__(self, i):
        return (self.x, self.y)[i]

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y


@program((0.7, 1.2), wrt=(0, 1))
def vector_operators(x, y):
    a, b = Vec(x, y), Vec(1.0, x * y)
    return (a + 2.0 * b - a * y) @ b + abs(-a) * b[0] + a[1]


@program((Vec(0.7, 1.2),))
def object_argument(v):
    return v @ v + v.x * math.sin(v.y)


@program((Vec(0.7, 1.2), 0.3), wrt=(0, 1), out="vector")
def object_result(v, angle):
    c, s = math.cos(angle), math.sin(angle)
    return Vec(c * v.x - s * v.y, s * v.x + c * v.y)


@program((0.7,))
def equality_operator(x):
    a, b = Vec(x, 1.0), Vec(x, 1.0)
    return x * 2.0 if a == b else x * x


class Dual:
    """Forward mode by hand."""

    def __init__(self, value, slope=0.0):
        self.value, self.slope = value, slope

    def __add__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value + other.value, self.slope + other.slope)

    __radd__ = __add__

    def __mul__(self, other):
        other = other if isinstance(other, Dual) else Dual(other)
        return Dual(self.value * other.value, self.value * other.slope + self.slope * other.value)

    __rmul__ = __mul__

    def sin(self):
        return Dual(math.sin(self.value), math.cos(self.value) * self.slope)


@program((0.7,))
def dual_numbers(x):
    t = Dual(x, 1.0)
    y = 3.0 * t * t + t.sin() * 2.0 + 1.0
    return y.value * y.slope


class Polynomial:
    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    def __call__(self, x):
        total = 0.0
        for c in reversed(self.coefficients):
            total = total * x + c
        return total

    def __len__(self):
        return len(self.coefficients)

    def __iter__(self):
        return iter(self.coefficients)

    def derivative(self):
        return Polynomial(*[k * c for k, c in enumerate(self.coefficients)][1:])

    @property
    def degree(self):
        return len(self) - 1

    @classmethod
    def from_root(cls, root):
        return cls(-root, 1.0)

    @staticmethod
    def monomial(degree):
        return Polynomial(*([0.0] * degree), 1.0)


@program((0.7,))
def polynomial_class(x):
    p = Polynomial(1.0, x, -2.0, 0.5)
    return p(x) + p.derivative()(2.0) * p.degree


@program((0.7,))
def class_and_static_methods(x):
    line = Polynomial.from_root(x)
    cube = Polynomial.monomial(3)
    return line(2.0) * cube(x) + sum(line)


CUBIC = Polynomial(0.5, -1.0, 2.0, 0.25)

program((0.7,), name="call_method_as_target", category="classes")(CUBIC.__call__)
program((0.7,), name="callable_object_as_target", category="classes")(CUBIC)


@program((0.7,))
def global_object(x):
    return CUBIC(x) * CUBIC.degree + CUBIC.derivative()(x)


class Account:
    rate = 0.05

    def __init__(self, balance=0.0):
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        self.balance += amount
        self.history.append(self.balance)
        return self

    def accrue(self, years=1):
        for _ in range(years):
            self.balance *= 1.0 + self.rate
        self.history.append(self.balance)
        return self


@program((100.0, 20.0), wrt=(0, 1))
def mutable_object(start, monthly):
    account = Account(start)
    account.deposit(monthly).accrue(3)
    account.deposit(2.0 * monthly)
    return account.balance + account.history[1] * 0.5


@program((100.0,))
def two_objects(x):
    a, b = Account(x), Account(2.0)
    alias = a
    alias.deposit(x * x)
    b.rate = 0.1
    b.deposit(a.balance).accrue()
    return a.balance * 0.01 + b.balance


@program((1.5,))
def instance_attribute_hides_class_attribute(x):
    account = Account(x)
    before = account.rate * x
    account.rate = x * x
    return before + account.accrue().balance + Account.rate


@program((0.3,))
def attributes_by_name(x):
    cell = Account(x)
    setattr(cell, "rate", x * x)
    return getattr(cell, "rate") * getattr(cell, "missing", 2.0) + hasattr(cell, "balance") * cell.balance


class Shape(ABC):
    def __init__(self, name):
        self.name = name

    @abstractmethod
    def area(self): ...

    def cost(self, price):
        return price * self.area() + len(self.name)


class Circle(Shape):
    def __init__(self, radius):
        super().__init__("circle")
        self.radius = radius

    def area(self):
        return math.pi * self.radius**2


class Rectangle(Shape):
    def __init__(self, width, height):
        super().__init__("rectangle")
        self.width, self.height = width, height

    def area(self):
        return self.width * self.height


class Square(Rectangle):
    def __init__(self, side):
        super().__init__(side, side)

    def cost(self, price):
        return 0.9 * super().cost(price)


@program((1.5, 2.0), wrt=(0, 1))
def inheritance(size, price):
    shapes = [Circle(size), Rectangle(size, 2.0), Square(size * price)]
    return sum(shape.cost(price) for shape in shapes)


@program((1.5,))
def isinstance_dispatch(x):
    total = 0.0
    for shape in (Square(x), Circle(x)):
        if isinstance(shape, Rectangle):
            total += shape.width
        elif isinstance(shape, Shape):
            total += shape.radius * shape.area()
    return total


class Kinetic(Protocol):
    mass: float

    def energy(self, v): ...


class Body:
    count: ClassVar[int] = 3
    G = 6.67

    def __init__(self, mass):
        self.mass = mass

    def energy(self, v):
        return 0.5 * self.mass * v * v * self.G / Body.G

    def weight(self):
        return self.mass * self.G / type(self).count


def total_energy(body: Kinetic, v: float) -> float:
    return body.energy(v) + body.mass


@program((1.5, 0.4), wrt=(0, 1))
def protocol_and_constants(m, v):
    return total_energy(Body(m), v) * Body(v).weight()


class Temperature:
    def __init__(self, kelvin):
        self._kelvin = kelvin

    @property
    def celsius(self):
        return self._kelvin - 273.15

    @celsius.setter
    def celsius(self, value):
        self._kelvin = value + 273.15


@program((300.0,))
def property_and_setter(k):
    t = Temperature(k)
    t.celsius = t.celsius * 2.0
    t.celsius += 1.0
    return t.celsius + 0.01 * k * k


class Scheme(Enum):
    EULER = "euler"
    MIDPOINT = "midpoint"


class Order(IntEnum):
    FIRST = 1
    SECOND = 2


@program((0.7, Scheme.EULER), more=[(0.7, Scheme.MIDPOINT)])
def enum_argument(x, scheme):
    slope = lambda v: -v * v
    if scheme is Scheme.EULER:
        return x + 0.1 * slope(x)
    return x + 0.1 * slope(x + 0.05 * slope(x))


@program((0.7,))
def int_enum(x):
    return x**Order.SECOND + Order.FIRST * x if Order.SECOND > Order.FIRST else x
