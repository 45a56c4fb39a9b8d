"""Loop `else` clauses that jump, rewritten with a flag before lowering.

    for i in xs:                    exhausted = True
        if c: break                 for i in xs:
    else:                    ->         if c: exhausted = False; break
        return 0                    if exhausted: return 0

An `else` without a `break` to skip it is simply what comes next. An `else` that does not jump stays as it is: the IR
has a region for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gast

from adjoint.frontend.jumps import LOOPS, all_bound_names, breaks, contains_jump


def desugar(block: Sequence[Any], taken: set[str]) -> list[Any]:
    """The block with jumping `else` clauses written out. `taken` are names the flags must not have."""
    taken = taken | set(all_bound_names(block))
    return _block(block, taken)


def _block(block: Sequence[Any], taken: set[str]) -> list[Any]:
    result: list[Any] = []
    for statement in block:
        if isinstance(statement, (gast.If, *LOOPS)):
            statement.body = _block(statement.body, taken)
            statement.orelse = _block(statement.orelse, taken)
        if isinstance(statement, LOOPS) and statement.orelse:
            result += _loop(statement, taken)
        else:
            result.append(statement)
    return result


def _loop(loop: Any, taken: set[str]) -> Iterator[Any]:
    orelse = loop.orelse
    if not any(True for _ in breaks(loop.body)):
        loop.orelse = []
        yield loop
        yield from orelse
        return
    if not any(map(contains_jump, orelse)):
        yield loop
        return
    flag = _fresh_name(taken)
    loop.orelse = []
    loop.body = _mark_breaks(loop.body, flag)
    yield _assign(flag, True, loop)
    yield loop
    test = gast.copy_location(gast.Name(flag, gast.Load(), None, None), orelse[0])
    yield gast.copy_location(gast.If(test, orelse, []), orelse[0])


def _mark_breaks(block: Sequence[Any], flag: str) -> list[Any]:
    result: list[Any] = []
    for statement in block:
        if isinstance(statement, gast.Break):
            result.append(_assign(flag, False, statement))
        elif isinstance(statement, gast.If):
            statement.body = _mark_breaks(statement.body, flag)
            statement.orelse = _mark_breaks(statement.orelse, flag)
        elif isinstance(statement, LOOPS):
            statement.orelse = _mark_breaks(statement.orelse, flag)
        result.append(statement)
    return result


def _assign(name: str, value: bool, where: Any) -> Any:
    target = gast.copy_location(gast.Name(name, gast.Store(), None, None), where)
    constant = gast.copy_location(gast.Constant(value, None), where)
    return gast.copy_location(gast.Assign([target], constant, None), where)


def _fresh_name(taken: set[str]) -> str:
    name, count = "exhausted", 1
    while name in taken:
        count += 1
        name = f"exhausted{count}"
    taken.add(name)
    return name
