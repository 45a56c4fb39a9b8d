"""Writes into arrays: values, both derivatives and second order; what is copied, saved and written in place."""

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

from adjoint.analysis.sharing import Sharing
from adjoint.analysis.survival import Survival
from adjoint.derive import array_reads
from adjoint.ir.core import Function
from adjoint.ir.evaluate import evaluate
from adjoint.ir.opset import TABLE, gives_back
from adjoint.ir.parser import parse_functions
from adjoint.ir.verify import verify
from adjoint.passes import reads_first, refill
from adjoint.passes.dce import eliminate_dead
from adjoint.passes.nesting import nest_stores
from adjoint.rules.registry import RULES
from tests.rules.list_programs import derivative, loaded, source
from tests.rules.rows import ROWS, Const
from tests.rules.store_programs import KINDS, SIZE, Step, program
from tests.support import flatten

STEP = 1e-6
WRT = (0, 1)
INDICES = ([0, 3, 1], [2, 2, 4], [1, 1, 1], [-1, 4, 0])


def arguments(seed: int) -> list[Any]:
    rng = np.random.default_rng(seed)
    index = np.array(INDICES[seed % len(INDICES)])
    return [rng.uniform(-0.8, 0.8, SIZE), rng.uniform(-0.8, 0.8, SIZE), index, seed % 4]


def moved(args: Sequence[Any], direction: Sequence[Any], step: float) -> list[Any]:
    return [args[0] + step * direction[0], args[1] + step * direction[1], *args[2:]]


def same(a: Any, b: Any) -> bool:
    return bool(np.allclose(flatten(a), flatten(b), rtol=1e-11, atol=1e-12))


class Watch:
    """Runs emitted functions and sees to it that no argument changes."""

    def __init__(self, args: Sequence[Any]) -> None:
        self.args = list(args)

    def __call__(self, function: Callable[..., Any], *more: Any) -> Any:
        given = [*self.args, *more]
        before = copy.deepcopy(given)
        value = function(*given)
        assert same([g for g in given if not isinstance(g, int)], [b for b in before if not isinstance(b, int)])
        return value


def check(function: Function, args: list[Any], *, second: bool = True) -> None:
    """Value, gradient and tangent against the evaluator, differences and each other."""
    rng = np.random.default_rng(3)
    direction, other = ([rng.normal(size=SIZE) for _ in WRT] for _ in range(2))
    watch, run = Watch(args), loaded(function)
    assert same(watch(run), evaluate(function, args)), "emitted value"
    grad = derivative(function, "grad", WRT)
    gradient = loaded(grad)
    bars = watch(gradient)
    assert same(bars, evaluate(grad, args)), "emitted gradient"
    tangent = derivative(function, "jvp", WRT)
    _, dot = watch(loaded(tangent), *direction)
    assert same(dot, evaluate(tangent, [*args, *direction])[1]), "emitted tangent"
    slope = (run(*moved(args, direction, STEP)) - run(*moved(args, direction, -STEP))) / (2 * STEP)
    total = float(flatten(bars) @ flatten(direction))
    assert np.isclose(total, dot, rtol=1e-9, atol=1e-10), "reverse against forward"
    if np.max(np.abs(flatten(bars))) > 1e3:
        return  # differences say nothing about a program that amplifies so much
    assert np.isclose(total, slope, rtol=3e-5, atol=1e-6), "gradient against differences"
    if second:
        check_second(grad, gradient, watch, direction, other)


def check_second(
    grad: Function, gradient: Callable[..., Any], watch: Watch, direction: list[Any], other: list[Any]
) -> None:
    ends = [flatten(gradient(*moved(watch.args, other, sign * STEP))) for sign in (1, -1)]
    forward = derivative(grad, "jvp", WRT)
    _, dots = watch(loaded(forward), *other)
    assert same(dots, evaluate(forward, [*watch.args, *other])[1]), "emitted forward over reverse"
    assert np.allclose((ends[0] - ends[1]) / (2 * STEP), flatten(dots), rtol=2e-4, atol=2e-5), "forward over reverse"
    reverse = derivative(grad, "pullback", WRT)
    bars = watch(loaded(reverse), tuple(direction))
    assert same(bars, evaluate(reverse, [*watch.args, tuple(direction)])), "emitted reverse over reverse"
    left, right = flatten(bars) @ flatten(other), flatten(dots) @ flatten(direction)
    assert np.isclose(left, right, rtol=1e-7, atol=1e-8), "reverse over reverse"


def steps_of(size: int) -> st.SearchStrategy[list[Step]]:
    number = st.integers(0, 5)
    return st.lists(st.tuples(st.sampled_from(KINDS), number, number, st.integers(0, 19)), min_size=1, max_size=size)


@settings(max_examples=60, deadline=None)
@given(steps=steps_of(5), looped=st.booleans(), seed=st.integers(0, 11))
def test_random_programs(steps: list[Step], looped: bool, seed: int) -> None:
    check(program(steps, looped), arguments(seed), second=seed % 3 == 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("looped", [False, True])
def test_each_step(kind: str, looped: bool) -> None:
    for number in range(0, 20, 3):
        steps = [(kind, number, number + 1, number), ("update", 1, 0, 3), ("read", 0, 1, 1)]
        check(program(steps, looped), arguments(number), second=number == 3)


# planted faults


def drawn(count: int) -> list[tuple[list[Step], bool, int]]:
    draw = random.Random(1)
    found = []
    for seed in range(count):
        kinds = [draw.choice(KINDS) for _ in range(draw.randrange(2, 6))]
        steps = [(kind, draw.randrange(6), draw.randrange(6), draw.randrange(20)) for kind in kinds]
        found.append((steps, seed % 3 > 0, seed))
    return found


def is_seen() -> bool:
    """Whether one of many programs goes wrong."""
    for steps, looped, seed in drawn(60):
        try:
            check(program(steps, looped), arguments(seed), second=False)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("name", ["_harmless", "_view_is_done", "_view_is_read", "_fresh", "dead_after", "_mend"])
def test_a_wrong_in_place_decision_is_seen(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sharing, name, lambda *_: True)
    assert is_seen()


def test_an_element_wrongly_taken_to_survive_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Survival, "_stays", lambda *_, **__: True)
    with pytest.raises(AssertionError):
        check_text(BACKWARDS.replace("%y.3 %k", "%y.3 %i"), 6)


def test_a_number_wrongly_taken_to_be_stored_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(array_reads, "same_place", lambda *_: True)
    with pytest.raises(AssertionError):
        check_text(NEIGHBOURS, 5)


def test_a_place_wrongly_refilled_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refill, "same_place", lambda *_: True)
    with pytest.raises(AssertionError):
        check_text(NEIGHBOURS, 5)


# programs by hand, as text


def parsed(text: str) -> Function:
    function = parse_functions(text)[-1]
    function.namespace = {"np": np}
    verify(function)
    nest_stores(function)
    eliminate_dead(function)
    verify(function)
    return function


def check_text(text: str, n: int, size: int = 6) -> str:
    """A function of an array and a count, at both orders; the text of its gradient."""
    function = parsed(text)
    x = np.random.default_rng(n).uniform(0.1, 0.4, size)
    direction = np.random.default_rng(5).normal(size=size)
    watch, run = Watch([x, n]), loaded(function)
    assert same(watch(run), evaluate(function, [x, n])), "emitted value"
    grad = derivative(function, "grad")
    bar = watch(loaded(grad))
    assert same(bar, evaluate(grad, [x, n])), "emitted gradient"
    slope = (run(x + STEP * direction, n) - run(x - STEP * direction, n)) / (2 * STEP)
    assert np.isclose(bar @ direction, slope, rtol=1e-5, atol=1e-6), "gradient against differences"
    _, dots = watch(loaded(derivative(grad, "jvp")), direction)
    ends = [loaded(grad)(x + sign * STEP * direction, n) for sign in (1, -1)]
    assert np.allclose((ends[0] - ends[1]) / (2 * STEP), dots, rtol=1e-4, atol=1e-5), "second order"
    reverse = watch(loaded(derivative(grad, "pullback")), direction)
    assert np.allclose(reverse, dots, rtol=1e-7, atol=1e-8), "second order backwards"
    return source(grad)


HEAD = """
func f(%x: float64[n], %n: int) -> float64[] {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: int = const {value=2}
  %3: int = const {value=-1}
  %4: int = const {value=-2}
  %5: float = const {value=0.25}
"""
TAIL = """
  %98: float64[n] = sin %y.9 {ns='np'}
  %99: float64[] = sum %98
  return %99
}
"""
STENCIL = (
    HEAD
    + """
  %y.9: float64[n] = for %0 %n %1 %x (%i: int, %y.1: float64[n]) {
    %6: float64[n-2?] = index %y.1 %4 {spec=(('slice', False, True, False),)}
    %7: float64[n-2?] = index %y.1 %1 %3 {spec=(('slice', True, True, False),)}
    %8: float64[n-2?] = sub %6 %7
    %9: float64[n-2?] = index %y.1 %2 {spec=(('slice', True, False, False),)}
    %10: float64[n-2?] = OPERATION %8 %9
    %11: float64[n-2?] = mul %5 %10
    %y.2: float64[n] = index_add %y.1 %11 %1 %3 {spec=(('slice', True, True, False),)}
    continue %y.2
  }
"""
    + TAIL
)
LINEAR, NONLINEAR = STENCIL.replace("OPERATION", "add"), STENCIL.replace("OPERATION", "mul")
SWAP = (
    HEAD
    + """
  %z: float64[n] = copy %x
  %y.9: float64[n], %z.9: float64[n] = for %0 %n %1 %x %z (%i: int, %y.1: float64[n], %z.1: float64[n]) {
    %6: float64[n-2?] = index %y.1 %4 {spec=(('slice', False, True, False),)}
    %9: float64[n-2?] = index %y.1 %2 {spec=(('slice', True, False, False),)}
    %10: float64[n-2?] = mul %6 %9
    %z.2: float64[n] = index_set %z.1 %10 %1 %3 {spec=(('slice', True, True, False),)}
    continue %z.2 %y.1
  }
"""
    + TAIL
)
RECURRENCE = (
    HEAD
    + """
  %y: float64[n] = zeros_like %x
  %6: float64[] = index %x %0 {spec=('int',)}
  %y.1: float64[n] = index_set %y %6 %0 {spec=('int',)}
  %y.9: float64[n] = for %1 %n %1 %y.1 (%i: int, %y.2: float64[n]) {
    %k: int = sub %i %1
    %7: float64[] = index %y.2 %k {spec=('int',)}
    %8: float64[] = mul %7 %7
    %9: float64[] = index %x %i {spec=('int',)}
    %10: float64[] = add %8 %9
    %y.3: float64[n] = index_set %y.2 %10 %i {spec=('int',)}
    continue %y.3
  }
"""
    + TAIL
)
BACKWARDS = (
    HEAD
    + """
  %m: int = sub %n %2
  %y: float64[n] = copy %x
  %y.9: float64[n] = for %m %3 %3 %y (%i: int, %y.2: float64[n]) {
    %k: int = add %i %1
    %7: float64[] = index %y.2 %k {spec=('int',)}
    %8: float64[] = mul %7 %7
    %9: float64[] = index %x %i {spec=('int',)}
    %10: float64[] = add %8 %9
    %y.3: float64[n] = index_set %y.2 %10 %i {spec=('int',)}
    %11: float64[] = index %y.3 %k {spec=('int',)}
    %12: float64[] = mul %11 %11
    %y.4: float64[n] = index_add %y.3 %12 %i {spec=('int',)}
    continue %y.4
  }
"""
    + TAIL
)
NEIGHBOURS = (
    HEAD
    + """
  %m: int = sub %n %1
  %y.9: float64[n] = for %0 %2 %1 %x (%t: int, %y.1: float64[n]) {
    %y.4: float64[n] = for %1 %m %1 %y.1 (%i: int, %y.2: float64[n]) {
      %k: int = sub %i %1
      %j: int = add %i %1
      %7: float64[] = index %y.2 %k {spec=('int',)}
      %8: float64[] = index %y.2 %j {spec=('int',)}
      %9: float64[] = add %7 %8
      %y.3: float64[n] = index_set %y.2 %9 %i {spec=('int',)}
      %10: float64[] = index %y.3 %i {spec=('int',)}
      %12: float64[] = index %y.3 %k {spec=('int',)}
      %13: float64[] = mul %10 %8
      %11: float64[] = mul %12 %13
      %y.5: float64[n] = index_set %y.3 %11 %i {spec=('int',)}
      continue %y.5
    }
    continue %y.4
  }
"""
    + TAIL
)
THROUGH_A_VIEW = (
    HEAD
    + """
  %m: int = sub %n %2
  %y.9: float64[n] = for %0 %m %1 %x (%i: int, %y.1: float64[n]) {
    %v: float64[n-2?] = index %y.1 %1 %3 {spec=(('slice', True, True, False),)}
    %7: float64[] = index %v %i {spec=('int',)}
    %8: float64[] = mul %7 %7
    %v.1: float64[n-2?] = index_set %v %8 %i {spec=('int',)}
    %y.2: float64[n] = index_set %y.1 %v.1 %1 %3 {spec=(('slice', True, True, False),)}
    continue %y.2
  }
"""
    + TAIL
)
READ_LATER = (
    HEAD
    + """
  %y: float64[n] = mul %x %5
  %v: float64[n-2?] = index %y %1 %3 {spec=(('slice', True, True, False),)}
  %6: float64[n-2?] = sin %v {ns='np'}
  %y.9: float64[n] = index_set %y %6 %1 %3 {spec=(('slice', True, True, False),)}
"""
    + TAIL
)
PROGRAMS = {
    name: text for name, text in globals().items() if name.isupper() and isinstance(text, str) and text.endswith(TAIL)
}
PROGRAMS = {name: text for name, text in PROGRAMS.items() if name != "STENCIL" and text != TAIL}


@pytest.mark.parametrize("name", PROGRAMS)
@pytest.mark.parametrize("n", [1, 2, 6])
def test_programs_by_hand(name: str, n: int) -> None:
    if n > 2 or name in ("LINEAR", "NONLINEAR", "SWAP", "READ_LATER", "RECURRENCE", "THROUGH_A_VIEW"):
        check_text(PROGRAMS[name], n)


def sweeps(text: str) -> tuple[str, str]:
    """The gradient's forward and reverse sweep."""
    made = check_text(text, 6)
    before, bar, after = made.partition("_bar")
    return before, bar + after


def test_a_linear_stencil_saves_and_copies_nothing() -> None:
    before, after = sweeps(LINEAR)
    assert "append" not in before
    assert before.count(".copy()") == 1  # the argument's
    assert ".copy()" not in after


def test_a_nonlinear_stencil_saves_one_array_a_step() -> None:
    before, after = sweeps(NONLINEAR)
    assert before.count("_tape[") == 1 and "append" not in before
    assert before.count(".copy()") == 1  # of the argument
    assert ".copy()" not in after


def test_swapped_buffers_are_not_copied() -> None:
    before, after = sweeps(SWAP)
    assert "y, z = z, y" in before
    assert "y_bar, z_bar = z_bar, y_bar" in after
    assert ".copy()" not in after
    assert before.count(".copy()") == 2 and before.count("_tape[") == 1  # two buffers at the start; what is saved


@pytest.mark.parametrize("text", [RECURRENCE, BACKWARDS])
def test_elements_written_once_are_read_again(text: str) -> None:
    before, after = sweeps(text)
    assert "append" not in before
    assert ".copy()" not in after


def test_elements_written_again_are_saved() -> None:
    before, after = sweeps(NEIGHBOURS)
    assert before.count("append") == 1 and before.count("_tape[") == 1  # a product; the array once a sweep
    assert not re.search(r"append\(.*copy", before)
    assert ".copy()" not in after


def test_a_store_through_a_view_is_one_store() -> None:
    _, after = sweeps(THROUGH_A_VIEW)
    assert "y_bar[1:-1][i] *= " in after
    assert "zeros_like" not in after


def test_a_view_that_is_read_later_is_copied_alone() -> None:
    before, after = sweeps(READ_LATER)
    assert "np.cos(v)" in before and ".copy()" not in before + after
    late = "%97: float64[] = sum %98\n  %96: float64[] = sum %v\n  %99: float64[] = mul %97 %96"
    function = parsed(READ_LATER.replace("%99: float64[] = sum %98", late))
    text = source(function)
    assert text.count(".copy()") == 1 and "[1:-1].copy()" in text
    assert np.isclose(loaded(function)(np.arange(6.0), 1), evaluate(function, [np.arange(6.0), 1]))


# rules


@pytest.mark.parametrize("values", [np.array([1.0, 2.0, 3.0]), 2.0])
def test_of_repeated_stores_the_last_counts(values: Any) -> None:
    kind = "float64[3]" if isinstance(values, np.ndarray) else "float"
    text = f"""
    func f(%x: float64[4], %y: {kind}, %index: int64[3]) -> float64[] {{
      %x.1: float64[4] = index_set %x %y %index {{spec=('array',)}}
      %1: float64[4] = mul %x.1 %x.1
      %2: float64[] = sum %1
      return %2
    }}
    """
    grad = derivative(parsed(text), "grad", (0, 1))
    x_bar, y_bar = loaded(grad)(np.ones(4), values, np.array([0, 0, -4]))
    assert x_bar.tolist() == [0.0, 2.0, 2.0, 2.0]
    assert np.all(y_bar == ([0.0, 0.0, 6.0] if isinstance(values, np.ndarray) else 4.0))
    x_bar, y_bar = loaded(grad)(np.ones(4), values, np.array([0, 2, 0]))
    assert np.all(y_bar == ([0.0, 4.0, 6.0] if isinstance(values, np.ndarray) else 8.0))


def test_different_indices_need_no_count() -> None:
    text = """
    func f(%x: float64[4], %y: float64[4]) -> float64[] {
      %n: int = const {value=4}
      %index: int64[4] = arange %n
      %x.1: float64[4] = index_set %x %y %index {spec=('array',)}
      %1: float64[4] = mul %x.1 %x.1
      %2: float64[] = sum %1
      return %2
    }
    """
    assert "where" not in source(derivative(parsed(text), "grad", (0, 1)))


def test_leading_extents_of_one_are_dropped() -> None:
    text = """
    func f(%x: float64[3, 4], %y: float64[1, 1, 4]) -> float64[] {
      %0: int = const {value=1}
      %x.1: float64[3, 4] = index_set %x %y %0 {spec=('int',)}
      %1: float64[3, 4] = mul %x.1 %x.1
      %2: float64[] = sum %1
      return %2
    }
    """
    _, y_bar = loaded(derivative(parsed(text), "grad", (0, 1)))(np.ones((3, 4)), np.full((1, 1, 4), 2.0))
    assert y_bar.shape == (1, 1, 4) and np.all(y_bar == 4.0)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.opcode in TABLE and not gives_back(row.opcode, row.attrs)], ids=str
)
def test_results_share_memory_only_where_the_table_says_so(row: Any) -> None:
    operands = [operand.value if isinstance(operand, Const) else operand for operand in row.operands]
    definition = TABLE[row.opcode]
    result = definition.evaluate(*operands, **{**definition.attrs, **row.attrs})
    for position, operand in enumerate(operands):
        if isinstance(operand, np.ndarray) and isinstance(result, np.ndarray) and np.shares_memory(operand, result):
            assert not definition.fresh and position == 0
            assert not any(entry in ("array", "mask") for entry in row.attrs.get("spec", ()))


def test_reads_move_in_front_of_writes() -> None:
    text = """
    func f(%y: float64[4], %v: float) -> float64[] {
      %0: int = const {value=1}
      %y.1: float64[4] = index_set %y %v %0 {spec=('int',)}
      %1: float64[] = index %y %0 {spec=('int',)}
      %2: float64[] = mul %1 %v
      %3: float64[] = sum %y.1
      %4: float64[] = add %2 %3
      return %4
    }
    """
    function = parse_functions(text)[-1]
    for op in function.body.ops:
        op.derived = True
    reads_first.read_first(function)
    assert [op.opcode for op in function.body.ops] == ["const", "index", "index_set", "mul", "sum", "add", "return"]


def test_stores_have_rules() -> None:
    assert RULES["index_set"].pullback is not None and RULES["index_set"].pushforward is not None
