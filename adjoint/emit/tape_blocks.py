"""What a time loop saves of arrays that change in place goes into one array with a place for each pass.

    before:  %t = tape;        for 0 %n 1 (%i) { %c = copy %u;  push %t %c }     ...  while nonempty %t { %v = pop %t }
    after:   %t = tape %n %m;  for 0 %n 1 (%i) { %c = copy %u;  push %t %c %i }  ...  for reversed { %v = pop %t %i }

    u_tape = np.empty((n, len(u)))
    for i in range(n):
        u_tape[i] = u

Only at emission. One large piece of memory costs far less than many of middle size, which the system clears page by
page, and is given back as soon as they are free: so the arrays of one loop are in one piece, too, also where some of
what is saved is shorter by an element or two.

    u_tape, flux_tape = np.empty((2, n, len(u)))
    for i in range(n):
        u_tape[i] = u
        flux_tape[i, 1:] = flux

Loops that make their arrays anew keep those themselves, on a stack.
"""

from __future__ import annotations

import itertools
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import final

from adjoint.emit.array_tapes import Paths, count, filled_by, is_counted, is_undone
from adjoint.emit.memory import is_write
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, const_of, is_const, walk
from adjoint.ir.cuts import Cut, find_cut, read_cut
from adjoint.ir.types import Array, List, Type, are_alike, rank_of
from adjoint.ir.undefined import maybe_none

_LATEST_START = 2
"""Up to which first index of a range the places in front of it may be left empty."""
_MOST_EMPTY = 4
"""How many elements along an axis may stay empty, so that arrays are of one shape."""


@final
@dataclass(slots=True)
class _Candidate:
    """A stack of arrays of one shape, the loops that fill and empty it, and an array that has the shape."""

    tape: Op
    push: Op
    pop: Op
    forward: Op
    reverse: Op
    shape: Cut


def use_blocks(function: Function) -> None:
    """Give stacks of arrays their extents, and what fills and empties them its indices, in place."""
    tapes = [op for op in function.body.ops if op.opcode == "tape" and rank_of(op.attrs["item"])]
    if not tapes:
        return
    paths = Paths(function)
    order = {op: number for number, op in enumerate(walk(function.body))}
    undefined = maybe_none(function.body)
    found = [each for tape in tapes for each in _candidates(tape, paths, undefined)]
    by_loop: dict[Op, list[_Candidate]] = {}
    for each in sorted(found, key=lambda each: order[each.push]):
        by_loop.setdefault(each.forward, []).append(each)
    for group in by_loop.values():
        while group:
            alike = [each for each in group if _is_near(each, group[0])]
            _change(alike, function.body)
            group = [each for each in group if each not in alike]


def _is_near(one: _Candidate, other: _Candidate) -> bool:
    """Whether what two stacks hold is of one dtype, and of one shape but for a few elements."""
    (array, less), (another, fewer) = one.shape, other.shape
    if not are_alike(array.type, another.type):
        return False
    return all(a == b or max(a, b) <= _MOST_EMPTY for a, b in itertools.zip_longest(less, fewer, fillvalue=0))


def _candidates(tape: Op, paths: Paths, undefined: Container[Value]) -> Iterator[_Candidate]:
    by: dict[str, list[Op]] = {}
    for user, _ in paths.used.get(tape.result, ()):
        by.setdefault(user.opcode, []).append(user)
    if by.keys() - {"nonempty"} != {"push", "pop"} or len(by["push"]) > 1 or len(by["pop"]) > 1:
        return
    (push,), (pop,) = by["push"], by["pop"]
    ways = [[holder for holder, _ in paths.to(op)] for op in (push, pop)]
    if any(len(way) != 1 or way[0].opcode not in ("for", "while") for way in ways):
        return
    (forward,), (reverse,) = ways
    if not _is_time_loop(forward, paths) or not _is_undone(forward, reverse, paths):
        return
    saved = push.operands[1]
    shape = _shape_of(saved, forward, paths.function, undefined)
    if shape is not None and _source(saved) not in undefined:
        yield _Candidate(tape, push, pop, forward, reverse, shape)


def _is_time_loop(loop: Op, paths: Paths) -> bool:
    """Whether a loop counts up from a small number, and changes arrays in place."""
    if not is_counted(loop) or loop.attrs.get("reversed") or not paths.is_before(loop.operands[1], loop):
        return False
    start = loop.operands[0]
    if not is_const(start) or not 0 <= const_of(start) <= _LATEST_START:
        return False
    return any(is_write(op) and _holds_arrays(op.operands[0].type) for op in walk(loop.regions[0]))


def _holds_arrays(t: Type) -> bool:
    return isinstance(t.item if isinstance(t, List) else t, Array)


def _is_undone(forward: Op, reverse: Op, paths: Paths) -> bool:
    """Whether a loop may run backwards over the places that another fills; one that reads no index runs either way."""
    if reverse.opcode == "while":
        return filled_by(reverse, paths) is forward
    if not paths.used.get(reverse.regions[0].args[0]):
        reverse.attrs["reversed"] = True
    return is_undone(forward, reverse, [forward], [reverse])


def _shape_of(value: Value, loop: Op, function: Function, undefined: Container[Value]) -> Cut | None:
    """An array with a name that is there before a loop, of the shape of a value, or of which a part has it."""
    body = function.body
    before = [result for op in body.ops[: body.ops.index(loop)] for result in op.results]
    there = [each for each in [*function.args, *before][::-1] if each.name is not None and each not in undefined]
    there.sort(key=lambda each: each.name != saved_from(value))
    alike = next((each for each in there if are_alike(each.type, value.type)), None)
    return find_cut(value, there) if alike is None else (alike, [])


def _source(saved: Value) -> Value:
    """What is copied for a stack that keeps it, else the value itself."""
    return saved.op.operands[0] if saved.op is not None and saved.op.opcode == "copy" else saved


def saved_from(value: Value) -> str | None:
    """The variable that is saved, or of which a part is."""
    while value.name is None and value.op is not None and value.op.opcode in ("copy", "index"):
        value = value.op.operands[0]
    return value.name


def _change(group: Sequence[_Candidate], body: Region) -> None:
    """Arrays of one shape instead of the stacks, made in front of the loop that fills them.

    The first one has the extents, the others have the first one: they are made in one piece with it.
    """
    forward = group[0].forward
    for each in group:
        if each.reverse.opcode == "while":
            count(each.reverse, forward)
        body.ops.remove(each.tape)
        body.ops.insert(body.ops.index(forward), each.tape)
    first = group[0].tape
    array, less = group[0].shape
    is_one = all(_without_zeros(each.shape[1]) == _without_zeros(less) for each in group)
    if is_one and any(less):
        array = read_cut(group[0].shape, body, first).result
    builder = Builder(Region(), line=first.line, derived=True)
    extent = builder.emit("len" if rank_of(first.attrs["item"]) == 1 else "shape", array)
    at = body.ops.index(first)
    body.ops[at:at] = builder.region.ops
    for each in group:
        each.tape.operands = [forward.operands[1], extent if each is group[0] else first.result]
        each.push.operands.append(forward.regions[0].args[0])
        each.pop.operands.append(each.reverse.regions[0].args[0])
        if not is_one:
            each.push.attrs["_less"] = each.pop.attrs["_less"] = _without_zeros(each.shape[1])


def _without_zeros(less: Sequence[int]) -> list[int]:
    """How much is left out in front, without the axes behind the last one where something is."""
    return [number for axis, number in enumerate(less) if any(less[axis:])]
