"""Loops: `for` over ranges and sequences, `while`.

What a loop carries are the names it binds that are read at its head or after it. Their types are guessed from the
initial values, joined with those at every `continue` and `break`, and the body lowered again until nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, final

import gast

from adjoint.frontend.context import Conflict, Context, symbols_of
from adjoint.frontend.ends import End, JumpEnd, LoopFrame, MergeEnd
from adjoint.frontend.expressions import truth
from adjoint.frontend.jumps import all_bound_names, breaks, continues
from adjoint.frontend.sequences import Item, Range, Sequenced, indexable, item_at, items_of, length_of, sources_of
from adjoint.frontend.statements import assign
from adjoint.ir.core import Op, Region, Value, walk
from adjoint.ir.types import INT, MANY, Array, Dim, JoinError, List, Sym, Tuple, Type, join

Body = Callable[[Context, Sequence[Any], End], None]
_MAX_ROUNDS = 40
_MAX_UNROLLED = 16


@final
@dataclass(slots=True)
class Carried:
    """The carried variables of one loop: their initial values, and the types and ownership found so far."""

    names: list[str]
    inits: list[Value]
    types: list[Type]
    owned: list[bool]
    conflicts: dict[str, Conflict] = field(default_factory=dict)

    def drop(self, conflicts: dict[str, Conflict]) -> None:
        """These variables have no type the loop could carry."""
        self.conflicts.update(conflicts)
        keep = [index for index, name in enumerate(self.names) if name not in conflicts]
        self.names = [self.names[index] for index in keep]
        self.inits = [self.inits[index] for index in keep]
        self.types = [self.types[index] for index in keep]
        self.owned = [self.owned[index] for index in keep]


@final
@dataclass(slots=True)
class Attempt:
    """One lowering of the regions of a loop, with the block arguments that stand for the carried variables."""

    frame: LoopFrame
    regions: list[Region]
    arguments: list[list[Value]]


def bind_item(ctx: Context, target: Any, item: Item) -> None:
    """Bind a loop target to one element of the sequence (several in parallel for zip and enumerate)."""
    if isinstance(item, Value):
        assign(ctx, target, item)
    elif isinstance(target, gast.Tuple | gast.List) and len(target.elts) == len(item):
        for part, each in zip(target.elts, item):
            bind_item(ctx, part, each)
    else:
        assign(ctx, target, ctx.emit(target, "tuple", *_packed(ctx, target, item)))


def _packed(ctx: Context, node: Any, items: Sequence[Item]) -> list[Value]:
    return [item if isinstance(item, Value) else ctx.emit(node, "tuple", *_packed(ctx, node, item)) for item in items]


def unrolled(ctx: Context, node: Any, sequence: Sequenced) -> list[Item] | None:
    """The items of a short tuple that is walked without `break` or `continue`: then the body is repeated."""
    items = items_of(ctx, node.iter, sequence)
    if items is None or any(breaks(node.body)) or any(continues(node.body)):
        return None
    return items if len(items) <= _MAX_UNROLLED else None


def lower_for(ctx: Context, node: Any, sequence: Sequenced, lower_body: Body) -> None:
    """Lower a `for` over a range or a sequence."""
    sequence = indexable(ctx, node.iter, sequence)
    bounds, attrs = _bounds(ctx, node, sequence)
    ctx.disown(*sources_of(sequence))
    carried = _start(ctx, node)

    def attempt() -> Attempt:
        frame = LoopFrame(list(carried.names))
        index = Value(INT, None)
        region = Region([index, *_arguments(carried)])
        with _body_of(ctx, carried, region, region.args[1:]):
            bind_item(ctx, node.target, item_at(ctx, node.iter, sequence, index))
            lower_body(ctx, node.body, JumpEnd(frame))
        arguments = [region.args[1:]]
        return Attempt(frame, [region], arguments)

    done = _until_stable(ctx, node, carried, attempt, lower_body)
    _write(ctx, node, "for", [*bounds, *carried.inits], attrs, carried, done)


def _bounds(ctx: Context, node: Any, sequence: Sequenced) -> tuple[list[Value], dict[str, Any]]:
    attrs: dict[str, Any] = {"reversed": True} if sequence.backwards else {}
    source = sequence.source
    if isinstance(source, Range) and not sequence.is_counted:
        return [source.start, source.stop, source.step], attrs
    attrs["_iter"] = True
    return [ctx.const(0), length_of(ctx, node.iter, sequence), ctx.const(1)], attrs


def lower_while(ctx: Context, node: Any, lower_body: Body) -> bool:
    """Lower a `while`. Returns whether control can come out of it."""
    carried = _start(ctx, node)
    endless = False

    def attempt() -> Attempt:
        nonlocal endless
        frame = LoopFrame(list(carried.names))
        head, body = Region(_arguments(carried)), Region(_arguments(carried))
        with _body_of(ctx, carried, head, head.args):
            condition = truth(ctx, node.test, ctx.expression(node.test))
            endless = ctx.is_static(condition) and bool(ctx.static(condition))
            ctx.builder.terminate("yield", condition)
        with _body_of(ctx, carried, body, body.args):
            lower_body(ctx, node.body, JumpEnd(frame))
        return Attempt(frame, [head, body], [head.args, body.args])

    done = _until_stable(ctx, node, carried, attempt, lower_body)
    _write(ctx, node, "while", carried.inits, {}, carried, done)
    return not endless or any(op.opcode == "break" for op, _ in done.frame.leaves)


# -- carried variables


def _start(ctx: Context, node: Any) -> Carried:
    bound = set(all_bound_names([node]))
    names = [name for name in ctx.liveness.around(node) if name in bound]
    held = [ctx.env.get(name) for name in names]
    inits = [each if isinstance(each, Value) else ctx.undef() for each in held]
    carried = Carried(names, inits, [init.type for init in inits], _solely_owned(ctx, inits))
    carried.drop({name: each for name, each in zip(names, held) if isinstance(each, Conflict)})
    for name in bound - set(names):
        ctx.env.pop(name, None)
    return carried


def _solely_owned(ctx: Context, values: Sequence[Value]) -> list[bool]:
    return [value in ctx.owned and values.count(value) == 1 for value in values]


def _arguments(carried: Carried) -> list[Value]:
    return [Value(t, name) for t, name in zip(carried.types, carried.names)]


@contextmanager
def _body_of(ctx: Context, carried: Carried, region: Region, arguments: Sequence[Value]) -> Iterator[None]:
    """Write into a region of the loop: the carried variables are its arguments, ownership is what is known so far."""
    with ctx.inside(region):
        ctx.env.update(zip(carried.names, arguments))
        ctx.env.update(carried.conflicts)
        ctx.disown(*carried.inits)
        ctx.owned.update(value for value, owned in zip(arguments, carried.owned) if owned)
        yield


def _until_stable(
    ctx: Context, node: Any, carried: Carried, attempt: Callable[[], Attempt], lower_body: Body
) -> Attempt:
    """Lower the loop until the guessed types hold what every path gives."""
    outer_symbols = _outer_symbols(ctx)
    for _ in range(_MAX_ROUNDS):
        done = attempt()
        if node.orelse:
            _lower_orelse(ctx, node, carried, done, lower_body)
        if _settle(ctx, carried, done, outer_symbols):
            return done
    raise ctx.refuse(
        node,
        "the types of this loop's variables do not settle",
        why="a variable gets another type in every iteration",
        fix="give the loop's variables their final type before the loop",
    )


def _outer_symbols(ctx: Context) -> Callable[[], frozenset[str]]:
    values = [held for held in ctx.env.values() if isinstance(held, Value)]
    known = ctx.known_symbols | symbols_of([value.type for value in values])
    return lambda: known | {value.symbol for value in values if value.symbol is not None}


def _lower_orelse(ctx: Context, node: Any, carried: Carried, done: Attempt, lower_body: Body) -> None:
    region = Region(_arguments(carried))
    end = MergeEnd()
    with _body_of(ctx, carried, region, region.args):
        lower_body(ctx, node.orelse, end)
        if end.reached:
            ctx.env, ctx.owned = end.env, end.owned
            done.frame.jump(ctx, "yield")
    done.regions.append(region)
    done.arguments.append(region.args)


def _settle(ctx: Context, carried: Carried, done: Attempt, outer_symbols: Callable[[], frozenset[str]]) -> bool:
    """Whether the attempt is final; otherwise the guess has grown."""
    frame, conflicts = done.frame, dict(done.frame.conflicts)
    types: list[Type] = []
    owned: list[bool] = []
    for index, name in enumerate(frame.names):
        joined: Type = carried.types[index]
        for op, _owns in frame.leaves:
            operand = op.operands[index]
            try:
                joined = join(joined, operand.type)
            except JoinError:
                conflicts.setdefault(name, Conflict(joined, operand.type))
        types.append(joined if joined == carried.types[index] else _outlasting(joined, outer_symbols()))
        owned.append(carried.owned[index] and all(owns[index] for _, owns in frame.leaves))
    if conflicts:
        carried.drop(conflicts)
        return False
    unread = _unread_arguments(done)
    stable = all(
        (t == old and owns == was) or name in unread
        for name, t, old, owns, was in zip(frame.names, types, carried.types, owned, carried.owned)
    )
    carried.types, carried.owned = types, owned
    if stable:
        for arguments in done.arguments:
            for argument, t in zip(arguments, types):
                argument.type = t
    return stable


def _unread_arguments(done: Attempt) -> set[str]:
    """The carried variables whose value at the head nobody reads: their type may still change."""
    leaves = {op for op, _ in done.frame.leaves}
    read = {value for region in done.regions for op in walk(region) if op not in leaves for value in op.operands}
    unread = set(done.frame.names)
    for arguments in done.arguments:
        unread -= {name for name, argument in zip(done.frame.names, arguments) if argument in read}
    for op in leaves:  # a leaf may pass one variable on as another
        passed = zip(done.frame.names, op.operands)
        own = {name: {arguments[i] for arguments in done.arguments} for i, name in enumerate(done.frame.names)}
        for name, operand in passed:
            unread -= {other for other, values in own.items() if other != name and operand in values}
    return unread


def _outlasting(t: Type, known: frozenset[str]) -> Type:
    """The type without extents that mean something inside one iteration only."""
    if isinstance(t, Array):
        return Array(t.dtype, tuple(_outlasting_dim(dim, known) for dim in t.shape))
    if isinstance(t, Tuple):
        return Tuple(tuple(_outlasting(item, known) for item in t.items))
    if isinstance(t, List):
        return List(_outlasting(t.item, known))
    return t


def _outlasting_dim(dim: Dim, known: frozenset[str]) -> Dim:
    if not isinstance(dim, Sym) or dim.name in known:
        return dim
    return None if dim.may_be_one else MANY


def _write(
    ctx: Context,
    node: Any,
    opcode: str,
    operands: Sequence[Value],
    attrs: dict[str, Any],
    carried: Carried,
    done: Attempt,
) -> Op:
    op = ctx.builder.op(opcode, operands, carried.types, attrs, done.regions)
    ctx.disown(*carried.inits)
    for name, result, owned in zip(carried.names, op.results, carried.owned):
        result.name = name
        ctx.env[name] = result
        if owned:
            ctx.owned.add(result)
    ctx.env.update(carried.conflicts)
    return op
