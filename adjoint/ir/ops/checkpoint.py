"""The operation behind a loop with checkpoints: where the next state is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adjoint.ir.core import Value
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.series import first_part
from adjoint.ir.types import INT, Type


def _infer_first_part(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if any(operand.type != INT for operand in operands):
        raise TypeInferenceError("first_part takes ints")
    return INT


define(OpDef(name="first_part", infer=_infer_first_part, evaluate=first_part, operands=("n", "slots", "steps?")))
