"""What a specialisation assumes of extents, found in the program; the look at them at each call is in `call_checks`.

`u * v` of two vectors is typed as if their extents were equal: NumPy raises when they are not. A gradient may not
contain that product any more, so it would not raise. The equalities between extents of arguments are therefore
collected from the primal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from adjoint.call_checks import Assumptions, Place
from adjoint.fingerprint import NEAR
from adjoint.ir.core import Function, Op, Value, carried_args, inits_of, region_leaves, walk
from adjoint.ir.integers import cut_alike, named
from adjoint.ir.ops.einsum import contracted_dims
from adjoint.ir.ops.indexing import shape_at
from adjoint.ir.ops.products import contracted_axes
from adjoint.ir.opset import TABLE
from adjoint.ir.printer import reachable_functions
from adjoint.ir.shapes import Shape
from adjoint.ir.types import FLOAT, MANY, Array, Dim, List, Scalar, Sym, Tuple, Type, rank_of, same_dim, shape_of

Term = tuple[str, int]
"""A symbol and an offset."""
Equality = tuple[Term, Term, bool]
"""Two equal extents, and whether they are so in every run that does not raise."""
_STORES = ("index_set", "index_add")
_MEETINGS = ("for", "while", "if")
_ENDS = ("continue", "break", "yield")
_CONTRACTIONS = ("matmul", "dot", "inner", "vdot", "tensordot")


def assumed_equalities(function: Function) -> list[tuple[Place, Place]]:
    """Pairs of argument extents that the function's operations need to be equal."""
    return pairs_of_extents(function)[0]


def pairs_of_extents(function: Function) -> tuple[list[tuple[Place, Place]], list[tuple[Place, Place]]]:
    """Pairs of argument extents that must be equal, and pairs that are so unless what meets the other has extent 1."""
    places = places_in([arg.type for arg in function.args])
    needed: dict[tuple[Place, Place], None] = {}
    likely: dict[tuple[Place, Place], None] = {}
    for one, other, is_sure in _equal_terms(function, set()):
        if one[0] in places and other[0] in places:
            pair = (*places[one[0]], one[1]), (*places[other[0]], other[1])
            (needed if is_sure else likely)[pair] = None
    return list(needed), [pair for pair in likely if abs(pair[0][2] - pair[1][2]) <= NEAR]


def places_in(types: Sequence[Type]) -> dict[str, tuple[tuple[int, ...], int]]:
    """Where the named extents of the arguments are: which argument (and which item of it, and of that), which axis."""
    places: dict[str, tuple[tuple[int, ...], int]] = {}
    for path, inner in _arrays_in(types, ()):
        for axis, dim in enumerate(inner.shape):
            if isinstance(dim, Sym) and not dim.offset:
                places.setdefault(dim.name, (path, axis))
    return places


def _arrays_in(types: Sequence[Type], path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Array]]:
    """The arrays in the arguments, with the way to them."""
    for number, inner in enumerate(types):
        if isinstance(inner, Array):
            yield (*path, number), inner
        elif isinstance(inner, Tuple):
            yield from _arrays_in(inner.items, (*path, number))


def _equal_terms(function: Function, entered: set[int]) -> list[Equality]:
    entered = entered | {id(function)}
    found: list[Equality] = []
    starts = _starts(function)
    for op in walk(function.body):
        if op.opcode == "call":
            if id(op.attrs["callee"]) not in entered:
                found += _of_callee(op, entered)
        elif op.opcode in _CONTRACTIONS:
            found += _of_contraction(op)
        elif op.opcode in ("einsum", "einsum_view"):
            found += [pair for dims in contracted_dims(op.operands, op.attrs) for pair in _pair(*dims)]
        elif op.opcode in TABLE and TABLE[op.opcode].elementwise:
            found += _of_broadcast(op.operands)
        elif op.opcode in _STORES:
            found += [(one, other, False) for one, other, _ in _of_shapes(_stored(op))]
        elif op.opcode in _MEETINGS:
            found += [(one, other, False) for one, other, _ in _of_meetings(op, starts)]
    return found


def _starts(function: Function) -> dict[Value, Value]:
    """What the variables of loops begin with."""
    loops = [op for op in walk(function.body) if op.opcode in ("for", "while")]
    regions = [(op, region) for op in loops for region in op.regions]
    return {arg: init for op, region in regions for arg, init in zip(carried_args(region, op), inits_of(op))}


def _of_meetings(op: Op, starts: Mapping[Value, Value]) -> list[Equality]:
    """The extents of the arrays that are one variable behind a branch or a loop: two that are exchanged."""
    ends = [leaf for region in op.regions for leaf in region_leaves(region) if leaf.opcode in _ENDS]
    found: list[Equality] = []
    for slot, result in enumerate(op.results):
        if _is_open(result):
            first = inits_of(op)[slot : slot + 1] if op.opcode != "if" else []
            values = [*first, *(leaf.operands[slot] for leaf in ends if slot < len(leaf.operands))]
            shapes = [shape_of(_in_front(value, starts).type) for value in values]
            found += _of_shapes([shape for shape in shapes if len(shape) == rank_of(result.type)])
    return found


def _is_open(value: Value) -> bool:
    """Whether an extent of the array may be another one in the next pass, or on another path."""
    return any(dim is None or (isinstance(dim, Sym) and dim.name == MANY.name) for dim in shape_of(value.type))


def _in_front(value: Value, starts: Mapping[Value, Value]) -> Value:
    """The array as it was in front of the stores into it and the loops that carry it."""
    while _is_open(value):
        if value in starts:
            value = starts[value]
        elif value.op is not None and value.op.opcode in _STORES:
            value = value.op.operands[0]
        else:
            break
    return value


def is_loose_store(op: Op) -> bool:
    """Whether it is not known that what is stored has the extents of the place."""
    place, value = _stored(op) if op.opcode in _STORES else ((), ())
    return any(dim != 1 and not same_dim(dim, extent) for dim, extent in zip(value[::-1], place[::-1]))


def _stored(op: Op) -> tuple[Shape, Shape]:
    """The shapes of a place of an array and of what is stored there."""
    array, value = (operand.type for operand in op.operands[:2])
    if not isinstance(array, Array) or not isinstance(value, Array):
        return (), ()
    return shape_at(array, op.attrs["spec"], op.operands[2:]), value.shape


def _of_broadcast(operands: Sequence[Value]) -> list[Equality]:
    return _of_shapes([operand.type.shape for operand in operands if isinstance(operand.type, Array)])


def _of_shapes(given: Sequence[Shape]) -> list[Equality]:
    shapes = [shape[::-1] for shape in given]
    pairs = []
    for axis in range(max(map(len, shapes), default=0)):
        dims = [shape[axis] for shape in shapes if axis < len(shape)]
        pairs += [pair for dim in dims[1:] for pair in _pair(dims[0], dim)]
    return pairs


def _of_contraction(op: Op) -> list[Equality]:
    left, right = (shape_of(operand.type) for operand in op.operands[:2])
    if not left or not right:
        return []
    if op.opcode == "tensordot":
        axes = contracted_axes(op.attrs["axes"], len(left), len(right))
        return [pair for i, j in zip(*axes) for pair in _pair(left[i], right[j])]
    if op.opcode == "vdot":  # of the flattened arrays
        return _pair(left[0], right[0]) if len(left) == len(right) == 1 else []
    return _pair(left[-1], right[-2] if len(right) > 1 and op.opcode != "inner" else right[-1])


def _pair(a: Dim, b: Dim) -> list[Equality]:
    """The two extents as an equality, when both are named and differ in name; it is sure if neither can be 1."""
    if not isinstance(a, Sym) or not isinstance(b, Sym) or a.name == b.name:
        return []
    cut = cut_alike(a.name, b.name) if a.offset == b.offset else None
    if cut is not None:
        return [(named(cut[0]), named(cut[1]), False)]
    return [((a.name, a.offset), (b.name, b.offset), not (a.may_be_one or b.may_be_one))]


def _of_callee(op: Op, entered: set[int]) -> list[Equality]:
    """The callee's equalities, said in the caller's symbols."""
    callee: Function = op.attrs["callee"]
    meaning: dict[str, Sym] = {}
    for arg, operand in zip(callee.args, op.operands):
        outside = dict(_arrays_in([operand.type], ()))
        for path, array in _arrays_in([arg.type], ()):
            for inner, outer in zip(array.shape, shape_of(outside.get(path, FLOAT))):
                if isinstance(inner, Sym) and isinstance(outer, Sym) and not inner.offset:
                    meaning.setdefault(inner.name, outer)
    found = []
    for one, other, is_sure in _equal_terms(callee, entered):
        if one[0] in meaning and other[0] in meaning:
            terms = [(meaning[name].name, meaning[name].offset + offset) for name, offset in (one, other)]
            if terms[0][0] != terms[1][0]:
                found.append((terms[0], terms[1], is_sure))
    return found


def enter(assumed: Assumptions, primal: Function) -> None:
    """Enter what the lowered function assumes."""
    assumed.equal += assumed_equalities(primal)
    assumed.unshared = primal.changes_arguments
    assumed.written, assumed.numbers = primal.written, primal.numbers
    assumed.held = tuple(each for function in reachable_functions(primal) for each in function.held)
    assumed.outer = tuple(dict.fromkeys(_read_outside(primal))) if primal.changes_arguments else ()


def _read_outside(primal: Function) -> Iterator[tuple[str, Any]]:
    """The arrays, and what may hold some, that a function and those it calls read from outside."""
    for function in reachable_functions(primal):
        for op in walk(function.body):
            if op.opcode == "global" and _may_hold_arrays(op.result.type):
                yield op.attrs["name"], op.attrs.get("_owner")


def _may_hold_arrays(t: Type) -> bool:
    if isinstance(t, Tuple):
        return any(map(_may_hold_arrays, t.items))
    return _may_hold_arrays(t.item) if isinstance(t, List) else not isinstance(t, Scalar)
