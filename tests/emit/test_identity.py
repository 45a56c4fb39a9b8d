"""Without a derivative the printer gives the user's function back: the same behaviour, the same text if it can."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint.emit import Emitted
from adjoint.ir.signature import type_of_argument
from adjoint.pipeline import emit, lower
from tests.emit.programs import CALLS, SAME_TEXT


def _emitted(f: Callable[..., Any], args: tuple[Any, ...]) -> Emitted:
    bound = inspect.signature(f).bind(*args)
    bound.apply_defaults()
    return emit(lower(f, [type_of_argument(value, name) for name, value in bound.arguments.items()]))


def _run(f: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return f(*args)
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize(("f", "args"), CALLS, ids=lambda item: getattr(item, "__name__", None))
def test_runs_the_same(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    made = _emitted(f, args)
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    expected, found = _run(f, args), _run(namespace[made.entry_name], args)
    assert type(expected) is type(found), made.source
    assert np.array_equal(expected, found), made.source
    assert made == _emitted(f, args), "the same input gives the same bytes"


@pytest.mark.parametrize("f", SAME_TEXT, ids=lambda f: f.__name__)
def test_prints_the_same(f: Callable[..., Any]) -> None:
    args = next(args for function, args in CALLS if function is f)
    source = _emitted(f, args).source
    assert source.endswith(inspect.getsource(f)), source


def test_simultaneous_assignment_stays_one_statement() -> None:
    for name, text in (("fibonacci", "a, b = b, a + b"), ("exchange", "x, y = y + 1, x + 1")):
        f, args = next((f, args) for f, args in CALLS if f.__name__ == name)
        assert f"\n        {text}\n" in _emitted(f, args).source


def test_callees_come_first_and_keep_their_docstrings() -> None:
    f, args = next((f, args) for f, args in CALLS if f.__name__ == "calls")
    source = _emitted(f, args).source
    assert source.startswith('def pair(x, y):\n    """Both."""\n')
    assert source.index("def pair") < source.index("def calls")
