"""Arrays that a loop could only read because they may have had two names: behind the loop one of the names may be dead.

    for k in range(n):
        x = step(x)
        if np.sum(x * x) < np.sum(best * best):
            best = x                                  one array, on this path
    best[0] = 0.0                                     nobody reads x any more: the array is like a new one

What the variable may be is followed through the loop: arrays that its arithmetic has made, and the one from before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adjoint.frontend.context import Context
from adjoint.frontend.control.carries import Carried
from adjoint.frontend.storage import sharing
from adjoint.frontend.storage.memory import roots
from adjoint.frontend.values.objects import Cell, Mem, handle, object_of
from adjoint.frontend.values.state_keys import Key, held_in, is_sole, put, seen_outside
from adjoint.ir.core import Op, Region, Value, carried_args, inits_of, region_leaves, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.types import Scalar, rank_of

Cells = Mapping[Key, Cell]
Joins = Mapping[Value, Sequence[Value]]


def arrays_under(ctx: Context, keys: Iterable[Key]) -> dict[Key, Cell]:
    """The arrays that variables hold."""
    held = {key: object_of(held_in(ctx, key)) for key in keys if isinstance(key, str)}
    return {key: cell for key, cell in held.items() if isinstance(cell, Cell) and isinstance(ctx.heap.get(cell), Mem)}


def free_arrays(ctx: Context, keys: Iterable[Key]) -> dict[Key, Cell]:
    """Those that may be written."""
    return {key: cell for key, cell in arrays_under(ctx, keys).items() if cell.frozen is None}


def let_go(ctx: Context, node: Any, carried: Carried, before: Cells, result: Value) -> None:
    """Let arrays of a loop change behind it, if only one name of theirs is read there.

    `before`: the arrays that could be written in front of it, by the same names.
    """
    op = result.op
    assert op is not None
    live = {name for name in carried.keys if name not in ctx.liveness.order or name in ctx.liveness.after(node)}
    known = arrays_under(ctx, live)
    found = {key: cell for key, cell in known.items() if cell.frozen is not None}
    if not found or ctx.finals or ctx.specializations.chooses or not _are_plain(ctx, carried):
        return
    joins = _joins(op)
    made = {key: _made(ctx, _value(ctx, cell), joins) for key, cell in known.items()}
    for key, cell in found.items():
        mine = made[key]
        others = [each for other, each in made.items() if other != key]
        if mine is None or any(each is None or each & mine for each in others):
            continue
        env = {name: held for name, held in ctx.env.items() if name in live or name not in carried.keys}
        if _are_own(ctx, key, mine, list(before.values()), env, op):
            ctx.heap[new := Cell(str(key), is_ordered=cell.is_ordered)] = Mem(_value(ctx, cell))
            ctx.places[_value(ctx, cell)] = new
            put(ctx, key, handle(new))


def _value(ctx: Context, cell: Cell) -> Value:
    held = ctx.heap[cell]
    assert isinstance(held, Mem)
    return held.value


def _are_plain(ctx: Context, carried: Carried) -> bool:
    """Whether a loop carries numbers and arrays only, under names of the function."""
    arrays = arrays_under(ctx, carried.keys)
    rest = [key for key in carried.keys if key not in arrays]
    return all(isinstance(key, str) and _is_number(held_in(ctx, key)) for key in rest)


def _is_number(held: Any) -> bool:
    return isinstance(held, Value) and object_of(held) is None and isinstance(held.type, Scalar)


def _joins(op: Op) -> Joins:
    """What may become each argument and result of a loop, and of the loops and branches inside it."""
    found: dict[Value, list[Value]] = {}
    for each in walk(Region([], [op])):
        if each.opcode not in ("for", "while", "if"):
            continue
        leaves = [leaf for region in each.regions for leaf in region_leaves(region)]
        ends = [leaf for leaf in leaves if len(leaf.operands) == len(each.results)]
        inits = inits_of(each) if each.opcode != "if" else []
        for index, result in enumerate(each.results):
            given = [*inits[index : index + 1], *(leaf.operands[index] for leaf in ends)]
            args = [carried_args(region, each)[index] for region in each.regions] if inits else []
            found |= dict.fromkeys([result, *args], given)
    return found


def _made(ctx: Context, value: Value, joins: Joins) -> set[Value] | None:
    """The arrays that a value may be; None where one of them may lie in another one."""
    found, pending, seen = set[Value](), [value], set[Value]()
    while pending:
        each = pending.pop()
        if each in seen:
            continue
        seen.add(each)
        if each in joins:
            pending += joins[each]
        elif each.op is not None and each.op.opcode in ("index_set", "index_add"):
            pending.append(each.op.operands[0])
        elif (cell := ctx.places.get(each)) is not None and cell.base is None:
            found.add(each)
        else:
            return None
    return found


def _are_own(
    ctx: Context, key: Key, made: set[Value], before: Sequence[Cell], env: Mapping[str, Any], op: Op
) -> bool:
    """Whether arrays are made by arithmetic in the loop, or were carried into it and nobody else leads to them."""
    inside = {result for each in walk(Region([], [op])) for result in each.results}
    for value in made:
        if value in inside:
            assert value.op is not None
            if not (value.op.opcode in TABLE and TABLE[value.op.opcode].elementwise and rank_of(value.type)):
                return False
            continue
        cell = ctx.places.get(value)
        if cell is None or cell not in before or not is_sole(key, env, ctx.heap, cell, seen_outside(ctx)):
            return False
        if _has_parts(ctx, env, cell):
            return False
    return True


def _has_parts(ctx: Context, env: Mapping[str, Any], cell: Cell) -> bool:
    """Whether a variable leads to a part of an array."""
    led_to = (each for held in env.values() for each in sharing.cells_in(ctx.heap, held))
    return any(cell in roots(each) for each in led_to if each is not cell)
