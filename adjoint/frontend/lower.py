"""The front end: from a Python function and argument types to IR.

syntax       the source: found, parsed, fenced, written out in simpler statements
values       what a name can stand for, and how it is taken apart into values of the IR
storage      arrays and containers in memory: who shares one, what a store changes
control      blocks, branches, loops, scopes, and where their paths meet
containers   lists, dicts, tuples, strings and what Python does with them
calls        operations, functions of the user, what only runs; borders of a function
library      functions of the libraries that stand for more than one operation
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import adjoint.ir.ops  # noqa: F401  # fills the table of operations
from adjoint.errors import AdjointError, UnsupportedConstruct
from adjoint.frontend import (  # noqa: F401  # register their handlers
    expressions,
    imports,
    statements,
    subscripts,
)
from adjoint.frontend.calls import (  # noqa: F401  # register their handlers
    calls,
    functions,
)
from adjoint.frontend.containers import (  # noqa: F401  # register their handlers
    builtin_functions,
    reductions,
)
from adjoint.frontend.control import (  # noqa: F401  # register their handlers
    comprehensions,
    iterators,
)
from adjoint.frontend.finished import check_bound, note_effects
from adjoint.frontend.library import (  # noqa: F401  # register their handlers
    arrays,
    at,
    collections,
    complex,
    einsum,
    functools,
    iteration,
    itertools,
    numbers,
    objects,
    operator,
    selecting,
    shaping,
    ufuncs,
    walks,
)
from adjoint.frontend.specialize import Specializations
from adjoint.frontend.syntax.capture import deep_recursion, unwrap
from adjoint.frontend.values import (  # noqa: F401  # register their handlers
    kinds,
    texts,
)
from adjoint.frontend.values.asked import Name, Outer
from adjoint.ir.core import Function, walk
from adjoint.ir.types import Type
from adjoint.ir.undefined import bind_missing
from adjoint.runtime.known import Path


def lower(
    function: Callable[..., Any],
    arg_types: Sequence[Type],
    *,
    source: str | None = None,
    specializations: Specializations | None = None,
    returns_left: bool = False,
) -> Function:
    """The function specialised to one type per parameter, with everything it calls.

    With `returns_left` it returns a pair: its result, and what it leaves in the arrays that it writes into.
    Raises AdjointError at the user's line for what cannot be lowered; NoSource when there is no text to read.
    """
    if specializations is not None:
        return _lowered(function, arg_types, source, specializations)
    names: dict[Name, set[Path]] = {}
    while True:
        try:
            return _lowered(function, arg_types, source, Specializations(returns_left=returns_left, outer=Outer(names)))
        except AdjointError as refusal:
            asked = [each for each in refusal.asks if isinstance(each.value, tuple)]
            if all(each.path in names.get(each.value, ()) for each in asked):
                raise
        for each in asked:
            names.setdefault(each.value, set()).add(each.path)


def _lowered(
    function: Callable[..., Any], arg_types: Sequence[Type], source: str | None, known: Specializations
) -> Function:
    with deep_recursion():
        lowered = known.specialize(_checked(function, arg_types), tuple(arg_types), source)
        if known.stack:
            return lowered  # part of a lowering that is under way: its end checks everything
        functions = _reachable(lowered)
        sources = {id(entry.function): key[0] for key, entry in known.table.items()}
        for each in functions:
            bind_missing(each.body)
            if id(each) in sources:
                check_bound(each, known.capture(sources[id(each)]))
        note_effects(functions)
        lowered.held = tuple(known.outer.held)
    return lowered


def _checked(function: Callable[..., Any], arg_types: Sequence[Type]) -> Callable[..., Any]:
    code = unwrap(function).__code__
    count = code.co_argcount + code.co_kwonlyargcount
    stars = bool(code.co_flags & 0x0C)
    if not stars and count != len(arg_types):
        raise UnsupportedConstruct(
            f"{code.co_name}() has {count} parameters, {len(arg_types)} types are given",
            why="every parameter needs a type",
            fix="pass one type per parameter, in order",
        )
    return function


def _reachable(function: Function) -> list[Function]:
    found = {function: None}
    pending = [function]
    while pending:
        for op in walk(pending.pop().body):
            callee = op.attrs.get("callee")
            if isinstance(callee, Function) and callee not in found:
                found[callee] = None
                pending.append(callee)
    return list(found)
