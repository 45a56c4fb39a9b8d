"""`match` written out in assignments and `if`: the same meaning as Python's own."""

import ast
import dataclasses
import inspect
import math
import textwrap
from collections import namedtuple

import gast
import pytest

from adjoint.errors import UnsupportedConstruct
from adjoint.frontend.syntax.capture import Namespace
from adjoint.frontend.syntax.desugar import desugar
from adjoint.source import read_source

Pair = namedtuple("Pair", "left right")
CASES = []


@dataclasses.dataclass
class Point:
    x: float
    y: float


class Circle:
    __match_args__ = ("radius",)

    def __init__(self, radius):
        self.radius = radius


def matches(*many):
    def register(function):
        CASES.extend(pytest.param(function, args, id=f"{function.__name__}-{i}") for i, args in enumerate(many))
        return function

    return register


@matches((0,), (1,), (2.0,), ("one",), (None,), (True,), (-3,), (1 + 2j,), (math.pi,))
def literals(s):
    match s:
        case None:
            return "none"
        case True:
            return "yes"
        case 0 | 1:
            return "small"
        case -3 | 1 + 2j:
            return "odd"
        case "one":
            return "text"
        case math.pi:
            return "pi"
        case _:
            return s


@matches(((),), ((1,),), ([1, 2],), ((1, 2, 3),), ([1, 2, 3, 4],), ("ab",), ({"a": 1},), (((1, 2), [3]),))
def sequences(s):
    match s:
        case []:
            return "empty"
        case [x]:
            return "one", x
        case ((a, b), [c]):
            return "nested", a, b, c
        case (x, y):
            return "two", x, y
        case [first, *middle, last, 4]:
            return "four", first, middle, last
        case [first, *rest]:
            return "more", first, rest
    return "none"


@matches(({},), ({"a": 1},), ({"a": 1, "b": 2},), ({"a": 2, "c": 4, 5: 6},), ([],))
def mappings(s):
    match s:
        case {"a": 1, "b": b}:
            return b
        case {"a": 2, **others}:
            return others
        case {"a": a}:
            return a
        case {}:
            return "a dict"
    return "none"


@matches((Point(0, 1),), (Point(2, 3),), (Point(4, 4),), (Circle(5),), (Pair(1, 2),), (Pair(3, Point(1, 1)),), (7,))
def classes(s):
    match s:
        case Point(x=0, y=yy):
            return yy
        case Point(a, b) if a == b:
            return "diagonal"
        case Point(a, b):
            return a, b
        case Circle(r):
            return r
        case Pair(left=1):
            return "left"
        case Pair(_, Point() as p):
            return p.x
        case other:
            return other


@matches((1,), (2.5,), ("s",), ((1, 2),), (True,), ({"k": 1},))
def builtin_classes(s):
    match s:
        case bool():
            return "bool"
        case int(n):
            return n + 1
        case float(v) | str(v):
            return v
        case tuple((a, b)):
            return a - b
        case dict(d):
            return d["k"]


@matches((1, 2), (2, 1), (0, 0), (5, 5))
def guards(x, y):
    match x, y:
        case (a, b) if a < b:
            return "less", a
        case (0, _):
            return "zero"
        case (a, b) if a > b:
            return "more", b
    return "equal", a, b


@matches((1,), (3,), (8,))
def capture_with_guard(n):
    match n:
        case x if x > 5:
            out = "big"
        case x if x > 2:
            out = "middle"
        case x:
            out = "small"
    return out, x


@matches(((1, 2),), ((2, 3, 4),), ((1, [5, 6]),))
def alternatives(s):
    match s:
        case (1, [x, _]) | (1, x) | (2, _, x):
            return x
        case _ as whole:
            return whole


@matches(((1, (2, 3)),), ((4, 5),))
def inner_names(s):
    match s:
        case (a, (b, c) as pair):
            return a, b, c, pair
        case (a, int() as b):
            return a, b


@matches((3,), (4,))
def in_loops(n):
    total = 0
    for i in range(n):
        match i % 3:
            case 0:
                continue
            case 1 if total > 2:
                break
            case k:
                match k:
                    case 1:
                        total += 10
                    case _:
                        total += k
    return total


@matches(([1, 2],), ([3, -1],))
def guard_with_names_of_its_own(s):
    match s:
        case [*xs] if all(xs > 0 for xs in xs):
            return "positive"
        case [x, y]:
            return x + y


@matches((1,))
def shadowed_builtins(len):
    isinstance = 3
    match (len, isinstance):
        case (a, 3):
            return a
    return 0


def written_out(function):
    text = read_source(function)
    node = gast.ast_to_gast(text.node)
    body = desugar(node.body, set(inspect.signature(function).parameters), Namespace(function), text)
    return node, body


def rebuilt(function):
    """The function with its matches written out, compiled again."""
    node, body = written_out(function)
    constants = {}
    for part in (each for statement in body for each in gast.walk(statement)):
        for name, value in [(name, getattr(part, name, None)) for name in part._fields]:
            if isinstance(value, gast.Constant) and callable(value.value):
                constants[value.value.__name__ + "_"] = value.value
                setattr(part, name, gast.Name(value.value.__name__ + "_", gast.Load(), None, None))
            elif isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, gast.Constant) and isinstance(item.value, type):
                        constants[item.value.__name__ + "_"] = item.value
                        value[i] = gast.Name(item.value.__name__ + "_", gast.Load(), None, None)
    node.body, node.decorator_list = body, []
    assert not any(isinstance(part, gast.Match) for part in gast.walk(node))
    tree = gast.gast_to_ast(gast.Module([node], []))
    space = {**function.__globals__, **constants}
    exec(compile(ast.fix_missing_locations(tree), "rebuilt", "exec"), space)
    return space[function.__name__]


@pytest.mark.parametrize(("function", "args"), CASES)
def test_means_the_same(function, args):
    assert rebuilt(function)(*args) == function(*args)


def test_every_statement_has_a_place():
    for function in {case.values[0] for case in CASES}:
        for part in (each for statement in written_out(function)[1] for each in gast.walk(statement)):
            if isinstance(part, gast.stmt | gast.expr):
                assert part.lineno >= function.__code__.co_firstlineno, gast.dump(part)


def test_the_subject_is_evaluated_once():
    seen = []

    def make():
        seen.append(1)
        return (1, 2)

    space = {"make": make}
    text = """
    def f():
        match make():
            case (1, 3):
                return 1
            case (a, b) if a > b:
                return 2
            case (a, 2):
                return a
    """
    namespace = {}
    exec(textwrap.dedent(text), space, namespace)
    function = namespace["f"]
    source = read_source(function, text)
    node = gast.ast_to_gast(source.node)
    node.body = desugar(node.body, set(), Namespace(function), source)
    tree = gast.gast_to_ast(gast.Module([node], []))
    exec(compile(ast.fix_missing_locations(tree), "rebuilt", "exec"), space)
    assert space["f"]() == 1 and len(seen) == 1


def test_unknown_positions_are_refused():
    def local_class(p, kinds):
        match p:
            case kinds.Point(1, 2):
                return 0
        return 1

    with pytest.raises(UnsupportedConstruct, match="positions is not known"):
        written_out(local_class)


def test_too_many_positions_are_refused():
    def three(p):
        match p:
            case Point(1, 2, 3):
                return 0
        return 1

    with pytest.raises(UnsupportedConstruct, match="accepts 2 positional"):
        written_out(three)
