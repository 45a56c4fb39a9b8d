"""Functions of numbers beside the elementary ones: parts of floats, special functions, those of several numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir import series
from adjoint.ir.core import Value
from adjoint.ir.ops.builtins import item_type
from adjoint.ir.ops.elementwise import numpy_names, sampled_type
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import CHEAP, OpDef, TypeInferenceError, define
from adjoint.ir.types import FLOAT, INT, Type, is_complex, is_numeric, rank_of


def _check_real(name: str, values: Sequence[Value]) -> None:
    for value in values:
        if not is_numeric(value.type) or rank_of(value.type) or is_complex(value.type):
            raise TypeInferenceError(f"{name} takes real numbers, not {value.type}")


# parts of floats


def _part(name: str, part: int, gives: Type) -> None:
    """One of the two results of `modf` or `frexp`."""
    functions: dict[str, Callable[..., Any]] = {"np": getattr(np, name), "math": getattr(math, name)}

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        if attrs["ns"] == "math":
            _check_real(f"math.{name}", operands)
            return gives
        return sampled_type(_sampled, operands)

    def _sampled(x: Any) -> Any:
        return functions["np"](x)[part]

    define(
        OpDef(
            name=f"{name}_{part}",
            infer=infer,
            evaluate=lambda x, ns: functions[ns](x)[part],
            operands=("x",),
            attrs={"ns": "np"},
            cost=CHEAP,
            elementwise=True,
        )
    )


PARTS = {
    f"{name}_{part}": (getattr(np, name), getattr(math, name), part) for name in ("modf", "frexp") for part in (0, 1)
}
"""The operations that give one part of a pair, with the functions that give the pair and the position in it."""
for _name, _whole in (("modf", FLOAT), ("frexp", INT)):
    _part(_name, 0, FLOAT)
    _part(_name, 1, _whole)


def _infer_nan_to_num(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if not attrs["copy"]:
        raise TypeInferenceError("np.nan_to_num with copy=False is not supported: it writes into its argument")
    if is_complex(operands[0].type):
        raise TypeInferenceError("np.nan_to_num is supported for real numbers only")
    return sampled_type(np.nan_to_num, operands)


define(
    OpDef(
        name="nan_to_num",
        infer=_infer_nan_to_num,
        evaluate=lambda x, **attrs: np.nan_to_num(x, **attrs),
        operands=("x",),
        attrs={"copy": True, "nan": 0.0, "posinf": None, "neginf": None},
        callables={np.nan_to_num: "x, copy, nan, posinf, neginf"},
        elementwise=True,
    )
)


def _named(name: str, names: str, parameters: str = "x") -> None:
    """A function of NumPy that is no ufunc, or has only one name."""
    found = numpy_names(names, parameters)
    if not found:  # an older version of NumPy
        return
    function = next(iter(found))
    define(
        OpDef(
            name=name,
            infer=lambda operands, attrs: sampled_type(function, operands),
            evaluate=function,
            operands=tuple(parameters.split(", ")),
            callables=found,
            elementwise=True,
        )
    )


_named("isposinf", "isposinf")
_named("isneginf", "isneginf")
_named("sinc", "sinc")
_named("i0", "i0")
_named("gcd", "gcd", "a, b")
_named("lcm", "lcm", "a, b")
_named("bitwise_count", "bitwise_count")


# derivatives that no library has


def _derivative(name: str) -> None:
    function = series.NUMERIC[name]
    define(
        OpDef(
            name=name,
            infer=lambda operands, attrs: sampled_type(lambda x: function(x, 1), operands),
            evaluate=lambda x, n: function(x, n),
            operands=("x",),
            attrs={"n": 1},
            elementwise=True,
        )
    )


_derivative("sinc_derivative")
_derivative("i0_derivative")


def _infer_polygamma(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _check_real("polygamma", operands)
    return FLOAT


define(
    OpDef(
        name="polygamma",
        infer=_infer_polygamma,
        evaluate=lambda x, n: series.NUMERIC["polygamma"](n, x),
        operands=("x",),
        attrs={"n": 0},
    )
)


# several numbers


def _infer_number(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _check_real("this function of math", operands)
    return FLOAT


def _infer_vectors(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    for operand in operands:
        if array_operand(operand).rank != 1 or is_complex(array_operand(operand)):
            raise TypeInferenceError(f"a point is a sequence of real numbers, not {operand.type}")
    return FLOAT


def _sumprod(p: Any, q: Any) -> Any:
    function: Callable[..., Any] | None = getattr(math, "sumprod", None)  # new in Python 3.12
    return sum(map(operator.mul, p, q)) if function is None else function(p, q)


def _first_product(p: Any, q: Any) -> Any:
    return 0 + p * q


def _infer_sumprod(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _infer_vectors(operands, attrs)
    return sampled_type(_first_product, [Value(item_type(operand.type)) for operand in operands])


def _fma(a: Any, b: Any, c: Any) -> Any:
    function: Callable[..., Any] | None = getattr(math, "fma", None)  # new in Python 3.13
    return a * b + c if function is None else function(a, b, c)


def _of_math(names: str, parameters: str) -> dict[Callable[..., Any], str]:
    return {getattr(math, name): parameters for name in names.split() if hasattr(math, name)}


define(
    OpDef(
        name="hypot_of",
        infer=_infer_number,
        evaluate=lambda *items: math.hypot(*items),
        operands=("*items",),
        callables={},
    )
)
define(OpDef(name="dist", infer=_infer_vectors, evaluate=math.dist, operands=("p", "q"), callables={math.dist: "p, q"}))
define(
    OpDef(
        name="sumprod",
        infer=_infer_sumprod,
        evaluate=_sumprod,
        operands=("p", "q"),
        callables=_of_math("sumprod", "p, q"),
    )
)
define(
    OpDef(
        name="fma",
        infer=_infer_number,
        evaluate=_fma,
        operands=("a", "b", "c"),
        callables=_of_math("fma", "a, b, c"),
    )
)
