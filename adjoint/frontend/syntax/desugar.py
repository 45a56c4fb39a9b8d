"""What is written out in simpler statements before lowering: `match`, and loop `else` clauses that jump.

The jump becomes a flag:

    for i in xs:                    exhausted = True
        if c: break                 for i in xs:
    else:                    ->         if c: exhausted = False; break
        return 0                    if exhausted: return 0

An `else` without a `break` to skip it is simply what comes next. An `else` that does not jump stays as it is: the IR
has a region for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import gast

from adjoint.frontend.syntax.jumps import LOOPS, all_bound_names, breaks, can_fall, continues, may_leave, own_nodes
from adjoint.frontend.syntax.match import Matches
from adjoint.frontend.syntax.scope_exits import mark_throws, returns_in_loops, write_out_returns
from adjoint.source import SourceText


@final
@dataclass(slots=True)
class _Writer:
    """`taken` are names that ours must not have."""

    taken: set[str]
    matches: Matches
    reads: list[str]
    """The name of every variable, as often as it is read."""

    def fresh(self, name: str) -> str:
        """A name nobody has."""
        return _fresh_name(self.taken, name)


def desugar(block: Sequence[Any], parameters: set[str], namespace: Mapping[str, Any], source: SourceText) -> list[Any]:
    """The block with `match`, jumping `else` clauses and returns out of scopes written out."""
    local = parameters | set(all_bound_names(block))
    taken = local | {node.id for statement in block for node in gast.walk(statement) if isinstance(node, gast.Name)}
    matches = Matches(lambda name: _fresh_name(taken, name), local, namespace, block, source)
    reads = [n.id for s in block for n in gast.walk(s) if isinstance(n, gast.Name) and isinstance(n.ctx, gast.Load)]
    return _block(block, _Writer(taken, matches, reads))


def _block(block: Sequence[Any], writer: _Writer) -> list[Any]:
    result: list[Any] = []
    for statement in block:
        entered = _without_stack(statement, writer)
        if entered is not None:
            result += _block(entered, writer)
            continue
        if isinstance(statement, gast.With | gast.Try):
            statement = _split_scope(statement, writer)
        if isinstance(statement, gast.While) and _changes_something(statement.test):
            test_inside(statement)
        if returns_in_loops(statement):
            write_out_returns(statement, writer.fresh)
        _inside(statement, writer)
        if isinstance(statement, gast.Match):
            result += writer.matches.write_out(statement)
        elif isinstance(statement, LOOPS) and statement.orelse:
            result += _loop(statement, writer)
        else:
            result.append(statement)
    return result


_CHANGING = frozenset("append extend insert pop popleft remove clear update popitem".split())


def _changes_something(test: Any) -> bool:
    """Whether computing a condition binds a variable or changes a container."""
    for node in own_nodes(test):
        if isinstance(node, gast.NamedExpr):
            return True
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute) and node.func.attr in _CHANGING:
            return True
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Name) and node.func.id == "next":
            return True
    return False


class Rewritten(Exception):
    """The statements of a function have been written in another way: its lowering starts again."""


def test_inside(loop: Any) -> bool:
    """`while c: body` as `while True: if not c: break; body`: what the condition changes is then carried like the rest.

    Returns whether it could be done.
    """
    if any(True for _ in breaks(loop.orelse)) or any(True for _ in continues(loop.orelse)):
        return False
    test = loop.test
    fails = gast.copy_location(gast.UnaryOp(gast.Not(), test), test)
    leave = gast.copy_location(gast.Break(), test)
    check = gast.copy_location(gast.If(fails, [*loop.orelse, leave], []), test)
    loop.test = gast.copy_location(gast.Constant(True, None), test)
    loop.body, loop.orelse = [check, *loop.body], []
    return True


def _split_scope(node: Any, writer: _Writer) -> Any:
    """One item a `with`; `finally` apart from the handlers, whose names are unbound in the end."""
    if isinstance(node, gast.With):
        if len(node.items) > 1:
            inner = gast.With(node.items[1:], node.body, None)
            node.items, node.body = node.items[:1], [gast.copy_location(inner, node.items[1].context_expr)]
        call = node.items[0].context_expr
        if not isinstance(call, gast.Call) or writer.matches.meaning(call.func) is not contextlib.suppress:
            return node
        caught = gast.copy_location(gast.Tuple(call.args, gast.Load()), call)
        handler = gast.ExceptHandler(caught, None, [gast.copy_location(gast.Pass(), call)])
        node = gast.copy_location(gast.Try(node.body, [gast.copy_location(handler, call)], [], []), node)
    if node.finalbody and node.handlers:
        inner = gast.Try(node.body, node.handlers, node.orelse, [])
        node.body, node.handlers, node.orelse = [gast.copy_location(inner, node)], [], []
    for handler in node.handlers:
        _name_raised(handler, writer)
        if isinstance(handler.name, gast.Name) and can_fall(handler.body):
            name = gast.copy_location(gast.Name(handler.name.id, gast.Del(), None, None), handler)
            handler.body.append(gast.copy_location(gast.Delete([name]), handler))
            handler.body[-1].implicit = True
    if node.handlers:
        node.body = mark_throws(node.body)
    return node


def _without_stack(node: Any, writer: _Writer) -> list[Any] | None:
    """`with ExitStack() as stack: y = stack.enter_context(m); ...` as `with m as y: ...`, if nothing else uses it."""
    if not isinstance(node, gast.With) or len(node.items) != 1:
        return None
    item, call = node.items[0], node.items[0].context_expr
    if not isinstance(call, gast.Call) or writer.matches.meaning(call.func) is not contextlib.ExitStack:
        return None
    if call.args or call.keywords or not isinstance(item.optional_vars, gast.Name):
        return None
    name = item.optional_vars.id
    entered = [each for each in node.body if _entered_on(each, name) is not None]
    is_spread = any(isinstance(each.value.args[0], gast.Starred) for each in entered)
    if is_spread or writer.reads.count(name) != len(entered):
        return None
    block: list[Any] = []
    for statement in reversed(node.body):
        manager = _entered_on(statement, name)
        if manager is None:
            block = [statement, *block]
            continue
        target = statement.targets[0] if isinstance(statement, gast.Assign) else None
        inner = gast.With([gast.withitem(manager, target)], block or [_pass(statement)], None)
        block = [gast.copy_location(inner, statement)]
    return block


def _entered_on(statement: Any, stack: str) -> Any:
    """The manager in `name = stack.enter_context(manager)`, or without a name."""
    single = isinstance(statement, gast.Expr) or (isinstance(statement, gast.Assign) and len(statement.targets) == 1)
    call = statement.value if single else None
    if not isinstance(call, gast.Call) or len(call.args) != 1 or call.keywords:
        return None
    function = call.func
    enters = isinstance(function, gast.Attribute) and function.attr == "enter_context"
    return call.args[0] if enters and isinstance(function.value, gast.Name) and function.value.id == stack else None


def _pass(where: Any) -> Any:
    return gast.copy_location(gast.Pass(), where)


def _name_raised(handler: Any, writer: _Writer) -> None:
    """A `raise` without an exception raises the one that is handled, by its name."""
    bare = [n for s in handler.body for n in gast.walk(s) if isinstance(n, gast.Raise) and n.exc is None]
    if bare and handler.name is None:
        handler.name = gast.copy_location(gast.Name(writer.fresh("error"), gast.Store(), None, None), handler)
    for node in bare:
        node.exc = gast.copy_location(gast.Name(handler.name.id, gast.Load(), None, None), node)


def _inside(statement: Any, writer: _Writer) -> None:
    """Write out what stands in the blocks of a compound statement."""
    if isinstance(statement, gast.FunctionDef | gast.ClassDef):
        return
    for field in ("body", "orelse", "finalbody"):
        if isinstance(getattr(statement, field, None), list):
            setattr(statement, field, _block(getattr(statement, field), writer))
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        part.body = _block(part.body, writer)


def _loop(loop: Any, writer: _Writer) -> Iterator[Any]:
    orelse = loop.orelse
    if not any(True for _ in breaks(loop.body)):
        loop.orelse = []
        yield loop
        yield from orelse
        return
    if not any(map(may_leave, orelse)):
        yield loop
        return
    flag = writer.fresh("exhausted")
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
        elif isinstance(statement, LOOPS):
            statement.orelse = _mark_breaks(statement.orelse, flag)
        elif not isinstance(statement, gast.FunctionDef):
            for holder in (statement, *getattr(statement, "handlers", ())):
                for field in ("body", "orelse"):
                    if isinstance(getattr(holder, field, None), list):
                        setattr(holder, field, _mark_breaks(getattr(holder, field), flag))
        result.append(statement)
    return result


def _assign(name: str, value: bool, where: Any) -> Any:
    target = gast.copy_location(gast.Name(name, gast.Store(), None, None), where)
    constant = gast.copy_location(gast.Constant(value, None), where)
    return gast.copy_location(gast.Assign([target], constant, None), where)


def _fresh_name(taken: set[str], base: str) -> str:
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}{count}"
    taken.add(name)
    return name
