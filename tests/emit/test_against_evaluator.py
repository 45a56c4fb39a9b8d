"""Emitted derivatives of random programs compute what the reference evaluator computes from the same IR."""

from __future__ import annotations

import copy
import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import pipeline
from adjoint.emit import emit_module
from adjoint.errors import AdjointError
from adjoint.ir.core import Function
from adjoint.ir.evaluate import evaluate
from adjoint.ir.signature import type_of_argument
from adjoint.ir.types import is_differentiable
from adjoint.options import Transform
from tests import support
from tests.fuzz.writer import write_program


def _flat(value: Any) -> list[float]:
    if isinstance(value, tuple | list):
        return [x for item in value for x in _flat(item)]
    return [] if value is None else np.ravel(np.asarray(value, float)).tolist()


def _outcome(run: Any, args: list[Any]) -> Any:
    try:
        with np.errstate(all="ignore"):
            return _flat(run(*copy.deepcopy(args)))
    except (ArithmeticError, ValueError, IndexError, UnboundLocalError) as error:
        return type(error)


def _compare(ir: Function, args: list[Any]) -> None:
    made = emit_module(ir)
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    expected = _outcome(lambda *values: evaluate(ir, list(values)), args)
    found = _outcome(namespace[made.entry_name], args)
    if isinstance(expected, list):
        assert isinstance(found, list), (found, made.source)
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12, err_msg=made.source)


@pytest.mark.parametrize("seed", range(0, 150, 5))
def test_random_program(seed: int, tmp_path: Path) -> None:
    program = write_program(seed)
    f = support.import_text(program.text, tmp_path).f
    bound = inspect.signature(f).bind(*program.args)
    bound.apply_defaults()
    args = list(bound.arguments.values())
    types = [type_of_argument(value, name) for name, value in bound.arguments.items()]
    wrt = tuple(i for i, t in enumerate(types) if is_differentiable(t))
    dots = [args[i] * 0.5 + 0.1 for i in wrt]
    primal = pipeline.lower(f, types)
    _compare(_owned(primal), args)
    for kind, extra in (("value_and_grad", []), ("jvp", dots)):
        try:
            derivative = pipeline.differentiate(primal, Transform(kind, wrt, False))
        except AdjointError:
            continue  # a gradient of several numbers
        _compare(_owned(derivative), args + extra)


def _owned(ir: Function) -> Function:
    """A copy in which every write goes to memory of its own, as emission expects."""
    copied = pipeline.clone_program(ir)
    for part in pipeline.program_functions(copied):
        pipeline.own_buffers(part)
    return copied
