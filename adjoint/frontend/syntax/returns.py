"""A function that returns one variable, bound on some paths only, as one that returns on each of these paths.

    if c:                           if c:
        u = 0.9 * u                     u = 0.9 * u
    return u                ->          return u
                                    else:
                                        return u

What it returns is known on each path then: its argument, or a new array. Done where it could not be told otherwise.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import gast

from adjoint.frontend.syntax.jumps import all_bound_names, can_fall

_MOST_STATEMENTS, _MOST_BRANCHES = 6, 3
"""How much may be written more than once: statements between a branch and the `return`, and branches."""


def returned_apart(block: Sequence[Any]) -> list[Any] | None:
    """The statements with a `return` on each path; None where there is nothing to write in another way."""
    last = block[-1] if block else None
    if not isinstance(last, gast.Return):
        return None
    if isinstance(last.value, gast.IfExp):
        return [*block[:-1], *_chosen(last)]
    if not isinstance(last.value, gast.Name):
        return None
    name, tail, branches = last.value.id, [last], 0
    for statement in reversed(block[:-1]):
        is_bound = isinstance(statement, gast.If) and name in all_bound_names([statement])
        if is_bound and len(tail) <= _MOST_STATEMENTS and branches < _MOST_BRANCHES:
            tail = [_split(statement, tail)]
            branches += 1
        else:
            tail = [statement, *tail]
    return tail if branches else None


def _split(statement: Any, tail: list[Any]) -> Any:
    """An `if` with what comes behind it in each of its branches."""
    branches = statement.body, statement.orelse
    body, orelse = ([*each, *copy.deepcopy(tail)] if can_fall(each) else each for each in branches)
    return gast.copy_location(gast.If(statement.test, body, orelse), statement)


def _chosen(last: Any) -> list[Any]:
    """`return a if c else b` as an `if`."""
    choice = last.value
    one, other = (gast.copy_location(gast.Return(each), last) for each in (choice.body, choice.orelse))
    return [gast.copy_location(gast.If(choice.test, [one], [other]), last)]
