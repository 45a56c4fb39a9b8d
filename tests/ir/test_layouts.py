"""Layouts: types of containers, their text form, what the verifier refuses, what the evaluator builds and reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from adjoint.derive.cotangents import cotangent_type
from adjoint.errors import InvalidIR
from adjoint.ir.evaluate import evaluate
from adjoint.ir.layouts import build, is_rebuildable, read, stand_in_of
from adjoint.ir.parser import ParseError, parse_function
from adjoint.ir.printer import print_function, print_with_statics
from adjoint.ir.types import FLOAT, INT, NONE, UNDEF, JoinError, Layout, List, Static, Tuple, Type, fits, join
from adjoint.ir.verify import verify
from tests.emit.container_programs import CONTAINER, SCALAR, STATICS, Checked, Frozen, Pair, Params, Plain, Point

LIST = Layout("list")
XY = Layout("dict", ("x", "y"))
POINT = Layout("named", ("x", "y"), Point)
PARAMS = Layout("record", ("w", "b"), Params)
PLAIN = Layout("record", ("w", "b"), Plain)


def of(layout: Layout | None, *items: Type) -> Tuple:
    return Tuple(items, layout)


@pytest.mark.parametrize(
    ("t", "text"),
    [
        (of(None, FLOAT), "(float,)"),
        (of(LIST), "list()"),
        (of(LIST, FLOAT, INT), "list(float, int)"),
        (of(Layout("function"), FLOAT), "function(float)"),
        (of(XY, FLOAT, of(LIST, INT)), 'dict{"x": float, "y": list(int)}'),
        (of(Layout("dict", ('a"b', 3, ("k", 1))), FLOAT, INT, INT), 'dict{"a\\"b": float, 3: int, (\'k\', 1): int}'),
        (of(Layout("dict")), "dict{}"),
        (of(POINT, FLOAT, FLOAT), "Point{x: float, y: float}"),
        (of(PARAMS, FLOAT, Static("s")), "Params{w: float, b: static<'s'>}"),
        (of(Layout("namespace", ("w",)), FLOAT), "namespace{w: float}"),
    ],
)
def test_text(t: Tuple, text: str) -> None:
    assert str(t) == text
    whole = f"func f(%p: {text}) -> {text} {{\n  return %p\n}}\n"
    function = parse_function(whole, STATICS)
    assert function.result_type == t
    assert print_function(function) == whole


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (of(LIST, INT), of(LIST, FLOAT), of(LIST, FLOAT)),
        (of(XY, INT, FLOAT), of(XY, FLOAT, INT), of(XY, FLOAT, FLOAT)),
        (of(LIST, INT), of(LIST, FLOAT, INT), List(FLOAT)),
        (of(LIST), List(FLOAT), List(FLOAT)),
        (of(LIST), of(LIST), of(LIST)),
        (List(UNDEF), of(LIST), List(UNDEF)),
        (of(LIST, of(LIST)), of(LIST), List(of(LIST))),
        (of(POINT, INT, INT), UNDEF, of(POINT, INT, INT)),
    ],
)
def test_join(a: Type, b: Type, expected: Type) -> None:
    assert join(a, b) == join(b, a) == expected
    assert fits(a, expected)
    assert fits(b, expected)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (of(LIST, FLOAT), of(None, FLOAT)),
        (of(XY, FLOAT, FLOAT), of(Layout("dict", ("y", "x")), FLOAT, FLOAT)),
        (of(POINT, FLOAT, FLOAT), of(XY, FLOAT, FLOAT)),
        (of(None, FLOAT), of(None, FLOAT, FLOAT)),
        (of(None, FLOAT), List(FLOAT)),
        (of(LIST, FLOAT), of(LIST, NONE)),
        (of(LIST, FLOAT, NONE), of(LIST, FLOAT)),
    ],
)
def test_no_join(a: Type, b: Type) -> None:
    with pytest.raises(JoinError):
        join(a, b)
    assert not fits(a, b)
    assert not fits(b, a)


def test_cotangent_types() -> None:
    assert cotangent_type(of(XY, FLOAT, of(LIST, INT))) == of(XY, FLOAT, NONE)
    assert cotangent_type(of(POINT, FLOAT, Static("s"))) == of(POINT, FLOAT, NONE)
    assert cotangent_type(of(PARAMS, FLOAT, FLOAT)) == of(PARAMS, FLOAT, FLOAT)
    assert cotangent_type(of(PLAIN, FLOAT, FLOAT)) == of(Layout("namespace", ("w", "b")), FLOAT, FLOAT)
    assert cotangent_type(of(LIST, INT)) == NONE


class Moved(Point):
    """A namedtuple with a constructor of its own."""

    def __new__(cls, x: Any, y: Any) -> Moved:
        return super().__new__(cls, y, x)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        (POINT, True),
        (Layout("named", ("left", "right"), Pair), True),
        (PARAMS, True),
        (Layout("record", ("scale", "label"), Frozen), True),
        (Layout("record", ("w",), Params), False),
        (Layout("record", ("w", "b", "more"), Params), False),
        (Layout("record", ("w", "b"), Checked), False),
        (PLAIN, False),
        (Layout("named", ("x", "y"), Moved), False),
    ],
)
def test_rebuildable(layout: Layout, expected: bool) -> None:
    assert is_rebuildable(layout) is expected
    if expected:
        made = build(layout, [1.0, 2.0])
        assert type(made) is layout.cls
        assert [read(layout, made, index) for index in (0, 1)] == [1.0, 2.0]
    else:
        stand_in = build(layout, [1.0] * len(layout.keys))
        assert type(stand_in) is SimpleNamespace and set(vars(stand_in)) == set(layout.keys)
        assert stand_in_of(List(Tuple((FLOAT,) * len(layout.keys), layout))) is layout


@pytest.mark.parametrize("program", [*SCALAR, *CONTAINER], ids=lambda program: program.name)
def test_round_trip(program: Any) -> None:
    function = parse_function(program.text, STATICS)
    verify(function)
    text, statics = print_with_statics(function)
    assert text == program.text
    again = parse_function(text, statics)
    assert print_function(again) == text
    assert [arg.type for arg in again.args] == [arg.type for arg in function.args]


def test_two_classes_of_one_name() -> None:
    other = type("Point", (Plain,), {})
    name = "func f(%p: Point{x: float, y: float}, %q: Point.1{w: float}) -> float {\n"
    name += "  %0: float = getitem %q\n  return %0\n}\n"
    function = parse_function(name, {"Point": Point, "Point.1": other})
    text, statics = print_with_statics(function)
    assert text == name
    assert statics == {"Point": Point, "Point.1": other}


def test_a_class_that_is_not_given() -> None:
    with pytest.raises(ParseError, match="pass it in `statics`"):
        parse_function("func f(%p: Point{x: float}) -> float {\n  %0: float = getitem %p\n  return %0\n}\n")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ('%0: dict{"a": float} = tuple %x {layout=dict{"b"}}', "makes no"),
        ('%0: dict{"a": float} = tuple %x', "makes no"),
        ('%0: dict{"a": float} = tuple %x %x {layout=dict{"a"}}', "the container holds 2 values, not 1"),
        ('%0: dict{"a": (float,)} = tuple %x {layout=dict{"a"}}', "as number 0"),
        ("%0: list(float) = tuple %x {layout=list()}", "returns list"),
        ("%0: float = getitem %p {index=2}", "no item number 2"),
        ("%0: float = getitem %x", "no container"),
    ],
)
def test_the_verifier_refuses(body: str, message: str) -> None:
    text = "func f(%x: float, %p: Point{x: float, y: float}) -> dict{\"a\": float} {\n" + f"  {body}\n  return %0\n}}\n"
    with pytest.raises(InvalidIR, match=message):
        verify(parse_function(text, STATICS))


def test_the_evaluator_builds_and_reads() -> None:
    """A dict is read by key whatever its order, a record by attribute."""
    text = """func f(%d: dict{"a": float, "b": float}, %p: Params{w: float, b: float}) -> \
dict{"n": namespace{w: float}, "l": list(float, Point{x: float, y: float})} {
  %0: float = getitem %d {index=1}
  %1: float = getitem %p
  %2: namespace{w: float} = tuple %1 {layout=namespace{w}}
  %3: Point{x: float, y: float} = tuple %0 %1 {layout=Point{x, y}}
  %4: list(float, Point{x: float, y: float}) = tuple %0 %3 {layout=list()}
  %5: dict{"n": namespace{w: float}, "l": list(float, Point{x: float, y: float})} = tuple %2 %4 {layout=dict{"n", "l"}}
  return %5
}
"""
    function = parse_function(text, STATICS)
    verify(function)
    found = evaluate(function, [{"b": 2.0, "a": 1.0}, Params(3.0, 4.0)])
    assert found == {"n": SimpleNamespace(w=3.0), "l": [2.0, Point(2.0, 3.0)]}
    assert type(found["l"][1]) is Point
