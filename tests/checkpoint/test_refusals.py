"""What cannot be marked is refused with a reason; without a derivative the mark is nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import adjoint
from adjoint.errors import AdjointError, NotCompilable
from tests.checkpoint.programs import HEADER, load
from tests.support import import_text

REFUSED = {
    "would do so again": """
def f(x, n):
    for i in checkpoint(range(n)):
        print(i)
        x = x * x
    return x
""",
    "run again": """
def f(x, n):
    rng = np.random.default_rng(0)
    for i in checkpoint(range(n)):
        x = x * rng.normal()
    return x
""",
    "all that came before": """
def f(x, n):
    ys = [x]
    for i in checkpoint(range(n), slots=3):
        ys.append(ys[-1] * 0.5)
    return sum(ys)
""",
    "a number that is known now, 1 or more": """
def f(x, n):
    for i in checkpoint(range(10), slots=n):
        x = x * x
    return x
""",
    "`checkpoint` stands by itself": """
def f(x, n):
    return sum([x * i for i in checkpoint(range(30))])
""",
    "a mark on a loop": """
def f(x, n):
    for i in checkpoint(range(n), turns=3):
        x = x * x
    return x
""",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_refused(reason: str, tmp_path: Path) -> None:
    f = import_text(HEADER + REFUSED[reason], tmp_path).f
    with pytest.raises(AdjointError) as caught:
        adjoint.grad(f)(0.5, 4)
    report = caught.value.report()
    assert reason.replace("a number that", "no number that") in report or reason in report
    assert "fix: " in report and ".py:" in report


def test_mark_gives_back_what_it_gets() -> None:
    assert adjoint.checkpoint(range(3), steps=2) == range(3)
    assert adjoint.checkpoint(False) is False
    with pytest.raises(ValueError, match="slots=0"):
        adjoint.checkpoint(range(3), slots=0)


@pytest.mark.parametrize("memory", ["200", "many", "0MB", "3 bits", 0, -1, True, 1.5])
def test_wrong_budgets(memory: object) -> None:
    with pytest.raises(ValueError, match="memory="):
        adjoint.grad(abs, memory=memory)  # type: ignore[arg-type]  # that is what is tested


def test_budget_is_of_reverse_mode() -> None:
    with pytest.raises(ValueError, match="reverse"):
        adjoint.grad(abs, mode="forward", memory="1MB")


def test_native(tmp_path: Path) -> None:
    """Parts of equal length compile; a derivative that calls itself does not."""
    pytest.importorskip("numba", reason="numba is optional")
    text = "def f(x, n):\n    for i in MARK(range(n)):\n        x = x + 0.1 * math.sin(x * x)\n    return x\n"
    marked = load(text, "", tmp_path).f
    assert adjoint.grad(marked, jit="numba")(0.3, 20) == pytest.approx(adjoint.grad(marked)(0.3, 20), rel=1e-13)
    with pytest.raises(NotCompilable, match="calls itself"):
        adjoint.grad(load(text, "slots=3", tmp_path).f, jit="numba")(0.3, 20)
