"""How a block ends: where its fall-through and its jumps go.

In tail position a jump is a terminator (`JumpEnd`). Inside an `if` whose paths meet again, the end of a path is noted
and turned into a `yield` once both paths are known (`MergeEnd`); with exit codes, a jump is noted there too and made
real after the paths have met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, final

from adjoint.frontend.context import Binding, Conflict, Context
from adjoint.ir.core import Op, Region, Value
from adjoint.ir.types import UNDEF, JoinError, Type, join

FALL, BREAK, CONTINUE, RETURN = 0, 1, 2, 3
KINDS = {"break": BREAK, "continue": CONTINUE, "return": RETURN}


class End(Protocol):
    """What happens when control reaches the end of a block, or leaves it."""

    def fall(self, ctx: Context) -> None:
        """Control reaches the end of the block."""

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        """Control jumps: `break`, `continue`, or `return` with a value."""


@final
@dataclass(slots=True)
class LoopFrame:
    """A loop being lowered: its carried variables and, of every leaf so far, the operands and which are owned."""

    names: list[str]
    leaves: list[tuple[Op, list[bool]]] = field(default_factory=list)
    conflicts: dict[str, Conflict] = field(default_factory=dict)

    def jump(self, ctx: Context, opcode: str) -> None:
        """Write `continue` or `break` with the values the carried variables have here."""
        held = [ctx.env.get(name) for name in self.names]
        for name, binding in zip(self.names, held):
            if isinstance(binding, Conflict):
                self.conflicts[name] = binding
        operands = [binding if isinstance(binding, Value) else ctx.undef() for binding in held]
        owned = [operand in ctx.owned and operands.count(operand) == 1 for operand in operands]
        self.leaves.append((ctx.builder.terminate(opcode, *operands), owned))


@final
@dataclass(slots=True)
class JumpEnd:
    """The end of a block in tail position of a loop body, or (without a loop) of the function."""

    loop: LoopFrame | None

    def fall(self, ctx: Context) -> None:
        if self.loop is None:
            ctx.builder.terminate("return", ctx.const(None))
        else:
            self.loop.jump(ctx, "continue")

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        if value is not None:
            ctx.builder.terminate("return", value)
        else:
            assert self.loop is not None, "Python itself refuses a jump outside of a loop"
            self.loop.jump(ctx, kind)


@final
@dataclass(slots=True)
class ExitNames:
    """The hidden variables of an `if` with exit codes."""

    code: str
    result: str


@final
@dataclass(slots=True)
class MergeEnd:
    """The end of a branch whose paths meet again. `reached` says whether control gets there.

    `names` are the variables read after the paths have met (a branch may hold statements that bind them).
    """

    exits: ExitNames | None = None
    names: list[str] = field(default_factory=list)
    reached: bool = False
    returned: bool = False
    env: dict[str, Binding] = field(default_factory=dict)
    owned: set[Value] = field(default_factory=set)
    codes: set[int] = field(default_factory=set)

    def fall(self, ctx: Context) -> None:
        if self.exits is not None:
            self._set_code(ctx, self.exits, FALL)
        self.finish(ctx)

    def finish(self, ctx: Context) -> None:
        """The path ends here with the variables as they are."""
        self.reached, self.env, self.owned = True, ctx.env, ctx.owned

    def leave(self, ctx: Context, kind: str, value: Value | None = None) -> None:
        assert self.exits is not None, "a jump inside of an `if` that was thought not to jump"
        self._set_code(ctx, self.exits, KINDS[kind])
        if value is not None:
            ctx.env[self.exits.result] = value
            self.forget(ctx)
        self.finish(ctx)

    def forget(self, ctx: Context) -> None:
        """The path returns: only its exit code and its result matter from here on."""
        assert self.exits is not None
        hidden = (self.exits.code, self.exits.result)
        ctx.env = {name: ctx.env[name] for name in hidden if name in ctx.env}
        self.returned = True

    def _set_code(self, ctx: Context, exits: ExitNames, code: int) -> None:
        ctx.env[exits.code] = ctx.const(code)
        self.codes.add(code)


@final
@dataclass(slots=True)
class Branch:
    """One lowered side of an `if`."""

    region: Region
    end: MergeEnd


Fill = Callable[[End], None]


def branch(ctx: Context, fill: Fill, end: MergeEnd) -> Branch:
    """Lower one side into a region of its own."""
    region = Region()
    with ctx.inside(region):
        fill(end)
    return Branch(region, end)


def merge(
    ctx: Context, condition: Value, sides: Sequence[Branch], names: Iterable[str], sugar: str | None = None
) -> bool:
    """Write the `if` of two lowered sides and bind the variables that differ. Returns whether control goes on.

    `names` are the variables that matter afterwards.
    """
    reached = [side for side in sides if side.end.reached]
    merged: list[tuple[str, Type]] = []
    conflicts: dict[str, Conflict] = {}
    for name in names if reached else ():
        held = [side.end.env.get(name) for side in reached if not side.end.returned or name in side.end.env]
        if not held:
            continue
        if all(each is held[0] for each in held) and (len(held) == 2 or held[0] is ctx.env.get(name)):
            if held[0] is not None:
                ctx.env[name] = held[0]
            continue
        joined = _join_bindings(held)
        if isinstance(joined, Conflict):
            conflicts[name] = joined
        elif any(each is not None for each in held):
            merged.append((name, joined))
    for side in reached:
        _yield_merged(ctx, side, [name for name, _ in merged])
    attrs = {"_sugar": sugar} if sugar else {}
    op = ctx.builder.op("if", [condition], [t for _, t in merged], attrs, [side.region for side in sides])
    if not reached:
        return False
    ctx.owned = set.intersection(*(side.end.owned for side in reached))
    _bind_results(ctx, op, [name for name, _ in merged], reached)
    ctx.env.update(conflicts)
    return True


def _join_bindings(held: Sequence[Binding | None]) -> Type | Conflict:
    joined: Type = UNDEF
    for each in held:
        if isinstance(each, Conflict):
            return each
        if each is not None:
            try:
                joined = join(joined, each.type)
            except JoinError:
                return Conflict(joined, each.type)
    return joined


def _yield_merged(ctx: Context, side: Branch, names: Sequence[str]) -> None:
    region, env, ctx.builder.region = ctx.builder.region, side.end.env, side.region
    operands = []
    for name in names:
        held = env.get(name)
        operands.append(held if isinstance(held, Value) else ctx.undef())
    ctx.builder.terminate("yield", *operands)
    ctx.builder.region = region


def _bind_results(ctx: Context, op: Op, names: Sequence[str], reached: Sequence[Branch]) -> None:
    for index, (name, result) in enumerate(zip(names, op.results)):
        result.name = name
        ctx.env[name] = result
        yielded = [side.region.terminator.operands[index] for side in reached]
        if all(value in side.end.owned for value, side in zip(yielded, reached)):
            ctx.owned.add(result)
        ctx.disown(*yielded)
