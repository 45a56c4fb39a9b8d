"""Parts of arrays in structures: alone, where the integers in the index cross, and among several arrays.

    v = u[1:] | v = u[2:]          ->   v is the part u[n:], and n a value
    v = u[:-1] | v = w[k:]         ->   v is one of u[:-1] and w[n:]: its number, and n beside it
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from adjoint.frontend.storage import chosen, memory
from adjoint.frontend.values.forms import Again, Leaf, Node, Same, Structure
from adjoint.frontend.values.objects import Cell, Mem
from adjoint.ir.core import Region, Value
from adjoint.ir.types import INT, Type, join

if TYPE_CHECKING:
    from adjoint.frontend.context import Context


def joined(a: Structure, b: Structure) -> Structure | None:
    """What two parts of one array both are: integers that differ are known at run time. None for unlike ones."""
    if a == b:
        return a
    if not isinstance(a, Node) or not isinstance(b, Node) or a.kind != b.kind or a.kind not in ("part", "piece"):
        return None
    (opcode, attrs, known, frozen), (other, other_attrs, others, is_frozen) = a.meta, b.meta
    base = joined(a.children[0], b.children[0])
    if base is None or (opcode, attrs, frozen) != (other, other_attrs, is_frozen):
        return None
    fixed = tuple(x if x == y else None for x, y in zip(known, others, strict=True))
    types = (join(*each) for each, known in zip(zip(_types(a), _types(b)), fixed) if known is None)
    leaves = (Leaf(t) if a.kind == "part" else Same(t) for t in types)
    return Node(a.kind, (opcode, attrs, fixed, frozen), (base, *leaves))


def _types(part: Node) -> Iterator[Type]:
    """The types of all integers in the index of a part."""
    rest = iter(part.children[1:])
    for known in part.meta[2]:
        yield _type(next(rest)) if known is None else INT


def _type(form: Structure) -> Type:
    """The type of an integer that is known at run time: of a leaf, or of what stands beside the number."""
    assert not isinstance(form, Again | Node)
    return form.type if isinstance(form, Leaf) else form.object


# -- among several


def items_in(form: Structure) -> list[Structure]:
    """The arrays and parts that one of several, or a part of it, may be. Integers stand beside the number."""
    if not isinstance(form, Node) or form.kind not in ("one", "part"):
        return [form]
    if form.kind == "one":
        return list(items_of(form))
    bases, types = items_in(form.children[0]), [Same(_type(leaf)) for leaf in form.children[1:]]
    return [Node("piece", form.meta, (base, *types)) for base in bases] if all(map(is_known, bases)) else []


def is_few(one: Node) -> bool:
    """Whether the arrays that it may be are few enough to be told apart by tests."""
    return len(items_of(one)) <= chosen.MAX


def one_of(items: Sequence[Structure], own: Sequence[Structure]) -> Node:
    """The structure of one of several arrays and parts, and of a new array among them."""
    known = [item for item in items if not is_piece(item)]
    parts: list[Structure] = []
    for item in items:
        if is_piece(item):
            _add(parts, item)
    types = [list(_open_types(each)) for each in parts]
    beside = [functools.reduce(join, filter(None, each)) for each in itertools.zip_longest(*types)]
    return Node("one", len(beside), (Leaf(INT), *map(Leaf, beside), *known, *parts, *own))


def _add(parts: list[Structure], item: Structure) -> None:
    for number, each in enumerate(parts):
        both = joined(each, item)
        if both is not None:
            parts[number] = both
            return
    parts.append(item)


def items_of(one: Node) -> Sequence[Structure]:
    """What the structure of one of several arrays says that it may be."""
    return one.children[1 + one.meta :]


def is_part(ctx: Context, cell: Cell, known: Sequence[Cell]) -> bool:
    """Whether it is one of the known arrays, or a part of one."""
    if cell in known or cell.base is None or cell.view is None or not memory.is_view(ctx, cell):
        return cell in known
    return is_part(ctx, cell.base, known)


def is_piece(form: Structure) -> bool:
    """Whether it is the structure of a part among several arrays."""
    return isinstance(form, Node) and form.kind == "piece"


def is_known(form: Structure) -> bool:
    """Whether an array among several is known on both sides, or is a part of such an array."""
    return isinstance(form, Same) or (isinstance(form, Node) and form.kind in ("argument", "piece"))


def _open_types(form: Structure) -> Iterator[Type]:
    """The types of the integers of a part that are known at run time."""
    if isinstance(form, Node) and form.kind == "piece":
        yield from _open_types(form.children[0])
        yield from map(_type, form.children[1:])


def type_of(ctx: Context, form: Structure) -> Type | None:
    """The type of the array, or the part of an array, that a structure stands for."""
    with ctx.inside(Region()):
        cell = made(ctx, form, map(Value, _open_types(form)))
        held = ctx.contents(cell)
    return held.value.type if isinstance(held, Mem) else None


def made(ctx: Context, form: Structure, operands: Iterator[Value]) -> Cell:
    """The array that a structure stands for, or a part of it with the next integers."""
    if isinstance(form, Node) and form.kind == "piece":
        base, cell = made(ctx, form.children[0], operands), Cell()
        memory.make_view(ctx, cell, form.meta, base, [next(operands) for known in form.meta[2] if known is None])
        return cell
    found = cell_of(ctx, form)
    assert found is not None
    return found


def cell_of(ctx: Context, form: Structure) -> Cell | None:
    """The array that a structure stands for, if it is not new."""
    if isinstance(form, Same) and isinstance(form.object, Cell):
        return form.object
    return ctx.parameters[form.meta] if isinstance(form, Node) and form.kind == "argument" else None


# -- giving


def given(ctx: Context, cell: Cell, wanted: Node) -> Iterator[Value]:
    """The number of an array among those that are wanted, and the integers of its index."""
    items = [each for each in items_of(wanted) if is_known(each)]
    yield chosen.place_among(ctx, None, cell, lambda each: _number(ctx, each, items), len(items))
    for place in range(wanted.meta):
        value = _beside(ctx, cell, items, place)
        yield ctx.const(0) if value is None else value


def _beside(ctx: Context, cell: Cell, items: Sequence[Structure], place: int) -> Value | None:
    """One of the integers beside the number of an array; None where that has fewer."""
    number = _number(ctx, cell, items)
    if number is not None:
        return next(itertools.islice(_open(cell, items[number]), place, None), None)
    one, own = chosen.told_apart(ctx, cell)
    found = [_beside(ctx, each, items, place) for each in own] if one is not None else []
    values = list(dict.fromkeys(value for value in found if value is not None))
    if one is None or len(values) < 2:
        return values[0] if values else None
    return chosen.value_at(ctx, one, [values[0] if value is None else value for value in found])


def _number(ctx: Context, cell: Cell, items: Sequence[Structure]) -> int | None:
    return next((number for number, item in enumerate(items) if _is_it(ctx, cell, item)), None)


def _is_it(ctx: Context, cell: Cell, form: Structure) -> bool:
    """Whether an array is that which a structure stands for, or such a part of it."""
    if not isinstance(form, Node) or form.kind != "piece":
        return cell_of(ctx, form) is cell
    if cell.base is None or cell.view is None or not memory.is_view(ctx, cell):
        return False
    (opcode, attrs, known, frozen), _ = memory.recipe(ctx, cell)
    wanted = form.meta
    if (opcode, attrs, frozen) != (wanted[0], wanted[1], wanted[3]) or not _is_it(ctx, cell.base, form.children[0]):
        return False
    return all(each is None or each == own for own, each in zip(known, wanted[2], strict=True))


def _open(cell: Cell, form: Structure) -> Iterator[Value]:
    """The integers in the index of a part that its structure leaves open."""
    if isinstance(form, Node) and form.kind == "piece" and cell.base is not None:
        yield from _open(cell.base, form.children[0])
        yield from (value for value, known in zip(cell.view.operands, form.meta[2]) if known is None)
