"""Scopes and text of the IR, printed: what stands inside stays inside."""

import ast
import contextlib
import io

import numpy as np
import pytest

from adjoint.emit.expression_text import expression_text
from adjoint.emit.fstrings import formatted
from adjoint.emit.python import emit_module
from adjoint.ir.evaluate import evaluate
from adjoint.ir.ops.scopes import format_text
from adjoint.ir.parser import parse_function
from adjoint.ir.printer import print_with_statics
from adjoint.ir.verify import verify


class Noisy:
    def __enter__(self):
        print("in")
        return 5

    def __exit__(self, *exception):
        print("out", exception[0])


STATICS = {"Noisy": Noisy, "errstate": np.errstate, "AbstractContextManager": contextlib.AbstractContextManager}
SCOPE = "object<@AbstractContextManager>"


def parsed(text):
    made = parse_function(text.replace("SCOPE", SCOPE), STATICS)
    verify(made)
    return made


def said(function, *args):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        result = function(*args)
    return result, out.getvalue()


def check(text, body, *args):
    """The text is printed as the body, and does what the evaluator does."""
    made = parsed(text)
    emitted = emit_module(made)
    assert emitted.source.split("def f(")[1].partition("\n")[2] == body
    space = dict(emitted.bindings)
    exec(emitted.source, space)
    assert said(space["f"], *args) == said(evaluate, made, args)


def test_with_and_text():
    check(
        """func f(%x: float) -> float {
          %0: object<@Noisy> = pycall {func=@Noisy, type=!object<@Noisy>}
          %1: SCOPE, %n: object<@int> = enter %0 {type=!object<@int>}
          %y: float = mul %x %x
          %s: object<@str> = format %y %x %n {parts=("y's {} = ", ("", ".2f"), ", ", ("r", ""), ("", ""))}
          %2: static<None> = pycall %s {func=@print}
          leave %1
          return %y
        }""",
        '    with Noisy() as n:\n        y = x * x\n        s = f"y\'s {{}} = {y:.2f}, {x!r}{n}"\n'
        "        print(s)\n    return y\n",
        3.0,
    )


def test_temporaries_stay_on_their_side():
    check(
        """func f(%x: float, %y: float) -> float {
          %a: static<'ignore'> = const {value='ignore'}
          %0: object<@errstate> = pycall %a {func=@errstate, type=!object<@errstate>, keywords=("divide",)}
          %1: SCOPE = enter %0
          %2: float = truediv %x %y
          leave %1
          %3: float = add %2 %x
          return %3
        }""",
        '    with errstate(divide="ignore"):\n        t = x / y\n    return t + x\n',
        1.0,
        2.0,
    )


def test_temporaries_are_not_moved_in():
    check(
        """func f(%x: float, %y: float) -> float {
          %2: float = truediv %x %y
          %0: object<@Noisy> = pycall {func=@Noisy, type=!object<@Noisy>}
          %1: SCOPE = enter %0
          %z: float = add %2 %x
          leave %1
          return %z
        }""",
        "    t = x / y\n    with Noisy():\n        z = t + x\n    return z\n",
        1.0,
        2.0,
    )


def test_what_is_returned_is_written_inside():
    check(
        """func f(%x: float, %y: float) -> (float, float) {
          %0: object<@Noisy> = pycall {func=@Noisy, type=!object<@Noisy>}
          %1: SCOPE = enter %0
          %2: object<@Noisy> = pycall {func=@Noisy, type=!object<@Noisy>}
          %3: SCOPE = enter %2
          %5: float = truediv %x %y
          leave %3
          leave %1
          %6: (float, float) = tuple %5 %x
          return %6
        }""",
        "    with Noisy():\n        with Noisy():\n            return x / y, x\n",
        1.0,
        2.0,
    )


def test_try_and_finally():
    check(
        """func f(%x: float) -> float {
          %1: SCOPE = enter {kind="finally"}
          %t: float = mul %x %x
          leave %1
          %m: static<'done'> = const {value="done"}
          %2: static<None> = pycall %m {func=@print}
          leave %1 {part="finally"}
          %6: float = mul %t %t
          return %6
        }""",
        '    try:\n        t = x * x\n    finally:\n        print("done")\n    return t * t\n',
        3.0,
    )


def test_quiet_scopes_without_a_body_are_dropped():
    check(
        """func f(%x: float) -> float {
          %0: object<@errstate> = pycall {func=@errstate, type=!object<@errstate>}
          %1: SCOPE = enter %0
          leave %1
          return %x
        }""",
        "    return x\n",
        3.0,
    )


def test_the_text_form_is_read_back():
    made = parsed(
        """func f(%x: float) -> float {
          %0: object<@Noisy> = pycall {func=@Noisy, type=!object<@Noisy>}
          %1: SCOPE = enter %0
          %2: object<@object> = pymethod %0 %x {name="say", type=!object<@object>}
          %3: object<@str> = percent %x {template="%.3f", many=False}
          leave %1
          return %x
        }"""
    )
    text, statics = print_with_statics(made)
    assert print_with_statics(parse_function(text, {**statics, **STATICS}))[0] == text


def test_the_evaluator_leaves_scopes_when_something_raises():
    made = parsed(
        """func f(%x: float, %y: float) -> float {
          %0: object<@Noisy> = pycall {func=@Noisy, type=!object<@Noisy>}
          %1: SCOPE = enter %0
          %z: float = truediv %x %y
          leave %1
          return %z
        }"""
    )
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(ZeroDivisionError):
        evaluate(made, (1.0, 0.0))
    assert out.getvalue() == "in\nout <class 'ZeroDivisionError'>\n"


@pytest.mark.parametrize(
    ("parts", "operand"),
    [
        (('a "quoted" it\'s {brace} \\ \n\t', ("", "")), "x"),
        (('"', ("r", ">10"), '"'), "x"),
        (("key ", ("", ".2f")), 'p["w"]'),
        (("key ", ("", ".2f")), "p['it\\'s']"),
        (('say "', ("", "")), "p['w'] if x > 1 else p[\"v\"]"),
        ((("", ">5"), "\\N{}"), "x"),
        ((("a", ""), ("", "")), "{1: x}, [x]"),
    ],
)
def test_text_in_any_quotes(parts, operand):
    space = {"x": 2.5, "p": {"w": 1.5, "v": 2.5, "it's": 3.0}}
    nodes = [ast.parse(operand, mode="eval").body for part in parts if not isinstance(part, str)]
    tree = formatted(parts, nodes)
    text = expression_text(tree)
    assert ast.dump(ast.parse(text, mode="eval").body) == ast.dump(tree)
    values = [eval(operand, dict(space)) for _ in nodes]
    assert eval(text, dict(space)) == format_text(*values, parts=parts)
