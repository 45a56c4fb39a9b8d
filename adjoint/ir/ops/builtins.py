"""Python's builtins on numbers: float, int, bool, round, and max, min, sum of several scalars or of one sequence."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.ops.elementwise import sampled_type
from adjoint.ir.opset import CHEAP, Infer, OpDef, TypeInferenceError, define
from adjoint.ir.types import (
    BOOL,
    FLOAT,
    INT,
    Array,
    JoinError,
    List,
    Scalar,
    Type,
    Undef,
    as_array,
    dtype_of,
    is_numeric,
    is_sequence,
    join,
    rank_of,
)


def _infer_conversion(result: Type) -> Callable[[Sequence[Value], Mapping[str, Any]], Type]:
    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        t = operands[0].type
        if not is_numeric(t) or rank_of(t) or (str(dtype_of(t)).startswith("complex") and result != BOOL):
            raise TypeInferenceError(f"{t} does not convert to {result}")
        return result

    return infer


def _conversion(name: str, function: Callable[..., Any], result: Type) -> None:
    define(
        OpDef(
            name=name,
            infer=_infer_conversion(result),
            evaluate=function,
            operands=("x",),
            callables={function: "x"},
            methods={"item": ""} if name == "float" else {},
            cost=CHEAP,
        )
    )


_conversion("float", float, FLOAT)
_conversion("int", int, INT)
_conversion("bool", bool, BOOL)


def _infer_round(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    if not is_numeric(t) or rank_of(t) or str(dtype_of(t)).startswith("complex"):
        raise TypeInferenceError(f"round takes a real number, not {t}")
    return t if len(operands) == 2 else INT


define(
    OpDef(
        name="round",
        infer=_infer_round,
        evaluate=round,
        operands=("x", "digits?"),
        callables={round: "x, digits"},
        cost=CHEAP,
    )
)


def item_type(t: Type) -> Type:
    """What a loop over a sequence meets: one row of an array, one item of a list or tuple."""
    if isinstance(t, Array) and t.rank:
        return Array(t.dtype, t.shape[1:])
    if isinstance(t, List):
        return t.item
    if is_sequence(t) and t.items:
        return _joined(t.items)
    raise TypeInferenceError(f"{t} is not a sequence")


def _joined(types: Sequence[Type]) -> Type:
    result = types[0]
    try:
        for t in types[1:]:
            result = join(result, t)
    except JoinError as error:
        raise TypeInferenceError(str(error)) from None
    return result


def _infer_extreme(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    result = item_type(operands[0].type) if len(operands) == 1 else _joined([operand.type for operand in operands])
    if not is_numeric(result) or rank_of(result):
        raise TypeInferenceError(f"max and min compare numbers, not {result}")
    return result


for _name, _builtin in (("max_of", builtins.max), ("min_of", builtins.min)):
    define(
        OpDef(
            name=_name,
            infer=_infer_extreme,
            evaluate=_builtin,
            operands=("*items",),
            callables={_builtin: "*items"},
            cost=CHEAP,
        )
    )


def _infer_sum(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    item = item_type(operands[0].type)
    if isinstance(item, Undef):  # nothing is added, as far as is known yet
        return operands[1].type if len(operands) > 1 else INT
    if not isinstance(item, Scalar | Array):
        raise TypeInferenceError(f"sum adds numbers and arrays, not {item}")
    terms = [Value(item), *operands[1:]]
    result = sampled_type(_add_all, [*terms, terms[0]])
    if len(operands) == 1 and isinstance(result, Array) and not isinstance(operands[0].type, Array):
        return join(result, Array("int64", ())) if not result.rank else result
    return result


def _add_all(*terms: Any) -> Any:
    return builtins.sum(terms)


define(
    OpDef(
        name="sum_of",
        infer=_infer_sum,
        evaluate=sum,
        operands=("items", "start?"),
        callables={sum: "items, start"},
    )
)


def _infer_reduced_float(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    item = item_type(operands[0].type)
    if not is_numeric(item) or rank_of(item):
        raise TypeInferenceError(f"{item} is not a number")
    return FLOAT


define(
    OpDef(
        name="fsum",
        infer=_infer_reduced_float,
        evaluate=math.fsum,
        operands=("items",),
        callables={math.fsum: "items"},
    )
)


def _infer_cast(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    if not isinstance(t, Scalar | Array):
        raise TypeInferenceError(f"{t} is not a number or an array")
    return Array(attrs["dtype"], as_array(t).shape)


def _cast_to(dtype: str) -> Infer:
    return lambda operands, attrs: _infer_cast(operands, {"dtype": dtype})


for _dtype in ("float64", "float32", "float16", "longdouble", "int64", "int32"):
    define(
        OpDef(
            name=_dtype,
            infer=_cast_to(str(np.dtype(_dtype))),
            evaluate=getattr(np, _dtype),
            operands=("x",),
            callables={getattr(np, _dtype): "x"},
            cost=CHEAP,
            fresh=False,  # an array of that dtype is given back as it is
        )
    )
