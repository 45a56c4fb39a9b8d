"""The fence: every syntax node of the target must be known, before anything is lowered.

Deny by default. A node that is not in `SUPPORTED` is refused with the reason and the way out that `LIMITS` gives for
it; docs/limits.md is made from the same tables. To support a node is to move its name from the one to the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, final

import gast

from adjoint.errors import UnsupportedConstruct
from adjoint.source import SourceText


@final
class Limit(NamedTuple):
    """A construct that is refused: what it is called, why it is refused, one way out."""

    construct: str
    why: str
    fix: str


SUPPORTED: dict[str, str] = {
    # statements
    "FunctionDef": "",
    "Return": "",
    "Assign": "",
    "AugAssign": "",
    "AnnAssign": "annotations are not evaluated",
    "For": "",
    "While": "",
    "If": "",
    "Raise": "",
    "Assert": "",
    "Expr": "",
    "Pass": "",
    "Break": "",
    "Continue": "",
    "With": "what a manager of your own computes is differentiated; one that may swallow exceptions is refused",
    "Try": "where only `raise`, here or in a function called here, leads to the handler; `finally` always",
    "Match": "written out as `if` and assignments",
    "Import": "done when the function is differentiated",
    "ImportFrom": "done when the function is differentiated",
    "Nonlocal": "",
    "Global": "for reading; an assignment to the name is refused",
    "Delete": "of a variable: it cannot be read afterwards",
    # expressions
    "BoolOp": "",
    "BinOp": "",
    "UnaryOp": "",
    "IfExp": "",
    "Compare": "",
    "Call": "",
    "Constant": "",
    "Attribute": "",
    "Subscript": "",
    "Name": "",
    "List": "",
    "Tuple": "",
    "Slice": "",
    "Starred": "where the number of items is known before the run",
    "Lambda": "",
    "NamedExpr": "",
    "Dict": "its keys are known before the run",
    "Set": "of values known before the run",
    "ListComp": "",
    "SetComp": "of values known before the run",
    "DictComp": "its keys are known before the run",
    "GeneratorExp": "consumed where it stands",
    "comprehension": "",
    "JoinedStr": "a string made at run time is printed or raised, it has no derivative",
    "FormattedValue": "as `JoinedStr`",
    # parts of statements and expressions
    "Module": "",
    "arguments": "",
    "arg": "",
    "keyword": "",
    "alias": "",
    "withitem": "",
    "ExceptHandler": "as `Try`",
    "match_case": "as `Match`",
    "MatchValue": "",
    "MatchSingleton": "",
    "MatchSequence": "",
    "MatchMapping": "",
    "MatchClass": "positional patterns need a class of the module",
    "MatchStar": "",
    "MatchAs": "",
    "MatchOr": "",
    **dict.fromkeys("Load Store Del".split(), ""),
    **dict.fromkeys("And Or Not UAdd USub Invert".split(), ""),
    **dict.fromkeys("Add Sub Mult MatMult Div FloorDiv Mod Pow LShift RShift BitOr BitXor BitAnd".split(), ""),
    **dict.fromkeys("Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn".split(), ""),
}
"""Every syntax node of Python that is handled, with what there is to say about it."""

_GAST = frozenset({"Param"})
"""Nodes that only gast has: where Python says `arg`."""

_ASYNC = "a coroutine has no derivative"
_GENERATOR = "a generator returns more than once"

LIMITS: dict[str, Limit] = {
    "AsyncFunctionDef": Limit("`async def`", _ASYNC, "write an ordinary function"),
    "AsyncFor": Limit("`async for`", _ASYNC, "use an ordinary loop"),
    "AsyncWith": Limit("`async with`", _ASYNC, "use ordinary code"),
    "Await": Limit("`await`", _ASYNC, "use ordinary code"),
    "ClassDef": Limit("a class inside a function", "a class is not data", "define the class at module level"),
    "TryStar": Limit("`except*`", "the reverse sweep cannot tell which statement raised", "test the condition first"),
    "Yield": Limit("`yield`", _GENERATOR, "return the values in a tuple"),
    "YieldFrom": Limit("`yield from`", _GENERATOR, "return the values in a tuple"),
    "TemplateStr": Limit("a t-string", "a template is not data", "use an f-string"),
    "Interpolation": Limit("a t-string", "a template is not data", "use an f-string"),
    "TypeAlias": Limit("`type` inside a function", "a type is not data", "define it at module level"),
    "TypeVar": Limit("a type parameter", "a type is not data", "write the function without type parameters"),
    "ParamSpec": Limit("a type parameter", "a type is not data", "write the function without type parameters"),
    "TypeVarTuple": Limit("a type parameter", "a type is not data", "write the function without type parameters"),
}
"""What is refused: nodes by their name, and uses of a node that is handled otherwise."""

OUTSIDE = frozenset({"Interactive", "Expression", "FunctionType", "TypeIgnore"})
"""Nodes that no function holds."""

_UNKNOWN = Limit("this construct", "it has no handler", "rewrite it with assignments, `if` and loops")


def check(tree: Any, source: SourceText, allowed: frozenset[str] = frozenset()) -> None:
    """Refuse the first construct, in source order, that cannot be lowered. Raises UnsupportedConstruct."""
    refused = [(node, limit) for node, limit in _refusals(tree, allowed)]
    if not refused:
        return
    node, limit = min(refused, key=lambda found: (getattr(found[0], "lineno", 0), getattr(found[0], "col_offset", 0)))
    raise UnsupportedConstruct(
        f"{limit.construct} is not supported", place=source.place(node), why=limit.why, fix=limit.fix
    )


def _refusals(tree: Any, allowed: frozenset[str]) -> Iterator[tuple[Any, Limit]]:
    pending: list[Any] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        limit = _limit_of(node)
        if limit is not None and type(node).__name__ not in allowed:
            yield node, limit
        else:
            pending.extend(_children(node))


def _limit_of(node: Any) -> Limit | None:
    name = type(node).__name__
    return None if name in SUPPORTED or name in _GAST else LIMITS.get(name, _UNKNOWN)


def _children(node: Any) -> Iterator[Any]:
    for field in node._fields:
        if field in ("annotation", "returns"):
            continue
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, gast.AST):
                yield child
