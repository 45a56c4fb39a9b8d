"""List comprehensions: a loop that only builds a list is written as the comprehension it was.

    squares = []
    for v in values:                 squares = [v * v for v in values if v > 0.0]
        if v > 0.0:
            squares.append(v * v)

Done on the finished text, when it is known that the loop does nothing else and that nobody reads its variable later.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from adjoint.emit.lists import blocks_of

_NEAR = 4
"""How many statements may stand between the empty list and the loop."""


def restore_comprehensions(body: list[ast.stmt], loops: set[ast.For], nameless: set[str]) -> None:
    """Write the loops as comprehensions where they can be, in place; one that is read once, as its reader's part.

    `nameless` are the variables that have no name of the user's.
    """
    if loops:
        _Restorer(body, loops, nameless).block(body)


class _Restorer:
    def __init__(self, body: list[ast.stmt], loops: set[ast.For], nameless: set[str]) -> None:
        self.body = body
        self.loops = loops
        self.nameless = nameless

    def block(self, block: list[ast.stmt]) -> None:
        for statement in list(block):
            for inner in blocks_of(statement):
                self.block(inner)
            if isinstance(statement, ast.For) and statement in self.loops:
                self._loop(block, statement)
        for statement in list(block):
            if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.ListComp):
                self._fold(block, statement)

    def _loop(self, block: list[ast.stmt], loop: ast.For) -> None:
        """One loop, if all it does is to append to a list that has just been made."""
        found = _appended(loop)
        if found is None:
            return
        name, made = found
        empty = _empty_list(block[: block.index(loop)], name)
        parts = [made.elt, *(part for each in made.generators for part in (each.iter, *each.ifs))]
        if empty is None or any(name in _loaded(part) for part in parts):
            return
        targets = {each for generator in made.generators for each in _stored(generator.target)}
        if any(_is_read_unbound(self.body, each, loop) for each in targets):
            return
        at = block.index(loop)
        block[at] = ast.Assign([ast.Name(name, ast.Store())], made)
        block.remove(empty)

    def _fold(self, block: list[ast.stmt], statement: ast.Assign) -> None:
        """A comprehension that only the next statement reads becomes a part of it."""
        (target,), at = statement.targets, block.index(statement)
        if not isinstance(target, ast.Name) or target.id not in self.nameless or at + 1 == len(block):
            return
        names = Counter(node.id for each in self.body for node in ast.walk(each) if isinstance(node, ast.Name))
        reader = block[at + 1]
        if names[target.id] == 2 and _replace(reader, target.id, statement.value):
            del block[at]


def _appended(loop: ast.For) -> tuple[str, ast.ListComp] | None:
    """The name of the list that the loop appends to, and what it appends, as a comprehension."""
    if loop.orelse or len(loop.body) != 1:
        return None
    generator = ast.comprehension(loop.target, loop.iter, [], 0)
    (statement,) = loop.body
    while isinstance(statement, ast.If) and not statement.orelse and len(statement.body) == 1:
        generator.ifs.append(statement.test)
        (statement,) = statement.body
    if isinstance(statement, ast.For):
        inner = _appended(statement)
        return None if inner is None else (inner[0], ast.ListComp(inner[1].elt, [generator, *inner[1].generators]))
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute) or call.func.attr != "append":
        return None
    base = call.func.value
    return (base.id, ast.ListComp(call.args[0], [generator])) if isinstance(base, ast.Name) else None


def _empty_list(before: list[ast.stmt], name: str) -> ast.stmt | None:
    """The statement `name = []` shortly before."""
    for statement in reversed(before[-_NEAR:]):
        if isinstance(statement, ast.Assign) and _stored(statement.targets[0]) == {name}:
            is_empty = isinstance(statement.value, ast.List) and not statement.value.elts
            return statement if is_empty and isinstance(statement.targets[0], ast.Name) else None
        if any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(statement)):
            return None
    return None


def _loaded(node: ast.AST) -> set[str]:
    """The names that are read. Those that a comprehension binds are its own."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    found = set().union(*map(_loaded, ast.iter_child_nodes(node)))
    if isinstance(node, ast.ListComp):
        found -= {name for generator in node.generators for name in _stored(generator.target)}
    return found


def _stored(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)}


def _is_read_unbound(body: list[ast.stmt], name: str, loop: ast.For) -> bool:
    """Whether the variable may be read, outside of the loop, where nothing but the loop has given it its value."""
    try:
        _scan(body, name, loop, False)
    except LookupError:
        return True
    return False


def _scan(block: list[ast.stmt], name: str, loop: ast.For, bound: bool) -> bool:
    """Whether the variable has been bound behind the block. Raises LookupError for a read where it is not."""
    for statement in block:
        if statement is loop:
            continue
        inner = list(blocks_of(statement))
        if not bound and any(name in _loaded(part) for part in _own_parts(statement)):
            raise LookupError(name)
        binds = isinstance(statement, ast.Assign | ast.For) and any(
            name in _stored(target) for target in _targets(statement)
        )
        ends = [_scan(each, name, loop, bound or binds) for each in inner]
        both = isinstance(statement, ast.If) and bool(statement.orelse) and all(ends)
        bound = bound or both or (binds and isinstance(statement, ast.Assign))
    return bound


def _targets(statement: ast.Assign | ast.For) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _own_parts(statement: ast.stmt) -> Iterator[ast.AST]:
    """What the statement evaluates itself, outside of its blocks."""
    inside = {id(each) for block in blocks_of(statement) for each in block}
    for child in ast.iter_child_nodes(statement):
        if id(child) not in inside:
            yield child


def _replace(reader: ast.stmt, name: str, new: ast.expr) -> bool:
    """Write the comprehension where the statement reads the name, if that is evaluated once and first of its kind."""
    parts = [reader.iter] if isinstance(reader, ast.For) else [reader]
    if not isinstance(reader, ast.For | ast.Assign | ast.AugAssign | ast.Return | ast.Expr):
        return False
    nodes = [node for part in parts for node in ast.walk(part)]
    call = reader.value if isinstance(reader, ast.Expr) else None
    if isinstance(call, ast.Call) and len(call.args) == 1 and isinstance(call.args[0], ast.Name):
        if call.args[0].id == name and isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            call.args[0] = new
            return True
    if any(isinstance(node, ast.Attribute) and node.attr in ("pop", "append", "insert") for node in nodes):
        return False
    if any(isinstance(node, ast.comprehension | ast.IfExp | ast.BoolOp | ast.Lambda) for node in nodes):
        return False
    if isinstance(reader, ast.For) and isinstance(reader.iter, ast.Name):
        reader.iter = new if reader.iter.id == name else reader.iter
        return reader.iter is new
    return any(_comes_first(part, name) and _put(part, name, new) for part in parts)


def _comes_first(node: ast.AST, name: str) -> bool | None:
    """Whether the name is read before anything is called; None where neither happens."""
    if isinstance(node, ast.Name) and node.id == name:
        return True
    for child in ast.iter_child_nodes(node):
        found = _comes_first(child, name)
        if found is not None:
            return found
    return False if isinstance(node, ast.Call) else None


def _put(node: ast.AST, name: str, new: ast.expr) -> bool:
    for field, value in ast.iter_fields(node):
        for position, child in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(child, ast.Name) and child.id == name and isinstance(child.ctx, ast.Load):
                if isinstance(value, list):
                    value[position] = new
                else:
                    setattr(node, field, new)
                return True
            if isinstance(child, ast.AST) and _put(child, name, new):
                return True
    return False
