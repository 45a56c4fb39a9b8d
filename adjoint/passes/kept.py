"""What a forward function keeps for its backward function: one value is kept as it is, nothing is not kept at all.

    before:  return (%y, pack %t)      ...      func backward(%kept, %y_bar) { %t = unpack %kept; ... }
    after:   return (%y, %t)           ...      func backward(%t, %y_bar) { ... }
"""

from __future__ import annotations

from adjoint.ir.core import Function, Op, Param, Region, Value, walk, walk_regions
from adjoint.ir.types import BOOL, Residuals, TapeType, Tuple


def drop_unread_kept(functions: list[Function]) -> bool:
    """What no backward function of a pair reads is not kept, in place: where both functions are in the program.

    Says whether anything was dropped.
    """
    pairs: dict[int, tuple[list[Op], list[Op]]] = {}
    for op in (op for function in functions for op in walk(function.body) if "_pair" in op.attrs):
        pairs.setdefault(id(op.attrs["_pair"]), ([], []))[op.opcode == "unpack"].append(op)
    read = {operand for function in functions for op in walk(function.body) for operand in op.operands}
    is_any = False
    for packs, unpacks in pairs.values():
        counts = {len(op.operands) for op in packs} | {len(op.results) for op in unpacks}
        if not packs or not unpacks or len(counts) != 1:
            continue
        count = counts.pop()
        kept = [n for n in range(count) if any(op.results[n] in read for op in unpacks)]
        is_any |= len(kept) < count
        for op in packs:
            op.operands = [op.operands[n] for n in kept]
        for op in unpacks:
            op.results = [op.results[n] for n in kept]
    return is_any


def unwrap_kept(functions: list[Function]) -> None:
    """Undo packs of one value, and drop packs of none, in all functions of a program, in place."""
    for function in functions:
        for region in walk_regions(function.body):
            _unpack_one(function, region)
    _drop_empty(functions)


def _unpack_one(function: Function, region: Region) -> None:
    replaced: dict[Value, Value] = {}
    for op in list(region.ops):
        if op.opcode == "pack" and len(op.operands) == 1:
            replaced[op.result] = op.operands[0]
            region.ops.remove(op)
        elif op.opcode == "unpack" and len(op.results) == 1:
            kept = op.operands[0]
            if kept in function.args:
                _rename(function, function.args.index(kept), op.result)
            kept.type = op.result.type
            replaced[op.result] = kept
            region.ops.remove(op)
    for op in walk(region) if replaced else ():
        op.operands = [_resolved(operand, replaced) for operand in op.operands]


def _resolved(value: Value, replaced: dict[Value, Value]) -> Value:
    while value in replaced:
        value = replaced[value]
    return value


def _rename(function: Function, place: int, value: Value) -> None:
    """The parameter is called as the value is, where that is free."""
    name = value.name or ("stack" if isinstance(value.type, TapeType) else "flag" if value.type == BOOL else None)
    if name is None or any(param.name == name for param in function.params):
        return
    function.args[place].name = name
    function.params[place] = Param(name, function.params[place].kind, generated=True)


def _drop_empty(functions: list[Function]) -> None:
    """Forward functions that keep nothing give the value alone; their backward functions take the cotangent alone."""
    for forward in functions[1:]:
        packs = [op for op in forward.body.ops if op.opcode == "pack" and not op.operands]
        returned = forward.body.ops[-1] if forward.body.ops else None
        made = returned.operands[0].op if returned is not None and returned.opcode == "return" else None
        if len(packs) != 1 or made is None or made.opcode != "tuple" or made.operands[1:] != [packs[0].result]:
            continue
        calls = _calls(functions, forward)
        readers = _readers(functions, {call.results[-1] for call in calls})
        pairs = {op.attrs["callee"] for op, _ in readers if op.opcode == "call"}
        alone = all(op.opcode == "call" and index == 0 for op, index in readers)
        every = sum(len(_calls(functions, backward)) for backward in pairs) == len(readers)
        if alone and every and not _readers(functions, {backward.args[0] for backward in pairs}):
            _drop(forward, made, packs[0], calls, [op for op, _ in readers], pairs)


def _calls(functions: list[Function], callee: Function) -> list[Op]:
    return [
        op
        for function in functions
        for op in walk(function.body)
        if op.opcode == "call" and op.attrs["callee"] is callee
    ]


def _readers(functions: list[Function], values: set[Value]) -> list[tuple[Op, int]]:
    """Who reads the values, and as which operand."""
    found = [(op, op.operands) for function in functions for op in walk(function.body)]
    return [(op, index) for op, operands in found for index, operand in enumerate(operands) if operand in values]


def _drop(forward: Function, made: Op, pack: Op, calls: list[Op], readers: list[Op], pairs: set[Function]) -> None:
    assert isinstance(forward.result_type, Tuple) and forward.result_type.items[-1] == Residuals()
    forward.body.ops[-1].operands = [made.operands[0]]
    forward.body.ops = [op for op in forward.body.ops if op not in (made, pack)]
    forward.result_type = forward.result_type.items[0]
    forward.name = forward.name.removesuffix("_forward")
    for call in calls:
        del call.results[-1]
    for reader in readers:
        del reader.operands[0]
    for backward in pairs:
        backward.body.args = backward.args[1:]
        backward.params = backward.params[1:]
