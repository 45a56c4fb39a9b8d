"""Functions with a rule of the user's, and `stop_gradient`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.custom import stop_gradient
from adjoint.ir.opset import FREE, OpDef, TypeInferenceError, define
from adjoint.ir.types import Array, Scalar, Tuple, Type


def _infer_custom(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    found: Type = attrs["rule"].result_type([operand.type for operand in operands], attrs["keywords"])
    return found


def _evaluate_custom(*operands: Any, rule: Any, keywords: tuple[str, ...]) -> Any:
    count = len(operands) - len(keywords)
    return rule.function(*operands[:count], **dict(zip(keywords, operands[count:])))


# Attrs: the user's rule, and the names of the last operands, which are given by keyword. With partials it is
# elementwise; `custom` is any other function.
for _name, _elementwise in (("custom", False), ("custom_elementwise", True)):
    define(
        OpDef(
            name=_name,
            infer=_infer_custom,
            evaluate=_evaluate_custom,
            operands=("*operands",),
            attrs={"rule": None, "keywords": ()},
            elementwise=_elementwise,
        )
    )


def _infer_same(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    if not isinstance(t, Scalar | Array) and not (isinstance(t, Tuple) and t.layout is None):
        raise TypeInferenceError(f"it takes numbers, arrays and tuples of them, not {t}: apply it to each item")
    return t


# Printed as its operand: nothing of it is left when the program runs.
define(
    OpDef(
        name="stop_gradient",
        infer=_infer_same,
        evaluate=stop_gradient,
        operands=("x",),
        callables={stop_gradient: "x"},
        cost=FREE,
        fresh=False,
    )
)


def _infer_shaped_like(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    g, x = operands[0].type, operands[1].type
    if not isinstance(g, Array) or not isinstance(x, Array) or g.rank != x.rank:
        raise TypeInferenceError(f"{g} has not the shape of {x}")
    return Array(g.dtype, x.shape)


def _shaped_like(g: Any, x: Any) -> Any:
    if np.shape(g) != np.shape(x):
        raise ValueError(f"a cotangent of shape {np.shape(g)} for an argument of shape {np.shape(x)}")
    return g


# The cotangent that a rule of the user's gave, where only the run shows whether it has the shape of its argument.
define(
    OpDef(name="shaped_like", infer=_infer_shaped_like, evaluate=_shaped_like, operands=("g", "x"), fresh=False)
)
