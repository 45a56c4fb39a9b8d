"""The dialect that Numba compiles: what is spelled otherwise than for Python, and what has to be refused.

Most operations are spelled as ever. What Numba lacks is written with what it has, or calls a small function whose text
the module holds (`emit/native_helpers.py`). Everything else is refused, with the operation and the line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NoReturn

import numpy as np

from adjoint.emit import native_helpers as helpers
from adjoint.emit.imports import Imports, Namespace
from adjoint.errors import NotCompilable, Place
from adjoint.ir.core import CONTROL, Function, Op, const_of, is_const, walk
from adjoint.ir.types import Array, List, Scalar, Static, Tuple, Type, Undef, dtype_of, rank_of

Spelling = Callable[[Op, list[ast.expr], Namespace], ast.expr | None]

PLAIN = frozenset(
    "add sub mul truediv floordiv mod neg pos lt le gt ge eq ne bitand bitor bitxor lshift rshift invert not "
    "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p logaddexp "
    "logaddexp2 sqrt cbrt square reciprocal fabs sign hypot float_power maximum minimum fmax fmin copysign "
    "fmod floor ceil trunc rint degrees radians erf erfc gamma lgamma isnan isfinite isinf signbit logical_and "
    "logical_or logical_xor logical_not absolute abs where clip float int bool max_of min_of "
    "float64 float32 int64 int32 zeros ones empty full zeros_like ones_like empty_like full_like eye identity arange "
    "linspace index index_set index_add dot outer inv det solve trace diag tril triu const undef "
    "tuple getitem list len tape push pop nonempty pack unpack shape size ndim reshape ravel flatten transpose "
    "expand_dims atleast_1d atleast_2d copy astype list_append list_of_zeros list_add list_copies list_repeat list_concat "
    "real imag conj vdot argsort global".split()
)
"""Operations that need nothing, or whose spelling below covers every case it does not refuse."""

WORDS = {
    "pycall": "a call of a function that is not differentiated",
    "pymethod": "a method of an object that is not differentiated",
    "format": "text made from values",
    "percent": "text made from values",
    "enter": "`with` and `try`",
    "leave": "`with` and `try`",
}


def check(function: Function) -> None:
    """Refuse what Numba cannot compile. Raises NotCompilable at the user's line."""
    for argument in function.args:
        _check_type(argument.type, f"the argument {argument.name!r}", function, None)
    for op in walk(function.body):
        for result in op.results:
            _check_type(result.type, f"`{op.opcode}`", function, op)
        if op.opcode in CONTROL or op.opcode in ("call", "return", "raise", "yield", "continue", "break"):
            continue
        if op.opcode not in PLAIN and op.opcode not in NATIVE:
            refuse(op, WORDS.get(op.opcode, f"`{op.opcode}`"), function)
        if "spec" in op.attrs:
            _check_index(op, function)


def _check_index(op: Op, function: Function) -> None:
    spec = op.attrs["spec"]
    arrays = [entry for entry in spec if entry in ("array", "mask")]
    if len(arrays) > 1 and not _points(op):
        refuse(op, "indexing with several arrays beside others", function)
    if "mask" in spec and len(spec) > 1:
        refuse(op, "indexing with a mask beside other indices", function)


def _check_type(t: Type, what: str, function: Function, op: Op | None) -> None:
    if isinstance(t, Tuple):
        if t.layout is not None and t.layout.kind not in ("named", "list"):
            refuse(op, f"{what} is {t}, which", function)
        for item in t.items:
            _check_type(item, what, function, op)
    elif isinstance(t, List):
        if not isinstance(t.item, Scalar | Array | Undef):
            refuse(op, f"{what} is {t}, which", function)
    elif isinstance(t, Static) and op is None and not (t.value is None or isinstance(t.value, int | float)):
        refuse(op, f"{what} is {t}, which", function)
    elif isinstance(t, Array) and t.dtype in ("float16", "longdouble", "float128"):
        refuse(op, f"{what} has the dtype {t.dtype}, which", function)


def refuse(op: Op | None, what: str, function: Function | None) -> NoReturn:
    """Raise NotCompilable."""
    raise NotCompilable(
        f"{what} is not compiled by Numba",
        place=_place(op, function),
        why=f"{function.name if function else 'the function'} was to be written for Numba",
        fix='take the derivative without `jit`, or with `fallback="python"`',
    )


def _place(op: Op | None, function: Function | None) -> Place | None:
    """Where the user wrote it, if it is known."""
    line = op.line if op is not None else None
    if line is None or function is None or function.filename is None:
        return None
    text = " " * line.column + line.text
    return Place(function.filename, line.number, line.column, text, line.number, line.end_column or None)


# spelling


def fill(text: str, namespace: Namespace, **nodes: ast.expr) -> ast.expr:
    """The expression of a text in which the given names stand for expressions, and `np` for NumPy."""
    tree = ast.parse(text, mode="eval").body
    return Filling(namespace, nodes).visit(tree)  # type: ignore[no-any-return]  # an expression stays one


class Filling(ast.NodeTransformer):
    """Puts expressions in the place of names."""

    def __init__(self, namespace: Namespace, nodes: dict[str, ast.expr]) -> None:
        self.namespace = namespace
        self.nodes = nodes

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self.nodes:
            return self.nodes[node.id]
        return self.namespace.module(np) if node.id == "np" else node


def call_helper(namespace: Namespace, text: str, *operands: ast.expr) -> ast.expr:
    """A call of a helper function, whose text is added to the module."""
    name = helpers.name_of(text)
    namespace.imports.helpers[name] = text
    return ast.Call(namespace.name(name), list(operands), [])


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
    if not rank:
        return operands[0]
    ddof = op.attrs.get("ddof", 0)
    if (
        _is_full(op)
        and not keep
        and op.opcode in ("sum", "mean", "prod", "max", "min", "argmax", "argmin")
        and not ddof
    ):
        return fill(f"np.{op.opcode}(x)", namespace, x=operands[0])
    if op.opcode in ("argmax", "argmin") and not keep and len(axes_of(op)) == 1:
        return fill(f"np.{op.opcode}(x, axis)", namespace, x=operands[0], axis=ast.Constant(axes_of(op)[0]))
    if op.opcode == "sum" and not keep and len(axes_of(op)) == 1:
        return fill("np.sum(x, axis)", namespace, x=operands[0], axis=ast.Constant(axes_of(op)[0]))
    return call_helper(namespace, helpers.reduction(op.opcode, rank, axes_of(op), keep, ddof), operands[0])


def _matmul(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    ranks = [rank_of(operand.type) for operand in op.operands]
    if max(ranks) <= 2:
        dtypes = {dtype_of(operand.type) for operand in op.operands}
        if len(dtypes) == 1 and not dtypes & {"int64", "bool", "int32"}:
            return ast.BinOp(operands[0], ast.MatMult(), operands[1])
        return call_helper(namespace, helpers.product(*ranks), *operands)
    return call_helper(namespace, helpers.product(*ranks), *operands)


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
    if op.opcode == "swapaxes":
        i, j = op.attrs["axis1"] % rank, op.attrs["axis2"] % rank
        order[i], order[j] = order[j], order[i]
    else:
        source, destination = op.attrs["source"], op.attrs["destination"]
        if isinstance(source, tuple) or isinstance(destination, tuple):
            return None
        order.insert(destination % rank, order.pop(source % rank))
    return fill(f"x.transpose({tuple(order)})", namespace, x=operands[0])


def _joined(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Several arrays: given as a tuple, not as a list."""
    arrays = ast.Tuple(operands, ast.Load())
    if any(not rank_of(operand.type) for operand in op.operands):
        return None
    if op.opcode in ("hstack", "vstack"):
        return fill(f"np.{op.opcode}(xs)", namespace, xs=arrays)
    rank = rank_of(op.operands[0].type) + (op.opcode == "stack")
    axis = ast.Constant(op.attrs["axis"] % rank)
    return fill(f"np.{op.opcode}(xs, axis)", namespace, xs=arrays, axis=axis)


def _array(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if op.attrs.get("shape") is None or any(rank_of(operand.type) for operand in op.operands):
        return fill("np.asarray(x)", namespace, x=operands[0]) if op.attrs.get("shape") is None else None
    from adjoint.emit.spelling import nested

    items: list[ast.expr] = [
        fill("float(x)", namespace, x=x) if _is_int(o.type) else x for o, x in zip(op.operands, operands)
    ]
    kinds = {dtype_of(operand.type) for operand in op.operands}
    return fill("np.array(xs)", namespace, xs=nested(operands if len(kinds) == 1 else items, op.attrs["shape"]))


def _is_int(t: Type) -> bool:
    return isinstance(t, Scalar) and t.kind in ("int", "bool")


def _power(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """Numba gives 0 for `2 ** -1`."""
    base, exponent = op.operands
    if _is_int(base.type) and _is_int(exponent.type) and not (is_const(exponent) and const_of(exponent) >= 0):
        return fill("float(a) ** b", namespace, a=operands[0], b=operands[1])
    return ast.BinOp(operands[0], ast.Pow(), operands[1])


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


def _norm(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if op.attrs["ord"] not in (None, 2) or op.attrs["axis"] is not None or op.attrs["keepdims"]:
        return None
    if op.attrs["ord"] == 2 and rank_of(op.operands[0].type) != 1:
        return None
    return fill("np.sqrt(np.sum(x * x))", namespace, x=operands[0]) if isinstance(operands[0], ast.Name) else None


def _same(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    return operands[0]


def _heaviside(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    return fill("np.where(x < 0, 0.0, np.where(x > 0, 1.0, h))", namespace, x=operands[0], h=operands[1])


def _points(op: Op) -> int:
    """How many arrays of indices there are, if there is nothing else and each has one dimension; else 0."""
    spec, first = op.attrs["spec"], 1 if op.opcode == "index" else 2
    arrays = [operand for operand in op.operands[first:] if rank_of(operand.type) == 1]
    return len(spec) if all(entry == "array" for entry in spec) and len(arrays) == len(spec) else 0


def _index(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`x[i, j]` with several arrays of indices."""
    from adjoint.emit.spelling import subscript

    if _points(op) < 2:
        return subscript(operands[0], op, operands[1:], ast.Load())
    return call_helper(namespace, helpers.gather(rank_of(op.operands[0].type), _points(op)), *operands)


def scatter(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`np.add.at(x, i, v)`, and a store at several arrays of indices; None for what Numba has itself."""
    count = _points(op)
    if op.opcode == "index_set" and count < 2 and len(op.attrs["spec"]) == 1:
        return None
    if not count:
        refuse(op, "changing an array at an array of indices beside others", namespace.function)
    x, value, *indices = operands
    rank, own = rank_of(op.operands[0].type), rank_of(op.operands[1].type)
    return call_helper(namespace, helpers.scatter(op.opcode == "index_add", rank, count, own), x, value, *indices)


def _full_like(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    if not rank_of(op.operands[1].type):
        return fill("np.full_like(x, v)", namespace, x=operands[0], v=operands[1])
    return fill("np.broadcast_to(v, x.shape).copy()", namespace, x=operands[0], v=operands[1])


def backwards(start: ast.expr, stop: ast.expr, step: ast.expr) -> list[ast.expr]:
    """The bounds of `reversed(range(start, stop, step))`."""
    if isinstance(step, ast.Constant) and step.value == 1:
        first: ast.expr = _minus_one(stop)
    else:
        count = ast.BinOp(ast.BinOp(_minus_one(stop), ast.Sub(), start), ast.FloorDiv(), step)
        first = ast.BinOp(start, ast.Add(), ast.BinOp(count, ast.Mult(), step))
        if not isinstance(step, ast.Constant):
            raise NotImplementedError("a step that only the run knows")
    last = (
        ast.BinOp(start, ast.Sub(), ast.Constant(1))
        if not _is_zero(start)
        else ast.UnaryOp(ast.USub(), ast.Constant(1))
    )
    return [first, last, ast.UnaryOp(ast.USub(), step)]


def _minus_one(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant):
        return ast.Constant(node.value - 1)
    return ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def decorated(definitions: list[ast.FunctionDef], imports: Imports) -> list[ast.FunctionDef]:
    """The functions under `@njit`, which keeps what it compiles where the module is a file.

    Not where the module is given objects: Numba writes them into its code, and does not look whether they are the same.
    """
    import numba

    njit: ast.expr = ast.Name(imports.member(numba, "njit", "njit"), ast.Load())
    if imports.is_cached and not imports.bindings:
        njit = ast.Call(njit, [], [ast.keyword("cache", ast.Constant(True))])
    for definition in definitions:
        definition.decorator_list = [njit]
    return definitions


NATIVE: dict[str, Spelling] = {
    **dict.fromkeys(["sum", "mean", "prod", "max", "min", "any", "all", "var", "std", "argmax", "argmin"], _reduction),
    **dict.fromkeys(["concatenate", "stack", "hstack", "vstack"], _joined),
    **dict.fromkeys(["swapaxes", "moveaxis"], _swapaxes),
    **dict.fromkeys(["cumsum", "cumprod"], _cumulative),
    "matmul": _matmul,
    "unbroadcast": _unbroadcast,
    "roll": _roll,
    "flip": _flip,
    "squeeze": _squeeze,
    "array": _array,
    "asarray": _same,
    "pow": _power,
    "diagonal": _diagonal,
    "broadcast_to": _broadcast_to,
    "norm": _norm,
    "heaviside": _heaviside,
    "index": _index,
    "full_like": _full_like,
}


def spell(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """The spelling for Numba; None where that for Python serves. Raises NotCompilable."""
    spelling = NATIVE.get(op.opcode)
    if spelling is None:
        return None
    made = spelling(op, operands, namespace)
    if made is None:
        refuse(op, f"this case of `{op.opcode}`", namespace.function)
    return made
