"""Every rule that is said to hold for complex numbers, on the rows of the machine test with complex operands."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from adjoint.ir.opset import TypeInferenceError
from adjoint.rules.complexes import has_complex_rule
from adjoint.rules.registry import RULES, RuleMissing
from tests.rules.rows import ROWS, Const, Row
from tests.rules.test_rules import exact, primal
from tests.rules.test_rules import test_rule as check_rule


def as_complex(x: Any, number: int) -> Any:
    """The operand with an imaginary part, if it is a real number or array."""
    if isinstance(x, Const | list | tuple) or np.asarray(x).dtype != np.float64:
        return x
    made = np.asarray(x + 1j * np.random.default_rng(number).uniform(0.1, 0.8, np.shape(x)))
    return made if isinstance(x, np.ndarray) else made[()] if isinstance(x, np.generic) else complex(made)


def varied(row: Row) -> Row:
    operands = tuple(x if i in row.fixed else as_complex(x, i) for i, x in enumerate(row.operands))
    return replace(row, operands=operands)


_MOST = 6
"""How many rows of an operation are tried."""
CLAIMED = [row for row in ROWS if row.opcode in RULES and has_complex_rule(row.opcode)]


def is_defined(row: Row) -> bool:
    """Whether NumPy has the function for complex numbers."""
    try:
        with np.errstate(all="ignore"):
            primal(row)(*row.operands)
    except (TypeError, ValueError, TypeInferenceError, np.exceptions.ComplexWarning):
        return False
    return True


@pytest.mark.parametrize("opcode", sorted({row.opcode for row in CLAIMED}))
def test_rule_holds(opcode: str) -> None:
    rows = [varied(row) for row in CLAIMED if row.opcode == opcode][:_MOST]
    held = 0
    for row in filter(is_defined, rows):
        with np.errstate(all="ignore"), contextlib.suppress(RuleMissing):  # refused: made of what has no complex rule
            check_rule(row, exact)
            held += 1
    real_only = opcode in ("rfft", "ihfft", "rfftn", "rfft2", "fsum", "bincount", "histogram", "rect", "signal_detrend")
    assert held or real_only, "no row has complex operands"
