"""Calls: operations of the table, array methods, functions of the user, whatever else a value can stand for."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from types import FunctionType
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, NoRule, NoSource, StaleSource, UnsupportedConstruct
from adjoint.frontend.attributes import attribute, method_of
from adjoint.frontend.calls import calling, draws, opaque, spreading
from adjoint.frontend.calls.borders import taken_names
from adjoint.frontend.calls.classes import construct, own_protocol, special_object
from adjoint.frontend.calls.custom import call_custom
from adjoint.frontend.calls.entangled import refuse_shared
from adjoint.frontend.calls.intrinsics import intrinsic_of
from adjoint.frontend.calls.operations import call_array_method, call_operation
from adjoint.frontend.calls.symbols import canonical, outward
from adjoint.frontend.calls.unsupported import Reason, reason_for, registration
from adjoint.frontend.containers import containers, methods
from adjoint.frontend.containers.builtin_functions import parallel_range
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.expressions import conditional, displayed
from adjoint.frontend.names import UNKNOWN, dotted, frozen, known_index, known_object, outside_object
from adjoint.frontend.storage import lent, memory
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.values import texts
from adjoint.frontend.values.asked import as_told, asking
from adjoint.frontend.values.objects import Bound, Choice, Closure, Items, Special, Transformed, object_of
from adjoint.frontend.values.optionals import present
from adjoint.frontend.writer import holds_0d
from adjoint.ir import binding
from adjoint.ir.core import Function, Param, Value
from adjoint.ir.custom import rule_for
from adjoint.ir.jitted import is_parallel_range
from adjoint.ir.types import Array, Layout, List, Scalar, Static, Type, Undef

Arguments = tuple[list[Value], dict[str, Value]]


@expression(gast.Call)
def lower_call(ctx: Context, node: Any) -> Value:
    target = known_object(ctx, node.func)
    if target is UNKNOWN and isinstance(node.func, gast.Attribute):
        base = ctx.expression(node.func.value)
        if isinstance(base.type, Array | Scalar | Undef | List):
            return call_array_method(ctx, node, base)
        function = attribute(ctx, node.func, base, node.func.attr)
    else:
        function = ctx.const(target) if target is not UNKNOWN else ctx.expression(node.func)
    text = dotted(node.func) or str(getattr(target, "__name__", None) or ctx.captured.source.segment(node.func))

    def call() -> Value:
        args, keywords = lower_arguments(ctx, node, function)
        return call_value(ctx, node, function, args, keywords, text)

    return lent.lending(ctx, node, target, call)


def call_value(
    ctx: Context, node: Any, function: Value, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """Call whatever a value stands for. Refused for what cannot be called."""
    function = present(ctx, function)
    thing = object_of(function)
    if isinstance(function.type, Undef):
        return ctx.blocked(function)
    if isinstance(function.type, Static):
        return _call_object(ctx, node, function.type.value, args, keywords, text)
    if isinstance(thing, Special):
        result: Value = thing.run(ctx, node, args, keywords)
        return result
    if isinstance(thing, Bound):
        given = [memory.load(ctx, node, each) for each in thing.args]
        named = {name: memory.load(ctx, node, each) for name, each in thing.keywords.items()}
        return call_value(ctx, node, thing.function, [*given, *args], {**named, **keywords}, text)
    if isinstance(thing, Closure):
        return _call_closure(ctx, node, thing, args, keywords, text)
    if isinstance(thing, Choice):
        return _call_choice(ctx, node, thing, args, keywords, text)
    if isinstance(thing, Transformed):
        from adjoint.frontend.calls.transforms import call_transformed

        return call_transformed(ctx, node, thing, args, keywords, text)
    method = method_of(ctx, node, function, "__call__")
    if method is not None:
        return call_value(ctx, node, method, args, keywords, text)
    raise ctx.refuse(
        node, f"{spoken(function.type)} is called", why="only functions known now are called", fix="name the function"
    )


def _call_choice(
    ctx: Context, node: Any, thing: Choice, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """One of two functions: an `if` around two calls."""

    def calling(function: Value) -> Any:
        return lambda: call_value(ctx, node, function, args, keywords, text)

    return conditional(ctx, node, thing.condition, calling(thing.then), calling(thing.orelse), "ternary")


def _call_object(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    from adjoint.frontend.library import arrays

    if is_parallel_range(target):
        return parallel_range(ctx, node, args)
    rule = rule_for(target)
    if rule is not None:
        return call_custom(ctx, node, rule, args, keywords, text)
    drawn = draws.call_random(ctx, node, target, args, keywords, text)
    if drawn is not None:
        return drawn
    result = None
    if not _is_of_user(target):
        result = arrays.with_out(
            ctx, node, target, args, keywords, lambda a, k: _call_object(ctx, node, target, a, k, text)
        )
    if result is not None:
        return result
    intrinsic = intrinsic_of(target)
    if intrinsic is not None:
        with asking((*args, *keywords.values())):
            result = intrinsic(ctx, node, args, keywords)
        if result is not None:
            return result
    if any(isinstance(each.type, Undef) for each in (*args, *keywords.values())):
        return ctx.blocked(*args, *keywords.values())
    if opaque.is_called(target):
        return opaque.call(ctx, node, target, args, keywords, text)
    if getattr(target, "__adjoint_transform__", False):
        from adjoint.frontend.calls.transforms import call_transform

        return call_transform(ctx, node, target, args, keywords)
    found = binding.definition_of(target)
    if found is not None:
        with asking((*args, *keywords.values())):
            return call_operation(ctx, node, target, found, args, keywords, text)
    if isinstance(target, functools._lru_cache_wrapper):
        return _call_cached(ctx, node, target, args, keywords, text)
    special = special_object(ctx, target)
    if special is not None:
        return call_value(ctx, node, special, args, keywords, text)
    if isinstance(target, type):
        made = construct(ctx, node, target, args, keywords, text)
        if made is not None:
            return made
    if isinstance(primal_of(target), FunctionType) and _is_of_user(target):
        return _call_function(ctx, node, target, args, keywords, text)
    if hasattr(target, "__adjoint_lower__"):
        return _call_derivative(ctx, node, target, args, keywords, text)
    if isinstance(getattr(target, "__self__", None), str):
        return texts.method(target.__name__, ctx.const(target.__self__))(ctx, node, args, keywords)
    raise _no_rule(ctx, node, target)


def _call_cached(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """A function that keeps its results. One of constants that cannot be lowered is called now: it gives the same."""
    found: list[Value] = []

    def lowered() -> None:
        found.append(call_value(ctx, node, ctx.const(target.__wrapped__), args, keywords, text))

    def now() -> None:
        given = [ctx.static(arg) for arg in args], {name: ctx.static(each) for name, each in keywords.items()}
        found[:] = [outside_object(ctx, node, text, target(*given[0], **given[1]))]

    if all(map(ctx.is_static, (*args, *keywords.values()))):
        ctx.either(lowered, now)
    else:
        lowered()
    return found[0]


def is_library(function: Any) -> bool:
    """Whether a Python function belongs to a library whose functions are known by rules or not at all."""
    root = (getattr(function, "__module__", None) or "").partition(".")[0]
    return root in ("numpy", "scipy")


def _is_of_user(target: Any) -> bool:
    """Whether it is a function or class of the user's own: an argument called `out` is one like the others."""
    function = primal_of(target)
    return isinstance(function, FunctionType | type) and not is_library(function)


def primal_of(target: Any) -> Any:
    """The function under our own decorators."""
    while hasattr(target, "__adjoint_primal__"):
        target = target.__adjoint_primal__
    return target


def lower_arguments(ctx: Context, node: Any, function: Value | None = None) -> Arguments:
    """The values of the arguments; `*items` and `**mapping` are written out."""
    has_star = any(isinstance(each, gast.Starred) for each in node.args)
    args = _spread(ctx, node, function) if function is not None and has_star else displayed(ctx, node.args)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = ctx.expression(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        value = methods.plain(ctx, keyword, value)
        cell = containers.cell_of(value)
        held = ctx.seen(node, cell) if cell is not None else None
        if cell is None or not isinstance(held, Items) or held.layout.kind != "dict":
            raise ctx.refuse(
                keyword,
                f"`**` of {spoken(value.type)} in a call",
                why="the names of the arguments are not known before the run",
                fix="pass a dict with constant keys, or write the keywords out",
            )
        for number, key in enumerate(held.layout.keys):
            keywords[key] = ctx.slot(node, cell, held, number)
    return args, keywords


def _spread(ctx: Context, node: Any, function: Value) -> list[Value]:
    """Positional arguments with a `*items` among them."""
    parts = spreading.parts_of(ctx, node.args)
    if all(isinstance(part, list) for part in parts):
        return [value for part in parts if isinstance(part, list) for value in part]
    names = [keyword.arg for keyword in node.keywords]
    return spreading.arguments(ctx, node, function, names, parts)


def _no_rule(ctx: Context, node: Any, target: Any) -> AdjointError:
    text = dotted(node.func) or ctx.captured.source.segment(node.func)
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", None) or repr(target)
    module = getattr(target, "__module__", None)
    full = f"{module}.{name}" if module and module != "builtins" else name
    protocol = own_protocol(target) if inspect.isclass(target) else None
    reason = reason_for(target) if protocol is None else _of_class(protocol)
    what = "is neither a known operation nor a plain Python function whose source can be read"
    return ctx.refuse(
        node,
        f"there is no rule for `{text}`",
        why=reason[0] if reason is not None else f"{full} {what}",
        fix=reason[1] if reason is not None else registration(target, text),
        kind=NoRule,
    )


def _of_class(protocol: str) -> Reason:
    return (
        f"objects of a class with `{protocol}` are more than their attributes",
        "keep numbers and arrays in an object of a plain class",
    )


# -- operations


# -- functions of the user


def _call_function(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    function = primal_of(target)
    try:
        captured = ctx.specializations.capture(function)
    except StaleSource:
        raise
    except NoSource as error:
        fix = f"{error.fix}; or {registration(target, text)}"
        raise ctx.refuse(node, error.message, why=error.why, fix=fix, kind=NoSource) from None
    values = bind(ctx, node, captured, args, keywords, text, lambda param: default_of(ctx, node, param))
    return _enter(ctx, node, function, values, [param.name for param in captured.params], text)


def _enter(ctx: Context, node: Any, target: Any, values: list[Value], names: Sequence[str], text: str) -> Value:
    try:
        return calling.call(ctx, node, target, values, names, text)
    except AdjointError as error:
        line = getattr(node, "lineno", 0)
        error.add_note(f"called from: {ctx.captured.source.filename}:{line}, in {ctx.captured.name}()")
        raise


def _call_closure(
    ctx: Context, node: Any, thing: Closure, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    captured = thing.code.captured
    values = bind(ctx, node, captured, args, keywords, text, lambda param: thing.taken[f"={param.name}"])
    names = taken_names(thing.code)
    values += [thing.taken[name] for name in names]
    return _enter(ctx, node, thing.code, values, [*(param.name for param in captured.params), *names], text)


def bind(
    ctx: Context,
    node: Any,
    captured: Captured,
    args: list[Value],
    keywords: dict[str, Value],
    text: str,
    default: Callable[[Param], Value],
) -> list[Value]:
    """One value for each parameter, by Python's rules. Refused when the call does not fit."""
    signature = inspect.Signature([_as_parameter(param) for param in captured.params], __validate_parameters__=False)
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError as error:
        raise ctx.refuse(
            node, f"this call of `{text}` does not fit: {error}", why="Python would raise", fix="check the arguments"
        ) from None
    values = []
    for param in captured.params:
        given = bound.arguments.get(param.name, UNKNOWN)
        if param.kind == "variadic positional":
            values.append(ctx.pack(() if given is UNKNOWN else given))
        elif param.kind == "variadic keyword":
            named = {} if given is UNKNOWN else given
            values.append(ctx.new_cell(Items(Layout("dict", tuple(named)), tuple(named.values()))))
        else:
            values.append(default(param) if given is UNKNOWN else given)
    return values


def _as_parameter(param: Param) -> inspect.Parameter:
    kinds = {kind.description.replace("-", " "): kind for kind in inspect._ParameterKind}
    default = None if param.has_default else inspect.Parameter.empty
    return inspect.Parameter(param.name, kinds[param.kind], default=default)


def default_of(ctx: Context, node: Any, param: Param) -> Value:
    """A default as Python evaluated it, once."""
    return constant(ctx, node, param.name, param.default)


def constant(ctx: Context, node: Any, name: str, held: Any) -> Value:
    """An object known now as a value. Refused for a mutable one that may have changed."""
    if isinstance(held, tuple) and type(held) is tuple:
        return ctx.pack([constant(ctx, node, name, item) for item in held])
    if isinstance(held, slice):
        return known_index(ctx, node, name, held)
    if isinstance(held, list | dict | set) and not held:
        kind = "dict" if isinstance(held, dict) else "list"
        return frozen(ctx, ctx.new_cell(Items(Layout(kind), ())), "it is a default, which is shared between calls")
    if isinstance(held, np.ndarray | list | dict | set):
        raise ctx.refuse(
            node,
            f"the default of {name!r} is a {type(held).__name__}",
            why="a mutable default is shared between calls",
            fix="pass it explicitly",
        )
    return ctx.const(held)


def _call_derivative(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """A derivative is a function of the IR by itself: it takes values and gives one."""
    given, names = _bind_signature(ctx, node, target, args, keywords, text)
    passing = [calling.as_argument(ctx, ctx.written(node, operand)) for operand in given]

    def lowered(told: frozenset[Value]) -> tuple[Function, list[Value], Sequence[Type]]:
        operands = [as_told(ctx, each, Static(ctx.static(each))) if each in told else each for each in passing]
        types = canonical((operand.type for operand in operands), names)
        with calling.passing(ctx, node, operands):
            return target.__adjoint_lower__(types, ctx.specializations), operands, types

    try:
        callee, operands, types = calling.with_known(ctx, passing, lowered)
    except AdjointError as error:
        error.add_note(f"called from: {ctx.captured.source.filename}:{node.lineno}, in {ctx.captured.name}()")
        raise
    refuse_shared(ctx, node, text, given, names, callee.written)
    return call_function(ctx, callee, operands, types, text)


def call_function(ctx: Context, callee: Function, operands: list[Value], types: Sequence[Type], text: str) -> Value:
    """A call of a function of the IR."""
    result_type = outward(callee.result_type, [operand.type for operand in operands], types)
    attrs = {"callee": callee, "effects": frozenset({"raises"}), "_text": text}
    result = ctx.builder.op("call", operands, [result_type], attrs).result
    ctx.specializations.may_hold_0d |= holds_0d(result_type)
    return ctx.adopt(result)


def _bind_signature(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> tuple[list[Value], list[str]]:
    signature = inspect.signature(target)
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError as error:
        raise ctx.refuse(
            node, f"this call of `{text}` does not fit: {error}", why="Python would raise", fix="check the arguments"
        ) from None
    values = []
    names = [name for name in getattr(target, "names", signature.parameters) if name in signature.parameters]
    for name in names:
        parameter, given = signature.parameters[name], bound.arguments.get(name, UNKNOWN)
        if parameter.kind is parameter.VAR_POSITIONAL:
            values.append(_starred(ctx, node, () if given is UNKNOWN else given, None))
        elif parameter.kind is parameter.VAR_KEYWORD:
            taken = {} if given is UNKNOWN else given
            values.append(_starred(ctx, node, taken.values(), Layout("dict", tuple(taken))))
        else:
            values.append(constant(ctx, node, name, parameter.default) if given is UNKNOWN else given)
    return values, names


def _starred(ctx: Context, node: Any, parts: Iterable[Value], layout: Layout | None) -> Value:
    """What a `*args` or `**kwargs` parameter takes, as one value."""
    return ctx.builder.emit("tuple", *(ctx.written(node, part) for part in parts), layout=layout)


# -- derivatives inside functions


__all__ = ["UnsupportedConstruct", "builtins", "lower_call"]
