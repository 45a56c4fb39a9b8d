"""Which value the reverse sweep should read in place of a part of an array.

    y[i] = t;  s = f(y[i])                  t for y[i]: it was stored there a moment ago
    a = u[:-2];  b = u[2:] - u[1:-1]        u, saved once: both are made of it at little cost
    t = np.diff(u);  s = u[1:] * t          u alone: the difference is made again of it
    for i in ...: y[i] = sin(y[i - 1])      y[i - 1] out of y as it stands behind the loop
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial

from adjoint.ir.core import Op, Value
from adjoint.ir.ops.indexing import is_view, same_place
from adjoint.ir.opset import CHEAP, TABLE
from adjoint.ir.types import Array, Sym, rank_of, shape_of

_MOST_STEPS = 6
"""How many operations a saved array may be replaced by."""
_WORK_BESIDE = 2
"""The same where what it is made of is saved anyway: views are not counted."""


def stored(value: Value) -> Value:
    """The number that was stored where a value was read; the value itself if that is not known."""
    read = value.op
    while read is not None and read.opcode == "index":
        store = read.operands[0].op
        if store is None or store.opcode != "index_set" or not is_view(read.attrs["spec"]):
            break
        if store.operands[1].type != value.type or not same_place(read, store):
            break
        value = store.operands[1]
        read = value.op
    return value


def read_back(store: Op, array: Value) -> Op:
    """A read of what was stored, from another version of the array."""
    value, *index = store.operands[1:]
    read = Op("index", [array, *index], {"spec": store.attrs["spec"]}, derived=True)
    read.results = [Value(value.type, None, read)]
    return read


def is_free_view(op: Op) -> bool:
    """Whether the operation only reads a view of an array, which costs next to nothing."""
    return op.opcode == "index" and is_view(op.attrs["spec"]) and isinstance(op.operands[0].type, Array)


def grown_from_one(values: Iterable[Value], is_visible: Callable[[Value], bool]) -> tuple[list[Value], set[Value]]:
    """Arrays of which two or more of the values are made by a few cheap operations, and all that is made on the way.

    One copy of such an array is then saved in place of all of them. What one or two operations make of arrays that
    are saved anyway is made again, too.
    """
    groups: dict[Value, dict[Value, None]] = {}
    for value in values:
        made: dict[Value, None] = {}
        roots = _roots(value, made, is_visible) if rank_of(value.type) else set()
        if len(roots) == 1 and len(made) <= _MOST_STEPS:
            (root,) = roots
            if _is_as_large(value, root):
                groups.setdefault(root, {})[value] = None
    found: dict[Value, dict[Value, None]] = {}
    for root, members in groups.items():
        if len(members) > 1:
            part = _common_part(list(members), is_visible) or root
            found[part] = {}
            for value in members:
                _roots(value, found[part], is_visible, {part})
    taken = {value for made in found.values() for value in made}
    others = [value for value in values if rank_of(value.type) and value not in taken]
    saved = {*found, *others}
    for value in others:
        taken |= _made_beside(value, saved - {value}, is_visible)
    return list(found), taken


def _made_beside(value: Value, saved: set[Value], is_visible: Callable[[Value], bool]) -> set[Value]:
    """What makes a value of arrays that are saved anyway; nothing where they are not."""
    made: dict[Value, None] = {}
    roots = _roots(value, made, is_visible, saved, has_differences=True)
    work = [each for each in made if each.op is not None and not is_free_view(each.op)]
    return set(made) if roots and roots <= saved and len(work) <= _WORK_BESIDE else set()


def _common_part(values: list[Value], is_visible: Callable[[Value], bool]) -> Value | None:
    """The slice of which all of the values are made, where there is one: the rest of the array need not be saved."""
    made: dict[Value, None] = {}
    _roots(values[0], made, is_visible)
    slices = [value for value in [values[0], *made] if value.op is not None and is_free_view(value.op)]
    for part in slices:
        if all(_roots(value, {}, is_visible, {part}) == {part} for value in values):
            return part
    return None


def _roots(
    value: Value,
    made: dict[Value, None],
    is_visible: Callable[[Value], bool],
    stop: Collection[Value] = (),
    *,
    has_differences: bool = False,
) -> set[Value]:
    """The arrays that a value is made of by views and single arithmetic operations, not looking behind `stop`."""
    op = value.op
    if value in stop:
        return {value}
    if not rank_of(value.type) or is_visible(value):
        return set()
    definition = None if op is None else TABLE.get(op.opcode)
    if op is None or definition is None or len(made) > _MOST_STEPS:
        return {value}
    roots = partial(_roots, made=made, is_visible=is_visible, stop=stop, has_differences=has_differences)
    if is_free_view(op):
        made[value] = None
        return roots(op.operands[0])
    is_arithmetic = definition.elementwise or (has_differences and op.opcode == "diff")
    if not is_arithmetic or definition.cost > CHEAP or definition.effects:
        return {value}
    made[value] = None
    return set().union(*map(roots, op.operands))


def _is_as_large(value: Value, root: Value) -> bool:
    """Whether a value has the extents of an array but for a few elements at the ends."""
    extents, whole = shape_of(value.type), shape_of(root.type)
    if len(extents) != len(whole):
        return False
    for one, other in zip(extents, whole):
        if isinstance(one, int) and isinstance(other, int):
            if 2 * one <= other:
                return False
        elif not (isinstance(one, Sym) and isinstance(other, Sym) and one.name == other.name):
            return False
    return True
