"""Scopes: which names a function binds, which it needs from around it, which of its own are shared with closures.

A closure takes along the values of variables that never change again. A variable that may change after a closure was
made (late binding, `nonlocal`) lives in a box that both see.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import gast

from adjoint.frontend.syntax.jumps import (
    COMPREHENSIONS,
    LOOPS,
    SCOPES,
    all_bound_names,
    blocks_of,
    bound_names,
    target_names,
)


@final
@dataclass(frozen=True, slots=True)
class Scope:
    """What the names of one function mean. `functions` are those bound once, by a `def` of their own."""

    local: tuple[str, ...]
    boxed: frozenset[str]
    functions: dict[str, Any]
    outer: frozenset[str]
    """Names declared `nonlocal`: boxes of an enclosing function."""


def parameter_names(node: Any) -> list[str]:
    """The names of the parameters of a `def` or `lambda`, in the order of the signature."""
    args = node.args
    found = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg.id for arg in found if arg is not None]


def scope_of(parameters: Sequence[str], statements: Sequence[Any]) -> Scope:
    """The scope of a function with these parameters and statements."""
    outer = frozenset(_declared(statements, gast.Nonlocal))
    bound = [name for name in all_bound_names(statements) if name not in outer]
    local = tuple(dict.fromkeys([*parameters, *bound]))
    counts = {name: parameters.count(name) + bound.count(name) for name in local}
    functions = {
        node.name: node
        for node in _nested(statements)
        if isinstance(node, gast.FunctionDef) and counts.get(node.name) == 1 and not node.decorator_list
    }
    top = {id(node) for node in statements}
    functions = {name: node for name, node in functions.items() if id(node) in top and not _defaults(node)}
    boxed = frozenset(_shared(parameters, statements, counts, functions))
    return Scope(local, boxed, functions, outer)


def _defaults(node: Any) -> list[Any]:
    return [each for each in (*node.args.defaults, *node.args.kw_defaults) if each is not None]


def _declared(statements: Sequence[Any], kind: Any) -> Iterator[str]:
    for statement in statements:
        if isinstance(statement, kind):
            yield from statement.names
        for block in blocks_of(statement):
            yield from _declared(block, kind)


def _nested(statements: Sequence[Any]) -> Iterator[Any]:
    """The functions written directly inside the statements, in program order."""
    for statement in statements:
        pending = [statement]
        while pending:
            each = pending.pop(0)
            if isinstance(each, SCOPES):
                yield each
                pending = [*_defaults(each), *getattr(each, "decorator_list", ()), *pending]
            else:
                pending = [*gast.iter_child_nodes(each), *pending]


def free_names(node: Any) -> list[str]:
    """The names that a nested function reads or rebinds and that are not its own, in order of appearance."""
    body = [node.body] if isinstance(node, gast.Lambda) else node.body
    bound = set(parameter_names(node))
    if not isinstance(node, gast.Lambda):
        bound |= set(all_bound_names(body))
    else:
        bound |= {each.target.id for each in gast.walk(node.body) if isinstance(each, gast.NamedExpr)}
    bound -= set(_declared(body, gast.Nonlocal)) if not isinstance(node, gast.Lambda) else set()
    hidden = set(_declared(body, gast.Global)) if not isinstance(node, gast.Lambda) else set()
    found: dict[str, None] = {}
    for part in body:
        _collect(part, frozenset(bound | hidden), found)
    return list(found)


def _collect(node: Any, bound: frozenset[str], found: dict[str, None]) -> None:
    if isinstance(node, gast.Name):
        if node.id not in bound:
            found[node.id] = None
        return
    if isinstance(node, gast.Nonlocal):
        found.update(dict.fromkeys(name for name in node.names if name not in bound))
    if isinstance(node, SCOPES):
        found.update(dict.fromkeys(name for name in free_names(node) if name not in bound))
        for part in (*_defaults(node), *getattr(node, "decorator_list", ())):
            _collect(part, bound, found)
        return
    if isinstance(node, COMPREHENSIONS):
        _collect(node.generators[0].iter, bound, found)
        bound |= {name for generator in node.generators for name in target_names(generator.target)}
    for field in node._fields:
        if field in ("annotation", "returns"):
            continue
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, gast.AST):
                _collect(child, bound, found)


def _shared(
    parameters: Sequence[str], statements: Sequence[Any], counts: dict[str, int], functions: dict[str, Any]
) -> Iterator[str]:
    """The variables that a closure and the function may both see change."""
    where = dict.fromkeys(parameters, (0, False))
    for name, line, in_loop in _bindings(statements, False):
        where.setdefault(name, (line, in_loop))
    for node in _nested(statements):
        rebound = set(_declared(node.body, gast.Nonlocal)) if isinstance(node, gast.FunctionDef) else set()
        for name in _needed(node, functions, set()):
            if name not in counts or name in functions:
                continue
            line, in_loop = where[name]
            if counts[name] > 1 or in_loop or line >= node.lineno or name in rebound | _rebound_inside(node):
                yield name


def _needed(node: Any, functions: dict[str, Any], seen: set[str]) -> Iterator[str]:
    for name in free_names(node):
        yield name
        if name in functions and name not in seen:
            seen.add(name)
            yield from _needed(functions[name], functions, seen)


def needed_names(node: Any, functions: dict[str, Any]) -> list[str]:
    """The names a nested function needs from around it, also for the functions there that it calls."""
    return [name for name in dict.fromkeys(_needed(node, functions, set())) if name not in functions]


def _rebound_inside(node: Any) -> set[str]:
    """Names that functions further inside declare `nonlocal`."""
    return {name for each in gast.walk(node) if isinstance(each, gast.Nonlocal) for name in each.names}


def _bindings(block: Sequence[Any], in_loop: bool) -> Iterator[tuple[str, int, bool]]:
    for statement in block:
        inside = in_loop or isinstance(statement, LOOPS)
        line = getattr(statement, "end_lineno", None) if not list(blocks_of(statement)) else statement.lineno
        for name in bound_names(statement):
            yield name, line or statement.lineno, inside
        for inner in blocks_of(statement):
            yield from _bindings(inner, inside)
