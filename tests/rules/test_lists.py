"""Lists of run-time length: values, both derivatives and second order; what is changed in place and what is not."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adjoint
from adjoint.analysis.sharing import Sharing
from adjoint.ir.core import Function
from adjoint.ir.evaluate import evaluate
from adjoint.ir.parser import parse_function, parse_functions
from adjoint.ir.printer import print_function
from adjoint.ir.verify import verify
from adjoint.passes import ownership
from adjoint.rules import lists
from tests.rules import nested_programs
from tests.rules.list_functions import FUNCTIONS
from tests.rules.list_programs import (
    KINDS,
    Step,
    argument,
    derivative,
    inner,
    loaded,
    moved,
    program,
    source,
)
from tests.support import flatten, random_like

STEP = 1e-6
ROWS = [[0.3, -0.7], [0.5, 0.9, -0.2]]


def steps_of(kinds: Sequence[str]) -> st.SearchStrategy[list[Step]]:
    return st.lists(st.tuples(st.sampled_from(kinds), st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=5)


def like(xs: list[Any], seed: int) -> list[Any]:
    """Random numbers in the structure of a list."""
    return list(random_like(xs, np.random.default_rng(seed)))


def same(a: Any, b: Any) -> bool:
    return bool(np.allclose(flatten(a), flatten(b), rtol=1e-12, atol=1e-12))


def check(function: Function, xs: list[Any], n: int, *, second: bool = True) -> None:
    """Value, gradient and tangent against the evaluator, differences and each other; arguments are left alone."""
    direction, other = like(xs, 77), like(xs, 5)
    before = copy.deepcopy(xs)
    run, grad = loaded(function), derivative(function, "grad")
    gradient = loaded(grad)
    assert same(run(xs, n), evaluate(function, [xs, n])), "emitted value"
    bar = gradient(xs, n)
    assert same(bar, evaluate(grad, [xs, n])), "emitted gradient"
    slope = (run(moved(xs, direction, STEP), n) - run(moved(xs, direction, -STEP), n)) / (2 * STEP)
    assert np.isclose(inner(bar, direction), slope, rtol=2e-5, atol=1e-6), "gradient against differences"
    _, dot = loaded(derivative(function, "jvp"))(xs, n, direction)
    assert np.isclose(inner(bar, direction), dot, rtol=1e-9, atol=1e-11), "reverse against forward"
    if second:
        check_second(grad, gradient, xs, n, direction, other)
    assert same(before, xs), "an argument was changed"


def check_second(
    grad: Function, gradient: Callable[..., Any], xs: list[Any], n: int, direction: list[Any], other: list[Any]
) -> None:
    ends = [flatten(gradient(moved(xs, other, sign * STEP), n)) for sign in (1, -1)]
    _, forward = loaded(derivative(grad, "jvp"))(xs, n, other)
    assert np.allclose((ends[0] - ends[1]) / (2 * STEP), flatten(forward), rtol=1e-4, atol=1e-5), "forward over reverse"
    seed = copy.deepcopy(direction)
    reverse = loaded(derivative(grad, "pullback"))(xs, n, seed)
    assert np.isclose(inner(reverse, other), inner(forward, direction), rtol=1e-7, atol=1e-8), "reverse over reverse"
    assert same(seed, direction), "a seed was changed"


@settings(max_examples=50, deadline=None)
@given(steps=steps_of(KINDS), vectors=st.booleans(), n=st.integers(0, 3))
def test_random_programs(steps: list[Step], vectors: bool, n: int) -> None:
    check(program(steps, vectors), argument(vectors, len(steps)), n)


@settings(max_examples=50, deadline=None)
@given(steps=steps_of(nested_programs.KINDS), n=st.integers(0, 3))
def test_random_programs_on_rows(steps: list[Step], n: int) -> None:
    check(nested_programs.nested_program(steps), ROWS, n)


@pytest.mark.parametrize("name", ["_harmless", "_has_fresh_items", "_is_borrowed"])
def test_a_wrong_in_place_decision_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    holder = ownership._Ownership if name == "_is_borrowed" else Sharing
    monkeypatch.setattr(holder, name, lambda *_: True)
    draw, failed = random.Random(0), False
    for _ in range(40):
        kinds = [draw.choice(nested_programs.KINDS) for _ in range(draw.randrange(1, 6))]
        function = nested_programs.nested_program([(kind, draw.randrange(4), draw.randrange(4)) for kind in kinds])
        before = copy.deepcopy(ROWS)
        failed = failed or not same(loaded(function)(before, 3), evaluate(function, [ROWS, 3]))
        failed = failed or not same(before, ROWS)
    assert failed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("vectors", [False, True])
def test_each_operation(kind: str, vectors: bool) -> None:
    for a, b in ((0, 1), (1, 2), (2, 3), (3, 0)):
        check(program([(kind, a, b), ("read", 0, 1)], vectors), argument(vectors), 2, second=a == 0)


def test_a_wrong_pullback_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(pull: lists.Pull) -> dict[int, lists.Share]:
        return {0: lambda: pull.without(lists.LAST), 1: lambda: pull.item(lists.FIRST)}

    monkeypatch.setitem(lists.PULLBACKS, "list_append", wrong)
    with pytest.raises(AssertionError, match="gradient against differences"):
        check(program([("append", 0, 1), ("read", 0, 1)], False), argument(False), 2)


# programs by hand, as text


def parsed(text: str) -> Function:
    function = parse_functions(text)[-1]
    verify(function)
    return function


def check_number(text: str, x: float, n: int) -> Function:
    """A function of a float and a count, at both orders; the gradient."""
    function = parsed(text)
    run, grad = loaded(function), derivative(function, "grad")
    assert same(run(x, n), evaluate(function, [x, n]))
    bar = loaded(grad)(x, n)
    assert same(bar, evaluate(grad, [x, n]))
    assert np.isclose(bar, (run(x + STEP, n) - run(x - STEP, n)) / (2 * STEP), rtol=1e-5, atol=1e-7)
    assert np.isclose(loaded(derivative(function, "jvp"))(x, n, 1.0)[1], bar, rtol=1e-10)
    slope = (loaded(grad)(x + STEP, n) - loaded(grad)(x - STEP, n)) / (2 * STEP)
    assert np.isclose(loaded(derivative(grad, "jvp"))(x, n, 1.0)[1], slope, rtol=1e-4, atol=1e-6)
    assert np.isclose(loaded(derivative(grad, "grad"))(x, n), slope, rtol=1e-4, atol=1e-6)
    return grad


GROW = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %e: list[undef] = list
  %xs: list[float], %v: float = for %z %n %o %e %x (%i: int, %xs.1: list[float], %v.1: float) {
    %v.2: float = sin %v.1 {ns='math'}
    %xs.2: list[float] = list_append %xs.1 %v.2
    continue %xs.2 %v.2
  }
  %a: float64[?] = asarray %xs
  %b: float64[?] = mul %a %a
  %s: float64[] = sum %b
  return %s
}
"""

TABLE = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %e: list[undef] = list
  %t: list[list[float]] = for %z %n %o %e (%i: int, %t.1: list[list[float]]) {
    %l: list[float] = list %x
    %row: list[float] = list_repeat %l %n
    %t.2: list[list[float]] = list_append %t.1 %row
    continue %t.2
  }
  %t.3: list[list[float]] = for %o %n %o %t (%i.1: int, %t.4: list[list[float]]) {
    %t.5: list[list[float]] = for %o %n %o %t.4 (%j: int, %t.6: list[list[float]]) {
      %k: int = sub %i.1 %o
      %m: int = sub %j %o
      %up: list[float] = index %t.6 %k {spec=('int',)}
      %a: float = index %up %j {spec=('int',)}
      %b: float = index %t.6 %i.1 %m {spec=('int', 'int')}
      %p: float = mul %a %b
      %q: float = add %p %x
      %t.7: list[list[float]] = index_set %t.6 %q %i.1 %j {spec=('int', 'int')}
      continue %t.7
    }
    continue %t.5
  }
  %end: int = const {value=-1}
  %r: float = index %t.3 %end %end {spec=('int', 'int')}
  return %r
}
"""

PAIRS = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %e: list[undef] = list
  %xs: list[(float, float)], %v: float = for %z %n %o %e %x (%i: int, %xs.1: list[(float, float)], %v.1: float) {
    %v.2: float = sin %v.1 {ns='math'}
    %p: (float, float) = tuple %v.1 %v.2
    %xs.2: list[(float, float)] = list_append %xs.1 %p
    continue %xs.2 %v.2
  }
  %zero: float = const {value=0.0}
  %xs.3: list[(float, float)], %s: float = while %xs %zero (%xs.4: list[(float, float)], %s.1: float) {
    %len: int = len %xs.4
    %flag: bool = gt %len %z
    yield %flag
  } do (%xs.5: list[(float, float)], %s.2: float) {
    %q: (float, float) = index %xs.5 %z {spec=('int',)}
    %a: float = getitem %q {index=0}
    %b: float = getitem %q {index=1}
    %ab: float = mul %a %b
    %s.3: float = add %s.2 %ab
    %xs.6: list[(float, float)] = list_delete %xs.5 %z
    continue %xs.6 %s.3
  }
  return %s
}
"""

CALL = """
func g(%xs: list[float], %y: float) -> (list[float], float) {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %two: int = const {value=2}
  %end: int = const {value=-1}
  %xs.1: list[float], %y.1: float = for %z %two %o %xs %y (%i: int, %xs.2: list[float], %y.2: float) {
    %v: float = index %xs.2 %end {spec=('int',)}
    %p: float = mul %v %y.2
    %xs.3: list[float] = list_append %xs.2 %p
    %y.3: float = sin %p {ns='math'}
    continue %xs.3 %y.3
  }
  %s: float = sum_of %xs.1
  %t: float = mul %s %y.1
  %r: (list[float], float) = tuple %xs.1 %t
  return %r
}
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %xs: list[float] = list %x %x
  %xs.1: list[float], %s: float = for %z %n %o %xs %x (%i: int, %xs.2: list[float], %s.1: float) {
    %pair: (list[float], float) = call %xs.2 %s.1 {callee=&g}
    %xs.3: list[float] = getitem %pair {index=0}
    %s.2: float = getitem %pair {index=1}
    %s.3: float = sin %s.2 {ns='math'}
    continue %xs.3 %s.3
  }
  %u: float = sum_of %xs.1
  %v: float = add %u %s
  return %v
}
"""

SHARED_ROW = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %y: float = sin %x {ns='math'}
  %row: list[float] = list %x %y
  %rows: list[list[float]] = list %row %row
  %p: float = mul %x %x
  %rows.1: list[list[float]] = index_set %rows %p %z %o {spec=('int', 'int')}
  %a: float = index %rows.1 %o %o {spec=('int', 'int')}
  %b: float = index %rows.1 %z %o {spec=('int', 'int')}
  %c: float = index %row %o {spec=('int',)}
  %ab: float = mul %a %b
  %r: float = mul %ab %c
  return %r
}
"""

HELD_ROW = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %y: float = sin %x {ns='math'}
  %e: list[undef] = list
  %rows: list[list[float]] = for %z %n %o %e (%i: int, %rows.1: list[list[float]]) {
    %row: list[float] = list %x %y
    %rows.2: list[list[float]] = list_append %rows.1 %row
    continue %rows.2
  }
  %old: list[float] = index %rows %z {spec=('int',)}
  %first: float = index %old %o {spec=('int',)}
  %p: float = mul %x %x
  %rows.3: list[list[float]] = index_set %rows %p %z %o {spec=('int', 'int')}
  %a: float = index %rows.3 %z %o {spec=('int', 'int')}
  %q: float = mul %a %first
  %last: float = index %old %o {spec=('int',)}
  %r: float = mul %q %last
  return %r
}
"""

BEFORE_AND_AFTER = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %y: float = sin %x {ns='math'}
  %xs: list[float] = list %x %y
  %kept: (list[float], float) = tuple %xs %x
  %xs.1: list[float] = list_append %xs %y
  %xs.2: list[float] = index_set %xs.1 %y %z {spec=('int',)}
  %old: list[float] = getitem %kept {index=0}
  %a: float = index %old %z {spec=('int',)}
  %b: float = index %xs.2 %z {spec=('int',)}
  %s: float = sum_of %old
  %t: float = sum_of %xs.2
  %ab: float = mul %a %b
  %st: float = mul %s %t
  %r: float = add %ab %st
  return %r
}
"""

ARRAYS = """
func f(%x: float, %n: int) -> float {
  %z: int = const {value=0}
  %o: int = const {value=1}
  %three: int = const {value=3}
  %k: float64[3] = arange %three
  %k.1: float64[3] = mul %k %x
  %e: list[undef] = list
  %xs: list[float64[3]], %k.2: float64[3] = for %z %n %o %e %k.1 (%i: int, %xs.1: list[float64[3]], %k.3: float64[3]) {
    %xs.2: list[float64[3]] = list_append %xs.1 %k.3
    %k.4: float64[3] = sin %k.3 {ns='np'}
    continue %xs.2 %k.4
  }
  %w: float64[?] = list_concatenate %xs
  %m: float64[3, ?] = list_stack %xs {axis=1}
  %ww: float64[?] = mul %w %w
  %mm: float64[3, ?] = cos %m {ns='np'}
  %rows: list[float64[?]] = list_of_rows %mm
  %first: float64[?] = index %rows %o {spec=('int',)}
  %a: float64[] = sum %ww
  %b: float64[] = sum %first
  %r: float64[] = mul %a %b
  return %r
}
"""

PROGRAMS = {
    name: text
    for name, text in globals().items()
    if name.isupper() and isinstance(text, str) and text.startswith("\nfunc")
}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("n", [1, 3])
def test_programs_by_hand(name: str, n: int) -> None:
    text = PROGRAMS[name].replace("-> float {", "-> float64[] {") if name in ("GROW", "ARRAYS") else PROGRAMS[name]
    check_number(text, 0.7, n)


@pytest.mark.parametrize("name", PROGRAMS)
def test_text_form(name: str) -> None:
    text = print_function(parsed(PROGRAMS[name].replace("-> float {", "-> float64[] {")))
    assert print_function(parse_function(text)) == text


def test_an_append_loop_changes_lists_in_place() -> None:
    text = source(derivative(parsed(GROW.replace("-> float {", "-> float64[] {")), "grad"))
    assert "xs.append(v)" in text
    assert "xs_bar.pop()" in text
    assert not re.search(r"\.copy\(\)|\[\*", text)


def test_a_table_is_written_in_place() -> None:
    text = source(derivative(parsed(TABLE), "grad"))
    assert "t[i][j] = q" in text
    assert "t_bar[i][j] = 0.0" in text
    assert not re.search(r"\.copy\(\)|\[\*", text)


@pytest.mark.parametrize("text", [GROW.replace("-> float {", "-> float64[] {"), PAIRS])
def test_loops_copy_no_list(text: str) -> None:
    assert not re.search(r"\.copy\(\)|\[\*", source(derivative(parsed(text), "grad")))


def test_a_list_of_ints_joins_floats() -> None:
    text = """
    func f(%x: float, %n: int) -> float {
      %one: int = const {value=1}
      %xs: list[int] = list %one %one
      %xs.1: list[float] = list_append %xs %x
      %end: int = const {value=-1}
      %a: float = index %xs.1 %end {spec=('int',)}
      %s: float = sum_of %xs.1
      %r: float = mul %a %s
      return %r
    }
    """
    check_number(text, 0.7, 1)


def test_sort_keeps_equal_items_in_order() -> None:
    text = """
    func f(%xs: list[float]) -> float {
      %ys: list[float] = list_sort %xs {reverse=True}
      %z: int = const {value=0}
      %a: float = index %ys %z {spec=('int',)}
      %r: float = mul %a %a
      return %r
    }
    """
    for xs, bar in (([1.0, 3.0, 3.0], [0.0, 6.0, 0.0]), ([2.0], [4.0])):
        assert loaded(derivative(parsed(text), "grad"))(xs) == bar


def test_a_gradient_is_not_the_seed() -> None:
    text = """
    func f(%xs: list[float64[2]]) -> list[float64[2]] {
      return %xs
    }
    """
    seed = [np.ones(2), np.ones(2)]
    bar = loaded(derivative(parsed(text), "pullback"))([np.zeros(2)] * 2, seed)
    assert bar is not seed
    assert not any(np.shares_memory(a, b) for a, b in zip(bar, seed))


def test_random_programs_at_length() -> None:
    """The same programs, drawn without shrinking, longer ones."""
    draw = random.Random(1)
    for _ in range(15):
        steps = [(draw.choice(KINDS), draw.randrange(4), draw.randrange(4)) for _ in range(8)]
        vectors = draw.random() < 0.5
        check(program(steps, vectors), argument(vectors), 3, second=False)


# functions as a user writes them


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    function, args = FUNCTIONS[name]
    before = copy.deepcopy(args)
    adjoint.grad(function)(*args)
    assert same(list(before), list(args)), "an argument was changed"
    adjoint.check_grads(function, args, order=2)


@pytest.mark.parametrize(
    ("name", "line"), [("buckets", ".append(x**(i % 3 + 1) * i)"), ("table", "[i][j] = 0.0"), ("pairs", ".append((")]
)
def test_items_are_changed_where_they_are(name: str, line: str) -> None:
    function, args = FUNCTIONS[name]
    gradient = adjoint.grad(function)
    gradient(*args)
    assert line in gradient.source
    assert not re.search(r"\.copy\(\)|\[\*", gradient.source)
