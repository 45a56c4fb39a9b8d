"""What a specialisation assumes of extents, and the check of it at each call.

`u * v` of two vectors is typed as if their extents were equal: NumPy raises when they are not. A gradient may not
contain that product any more, so it would not raise. The equalities between extents of arguments are therefore
collected from the primal and compared before the emitted function runs; on a mismatch the user's function runs instead,
and raises what it raises.

A function that changes an array, list, dict or object it is given sees the change under every name of it. Two arguments
that are one such container, or arrays that share memory, would be two in the derivative, so such a call is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from adjoint.errors import AliasNotProvable, ShapeAssumption
from adjoint.ir.core import Function, Op, Value, walk
from adjoint.ir.ops.einsum import contracted_dims
from adjoint.ir.ops.products import contracted_axes
from adjoint.ir.opset import TABLE
from adjoint.ir.types import FLOAT, Array, Dim, Sym, Tuple, Type, shape_of
from adjoint.parameters import arranged, parameters_of
from adjoint.runtime.containers import items_of, mutable_containers_of
from adjoint.signatures import place_of

Term = tuple[str, int]
"""A symbol and an offset."""
Equality = tuple[Term, Term, bool]
"""Two equal extents, and whether they are so in every run that does not raise."""
Place = tuple[tuple[int, ...], int, int]
"""Which argument (and which item of it, and of that), which axis, which offset."""
_CONTRACTIONS = ("matmul", "dot", "inner", "vdot", "tensordot")


def assumed_equalities(function: Function) -> list[tuple[Place, Place]]:
    """Pairs of argument extents that the function's operations need to be equal."""
    return pairs_of_extents(function)[0]


def pairs_of_extents(function: Function) -> tuple[list[tuple[Place, Place]], list[tuple[Place, Place]]]:
    """Pairs of argument extents that must be equal, and pairs that differ only where a slice has extent 1."""
    places: dict[str, tuple[tuple[int, ...], int]] = {}
    for path, inner in _arrays_in([arg.type for arg in function.args], ()):
        for axis, dim in enumerate(inner.shape):
            if isinstance(dim, Sym) and not dim.offset:
                places.setdefault(dim.name, (path, axis))
    needed: dict[tuple[Place, Place], None] = {}
    likely: dict[tuple[Place, Place], None] = {}
    for one, other, is_sure in _equal_terms(function, set()):
        if one[0] in places and other[0] in places:
            pair = (*places[one[0]], one[1]), (*places[other[0]], other[1])
            (needed if is_sure else likely)[pair] = None
    return list(needed), [pair for pair in likely if pair[0][2] == pair[1][2]]


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
    return found


def _of_broadcast(operands: Sequence[Value]) -> list[Equality]:
    shapes = [shape_of(operand.type)[::-1] for operand in operands if isinstance(operand.type, Array)]
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


@final
@dataclass(slots=True)
class Assumptions:
    """What must hold of the arguments: extents that are equal, and that no two places hold one mutable container."""

    equal: list[tuple[Place, Place]] = field(default_factory=list)
    likely: list[tuple[Place, Place]] = field(default_factory=list)
    """Extents that are taken to be equal; where they are not, `otherwise` is called."""
    otherwise: Callable[..., Any] | None = None
    unshared: bool = False
    written: frozenset[int] = frozenset()
    """The arguments that the function changes."""

    def note(self, primal: Function) -> None:
        """Enter what the lowered function assumes."""
        self.equal += assumed_equalities(primal)
        self.unshared = primal.changes_arguments
        self.written = primal.written


def checked(
    call: Callable[..., Any], function: Callable[..., Any], assumed: Assumptions, count: int
) -> Callable[..., Any]:
    """`call`, after a look at the arguments. `function` is the user's, `count` its number of parameters."""
    pairs = assumed.equal
    likely, otherwise = assumed.likely, assumed.otherwise
    if not pairs and not assumed.unshared and not likely:
        return call

    def check(*values: Any) -> Any:
        if assumed.unshared:
            _refuse_shared(function, values[:count])
            _refuse_shared_arrays(function, values[:count], assumed.written)
        for (i, axis, offset), (j, other_axis, other_offset) in pairs:
            if _at(values, i).shape[axis] + offset != _at(values, j).shape[other_axis] + other_offset:
                _mismatch(function, values[:count])
        for one, other in likely:
            if otherwise is not None and extent_at(values, one) != extent_at(values, other):
                return otherwise(*values)
        return call(*values)

    return check


def _refuse_shared(function: Callable[..., Any], values: Sequence[Any]) -> None:
    """Refuse a container that is in two places, or a default: a change of one would have to be seen in the other."""
    seen: set[int] = set()
    for parameter, value in zip(parameters_of(function), values):
        is_default = value is parameter.default and not isinstance(value, tuple)
        for container in mutable_containers_of(value):
            if id(container) in seen or is_default:
                where = f"the default of {parameter.name!r}" if is_default else "in two places of the arguments"
                raise AliasNotProvable(
                    f"{function.__name__!r} changes its arguments, and one {type(container).__name__} is {where}",
                    place=place_of(function),
                    why="the change would be seen in another place, or at the next call",
                    fix="pass a copy, or write the function so that it returns new values",
                )
            seen.add(id(container))


def _refuse_shared_arrays(
    function: Callable[..., Any], values: Sequence[Any], written: frozenset[int]
) -> None:
    """Refuse an array that is changed and shares memory with another argument, or is a default."""
    parameters = parameters_of(function)
    arrays = [(number, leaf) for number, value in enumerate(values) for leaf in _arrays_of(value)]
    for number, changed in [each for each in arrays if each[0] in written]:
        name = parameters[number].name
        others = [parameters[n].name for n, array in arrays if array is not changed and _overlap(changed, array)]
        others += [parameters[n].name for n, array in arrays if array is changed][1:]
        if others or changed is parameters[number].default:
            where = f"{name!r} and {others[0]!r} share memory" if others else f"{name!r} is its default"
            raise AliasNotProvable(
                f"{getattr(function, '__name__', 'the function')!r} writes into its argument {name!r}, and {where}",
                place=place_of(function),
                why="the change would be seen in another place, or at the next call",
                fix="pass a copy: `x.copy()`",
            )


def _arrays_of(value: Any) -> Iterator[np.ndarray]:
    """The arrays in an argument."""
    if isinstance(value, np.ndarray):
        yield value
        return
    for item in items_of(value) or ():
        yield from _arrays_of(item)


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have an element in common."""
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=10_000)  # type: ignore[arg-type]  # the stubs know two of its values
    except np.exceptions.TooHardError:
        return True


def extent_at(values: Sequence[Any], place: Place) -> int:
    """The extent of an argument that is meant."""
    path, axis, offset = place
    extent: int = _at(values, path).shape[axis] + offset
    return extent


def _at(values: Sequence[Any], path: tuple[int, ...]) -> Any:
    value = values[path[0]]
    for number in path[1:]:
        value = (items_of(value) or ())[number]
    return value


def _mismatch(function: Callable[..., Any], values: Sequence[Any]) -> None:
    parameters = parameters_of(function)
    args, named = arranged([p.kind for p in parameters], [p.name for p in parameters], values)
    function(*args, **named)
    raise ShapeAssumption(
        f"the shapes of the arguments of {getattr(function, '__name__', 'the function')} do not fit",
        why="extents that its operations take to be equal differ",
        fix="check the shapes of the arguments",
    )
