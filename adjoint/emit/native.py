"""The dialect that Numba compiles: what is spelled otherwise than for Python, and what has to be refused.

Most operations are spelled as ever. What Numba lacks is written with what it has, or calls a small function whose text
the module holds (`emit/native_helpers.py`). Everything else is refused, with the operation and the line.
"""

from __future__ import annotations

import ast
from types import ModuleType

import numpy as np

from adjoint.emit import native_helpers as helpers
from adjoint.emit.array_tapes import dtype_of_tape, is_surely_a_count
from adjoint.emit.imports import Imports, Namespace
from adjoint.emit.native_arrays import WITH_OPTIONAL, along_axis, put_along
from adjoint.emit.native_base import call_helper, fill, has_numbers_beside, points, refuse, without_numbers
from adjoint.emit.native_spellings import NATIVE
from adjoint.ir import opset
from adjoint.ir.core import CONTROL, Function, Op, Value, const_of, is_const, users, walk
from adjoint.ir.types import Array, List, Residuals, Scalar, Static, Tuple, Type, Undef, rank_of

PLAIN = frozenset(
    "add sub mul truediv floordiv mod neg pos lt le gt ge eq ne bitand bitor bitxor lshift rshift not "
    "sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p logaddexp "
    "logaddexp2 sqrt cbrt square reciprocal fabs sign hypot float_power maximum minimum fmax fmin copysign "
    "fmod floor ceil trunc rint degrees radians erf erfc gamma lgamma isnan isfinite isinf signbit logical_and "
    "logical_or logical_xor logical_not absolute float int bool max_of min_of "
    "zeros ones empty full zeros_like ones_like empty_like full_like eye identity arange "
    "linspace index index_set index_add trace diag const undef "
    "tuple getitem list len tape push pop nonempty pack unpack shape size ndim ravel flatten transpose "
    "expand_dims atleast_2d copy astype list_append list_of_zeros "
    "list_add list_copies list_delete list_insert list_of_rows list_repeat list_reverse "
    "list_concat real imag conj argsort global angle append ascontiguousarray "
    "asfortranarray bincount complex convolve corrcoef correlate cov cross delete ediff1d "
    "eigvalsh extract geomspace insert interp kaiser kron ldexp logspace matrix_power median nan_to_num nancumprod "
    "nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar nextafter "
    "percentile polyval_ascending ptp quantile rect resize sinc sliding_window_view sort sum_of "
    "take_along_axis trapezoid vander".split()
)
"""Operations that need nothing, or whose spelling below covers every case it does not refuse."""

WORDS = {
    "pycall": "a call of a function that is not differentiated",
    "pymethod": "a method of an object that is not differentiated",
    "format": "text made from values",
    "percent": "text made from values",
    "enter": "`with` and `try`",
    "first_part": "a loop within a budget or a number of slots, whose derivative calls itself,",
    "leave": "`with` and `try`",
}


def check(function: Function) -> None:
    """Refuse what Numba cannot compile. Raises NotCompilable at the user's line."""
    read = users(function.body)
    for argument in function.args:
        if not isinstance(argument.type, Static) or argument in read:
            _check_type(argument.type, f"the argument {argument.name!r}", function, None)
    for param in function.params:
        if param.kind == "variadic keyword":
            refuse(None, f"the parameter **{param.name}", function)
    for op in walk(function.body):
        for result in op.results:
            _check_type(result.type, f"`{op.opcode}`", function, op)
        if op.opcode == "raise" and any(_is_left_outside(operand) for operand in op.operands):
            refuse(op, "an error that holds part of an argument", function)
        if op.opcode in CONTROL or op.opcode in ("call", "return", "raise", "yield", "continue", "break"):
            continue
        if op.opcode not in PLAIN and op.opcode not in NATIVE:
            refuse(op, WORDS.get(op.opcode, f"`{op.opcode}`"), function)
        if "spec" in op.attrs:
            _check_index(op, function)
        if op.opcode == "global":
            _check_global(op, function)


def _check_global(op: Op, function: Function) -> None:
    """Numba takes numbers, arrays and tuples from outside of a function."""
    t, owner = op.attrs.get("_container", op.result.type), op.attrs.get("_owner")
    if owner is not None and not isinstance(owner, ModuleType):
        refuse(op, f"the attribute {op.attrs['name']!r} of {getattr(owner, '__name__', 'an object')}", function)
    kind = t.layout.kind if isinstance(t, Tuple) and t.layout is not None else "list" if isinstance(t, List) else None
    if kind not in (None, "named"):
        word = kind if kind in ("list", "dict") else "object"
        refuse(op, f"the {word} {op.attrs['name']!r}, which is not an argument,", function)


def _is_left_outside(value: Value) -> bool:
    """Whether a value is an item of an argument that compiled code is not given."""
    return isinstance(value.type, Static) and value.op is not None and value.op.opcode == "getitem"


def _check_index(op: Op, function: Function) -> None:
    spec = op.attrs["spec"]
    arrays = [entry for entry in spec if entry in ("array", "mask")]
    if has_numbers_beside(op):
        return
    if len(arrays) > 1 and not points(op):
        refuse(op, "indexing with several arrays beside others", function)
    if "mask" in spec and len(spec) > 1:
        refuse(op, "indexing with a mask beside other indices", function)


def _check_type(t: Type, what: str, function: Function, op: Op | None) -> None:
    if isinstance(t, Tuple):
        for item in t.items:
            if not isinstance(item, Static):  # known when the derivative is made
                _check_type(item, what, function, op)
    elif isinstance(t, List):
        if not isinstance(t.item, Scalar | Array | Undef | Residuals):
            refuse(op, f"{what} is {t}, which", function)
    elif isinstance(t, Static) and op is None and not (t.value is None or isinstance(t.value, int | float)):
        refuse(op, f"{what} is {t}, which", function)
    elif isinstance(t, Array) and t.dtype in ("float16", "longdouble", "float128"):
        refuse(op, f"{what} has the dtype {t.dtype}, which", function)


# spelling


def scatter(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """`np.add.at(x, i, v)`, and a store at several arrays of indices; None for what Numba has itself."""
    if has_numbers_beside(op):
        return _scatter_beside_numbers(op, operands, namespace)
    count, axis = points(op), along_axis(op)
    if op.opcode == "index_set" and count < 2 and len(op.attrs["spec"]) == 1:
        return None
    if axis is not None:
        made = put_along(op, axis, operands, namespace)
        if made is not None:
            return made
    if not count:
        refuse(op, "changing an array at an array of indices beside others", namespace.function)
    x, value, *indices = operands
    rank, own = rank_of(op.operands[0].type), rank_of(op.operands[1].type)
    return call_helper(namespace, helpers.scatter(op.opcode == "index_add", rank, count, own), x, value, *indices)


def _scatter_beside_numbers(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    x, value, *indices = operands
    adds, own = op.opcode == "index_add", rank_of(op.operands[1].type)
    x, rank, indices = without_numbers(op, x, indices)
    return call_helper(namespace, helpers.scatter(adds, rank, len(indices), own), x, value, *indices)


def empty_tape(op: Op, extents: list[ast.expr], namespace: Namespace, number: int) -> ast.expr:
    """The array that a stack has become (`emit/array_tapes.py`), or that several have."""
    counts = [
        node if is_surely_a_count(extent) else ast.Call(namespace.builtin("max"), [_as_int(node), ast.Constant(0)], [])
        for node, extent in zip(extents, op.operands)
    ]
    if isinstance(op.operands[-1].type, Tuple):  # the shape of what is saved
        counts[-1] = ast.Starred(extents[-1], ast.Load())
    if number > 1:
        counts.insert(0, ast.Constant(number))
    shape = counts[0] if len(counts) == 1 else ast.Tuple(counts, ast.Load())
    dtype = dtype_of_tape(op)
    return fill(f"np.empty(shape{f', np.{dtype}' if dtype else ''})", namespace, shape=shape)


def _as_int(node: ast.expr) -> ast.expr:
    """A truth value that counts: `np.empty(True)` is an error."""
    return ast.Constant(int(node.value)) if isinstance(node, ast.Constant) and isinstance(node.value, bool) else node


def backwards(start: ast.expr, stop: ast.expr, step: ast.expr) -> list[ast.expr]:
    """The bounds of `reversed(range(start, stop, step))`."""
    if not isinstance(step, ast.Constant):  # of either sign
        below = ast.BinOp(ast.BinOp(start, ast.Sub(), stop), ast.FloorDiv(), step)
        back = ast.BinOp(ast.BinOp(below, ast.Add(), ast.Constant(1)), ast.Mult(), step)
        last: ast.expr = ast.BinOp(start, ast.Sub(), step)
        return [ast.BinOp(start, ast.Sub(), back), last, ast.UnaryOp(ast.USub(), step)]
    if isinstance(step, ast.Constant) and step.value == 1:
        first: ast.expr = _minus_one(stop)
    else:
        count = ast.BinOp(ast.BinOp(_minus_one(stop), ast.Sub(), start), ast.FloorDiv(), step)
        first = ast.BinOp(start, ast.Add(), ast.BinOp(count, ast.Mult(), step))
    last = _minus_one(start) if not _is_zero(start) else ast.UnaryOp(ast.USub(), ast.Constant(1))
    return [first, last, ast.UnaryOp(ast.USub(), step)]


def dtype(given: object, namespace: Namespace) -> ast.expr:
    """`np.int64` for `int`: Numba does not take Python's types for dtypes."""
    name = np.dtype(given).name  # type: ignore[call-overload]  # anything that NumPy takes for a dtype
    return ast.Attribute(namespace.module(np), {"bool": "bool_"}.get(name, name), ast.Load())


def _minus_one(node: ast.expr) -> ast.expr:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        less = node.value - 1
        return ast.Constant(less) if less >= 0 else ast.UnaryOp(ast.USub(), ast.Constant(-less))
    return ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _is_zero(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value == 0


def parallel_range(start: ast.expr, stop: ast.expr, namespace: Namespace) -> ast.expr:
    """`prange(start, stop)`: the order of the passes is no matter."""
    import numba

    name = namespace.name(namespace.imports.member(numba, "prange", "prange"))
    return ast.Call(name, [stop] if _is_zero(start) else [start, stop], [])


def decorated(definitions: list[ast.FunctionDef], imports: Imports) -> list[ast.FunctionDef]:
    """The functions under `@njit`, which keeps what it compiles where the module is a file.

    Not where the module is given objects: Numba writes them into its code, and does not look whether they are the same.
    """
    import numba

    njit = ast.Name(imports.member(numba, "njit", "njit"), ast.Load())
    for definition in definitions:
        options = [ast.keyword("cache", ast.Constant(True))] if imports.is_cached and not imports.bindings else []
        if _reads(definition, imports.name_of(numba.prange)):
            options.append(ast.keyword("parallel", ast.parse(_LOOPS_ALONE, mode="eval").body))
        definition.decorator_list = [ast.Call(njit, [], options) if options else njit]
    return definitions


_LOOPS_ALONE = '{"setitem": False, "inplace_binop": False, "reduction": False, "fusion": False}'
"""Threads for the passes of loops. Numba would also cut up statements on arrays, which may read what they write."""


def _reads(definition: ast.FunctionDef, name: str | None) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(definition))


def _is_usual(op: Op) -> bool:
    """Whether nothing is given that the spellings do not look at: optional operands, dtypes."""
    if any(op.attrs.get(name) is not None for name in ("dtype", "correction")):
        return op.opcode in ("asarray", "array")
    if op.opcode in WITH_OPTIONAL:
        return True
    optional = [place for place, name in enumerate(opset.lookup(op.opcode).operands) if name.endswith("?")]
    given = [op.operands[place] for place in optional if place < len(op.operands)]
    return all(is_const(value) and const_of(value) is None for value in given)


def spell(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr | None:
    """The spelling for Numba; None where that for Python serves. Raises NotCompilable."""
    spelling = NATIVE.get(op.opcode)
    if spelling is None:
        return None
    made = spelling(op, operands, namespace) if _is_usual(op) else None
    if made is None:
        refuse(op, f"this case of `{op.opcode}`", namespace.function)
    return made
