"""Types from values, from text and from nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from adjoint.errors import UnsupportedConstruct
from adjoint.ir.evaluate import evaluate
from adjoint.ir.parser import parse_function
from adjoint.ir.types import FLOAT, INT, MANY, Array, List, Static, Sym, Tuple
from adjoint.ir.verify import verify
from adjoint.parameters import parameters_of
from adjoint.seeding import seed_tangent
from adjoint.signatures import assumed_types, concrete_shape, extents, parse_types, type_of_value


def test_types_of_values() -> None:
    assert type_of_value(1, "x") == INT and type_of_value(True, "x") == Static(True)
    array = type_of_value(np.ones((3, 1)), "x")
    assert array == Array("float64", (Sym("x_0", 0, False), 1))
    assert type_of_value(np.float32(1), "x") == Array("float32", ())
    assert type_of_value((1.0, (2, "s")), "x") == Tuple((FLOAT, Tuple((INT, Static("s")))))
    assert type_of_value([1, 2.0], "x") == List(FLOAT)
    assert type_of_value([np.ones((2, 1)), np.ones((3, 1))], "x") == List(
        Array("float64", (MANY, 1))
    )
    assert concrete_shape(array, extents([array], [np.ones((3, 1))])) == (3, 1)


@pytest.mark.parametrize(
    "value",
    [{1.0, 2.0}, object(), iter([1.0]), np.array(["a"]), np.ones(3).astype(">f8"), np.ma.masked_array([1.0])],
)
def test_refused_values_name_the_argument(value: Any) -> None:
    with pytest.raises(UnsupportedConstruct, match="'w'") as caught:
        type_of_value(value, "w")
    assert caught.value.why and caught.value.fix


def test_parse_types() -> None:
    found = parse_types("x: f8[:, 3], n: int, y: float32[m, :], z: f8")
    assert found["x"] == Array("float64", (Sym("x_0", 0, False), 3))
    assert found["n"] == INT and found["z"] == Array("float64", ())
    assert found["y"] == Array("float32", (Sym("m", 0, False), Sym("y_1", 0, False)))
    for wrong in ("x", "x: nothing", "x: f8[a b]", "1: f8"):
        with pytest.raises(ValueError):
            parse_types(wrong)


def test_assumed_types() -> None:
    def f(a, b: int, c=2, d=1.5, e="s", *, g: "bool" = False):  # type: ignore[no-untyped-def]  # noqa: UP037
        return a

    types, note = assumed_types(f, parameters_of(f), {"a": Array("float64", (3,))})
    assert types == [Array("float64", (3,)), INT, INT, FLOAT, Static("s"), Static(False)]
    assert note is not None and "b: int" in note and "a:" not in note and "c:" not in note


SQUARE_JVP = """\
func square_jvp(%x: float, %x_dot: float) -> (float, float) {
  %0: float = mul %x %x
  %1: float = mul %x %x_dot
  %2: float = add %1 %1
  %3: bool = gt %x %0
  if %3 {
    %4: (float, float) = tuple %0 %2
    return %4
  } else {
    %5: (float, float) = call %x %2 {callee=&pair}
    return %5
  }
}

func pair(%x: float, %y: float) -> (float, float) {
  %0: (float, float) = tuple %x %y
  return %0
}
"""


def test_seeding() -> None:
    seeded = seed_tangent(parse_function(SQUARE_JVP), 0, "square_derivative")
    verify(seeded)
    assert [evaluate(seeded, [x]) for x in (0.5, 3.0)] == [1.0, 6.0]
    assert len(seeded.params) == 1 and seeded.result_type == FLOAT
