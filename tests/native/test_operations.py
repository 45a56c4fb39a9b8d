"""Every operation of the rule table written for Numba: the numbers of the reference evaluator, or a refusal."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from adjoint.emit.native import NATIVE, PLAIN
from adjoint.emit.python import emit_module
from adjoint.errors import NotCompilable
from adjoint.ir.evaluate import evaluate
from adjoint.runtime import native
from adjoint.runtime.load import load
from tests.rules.rows import ROWS
from tests.rules.test_rules import arguments, exact, trace

numba = pytest.importorskip("numba", reason="the extra `jit` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")

BY_OPCODE = {}
for _row in ROWS:
    BY_OPCODE.setdefault(_row.opcode, []).append(_row)
COMPILED = sorted(opcode for opcode in BY_OPCODE if opcode in PLAIN or opcode in NATIVE)
QUICK = ("cumsum", "mean", "inner", "index_add", "erf", "tril")


def kept(value):
    """Copies of arrays."""
    return value.copy() if isinstance(value, np.ndarray) else value


def outcome(row):
    """What compiled code gives, and the reference evaluator; None where it is refused."""
    traced = trace(row, exact, row.operands)
    traced.builder.terminate("return", traced.result)
    values = arguments(row.operands)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = evaluate(traced.function, [kept(value) for value in values])
        try:
            emitted = emit_module(traced.function, target="numba")
            raw = load(emitted.source, emitted.entry_name, emitted.bindings)
            native.compile_for(raw, values, [arg.type for arg in traced.function.args], row.opcode)
        except NotCompilable as refused:
            return refused, None
        return raw(*[kept(value) for value in values]), expected


SOMETIMES = frozenset({"float64", "matvec", "vecmat"})
"""What is compiled for other operands than those of the rows: for numbers, for operands of equal rank."""


def check(opcode, rows):
    refused = []
    for row in rows:
        found, expected = outcome(row)
        if isinstance(found, NotCompilable):
            refused.append(found)
            continue
        same(found, expected, str(row))
    assert len(refused) < len(rows) or opcode in SOMETIMES, f"nothing of {opcode} is compiled: {refused[0]}"


def same(found, expected, what):
    if isinstance(expected, tuple | list):
        for one, other in zip(found, expected, strict=True):
            same(one, other, what)
        return
    assert np.shape(found) == np.shape(expected), what
    assert np.asarray(found).dtype.kind == np.asarray(expected).dtype.kind, what
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12, err_msg=what)


@pytest.mark.parametrize("opcode", [opcode for opcode in QUICK if opcode in COMPILED])
def test_operation(opcode):
    check(opcode, BY_OPCODE[opcode][:2])


@pytest.mark.long
@pytest.mark.parametrize("opcode", COMPILED)
def test_operation_at_length(opcode):
    check(opcode, BY_OPCODE[opcode])
