"""Names: the user's own, nothing shadowed, generated ones out of the way."""

from __future__ import annotations

import math

import numpy as np

from adjoint.emit import emit_module
from adjoint.ir.core import Function
from adjoint.ir.parser import parse_function
from adjoint.ir.verify import verify


def _function(text: str, **namespace: object) -> Function:
    function = parse_function(text)
    verify(function)
    function.namespace = namespace
    return function


def test_a_user_variable_called_like_a_cotangent() -> None:
    function = _function(
        """
        func f(%x_bar: float) -> float {
          %y_bar: float = sin %x_bar {ns='math'}
          %z: float = mul %y_bar %y_bar
          %y_bar.1: float = mul %z %y_bar
          %w: float = add %y_bar.1 %y_bar.1
          %v: float = add %w %y_bar
          return %v
        }
        """
    )
    function.body.ops[2].derived = True
    source = emit_module(function).source
    assert "    y_bar = math.sin(x_bar)\n" in source
    assert "    y_bar_ = z * y_bar\n" in source


def test_parameters_named_like_modules_and_builtins() -> None:
    function = _function(
        """
        func f(%np: float, %range: int, %math: float) -> float {
          %0: int = const {value=0}
          %1: int = const {value=1}
          %s: float = for %0 %range %1 %np (%i: int, %s.1: float) {
            %s.2: float = sin %s.1 {ns='math'}
            continue %s.2
          }
          %2: float64[] = cos %s {ns='np'}
          return %2
        }
        """
    )
    made = emit_module(function)
    namespace = dict(made.bindings)
    exec(made.source, namespace)
    assert made.source.startswith("import builtins\nimport math as math_1\nimport numpy as np_1\n")
    assert namespace["f"](0.5, 2, 0.0) == np.cos(math.sin(math.sin(0.5)))  # type: ignore[operator]  # the function


def test_the_users_spelling_of_modules() -> None:
    text = """
    func f(%x: float64[n]) -> float64[] {
      %0: float64[n] = sin %x {_text='xp.sin', ns='np'}
      %1: float64[n] = cos %0 {ns='np'}
      %2: float64[] = sum %1
      return %2
    }
    """
    assert emit_module(_function(text, xp=np)).source == (
        "import numpy as xp\n\n\ndef f(x):\n    return xp.sum(xp.cos(xp.sin(x)))\n"
    )


def test_bare_names_bring_their_like() -> None:
    text = """
    func f(%x: float) -> float {
      %0: float = sin %x {_text='sin', ns='math'}
      %1: float = cos %0 {ns='math'}
      return %1
    }
    """
    source = emit_module(_function(text, sin=math.sin)).source
    assert source == "from math import cos, sin\n\n\ndef f(x):\n    return cos(sin(x))\n"
    # `cos` means something else to the user: then by module
    source = emit_module(_function(text, sin=math.sin, cos=len)).source
    assert source == "import math\nfrom math import sin\n\n\ndef f(x):\n    return math.cos(sin(x))\n"


def test_a_spelling_that_means_something_else_is_not_used() -> None:
    text = """
    func f(%x: float) -> float {
      %0: float = sin %x {_text='sin', ns='math'}
      return %0
    }
    """
    assert emit_module(_function(text, sin=np.sin)).source == "import math\n\n\ndef f(x):\n    return math.sin(x)\n"


def test_versions_that_live_together_are_numbered() -> None:
    text = """
    func f(%x: float) -> float {
      %x.1: float = mul %x %x
      %x.2: float = mul %x.1 %x
      %y: float = add %x %x.1
      %z: float = mul %y %x.2
      return %z
    }
    """
    source = emit_module(_function(text)).source
    lines = [line.strip() for line in source.splitlines()[1:]]
    assert lines == ["x_1 = x * x", "x_2 = x_1 * x", "y = x + x_1", "z = y * x_2", "return z"]


def test_live_globals_and_exceptions_are_bound() -> None:
    class Broken(Exception):
        pass

    text = """
    func f(%x: float) -> float {
      %0: float = global {name='RATE'}
      %1: bool = gt %x %0
      if %1 {
        %2: static<'no'> = const {value='no'}
        raise %2 {exception=@broken, _text='Broken("no")'}
      } else {
        yield
      }
      %3: float = mul %x %0
      return %3
    }
    """
    function = parse_function(text, {"broken": Broken})
    function.namespace = {"RATE": 2.0, "Broken": Broken}
    made = emit_module(function)
    assert made.bindings == {"RATE": 2.0, "Broken": Broken}
    assert made.source == ('def f(x):\n    if x > RATE:\n        raise Broken("no")\n    return x * RATE\n')
