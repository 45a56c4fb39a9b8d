"""Functions of `scipy.linalg`: systems of equations, functions of matrices, matrices of a pattern.

`check_finite` is kept as it is. `overwrite_a` and its siblings are refused: they change their arguments.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import linalg

from adjoint.ir import checks
from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import TABLE, Infer, OpDef, TypeInferenceError, also, define
from adjoint.ir.types import Array, Dim, Type

TRANSPOSED = (1, "T", 2, "C")
GENERAL = (None, "gen", "general")


def floating(*arrays: Array) -> str:
    dtype = np.result_type(*(each.dtype for each in arrays))
    if dtype.kind == "c":
        raise TypeInferenceError("functions of scipy.linalg are supported for real matrices only")
    return str(dtype if dtype.kind == "f" else np.dtype(float))


def square(value: Value) -> Array:
    x = array_operand(value)
    if x.rank != 2:
        raise TypeInferenceError(f"{x} is not a matrix")
    check_equal(*x.shape)
    return x


def check_equal(a: Dim, b: Dim) -> None:
    if isinstance(a, int) and isinstance(b, int) and a != b:
        raise TypeInferenceError(f"extents {a} and {b} differ")


def _function(
    name: str, function: Callable[..., Any], parameters: str, operands: str, infer: Infer, **attrs: Any
) -> None:
    """An operation `linalg_<name>` of one function."""
    define(
        OpDef(
            name=f"linalg_{name}",
            infer=infer,
            evaluate=lambda *values, **given: function(*values, **given),
            operands=tuple(operands.split(", ")),
            attrs=attrs,
            callables={function: parameters},
        )
    )


also("inv", linalg.inv, f"{TABLE['inv'].operands[0]}, overwrite_a, check_finite")
also("det", linalg.det, f"{TABLE['det'].operands[0]}, overwrite_a, check_finite")
also("norm", linalg.norm, f"{TABLE['norm'].operands[0]}, ord, axis, keepdims, check_finite")


# -- systems of equations


def _infer_solve(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b = square(operands[0]), array_operand(operands[1])
    if b.rank not in (1, 2):
        raise TypeInferenceError(f"the right side is a vector or a matrix, not {b}")
    if attrs.get("assume_a") not in (*GENERAL, "sym", "symmetric", "pos", "positive definite"):
        raise TypeInferenceError(f"assume_a={attrs['assume_a']!r} is not supported")
    check_equal(a.shape[1], b.shape[0])
    return Array(floating(a, b), b.shape)


_function(
    "solve",
    linalg.solve,
    "a, b, lower, overwrite_a, overwrite_b, check_finite, assume_a, transposed",
    "a, b",
    _infer_solve,
    lower=False,
    check_finite=True,
    assume_a=None,
    transposed=False,
)
_function(
    "solve_triangular",
    linalg.solve_triangular,
    "a, b, trans, lower, unit_diagonal, overwrite_b, check_finite",
    "a, b",
    _infer_solve,
    trans=0,
    lower=False,
    unit_diagonal=False,
    check_finite=True,
)


def _infer_same(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = square(operands[0])
    return Array(floating(x), x.shape)


_function(
    "cholesky",
    linalg.cholesky,
    "a, lower, overwrite_a, check_finite",
    "a",
    _infer_same,
    lower=False,
    check_finite=True,
)
# The factor alone: the front end knows `lower`, the second item of what SciPy gives.
define(
    OpDef(
        name="linalg_cho_factor",
        infer=_infer_same,
        evaluate=lambda a, **given: linalg.cho_factor(a, **given)[0],
        operands=("a",),
        attrs={"lower": False, "check_finite": True},
        callables={linalg.cho_factor: "a, lower, overwrite_a, check_finite"},
    )
)
define(
    OpDef(
        name="linalg_cho_solve",
        infer=_infer_solve,
        evaluate=lambda c, b, lower, check_finite: linalg.cho_solve((c, lower), b, check_finite=check_finite),
        operands=("c", "b"),
        attrs={"lower": False, "check_finite": True},
        callables={linalg.cho_solve: "c, lower, b, overwrite_b, check_finite"},
    )
)


def _infer_sylvester(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, b, q = square(operands[0]), square(operands[1]), array_operand(operands[2])
    if q.rank != 2:
        raise TypeInferenceError(f"{q} is not a matrix")
    return Array(floating(a, b, q), q.shape)


def _infer_lyapunov(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    a, q = map(square, operands)
    return Array(floating(a, q), q.shape)


_function("solve_sylvester", linalg.solve_sylvester, "a, b, q", "a, b, q", _infer_sylvester)
_function(
    "solve_continuous_lyapunov", linalg.solve_continuous_lyapunov, "a, q", "a, q", _infer_lyapunov
)


# -- functions of a matrix


def _infer_wide(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    """SciPy computes it in double precision."""
    shapes = [square(operand) for operand in operands]
    floating(*shapes)
    return Array("float64", shapes[0].shape)


_function("expm", linalg.expm, "a", "a", _infer_same)
for _name, _real_function, _infer in (("sqrtm", linalg.sqrtm, _infer_same), ("logm", linalg.logm, _infer_wide)):
    define(
        OpDef(
            name=f"linalg_{_name}",
            infer=_infer,
            evaluate=lambda a, function=_real_function: checks.real_matrix(function(a)),
            operands=("a",),
            callables={_real_function: "a"},
        )
    )
define(
    OpDef(
        name="linalg_expm_frechet",
        infer=_infer_wide,
        evaluate=lambda a, e, compute_expm: linalg.expm_frechet(a, e, compute_expm=False),
        operands=("a", "e"),
        attrs={"compute_expm": True},
        callables={linalg.expm_frechet: "a, e, method, compute_expm, check_finite"},
    )
)


# -- matrices of a pattern


def _sum_of(dims: Sequence[Dim]) -> Dim:
    known = [dim for dim in dims if isinstance(dim, int)]
    return sum(known) if len(known) == len(dims) else None


def _infer_block_diag(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    blocks = list(map(array_operand, operands))
    if not blocks or any(block.rank != 2 for block in blocks):
        raise TypeInferenceError("block_diag is supported for matrices")
    dtype = str(np.result_type(*(block.dtype for block in blocks)))
    return Array(dtype, (_sum_of([b.shape[0] for b in blocks]), _sum_of([b.shape[1] for b in blocks])))


_function("block_diag", linalg.block_diag, "*arrays", "*arrays", _infer_block_diag)


def _infer_pattern(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    vectors = list(map(array_operand, operands))
    if any(each.rank != 1 for each in vectors):
        raise TypeInferenceError("toeplitz, hankel and circulant are supported for vectors")
    dtype = np.result_type(*(each.dtype for each in vectors))
    if dtype.kind == "c":
        raise TypeInferenceError("toeplitz, hankel and circulant are supported for real vectors only")
    return Array(str(dtype), (vectors[0].shape[0], vectors[-1].shape[0]))


_function("toeplitz", linalg.toeplitz, "c, r", "c, r?", _infer_pattern)
_function("hankel", linalg.hankel, "c, r", "c, r?", _infer_pattern)
_function("circulant", linalg.circulant, "c", "c", _infer_pattern)
