"""The fence: every syntax node of the target must be known, before anything is lowered.

Deny by default. A node that is not in `SUPPORTED` is refused with the reason and the way out that `LIMITS` gives for
it; docs/limits.md is made from the same table.
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


SUPPORTED = frozenset(
    """
    Module FunctionDef arguments Return Assign AugAssign AnnAssign For While If Raise Assert Expr Pass Break Continue
    BoolOp BinOp UnaryOp IfExp Compare Call keyword Constant Attribute Subscript Name List Tuple Slice Starred Param
    Load Store And Or Add Sub Mult MatMult Div Mod Pow LShift RShift BitOr BitXor BitAnd FloorDiv Invert Not UAdd USub
    Eq NotEq Lt LtE Gt GtE Is IsNot In NotIn
    """.split()
)

_LOOP = "write the loop out: `for ...:` with an accumulator, or one NumPy expression over the array"
_OUTSIDE = "keep it outside of the function, and pass what it needs as arguments"
_SCOPE = "the function changes a variable that outlives the call, which a derivative cannot undo"

LIMITS: dict[str, Limit] = {
    "AsyncFunctionDef": Limit("`async def`", "a coroutine has no derivative", "write an ordinary function"),
    "ClassDef": Limit("a class inside a function", "a class is not data", "define the class at module level"),
    "Delete": Limit("`del`", "variables are values here: nothing can be taken back", "leave the name bound"),
    "AsyncFor": Limit("`async for`", "a coroutine has no derivative", "use an ordinary loop"),
    "AsyncWith": Limit("`async with`", "a coroutine has no derivative", "use ordinary code"),
    "Await": Limit("`await`", "a coroutine has no derivative", "use ordinary code"),
    "With": Limit("`with`", "what happens on entry and exit has no derivative", _OUTSIDE),
    "Match": Limit("`match`", "patterns are not lowered yet", "use `if` and `elif`"),
    "Try": Limit(
        "`try`",
        "the reverse sweep cannot tell which statement raised",
        "test the condition with `if` first, or put the `try` outside of the function",
    ),
    "TryStar": Limit("`except*`", "the reverse sweep cannot tell which statement raised", "test the condition first"),
    "Import": Limit("`import` inside a function", "names are looked up before it would run", "import at module level"),
    "ImportFrom": Limit(
        "`import` inside a function", "names are looked up before it would run", "import at module level"
    ),
    "Global": Limit("`global`", _SCOPE, "return the new value"),
    "Nonlocal": Limit("`nonlocal`", _SCOPE, "return the new value"),
    "NamedExpr": Limit("`:=`", "assignment inside an expression is not lowered yet", "assign on a line of its own"),
    "Lambda": Limit("`lambda`", "functions made inside the function are not lowered yet", "use a module-level `def`"),
    "Dict": Limit("a dict", "dicts are not lowered yet", "use separate variables, or a tuple"),
    "Set": Limit("a set", "a set is not data", "use a tuple"),
    "ListComp": Limit("a list comprehension", "comprehensions are not lowered yet", _LOOP),
    "SetComp": Limit("a set comprehension", "a set is not data", _LOOP),
    "DictComp": Limit("a dict comprehension", "dicts are not lowered yet", _LOOP),
    "GeneratorExp": Limit("a generator expression", "generators are not lowered yet", _LOOP),
    "Yield": Limit("`yield`", "a generator returns more than once", "return the values in a tuple"),
    "YieldFrom": Limit("`yield from`", "a generator returns more than once", "return the values in a tuple"),
    "JoinedStr": Limit(
        "an f-string",
        "strings made at run time are not lowered yet",
        "pass the values separately: `print('x =', x)`, or use a constant message",
    ),
    "nested FunctionDef": Limit(
        "a function inside a function", "closures made by the call are not lowered yet", "define it at module level"
    ),
    "starred target": Limit("`*name` on the left", "its length is not known", "index the parts by position"),
    "double star": Limit("`**` in a call", "the names of the arguments are not known", "write the keywords out"),
    "starred item": Limit("`*` in a display", "the length is not known", "write the items out"),
}

_UNKNOWN = Limit("this construct", "it has no handler", "rewrite it with assignments, `if` and loops")


def check(tree: Any, source: SourceText) -> None:
    """Refuse the first construct, in source order, that cannot be lowered. Raises UnsupportedConstruct."""
    refused = [(node, limit) for node, limit in _refusals(tree)]
    if not refused:
        return
    node, limit = min(refused, key=lambda found: (getattr(found[0], "lineno", 0), getattr(found[0], "col_offset", 0)))
    raise UnsupportedConstruct(
        f"{limit.construct} is not supported", place=source.place(node), why=limit.why, fix=limit.fix
    )


def _refusals(tree: Any) -> Iterator[tuple[Any, Limit]]:
    pending: list[Any] = list(reversed(tree.body))
    while pending:
        node = pending.pop()
        limit = _limit_of(node)
        if limit is not None:
            yield node, limit
        else:
            pending.extend(_children(node))


def _limit_of(node: Any) -> Limit | None:
    name = type(node).__name__
    if name == "FunctionDef":
        return LIMITS["nested FunctionDef"]
    if name in ("Assign", "For", "AnnAssign"):
        targets = node.targets if name == "Assign" else [node.target]
        if any(isinstance(part, gast.Starred) for target in targets for part in gast.walk(target)):
            return LIMITS["starred target"]
    if name == "keyword" and node.arg is None:
        return LIMITS["double star"]
    if name in ("Tuple", "List") and any(isinstance(item, gast.Starred) for item in node.elts):
        return LIMITS["starred item"]
    return None if name in SUPPORTED else LIMITS.get(name, _UNKNOWN)


def _children(node: Any) -> Iterator[Any]:
    for field in node._fields:
        if field == "annotation":
            continue
        value = getattr(node, field, None)
        for child in value if isinstance(value, list) else (value,):
            if isinstance(child, gast.AST):
                yield child
