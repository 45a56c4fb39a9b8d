"""A shift or a scale that cancels carries no derivative: it is held constant.

    before:  %m = max %x;  %d = sub %x %m;  %e = exp %d;  %s = sum %e;  %l = log %s;  return add %l %m
    after:   %m = max %x;  %c = stop_gradient %m;  %d = sub %x %c;  ...;  return add %l %c

A largest or smallest element is taken off for the sake of precision: `exp(x - m) / sum(exp(x - m))` is the same for
every m. Let g be 1, or 1 / m. A value v is *shifted* by k when its derivative in m is k g, and *scaled* by k when that
is k g v: so `exp` makes a scale of a shift, a product adds scales, and what is scaled by 0 does not depend on m. The
uses of m that end in such values alone read it as a constant. That holds at every m, so for derivatives of any order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, final

from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, users, walk, walk_regions
from adjoint.ir.ops.indexing import WHOLE_AXIS
from adjoint.ir.shapes import normalize_axes
from adjoint.ir.types import Array, is_complex, is_differentiable, is_numeric, rank_of, same_dim, shape_of

_REDUCED = frozenset({"max", "min"})
_ROOTS = _REDUCED | {"max_of", "min_of", "maximum", "minimum"}
_MOST = 60
"""How many values that depend on one root are looked at."""


@final
@dataclass(frozen=True, slots=True)
class Form:
    """How a value depends on m: scaled or shifted by `degree`; `axes` are the axes of m that its own axes run along."""

    is_scale: bool
    degree: float
    axes: tuple[int | None, ...]


Forms = list[Form | None]
"""Those of the operands; None for one that does not depend on m."""
_Rule = Callable[[Op, Forms], Form | None]


def hold_cancelled(function: Function) -> None:
    """Read what cancels as a constant, in place."""
    program: _Program | None = None
    for region in list(walk_regions(function.body)):
        for roots in _candidates(region):
            program = program or _Program.of(function)
            held = _cancelled(roots, program, False) or _cancelled(roots, program, True)
            for root in roots if held else ():
                _hold(root, region, [(op, index) for op, index in held if op.operands[index] is root])


@final
@dataclass(slots=True)
class _Program:
    """Who uses a value, and where each operation stands."""

    uses: dict[Value, list[tuple[Op, int]]]
    position: dict[Op, int]

    @classmethod
    def of(cls, function: Function) -> _Program:
        return cls(users(function.body), {op: index for index, op in enumerate(walk(function.body))})


def _candidates(region: Region) -> list[list[Value]]:
    """Largest and smallest elements; those of the same array, along the same axes, together."""
    found: dict[Any, list[Value]] = {}
    for op in region.ops:
        is_real = op.opcode in _ROOTS and is_differentiable(op.result.type) and not is_complex(op.result.type)
        is_of_array = len(op.operands) == 1 and isinstance(op.operands[0].type, Array)
        if is_real and (op.opcode not in _REDUCED or is_of_array):
            found.setdefault((op.opcode, *op.operands, *_kept(op)), []).append(op.result)
    return list(found.values())


def _kept(op: Op) -> tuple[int, ...]:
    """The axes of its operand along which a root has one element each."""
    rank = rank_of((op.operands[0] if op.opcode in _REDUCED else op.result).type)
    gone = normalize_axes(op.attrs["axis"], rank) if op.opcode in _REDUCED else ()
    return tuple(axis for axis in range(rank) if axis not in gone)


def _axes(root: Value) -> tuple[int | None, ...]:
    assert root.op is not None
    kept, dims = _kept(root.op), shape_of(root.type)
    own = kept if len(kept) == len(dims) else range(len(dims))
    return tuple(axis if axis in kept and dim != 1 else None for axis, dim in zip(own, dims))


def _hold(root: Value, region: Region, held: list[tuple[Op, int]]) -> None:
    """Let the uses read a constant."""
    assert root.op is not None
    constant = Value(root.type, root.name)
    constant.op = Op("stop_gradient", [root], results=[constant], line=root.op.line)
    for op, index in held:
        op.operands[index] = constant
    region.ops.insert(region.ops.index(root.op) + 1, constant.op)


def _cancelled(roots: list[Value], program: _Program, is_scale: bool) -> list[tuple[Op, int]]:
    """The uses of the roots behind which nothing depends on them. Uses that meet stand or fall together."""
    forms = {root: Form(is_scale, 1, _axes(root)) for root in roots}
    uses = [use for root in roots for use in program.uses.get(root, ())]
    group: dict[Value, int] = {}
    leader = list(range(len(uses)))
    failed, ended = [], []
    work = {program.position[op]: op for op, _ in uses}
    while work and len(forms) < _MOST:
        op = work.pop(min(work))
        met = [i for i, (user, _) in enumerate(uses) if user is op]
        met += [group[operand] for operand in op.operands if operand in group]
        for index in met:
            leader[_leader(leader, index)] = _leader(leader, met[0])
        if _is_flat(op):
            continue
        form = _form(op, [forms.get(operand) for operand in op.operands])
        if form is None:
            failed.append(met[0])
        elif not form.degree:
            ended.append(met[0])
        else:
            forms[op.result], group[op.result] = form, met[0]
            work |= {program.position[user]: user for user, _ in program.uses.get(op.result, ())}
    good = {_leader(leader, i) for i in ended} - {_leader(leader, i) for i in failed}
    return [] if work else [use for i, use in enumerate(uses) if _leader(leader, i) in good]


def _leader(leader: list[int], index: int) -> int:
    while leader[index] != index:
        index = leader[index]
    return index


def _is_flat(op: Op) -> bool:
    """Whether what it gives has no derivative, such as a comparison."""
    return bool(op.results) and not op.regions and not any(is_differentiable(value.type) for value in op.results)


def _form(op: Op, forms: Forms) -> Form | None:
    """How the result depends on m, with degree 0 where it does not; None where in some other way."""
    rule = _RULES.get(op.opcode)
    made = rule(op, forms) if rule is not None and is_numeric(op.result.type) else None
    return made if made is not None and len(made.axes) == rank_of(op.result.type) else None


def _number(value: Value) -> float | None:
    """The number a constant is."""
    number = const_of(value) if is_const(value) else None
    return number if isinstance(number, int | float) and not isinstance(number, bool) else None


def _aligned(op: Op, forms: Forms) -> Forms:
    """The forms with an axis for each of the result, as broadcasting puts them."""
    rank = rank_of(op.result.type)
    return [form and replace(form, axes=(None,) * (rank - len(form.axes)) + form.axes) for form in forms]


def _times(form: Form | None, number: float | None) -> Form | None:
    return None if form is None or number is None else replace(form, degree=form.degree * number)


def _of_scale(number: float) -> _Rule:
    """A power: it multiplies the degree of a scale."""
    return lambda op, forms: _times(forms[0], number) if forms[0] and forms[0].is_scale else None


def _negative(op: Op, forms: Forms) -> Form | None:
    return _times(forms[0], 1 if forms[0] and forms[0].is_scale else -1)


def _power(op: Op, forms: Forms) -> Form | None:
    is_scale = forms[0] is not None and forms[0].is_scale and forms[1] is None
    return _times(_aligned(op, forms)[0], _number(op.operands[1])) if is_scale else None


def _exp(op: Op, forms: Forms) -> Form | None:
    return replace(forms[0], is_scale=True) if forms[0] and not forms[0].is_scale else None


def _log(op: Op, forms: Forms) -> Form | None:
    return replace(forms[0], is_scale=False) if forms[0] and forms[0].is_scale else None


def _sum_of_two(op: Op, forms: Forms) -> Form | None:
    left, right = _aligned(op, forms)
    sign = -1 if op.opcode == "sub" else 1
    if left is None or right is None:
        form, other = (left, op.operands[1]) if right is None else (right, op.operands[0])
        if form is not None and form.is_scale:
            return form if _number(other) == 0 else None
        return form if form is left else _times(form, sign)
    if (left.is_scale, left.axes) != (right.is_scale, right.axes):
        return None
    if left.is_scale:
        return left if left.degree == right.degree else None
    return replace(left, degree=left.degree + sign * right.degree)


def _product(op: Op, forms: Forms) -> Form | None:
    left, right = _aligned(op, forms)
    sign = -1 if op.opcode == "truediv" else 1
    if left is not None and right is not None:
        alike = left.is_scale and right.is_scale and left.axes == right.axes
        return replace(left, degree=left.degree + sign * right.degree) if alike else None
    factor, other = (left, op.operands[1]) if right is None else (right, op.operands[0])
    if factor is None or factor.is_scale:
        return _times(factor, 1 if right is None else sign)
    number = _number(other)  # of a shift
    if sign == 1 or number is None:
        return _times(factor, number)
    return _times(factor, 1 / number) if number and right is None else None


def _choice(op: Op, forms: Forms) -> Form | None:
    """One of two that depend on m alike; 0 is scaled by any degree."""
    condition, left, right = _aligned(op, forms)
    if condition is None and left is not None and left == right:
        return left
    zero = _number(op.operands[2 if right is None else 1]) == 0
    scale = left or right
    return scale if zero and condition is None and scale is not None and scale.is_scale else None


def _reduction(op: Op, forms: Forms) -> Form | None:
    """Along axes on which m is constant. The sum of what is shifted is not shifted alike."""
    form = forms[0]
    if form is None or len(op.operands) > 1 or op.attrs.get("dtype") is not None:
        return None
    gone = normalize_axes(op.attrs["axis"], len(form.axes))
    if any(form.axes[axis] is not None for axis in gone) or (op.opcode == "sum" and not form.is_scale):
        return None
    left = [None if axis in gone else own for axis, own in enumerate(form.axes)]
    return replace(form, axes=tuple(left if op.attrs["keepdims"] else [x for i, x in enumerate(left) if i not in gone]))


def _matmul(op: Op, forms: Forms) -> Form | None:
    """Of matrices and vectors, if m is constant along the axis that is summed."""
    left, right = forms
    ranks = [rank_of(operand.type) for operand in op.operands]
    form = left or right
    if not set(ranks) <= {1, 2} or (left and right) or form is None or not form.is_scale:
        return None
    if left is not None:
        own = (*left.axes[:-1], *(None,) * (ranks[1] - 1))
        return replace(left, axes=own) if left.axes[-1] is None else None
    summed = 0 if ranks[1] == 1 else -2
    own = (*(None,) * (ranks[0] - 1), *form.axes[len(form.axes) + summed + 1 if summed else 1 :])
    return replace(form, axes=own) if form.axes[summed] is None else None


def _index(op: Op, forms: Forms) -> Form | None:
    """New axes among whole ones."""
    form, spec = forms[0], op.attrs["spec"]
    if form is None or any(entry not in (WHOLE_AXIS, "new", "...") for entry in spec):
        return None
    rest = list(form.axes)
    missing = len(rest) - spec.count(WHOLE_AXIS)
    axes: list[int | None] = []
    for entry in spec if "..." in spec else (*spec, "..."):
        count = {"new": 0, "...": missing}.get(entry, 1)
        axes += [None] if entry == "new" else rest[:count]
        rest = rest[count:]
    return replace(form, axes=tuple(axes))


def _reshaped(op: Op, forms: Forms) -> Form | None:
    """Axes of extent 1 come and go."""
    form = forms[0]
    if form is None:
        return None
    before = [(axis, dim) for axis, dim in zip(form.axes, shape_of(op.operands[0].type)) if dim != 1]
    after = [dim for dim in shape_of(op.result.type) if dim != 1]
    if len(before) != len(after) or not all(same_dim(one, other) for (_, one), other in zip(before, after)):
        return None
    own = iter(axis for axis, _ in before)
    return replace(form, axes=tuple(None if dim == 1 else next(own) for dim in shape_of(op.result.type)))


def _transposed(op: Op, forms: Forms) -> Form | None:
    form, order = forms[0], op.attrs["axes"]
    if form is None:
        return None
    order = range(len(form.axes))[::-1] if order is None else order
    return replace(form, axes=tuple(form.axes[axis] for axis in order))


_RULES: dict[str, _Rule] = {
    "exp": _exp,
    "log": _log,
    "neg": _negative,
    "absolute": _of_scale(1),
    "abs": _of_scale(1),
    "sqrt": _of_scale(0.5),
    "square": _of_scale(2),
    "reciprocal": _of_scale(-1),
    "pow": _power,
    "add": _sum_of_two,
    "sub": _sum_of_two,
    "mul": _product,
    "truediv": _product,
    "where": _choice,
    "sum": _reduction,
    "mean": _reduction,
    "max": _reduction,
    "min": _reduction,
    "matmul": _matmul,
    "dot": _matmul,
    "index": _index,
    "expand_dims": _reshaped,
    "squeeze": _reshaped,
    "reshape": _reshaped,
    "transpose": _transposed,
}
