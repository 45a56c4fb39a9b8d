"""What becomes of jumps out of `with` and `try`, before lowering: `raise` as a jump, returns out of loops as flags.

    with scope:                     with scope:
        for x in xs:                    returned = False
            if c: return x    ->        for x in xs:
        y = 0                               if c: returned = True; result = x; break
                                        if returned: return result
                                        y = 0

A scope is so left at its end, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gast

from adjoint.frontend.syntax.jumps import LOOPS, blocks_of, is_endless


class Throw(gast.Return):  # type: ignore[misc]  # gast has no types
    """A `raise` in the body of a `try`: a jump to the handler, if there is one. `node` is the `raise` itself."""

    _fields = ("node",)
    node: Any


class Hole(gast.Expr):  # type: ignore[misc]  # gast has no types
    """`yield value` of a context manager that is written out: the body of the `with` stands here."""


class Hoisted(gast.Assign):  # type: ignore[misc]  # gast has no types
    """Part of a statement in the body of a `try`, computed before it; a call may jump to the handler."""

    may_jump = True


class WrittenOut(Hoisted):
    """A call that is written out where it is doubtful which array it gives, or changes."""

    may_jump = False


def unused(name: str, taken: set[str]) -> str:
    """The name, or one like it that is not taken; from now on it is."""
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def mark_throws(block: Sequence[Any]) -> list[Any]:
    """The body of a `try` with its own `raise` statements as jumps; those in loops stay."""
    written: list[Any] = []
    for statement in block:
        if isinstance(statement, gast.Raise):
            statement = gast.copy_location(_throw(statement), statement)
        elif not isinstance(statement, LOOPS):
            for inner in _inner_blocks(statement):
                inner[:] = mark_throws(inner)
        written.append(statement)
    return written


def _throw(node: Any) -> Any:
    made = Throw(None)
    made.node = node
    return made


def returns_in_loops(scope: Any) -> bool:
    """Whether a loop inside a `with`, or a `try` with `finally`, returns from the function."""
    if not isinstance(scope, gast.With) and not getattr(scope, "finalbody", None):
        return False
    return any(_loops_return(statement) for block in _guarded(scope) for statement in block)


def _guarded(scope: Any) -> list[Any]:
    """The blocks of a scope that are left through its end."""
    if isinstance(scope, gast.With):
        return [scope.body]
    return [scope.body, scope.orelse, *(handler.body for handler in scope.handlers)]


def _inner_blocks(statement: Any) -> list[Any]:
    return [*blocks_of(statement), *(case.body for case in getattr(statement, "cases", ()))]


def _loops_return(statement: Any) -> bool:
    """Whether a loop in the statement, or the statement as a loop, holds a `return`."""
    if isinstance(statement, LOOPS):
        return _returns(statement.body) or _returns(statement.orelse)
    return any(_loops_return(inner) for block in _inner_blocks(statement) for inner in block)


def _returns(block: Sequence[Any]) -> bool:
    return any(
        (isinstance(statement, gast.Return) and not isinstance(statement, Throw))
        or any(map(_returns, _inner_blocks(statement)))
        for statement in block
    )


def write_out_returns(scope: Any, fresh: Callable[[str], str]) -> None:
    """Turn the returns inside loops of the scope into breaks with a flag, in place."""
    writer = _Writer(fresh("returned"), fresh("result"))
    start = _assign(writer.flag, gast.Constant(False, None), scope)
    for block in _guarded(scope):
        block[:] = writer.block(block, False)
    scope.body.insert(0, start)


class _Writer:
    def __init__(self, flag: str, result: str) -> None:
        self.flag = flag
        self.result = result

    def block(self, block: Sequence[Any], in_loop: bool) -> list[Any]:
        """The block with its returns rewritten; `in_loop` says whether it stands in a loop of the scope."""
        written: list[Any] = []
        for statement in block:
            if isinstance(statement, gast.Return) and in_loop:
                written += self._leave(statement)
            elif isinstance(statement, LOOPS) and _loops_return(statement):
                written += self._loop(statement, in_loop)
            else:
                for inner in _inner_blocks(statement):
                    inner[:] = self.block(inner, in_loop)
                written.append(statement)
        return written

    def _leave(self, node: Any) -> list[Any]:
        """`returned = True; result = value; break`."""
        value = node.value if node.value is not None else gast.Constant(None, None)
        flag = _assign(self.flag, gast.Constant(True, None), node)
        return [flag, _assign(self.result, value, node), gast.copy_location(gast.Break(), node)]

    def _loop(self, loop: Any, in_loop: bool) -> list[Any]:
        """The loop, and behind it the way out when the flag is set."""
        endless, returns = is_endless(loop), _returns(loop.body)
        loop.body = self.block(loop.body, True)
        loop.orelse = self.block(loop.orelse, in_loop)
        if not returns:
            return [loop]
        leave = gast.Break() if in_loop else gast.Return(gast.Name(self.result, gast.Load(), None, None))
        for part in gast.walk(leave):
            gast.copy_location(part, loop)
        if endless:
            return [loop, leave]
        test = gast.copy_location(gast.Name(self.flag, gast.Load(), None, None), loop)
        return [loop, gast.copy_location(gast.If(test, [leave], []), loop)]


def _assign(name: str, value: Any, where: Any) -> Any:
    target = gast.copy_location(gast.Name(name, gast.Store(), None, None), where)
    value = value if hasattr(value, "lineno") else gast.copy_location(value, where)
    return gast.copy_location(gast.Assign([target], value, None), where)
