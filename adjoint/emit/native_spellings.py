"""How operations are written that Numba does not have as NumPy has them: with what it has, or a helper function."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from adjoint.emit import native_helpers as helpers
from adjoint.emit import native_products as products
from adjoint.emit.imports import Namespace
from adjoint.emit.native_arrays import ARRAYS, masked
from adjoint.emit.native_base import Spelling, call_helper, fill, has_numbers_beside, points, without_numbers
from adjoint.emit.native_frames import SPELLINGS
from adjoint.ir.core import Op
from adjoint.ir.ops.einsum import LETTERS, read_letters
from adjoint.ir.ops.products import contracted_axes
from adjoint.ir.ops.repeating import widths_of
from adjoint.ir.types import Array, List, Scalar, Type, dtype_of, rank_of


def _is_full(op: Op) -> bool:
    axis, rank = op.attrs.get("axis"), rank_of(op.operands[0].type)
    return axis is None or len(axes_of(op)) == rank


def axes_of(op: Op) -> tuple[int, ...]:
    """The axes of a reduction, none negative."""
    axis, rank = op.attrs.get("axis"), rank_of(op.operands[0].type)
    given = range(rank) if axis is None else (axis if isinstance(axis, tuple) else (axis,))
    return tuple(sorted(a % rank for a in given)) if rank else ()


def _reduction(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Sums, means, products and extremes along axes."""
    rank, keep = rank_of(op.operands[0].type), bool(op.attrs.get("keepdims"))
    kind = np.dtype(dtype_of(op.operands[0].type) or "object").kind
    if op.opcode in ("any", "all"):
        operands = operands if kind == "b" else [ast.Compare(operands[0], [ast.NotEq()], [ast.Constant(0)])]
    elif kind not in {"sum": "fiucb", "mean": "fiuc", "prod": "fiuc"}.get(op.opcode, "fiu"):
        return None
    if not rank:
        return None if op.opcode in ("var", "std", "argmax", "argmin") else operands[0]
    ddof = op.attrs.get("ddof", 0)
    if _is_full(op) and not keep and op.opcode not in ("var", "std"):
        return fill(f"np.{op.opcode}(x)", namespace, x=operands[0])
    if op.opcode in ("argmax", "argmin") and not keep and len(axes_of(op)) == 1:
        return fill(f"np.{op.opcode}(x, axis)", namespace, x=operands[0], axis=ast.Constant(axes_of(op)[0]))
    dtype = {"bool": "bool_"}.get(given := dtype_of(op.result.type) or "float64", given)
    return call_helper(namespace, helpers.reduction(op.opcode, rank, axes_of(op), keep, ddof, dtype), operands[0])


def _outer(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Of vectors as a product of a column and a row, which is compiled much faster than `np.outer`."""
    if any(rank_of(operand.type) != 1 for operand in op.operands):
        return fill("np.outer(x, y)", namespace, x=operands[0], y=operands[1])
    return fill("x[:, None] * y", namespace, x=operands[0], y=operands[1])


def _matmul(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    ranks, dtypes, dtype = _kinds_of(op)
    if dtype is None or not ranks[0] or not ranks[1]:
        return None
    if max(ranks) <= 2 and len(dtypes) == 1:
        return ast.BinOp(operands[0], ast.MatMult(), operands[1])
    if max(ranks) > 2 and len(dtypes) > 1:
        return None
    return call_helper(namespace, products.matmul(ranks[0], ranks[1], dtype), *operands)


def _dot(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Numba has it for vectors and matrices of one dtype."""
    first, second = _kinds_of(op)[0]
    if not first or not second:
        return ast.BinOp(operands[0], ast.Mult(), operands[1])
    if max(first, second) <= 2:
        product = _matmul(op, operands, namespace)
        as_written = fill("np.dot(x, y)", namespace, x=operands[0], y=operands[1])
        return as_written if isinstance(product, ast.BinOp) else product
    one, other = LETTERS[: first - 1], LETTERS[first - 1 : first + second - 2]
    right = f"{other[:-1]}z{other[-1]}" if second > 1 else "z"
    return _sum_of_products(op, operands, namespace, [f"{one}z", right], one + other)


def _vdot(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Of the flattened arrays: Numba has it for vectors of one dtype."""
    ranks, dtypes, dtype = _kinds_of(op)
    if dtype is None or 0 in ranks:
        return None
    flat = [
        fill("x.ravel()", namespace, x=operand) if rank > 1 else operand for rank, operand in zip(ranks, operands)
    ]
    if len(dtypes) > 1:
        flat = [fill(f"x.astype(np.{dtype})", namespace, x=operand) for operand in flat]
    return fill("np.vdot(x, y)", namespace, x=flat[0], y=flat[1])


def _kinds_of(op: Op) -> tuple[list[int], set[str | None], str | None]:
    """The ranks and dtypes of the operands, and the dtype of the result if Numba has products of it."""
    dtype = dtype_of(op.result.type)
    ranks = [rank_of(operand.type) for operand in op.operands]
    known = dtype in ("float64", "float32", "complex128", "complex64")
    return ranks, {dtype_of(operand.type) for operand in op.operands}, dtype if known else None


def _einsum(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    letters = read_letters(op.attrs["subscripts"], _kinds_of(op)[0])
    return _sum_of_products(op, operands, namespace, letters.inputs, letters.output)


def _sum_of_products(
    op: Op, operands: list[ast.expr], namespace: Namespace, inputs: Sequence[str], output: str
) -> ast.expr | None:
    """Operands whose axes are named by letters; None where an extent of 1 is, or may be, broadcast."""
    dtype = _kinds_of(op)[2]
    extents: dict[str, object] = {}
    for term, operand in zip(inputs, op.operands):
        shape = operand.type.shape if isinstance(operand.type, Array) else ()
        for letter, dim in zip(term, shape):
            if (extents.setdefault(letter, dim) == 1) != (dim == 1):
                return None
    text = None if dtype is None else products.einsum(inputs, output, dtype)
    return None if text is None else call_helper(namespace, text, *operands)


def _tensordot(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    ranks = _kinds_of(op)[0]
    left, right = contracted_axes(op.attrs["axes"], *ranks)
    one = list(LETTERS[: ranks[0]])
    other = list(LETTERS[ranks[0] : sum(ranks)])
    for i, j in zip(left, right):
        other[j] = one[i]
    kept = [x for i, x in enumerate(one) if i not in left] + [x for j, x in enumerate(other) if j not in right]
    return _sum_of_products(op, operands, namespace, ["".join(one), "".join(other)], "".join(kept))


def _inner(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    first, second = _kinds_of(op)[0]
    if not first or not second:
        return ast.BinOp(operands[0], ast.Mult(), operands[1])
    one, other = LETTERS[: first - 1], LETTERS[first - 1 : first + second - 2]
    return _sum_of_products(op, operands, namespace, [f"{one}z", f"{other}z"], one + other)


def _stacked(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`vecdot`, `matvec` and `vecmat` of stacks of one shape; complex numbers are conjugated there."""
    ranks, _, dtype = _kinds_of(op)
    left, right, kept = {"vecdot": ("z", "z", ""), "matvec": ("yz", "z", "y"), "vecmat": ("y", "yz", "z")}[op.opcode]
    stacks = {ranks[0] - len(left), ranks[1] - len(right)}
    if len(stacks) > 1 or dtype is None or dtype.startswith("complex"):
        return None
    if op.attrs.get("axis", -1) not in (-1, ranks[0] - 1):
        return None
    shared = LETTERS[: stacks.pop()]
    return _sum_of_products(op, operands, namespace, [shared + left, shared + right], shared + kept)


def _unbroadcast(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    g, x = (rank_of(operand.type) for operand in op.operands)
    return (
        call_helper(namespace, helpers.unbroadcast(g, x), *operands)
        if x
        else fill("np.sum(g)", namespace, g=operands[0])
    )


def _roll(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    rank, axis = rank_of(op.operands[0].type), op.attrs["axis"]
    if axis is None:
        return fill("np.roll(x, k)", namespace, x=operands[0], k=operands[1])
    if isinstance(axis, tuple) or rank_of(op.operands[1].type):
        return None
    return call_helper(namespace, helpers.roll(rank, axis % rank), *operands)


def _flip(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    rank, axis = rank_of(op.operands[0].type), op.attrs["axis"]
    axes = range(rank) if axis is None else [a % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    index = ", ".join("::-1" if i in axes else ":" for i in range(rank))
    return fill(f"x[{index}]", namespace, x=operands[0])


def _squeeze(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    axis, rank = op.attrs["axis"], rank_of(op.operands[0].type)
    if axis is None:
        return None
    axes = [a % rank for a in (axis if isinstance(axis, tuple) else (axis,))]
    index = ", ".join("0" if i in axes else ":" for i in range(rank))
    return fill(f"x[{index}]", namespace, x=operands[0])


def _swapaxes(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    rank = rank_of(op.operands[0].type)
    order = list(range(rank))
    if op.opcode in ("swapaxes", "matrix_transpose"):
        i, j = (op.attrs.get(name, last) % rank for name, last in (("axis1", -2), ("axis2", -1)))
        order[i], order[j] = order[j], order[i]
    else:
        source, destination = op.attrs["source"], op.attrs["destination"]
        if isinstance(source, tuple) or isinstance(destination, tuple):
            return None
        order.insert(destination % rank, order.pop(source % rank))
    return fill(f"x.transpose({tuple(order)})", namespace, x=operands[0])


def _pad(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Zeros around an array, in numbers that are known."""
    rank = rank_of(op.operands[0].type)
    widths = widths_of(op.operands[1], rank)
    if op.attrs["mode"] != "constant" or not all(isinstance(each, int) for width in widths for each in width):
        return None
    pairs = [(int(str(before)), int(str(after))) for before, after in widths]
    return call_helper(namespace, helpers.padded(pairs), operands[0])


def _joined(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Several arrays: given as a tuple, not as a list."""
    arrays = ast.Tuple(operands, ast.Load())
    if any(not rank_of(operand.type) for operand in op.operands):
        return None
    if op.opcode in ("hstack", "vstack"):
        return fill(f"np.{op.opcode}(xs)", namespace, xs=arrays)
    rank = rank_of(op.operands[0].type) + (op.opcode == "stack")
    if op.attrs["axis"] is None:
        return None
    axis = ast.Constant(op.attrs["axis"] % rank)
    return fill(f"np.{op.opcode}(xs, axis)", namespace, xs=arrays, axis=axis)


def _array(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if not operands:
        extents: list[ast.expr] = [ast.Constant(extent) for extent in op.attrs["shape"]]
        kind = (dtype_of(op.result.type) or "float64").replace("bool", "bool_")
        return fill(f"np.zeros(shape, np.{kind})", namespace, shape=ast.Tuple(extents, ast.Load()))
    dtype = f".astype(np.{dtype_of(op.result.type)})" if op.attrs.get("dtype") is not None else ""
    if op.attrs.get("shape") is None:
        is_array = isinstance(op.operands[0].type, Array)
        return fill(f"x{dtype or '.copy()'}" if is_array else f"np.asarray(x){dtype}", namespace, x=operands[0])
    if any(rank_of(operand.type) for operand in op.operands):
        return None
    from adjoint.emit.spelling import nested

    items: list[ast.expr] = [
        fill("float(x)", namespace, x=x) if _is_int(o.type) else x for o, x in zip(op.operands, operands)
    ]
    kinds = {dtype_of(operand.type) for operand in op.operands}
    xs = nested(operands if len(kinds) == 1 else items, op.attrs["shape"])
    return fill(f"np.array(xs){dtype}", namespace, xs=xs)


def _is_int(t: Type) -> bool:
    return isinstance(t, Scalar) and t.kind in ("int", "bool")


def _power(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Numba gives 0 for `2 ** -1`: of ints only where the exponent is known not to be negative."""
    base, exponent = op.operands
    if _is_int(base.type) and _is_int(exponent.type) and not _is_int(op.result.type):
        return fill("float(a) ** b", namespace, a=operands[0], b=operands[1])
    return ast.BinOp(operands[0], ast.Pow(), operands[1])


def _quotient(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Numba's `/` of numbers raises where the divisor is 0."""
    return fill("np.divide(x, y)", namespace, x=operands[0], y=operands[1])


def _diagonal(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if rank_of(op.operands[0].type) != 2 or op.attrs.get("offset", 0):
        return None
    return fill("np.diag(x)", namespace, x=operands[0])


def _cumulative(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    rank, axis = rank_of(op.operands[0].type), op.attrs["axis"]
    if rank == 1 or axis is None:
        return fill(f"np.{op.opcode}(x)", namespace, x=operands[0])
    return call_helper(namespace, helpers.cumulative(op.opcode, rank, axis % rank), operands[0])


def _broadcast_to(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    return fill("np.broadcast_to(x, shape)", namespace, x=operands[0], shape=operands[1])


def _asarray(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """A list or tuple of numbers becomes an array."""
    t = op.operands[0].type
    if isinstance(t, List) and rank_of(t.item):
        return None
    made = operands[0] if isinstance(t, Array) else fill("np.asarray(x)", namespace, x=operands[0])
    if op.attrs["dtype"] is None:
        return made
    return fill(f"x.astype(np.{dtype_of(op.result.type)})", namespace, x=made)


def _heaviside(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    return fill("np.where(x < 0, 0.0, np.where(x > 0, 1.0, h))", namespace, x=operands[0], h=operands[1])


def _index(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`x[i, j]` with several arrays of indices."""
    from adjoint.emit.spelling import subscript

    through = masked(op, operands, namespace)
    if through is not None:
        return through
    if has_numbers_beside(op) and list(op.attrs["spec"]).count("array") != 1:
        x, rank, indices = without_numbers(op, operands[0], operands[1:])
        if len(indices) == 1:
            return ast.Subscript(x, indices[0], ast.Load())
        return call_helper(namespace, helpers.gather(rank, len(indices)), x, *indices)
    if points(op) < 2:
        return subscript(operands[0], op, operands[1:], ast.Load())
    return call_helper(namespace, helpers.gather(rank_of(op.operands[0].type), points(op)), *operands)


def _where(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Of numbers as a conditional: Numba's `np.where` would make an array of each."""
    if any(rank_of(operand.type) for operand in op.operands):
        return fill("np.where(c, x, y)", namespace, c=operands[0], x=operands[1], y=operands[2])
    return ast.IfExp(*operands)


def _inverted(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Numba takes one truth value for an integer."""
    is_truth = dtype_of(op.operands[0].type) == "bool" and not rank_of(op.operands[0].type)
    return ast.UnaryOp(ast.Not() if is_truth else ast.Invert(), operands[0])


def _slogdet(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    return fill("np.linalg.slogdet(x)", namespace, x=operands[0]) if rank_of(op.operands[0].type) == 2 else None


def _triangle(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    k = op.attrs["k"]
    if rank_of(op.operands[0].type) != 2 or not isinstance(k, int):
        return None
    return call_helper(namespace, helpers.triangle(op.opcode, k), operands[0])


def _full_like(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if not rank_of(op.operands[1].type):
        return fill("np.full_like(x, v)", namespace, x=operands[0], v=operands[1])
    return fill("np.broadcast_to(v, x.shape).copy()", namespace, x=operands[0], v=operands[1])


NATIVE: dict[str, Spelling] = {
    **dict.fromkeys(["sum", "mean", "prod", "max", "min", "any", "all", "var", "std", "argmax", "argmin"], _reduction),
    **dict.fromkeys(["concatenate", "stack", "hstack", "vstack"], _joined),
    **dict.fromkeys(["swapaxes", "moveaxis", "matrix_transpose"], _swapaxes),
    **dict.fromkeys(["cumsum", "cumprod"], _cumulative),
    **dict.fromkeys(["einsum", "einsum_view"], _einsum),
    **dict.fromkeys(["vecdot", "matvec", "vecmat"], _stacked),
    "matmul": _matmul,
    "dot": _dot,
    "vdot": _vdot,
    "tensordot": _tensordot,
    "inner": _inner,
    "outer": _outer,
    "unbroadcast": _unbroadcast,
    "roll": _roll,
    "pad": _pad,
    "flip": _flip,
    "squeeze": _squeeze,
    "array": _array,
    "asarray": _asarray,
    "pow": _power,
    "quotient": _quotient,
    "diagonal": _diagonal,
    "broadcast_to": _broadcast_to,
    "heaviside": _heaviside,
    "index": _index,
    "where": _where,
    "slogdet": _slogdet,
    "invert": _inverted,
    **dict.fromkeys(["tril", "triu"], _triangle),
    "full_like": _full_like,
    **SPELLINGS,
    **ARRAYS,
}
