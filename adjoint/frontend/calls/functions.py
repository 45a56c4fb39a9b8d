"""Functions made while the program runs: `lambda`, a `def` inside a function, and what a decorator makes of it."""

from __future__ import annotations

from typing import Any

import gast

from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.context import Context, expression, statement
from adjoint.frontend.storage import memory
from adjoint.frontend.syntax.capture import code_of
from adjoint.frontend.values.objects import Closure, Code, handle
from adjoint.ir.core import Value


@expression(gast.Lambda)
def lower_lambda(ctx: Context, node: Any) -> Value:
    return closure(ctx, node)


@statement(gast.FunctionDef)
def lower_def(ctx: Context, node: Any) -> None:
    from adjoint.frontend.calls.calls import call_value

    made = closure(ctx, node)
    for decorator in reversed(node.decorator_list):
        function = ctx.expression(decorator)
        made = call_value(ctx, decorator, function, [made], {}, ctx.captured.source.segment(decorator))
    ctx.bind(node.name, made)


def closure(ctx: Context, node: Any) -> Value:
    """The function with what it takes along: values of variables that stay as they are, boxes of those that change."""
    code = code_of(ctx.captured, node, ctx.siblings)
    taken: dict[str, Value] = {}
    for name in taken_names(code):
        if not name.startswith("="):
            held = _taken(ctx, node, name)
            if held is not None:
                taken[name] = held
    taken.update(_defaults(ctx, node, code))
    return handle(Closure(_without_globals(code, taken), taken))


def _taken(ctx: Context, node: Any, name: str) -> Value | None:
    """What a variable around the function gives it; None for a global."""
    key = ctx.renamed.get(name, name)
    box = ctx.boxes.get(key)
    if box is not None:
        return handle(box)
    if ctx.is_local(name):
        return memory.keep(ctx, ctx.read(node, name))
    return ctx.taken.get(name)


def _without_globals(code: Code, taken: dict[str, Value]) -> Code:
    """The code, knowing which of its free names are variables of functions around it and which are globals."""
    wanted = tuple(name for name in code.free if name in taken)
    if wanted != code.free:
        object.__setattr__(code, "free", wanted)
        for sibling in code.siblings.values():
            kept = tuple(name for name in sibling.free if name in taken)
            object.__setattr__(sibling, "free", kept)
    return code


def _defaults(ctx: Context, node: Any, code: Code) -> dict[str, Value]:
    """The defaults, evaluated where the function is made."""
    plain = [*node.args.posonlyargs, *node.args.args]
    pairs = list(zip(plain[len(plain) - len(node.args.defaults) :], node.args.defaults))
    pairs += [(arg, value) for arg, value in zip(node.args.kwonlyargs, node.args.kw_defaults) if value is not None]
    return {f"={arg.id}": memory.keep(ctx, ctx.expression(value)) for arg, value in pairs}
