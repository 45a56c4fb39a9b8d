"""The text form of the IR: printer, parser, verifier and evaluator on hand-written functions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from adjoint.errors import InvalidIR
from adjoint.ir import core
from adjoint.ir.evaluate import evaluate
from adjoint.ir.parser import ParseError, parse_function
from adjoint.ir.printer import print_function, print_with_statics
from adjoint.ir.types import FLOAT, Array, Static, Sym
from adjoint.ir.verify import verify

LOGISTIC = """\
func logistic(%x: float, %n: int = 4) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: float = const {value=4.0}
  %v: float = for %0 %n %1 %x (%i: int, %v.1: float) {
    %3: float = mul %2 %v.1
    %4: float = sub %1 %v.1
    %v.2: float = mul %3 %4
    continue %v.2
  }
  return %v
}
"""

LOGISTIC_GRAD = """\
func logistic_grad(%x: float, %n: int = 4) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: float = const {value=4.0}
  %3: float = const {value=1.0}
  %v_stack: tape<float> = tape {item=!float}
  %v: float = for %0 %n %1 %x (%i: int, %v.1: float) {
    push %v_stack %v.1
    %4: float = sub %3 %v.1
    %5: float = mul %2 %v.1
    %v.2: float = mul %5 %4
    continue %v.2
  }
  %v_bar: float = while %3 (%v_bar.1: float) {
    %6: bool = nonempty %v_stack
    yield %6
  } do (%v_bar.2: float) {
    %v.3: float = pop %v_stack
    %7: float = add %v.3 %v.3
    %8: float = sub %3 %7
    %9: float = mul %2 %8
    %v_bar.3: float = mul %v_bar.2 %9
    continue %v_bar.3
  }
  return %v_bar
}
"""

EXITS = """\
func search(%x: float, %n: int) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: float = const {value=2.0}
  %3: float = const {value=-1.0}
  %y: float = for %0 %n %1 %x (%i: int, %y.1: float) {
    %4: bool = gt %y.1 %2
    if %4 {
      break %y.1
    } else {
      %5: bool = lt %y.1 %0
      if %5 {
        return %y.1
      } else {
        %y.2: float = add %y.1 %1
        continue %y.2
      }
    }
  } else (%y.3: float) {
    %6: float = mul %y.3 %3
    yield %6
  }
  %7: bool = eq %y %3
  %z: float = if %7 {
    raise {exception=@ValueError}
  } else {
    yield %y
  }
  return %z
}
"""

# A raise has no row in the table of operations, so its attributes are written in full.

CALLS = """\
func main(%x: float) -> (float, float) {
  %0: (float, float) = call %x {callee=&double}
  %1: float = getitem %0 {index=1}
  %2: float, %3: float = call %1 {callee=&double}
  %4: float = sin %3 {ns='math'}
  %5: (float, float) = tuple %2 %4
  return %5
}

func double(%x: float) -> (float, float) {
  %0: float = add %x %x
  %1: (float, float) = tuple %x %0
  return %1
}
"""

TEXTS = {"logistic": LOGISTIC, "logistic_grad": LOGISTIC_GRAD, "exits": EXITS, "calls": CALLS}


@pytest.mark.parametrize("name", TEXTS)
def test_round_trip(name: str) -> None:
    function = parse_function(TEXTS[name])
    verify(function)
    assert print_function(function) == TEXTS[name]
    clone = core.clone_function(function)
    verify(clone)


def test_signature_kinds_and_literals() -> None:
    text = """\
func f(%a: float64[n-2?, 3, ?], /, w=%b: float = -inf, *, %c: static<'key'> = 'key', %d: static<None> = None) -> float {
  %0: float64[] = const {value=np.dtype('float64')(0.1)}
  %1: static<np.dtype('int64')> = const {value=np.dtype('int64')}
  %2: complex = const {value=complex(-0.0, 2.0)}
  %3: float = pycall %b {_text="np.sin('x')", func=@math.sin, keywords=('a', 'b'), type=!float}
  %4: list[(float,)] = undef
  raise {exception=@mine, options={'a': [1, 2.5e-08], None: ...}}
}
"""
    mine = object()
    function = parse_function(text, {"mine": mine})
    printed, statics = print_with_statics(function)
    assert printed == text.replace("@mine", f"@{next(iter(statics))}")
    assert list(statics.values()) == [mine]
    assert function.params[0].kind == "positional only" and function.params[2].kind == "keyword only"
    assert function.params[1].name == "w" and function.params[1].default == -math.inf
    assert function.args[0].type == Array("float64", (Sym("n", -2), 3, None))
    assert function.args[2].type == Static("key")
    assert function.body.ops[3].attrs["func"] is math.sin
    again = parse_function(printed, statics)
    assert print_function(again) == printed


def test_evaluate() -> None:
    assert evaluate(parse_function(LOGISTIC), [0.25]) == 0.75
    assert evaluate(parse_function(LOGISTIC), [0.3, 0]) == 0.3
    assert evaluate(parse_function(LOGISTIC_GRAD), [0.25]) == -16.0
    search = parse_function(EXITS)
    assert evaluate(search, [0.5, 10]) == 2.5  # break
    assert evaluate(search, [0.5, 1]) == -1.5  # else
    assert evaluate(search, [-0.5, 1]) == -0.5  # return inside the loop
    with pytest.raises(ValueError):
        evaluate(search, [0.0, 1])
    assert evaluate(parse_function(CALLS), [1.0]) == (2.0, math.sin(4.0))
    with pytest.raises(TypeError):
        evaluate(search, [1.0])


def test_mixed_else_without_carries() -> None:
    text = """\
func f(%x: float) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  for %0 %1 %1 (%i: int) {
    continue
  } else {
    if %x {
      return %x
    } else {
      yield
    }
  }
  %2: float = const {value=7.0}
  return %2
}
"""
    function = parse_function(text)
    verify(function)
    assert print_function(function) == text
    assert (evaluate(function, [3.0]), evaluate(function, [0.0])) == (3.0, 7.0)


def test_global_and_undef() -> None:
    text = """\
func f(%x: float) -> float {
  %0: float = global {name='scale.real'}
  %y: float = undef
  %z: float = if %x {
    yield %0
  } else {
    yield %y
  }
  %1: float = mul %z %x
  return %1
}
"""
    function = parse_function(text, {"scale": np.float64(3.0)})
    verify(function)
    assert evaluate(function, [2.0]) == 6.0
    with pytest.raises(UnboundLocalError):
        evaluate(function, [0.0])


def spoil(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


BROKEN = {
    "no terminator": (LOGISTIC, "    continue %v.2\n", "", "does not end with a terminator"),
    "wrong count": (LOGISTIC, "continue %v.2", "continue %v.2 %v.2", "carries 2 values, not 1"),
    "wrong type": (LOGISTIC, "%v: float = for", "%v: int = for", "where int is declared"),
    "scope": (LOGISTIC, "return %v\n", "return %v.2\n", "out of scope"),
    "early": (LOGISTIC, "    continue %v.2\n", "    continue %v.2\n    continue %v.2\n", "not the last operation"),
    "outside": (LOGISTIC, "  return %v\n", "  break %v\n", "cannot end this region"),
    "operands": (LOGISTIC, "mul %2 %v.1", "mul %2", "1 given"),
    "opcode": (LOGISTIC, "mul %2 %v.1", "mull %2 %v.1", "no operation is called mull"),
    "bound": (LOGISTIC, "for %0 %n %1", "for %x %n %1", "not an integer"),
    "push twice": (LOGISTIC_GRAD, "push %v_stack %v.1", "push %v_stack %v.1\n push %v_stack %v.1", "second push"),
    "no tape": (LOGISTIC_GRAD, "push %v_stack", "push %x", "no tape"),
    "arity": (CALLS, "call %x {callee=&double}", "call %x %x {callee=&double}", "passes 2 values"),
    "no callee": (CALLS, "call %x {callee=&double}", "call %x", "no callee"),
    "branch": (EXITS, "    raise {exception=@ValueError}", "    yield", "yields 0 values, not 1"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_verifier_objects(name: str) -> None:
    text, old, new, message = BROKEN[name]
    with pytest.raises(InvalidIR, match="(?s)" + message.replace("(", r"\(") + ".*>>>"):
        verify(parse_function(spoil(text, old, new)))


def test_back_pointers_and_double_definitions() -> None:
    function = parse_function(LOGISTIC)
    function.body.ops[0].results[0].op = None
    with pytest.raises(InvalidIR, match="point back"):
        verify(function)
    function = parse_function(LOGISTIC)
    function.body.ops.insert(0, function.body.ops[0])
    with pytest.raises(InvalidIR, match="twice"):
        verify(function)
    function = parse_function(LOGISTIC)
    del function.body.ops[0].attrs["value"]
    with pytest.raises(InvalidIR, match="attributes"):
        verify(function)


def test_parse_errors_name_the_line() -> None:
    with pytest.raises(ParseError, match="line 2"):
        parse_function("func f(%x: float) -> float {\n  return %y\n}")
    with pytest.raises(ParseError, match="nothing is known as @nowhere"):
        parse_function("func f(%x: float) -> float {\n  raise {exception=@nowhere}\n}")


def test_mark_and_lines() -> None:
    function = parse_function(LOGISTIC)
    loop = function.body.ops[3]
    loop.line = core.Line(3, "for i in range(n):")
    text = print_function(function, mark=loop, lines=True)
    assert ">>>  %v: float = for" in text and "# 3: for i in range(n):" in text
    assert print_function(parse_function(text)) == LOGISTIC


def test_values_of_one_name_and_type_survive() -> None:
    function = parse_function(LOGISTIC)
    loop: Any = function.body.ops[3]
    assert loop.result.name == "v" and loop.regions[0].args[1].name == "v" and loop.result.type == FLOAT
