"""Elementwise operations: arithmetic, comparisons, ufuncs and the functions of `math`.

`ns` says whose function it is: `math` gives Python floats, `cmath` complex numbers, `np` NumPy values. Operators follow
their operands.
"""

from __future__ import annotations

import cmath
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.opset import CALL, CHEAP, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast
from adjoint.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    Array,
    Object,
    Scalar,
    Type,
    as_array,
    is_complex,
    is_numeric,
    rank_of,
    shape_of,
)

_SAMPLE = {"bool": True, "int": 1, "float": 0.5, "complex": 0.5j}


def sample(t: Type) -> Any:
    """A value of the type with extents 1, for asking NumPy which dtype it would give."""
    if isinstance(t, Scalar):
        return _SAMPLE[t.kind]
    if not isinstance(t, Array):
        raise TypeInferenceError(f"{t} is not a number or an array")
    one = np.ones((1,) * t.rank, t.dtype)
    return one if t.rank else one[()]


_dtypes: dict[Any, Any] = {}


def sampled_type(function: Callable[..., Any], operands: Sequence[Value]) -> Type:
    """The type of an elementwise function's result: NumPy's own dtype, our own shape."""
    types = tuple(operand.type for operand in operands)
    for t in types:
        if not is_numeric(t):
            raise TypeInferenceError(f"{t} is not a number or an array")
    key = (function, tuple(t if isinstance(t, Scalar) else (t.dtype, t.rank) for t in types))  # type: ignore[union-attr]  # numeric, checked above
    result = _dtypes.get(key)
    if result is None:
        with np.errstate(all="ignore"):
            try:
                result = function(*map(sample, types))
            except (TypeError, ValueError) as error:
                raise TypeInferenceError(str(error)) from None
        result = _dtypes[key] = (
            type(result).__name__
            if isinstance(result, int | float | complex) and not isinstance(result, np.generic)
            else np.asarray(result).dtype
        )
    if isinstance(result, str):
        return Scalar(result)
    return Array(str(result), broadcast(*map(shape_of, types)))


def numpy_names(names: str, parameters: str) -> dict[Callable[..., Any], str]:
    """NumPy's callables of these names (those that this version of NumPy has), all with the same parameters."""
    found = {}
    for name in names.split():
        target: Any = np
        for part in name.split("."):
            target = getattr(target, part, None)
        if target is not None:
            found[target] = parameters
    return found


def _operator(name: str, function: Callable[..., Any], symbol: str, names: str, infer: Any = None) -> None:
    operands = ("a",) if symbol in ("neg", "pos", "invert") else ("a", "b")
    define(
        OpDef(
            name=name,
            infer=infer or (lambda operands, attrs: sampled_type(function, operands)),
            evaluate=function,
            operands=operands,
            callables=numpy_names(names, ", ".join(operands)) | ({pow: "a, b"} if name == "pow" else {}),
            symbol=symbol,
            cost=CHEAP,
            elementwise=True,
        )
    )


def _infer_pow(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    """Python ints: a negative exponent gives a float, so only a known one that is not negative keeps the int."""
    result = sampled_type(operator.pow, operands)
    exponent = operands[1]
    if result == INT and not (is_const(exponent) and const_of(exponent) >= 0):
        return FLOAT
    is_square = is_const(exponent) and type(const_of(exponent)) is int and const_of(exponent) == 2
    base = operands[0].type
    if is_square and isinstance(result, Array) and isinstance(base, Array) and base.rank and base.dtype == "bool":
        return Array("int8", result.shape)  # NumPy takes it for `np.square`
    return result


def _infer_equal(function: Callable[..., Any]) -> Any:
    """Strings and members of enumerations can be compared too; the answer is a plain bool."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        if any(isinstance(operand.type, Object) for operand in operands):
            return BOOL
        return sampled_type(function, operands)

    return infer


_operator("add", operator.add, "+", "add")
_operator("sub", operator.sub, "-", "subtract")
_operator("mul", operator.mul, "*", "multiply")
_operator("truediv", operator.truediv, "/", "true_divide divide")
_operator("floordiv", operator.floordiv, "//", "floor_divide")
_operator("mod", operator.mod, "%", "remainder mod")
_operator("pow", operator.pow, "**", "power pow", _infer_pow)
_operator("neg", operator.neg, "neg", "negative")
_operator("pos", operator.pos, "pos", "positive")
_operator("lt", operator.lt, "<", "less")
_operator("le", operator.le, "<=", "less_equal")
_operator("gt", operator.gt, ">", "greater")
_operator("ge", operator.ge, ">=", "greater_equal")
_operator("eq", operator.eq, "==", "equal", _infer_equal(operator.eq))
_operator("ne", operator.ne, "!=", "not_equal", _infer_equal(operator.ne))
_operator("bitand", operator.and_, "&", "bitwise_and")
_operator("bitor", operator.or_, "|", "bitwise_or")
_operator("bitxor", operator.xor, "^", "bitwise_xor")
_operator("lshift", operator.lshift, "<<", "left_shift bitwise_left_shift")
_operator("rshift", operator.rshift, ">>", "right_shift bitwise_right_shift")
_operator("invert", operator.invert, "invert", "bitwise_not bitwise_invert")
# Python's `not`: the truth of a number, always a bool.
define(
    OpDef(
        name="not",
        infer=lambda operands, attrs: BOOL,
        evaluate=operator.not_,
        operands=("a",),
        symbol="not",
        cost=CHEAP,
    )
)


def _function(
    name: str,
    ufuncs: str,
    mathematical: str = "",
    *,
    operands: str = "x",
    gives: Type = FLOAT,
    cost: int = CALL,
    real: bool = False,
) -> None:
    """A function of one or two numbers, or of `real` ones only. `gives` is what the function of `math` returns."""
    found = list(numpy_names(ufuncs, operands))
    scalar = [getattr(math, n) for n in mathematical.split() if hasattr(math, n)]
    plural = [getattr(cmath, n) for n in mathematical.split() if found and hasattr(cmath, n)]
    named = {"np": found, "math": scalar, "cmath": plural}
    functions = {ns: each[0] for ns, each in named.items() if each}
    only = "np" if not scalar else None if found else "math"

    def infer(values: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        if real and any(is_complex(value.type) for value in values):
            raise TypeInferenceError(f"{name} is supported for real numbers only")
        if (only or attrs["ns"]) == "np":
            return sampled_type(functions["np"], values)
        ns = only or attrs["ns"]
        if ns not in functions:
            raise TypeInferenceError(f"{ns} has no {name}")
        for value in values:
            if not is_numeric(value.type) or rank_of(value.type):
                raise TypeInferenceError(f"{ns}.{mathematical} takes numbers, not {value.type}")
            if ns == "math" and is_complex(value.type):
                raise TypeInferenceError(f"math.{mathematical} takes real numbers, not {value.type}")
        return COMPLEX if ns == "cmath" and gives == FLOAT else gives

    def evaluate(*values: Any, ns: str = "") -> Any:
        return functions[only or ns](*values)

    define(
        OpDef(
            name=name,
            infer=infer,
            evaluate=evaluate,
            operands=tuple(operands.split(", ")),
            attrs={} if only else {"ns": "np"},
            callables=dict.fromkeys([*found, *scalar, *plural], operands),
            cost=cost,
            elementwise=True,
        )
    )


_function("sin", "sin", "sin")
_function("cos", "cos", "cos")
_function("tan", "tan", "tan")
_function("asin", "arcsin asin", "asin")
_function("acos", "arccos acos", "acos")
_function("atan", "arctan atan", "atan")
_function("atan2", "arctan2 atan2", "atan2", operands="a, b")
_function("sinh", "sinh", "sinh")
_function("cosh", "cosh", "cosh")
_function("tanh", "tanh", "tanh")
_function("asinh", "arcsinh asinh", "asinh")
_function("acosh", "arccosh acosh", "acosh")
_function("atanh", "arctanh atanh", "atanh")
_function("exp", "exp", "exp")
_function("exp2", "exp2", "exp2")
_function("expm1", "expm1", "expm1")
_function("log", "log", "log")
_function("log2", "log2", "log2")
_function("log10", "log10", "log10")
_function("log1p", "log1p", "log1p")
_function("logaddexp", "logaddexp", operands="a, b")
_function("logaddexp2", "logaddexp2", operands="a, b")
_function("sqrt", "sqrt", "sqrt")
_function("cbrt", "cbrt", "cbrt")
_function("square", "square", cost=CHEAP)
_function("reciprocal", "reciprocal", cost=CHEAP)
_function("fabs", "fabs", "fabs", cost=CHEAP)
_function("sign", "sign", cost=CHEAP, real=True)  # of complex numbers it is z / abs(z)
_function("hypot", "hypot", "hypot", operands="a, b")
_function("float_power", "float_power", "pow", operands="a, b")
_function("maximum", "maximum", operands="a, b", cost=CHEAP)
_function("minimum", "minimum", operands="a, b", cost=CHEAP)
_function("fmax", "fmax", operands="a, b", cost=CHEAP)
_function("fmin", "fmin", operands="a, b", cost=CHEAP)
_function("heaviside", "heaviside", operands="a, b", cost=CHEAP)
_function("copysign", "copysign", "copysign", operands="a, b", cost=CHEAP)
_function("fmod", "fmod", "fmod", operands="a, b", cost=CHEAP)
_function("floor", "floor", "floor", gives=INT, cost=CHEAP)
_function("ceil", "ceil", "ceil", gives=INT, cost=CHEAP)
_function("trunc", "trunc fix", "trunc", gives=INT, cost=CHEAP)
_function("rint", "rint", cost=CHEAP)
_function("degrees", "degrees rad2deg", "degrees", cost=CHEAP)
_function("radians", "radians deg2rad", "radians", cost=CHEAP)
_function("erf", "", "erf")
_function("erfc", "", "erfc")
_function("gamma", "", "gamma")
_function("lgamma", "", "lgamma")
_function("remainder", "", "remainder", operands="a, b")
_function("ldexp", "ldexp", "ldexp", operands="a, n", cost=CHEAP)
_function("nextafter", "nextafter", "nextafter", operands="a, b", cost=CHEAP)
_function("spacing", "spacing", "ulp", cost=CHEAP)
_function("isnan", "isnan", "isnan", gives=BOOL, cost=CHEAP)
_function("isfinite", "isfinite", "isfinite", gives=BOOL, cost=CHEAP)
_function("isinf", "isinf", "isinf", gives=BOOL, cost=CHEAP)
_function("signbit", "signbit", gives=BOOL, cost=CHEAP)
_function("logical_and", "logical_and", operands="a, b", cost=CHEAP)
_function("logical_or", "logical_or", operands="a, b", cost=CHEAP)
_function("logical_xor", "logical_xor", operands="a, b", cost=CHEAP)
_function("logical_not", "logical_not", cost=CHEAP)


_function("absolute", "absolute", cost=CHEAP)
# The builtin, which keeps Python numbers Python; np.abs gives NumPy values.
define(
    OpDef(
        name="abs",
        infer=lambda operands, attrs: sampled_type(abs, operands),
        evaluate=abs,
        operands=("x",),
        callables={abs: "x"},
        cost=CHEAP,
        elementwise=True,
    )
)


def _infer_where(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return sampled_type(np.where, operands)


define(
    OpDef(
        name="where",
        infer=_infer_where,
        evaluate=np.where,
        operands=("condition", "x", "y"),
        callables={np.where: "condition, x, y"},
        elementwise=True,
    )
)


def _infer_clip(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    given = [operand for operand in operands if is_numeric(operand.type) or not _is_none(operand)]
    return sampled_type(_clip_sample, given)


def _clip_sample(x: Any, *bounds: Any) -> Any:
    return np.clip(x, *bounds) if len(bounds) == 2 else np.clip(x, bounds[0], None) if bounds else np.array(x)[()]


def _is_none(value: Value) -> bool:
    return is_const(value) and const_of(value) is None


define(
    OpDef(
        name="clip",
        infer=_infer_clip,
        evaluate=lambda x, low=None, high=None: np.clip(x, low, high),
        operands=("x", "low?", "high?"),
        callables={np.clip: "x, low, high, out, min=low, max=high"},
        methods={"clip": "low, high, out, min=low, max=high"},
        elementwise=True,
    )
)


def _infer_around(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = operands[0].type
    if not isinstance(t, Scalar | Array):
        raise TypeInferenceError(f"{t} is not a number or an array")
    return as_array(t)


define(
    OpDef(
        name="around",
        infer=_infer_around,
        evaluate=lambda x, decimals: np.round(x, decimals),
        operands=("x",),
        attrs={"decimals": 0},
        callables=numpy_names("round around", "x, decimals"),
        methods={"round": "decimals"},
        elementwise=True,
    )
)


def _infer_close(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return sampled_type(np.isclose, operands)


define(
    OpDef(
        name="isclose",
        infer=_infer_close,
        evaluate=lambda a, b, rtol, atol: np.isclose(a, b, rtol, atol),
        operands=("a", "b"),
        attrs={"rtol": 1e-5, "atol": 1e-8},
        callables={np.isclose: "a, b, rtol, atol, equal_nan"},
        elementwise=True,
    )
)
define(
    OpDef(
        name="allclose",
        infer=lambda operands, attrs: BOOL,
        evaluate=lambda a, b, rtol, atol: np.allclose(a, b, rtol, atol),
        operands=("a", "b"),
        attrs={"rtol": 1e-5, "atol": 1e-8},
        callables={np.allclose: "a, b, rtol, atol, equal_nan"},
    )
)
define(
    OpDef(
        name="isclose_scalar",
        infer=lambda operands, attrs: BOOL,
        evaluate=lambda a, b, rel_tol, abs_tol: math.isclose(a, b, rel_tol=rel_tol, abs_tol=abs_tol),
        operands=("a", "b"),
        attrs={"rel_tol": 1e-9, "abs_tol": 0.0},
        callables={math.isclose: "a, b, rel_tol, abs_tol"},
    )
)
