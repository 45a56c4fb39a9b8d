"""`scipy.integrate`: integrals of samples."""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import integrate

from adjoint.ir import checks
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, also, define
from adjoint.ir.shapes import normalize_axes, shift
from adjoint.ir.types import Array, Layout, Tuple, Type, rank_of

also("trapezoid", integrate.trapezoid, "y, x, dx, axis")


def is_missing(value: Any) -> bool:
    """Whether an operand was left out: there is none, or None stands for it."""
    return value is None or (is_const(value) and const_of(value) is None)


def _dtype(operands: Sequence[Value]) -> Any:
    """NumPy's for their sum; a Python number widens nothing."""
    given = [each for each in operands if not is_missing(each)]
    return np.result_type(1.0, *(array_operand(e).dtype if isinstance(e.type, Array) else 1.0 for e in given))


def _infer_cumulative(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [array_operand(each) for each in operands if not is_missing(each)]
    y = arrays[0]
    if not y.rank:
        raise TypeInferenceError("cumulative_trapezoid takes arrays")
    if attrs["initial"] not in (None, 0):
        raise TypeInferenceError("`initial` is None or 0")
    (axis,) = normalize_axes(attrs["axis"], y.rank)
    extent = y.shape[axis] if attrs["initial"] is not None else shift(y.shape[axis], -1)
    return Array(str(_dtype(operands)), (*y.shape[:axis], extent, *y.shape[axis + 1 :]))


def _cumulative(y: Any, x: Any = None, dx: Any = None, *, axis: int, initial: Any) -> Any:
    return integrate.cumulative_trapezoid(y, x, 1.0 if dx is None else dx, axis, initial)


define(
    OpDef(
        name="integrate_cumulative_trapezoid",
        infer=_infer_cumulative,
        evaluate=_cumulative,
        operands=("y", "x?", "dx?"),
        attrs={"axis": -1, "initial": None},
        callables={integrate.cumulative_trapezoid: "y, x, dx, axis, initial"},
    )
)


def _infer_simpson(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [array_operand(each) for each in operands if not is_missing(each)]
    y = arrays[0]
    if not y.rank:
        raise TypeInferenceError("simpson takes arrays")
    if len(arrays) > 1 and not is_missing((*operands, None)[1]) and arrays[1].rank != 1:
        raise TypeInferenceError("simpson is supported for points that are a vector")
    (axis,) = normalize_axes(attrs["axis"], y.rank)
    extent, has_points = y.shape[axis], not is_missing((*operands, None)[1])
    is_odd = isinstance(extent, int) and extent % 2 == 1  # else SciPy adds a correction in double precision
    dtype = str(_dtype(operands)) if is_odd and not has_points else "float64"
    return Array(dtype, (*y.shape[:axis], *y.shape[axis + 1 :]))


def _simpson(y: Any, x: Any = None, dx: Any = None, *, axis: int) -> Any:
    return integrate.simpson(y, x=x, dx=1.0 if dx is None else dx, axis=axis)


define(
    OpDef(
        name="integrate_simpson",
        infer=_infer_simpson,
        evaluate=_simpson,
        operands=("y", "x?", "dx?"),
        attrs={"axis": -1},
        callables={integrate.simpson: "y, x, dx, axis"},
    )
)


# -- differential equations


def _solve_ivp(t0: Any, t1: Any, y0: Any, times: Any, *rest: Any, callee: Any, options: Any, type: Any) -> Any:
    from types import SimpleNamespace

    from adjoint.ir.evaluate import evaluate

    function = lambda t, y, *more: evaluate(callee, [t, y, *more])
    found = checks.solved(
        integrate.solve_ivp(function, (t0, t1), y0, t_eval=times, args=rest or None, **dict(options))
    )
    return SimpleNamespace(t=found.t, y=found.y)


# `solve_ivp(callee, (t0, t1), y0, t_eval=times, args=rest)`, of which `.t` and `.y` are read; `times` may be None.
define(
    OpDef(
        name="solve_ivp",
        infer=lambda operands, attrs: attrs["type"],
        evaluate=_solve_ivp,
        operands=("t0", "t1", "y0", "times", "*rest"),
        attrs={"callee": None, "options": (), "type": None},
    )
)


def solution_type(y0: Type, times: Type) -> Type:
    """What is read of a solution: its times, and a column for each."""
    assert isinstance(y0, Array)
    count = times.shape[0] if isinstance(times, Array) else None
    items = Array("float64", (count,)), Array("float64", (y0.shape[0], count))
    return Tuple(items, Layout("namespace", ("t", "y")))


# -- integrals of functions


def _quad(a: Any, b: Any, *rest: Any, callee: Any, options: Any, type: Any) -> Any:
    from adjoint.ir.evaluate import evaluate

    solver = integrate.quad_vec if rank_of(type.items[0]) else integrate.quad
    return solver(lambda x, *more: evaluate(callee, [x, *more]), a, b, args=tuple(rest), **dict(options))[:2]


# `quad(callee, a, b, args=rest)`, or `quad_vec` where the function gives an array: the integral and its error.
define(
    OpDef(
        name="quad",
        infer=lambda operands, attrs: attrs["type"],
        evaluate=_quad,
        operands=("a", "b", "*rest"),
        attrs={"callee": None, "options": (), "type": None},
    )
)


def _odeint(y0: Any, times: Any, *rest: Any, callee: Any, tfirst: bool, options: Any, type: Any) -> Any:
    from adjoint.ir.evaluate import evaluate

    function = lambda *given: evaluate(callee, list(given))
    found = integrate.odeint(function, y0, times, args=rest, tfirst=tfirst, full_output=True, **dict(options))
    return checks.integrated(found)


# `odeint(callee, y0, times, args=rest)`: a row for each time. `tfirst`: the callee takes (t, y, ...), not (y, t, ...).
define(
    OpDef(
        name="odeint",
        infer=lambda operands, attrs: attrs["type"],
        evaluate=_odeint,
        operands=("y0", "times", "*rest"),
        attrs={"callee": None, "tfirst": False, "options": (), "type": None},
    )
)


def rows_type(y0: Type, times: Type) -> Type:
    """What `odeint` gives."""
    assert isinstance(y0, Array) and isinstance(times, Array)
    return Array("float64", (times.shape[0], y0.shape[0]))
