"""Comprehensions and generator expressions: loops that build a list, a dict or a number.

Their variables are their own: while the loop is lowered they stand under keys that no variable of the function has. A
variable that a function made inside takes along is shared with it, as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gast

from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context, expression
from adjoint.frontend.control.ends import End, MergeEnd, branch
from adjoint.frontend.control.meetings import merge
from adjoint.frontend.control.sequences import check_watched, once, sequence_of, use_up
from adjoint.frontend.control.walking import known_items
from adjoint.frontend.syntax.jumps import SCOPES, target_names, walrus_names
from adjoint.frontend.syntax.scoping import free_names
from adjoint.frontend.values.objects import BOX, LIST, Cell, Items, Run
from adjoint.frontend.values.sequence_kinds import Made, Sequenced
from adjoint.ir.core import Value
from adjoint.ir.types import Layout

Body = Callable[[Context], None]


@expression(gast.ListComp)
def lower_list_comprehension(ctx: Context, node: Any) -> Value:
    source = ctx.expression(node.generators[0].iter) if _takes_items(node) else None
    return list_from(ctx, node, node.generators, lambda inner: inner.expression(node.elt), source)


def _takes_items(node: Any) -> bool:
    """Whether it takes items of one list as they are, each of them once at most: `[p for p in ps if p.alive]`."""
    (first, *rest), item = node.generators, node.elt
    if any(isinstance(each, gast.NamedExpr) for each in gast.walk(node)):
        return False
    are_names = isinstance(item, gast.Name) and isinstance(first.target, gast.Name)
    return not rest and are_names and item.id == first.target.id


def list_from(
    ctx: Context,
    node: Any,
    generators: Sequence[Any],
    element: Callable[[Context], Value],
    source: Value | None = None,
) -> Value:
    """The list of an element for each pass of the generators; of items of `source`, where that is given."""
    made = ctx.new_cell(Items(LIST, ()))
    cell, listed = containers.cell_of(made), None if source is None else containers.cell_of(source)
    assert cell is not None
    if listed is not None and not isinstance(ctx.seen(node, listed), Run):
        listed = None

    def add(inner: Context) -> None:
        append(inner, node, made, element(inner))

    with ctx.taking(cell, listed):
        walk(ctx, node, generators, add, source)
    return made


def append(ctx: Context, node: Any, target: Value, value: Value) -> None:
    """`target.append(value)` of a list."""
    cell = containers.cell_of(target)
    assert cell is not None
    held = ctx.seen(node, cell)
    if isinstance(held, Items):
        ctx.change(node, cell, Items(LIST, (*held.slots, value)))
        return
    written = ctx.written(node, value)
    new = ctx.emit(node, "list_append", held.value, written)
    ctx.moved_into(cell, value)
    ctx.change(node, cell, held.longer(new))


@expression(gast.DictComp)
def lower_dict_comprehension(ctx: Context, node: Any) -> Value:
    made = ctx.new_cell(Items(Layout("dict"), ()))

    def add(inner: Context) -> None:
        key = inner.expression(node.key)
        value = inner.expression(node.value)
        containers.store_at(inner, node, made, key, value)

    walk(ctx, node, node.generators, add)
    return made


@expression(gast.SetComp)
def lower_set_comprehension(ctx: Context, node: Any) -> Value:
    made = ctx.new_cell(Items(LIST, ()))
    source = _written_out(ctx, node, ctx.expression(node.generators[0].iter))
    walk(ctx, node, node.generators, lambda inner: append(inner, node, made, inner.expression(node.elt)), source)
    parts = containers.items(ctx, node, made)
    if parts is None or not all(map(ctx.is_static, parts)):
        raise ctx.refuse(
            node,
            "a set of values that are not known before the run",
            why="which of them are equal decides how many there are",
            fix="use a list comprehension",
        )
    return ctx.const(frozenset(map(ctx.static, parts)))


def _written_out(ctx: Context, node: Any, value: Value) -> Value:
    """What a loop over known items is written out for: a tuple of them."""
    sequence = sequence_of(ctx, node, value)
    items = known_items(ctx, node, sequence)
    return value if items is None or len(items) > _MAX_ITEMS else ctx.pack(items)


_MAX_ITEMS = 64


@expression(gast.GeneratorExp)
def lower_generator(ctx: Context, node: Any) -> Value:
    """Nothing but what it runs over is computed before it is consumed."""

    source = ctx.expression(node.generators[0].iter)

    def make(inner: Context) -> Value:
        made = inner.new_cell(Items(LIST, ()))
        walk(inner, node, node.generators, lambda each: append(each, node, made, each.expression(node.elt)), source)
        return made

    names, sizes = _read_later(node)
    made = Made(make, names, sizes, given=(source,), is_place=_is_place(node))
    return once(ctx, Sequenced(made), "generator", node, source)


_SIZES = ("shape", "size", "ndim", "dtype")


def _read_later(node: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The variables that a generator reads while it is walked, other than its own; those with nothing but a size."""
    own = {name for each in node.generators for name in target_names(each.target)}
    first, *rest = node.generators
    parts = [node.elt, *first.ifs, *rest]
    nodes = [each for part in parts for each in gast.walk(part)]
    sized = {id(each.value) for each in nodes if isinstance(each, gast.Attribute) and each.attr in _SIZES}
    sized |= {id(each.args[0]) for each in nodes if _is_length(each)}
    names = [each for each in nodes if isinstance(each, gast.Name) and each.id not in own]
    read = {each.id for each in names if id(each) not in sized}
    found = tuple(dict.fromkeys(each.id for each in names))
    return found, tuple(name for name in found if name not in read)


def _is_length(node: Any) -> bool:
    """Whether it is `len(x)`."""
    return isinstance(node, gast.Call) and getattr(node.func, "id", None) == "len" and len(node.args) == 1


def _is_place(node: Any) -> bool:
    """Whether the items of a generator are read as they are, without a test."""
    place = node.elt
    while isinstance(place, gast.Attribute | gast.Subscript):
        place = place.value
    return isinstance(place, gast.Name) and not any(each.ifs for each in node.generators)


# -- walking


def walk(ctx: Context, node: Any, generators: Sequence[Any], body: Body, source: Value | None = None) -> None:
    """Run the body for each pass of nested generators. `source` is what the first one runs over, if it is known."""
    if not generators:
        body(ctx)
        return
    first, *rest = generators
    walked = ctx.expression(first.iter) if source is None else source
    sequence = sequence_of(ctx, first.iter, walked)
    with _own_variables(ctx, first, node):
        each_item(ctx, node, first.target, sequence, lambda inner: _tested(inner, node, first.ifs, rest, body))
    last = ctx.builder.region.ops[-1] if ctx.builder.region.ops else None
    if last is not None and last.opcode == "for":
        last.attrs["_comprehension"] = True
    check_watched(ctx, first.iter, sequence, is_over=True)
    use_up(ctx, walked)


def _tested(ctx: Context, node: Any, tests: Sequence[Any], rest: Sequence[Any], body: Body) -> None:
    """The body, if all the tests hold."""
    from adjoint.frontend.expressions import tested

    if not tests:
        walk(ctx, node, rest, body)
        return
    first, *others = tests
    condition = tested(ctx, first)
    if ctx.is_static(condition):
        if ctx.static(condition):
            _tested(ctx, node, others, rest, body)
        return
    names = [name for part in (node, first) for name in walrus_names(gast.Expr(part))]

    def fill(end: End) -> None:
        _tested(ctx, node, others, rest, body)
        end.fall(ctx)

    sides = [
        branch(ctx, fill, MergeEnd(), condition, True),
        branch(ctx, lambda end: end.fall(ctx), MergeEnd(), condition, False),
    ]
    merge(ctx, condition, sides, list(dict.fromkeys(names)))


def each_item(ctx: Context, node: Any, target: Any, sequence: Sequenced, body: Body) -> None:
    """Run the body for each item, with the target bound to it: written out, or as a loop."""
    from adjoint.frontend.control import loops

    loop = gast.copy_location(gast.For(target, node, [gast.copy_location(gast.Pass(), node)], [], None), node)

    def written_out(items: Sequence[Any]) -> None:
        for item in items:
            loops.bind_item(ctx, target, item)
            body(ctx)

    def lower_pass(inner: Context, statements: Sequence[Any], end: End) -> None:
        body(inner)
        end.fall(inner)

    names = sorted(set(walrus_names(gast.Expr(node))))
    loops.over(ctx, loop, sequence, lower_pass, written_out, names)


@contextmanager
def _own_variables(ctx: Context, generator: Any, node: Any) -> Iterator[None]:
    """The targets of a generator under keys of their own."""
    names = list(target_names(generator.target))
    outer = dict(ctx.renamed)
    taken = {name for part in gast.walk(node) if isinstance(part, SCOPES) for name in free_names(part)}
    for name in names:
        key = f"{name}={len(ctx.renamed)}"
        ctx.renamed[name] = key
        if name in taken:
            ctx.boxes[key] = box = Cell(name)
            ctx.heap[box] = Items(BOX, (ctx.undef(),))
    yield
    for name in names:
        ctx.env.pop(ctx.renamed[name], None)
    ctx.renamed = outer


__all__ = ["append", "each_item", "list_from", "sequence_of", "walk"]
