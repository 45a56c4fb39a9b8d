"""Derivatives inside functions: `grad(f)` of what is known now, and of closures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from adjoint.errors import AdjointError, AliasNotProvable
from adjoint.frontend.calls import calling
from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.calls.calls import bind, call_function
from adjoint.frontend.calls.entangled import refuse_shared
from adjoint.frontend.calls.symbols import canonical
from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import Closure, Transform, Transformed, handle, object_of
from adjoint.frontend.values.structures import is_data
from adjoint.ir.core import Function, Value
from adjoint.ir.types import INT

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Entry


def call_transform(ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`grad(f)` inside a function: of what is known now it is made now, of a closure when it is called."""
    if all(map(ctx.is_static, (*args, *keywords.values()))):
        return ctx.const(target(*map(ctx.static, args), **{name: ctx.static(each) for name, each in keywords.items()}))
    if not args or not all(map(ctx.is_static, (*args[1:], *keywords.values()))):
        raise ctx.refuse(
            node,
            f"`{getattr(target, '__name__', 'grad')}` of this is not supported inside a function",
            why="it takes a function known now and constant options",
            fix="name the function, and write `wrt` out",
        )
    options, named = [ctx.static(arg) for arg in args[1:]], {name: ctx.static(each) for name, each in keywords.items()}
    return handle(Transformed(args[0], Transform(target, options, named, repr((options, named)))))


def call_transformed(
    ctx: Context, node: Any, thing: Transformed, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """The derivative of a closure: of its code, as a function of what it has taken along as well."""
    derivative, operands = _derived(ctx, node, thing, args, keywords, text)
    types = canonical((operand.type for operand in operands), (f"x{number}" for number in range(len(operands))))
    callee: Function = derivative.__adjoint_lower__(types, ctx.specializations)
    return call_function(ctx, callee, operands, types, text)


def _derived(
    ctx: Context, node: Any, thing: Transformed, args: list[Value], keywords: dict[str, Value], text: str
) -> tuple[Any, list[Value]]:
    """The derivative as an object of the interface, and the values to call it with."""
    base = object_of(thing.base)
    if isinstance(base, Transformed):
        inner, operands = _derived(ctx, node, base, args, keywords, text)
        return thing.transform(inner), operands
    if not isinstance(base, Closure):
        raise _refuse_transform(ctx, node, f"the derivative of {base} is taken")
    captured = base.code.captured
    values = bind(ctx, node, captured, args, keywords, text, lambda param: base.taken[f"={param.name}"])
    is_given = [number < len(args) or param.name in keywords for number, param in enumerate(captured.params)]
    real = [_as_real(ctx, node, value) if given else value for value, given in zip(values, is_given, strict=True)]
    found: list[tuple[Entry, list[Value]]] = []
    ctx.either(
        lambda: found.append(_lowered(ctx, node, base, real, text)),
        lambda: found.append(_lowered(ctx, node, base, values, text)),  # an int may be an axis
    )
    entry, operands = found[0]
    if entry.changed and not entry.in_progress:
        entry = _on_arrays_of_its_own(ctx, entry, len(values))
        names = [param.name for param in captured.params]
        refuse_shared(ctx, node, text, values, names, entry.function.written)
    if entry.in_progress or entry.changed or entry.result is None or not is_data(entry.result):
        raise _refuse_transform(ctx, node, f"{base} changes what is around it, or calls itself")
    return thing.transform(_stand_in(entry.function)), operands


def _on_arrays_of_its_own(ctx: Context, entry: Entry, count: int) -> Entry:
    """The function whose changes to its first `count` arguments nobody sees; as it is if it changes other things."""
    made = ctx.specializations.entry(entry.target, entry.forms, is_outermost=True)
    return made if all(number < count for number in made.function.written) else entry


def _lowered(
    ctx: Context, node: Any, base: Closure, values: list[Value], text: str
) -> tuple[Entry, list[Value]]:
    """The function of a closure for these arguments, and the values that it takes."""
    names = taken_names(base.code)
    taken = [base.taken[name] for name in names]
    values = [*_apart(ctx, node, values, taken, text), *taken]
    places = [*(param.name for param in base.code.captured.params), *names]
    return calling.lowered(ctx, node, base.code, values, places)


def _apart(ctx: Context, node: Any, values: list[Value], taken: list[Value], text: str) -> list[Value]:
    """The arguments, copied where they lie in one memory: each of them has a derivative of its own."""
    kept = [memory.keep(ctx, value) for value in values]
    roots = [ctx.roots_of([each]) for each in (*kept, *(memory.keep(ctx, value) for value in taken))]
    made = []
    for number, (value, held) in enumerate(zip(values, kept)):
        is_shared = any(roots[number] & other for at, other in enumerate(roots) if at != number)
        if is_shared and not memory.is_array(memory.load(ctx, node, held)):
            raise ctx.refuse(
                node,
                f"an argument of `{text}` shares an array with another one, or with a variable around the function",
                why="each of them has a derivative of its own",
                fix="pass copies: `x.copy()`",
                kind=AliasNotProvable,
            )
        made.append(ctx.emit(node, "copy", memory.load(ctx, node, held)) if is_shared else value)
    return made


def _as_real(ctx: Context, node: Any, value: Value) -> Value:
    return ctx.emit(node, "float", value) if value.type == INT else value


def _refuse_transform(ctx: Context, node: Any, what: str) -> AdjointError:
    return ctx.refuse(
        node,
        what,
        why="it depends on variables of the function around it in a way that has no derivative of its own",
        fix="define it at module level, and pass what it needs as arguments",
    )


def _stand_in(function: Function) -> Any:
    """A Python function with the parameters of one of the IR, for the interface to make a derivative of."""

    names = ", ".join(param.name for param in function.params)
    made: dict[str, Any] = {}
    exec(f"def stand_in({names}): raise NotImplementedError", made)  # the interface reads its parameters, nothing else
    stand_in = made["stand_in"]
    stand_in.__name__ = stand_in.__qualname__ = function.name
    stand_in.__adjoint_lower__ = lambda types, known=None: function
    return stand_in
