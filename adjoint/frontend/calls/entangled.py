"""Arguments of a call that may be one thing: what the callee changes in one of them and reads in another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from adjoint.errors import AliasNotProvable
from adjoint.frontend.context import Context, Return
from adjoint.frontend.storage import memory, slots
from adjoint.frontend.values.objects import Cell, Contents, Items, Mem, Run, object_of
from adjoint.ir.core import Region, Value, walk

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry

Slots = frozenset[int] | None
"""Which slots of an argument, an array having none; all of it where it is None."""
_NONE: frozenset[int] = frozenset()


def note_uses(
    ctx: Context, entry: Entry, body: Region, before: Mapping[Cell, Contents], returns: Sequence[Return]
) -> None:
    """Remember which slots of its arguments a function reads and binds, and in which lists items keep their places."""
    entry.standing = {}
    used = {operand for op in walk(body) if op.opcode != "getitem" for operand in op.operands}
    for number, cell in enumerate(ctx.parameters):
        held = before.get(cell)
        entry.reads[number] = _read(held, used)
        if number in entry.changed:
            entry.binds[number] = _bound(held, [leaving.heap.get(cell) for leaving in returns])
            kept = _standing(cell, returns, before)
            entry.standing |= {number: all(kept)} if kept else {}


def _standing(cell: Cell, returns: Sequence[Return], before: Mapping[Cell, Contents]) -> list[bool]:
    """Of each return, whether items of a list hold the arrays that they held; none where they may have moved."""
    held, after = before.get(cell), [each.heap.get(cell) for each in returns]
    if not isinstance(held, Run):
        return []
    stand = [each for each in after if isinstance(each, Run) and each.standing == held.standing]
    return [each.bindings == held.bindings for each in stand] if len(stand) == len(after) else []


def _read(held: Contents | None, used: set[Value]) -> Slots:
    if isinstance(held, Mem | Run):
        return None if _is_used(held.value, used) else _NONE
    if not isinstance(held, Items) or (held.whole is not None and _is_used(held.whole, used)):
        return None
    return frozenset(n for n, slot in enumerate(held.slots) if not isinstance(slot, Value) or slot in used)


def _is_used(value: Value, used: set[Value]) -> bool:
    """Whether a value, or what it is a part of, is used."""
    while value not in used and value.op is not None and value.op.opcode == "getitem":
        value = value.op.operands[0]
    return value in used


def _bound(held: Contents | None, after: Sequence[Contents | None]) -> Slots:
    if not isinstance(held, Items):
        return None
    found: set[int] = set()
    for each in after:
        if not isinstance(each, Items) or each.layout != held.layout:
            return None
        found |= {n for n, pair in enumerate(zip(held.slots, each.slots)) if pair[0] is not pair[1]}
    return frozenset(found)


def refuse_entangled(
    ctx: Context, node: Any, text: str, cells: Sequence[Cell], entry: Entry, by_place: frozenset[Cell]
) -> None:
    """Refuse a call that writes into an array of which another argument is a part that cannot be told apart.

    What passes as a list and a place is told apart by the place.
    """
    known = {cell: memory.roots(cell) for cell in cells}
    for number, cell in enumerate(cells):
        if cell in by_place:
            continue
        is_changed = number in entry.changed
        if is_changed and _is_among_read(ctx, entry, known, number, cells):
            raise ctx.refuse(
                node,
                f"`{text}` writes into {memory.called(ctx, [cell])} and is given an item that was read from a list",
                why="the two may be one, and which it is is not known",
                fix="pass a copy of one of them",
                kind=AliasNotProvable,
            )
        if memory.is_view(ctx, cell) and not is_changed and len(known[cell]) == 1:
            continue
        others = {n: each for n, each in enumerate(cells) if each is not cell and known[each] & known[cell]}
        others = {n: each for n, each in others.items() if each not in by_place}
        others = {n: each for n, each in others.items() if not slots.are_apart(each, cell) and _meet(entry, number, n)}
        if cell.base is not None and others and (is_changed or entry.changed.keys() & others.keys()):
            other = next(iter(others.values()))
            raise ctx.refuse(
                node,
                f"`{text}` writes into {memory.called(ctx, [cell])} and is given {memory.called(ctx, [other])}",
                why="the two share memory, and which part of it is not known",
                fix="pass a copy of one of them",
                kind=AliasNotProvable,
            )


def _is_among_read(
    ctx: Context, entry: Entry, known: Mapping[Cell, frozenset[Cell]], number: int, cells: Sequence[Cell]
) -> bool:
    """Whether a function changes an argument and reads another one that may be that, read from a list."""
    changed = known[cells[number]]
    for n, each in enumerate(cells):
        among = frozenset[Cell]().union(*(ctx.read_from.get(root, frozenset()) for root in known[each]))
        if n != number and changed & among and entry.reads.get(n) != _NONE:
            return True
    return False


def _meet(entry: Entry, one: int, other: int) -> bool:
    """Whether what a function does to an argument would be seen in another one that is the same."""
    if entry.in_progress:
        return True
    (binds, reads), (other_binds, other_reads) = _uses(entry, one), _uses(entry, other)
    return _both(binds, other_reads) or _both(reads, other_binds) or _both(binds, other_binds)


def _uses(entry: Entry, number: int) -> tuple[Slots, Slots]:
    return entry.binds.get(number) if number in entry.changed else _NONE, entry.reads.get(number)


def _both(one: Slots, other: Slots) -> bool:
    if one is None or other is None:
        return one != _NONE and other != _NONE
    return bool(one & other)


def refuse_shared(
    ctx: Context, node: Any, text: str, given: Sequence[Value], names: Sequence[str], written: frozenset[int]
) -> None:
    """Refuse the call of a derivative whose function writes into an argument that is known elsewhere as well.

    The derivative works with arrays of its own, as many as it has arguments.
    """
    arrays = [list(_arrays_in(ctx, memory.keep(ctx, each), ())) for each in given]
    for number in sorted(number for number in written if number < len(given)):
        name, own = names[number], arrays[number]
        rest = [(other, each) for other, held in zip(names, arrays) if held is not own for each in held]
        seen = [f"and {name!r} and {other!r} share memory" for other, each in rest if any(each & one for one in own)]
        if any(one & each for n, one in enumerate(own) for each in own[:n]):
            seen.append("of which two parts share memory")
        if any(_is_global(ctx.heap.get(root)) for one in own for root in one):
            seen.append("which is a global")
        if seen:
            raise ctx.refuse(
                node,
                f"the function of `{text}` writes into its argument {name!r}, {seen[0]}",
                why="the change would be seen in another place",
                fix="pass a copy: `x.copy()`",
                kind=AliasNotProvable,
            )


def _arrays_in(ctx: Context, held: Any, above: tuple[Cell, ...]) -> Iterator[frozenset[Cell]]:
    """Of each array in an argument, as often as it is there, the memory that it lies in."""
    thing = object_of(held)
    if isinstance(thing, Cell) and thing not in above:
        contents = ctx.heap.get(thing)
        if isinstance(contents, Items):
            for slot in contents.slots:
                yield from _arrays_in(ctx, slot, (*above, thing))
        else:
            yield frozenset(memory.roots(thing))
    elif isinstance(held, Value) and held.op is not None and held.op.opcode == "tuple":
        for part in held.op.operands:
            yield from _arrays_in(ctx, part, above)


def _is_global(held: Contents | None) -> bool:
    return isinstance(held, Mem) and held.value.op is not None and held.value.op.opcode == "global"
