"""Questions about statements, answered from the syntax alone: which names they bind, whether control leaves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gast

JUMPS = (gast.Return, gast.Break, gast.Continue)
LOOPS = (gast.For, gast.While)


def contains_jump(statement: Any) -> bool:
    """Whether control may leave the block of the statement other than by falling out of it or raising.

    Jumps that stay inside a nested loop do not count, nor does its `return`: a loop is one operation.
    """
    if isinstance(statement, JUMPS):
        return True
    if isinstance(statement, gast.If):
        return any(map(contains_jump, statement.body)) or any(map(contains_jump, statement.orelse))
    return is_endless(statement)


def is_endless(statement: Any) -> bool:
    """Whether the statement is a `while True` that nothing breaks."""
    if not isinstance(statement, gast.While) or not isinstance(statement.test, gast.Constant):
        return False
    return bool(statement.test.value) and not any(True for _ in breaks(statement.body))


def can_fall(block: Sequence[Any]) -> bool:
    """Whether control may reach the end of the block."""
    for statement in block:
        if isinstance(statement, (*JUMPS, gast.Raise)) or is_endless(statement):
            return False
        if isinstance(statement, gast.If) and not can_fall(statement.body) and not can_fall(statement.orelse):
            return False
    return True


def breaks(block: Sequence[Any]) -> Iterator[Any]:
    """The `break`s of the loop whose body is the block."""
    for statement in block:
        if isinstance(statement, gast.Break):
            yield statement
        elif isinstance(statement, gast.If):
            yield from breaks(statement.body)
            yield from breaks(statement.orelse)
        elif isinstance(statement, LOOPS):
            yield from breaks(statement.orelse)


def continues(block: Sequence[Any]) -> Iterator[Any]:
    """The `continue`s of the loop whose body is the block."""
    for statement in block:
        if isinstance(statement, gast.Continue):
            yield statement
        elif isinstance(statement, gast.If):
            yield from continues(statement.body)
            yield from continues(statement.orelse)
        elif isinstance(statement, LOOPS):
            yield from continues(statement.orelse)


def is_short(rest: Sequence[Any]) -> bool:
    """Whether statements are so short that each branch before them may have a copy."""
    if not rest:
        return True
    (first, *more) = rest
    if more and not isinstance(first, (*JUMPS, gast.Raise)):
        return False
    if isinstance(first, gast.Return):
        return first.value is None or isinstance(first.value, gast.Name | gast.Constant)
    return isinstance(first, gast.Pass | gast.Break | gast.Continue)


def target_names(target: Any) -> Iterator[str]:
    """The names an assignment target binds."""
    if isinstance(target, gast.Name):
        yield target.id
    elif isinstance(target, gast.Tuple | gast.List):
        for item in target.elts:
            yield from target_names(item)


def bound_names(statement: Any) -> Iterator[str]:
    """The names that the statement itself binds (not those bound inside its blocks)."""
    if isinstance(statement, gast.Assign):
        for target in statement.targets:
            yield from target_names(target)
    elif isinstance(statement, gast.AugAssign | gast.For):
        yield from target_names(statement.target)
    elif isinstance(statement, gast.AnnAssign) and statement.value is not None:
        yield from target_names(statement.target)


def all_bound_names(block: Sequence[Any]) -> Iterator[str]:
    """The names bound anywhere in the block, in program order (with repeats)."""
    for statement in block:
        yield from bound_names(statement)
        if isinstance(statement, gast.If | gast.For | gast.While):
            yield from all_bound_names(statement.body)
            yield from all_bound_names(statement.orelse)
