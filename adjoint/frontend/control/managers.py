"""Context managers: which one a `with` enters, and whether it may swallow an exception or change globals.

They are objects of the run: called when the program runs, never differentiated. A manager that swallows exceptions is
refused, because the statements behind an exception are skipped and the reverse sweep would not know which.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import dis
import io
from collections.abc import Iterator, Sequence
from types import FunctionType, MethodType
from typing import Any

import gast

from adjoint.errors import AdjointError, OutsideEffect
from adjoint.frontend.calls.calls import lower_arguments
from adjoint.frontend.calls.opaque import check_arguments
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.names import UNKNOWN, dotted, known_object
from adjoint.ir.core import Value
from adjoint.ir.types import Object, Static, Type, Undef
from adjoint.libraries import is_standard
from adjoint.source import read_source

_GENERATOR_CODE = contextlib.contextmanager(lambda: iter(())).__code__
_GENERATED = contextlib._GeneratorContextManager
_SWALLOWING = frozenset(
    {"suppress", "ExitStack", "_AssertRaisesContext", "_AssertWarnsContext", "_patch", "_patch_dict"}
)
"""Classes of the standard library that swallow exceptions, or change what they are told to."""


def refuse_throw(ctx: Context, node: Any) -> AdjointError:
    """The refusal of a `raise` that leaves a `with` on its way to a handler."""
    return ctx.refuse(
        node,
        "an exception raised inside of this `with` is caught outside of it",
        why="the manager may do something else after an exception",
        fix="catch it inside of the `with`",
    )


def passes_on_alike(ctx: Context, node: Any) -> bool:
    """Whether the manager that a `with` enters is left in one way."""
    target = known_object(ctx, node.func) if isinstance(node, gast.Call) else UNKNOWN
    maker = _maker(target) if target is not UNKNOWN else None
    held = _global_object(ctx, node) if maker is None else UNKNOWN
    if held is not UNKNOWN:
        return leaves_alike(type(held), ())
    return maker is not None and leaves_alike(*maker)


def lower_manager(ctx: Context, node: Any) -> Value:
    """The context manager of a `with`, as a value of type `Object`. Raises AdjointError."""
    if isinstance(node, gast.Call):
        target = known_object(ctx, node.func)
        maker = None if target is UNKNOWN else _maker(target)
        if maker is not None:
            cls, code = maker
            check(ctx, node, cls, code)
            return _called(ctx, node, target, cls)
    held = _global_object(ctx, node)
    if held is not UNKNOWN:
        check(ctx, node, type(held), codes_of(type(held)))
        return ctx.const(held, text=dotted(node))
    value = ctx.expression(node)
    if isinstance(value.type, Object):
        check(ctx, node, value.type.cls, codes_of(value.type.cls))
        return value
    if isinstance(value.type, Undef):
        return value
    raise ctx.refuse(
        node,
        f"`with` of {spoken(value.type)}",
        why="which context manager this is must be known before the run",
        fix="call its class, or a function made by `contextlib.contextmanager`, in the `with` itself",
    )


def _maker(target: Any) -> tuple[type, Sequence[Any]] | None:
    """The class of what a call makes and the functions that run on entry and exit; None where that is not known."""
    if isinstance(target, type) and hasattr(target, "__enter__") and hasattr(target, "__exit__"):
        return target, codes_of(target)
    if target is builtins.open:
        return io.IOBase, ()
    if isinstance(target, MethodType) and isinstance(target.__self__, _GENERATED):
        return _GENERATED, (target.__self__.func,)
    generator = generator_of(target)
    return None if generator is None else (contextlib._GeneratorContextManager, (generator,))


def generator_of(target: Any) -> FunctionType | None:
    """The generator function that `contextmanager` has made a manager of."""
    if isinstance(target, FunctionType) and target.__code__ is _GENERATOR_CODE:
        return target.__wrapped__  # type: ignore[attr-defined, no-any-return]  # set by `wraps`
    return None


def is_of_library(ctx: Context, node: Any) -> bool:
    """Whether a `with` enters an object of a class of the library, or `nullcontext`."""
    target = known_object(ctx, node.func) if isinstance(node, gast.Call) else UNKNOWN
    maker = None if target is UNKNOWN else _maker(target)
    made = maker[0] if maker is not None else _GENERATED
    return target is contextlib.nullcontext or (made is not _GENERATED and _is_known(made))


def codes_of(cls: type) -> Sequence[Any]:
    """The functions that run when an object of the class is made, entered and left."""
    found = [getattr(cls, name, None) for name in ("__init__", "__enter__", "__exit__")]
    return [each for each in found if isinstance(each, FunctionType)]


def _global_object(ctx: Context, node: Any) -> Any:
    """A context manager that a global name holds."""
    root = node
    while isinstance(root, gast.Attribute):
        root = root.value
    if not isinstance(root, gast.Name) or root.id in ctx.local_names:
        return UNKNOWN
    held = ctx.captured.namespace.get(root.id, UNKNOWN)
    for name in (dotted(node) or "").split(".")[1:]:
        held = getattr(held, name, UNKNOWN)
    return held if hasattr(type(held), "__enter__") else UNKNOWN


def _called(ctx: Context, node: Any, target: Any, cls: type) -> Value:
    args, keywords = lower_arguments(ctx, node)
    check_arguments(ctx, node, [*args, *keywords.values()])
    text = dotted(node.func) or target.__name__
    attrs = {"func": target, "keywords": tuple(keywords), "type": Object(cls), "_text": text}
    return ctx.builder.op("pycall", [*args, *keywords.values()], [Object(cls)], attrs).result


def entered_type(manager: Type) -> Type:
    """The type of what `as` binds."""
    cls = type(manager.value) if isinstance(manager, Static) else getattr(manager, "cls", object)
    returns_self = issubclass(cls, io.IOBase) or _returns_self(getattr(cls, "__enter__", None))
    return Object(cls if returns_self else object)


def _returns_self(method: Any) -> bool:
    if method is contextlib.AbstractContextManager.__enter__:
        return True
    tree = _tree(method)
    if tree is None or not tree.args.args:
        return False
    name = tree.args.args[0].arg
    values = [node.value for node in _own_nodes(tree) if isinstance(node, ast.Return)]
    return bool(values) and all(isinstance(value, ast.Name) and value.id == name for value in values)


# -- what a manager must not do


def check(ctx: Context, node: Any, cls: type, codes: Sequence[Any]) -> None:
    """Refuse a manager that may swallow exceptions, or changes globals."""
    name = dotted(node.func if isinstance(node, gast.Call) else node) or cls.__name__
    if may_swallow(cls, codes):
        raise ctx.refuse(
            node,
            f"`{name}` may swallow an exception",
            why="the statements behind the exception would be skipped, and the reverse sweep cannot tell which",
            fix="let `__exit__` return None, or test the condition with `if`",
        )
    changed = sorted({name for code in codes for name in _stored_globals(code)})
    if changed:
        raise ctx.refuse(
            node,
            f"`{name}` changes the global {changed[0]!r}",
            why="the reverse sweep runs outside of the `with`, where the global has its old value again",
            fix="pass the value as an argument",
            kind=OutsideEffect,
        )


def may_swallow(cls: type, codes: Sequence[Any], around: tuple[Any, ...] = ()) -> bool:
    """Whether an exception may end at the exit of the manager. Unknown means it may.

    `around` are the generators whose `with` statements are being looked at.
    """
    if cls is contextlib._GeneratorContextManager:
        return not codes or any(_swallows_at_yield(code, around) for code in codes)
    method = getattr(cls, "__exit__", None)
    owner = next((base for base in cls.__mro__ if "__exit__" in vars(base)), cls)
    if _is_known(owner):
        return bool(_SWALLOWING & {base.__name__ for base in cls.__mro__})
    tree = _tree(method)
    if tree is None:
        return True
    values = [node.value for node in _own_nodes(tree) if isinstance(node, ast.Return)]
    return not all(value is None or (isinstance(value, ast.Constant) and not value.value) for value in values)


def ignores_exception(cls: type) -> bool:
    """Whether leaving does the same after an exception: nothing of it is read. Unknown means it does not."""
    owner = next((base for base in cls.__mro__ if "__exit__" in vars(base)), cls)
    if cls is not contextlib._GeneratorContextManager and _is_known(owner):
        return True
    tree = _tree(getattr(cls, "__exit__", None))
    if tree is None:
        return False
    args = [*tree.args.posonlyargs, *tree.args.args, *tree.args.kwonlyargs, tree.args.vararg, tree.args.kwarg]
    details = {arg.arg for arg in args[1:] if arg is not None}
    return not any(isinstance(node, ast.Name) and node.id in details for node in ast.walk(tree))


def leaves_alike(cls: type, codes: Sequence[Any], around: tuple[Any, ...] = ()) -> bool:
    """Whether leaving does the same after an exception. Unknown means it does not."""
    if cls is not _GENERATED:
        return ignores_exception(cls)
    tree = _tree(codes[0]) if codes and codes[0] not in around else None
    return tree is not None and _yields_last(tree.body, (*around, codes[0]))


def _yields_last(block: Sequence[ast.stmt], around: tuple[Any, ...]) -> bool:
    """Whether nothing but `finally` clauses stands behind the `yield` of a block that has one."""
    for index, statement in enumerate(block):
        if not any(isinstance(part, ast.Yield) for part in ast.walk(statement)):
            continue
        if index + 1 < len(block) or not isinstance(statement, ast.Expr | ast.Try | ast.With):
            return False
        if isinstance(statement, ast.Try) and (statement.handlers or statement.orelse):
            return False
        items = statement.items if isinstance(statement, ast.With) else []
        if not all(_item_is_alike(each.context_expr, around) for each in items):
            return False
        if isinstance(statement, ast.Try | ast.With) and not _yields_last(statement.body, around):
            return False
    return True


def _item_is_alike(node: ast.expr, around: tuple[Any, ...]) -> bool:
    maker = _maker_in(node, around[-1])
    return maker is not None and leaves_alike(*maker, around)


def _is_known(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "numpy" or is_standard(cls.__module__)


def _swallows_at_yield(function: Any, around: tuple[Any, ...]) -> bool:
    """Whether an exception thrown into a generator at its `yield` may end there."""
    tree = _tree(function)
    if tree is None or function in around:
        return True
    return any(_catches(block, (*around, function)) for block in _around_yields(tree.body, []))


def _around_yields(block: Sequence[ast.stmt], around: list[Any]) -> Iterator[Any]:
    """The `try` and `with` statements that a `yield` stands in."""
    for statement in block:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            continue
        inner = [*around, statement] if isinstance(statement, ast.Try | ast.With) else around
        for field in ("body", "orelse", "finalbody", "handlers"):
            part = getattr(statement, field, [])
            guarded = inner if field == "body" else around
            if field == "handlers":
                part = [each for handler in part for each in handler.body]
            yield from _around_yields(part, guarded)
        if not hasattr(statement, "body") and any(
            isinstance(n, ast.Yield | ast.YieldFrom) for n in ast.walk(statement)
        ):
            yield from around


def _catches(statement: Any, around: tuple[Any, ...]) -> bool:
    if isinstance(statement, ast.Try):
        jumps = [
            n for s in statement.finalbody for n in ast.walk(s) if isinstance(n, ast.Return | ast.Break | ast.Continue)
        ]
        return bool(jumps) or not all(_raises_again(handler.body) for handler in statement.handlers)
    return any(_item_swallows(item.context_expr, around) for item in statement.items)


def _raises_again(block: Sequence[ast.stmt]) -> bool:
    return isinstance(block[-1], ast.Raise) and not any(isinstance(s, ast.If | ast.Return) for s in block)


def _item_swallows(node: ast.expr, around: tuple[Any, ...]) -> bool:
    """Whether a `with` inside a generator may swallow what is thrown at the `yield` inside of it."""
    maker = _maker_in(node, around[-1])
    return maker is None or may_swallow(*maker, around)


def _maker_in(node: ast.expr, function: Any) -> tuple[type, Sequence[Any]] | None:
    """What a call in a function makes, as `_maker`."""
    target: Any = function.__globals__
    path = ast.unparse(node.func).split(".") if isinstance(node, ast.Call) else []
    for index, name in enumerate(path):
        target = (target.get(name) or getattr(builtins, name, None)) if index == 0 else getattr(target, name, None)
    return _maker(target) if path else None


def _stored_globals(function: Any) -> Iterator[str]:
    for instruction in dis.get_instructions(function):
        if instruction.opname == "STORE_GLOBAL":
            yield str(instruction.argval)


def _tree(function: Any) -> ast.FunctionDef | None:
    """The definition of a function written in Python, None where it cannot be read."""
    if not isinstance(function, FunctionType):
        return None
    try:
        node = read_source(function).node
    except AdjointError:
        return None
    return node if isinstance(node, ast.FunctionDef) else None


def _own_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function without those of the functions inside it."""
    pending: list[ast.AST] = list(ast.iter_child_nodes(tree))
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))
