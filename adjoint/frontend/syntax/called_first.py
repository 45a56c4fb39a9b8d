"""Calls in statements of their own, in front of the statement that they are part of, in Python's order of evaluation.

    y = 2 * f(x) + g(z)        ->        called = f(x)
                                         value = 2 * called
                                         called_ = g(z)
                                         y = value + called_
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from types import FunctionType, ModuleType
from typing import Any, final

import gast
import numpy as np

from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.syntax.jumps import LOOPS
from adjoint.frontend.syntax.scope_exits import Hoisted, Hole, WrittenOut, unused
from adjoint.frontend.syntax.scoping import scope_of
from adjoint.libraries import is_library

Fresh = Callable[[str], str]
_OPERATORS = (gast.Call, gast.BinOp, gast.UnaryOp, gast.Subscript, gast.Attribute)
_ORDERED = (*_OPERATORS, gast.Tuple, gast.List, gast.keyword, gast.Starred, gast.Slice)
"""Syntax that computes all of its parts, from left to right."""


@final
@dataclass(frozen=True, slots=True)
class Hoist:
    """Which calls get statements of their own, of which kind and with which names; what may be computed at any time."""

    is_called: Callable[[Any], bool]
    is_plain: Callable[[Any], bool]
    fresh: Fresh
    kind: type[Hoisted] = Hoisted
    unchanged: tuple[type, ...] = (*LOOPS, gast.FunctionDef, Hoisted, Hole)
    """Statements that stay as they are, with all in them."""

    def block(self, block: list[Any]) -> None:
        """Put the calls in the statements before them, in place."""
        written: list[Any] = []
        for statement in block:
            if not isinstance(statement, self.unchanged):
                written += self._before(statement)
                for field in ("body", "orelse"):
                    self.block(getattr(statement, field, []))
                for handler in getattr(statement, "handlers", ()):
                    self.block(handler.body)
            written.append(statement)
        block[:] = written

    def _before(self, statement: Any) -> list[Any]:
        """What is computed before the statement; it then reads the results."""
        name = "test" if isinstance(statement, gast.If | gast.Assert) else "value"
        if not isinstance(statement, gast.If | gast.Assert | gast.Return | gast.Expr | gast.Assign | gast.AugAssign):
            return []
        if isinstance(statement, gast.AugAssign) and not self.is_plain(statement.target):
            return []
        computed = getattr(statement, name)
        if computed is None or any(isinstance(part, gast.NamedExpr) for part in gast.walk(computed)):
            return []
        made: list[Any] = []

        def hold(part: Any) -> Any:
            target = gast.copy_location(gast.Name(self.fresh("called"), gast.Store(), None, None), part)
            made.append(gast.copy_location(self.kind([target], part, None), part))
            return gast.copy_location(gast.Name(target.id, gast.Load(), None, None), part)

        setattr(statement, name, self._hoisted(computed, hold))
        return made

    def _hoisted(self, part: Any, hold: Callable[[Any], Any]) -> Any:
        """The expression with its calls held, and everything that comes before one of them."""
        children = _computed(part)
        calling = [number for number, child in enumerate(children) if self._calls(child)]
        for number, child in enumerate(children[: calling[-1] + 1] if calling else ()):
            new = self._hoisted(child, hold)
            if number < calling[-1] and not self.is_plain(new):
                new = _held_inside(new, hold)
            _replace(part, child, new)
        return hold(part) if self.is_called(part) else part

    def _calls(self, part: Any) -> bool:
        """Whether a call in the expression is always made, and by Python's order of evaluation."""
        return self.is_called(part) or any(self._calls(child) for child in _computed(part))


def with_calls_first(captured: Captured, all_of_them: bool) -> Captured:
    """A copy of the function with a statement for each call whose result gets a name, is returned, or passed on.

    Of a function of the user's, that is. What is part of a sum or a comparison has no name later: it stays where it is,
    if not `all_of_them` are asked for. So do calls in a `try`, where a `raise` may be a jump.
    """
    statements = copy.deepcopy(captured.statements)
    parts = [part for statement in statements for part in gast.walk(statement)]
    taken = {*captured.scope.local, *(part.id for part in parts if isinstance(part, gast.Name))}

    def is_plain(part: Any) -> bool:
        if isinstance(part, gast.Name):
            return part.id not in captured.scope.boxed
        return isinstance(part, gast.Constant) or callable(_meant(captured, part))

    given = {id(part) for statement in parts for part in _given(statement)}
    unchanged = (gast.FunctionDef, gast.Try, Hoisted, Hole)

    def is_called(part: Any) -> bool:
        return (all_of_them or id(part) in given) and _may_be_users(captured, part)

    Hoist(is_called, is_plain, lambda name: unused(name, taken), WrittenOut, unchanged).block(statements)
    scope = scope_of([param.name for param in captured.params], statements)
    return replace(captured, statements=statements, scope=scope, inner={}, copies=[])


def _given(statement: Any) -> Iterator[Any]:
    """The calls that give all of what a statement binds or returns, and those that give arguments of such calls."""
    pending = [statement.value] if isinstance(statement, gast.Assign | gast.Expr | gast.Return) else []
    while pending:
        part = pending.pop()
        if isinstance(part, gast.Call):
            yield part
            pending += [*part.args, *(each.value for each in part.keywords)]
        elif isinstance(part, gast.Tuple | gast.List | gast.Starred):
            pending += part.elts if not isinstance(part, gast.Starred) else [part.value]


def calls_users(captured: Captured) -> bool:
    """Whether a function has calls in statements of their own."""
    parts = (part for statement in captured.statements for part in gast.walk(statement))
    return any(isinstance(part, WrittenOut) and isinstance(part.value, gast.Call) for part in parts)


def _may_be_users(captured: Captured, part: Any) -> bool:
    """Whether it may be a call of a function or method of the user's."""
    if not isinstance(part, gast.Call):
        return False
    is_method = isinstance(part.func, gast.Attribute) and hasattr(np.ndarray, part.func.attr)
    target = _meant(captured, part.func)
    return not is_method if target is None else isinstance(target, FunctionType) and not is_library(target.__module__)


def _meant(captured: Captured, node: Any) -> Any:
    """The object that a dotted name of the module means; None where that is not known."""
    if isinstance(node, gast.Attribute):
        owner = _meant(captured, node.value)
        return getattr(owner, node.attr, None) if isinstance(owner, ModuleType | type) else None
    if not isinstance(node, gast.Name) or node.id in captured.scope.local:
        return None
    return captured.namespace.get(node.id)


def _computed(part: Any) -> list[Any]:
    """The parts of an expression that are computed whatever the others give, in order."""
    if isinstance(part, gast.BoolOp):
        return list(part.values[:1])
    if isinstance(part, gast.IfExp):
        return [part.test]
    if isinstance(part, gast.Compare):
        return [part.left, part.comparators[0]]
    parts: Sequence[Any] = tuple(gast.iter_child_nodes(part)) if isinstance(part, _ORDERED) else ()
    return [child for child in parts if isinstance(child, (gast.expr, gast.keyword))]


def _held_inside(part: Any, hold: Callable[[Any], Any]) -> Any:
    """A part that is computed first; of `*items` and `name=value` it is the value."""
    if isinstance(part, gast.Starred | gast.keyword):
        part.value = hold(part.value)
        return part
    return part if isinstance(part, gast.Slice) else hold(part)


def _replace(part: Any, child: Any, new: Any) -> None:
    for field in part._fields:
        held = getattr(part, field, None)
        if held is child:
            setattr(part, field, new)
        elif isinstance(held, list):
            held[:] = [new if each is child else each for each in held]
