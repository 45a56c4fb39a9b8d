"""Values that may not be there: variables that a path has not bound, merged from `undef`."""

from __future__ import annotations

from collections.abc import Sequence

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, carried_args, inits_of, leaves, region_leaves, walk, walk_regions
from adjoint.ir.layouts import cotangent_layout
from adjoint.ir.types import UNDEF, List, Tuple, Type, Undef


def bind_undefined(body: Region) -> None:
    """Variables that may be unbound where they are kept are bound to None first: `y = None`."""
    targets = merged_types(body)
    for region in walk_regions(body):
        for op in list(region.ops):
            if op.opcode == "undef":
                t = targets.get(op.result, op.result.type)
                _bind(region, op, t, typed=False)


def bind_missing(body: Region) -> None:
    """Where a program has None beside a flag that says so, it stands for a value of the type declared there.

    The attr `_none` of its `undef` is the type, as far as it was known when that was written.
    """
    targets = merged_types(body)
    bound: set[Value] = set()
    for region in walk_regions(body):
        for op in list(region.ops):
            if op.opcode == "undef" and "_none" in op.attrs:
                _bind(region, op, targets.get(op.result, op.attrs["_none"]), typed=True)
                bound.add(op.result)
            elif op.opcode == "tuple" and not bound.isdisjoint(op.operands) and isinstance(op.result.type, Tuple):
                bound.add(op.result)
                op.result.type = op.result.type.of(operand.type for operand in op.operands)


def kept_on_a_path(ops: Sequence[Op]) -> set[Value]:
    """What a callee has kept and only branches and loops read: it may be None, where the other path was taken."""
    kept = {value for op in ops if op.opcode == "unpack" for value in op.results}
    return kept - {operand for op in ops for operand in op.operands}


def _bind(region: Region, op: Op, t: Type, typed: bool) -> None:
    builder = Builder(Region(), line=op.line, derived=op.derived)
    last = _nothing(builder, t, typed).op
    assert last is not None
    op.opcode, op.attrs, op.operands = last.opcode, last.attrs, last.operands
    op.result.type = last.result.type
    index = region.ops.index(op)
    region.ops[index:index] = builder.region.ops[:-1]


def _nothing(builder: Builder, t: Type, typed: bool) -> Value:
    """None, or a container of it: the items of a container are read one by one, and the length of a list."""
    if isinstance(t, List) and not typed:
        return builder.emit("list")
    if not isinstance(t, Tuple):
        return builder.const(None, t if typed else UNDEF)
    items = [_nothing(builder, item, typed) for item in t.items]
    return builder.emit("tuple", *items, layout=cotangent_layout(t.layout))


def merged_types(body: Region) -> dict[Value, Type]:
    """The types declared where values end up that are merged from several paths."""
    merged = [pair for op in walk(body) for pair in _merges(op)]
    found: dict[Value, Type] = {}
    before = -1
    while len(found) != before:
        before = len(found)
        for source, target in merged:
            if not isinstance(target.type, Undef):
                found[source] = target.type
            elif target in found:
                found[source] = found[target]
    return found


def maybe_undefined(body: Region) -> set[Value]:
    """Values that are no value at all on some path: merged from a variable not bound there, or bound to None."""
    return passed_on(body, {op.result for op in walk(body) if op.opcode in ("undef", "const") and _is_nothing(op)})


def maybe_none(body: Region) -> set[Value]:
    """Values that may be None when the program runs: those, what None stands for, and what a tape gives back."""
    return passed_on(body, {op.result for op in walk(body) if _may_be_none(op)})


def mark_missing_lists(body: Region) -> None:
    """Note where zeros are made like a list that is None in a pass: kept before it was bound. Nobody reads them."""
    zeros = [op for op in walk(body) if op.opcode == "list_of_zeros"]
    if not zeros:
        return
    pops = [op for op in walk(body) if op.opcode == "pop"]
    made = {op.result for op in walk(body) if op.opcode == "tape"}
    found = {op.result for op in walk(body) if op.opcode != "pop" and _may_be_none(op)}
    found |= {value for op in pops if op.operands[0] not in made for value in op.results}  # another function fills it
    count = -1
    while len(found) != count:
        found = passed_on(body, found)
        tapes = {op.operands[0] for op in walk(body) if op.opcode == "push" and not found.isdisjoint(op.operands[1:])}
        count = len(found)
        found |= {value for op in pops if op.operands[0] in tapes for value in op.results}
    for op in zeros:
        if op.operands[0] in found:
            op.attrs["_missing"] = True


def _may_be_none(op: Op) -> bool:
    return op.opcode in ("undef", "pop") or (op.opcode == "const" and op.attrs["value"] is None)


def passed_on(body: Region, found: set[Value]) -> set[Value]:
    """Values, and all that control flow passes on of them. Changes the set."""
    while found:
        before = len(found)
        for op in walk(body):
            for source, target in _merges(op):
                if source in found:
                    found.add(target)
        if len(found) == before:
            break
    return found


def _is_nothing(op: Op) -> bool:
    is_none = op.opcode == "const" and op.attrs["value"] is None
    return is_none or op.opcode == "undef" or isinstance(op.result.type, Undef)


def _merges(op: Op) -> list[tuple[Value, Value]]:
    """Where control flow passes a value on under another identity."""
    if op.opcode == "if":
        return [pair for leaf in leaves(op) if leaf.opcode == "yield" for pair in zip(leaf.operands, op.results)]
    if op.opcode not in ("for", "while"):
        return []
    pairs = []
    for region in op.regions:
        args = carried_args(region, op)
        pairs += [*zip(inits_of(op), args), *zip(args, op.results)]
        for leaf in region_leaves(region):
            if leaf.opcode in ("continue", "break"):
                pairs += [*zip(leaf.operands, args), *zip(leaf.operands, op.results)]
    return pairs
