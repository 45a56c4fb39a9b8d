"""Inline tiny callees: a few operations read better in place than as a function of their own.

    before:  %y = call @square(%x)
    after:   %y = mul %x %x

Tiny is a straight line (with conditional expressions, and calls of what is not tiny itself) of a few operations: most
closures, lambdas and methods. Callees are looked at first, so that what calls only tiny functions may be tiny too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from adjoint.ir.core import CONTROL, Function, Op, Region, Value, clone_op, const_of, is_const, walk
from adjoint.ir.opset import TABLE
from adjoint.ir.outward import outward
from adjoint.ir.types import INT, UNDEF, JoinError, Tuple, Type, join
from adjoint.passes.constants import known_number, set_number
from adjoint.passes.cse import Key, key_of
from adjoint.passes.items import forward_items, known_item

TINY, ONCE = 8, 14
"""How many operations a callee may have to be inlined; how many when it is called at one place only."""
_UNCOUNTED = frozenset({"const", "global", "tuple", "getitem", "yield", "return", "undef"})
_KEPT = frozenset({"tape", "pack", "unpack", "raise", "enter", "leave"})


def inline_tiny_calls(entry: Function) -> None:
    """Replace calls of tiny callees by their operations, in place, in the function and in all it calls."""
    order = _callees_first(entry)
    recursive = _recursive(order)
    sites = Counter(op.attrs["callee"] for function in order for op in walk(function.body) if op.opcode == "call")
    inlined: set[Function] = set()
    for function in order:
        _Inliner(function, inlined).region(function.body)
        forward_items(function)
        if function not in recursive and _is_small(function, ONCE if sites[function] == 1 else TINY):
            inlined.add(function)


def inline_rules(function: Function) -> None:
    """Replace calls of the functions of a user's rule, where those are short, in place."""
    calls = [op for op in walk(function.body) if op.opcode == "call" and op.attrs.get("_rule")]
    short = {op.attrs["callee"] for op in calls if _is_small(op.attrs["callee"], ONCE)}
    if short:
        _Inliner(function, short).region(function.body)


def _callees_first(entry: Function) -> list[Function]:
    order: list[Function] = []
    seen = {entry}
    stack = [(entry, iter(_callees(entry)))]
    while stack:
        function, callees = stack[-1]
        following = next((callee for callee in callees if callee not in seen), None)
        if following is None:
            order.append(function)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(_callees(following))))
    return order


def _callees(function: Function) -> list[Function]:
    return [op.attrs["callee"] for op in walk(function.body) if op.opcode == "call"]


def _recursive(functions: list[Function]) -> set[Function]:
    """The functions that may, through others, call themselves."""
    reached = {function: set(_callees(function)) for function in functions}
    changed = True
    while changed:
        changed = False
        for known in reached.values():
            more = set().union(*(reached[callee] for callee in known)) - known
            known |= more
            changed |= bool(more)
    return {function for function, known in reached.items() if function in known}


def _is_small(callee: Function, limit: int) -> bool:
    """Whether the callee is short, without loops, branches that are statements, or exits but the last."""
    count = 0
    equal: dict[Value, Value] = {}
    bounds: dict[Key, Value] = {}
    for op in walk(callee.body):
        if op.opcode in _KEPT or (op.opcode in CONTROL and not _is_expression(op)):
            return False
        if op.opcode == "return" and op is not callee.body.ops[-1]:
            return False
        count += op.opcode not in _UNCOUNTED and not _is_known_bound(op, equal, bounds)
    return count <= limit


def _is_known_bound(op: Op, equal: dict[Value, Value], bounds: dict[Key, Value]) -> bool:
    """Whether an operation on integers computes what another one has: the same bound written twice counts once."""
    if len(op.results) != 1 or op.result.type != INT or op.opcode not in ("const", "add", "sub", "mul", "floordiv"):
        return False
    key = key_of(op, equal)
    assert key is not None
    first = equal[op.result] = bounds.setdefault(key, op.result)
    return first is not op.result


def _is_expression(op: Op) -> bool:
    """Whether the operation is a conditional expression."""
    return op.opcode == "if" and len(op.results) == 1 and op.attrs.get("_sugar") is not None


class _Inliner:
    """Inlines into one function."""

    def __init__(self, caller: Function, inlined: set[Function]) -> None:
        self.caller = caller
        self.inlined = inlined
        self.replaced: dict[Value, Value] = {}
        self.taken = {value.name for value in _values(caller) if value.name is not None}
        """Names of the caller's own: the callee's variables keep theirs where they are free."""

    def region(self, region: Region) -> None:
        kept: list[Op] = []
        for op in region.ops:
            op.operands = [self.replaced.get(operand, operand) for operand in op.operands]
            item = known_item(op)
            if item is not None:
                self.replaced[op.result] = item
                continue
            if op.opcode == "call" and len(op.results) == 1 and self._is_inlined(op.attrs["callee"]):
                self.replaced[op.result] = self._expand(op, kept)
                continue
            for inner in op.regions:
                self.region(inner)
            kept.append(op)
        region.ops[:] = kept

    def _is_inlined(self, callee: Function) -> bool:
        return callee in self.inlined and all(
            self._means_the_same(op, callee) for op in walk(callee.body) if op.opcode == "global"
        )

    def _means_the_same(self, op: Op, callee: Function) -> bool:
        """Whether a global name is the same object in the caller's module."""
        if "_owner" in op.attrs or "_object" in op.attrs or callee.namespace is self.caller.namespace:
            return True
        missing, name = object(), op.attrs["name"]
        return self.caller.namespace.get(name, missing) is callee.namespace.get(name)

    def _expand(self, op: Op, kept: list[Op]) -> Value:
        callee: Function = op.attrs["callee"]
        mapping = dict(zip(callee.args, op.operands))
        self._name_arguments(callee, op)
        for child in callee.body.ops[:-1]:
            kept += self._copied(child, mapping, op)
        value = mapping.get(returned := callee.body.ops[-1].operands[0], returned)
        made = value.op is not None and any(value.op is each for each in kept[-len(callee.body.ops) :])
        if made and (value.name is None or op.result.name is not None):
            value.name = op.result.name or value.name
        return value

    def _name_arguments(self, callee: Function, op: Op) -> None:
        """An argument that is computed in the call and read more than once there has the parameter's name."""
        counts = Counter(operand for child in walk(callee.body) for operand in child.operands)
        for arg, operand in zip(callee.args, op.operands):
            made = operand.op
            if made is None or operand.name is not None or counts[arg] < 2 or arg.name in self.taken:
                continue
            if made.opcode not in _UNCOUNTED and made.opcode not in CONTROL:
                operand.name = arg.name

    def _copied(self, op: Op, mapping: dict[Value, Value], call: Op) -> list[Op]:
        """The callee's operation in the caller: on its line, in its types, folded if it has become a number."""

        def visit(copy: Op) -> None:
            copy.line = call.line
            copy.derived = copy.derived or call.derived
            for value in (*copy.results, *(arg for region in copy.regions for arg in region.args)):
                value.name = None if value.name in self.taken else value.name
            _retype(copy)

        copy = clone_op(op, mapping, visit)
        item = known_item(copy) or _unchanged(copy)
        if item is not None:
            mapping[op.result] = item
            return []
        if _is_expression(copy) and is_const(copy.operands[0]):
            return self._chosen(op, copy, mapping)
        number = known_number(copy)
        if number is not None:
            set_number(copy, number)
            copy.result.name = None
        return [copy]

    def _chosen(self, op: Op, copy: Op, mapping: dict[Value, Value]) -> list[Op]:
        """The branch that a constant condition takes."""
        assert copy.operands[0].op is not None
        region = copy.regions[0 if copy.operands[0].op.attrs["value"] else 1]
        mapping[op.result] = region.ops[-1].operands[0]
        return region.ops[:-1]


def _unchanged(op: Op) -> Value | None:
    """The integer that an operation gives as it is: `0 + n`, `1 * n`."""
    neutral = {"add": 0, "sub": 0, "mul": 1}.get(op.opcode)
    if neutral is None or any(value.type != INT for value in (op.result, *op.operands)):
        return None
    left, right = op.operands
    if is_const(right) and const_of(right) == neutral:
        return left
    return right if op.opcode != "sub" and is_const(left) and const_of(left) == neutral else None


def _values(function: Function) -> Iterator[Value]:
    yield from function.args
    for op in walk(function.body):
        yield from op.results
        for region in op.regions:
            yield from region.args


def _retype(op: Op) -> None:
    """Types in the caller's own symbols: those of the callee mean its parameters."""
    if op.opcode == "call":
        callee: Function = op.attrs["callee"]
        given, declared = [operand.type for operand in op.operands], [arg.type for arg in callee.args]
        types: tuple[Type, ...] = (callee.result_type,)
        if isinstance(callee.result_type, Tuple) and len(op.results) > 1:
            types = callee.result_type.items
        for result, t in zip(op.results, types):
            result.type = outward(t, given, declared)
        return
    if op.opcode == "if":
        op.result.type = _joined(op)
        return
    definition = TABLE.get(op.opcode)
    if definition is None or op.opcode in ("const", "global") or definition.effects:
        return
    made = definition.infer(op.operands, {**definition.attrs, **op.attrs})
    for result, t in zip(op.results, made if isinstance(made, tuple) else (made,)):
        result.type = t


def _joined(op: Op) -> Type:
    found: Type = UNDEF
    try:
        for region in op.regions:
            found = join(found, region.ops[-1].operands[0].type)
    except JoinError:
        return op.result.type
    return found
