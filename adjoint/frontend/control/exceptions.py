"""Which exceptions an operation may raise when the program runs: decides whether a `try` has one path only.

What is not known is taken to raise anything. Left out are memory that runs out, interrupts, integers beyond the range
of floats, and, for a handler that does not name them, the errors `np.errstate` makes of warnings. The derivative has
no handler, so that one of those surfaces: it is never a wrong number.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from adjoint.ir.core import Function, Op, Value, const_of, is_const, walk
from adjoint.ir.ops.indexing import same_place
from adjoint.ir.opset import RAISING, TABLE
from adjoint.ir.types import Array, Object, Scalar, Tuple, rank_of, same_dim, shape_of

Exceptions = tuple[type[BaseException], ...]

_NOTHING: Exceptions = ()
_ANYTHING: Exceptions = (Exception,)
_NEVER = frozenset(
    "asked const undef global tuple getitem list len shape size ndim yield continue break return if for while not neg "
    "pos abs lt le gt ge eq ne add sub mul copy transpose real imag isnan isfinite isinf zeros_like ones_like "
    "full_like sign where logical_and logical_or logical_not tanh atan bool sum mean "
    "list_append list_concat list_insert list_copy list_reverse list_repeat".split()
)
"""Operations that raise nothing on floats; on arrays only when shapes or NumPy's error state say so."""
_DIVISIONS = frozenset({"truediv", "floordiv", "mod"})


def may_raise(op: Op) -> Exceptions:
    """The exceptions of one operation; those of the operations inside it are their own."""
    if op.opcode == "raise":
        made = op.attrs.get("exception")
        return (made,) if isinstance(made, type) else _ANYTHING
    if op.opcode == "call":
        return _of_call(op.attrs["callee"], set())
    special = _SPECIAL.get(op.opcode)
    if special is not None:
        return special(op)
    if op.opcode not in _NEVER:
        return _ANYTHING
    return _of_arrays(op)


def _of_call(callee: Function, seen: set[Function]) -> Exceptions:
    if callee in seen:
        return (RecursionError,)
    seen.add(callee)
    found: dict[type[BaseException], None] = {}
    for op in walk(callee.body):
        inner = _of_call(op.attrs["callee"], seen) if op.opcode == "call" else may_raise(op)
        found.update(dict.fromkeys(inner))
    return tuple(found)


def _of_arrays(op: Op) -> Exceptions:
    """Arithmetic on arrays: shapes that may differ, and warnings that `np.errstate` turns into errors."""
    if op.opcode in ("const", "undef", "global", "tuple", "getitem", "if", "for", "while", "yield", "return"):
        return _NOTHING
    arrays = [operand.type for operand in op.operands if isinstance(operand.type, Array)]
    if not arrays or op.opcode not in TABLE or not TABLE[op.opcode].elementwise:
        return _NOTHING
    return (FloatingPointError,) if _same_shapes(op.operands) else (FloatingPointError, ValueError)


def _same_shapes(operands: list[Value]) -> bool:
    shapes = [shape_of(operand.type) for operand in operands if isinstance(operand.type, Array)]
    return all(
        dim == 1 or other == 1 or same_dim(dim, other)
        for one in shapes
        for two in shapes
        for dim, other in zip(reversed(one), reversed(two))
    )


def _of_division(op: Op) -> Exceptions:
    divisor = op.operands[1]
    if is_const(divisor) and const_of(divisor):
        return _of_arrays(op)
    if any(isinstance(operand.type, Array) and operand.type.rank for operand in op.operands):
        return (FloatingPointError, ValueError)
    return (ZeroDivisionError, FloatingPointError)


def _of_power(op: Op) -> Exceptions:
    exponent = op.operands[1]
    if is_const(exponent) and isinstance(const_of(exponent), int) and const_of(exponent) >= 0:
        return (OverflowError, FloatingPointError)
    return (OverflowError, ZeroDivisionError, FloatingPointError, ValueError)


def _of_math(op: Op) -> Exceptions:
    if op.attrs.get("ns") in ("math", "cmath"):
        return (ValueError, OverflowError, ZeroDivisionError)
    return (FloatingPointError,)


def _of_conversion(op: Op) -> Exceptions:
    t = op.operands[0].type
    if op.opcode == "float" and isinstance(t, Scalar) and t.kind in ("float", "bool"):
        return _NOTHING
    return (ValueError, OverflowError, TypeError)


def _of_index(op: Op) -> Exceptions:
    t = op.operands[0].type
    if isinstance(t, Tuple) or (isinstance(t, Array) and all(entry == "..." for entry in op.attrs["spec"])):
        return _NOTHING
    spec = op.attrs["spec"]
    if isinstance(t, Array) and len(spec) == 1 and spec[0] == "int" and is_const(op.operands[1]):
        extent, index = t.shape[0], const_of(op.operands[1])
        if isinstance(extent, int) and isinstance(index, int) and -extent <= index < extent:
            return _NOTHING
    if all(isinstance(entry, tuple) or entry in ("...", "new") for entry in spec):
        return (ValueError,) if any(isinstance(entry, tuple) and entry[3] for entry in spec) else _NOTHING
    return (IndexError,)


def _of_store(op: Op) -> Exceptions:
    """A number fits everywhere, and so does what was computed with what stood at the place."""
    value, spec = op.operands[1], op.attrs["spec"]
    has_step = any(isinstance(entry, tuple) and entry[3] for entry in spec)
    is_inside = all(isinstance(entry, tuple) or entry in ("...", "new") for entry in spec)
    fits = not rank_of(value.type) or _reads_place(value, op)
    misfits = _NOTHING if fits and not has_step else (ValueError,)
    return misfits if is_inside else (IndexError, *misfits)


def _reads_place(value: Value, store: Op) -> bool:
    """Whether a value has the shape of what stood at the place of a store, with which it was computed."""
    made, base = value.op, store.operands[0]
    if made is None or made.opcode not in TABLE or not TABLE[made.opcode].elementwise:
        return False
    reads = [each.op for each in made.operands if each.op is not None and each.op.opcode == "index"]
    reads = [each for each in reads if each.operands[0].type == base.type and same_place(each, store)]
    return any(_have_one_shape(each.result, value) for each in reads)


def _have_one_shape(one: Value, other: Value) -> bool:
    shapes = shape_of(one.type), shape_of(other.type)
    return len(shapes[0]) == len(shapes[1]) and all(map(same_dim, *shapes))


_SPECIAL: dict[str, Callable[[Op], Exceptions]] = {
    **dict.fromkeys(_DIVISIONS, _of_division),
    "pow": _of_power,
    **dict.fromkeys([*RAISING, *"exp expm1 sinh cosh sin cos tan floor ceil trunc".split()], _of_math),
    **dict.fromkeys(["float", "int"], _of_conversion),
    "index": _of_index,
    **dict.fromkeys(["index_set", "index_add"], _of_store),
    "list_delete": lambda op: (IndexError, ValueError),
    "for": lambda op: _NOTHING if is_const(op.operands[2]) else (ValueError,),
    "format": lambda op: _NOTHING if all(isinstance(p, str) or not p[1] for p in op.attrs["parts"]) else (ValueError,),
    "pycall": lambda op: (OSError,) if op.attrs["func"] is print else _of_manager(op.attrs["func"]),
    "enter": lambda op: _of_scope(op),
    "leave": lambda op: _of_scope(op.operands[0].op),
}
_QUIET = (np.errstate, warnings.catch_warnings)
"""Context managers that raise nothing themselves."""


def _of_manager(function: Any) -> Exceptions:
    is_exception = isinstance(function, type) and issubclass(function, BaseException)
    return _NOTHING if is_exception or function in _QUIET else _ANYTHING


def _of_scope(enter: Op | None) -> Exceptions:
    if enter is None or not enter.operands:
        return _NOTHING
    manager = enter.operands[0].type
    return _of_manager(manager.cls) if isinstance(manager, Object) else _ANYTHING


def caught_by(raised: type[BaseException], caught: Exceptions) -> bool:
    """Whether a handler for `caught` takes the exception, or may take a subclass of it."""
    if raised is FloatingPointError and not any(issubclass(each, ArithmeticError | Warning) for each in caught):
        return False
    return issubclass(raised, caught) or any(issubclass(each, raised) for each in caught)


def raising_ops(ops: list[Op], caught: Exceptions) -> Iterator[tuple[Op, Any]]:
    """The operations, those inside others too, that may raise something caught, with what it is."""
    for op in ops:
        for each in (op, *(child for region in op.regions for child in walk(region))):
            for raised in may_raise(each):
                if issubclass(raised, caught) if each.opcode == "raise" else caught_by(raised, caught):
                    yield each, raised
