"""The table of the machine test: operations with operands in their domain. One row at least for every rule."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Row:
    """One application. Floats, float arrays are varied; ints and bools are not; `Const` operands are constants."""

    opcode: str
    operands: tuple[Any, ...]
    attrs: dict[str, Any] = field(default_factory=dict)
    fixed: tuple[int, ...] = ()
    """Float operands that are not differentiated (positions)."""

    def __str__(self) -> str:
        shown = ",".join(_short(operand) for operand in self.operands)
        attrs = "".join(f",{k}={_named(v)}" for k, v in self.attrs.items())
        return f"{self.opcode}({shown}{attrs})"


@dataclass(frozen=True)
class Const:
    value: Any


def _named(value: Any) -> str:
    text = str(value)
    return type(value).__name__ if " at 0x" in text else text


def _short(operand: Any) -> str:
    if isinstance(operand, np.ndarray):
        return f"{operand.dtype.kind}{list(operand.shape)}".replace(" ", "")
    return repr(operand.value) if isinstance(operand, Const) else type(operand).__name__


def arrays(*shape: int, low: float = -1.0, high: float = 1.0, seed: int = 0) -> Any:
    return np.random.default_rng(seed + sum(shape) + len(shape)).uniform(low, high, shape)


ROWS: list[Row] = []


def row(opcode: str, *operands: Any, fixed: tuple[int, ...] = (), **attrs: Any) -> None:
    ROWS.append(Row(opcode, operands, attrs, fixed))


def unary(opcode: str, low: float, high: float, *, ns: bool = True, math_only: bool = False) -> None:
    middle = 0.3 * low + 0.7 * high
    spaces = [{"ns": "np"}, {"ns": "math"}] if ns else [{}]
    for attrs in spaces:
        row(opcode, middle, **attrs)
    if math_only:
        return
    first = spaces[0]
    for shape in ((4,), (2, 3), (1,), (0,), (2, 1, 3)):
        row(opcode, arrays(*shape, low=low, high=high), **first)
    row(opcode, np.float64(middle), **first)


for _name, _low, _high in (
    ("sin", -2, 2),
    ("cos", -2, 2),
    ("tan", -1, 1),
    ("asin", -0.9, 0.9),
    ("acos", -0.9, 0.9),
    ("atan", -2, 2),
    ("sinh", -2, 2),
    ("cosh", -2, 2),
    ("tanh", -2, 2),
    ("asinh", -2, 2),
    ("acosh", 1.2, 3),
    ("atanh", -0.9, 0.9),
    ("exp", -2, 2),
    ("exp2", -2, 2),
    ("expm1", -2, 2),
    ("log", 0.2, 3),
    ("log2", 0.2, 3),
    ("log10", 0.2, 3),
    ("log1p", -0.5, 3),
    ("sqrt", 0.2, 3),
    ("cbrt", 0.2, 3),
    ("fabs", 0.2, 3),
    ("fabs", -3, -0.2),
    ("degrees", -3, 3),
    ("radians", -3, 3),
):
    unary(_name, _low, _high)
for _name, _low, _high in (
    ("square", -2, 2),
    ("reciprocal", 0.2, 3),
    ("absolute", -3, -0.2),
    ("abs", -3, -0.2),
    ("neg", -2, 2),
    ("pos", -2, 2),
):
    unary(_name, _low, _high, ns=False)
for _name in ("erf", "erfc"):
    unary(_name, -2, 2, ns=False, math_only=True)

_A, _B = arrays(4, low=0.5, high=2), arrays(4, low=0.5, high=2, seed=9)
_M = arrays(3, 4, low=0.5, high=2)
_PAIRS: tuple[tuple[Any, Any], ...] = (
    (1.3, 0.7),
    (_A, _B),
    (_A, 0.7),
    (1.3, _B),
    (_M, _B),
    (_A, arrays(3, 4, low=0.5, high=2, seed=5)),
    (arrays(3, 1, low=0.5, high=2), _B),
    (_M, arrays(1, 4, low=0.5, high=2)),
    (arrays(3, 1, low=0.5, high=2), arrays(1, 4, low=0.5, high=2)),
    (arrays(1, low=0.5, high=2), arrays(1, low=0.5, high=2, seed=3)),
    (arrays(1, 1, low=0.5, high=2), 0.7),
    (arrays(0, 4), arrays(0, 4)),
    (arrays(0, 4), 0.7),
    (np.float64(1.3), _B),
)
for _a, _b in _PAIRS:
    for _name in ("add", "sub", "mul", "truediv", "pow", "maximum", "minimum", "fmax", "fmin"):
        row(_name, _a, _b)
    for _name in ("logaddexp", "logaddexp2"):
        row(_name, _a, _b)
    for _name in ("atan2", "hypot", "copysign", "float_power", "fmod"):
        row(_name, _a, _b, ns="np")
    row("mod", _a, _b)
    row("where", np.asarray(_A > 1.2), _a, _b)
for _name in ("atan2", "hypot", "copysign", "float_power", "fmod"):
    row(_name, 1.3, 0.7, ns="math")
for _n in (0, 1, 2, 3, -1, 0.5, 2.5, -0.5, 2.0, 1.0, 0.0):
    row("pow", 1.3, Const(_n))
    row("pow", _A, Const(_n))
row("pow", _A, 2)
row("pow", 1.3, 3)
row("pow", _M, np.array([0, 1, 2, 3]))
row("pow", Const(2), 1.3)
row("pow", Const(2.0), _A)
row("where", np.bool_(True), 1.3, 0.7)
row("where", np.array([[True, False]]), arrays(3, 1), arrays(1, 2))
row("where", arrays(3) > 0, Const(0.0), arrays(3))
row("clip", arrays(5, low=-2, high=2), -0.7, 0.6)
row("clip", arrays(2, 5, low=-2, high=2), Const(None), arrays(5, low=0, high=0.5))
row("clip", 0.3, Const(-1.0), Const(1.0))
row("clip", 0.3, Const(0.5), Const(None))
row("heaviside", _A, 0.5)
row("float", 1.3)
row("float", np.float64(1.3))
row("float64", _A)
row("max_of", 1.3, 0.7)
row("max_of", 0.7, 1.3, np.float64(2.0))
row("max_of", 0.7, Const(0))
row("min_of", 0.7, 1.3, 0.9)
row("max_of", arrays(5))
row("min_of", arrays(5))
row("sum_of", arrays(5))
row("sum_of", arrays(5, 2))
row("sum_of", arrays(5), 0.5)
row("fsum", arrays(5))

for _x in (arrays(5, low=0.5, high=2), arrays(3, 4, low=0.5, high=2), arrays(2, 3, 4, low=0.5, high=2, seed=1)):
    for _name in ("sum", "mean", "prod", "max", "min", "var", "std"):
        row(_name, _x)
        row(_name, _x, keepdims=True)
        for _axis in range(_x.ndim):
            row(_name, _x, axis=_axis)
            row(_name, _x, axis=_axis - _x.ndim, keepdims=True)
        if _x.ndim == 3:
            row(_name, _x, axis=(0, 2))
            row(_name, _x, axis=(1, 2), keepdims=True)
            row(_name, _x, axis=(0, 1))
    for _axis in (None, *range(_x.ndim)):
        row("cumsum", _x, axis=_axis)
        row("cumprod", _x, axis=_axis)
    row("diff", _x)
    row("diff", _x, axis=0)
for _name in ("sum", "mean", "max"):
    row(_name, 1.3)
    row(_name, arrays(1, 4), axis=0)
row("sum", arrays(0, 4), axis=0)
row("sum", arrays(0))
row("var", arrays(5), ddof=1)
row("std", arrays(3, 4), ddof=1, axis=1)
row("prod", np.array([2.0, 0.0, 3.0]))
row("prod", np.array([2.0, 0.0, 0.0]))
row("prod", np.array([[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]), axis=1)
row("prod", np.array([[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]), axis=0)
row("prod", np.array([[[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]]), axis=(0, 2))
row("prod", np.array([[2.0, 0.0, 3.0], [1.0, 2.0, 3.0]]))
row("cumprod", np.array([2.0, 0.0, 3.0, 4.0]))
row("unbroadcast", arrays(3, 4), arrays(4), fixed=(1,))
row("unbroadcast", arrays(3, 4), arrays(3, 1), fixed=(1,))

_S = arrays(3, 3) + 2 * np.eye(3)
_V = arrays(3)
for _a, _b in ((_V, arrays(3, seed=4)), (arrays(2, 3), _V), (_V, arrays(3, 2)), (arrays(2, 3), arrays(3, 4))):
    row("matmul", _a, _b)
    row("dot", _a, _b)
row("dot", 1.3, arrays(3))
row("dot", arrays(3), 1.3)
row("matmul", arrays(1, 3), arrays(3, 1))
row("matmul", arrays(5, 2, 3), arrays(5, 3, 4))
row("matmul", arrays(5, 2, 3), arrays(3, 4))
row("matmul", arrays(2, 3), arrays(5, 3, 4))
row("matmul", arrays(1, 2, 3), arrays(5, 3, 4))
row("inner", arrays(3), arrays(3, seed=4))
row("inner", arrays(2, 3), arrays(4, 3))
row("inner", arrays(2, 3), arrays(3))
row("inner", arrays(3), arrays(4, 3))
row("vdot", arrays(3), arrays(3, seed=4))
row("vdot", arrays(2, 3), arrays(2, 3, seed=4))
row("outer", arrays(3), arrays(4))
row("outer", arrays(3, 2), arrays(4))
row("outer", 1.3, arrays(1, 2))
row("cross", arrays(3), arrays(3, seed=4))
row("cross", arrays(2, 3), arrays(2, 3, seed=4))
row("cross", arrays(2, 3), arrays(3, seed=4))
row("cross", arrays(1, 3), arrays(2, 3))
row("inv", _S)
row("inv", np.stack([_S, _S.T + np.eye(3)]))
row("det", _S)
row("solve", _S, arrays(3))
row("solve", _S, arrays(3, 2))
for _ord in (None, 1, 2, 3, 1.5, np.inf, -np.inf):
    row("norm", arrays(4, low=0.5, high=2), ord=_ord)
    row("norm", arrays(3, 4, low=0.5, high=2), ord=_ord, axis=1)
    row("norm", arrays(3, 4, low=0.5, high=2), ord=_ord, axis=0, keepdims=True)
for _ord in (None, "fro", 1, np.inf):
    row("norm", arrays(3, 4), ord=_ord)
row("trace", arrays(3, 3))
row("trace", arrays(3, 4), offset=1)
row("diag", arrays(3))
row("diag", arrays(3), k=-1)
row("diag", arrays(3, 3))
row("diag", arrays(3, 4), k=1)
row("diagonal", arrays(3, 4), offset=-1)
row("diagonal", arrays(3, 3))
row("tril", arrays(3, 3))
row("triu", arrays(3, 4), k=1)

row("reshape", arrays(6), Const(2), Const(3))
row("reshape", arrays(2, 3), Const(-1))
row("reshape", arrays(2, 3), Const(3), Const(-1))
row("reshape", 1.3, Const(1))
for _name in ("ravel", "flatten"):
    row(_name, arrays(2, 3))
    row(_name, arrays(3))
row("atleast_1d", 1.3)
row("atleast_2d", arrays(3))
row("copy", arrays(3))
row("astype", arrays(3), dtype=np.float64)
row("asarray", arrays(3))
row("transpose", arrays(2, 3))
row("transpose", arrays(2, 3, 4), axes=(1, 2, 0))
row("swapaxes", arrays(2, 3, 4), axis1=0, axis2=-1)
row("moveaxis", arrays(2, 3, 4), source=0, destination=2)
row("squeeze", arrays(2, 1, 3), axis=1)
row("squeeze", arrays(1, 3, 1))
row("expand_dims", arrays(2, 3), axis=1)
row("expand_dims", arrays(3), axis=0)
row("flip", arrays(2, 3))
row("flip", arrays(2, 3), axis=1)
row("roll", arrays(5), 2)
row("roll", arrays(2, 3), Const(1), axis=1)
row("broadcast_to", arrays(3), (2, 3))
row("broadcast_to", arrays(2, 1), (2, 3))
row("broadcast_to", 1.3, (2, 3))
row("concatenate", arrays(2), arrays(3), arrays(4))
row("concatenate", arrays(2, 3), arrays(4, 3))
row("concatenate", arrays(2, 3), arrays(2, 1), axis=1)
row("concatenate", arrays(0), arrays(2), arrays(0))
row("stack", arrays(3), arrays(3, seed=4))
row("stack", 1.3, 0.7)
row("stack", arrays(2, 3), arrays(2, 3, seed=4), axis=-1)
row("hstack", arrays(2), arrays(3))
row("hstack", arrays(2, 3), arrays(2, 1))
row("vstack", arrays(3), arrays(3, seed=4))
row("vstack", arrays(2, 3), arrays(3))
row("array", 1.3, 0.7, Const(2.0), shape=(3,))
row("array", 1.3, 0.7, 0.2, 0.4, shape=(2, 2))
row("array", arrays(3), arrays(3, seed=4), shape=(2,))
row("array", arrays(3))
row("tile", arrays(3), Const(2))
row("tile", arrays(3), 3)
row("repeat", arrays(3), Const(2))
row("repeat", arrays(2, 3), 2)
row("repeat", arrays(2, 3), 2, axis=1)

_SLICE = ("slice", False, False, False)
_CUT = ("slice", True, True, False)
_FROM = ("slice", True, False, False)
row("index", arrays(5), 2, spec=("int",))
row("index", arrays(5), Const(1), Const(-1), spec=(_CUT,))
row("index", arrays(5), 1, 3, spec=(_CUT,))
row("index", arrays(5), Const(2), spec=(("slice", False, False, True),))
row("index", arrays(5), Const(-1), spec=(("slice", False, False, True),))
row("index", arrays(3, 4), Const(1), spec=("int",))
row("index", arrays(3, 4), Const(1), spec=(_SLICE, "int"))
row("index", arrays(3, 4), Const(1), spec=("...", "int"))
row("index", arrays(3, 4), spec=(_SLICE, "new"))
row("index", arrays(3, 4), spec=("new", "...", "new"))
row("index", arrays(3, 4), Const(1), 2, spec=("int", "int"))
row("index", arrays(5), np.array([0, 0, 3]), spec=("array",))
row("index", arrays(3, 4), np.array([0, 0, 2]), np.array([1, 1, 3]), spec=("array", "array"))
row("index", arrays(3, 4, 5), np.array([0, 0, 2]), spec=(_SLICE, "array"))
row("index", arrays(3, 4, 5), Const(1), np.array([0, 0, 2]), spec=("int", _SLICE, "array"))
row("index", arrays(3, 4), np.array([[0, 0], [1, 2]]), spec=("array",))
row("index", arrays(5), np.array([True, False, True, True, False]), spec=("mask",))
row("index", arrays(2, 2), np.array([[True, False], [True, True]]), spec=("mask",))
row("index_add", arrays(5), 0.7, 2, spec=("int",))
row("index_add", arrays(5), arrays(3), np.array([0, 0, 3]), spec=("array",))
row("index_add", arrays(5), arrays(1), Const(1), Const(-1), spec=(_CUT,))
row("index_set", arrays(5), 0.7, 2, spec=("int",))
row("index_set", arrays(5), arrays(3), Const(1), Const(-1), spec=(_CUT,))
row("index_set", arrays(5), 0.7, Const(1), Const(-1), spec=(_CUT,))
row("index_set", arrays(3, 4), arrays(4), Const(1), spec=(("slice", True, False, False),))
row("index_set", arrays(5), 0.7, np.array([True, False, True, True, False]), spec=("mask",))
row("index_set", arrays(5), arrays(3), np.array([0, 0, 0]), spec=("array",))
row("index_set", arrays(5), arrays(4), np.array([0, -1, 3, 4]), spec=("array",))
row("index_set", arrays(5), 0.7, np.array([1, 3, 1]), spec=("array",))
row("index_set", arrays(5), arrays(2), [1, 3], spec=("array",))
row("index_set", arrays(5), arrays(1), np.array([1, 3, 1]), spec=("array",))
row("index_set", arrays(3, 4), arrays(2, 3), np.array([[0, 1, 0], [2, 2, 2]]), Const(1), spec=("array", "int"))
row("index_set", arrays(3, 4), arrays(3), np.array([0, 0, 2]), np.array([1, 1, 3]), spec=("array", "array"))
row("index_set", arrays(3, 4), arrays(3, 4), np.array([1, 0, 1]), spec=("array",))
row("index_set", arrays(3, 4), arrays(4), np.array([1, 0, 1]), spec=("array",))
row("index_set", arrays(3, 4), arrays(3, 1), Const(-1), spec=(_SLICE, ("slice", False, False, True)))
row("index_set", arrays(3, 4), arrays(1, 4), Const(1), spec=("int", "new", "..."))
row("index_set", arrays(3, 4), arrays(2), Const(1), np.array([True, False, True, False]), spec=("int", "mask"))
row("index_set", arrays(5), arrays(3), np.array([True, False, True, True, False]), spec=("mask",))
row("index_set", arrays(3, 4), 0.7, Const(1), 2, spec=(("slice", True, False, False), "then", _SLICE, "int"))
row("index_set", arrays(5), arrays(3), Const(1), np.array([0, 0, 2]), spec=(_FROM, "then", "array"))
row("index_add", arrays(5), arrays(3), Const(1), np.array([0, 0, 2]), spec=(_FROM, "then", "array"))
row("index_add", arrays(3, 4), arrays(4), Const(-1), spec=(("slice", False, False, True),))
row("index", arrays(5), Const(1), Const(2), spec=(("slice", True, False, False), "then", "int"))
row("take", arrays(5), np.array([0, 0, 3]))
row("take", arrays(3, 4), np.array([0, 0, 3]), axis=1)
row("take", arrays(3, 4), 2, axis=0)

row("full", (2, 3), 1.3)
row("full", (2, 3), arrays(3))
row("full_like", arrays(2, 3), 1.3, fixed=(0,))
row("full_like", arrays(2, 3), arrays(3), fixed=(0,))
row("linspace", 0.2, 1.3, Const(5))
row("linspace", 0.2, 1.3, 4, endpoint=False)
row("linspace", 0.2, 1.3)
row("arange", 0.2, Const(3.0))
row("arange", 0.2, Const(3.05), 0.5)

if importlib.util.find_spec("scipy") is not None:
    from tests.scipy import rows as _scipy_rows  # noqa: F401  # appends to ROWS

from tests.rules import rows_complex as _rows_complex  # noqa: E402, F401  # appends to ROWS
from tests.rules import rows_linalg as _rows_linalg  # noqa: E402, F401  # appends to ROWS
from tests.rules import rows_numbers as _numbers  # noqa: E402, F401  # append to ROWS
from tests.rules import rows_shaping as _rows_shaping  # noqa: E402, F401  # appends to ROWS
from tests.rules import rows_statistics as _statistics  # noqa: E402, F401  # appends to ROWS
