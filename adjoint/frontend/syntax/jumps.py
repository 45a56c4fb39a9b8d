"""Questions about statements, answered from the syntax alone: which names they bind, whether control leaves them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import gast

JUMPS = (gast.Return, gast.Break, gast.Continue)
LOOPS = (gast.For, gast.While)
SCOPES = (gast.FunctionDef, gast.Lambda)
COMPREHENSIONS = (gast.ListComp, gast.SetComp, gast.DictComp, gast.GeneratorExp)


def blocks_of(statement: Any) -> Iterator[Sequence[Any]]:
    """The blocks inside a compound statement that run in the same function."""
    if isinstance(statement, gast.FunctionDef):
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list):
            yield block
    for handler in getattr(statement, "handlers", ()):
        yield handler.body


def contains_jump(statement: Any) -> bool:
    """Whether control may leave the block of the statement other than by falling out of it or raising.

    Jumps that stay inside a nested loop do not count, nor does its `return`: a loop is one operation.
    """
    if isinstance(statement, JUMPS) or getattr(statement, "may_jump", False):
        return True
    if isinstance(statement, LOOPS):
        return is_endless(statement)
    return any(contains_jump(inner) for block in blocks_of(statement) for inner in block)


def may_leave(statement: Any) -> bool:
    """Whether control may leave the block of the statement, by a `return` in a loop, too."""
    if isinstance(statement, LOOPS) and any(map(_returns, (*statement.body, *statement.orelse))):
        return True
    return contains_jump(statement) or any(may_leave(inner) for block in blocks_of(statement) for inner in block)


def _returns(statement: Any) -> bool:
    if isinstance(statement, gast.Return):
        return True
    return any(_returns(inner) for block in blocks_of(statement) for inner in block)


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
        if isinstance(statement, gast.With) and not can_fall(statement.body):
            return False
    return True


def breaks(block: Sequence[Any]) -> Iterator[Any]:
    """The `break`s of the loop whose body is the block."""
    return _own_jumps(block, gast.Break)


def continues(block: Sequence[Any]) -> Iterator[Any]:
    """The `continue`s of the loop whose body is the block."""
    return _own_jumps(block, gast.Continue)


def _own_jumps(block: Sequence[Any], kind: type) -> Iterator[Any]:
    for statement in block:
        if isinstance(statement, kind):
            yield statement
        elif isinstance(statement, LOOPS):
            yield from _own_jumps(statement.orelse, kind)
        else:
            for inner in blocks_of(statement):
                yield from _own_jumps(inner, kind)


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
    elif isinstance(target, gast.Starred):
        yield from target_names(target.value)


def bound_names(statement: Any) -> Iterator[str]:
    """The names that the statement itself may bind (not those bound inside its blocks)."""
    yield from assigned_names(statement)
    yield from walrus_names(statement)


def assigned_names(statement: Any) -> Iterator[str]:
    """The names that the statement itself binds whenever it is done."""
    if isinstance(statement, gast.Assign):
        for target in statement.targets:
            yield from target_names(target)
    elif isinstance(statement, gast.AugAssign | gast.For):
        yield from target_names(statement.target)
    elif isinstance(statement, gast.AnnAssign) and statement.value is not None:
        yield from target_names(statement.target)
    elif isinstance(statement, gast.FunctionDef):
        yield statement.name
    elif isinstance(statement, gast.Import | gast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in statement.names)
    elif isinstance(statement, gast.With):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from target_names(item.optional_vars)
    elif isinstance(statement, gast.Try):
        yield from (handler.name.id for handler in statement.handlers if isinstance(handler.name, gast.Name))
    elif isinstance(statement, gast.Delete):
        for target in statement.targets:
            yield from target_names(target)


def walrus_names(statement: Any) -> Iterator[str]:
    """The names that `:=` binds in the expressions of the statement."""
    for part in expressions_of(statement):
        for node in own_nodes(part):
            if isinstance(node, gast.NamedExpr):
                yield node.target.id


def expressions_of(statement: Any) -> Iterator[Any]:
    """The expressions that the statement itself evaluates: for a compound one, those of its header."""
    for field in statement._fields:
        if field in ("body", "orelse", "finalbody", "handlers", "annotation", "returns", "type_params"):
            continue
        value = getattr(statement, field, None)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, gast.AST):
                yield child


def own_nodes(node: Any) -> Iterator[Any]:
    """The nodes of an expression that run in the same function: not the bodies of lambdas.

    Without the marks that say whether a name is read or bound.
    """
    pending = [node]
    while pending:
        each = pending.pop()
        yield each
        kind = type(each)
        if kind is gast.Lambda:
            pending.extend([*each.args.defaults, *(d for d in each.args.kw_defaults if d is not None)])
        elif kind is not gast.Name and kind is not gast.Constant:
            for name in each._fields:
                value = getattr(each, name, None)
                if isinstance(value, list):
                    pending.extend([item for item in value if isinstance(item, gast.AST)])
                elif isinstance(value, gast.AST) and not isinstance(value, gast.expr_context):
                    pending.append(value)


def all_bound_names(block: Sequence[Any]) -> Iterator[str]:
    """The names bound anywhere in the block, in program order (with repeats)."""
    for statement in block:
        yield from bound_names(statement)
        for inner in blocks_of(statement):
            yield from all_bound_names(inner)
