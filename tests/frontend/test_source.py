"""The source of a running function is found, wherever it is written, and is the one that runs."""

import functools
import importlib.util
import linecache
import os
import sys

import numpy as np
import pytest

from adjoint.errors import NoSource, StaleSource
from adjoint.frontend.lower import lower
from adjoint.ir.evaluate import evaluate
from adjoint.ir.signature import types_from_values

THREE = 3.0


def run(function, *args, source=None):
    code = getattr(function, "__adjoint_primal__", function).__code__
    return evaluate(lower(function, types_from_values(args, code.co_varnames), source=source), args)


def import_file(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_lambdas_two_on_a_line():
    f, g = lambda x: x * 2 + THREE, lambda x: x * 5
    assert run(f, 2.0) == 7.0
    assert run(g, 2.0) == 10.0


def test_lambda_over_lines():
    f = lambda x, y: x * y
    assert run(f, 2.0, 4.0) == 8.0


def test_closure_cells_are_read_live():
    factor = 2.0
    table = np.array([1.0, 2.0])

    def scaled(x):
        return factor * x + table[1]

    lowered = lower(scaled, types_from_values((3.0,), ["x"]))
    assert evaluate(lowered, (3.0,)) == 8.0
    factor = 10.0
    assert evaluate(lowered, (3.0,)) == 32.0


def test_recursive_closure():
    def countdown(x, n):
        return x if n == 0 else countdown(x * 2, n - 1)

    assert run(countdown, 1.0, 3) == 8.0


def test_method_like_class_scope():
    class Model:
        @staticmethod
        def loss(x):
            return x * x

    assert run(Model.loss, 3.0) == 9.0


def test_our_decorator_steps_aside():
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            raise AssertionError("the wrapper is not what is lowered")

        wrapper.__adjoint_primal__ = function
        return wrapper

    @decorate
    def square(x):
        return x * x

    @decorate
    def fourth(x):
        return square(square(x))

    assert run(fourth, 3.0) == 81.0


def test_parameter_kinds():
    def kinds(a, /, b=2.0, *, c, d=4.0):
        return a + 10 * b + 100 * c + 1000 * d

    lowered = lower(kinds, types_from_values((1.0, 2.0, 3.0, 4.0), "abcd"))
    assert [param.kind for param in lowered.params] == [
        "positional only",
        "positional or keyword",
        "keyword only",
        "keyword only",
    ]
    assert [param.has_default for param in lowered.params] == [False, True, False, True]
    assert evaluate(lowered, (1.0, 2.0, 3.0, 4.0)) == 4321.0

    def calls(x):
        return kinds(x, c=x) + kinds(x, 5.0, d=x, c=1.0)

    assert run(calls, 2.0) == calls(2.0)


def test_documentation_is_kept():
    def documented(x):
        """One line.

        More.
        """
        return x

    assert lower(documented, types_from_values((1.0,), "x")).doc == "One line.\n\nMore."


def test_lines_are_the_users():
    # fmt: off
    def lines(x):
        y = (x +
             1.0)
        return y  # a comment
    # fmt: on

    lowered = lower(lines, types_from_values((1.0,), "x"))
    first = lines.__code__.co_firstlineno
    texts = {(op.line.number - first, op.line.text) for op in lowered.body.ops}
    assert texts == {(1, "y = (x + 1.0)"), (3, "return y")}


def test_no_source_says_so_and_source_helps():
    scope = {}
    text = "def made(x):\n    return x * 3\n"
    exec(text, scope)
    with pytest.raises(NoSource) as caught:
        run(scope["made"], 2.0)
    assert "source=" in "".join(caught.value.__notes__)
    assert run(scope["made"], 2.0, source=text) == 6.0


def test_linecache_entries_are_read():
    text = "def cached(x):\n    return x * 3\n"
    name = "<a cell>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope = {}
    exec(compile(text, name, "exec"), scope)
    assert run(scope["cached"], 2.0) == 6.0


def test_edited_file_is_stale(tmp_path):
    path = tmp_path / "stale_module.py"
    path.write_text("def f(x):\n    return x * 2\n")
    module = import_file(path, "stale_module")
    assert run(module.f, 1.0) == 2.0
    path.write_text("def f(x):\n    return x * 3\n")
    os.utime(path, (1e9, 1e9))
    with pytest.raises(StaleSource) as caught:
        run(module.f, 1.0)
    assert caught.value.filename == str(path)
    assert "reload" in "".join(caught.value.__notes__)


def test_lines_added_above_are_not_stale(tmp_path):
    path = tmp_path / "moved_module.py"
    path.write_text("def f(x):\n    return x * 2\n")
    module = import_file(path, "moved_module")
    path.write_text("import math\n\n\ndef f(x):\n    return x * 2\n")
    os.utime(path, (1e9, 1e9))
    assert run(module.f, 1.0) == 2.0


def test_non_ascii_columns(tmp_path):
    path = tmp_path / "greek_module.py"
    path.write_text("def f(x):\n    α = x; β = α if x > 0 else (yield x)\n    return β\n", encoding="utf-8")
    module = import_file(path, "greek_module")
    with pytest.raises(Exception) as caught:
        run(module.f, 1.0)
    assert caught.value.text[caught.value.offset - 1 :].startswith("yield x")


def test_what_has_no_source_at_all():
    with pytest.raises(NoSource):
        lower(len, [])
    with pytest.raises(NoSource):
        lower(functools.partial(run), [])


def test_many_guards_do_not_overflow(tmp_path):
    lines = [f"    if x > {i}:\n        return x * {i}\n    x = x * 1.01\n" for i in range(1000, 600, -1)]
    path = tmp_path / "guards_module.py"
    path.write_text("def f(x):\n" + "".join(lines) + "    return x\n")
    module = import_file(path, "guards_module")
    limit = sys.getrecursionlimit()
    lower(module.f, types_from_values((1.0,), "x"))
    assert sys.getrecursionlimit() == limit
