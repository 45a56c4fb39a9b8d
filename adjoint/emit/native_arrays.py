"""Spellings for Numba of functions that take arrays apart and put them together, and of special functions."""

from __future__ import annotations

import ast
import math
from typing import Any

from adjoint.emit import native_helpers as helpers
from adjoint.emit import native_selecting as selecting
from adjoint.emit.imports import Namespace
from adjoint.emit.native_base import Spelling, call_helper, fill, has_numbers_beside, without_numbers
from adjoint.ir import opset
from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.types import Array, dtype_of, is_complex, rank_of


def _rank(op: Op) -> int:
    return rank_of(op.operands[0].type)


def _absolute(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """The builtin takes numbers only."""
    if _rank(op):
        return fill("np.abs(x)", namespace, x=operands[0])
    return ast.Call(namespace.builtin("abs"), operands, [])


def _converted(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`np.float64(x)` of an array."""
    if _rank(op):
        return fill(f"x.astype(np.{op.opcode})", namespace, x=operands[0])
    return fill(f"np.{op.opcode}(x)", namespace, x=operands[0])


def _reshape(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Numba has it for arrays whose items follow each other in memory."""
    if op.attrs.get("order", "C") != "C":
        return None
    shape = operands[1] if len(operands) == 2 else ast.Tuple(operands[1:], ast.Load())
    array = op.operands[0]
    made = array.op
    whole = made is not None and made.opcode in opset.TABLE and opset.lookup(made.opcode).fresh
    if _rank(op) == 1 and whole:
        return fill("x.reshape(s)", namespace, x=operands[0], s=shape)
    return fill("np.ascontiguousarray(x).reshape(s)", namespace, x=operands[0], s=shape)


def _repeat(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    axis, rank = op.attrs["axis"], _rank(op)
    if axis is None or rank == 1:
        return fill("np.repeat(x, n)", namespace, x=operands[0], n=operands[1])
    if rank_of(op.operands[1].type):
        return None
    return call_helper(namespace, helpers.repeated(rank, axis % rank), *operands)


def _diff(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    rank, n = _rank(op), op.attrs["n"]
    return call_helper(namespace, helpers.differences(rank, op.attrs["axis"] % rank, n), operands[0])


def _average(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if op.attrs["axis"] is not None or op.attrs["keepdims"] or np_kind(op) != "f":
        return None
    if len(operands) < 2 or (is_const(op.operands[1]) and const_of(op.operands[1]) is None):
        return fill("np.mean(x)", namespace, x=operands[0])
    if rank_of(op.operands[1].type) != _rank(op):
        return None
    return call_helper(namespace, helpers.AVERAGE, *operands)


def np_kind(op: Op) -> str:
    """The kind of the first operand's dtype."""
    dtype = dtype_of(op.operands[0].type) or "object"
    return {"float": "f", "complex": "c", "int": "i", "bool": "b"}.get(dtype.rstrip("0123456789"), "O")


def _take(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    axis, rank = op.attrs["axis"], _rank(op)
    if op.attrs["mode"] != "raise" or rank_of(op.operands[1].type) > 1 or not rank:
        return None
    if axis is None:
        return fill("np.ravel(x)[i]", namespace, x=operands[0], i=operands[1])
    index = ", ".join("i" if each == axis % rank else ":" for each in range(rank))
    return fill(f"x[{index}]", namespace, x=operands[0], i=operands[1])


def _atleast_1d(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    return operands[0] if _rank(op) else fill("np.full(1, x)", namespace, x=operands[0])


def _norm(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Sums of squares, and of absolute values, of everything or along one axis."""
    ord_, axis, rank = op.attrs["ord"], op.attrs["axis"], _rank(op)
    is_vector = rank == 1 or isinstance(axis, int)
    if not rank or not (ord_ is None or (is_vector and ord_ in (1, 2)) or ord_ == "fro") or isinstance(axis, tuple):
        return None
    if axis is None and op.attrs["keepdims"]:
        return None
    base = "np.abs(x)" if ord_ == 1 else "np.abs(x) ** 2" if is_complex(op.operands[0].type) else "x**2"
    inner = fill(base, namespace, x=operands[0])
    if axis is None or (rank == 1 and not op.attrs["keepdims"]):
        total = fill("np.sum(x)", namespace, x=inner)
    else:
        dtype = dtype_of(op.result.type) or "float64"
        text = helpers.reduction("sum", rank, [axis % rank], bool(op.attrs["keepdims"]), 0, dtype)
        total = call_helper(namespace, text, inner)
    return total if ord_ == 1 else fill("np.sqrt(x)", namespace, x=total)


def _known(value: Value) -> Any:
    """What a constant is, or a tuple of constants; None for what is not known."""
    if is_const(value):
        return const_of(value)
    made = value.op
    if made is None or made.opcode != "tuple" or not all(map(is_const, made.operands)):
        return None
    return tuple(map(const_of, made.operands))


def _tile(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    given = _known(op.operands[1])
    counts = (given,) if isinstance(given, int) else given
    if not isinstance(counts, tuple) or not all(isinstance(count, int) for count in counts) or len(counts) > _rank(op):
        return None  # also what is not known, and a number several times
    counts = (1,) * (_rank(op) - len(counts)) + counts
    return call_helper(namespace, helpers.tiled(counts), operands[0])


def _count(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if op.attrs["axis"] is not None or op.attrs["keepdims"]:
        return None
    return fill("np.sum(x != 0)", namespace, x=operands[0])


def _columns(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    ranks = {rank_of(operand.type) for operand in op.operands}
    if not ranks <= {1, 2}:
        return None
    text = "np.stack(xs, 1)" if ranks == {1} else "np.column_stack(xs)"
    return fill(text, namespace, xs=ast.Tuple(operands, ast.Load()))


def _searchsorted(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    side = ast.Constant(op.attrs["side"])
    return fill("np.searchsorted(a, v, s)", namespace, a=operands[0], v=operands[1], s=side)


def _polygamma(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    n = op.attrs.get("n", 0)  # psi has none
    if not isinstance(n, int) or not 0 <= n <= 8:
        return None
    of_number = call_helper(namespace, _polygamma_text(n), operands[0])
    if not _rank(op):
        return of_number
    assert isinstance(of_number, ast.Call) and isinstance(of_number.func, ast.Name)
    return call_helper(namespace, helpers.mapped(of_number.func.id, _rank(op)), operands[0])


def _polygamma_text(n: int) -> str:
    """A derivative of `math.lgamma`: upwards to where the asymptotic series holds, then by that.

    Source: Abramowitz and Stegun, 6.4.6 and 6.4.11.
    """
    factor, sign = math.factorial(n), "" if n % 2 else "-"
    bernoulli = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6)
    terms = [b * math.factorial(k + n - 1) / math.factorial(k) for k, b in zip(range(2, 16, 2), bernoulli)]
    start = f"{math.factorial(n - 1)} / x**{n}" if n else "-math.log(x)"
    head = f'\ndef polygamma_{n}(x):\n    """The derivative of order {n + 1} of math.lgamma."""\n'
    if n == 0:
        head += "    if x < 0:\n        return polygamma_0(1 - x) - math.pi / math.tan(math.pi * x)\n"
    body = [
        "total = 0.0",
        f"while x < {10 + 2 * n}:",
        f"    total += 1 / x**{n + 1}",
        "    x += 1",
        f"total = {factor} * (total + 0.5 / x**{n + 1}) + {start}",
        "power = x**" + str(n + 2),
    ]
    for term in terms:
        body += [f"total += {term!r} / power", "power *= x * x"]
    return head + "".join(f"    {line}\n" for line in [*body[:-1], f"return {sign}total"])


def _has_mask(op: Op) -> bool:
    return op.attrs["spec"] == ("mask",) and rank_of(op.operands[-1].type) > 1


def masked(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """A read through a mask of several dimensions; None for other reads."""
    if not _has_mask(op) or rank_of(op.operands[1].type) != _rank(op):
        return None
    return fill("np.ravel(x)[np.ravel(m)]", namespace, x=operands[0], m=operands[1])


def put_masked(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """A store through a mask of several dimensions, or beside numbers; None for other stores."""
    array, value = op.operands[:2]
    adds = op.opcode == "index_add"
    if has_numbers_beside(op) and rank_of(value.type) < 2:
        x, rank, mask = without_numbers(op, operands[0], operands[2:])
        text = selecting.put_where(adds, rank, rank_of(value.type))
        return call_helper(namespace, text, x, operands[1], *mask) if rank == 1 else None
    if not _has_mask(op) or rank_of(op.operands[-1].type) != rank_of(array.type) or rank_of(value.type) > 1:
        return None
    return call_helper(namespace, selecting.put_where(adds, rank_of(array.type), rank_of(value.type)), *operands)


def along_axis(op: Op) -> int | None:
    """The axis at which a store has an array of indices, if all else is whole; None for other stores."""
    spec = op.attrs["spec"]
    if len(spec) < 2 or "then" in spec or spec.count("array") != 1 or not isinstance(op.operands[0].type, Array):
        return None
    if any(entry != "array" and entry != ("slice", False, False, False) for entry in spec):
        return None
    return spec.index("array") if rank_of(op.operands[2].type) == 1 else None


def put_along(op: Op, axis: int, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """A store at an array of indices of one axis; None where the value has another number of axes."""
    rank, own = rank_of(op.operands[0].type), rank_of(op.operands[1].type)
    if own not in (0, rank):
        return None
    adds = op.opcode == "index_add"
    return call_helper(namespace, selecting.put_along(adds, rank, axis, own), *operands)


def _polyval(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    is_plain = _rank(op) == 1 and all(dtype_of(operand.type) in ("float64", "int64") for operand in op.operands)
    return call_helper(namespace, helpers.POLYVAL, *operands) if is_plain else None


def _polyder(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    is_plain = _rank(op) == 1 and op.attrs.get("m", 1) == 1 and dtype_of(op.operands[0].type) == "float64"
    return call_helper(namespace, helpers.POLYDER, operands[0]) if is_plain else None


def _clip(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """With one bound, or of a number: as extremes."""
    bounds = [bound for bound in op.operands[1:] if not (is_const(bound) and const_of(bound) is None)]
    if _rank(op) and len(bounds) == 2:
        return fill("np.clip(x, a, b)", namespace, x=operands[0], a=operands[1], b=operands[2])
    made = operands[0]
    for bound, node, function in zip(op.operands[1:], operands[1:], ("maximum", "minimum")):
        if bound in bounds:
            made = fill(f"np.{function}(x, a)", namespace, x=made, a=node)
    return made


def _decomposed(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`eigh`, `svd` with matrices of the least size, and `qr` of one matrix."""
    if _rank(op) != 2 or np_kind(op) not in "fc" or op.attrs.get("UPLO", "L") != "L":
        return None
    if op.opcode == "svd":
        if not op.attrs["compute_uv"]:
            return fill("np.linalg.svd(np.ascontiguousarray(x), 0)[1]", namespace, x=operands[0])
        full = ast.Constant(int(op.attrs["full_matrices"]))
        return fill("np.linalg.svd(np.ascontiguousarray(x), full)", namespace, x=operands[0], full=full)
    mode = op.attrs.get("mode", "reduced")
    if mode not in ("reduced", "r"):
        return None
    part = "[1]" if mode == "r" else ""
    return fill(f"np.linalg.{op.opcode}(np.ascontiguousarray(x)){part}", namespace, x=operands[0])


def _of_matrices(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Functions of matrices, which have to be of one dtype."""
    if any(not 0 < rank_of(operand.type) <= 2 for operand in op.operands):
        return None
    dtype = dtype_of(op.result.type)
    made = [
        node if dtype_of(operand.type) == dtype else fill(f"x.astype(np.{dtype})", namespace, x=node)
        for node, operand in zip(operands, op.operands)
    ]
    return fill(f"np.linalg.{op.opcode}({', '.join('ab'[: len(made)])})", namespace, **dict(zip("ab", made)))


def _cholesky(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if op.attrs.get("upper") or _rank(op) != 2:
        return None
    return fill("np.linalg.cholesky(x)", namespace, x=operands[0])


ARRAYS: dict[str, Spelling] = {
    **dict.fromkeys(["float64", "float32", "int64", "int32"], _converted),
    "abs": _absolute,
    "reshape": _reshape,
    "repeat": _repeat,
    "diff": _diff,
    "average": _average,
    "take": _take,
    "atleast_1d": _atleast_1d,
    "norm": _norm,
    "tile": _tile,
    "count_nonzero": _count,
    "column_stack": _columns,
    "searchsorted": _searchsorted,
    "polygamma": _polygamma,
    "special_psi": _polygamma,
    "clip": _clip,
    "polyval": _polyval,
    "polyder": _polyder,
    **dict.fromkeys(["eigh", "svd", "qr"], _decomposed),
    **dict.fromkeys(["solve", "inv", "det"], _of_matrices),
    "cholesky": _cholesky,
}

WITH_OPTIONAL = frozenset({"average", "clip"})
"""The operations whose spellings look at the operands that may be left out."""
