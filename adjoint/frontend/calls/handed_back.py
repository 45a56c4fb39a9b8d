"""Functions that exchange the arrays they were given, and write into them.

Which array of the caller a name means is then known at run time only. Such a function works with arrays of its own, and
with numbers that go along with them. Where it returns, it hands each back under the number that it came with:

    def march(u, v, n):                   u_place, v_place = 0, 1
        for _ in range(n):                for _ in range(n):
            v[1:] = u[:-1]        ->          v[1:] = u[:-1]
            u, v = v, u                       u, v, u_place, v_place = v, u, v_place, u_place
                                          if u_place > v_place: u, v = v, u
                                          (now u is what the first argument holds, v what the second holds)
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, final

import gast

from adjoint.errors import AliasNotProvable
from adjoint.frontend.context import Context
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.syntax.jumps import own_nodes
from adjoint.frontend.syntax.scoping import scope_of
from adjoint.frontend.values.objects import Cell, Mem, handle, object_of
from adjoint.frontend.values.structures import Again, Node, Structure
from adjoint.ir.core import Region, Value
from adjoint.ir.types import JoinError, join

_OTHER_SCOPES = (gast.With, gast.Try, gast.FunctionDef, gast.ClassDef, gast.Yield, gast.YieldFrom)


@final
@dataclass(frozen=True, slots=True)
class _Exchanged:
    """A parameter that is exchanged: its name, that of its number, and the caller's array."""

    name: str
    place: str
    given: Cell


_Pair = tuple[Value, Value]
"""The number of an array, and what it holds."""
Groups = tuple[dict[str, str], ...]
"""Parameters that are exchanged with each other, each with the name of its number."""


def exchanged(captured: Captured, forms: Sequence[Structure]) -> Groups:
    """The parameters that are exchanged and get no other value, where each is an array of its own."""
    nodes = [node for statement in captured.statements for node in own_nodes(statement)]
    swaps = [node for node in nodes if _is_swap(node)]
    names = {name.id for node in swaps for name in node.targets[0].elts}
    allowed = {id(name) for node in swaps for name in node.targets[0].elts}
    allowed |= {id(node.target) for node in nodes if isinstance(node, gast.AugAssign)}
    if any(isinstance(node, _OTHER_SCOPES) for node in nodes) or names & set(captured.scope.boxed):
        return ()
    if any(isinstance(n, gast.Name) and n.id in names and _binds(n) and id(n) not in allowed for n in nodes):
        return ()
    declared = [param.name for param in captured.params]
    own = [form for form, name in zip(forms, declared) if name in names]
    if not names <= set(declared) or not all(map(_is_own_array, own)) or any(map(_is_tangled, forms)):
        return ()
    found = _together([{name.id for name in node.targets[0].elts} for node in swaps])
    return tuple({name: _place(captured, name) for name in declared if name in group} for group in found)


def _together(swaps: Sequence[set[str]]) -> list[set[str]]:
    """What is exchanged directly or by way of others."""
    found: list[set[str]] = []
    for names in swaps:
        met = [each for each in found if each & names]
        found = [each for each in found if not each & names] + [names.union(*met)]
    return found


def _place(captured: Captured, name: str) -> str:
    place = f"{name}_place"
    while place in captured.scope.local:
        place += "_"
    return place


def _is_swap(node: Any) -> bool:
    """Whether a statement gives names the values of each other: `a, b, c = b, c, a`."""
    if not isinstance(node, gast.Assign) or len(node.targets) != 1:
        return False
    sides = (node.targets[0], node.value)
    if not all(isinstance(side, gast.Tuple) and all(isinstance(e, gast.Name) for e in side.elts) for side in sides):
        return False
    given, taken = ([each.id for each in side.elts] for side in sides)
    return sorted(given) == sorted(taken) and len(set(given)) == len(given)


def _binds(name: Any) -> bool:
    return isinstance(name.ctx, gast.Store | gast.Del)


def _is_own_array(form: Structure) -> bool:
    return isinstance(form, Node) and form.kind == "memory" and not form.meta


def _is_tangled(form: Structure) -> bool:
    """Whether there is something in it that is met in another argument as well, or a part of an array."""
    if isinstance(form, Again):
        return True
    return isinstance(form, Node) and (form.kind in ("view", "item") or any(map(_is_tangled, form.children)))


def rewritten(captured: Captured, groups: Groups) -> Captured:
    """The function with a number beside each of the arrays that it exchanges."""
    statements = copy.deepcopy(captured.statements)
    places = {name: place for group in groups for name, place in group.items()}
    for statement in statements:
        for node in own_nodes(statement):
            if _is_swap(node):
                for side in (node.targets[0], node.value):
                    side.elts += [_name(each, places[each.id], each.ctx) for each in side.elts]
    first = statements[0]
    started = []
    for number, place in enumerate(places.values()):
        value = gast.copy_location(gast.Constant(number, None), first)
        made = gast.Assign([_name(first, place, gast.Store())], value)
        started.append(gast.copy_location(made, first))
    written = [*started, *statements]
    scope = scope_of([param.name for param in captured.params], written)
    return replace(captured, statements=written, scope=scope, inner={}, copies=[])


def _name(node: Any, name: str, context: Any) -> Any:
    return gast.copy_location(gast.Name(name, context, None, None), node)


def kept_names(groups: Groups) -> list[str]:
    """What is read where the function returns."""
    return [name for group in groups for pair in group.items() for name in pair]


def begin(ctx: Context, groups: Groups) -> None:
    """The function works with arrays of its own from the start."""
    for group in groups:
        ctx.exchanged.append([_Exchanged(name, place, _owned(ctx, name)) for name, place in group.items()])


def _owned(ctx: Context, name: str) -> Cell:
    """Let a name stand for an array of its own. Gives the caller's."""
    given = object_of(ctx.env[name])
    assert isinstance(given, Cell)
    held = ctx.heap[given]
    assert isinstance(held, Mem)
    own = Cell(name, is_ordered=given.is_ordered, stems=frozenset({given}))
    ctx.heap[own], ctx.env[name] = Mem(held.value), handle(own)
    return given


def hand_back(ctx: Context, node: Any) -> None:
    """Where the function returns: each argument holds what is known under its number."""
    for group in ctx.exchanged:
        pairs = [_held(ctx, node, each) for each in group]
        for i in _comparisons(len(pairs)):
            pairs[i], pairs[i + 1] = _in_order(ctx, node, pairs[i], pairs[i + 1])
        for each, (_, value) in zip(group, pairs):
            ctx.change(node, each.given, Mem(value))


def _held(ctx: Context, node: Any, each: _Exchanged) -> _Pair:
    """The number and the array under a name now."""
    cell, number = object_of(ctx.held(each.name)), ctx.held(each.place)
    held = ctx.contents(cell) if isinstance(cell, Cell) else None
    if not isinstance(held, Mem) or not isinstance(number, Value):
        raise _unknown(ctx, node)
    return number, held.value


def check_escaped(ctx: Context) -> None:
    """An array that the caller knows by another name is not handed back. Refused where one is in a list."""
    if ctx.exchanged and any(cell.stems for cell in ctx.escaped):
        raise _unknown(ctx, ctx.captured.statements[-1])


def _comparisons(count: int) -> Iterator[int]:
    """Which neighbours to put in order, one pair after the other, so that all are."""
    for end in range(count - 1, 0, -1):
        yield from range(end)


def _in_order(ctx: Context, node: Any, first: _Pair, second: _Pair) -> tuple[_Pair, _Pair]:
    """Two arrays with their numbers, that with the smaller number first."""
    if ctx.is_static(first[0]) and ctx.is_static(second[0]):
        is_turned = ctx.static(first[0]) > ctx.static(second[0])
        return (second, first) if is_turned else (first, second)
    is_turned = ctx.emit(node, "gt", first[0], second[0])
    try:
        types = [join(a.type, b.type) for a, b in zip(first, second)]
    except JoinError:
        raise _unknown(ctx, node) from None
    regions = [Region(), Region()]
    for region, (one, other) in zip(regions, ((second, first), (first, second))):
        with ctx.inside(region):
            ctx.builder.terminate("yield", *one, *other)
    made = ctx.builder.op("if", [is_turned], [*types, *types], {}, regions).results
    for value, known in zip(made, (*first, *second)):
        value.name = known.name
    return (made[0], made[1]), (made[2], made[3])


def _unknown(ctx: Context, node: Any) -> AliasNotProvable:
    found = ctx.refuse(
        node,
        f"which of {' and '.join(repr(each.name) for group in ctx.exchanged for each in group)} is which is not known",
        why="they have been exchanged, and the caller knows them, too",
        fix="exchange copies: `u, v = u.copy(), v.copy()` first",
        kind=AliasNotProvable,
    )
    assert isinstance(found, AliasNotProvable)
    return found
