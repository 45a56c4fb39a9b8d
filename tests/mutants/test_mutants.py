"""The checks can fail: every planted fault of the transformer is noticed by each of the programs named for it."""

from __future__ import annotations

import numpy as np
import pytest

from adjoint.options import Transform
from tests import pipes, support
from tests.mutants.plants import MUTANTS, Mutant
from tests.mutants.programs import ARGS, FUNCTIONS

PAIRS = [(mutant, name) for mutant in MUTANTS for name in mutant.killers]


def _gradient_is_right(name: str) -> bool:
    """Compile the program's gradient anew (no cache is asked) and compare it with the reference."""
    f, args = FUNCTIONS[name], ARGS[name]
    wrt = support.real_positions(args)
    function = pipes.differentiated(pipes.lowered(f, args), Transform("grad", wrt, single=False))
    gradient = pipes.loaded(function)(*args)
    for position, part in zip(wrt, gradient):
        if np.shape(part) != np.shape(args[position]):
            return False
    rng = np.random.default_rng(1)
    tangents = {i: support.random_like(args[i], rng) for i in wrt}
    expected = support.reference_derivative(f, args, tangents)
    return bool(np.isclose(support.inner(gradient, tuple(tangents.values())), expected[0], rtol=1e-7))


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_programs_are_right_without_a_mutant(name: str) -> None:
    assert _gradient_is_right(name)


@pytest.mark.parametrize("mutant, name", PAIRS, ids=lambda item: item.name if isinstance(item, Mutant) else item)
def test_mutant_is_killed(mutant: Mutant, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant.plant(monkeypatch)
    monkeypatch.setattr(pipes.pipeline, "VERIFY", False)
    try:
        with support.time_limit(10):  # it may loop for ever: that is noticed too
            survived = _gradient_is_right(name)
    except Exception:  # a crash is a kill
        survived = False
    assert not survived, f"the mutant {mutant.name!r} was not noticed by {name}"
