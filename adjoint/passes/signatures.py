"""Calls without what nobody needs: results that are known or never read, arguments that are given twice.

    before:  func push(%total, %v) { ...; return (None, %new) }        %r = call %t %v;  %n = getitem %r {index=1}
    after:   func push(%total, %v) { ...; return %new }                %n = call %t %v

Closures and methods are lowered with everything they change as results and everything they take along as arguments.
"""

from __future__ import annotations

from typing import final

from adjoint.ir.core import Function, Op, Value, is_const, walk
from adjoint.ir.types import NONE, Tuple


def trim_signatures(functions: list[Function]) -> None:
    """Drop needless results and arguments of all functions but the first, which calls the others, in place."""
    program = _Program(functions)
    free = _without_parts(functions)
    for function in free:
        program.trim_results(function)
    program.merge_arguments(free)


def _without_parts(functions: list[Function]) -> list[Function]:
    """The functions but the first, and but those that have the signature of another one, which is reversed instead."""
    calls = [op for function in functions for op in walk(function.body) if "_in_parts" in op.attrs]
    tied = {op.attrs[name] for op in calls for name in ("callee", "_in_parts")}
    return [function for function in functions[1:] if function not in tied]


@final
class _Program:
    def __init__(self, functions: list[Function]) -> None:
        self.calls: dict[Function, list[tuple[Function, Op]]] = {function: [] for function in functions}
        self.uses: dict[Value, list[Op]] = {}
        for function in functions:
            for op in walk(function.body):
                if op.opcode == "call":
                    self.calls[op.attrs["callee"]].append((function, op))
                for operand in op.operands:
                    self.uses.setdefault(operand, []).append(op)

    # results

    def trim_results(self, function: Function) -> None:
        """Let the function return only the items of a tuple that its callers read and do not know anyway."""
        sites = [op for _, op in self.calls[function]]
        returns = [op for op in walk(function.body) if op.opcode == "return"]
        made = [op.operands[0].op for op in returns]
        if not isinstance(function.result_type, Tuple) or function.result_type.layout is not None or not made:
            return
        if any(len(op.results) > 1 for op in sites):
            return
        if any(op is None or op.opcode != "tuple" or len(self.uses[op.result]) > 1 for op in made):
            return
        reads = [use for op in sites for use in self.uses.get(op.result, ())]
        if any(use.opcode != "getitem" for use in reads):
            return
        read = {use.attrs["index"] for use in reads}
        count = len(function.result_type.items)
        items = [[op.operands[index] for op in made if op is not None] for index in range(count)]
        kept = [index for index, found in enumerate(items) if index in read and not _is_known(found, function)]
        if len(kept) == len(items) or not kept:
            return
        for call in sites:
            self._read_less(call, function, items, kept)
        for op in made:
            assert op is not None
            op.operands = [op.operands[index] for index in kept]
            op.result.type = Tuple(tuple(operand.type for operand in op.operands))
        if len(kept) == 1:
            for returned, op in zip(returns, made):
                assert op is not None
                returned.operands = [op.operands[0]]
                self.uses.setdefault(op.operands[0], []).append(returned)
        types = [function.result_type.items[index] for index in kept]
        function.result_type = types[0] if len(kept) == 1 else Tuple(tuple(types))

    def _read_less(self, call: Op, function: Function, items: list[list[Value]], kept: list[int]) -> None:
        """The call gives what is kept; the reads of the rest become what it is known to be."""
        assert isinstance(call.result.type, Tuple)
        types = [call.result.type.items[index] for index in kept]
        reads = list(self.uses.get(call.result, ()))
        call.result.type = types[0] if len(kept) == 1 else Tuple(tuple(types))
        for read in reads:
            index = read.attrs["index"]
            if index not in kept:
                known = items[index][0]
                if is_const(known):
                    read.opcode, read.operands, read.attrs = "const", [], {"value": None}
                else:
                    self._replace(read.result, call.operands[function.args.index(known)])
                    _drop(read)
            elif len(kept) == 1:
                call.result.name = call.result.name or read.result.name
                self._replace(read.result, call.result)
                _drop(read)
            else:
                read.attrs = {**read.attrs, "index": kept.index(index)}

    def _replace(self, old: Value, new: Value) -> None:
        for user in self.uses.get(old, ()):
            user.operands = [new if operand is old else operand for operand in user.operands]
            self.uses.setdefault(new, []).append(user)

    # arguments

    def merge_arguments(self, functions: list[Function]) -> None:
        """Pass once what every caller passes twice."""
        functions = [each for each in functions if self.calls[each]]  # a solver calls the others
        first = {each: [each.args.index(_alike(arg, each)) for arg in each.args] for each in functions}
        changed = True
        while changed:
            changed = False
            for function in functions:
                for caller, call in self.calls[function]:
                    given = [_stand_in(operand, caller, first) for operand in call.operands]
                    for index, other in enumerate(first[function]):
                        if other != index and given[other] is not given[index]:
                            first[function][index] = index
                            changed = True
        for function in functions:
            self._drop_arguments(function, first[function])

    def _drop_arguments(self, function: Function, first: list[int]) -> None:
        kept = [index for index, other in enumerate(first) if index == other]
        if len(kept) == len(first) or any(param.kind != "positional or keyword" for param in function.params):
            return
        for index, other in enumerate(first):
            if index != other:
                self._replace(function.args[index], function.args[other])
        for _, call in self.calls[function]:
            call.operands = [call.operands[index] for index in kept]
        function.body.args = [function.args[index] for index in kept]
        function.params = [function.params[index] for index in kept]


def _drop(read: Op) -> None:
    """Nobody reads the result of the operation any more: it becomes None."""
    read.opcode, read.operands, read.attrs, read.result.type = "const", [], {"value": None}, NONE


def _kill(read: Op) -> None:
    """A read that nobody needs any more, and that would not fit what is read now."""
    read.opcode, read.operands, read.attrs = "const", [], {"value": None}
    read.result.type = NONE


def _alike(arg: Value, function: Function) -> Value:
    """The first parameter of the type."""
    return next(other for other in function.args if other.type == arg.type)


def _stand_in(value: Value, caller: Function, first: dict[Function, list[int]]) -> Value:
    if caller in first and value in caller.args:
        return caller.args[first[caller][caller.args.index(value)]]
    return value


def _is_known(found: list[Value], function: Function) -> bool:
    """Whether a result is None, or the same argument on every path."""
    if all(is_const(value) and value.type == NONE for value in found):
        return True
    return len(set(found)) == 1 and found[0] in function.args
