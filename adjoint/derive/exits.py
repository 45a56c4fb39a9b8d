"""Make exits explicit before a reverse derivative: one return at the end, loops left only by exhaustion or `break`.

    before:  for ... { if %c { return %v } else { continue %w } };  return %z
    after:   %w', %returned, %r = for ... { if %c { break %w0, true, %v } else { continue %w, false, %r0 } }
             %out = if %returned { yield %r } else { yield %z };  return %out

A loop's `else` becomes an `if` on a flag in the same way. The function is changed in place.
"""

from __future__ import annotations

from adjoint.analysis.activity import body_of, orelse_of
from adjoint.derive.refusals import refuse_construct
from adjoint.ir.core import JUMPS, Function, Op, Region, Value, carried_args, region_leaves
from adjoint.ir.types import BOOL, UNDEF, List, Type, rank_of


def make_exits_explicit(function: Function) -> None:
    """Leave one `return`, as the last operation of the body, and loops without `return` leaves or `else` regions."""
    _Exits(function).region(function.body, None, None)
    _single_return(function)


class _Exits:
    """Rewrites loops from the innermost outwards."""

    def __init__(self, function: Function) -> None:
        self.result_type = function.result_type
        self.filename = function.filename
        self.around: dict[Region, tuple[Op, Region]] = {}

    def region(self, region: Region, holder: Op | None, outside: Region | None) -> None:
        if holder is not None and outside is not None:
            self.around[region] = (holder, outside)
        index = 0
        while index < len(region.ops):
            op = region.ops[index]
            for inner in op.regions:
                self.region(inner, op, region)
            if op.opcode in ("for", "while"):
                self._loop(op, region)
            index += 1

    def _loop(self, op: Op, region: Region) -> None:
        orelse = orelse_of(op)
        returns = [leaf for leaf in region_leaves(body_of(op)) if leaf.opcode == "return"]
        if orelse is not None:
            del op.regions[-1]
            self._inline_else(op, orelse, region)
        if returns:
            self._return_after(op, returns, region)

    def _inline_else(self, op: Op, orelse: Region, region: Region) -> None:
        _substitute_ops(orelse.ops, dict(zip(orelse.args, op.results)))
        kinds = {leaf.opcode for leaf in region_leaves(orelse)}
        breaks = any(leaf.opcode == "break" for leaf in region_leaves(body_of(op)))
        if ("yield" in kinds and kinds - {"yield", "raise"}) or ("yield" not in kinds and not _is_tail(region)):
            why, fix = "it leaves the loop's `else` only on some paths", "set a flag there and test it after the loop"
            refuse_construct("a jump in a loop's `else` has no reverse derivative", why, fix, op.line, self.filename)
        if not breaks:
            self._splice(op, orelse, region)
            return
        broke = self._add_flag(op, region, "broke")
        position = region.ops.index(op) + 1
        after = region.ops[position:]
        if "yield" not in kinds:
            region.ops[position:] = [Op("if", [broke], {}, [Region([], after), orelse], [], op.line)]
            return
        count = len(orelse.args)
        results = [Value(result.type, result.name) for result in op.results[:count]]
        skipped = Region([], [Op("yield", list(op.results[:count]), line=op.line)])
        choice = Op("if", [broke], {}, [skipped, Region([], orelse.ops)], results, op.line)
        for result in results:
            result.op = choice
        region.ops.insert(position, choice)
        _substitute_ops(after, dict(zip(op.results, results)))

    def _splice(self, op: Op, orelse: Region, region: Region) -> None:
        """The loop always ends by exhaustion: its `else` simply follows."""
        position = region.ops.index(op) + 1
        after = region.ops[position:]
        if orelse.ops[-1].opcode != "yield":
            region.ops[position:] = orelse.ops
            return
        ends = orelse.ops.pop()
        _substitute_ops(after, dict(zip(op.results, ends.operands)))
        region.ops[position:] = [*orelse.ops, *after]

    def _add_flag(self, op: Op, region: Region, name: str) -> Value:
        """A bool carry that is True after `break`."""
        false = _constant(False)
        region.ops.insert(region.ops.index(op), false)
        args, result = add_carry(op, false.result, BOOL, name)
        body = body_of(op)
        for leaf in list(region_leaves(body)):
            if leaf.opcode == "continue":
                leaf.operands.append(args[-1])
            elif leaf.opcode == "break":
                leaf.operands.append(_insert_constant(body, leaf, True))
        return result

    def _return_after(self, op: Op, returns: list[Op], region: Region) -> None:
        """Turn `return` leaves into breaks, and return after the loop when one was taken."""
        body = body_of(op)
        shared = self._returned_carry(op, returns)
        false, nothing = _constant(False), _undefined()
        position = region.ops.index(op)
        region.ops[position:position] = [false] if shared is not None else [false, nothing]
        flags, returned = add_carry(op, false.result, BOOL, "returned")
        if shared is not None:
            self._return_carry(op, returns, shared, flags[-1])
            self._leave_after(op, returned, op.results[shared], region)
            return
        values, value = add_carry(op, nothing.result, self.result_type, "result")
        current = carried_args(body, op)
        for leaf in list(region_leaves(body)):
            if leaf in returns:
                leaf.opcode = "break"
                true = _insert_constant(body, leaf, True)
                leaf.operands = [*_newest(body, leaf, current[:-2]), true, leaf.operands[0]]
            elif leaf.opcode in ("continue", "break"):
                leaf.operands += [flags[-1], values[-1]]
        self._leave_after(op, returned, value, region)

    def _returned_carry(self, op: Op, returns: list[Op]) -> int | None:
        """The carry that holds the returned value anyway, at every `return` of the loop."""
        ends = [leaf for leaf in region_leaves(body_of(op)) if leaf.opcode in ("continue", "break")]
        for index, result in enumerate(op.results):
            values = {leaf.operands[index] for leaf in ends} | {carried_args(body_of(op), op)[index]}
            if result.type == self.result_type and all(leaf.operands[0] in values for leaf in returns):
                return index
        return None

    def _return_carry(self, op: Op, returns: list[Op], index: int, flag: Value) -> None:
        body = body_of(op)
        current = carried_args(body, op)
        for leaf in list(region_leaves(body)):
            if leaf in returns:
                leaf.opcode = "break"
                operands = [*_newest(body, leaf, current[:-1]), _insert_constant(body, leaf, True)]
                operands[index] = leaf.operands[0]
                leaf.operands = operands
            elif leaf.opcode in ("continue", "break"):
                leaf.operands.append(flag)

    def _leave_after(self, op: Op, flag: Value, value: Value, region: Region) -> None:
        """Behind the operation, return the value when the flag is set; else go on with the rest."""
        position = region.ops.index(op) + 1
        rest = region.ops[position:]
        if _is_tail(region):
            taken = Region([], [Op("return", [value], line=op.line)])
            region.ops[position:] = [Op("if", [flag], {}, [taken, Region([], rest)], [], op.line)]
            return
        ends = rest[-1]
        skipped = Region([], [_undefined() for _ in ends.operands])
        skipped.ops.append(Op("yield", [nothing.result for nothing in skipped.ops]))
        results = [Value(operand.type, operand.name) for operand in ends.operands]
        choice = Op("if", [flag], {}, [skipped, Region([], rest)], results, op.line)
        for result in results:
            result.op = choice
        region.ops[position:] = [choice, Op("yield", [*results, flag, value], line=op.line)]
        self._pass_outwards(region)

    def _pass_outwards(self, region: Region) -> None:
        """A branch now yields a flag and a value more: so does its `if`, and the region around leaves after it."""
        holder, outside = self.around[region]
        assert holder.opcode == "if", "the frontend writes a loop's `else` that returns from a loop as an `if`"
        for branch in holder.regions:
            if branch is not region and branch.ops[-1].opcode == "yield":
                false, nothing = _constant(False), _undefined()
                branch.ops[-1:-1] = [false, nothing]
                branch.ops[-1].operands += [false.result, nothing.result]
        flag = Value(BOOL, "returned", holder)
        value = Value(self.result_type, "result", holder)
        holder.results += [flag, value]
        self._leave_after(holder, flag, value, outside)


def _is_tail(region: Region) -> bool:
    """Whether control leaves the region only by jumps."""
    return all(leaf.opcode in JUMPS for leaf in region_leaves(region))


def _undefined() -> Op:
    op = Op("undef")
    op.results = [Value(UNDEF, None, op)]
    return op


def _constant(value: bool) -> Op:
    op = Op("const", [], {"value": value})
    op.results = [Value(BOOL, None, op)]
    return op


def _insert_constant(body: Region, leaf: Op, value: bool) -> Value:
    """A constant right before the leaf."""
    op = _constant(value)
    holder = _region_ending_with(body, leaf)
    holder.ops.insert(len(holder.ops) - 1, op)
    return op.result


def _newest(body: Region, leaf: Op, current: list[Value]) -> list[Value]:
    """What the carries leave the loop with at a `return`. Nobody reads it; of an array it is the newest version.

    An older one would have to be kept while the newer is made: a copy of the array in each pass.
    """
    arrays = [arg for arg in current if arg.name is not None and (isinstance(arg.type, List) or rank_of(arg.type))]
    known = {arg.name: arg for arg in arrays}
    region: Region | None = body
    while region is not None:
        around = None
        for op in region.ops:
            around = next((inner for inner in op.regions if any(each is leaf for each in region_leaves(inner))), None)
            for result in op.results if around is None else ():
                if result.name in known and result.type == known[result.name].type:
                    known[result.name] = result
        region = around
    return [known[arg.name] if arg in arrays else arg for arg in current]


def _region_ending_with(region: Region, leaf: Op) -> Region:
    if region.ops[-1] is leaf:
        return region
    for inner in region.ops[-1].regions:
        if any(candidate is leaf for candidate in region_leaves(inner)):
            return _region_ending_with(inner, leaf)
    raise LookupError("the leaf is not in the region")


def add_carry(op: Op, init: Value, type: Type, name: str | None) -> tuple[list[Value], Value]:
    """Append a carry to a loop: its block arguments (one per region, the body's last) and its result.

    The leaves are the caller's to extend.
    """
    op.operands.append(init)
    args = []
    for region in op.regions[::-1] if op.opcode == "for" else op.regions:
        arg = Value(type, name)
        region.args.append(arg)
        args.append(arg)
    result = Value(type, name, op)
    op.results.append(result)
    return args, result


def _substitute_ops(ops: list[Op], mapping: dict[Value, Value]) -> None:
    for op in ops:
        op.operands = [mapping.get(operand, operand) for operand in op.operands]
        for inner in op.regions:
            _substitute_ops(inner.ops, mapping)


def _single_return(function: Function) -> None:
    """Turn a tail `if` whose leaves return into an `if` that yields the value, followed by the only return."""
    body = function.body
    last = body.ops[-1]
    if last.opcode != "if":
        return
    result = _yield_result(last, function.result_type)
    body.ops.append(Op("return", [result], line=last.line))


def _yield_result(op: Op, type: Type) -> Value:
    for region in op.regions:
        last = region.ops[-1]
        if last.opcode == "return":
            last.opcode = "yield"
        elif last.opcode == "if":
            if all(leaf.opcode == "raise" for leaf in region_leaves(region)):
                continue
            region.ops.append(Op("yield", [_yield_result(last, type)], line=last.line))
    op.results = [Value(type, None, op)]
    return op.results[0]
