"""What a specialisation assumes of extents, and the check of it at each call.

`u * v` of two vectors is typed as if their extents were equal: NumPy raises when they are not. A gradient may not
contain that product any more, so it would not raise. The equalities between extents of arguments are therefore
collected from the primal and compared before the emitted function runs; on a mismatch the user's function runs instead,
and raises what it raises.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import ShapeAssumption
from adjoint.ir.core import Function, Op, Value, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Array, Dim, Sym, shape_of

Term = tuple[str, int]
"""A symbol and an offset."""
Place = tuple[int, int, int]
"""Which argument, which axis, which offset."""
_CONTRACTIONS = ("matmul", "dot", "inner", "vdot")


def assumed_equalities(function: Function) -> list[tuple[Place, Place]]:
    """Pairs of argument extents that the function's operations need to be equal."""
    places: dict[str, tuple[int, int]] = {}
    for number, arg in enumerate(function.args):
        for axis, dim in enumerate(shape_of(arg.type)):
            if isinstance(dim, Sym) and not dim.offset:
                places.setdefault(dim.name, (number, axis))
    found: dict[tuple[Place, Place], None] = {}
    for one, other in _equal_terms(function, set()):
        if one[0] in places and other[0] in places:
            found[(*places[one[0]], one[1]), (*places[other[0]], other[1])] = None
    return list(found)


def _equal_terms(function: Function, entered: set[int]) -> list[tuple[Term, Term]]:
    entered = entered | {id(function)}
    found: list[tuple[Term, Term]] = []
    for op in walk(function.body):
        if op.opcode == "call":
            if id(op.attrs["callee"]) not in entered:
                found += _of_callee(op, entered)
        elif op.opcode in _CONTRACTIONS:
            found += _of_contraction(op.operands)
        elif op.opcode in TABLE and TABLE[op.opcode].elementwise:
            found += _of_broadcast(op.operands)
    return found


def _of_broadcast(operands: Sequence[Value]) -> list[tuple[Term, Term]]:
    shapes = [shape_of(operand.type)[::-1] for operand in operands if isinstance(operand.type, Array)]
    pairs = []
    for axis in range(max(map(len, shapes), default=0)):
        dims = [shape[axis] for shape in shapes if axis < len(shape)]
        pairs += [pair for dim in dims[1:] for pair in _pair(dims[0], dim)]
    return pairs


def _of_contraction(operands: Sequence[Value]) -> list[tuple[Term, Term]]:
    left, right = (shape_of(operand.type) for operand in operands[:2])
    if not left or not right:
        return []
    return _pair(left[-1], right[-2] if len(right) > 1 else right[-1])


def _pair(a: Dim, b: Dim) -> list[tuple[Term, Term]]:
    """The two extents as an equality, when both are named, differ in name and are surely not 1."""
    if not isinstance(a, Sym) or not isinstance(b, Sym) or a.may_be_one or b.may_be_one or a.name == b.name:
        return []
    return [((a.name, a.offset), (b.name, b.offset))]


def _of_callee(op: Op, entered: set[int]) -> list[tuple[Term, Term]]:
    """The callee's equalities, said in the caller's symbols."""
    callee: Function = op.attrs["callee"]
    meaning: dict[str, Sym] = {}
    for arg, operand in zip(callee.args, op.operands):
        for inner, outer in zip(shape_of(arg.type), shape_of(operand.type)):
            if isinstance(inner, Sym) and isinstance(outer, Sym) and not inner.offset:
                meaning.setdefault(inner.name, outer)
    found = []
    for one, other in _equal_terms(callee, entered):
        if one[0] in meaning and other[0] in meaning:
            terms = [(meaning[name].name, meaning[name].offset + offset) for name, offset in (one, other)]
            if terms[0][0] != terms[1][0]:
                found.append((terms[0], terms[1]))
    return found


def checked(
    call: Callable[..., Any], function: Callable[..., Any], pairs: Sequence[tuple[Place, Place]], count: int
) -> Callable[..., Any]:
    """`call`, after a look at the extents. `function` is the user's, `count` its number of parameters."""
    if not pairs:
        return call

    def check(*values: Any) -> Any:
        for (i, axis, offset), (j, other_axis, other_offset) in pairs:
            if values[i].shape[axis] + offset != values[j].shape[other_axis] + other_offset:
                _mismatch(function, values[:count])
        return call(*values)

    return check


def _mismatch(function: Callable[..., Any], values: Sequence[Any]) -> None:
    parameters = list(inspect.signature(function).parameters.values())
    named = {p.name: v for p, v in zip(parameters, values) if p.kind is inspect.Parameter.KEYWORD_ONLY}
    function(*values[: len(values) - len(named)], **named)
    raise ShapeAssumption(
        f"the shapes of the arguments of {getattr(function, '__name__', 'the function')} do not fit",
        why="extents that its operations take to be equal differ",
        fix="check the shapes of the arguments",
    )
