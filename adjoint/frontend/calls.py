"""Calls: operations of the table, array methods, functions of the user, whatever else a value can stand for."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import FunctionType
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, NoRule, UnsupportedConstruct
from adjoint.frontend import borders, containers, memory, methods, opaque, spreading, texts
from adjoint.frontend.attributes import attribute, method_of
from adjoint.frontend.borders import taken_names
from adjoint.frontend.capture import Captured
from adjoint.frontend.classes import construct, special_object
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.expressions import conditional, displayed
from adjoint.frontend.intrinsics import intrinsic_of
from adjoint.frontend.names import UNKNOWN, dotted, frozen, known_object, outside_object
from adjoint.frontend.objects import Bound, Choice, Closure, Items, Special, Transformed, handle, object_of
from adjoint.frontend.optionals import present
from adjoint.frontend.structures import is_data
from adjoint.frontend.symbols import canonical, outward
from adjoint.ir import binding
from adjoint.ir.core import Function, Param, Value
from adjoint.ir.ops.lists import LIST_FORMS, list_form
from adjoint.ir.opset import OpDef
from adjoint.ir.types import INT, Array, Layout, List, Scalar, Static, Type, Undef

Arguments = tuple[list[Value], dict[str, Value]]


@expression(gast.Call)
def lower_call(ctx: Context, node: Any) -> Value:
    target = known_object(ctx, node.func)
    if target is UNKNOWN and isinstance(node.func, gast.Attribute):
        base = ctx.expression(node.func.value)
        if isinstance(base.type, Array | Scalar | Undef | List):
            return _call_method(ctx, node, base)
        function = attribute(ctx, node.func, base, node.func.attr)
    else:
        function = ctx.const(target) if target is not UNKNOWN else ctx.expression(node.func)
    args, keywords = lower_arguments(ctx, node, function)
    text = dotted(node.func) or str(getattr(target, "__name__", None) or ctx.captured.source.segment(node.func))
    return call_value(ctx, node, function, args, keywords, text)


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
        every = {**thing.keywords, **keywords}
        return call_value(ctx, node, thing.function, [*thing.args, *args], every, text)
    if isinstance(thing, Closure):
        return _call_closure(ctx, node, thing, args, keywords, text)
    if isinstance(thing, Choice):
        return _call_choice(ctx, node, thing, args, keywords, text)
    if isinstance(thing, Transformed):
        return _call_transformed(ctx, node, thing, args, keywords, text)
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
    from adjoint.frontend import library_arrays

    result = library_arrays.with_out(
        ctx, node, target, args, keywords, lambda a, k: _call_object(ctx, node, target, a, k, text)
    )
    if result is not None:
        return result
    intrinsic = intrinsic_of(target)
    if intrinsic is not None:
        result = intrinsic(ctx, node, args, keywords)
        if result is not None:
            return result
    if any(isinstance(each.type, Undef) for each in (*args, *keywords.values())):
        return ctx.blocked(*args, *keywords.values())
    if opaque.is_called(target):
        return opaque.call(ctx, node, target, args, keywords, text)
    if getattr(target, "__adjoint_transform__", False):
        return call_transform(ctx, node, target, args, keywords)
    found = binding.definition_of(target)
    if found is not None:
        return _call_operation(ctx, node, target, found, args, keywords, text)
    if isinstance(target, functools._lru_cache_wrapper):
        return _call_cached(ctx, node, target, args, keywords, text)
    special = special_object(ctx, target)
    if special is not None:
        return call_value(ctx, node, special, args, keywords, text)
    if isinstance(target, type):
        made = construct(ctx, node, target, args, keywords, text)
        if made is not None:
            return made
    if isinstance(primal_of(target), FunctionType) and not is_library(primal_of(target)):
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
    module, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None) or repr(target)
    text = dotted(node.func) or ctx.captured.source.segment(node.func)
    full = f"{module}.{name}" if module and module != "builtins" else name
    return ctx.refuse(
        node,
        f"there is no rule for `{text}`",
        why=f"{full} is neither a known operation nor a plain Python function whose source can be read",
        fix="write it with known operations (`adjoint rules` lists them), or compute it outside of the function",
        kind=NoRule,
    )


# -- operations


def _call_operation(
    ctx: Context,
    node: Any,
    target: Any,
    found: tuple[OpDef, str],
    args: list[Value],
    keywords: dict[str, Value],
    text: str,
) -> Value:
    if not isinstance(node, gast.Call) or dotted(node.func) != text:
        text = str(getattr(target, "__name__", found[0].name))
    attrs: dict[str, Any] = {"_text": text, "_via": _origin(target)}
    if "ns" in found[0].attrs and attrs["_via"] in ("math", "np"):
        attrs["ns"] = attrs["_via"]
    result = _apply(ctx, node, found[0], found[1], args, keywords, text, attrs)
    return ctx.adopt(result) if isinstance(result.type, List) else result


def _origin(target: Any) -> str:
    if isinstance(target, np.ufunc):
        return "np"
    root = str(getattr(target, "__module__", "") or "").partition(".")[0]
    return {"math": "math", "builtins": "builtin"}.get(root, "np")


def _call_method(ctx: Context, node: Any, base: Value) -> Value:
    args, keywords = lower_arguments(ctx, node)
    return call_method(ctx, node, base, node.func.attr, args, keywords)


def call_method(
    ctx: Context, node: Any, base: Value, name: str, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """A method of an array."""
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
    if name == "tolist" and isinstance(base.type, Array) and base.type.rank == 1:
        return ctx.adopt(ctx.emit(node, "tolist", base))
    if memory.is_array(base):
        from adjoint.frontend import library_arrays

        written = library_arrays.method(
            ctx, node, base, name, args, keywords, lambda a, k: call_method(ctx, node, base, name, a, k)
        )
        if written is not None:
            return written
    found = binding.method_of(name) if isinstance(base.type, Array) else None
    if found is None:
        raise _refuse_method(ctx, node, name, base.type)
    definition, parameters = found
    parameters = f"{definition.operands[0]}, {parameters}"
    attrs = {"_text": name, "_via": "method"}
    if "ns" in definition.attrs:
        attrs["ns"] = "np"
    return _apply(ctx, node, definition, parameters, [base, *args], keywords, f".{name}", attrs)


def _refuse_method(ctx: Context, node: Any, name: str, base: Type) -> AdjointError:
    if name in ("append", "extend", "insert", "pop", "remove", "clear", "reverse"):
        return ctx.refuse(
            node,
            f"`.{name}()` of {spoken(base)}, which is no list",
            why="NumPy would raise AttributeError",
            fix="use a list, or `np.concatenate`",
            raises=AttributeError,
        )
    return ctx.refuse(
        node,
        f"there is no rule for the method `.{name}()` of {spoken(base)}",
        why="it is not a known array operation",
        fix="use the NumPy function, or compute it outside of the function",
        kind=NoRule,
    )


def _apply(
    ctx: Context,
    node: Any,
    definition: OpDef,
    parameters: str,
    args: Sequence[Value],
    keywords: Mapping[str, Value],
    text: str,
    attrs: dict[str, Any],
) -> Value:
    """Bind the arguments, make attributes static and append the operation."""
    args = [ctx.data(node, arg) for arg in args]
    keywords = {name: ctx.data(node, value) for name, value in keywords.items()}
    try:
        operands, given = binding.bind(definition, parameters, args, keywords, text)
    except binding.BindingError as error:
        raise ctx.refuse(
            node,
            f"this call of `{text}` is not supported: {error}",
            why="the operation is known, but not with these arguments",
            fix="call it with plain positional arguments, or write the rest out",
            kind=NoRule,
        ) from None
    for name, value in given.items():
        attrs[name] = _static_attribute(ctx, node, name, value, text) if isinstance(value, Value) else value
    if any(isinstance(operand.type, Undef) for operand in operands):
        return ctx.blocked(*operands)
    if len(operands) == 1 and isinstance(operands[0].type, List) and definition.name in LIST_FORMS:
        opcode, axis = list_form(definition.name, operands[0].type.item, attrs.get("axis", 0))
        return ctx.emit(node, opcode, *operands, **{**attrs, "axis": axis})
    return ctx.emit(node, definition.name, *operands, **attrs)


def _static_attribute(ctx: Context, node: Any, name: str, value: Value, text: str) -> Any:
    try:
        return ctx.static(value)
    except KeyError:
        raise ctx.refuse(
            node,
            f"the argument {name!r} of `{text}` is not known before the run",
            why="it decides shapes or types, so it must be written as a constant",
            fix=f"write {name} as a literal, or branch on it with `if`",
        ) from None


# -- functions of the user


def _call_function(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    function = primal_of(target)
    captured = ctx.specializations.capture(function)
    values = bind(ctx, node, captured, args, keywords, text, lambda param: default_of(ctx, node, param))
    return _enter(ctx, node, function, values, [param.name for param in captured.params], text)


def _enter(
    ctx: Context, node: Any, target: Any, values: list[Value], names: Sequence[str], text: str
) -> Value:
    try:
        return borders.call(ctx, node, target, values, names, text)
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
    operands, names = _bind_signature(ctx, node, target, args, keywords, text)
    operands = [borders.as_argument(ctx, ctx.written(node, operand)) for operand in operands]
    types = tuple(canonical(operand.type, name) for operand, name in zip(operands, names))
    try:
        callee: Function = target.__adjoint_lower__(types, ctx.specializations)
    except AdjointError as error:
        error.add_note(f"called from: {ctx.captured.source.filename}:{node.lineno}, in {ctx.captured.name}()")
        raise
    return call_function(ctx, callee, operands, types, text)


def call_function(
    ctx: Context, callee: Function, operands: list[Value], types: Sequence[Type], text: str
) -> Value:
    """A call of a function of the IR."""
    result_type = outward(callee.result_type, [operand.type for operand in operands], types)
    attrs = {"callee": callee, "effects": frozenset({"raises"}), "_text": text}
    result = ctx.builder.op("call", operands, [result_type], attrs).result
    ctx.may_share(result, operands)
    ctx.may_hold_0d |= isinstance(result_type, Array) and not result_type.rank
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


def call_transform(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value]
) -> Value:
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
    options = [ctx.static(arg) for arg in args[1:]], {name: ctx.static(each) for name, each in keywords.items()}
    return handle(Transformed(args[0], (target, *options)))


def _call_transformed(
    ctx: Context, node: Any, thing: Transformed, args: list[Value], keywords: dict[str, Value], text: str
) -> Value:
    """The derivative of a closure: of its code, as a function of what it has taken along as well."""
    derivative, operands = _derived(ctx, node, thing, args, keywords, text)
    types = tuple(canonical(operand.type, f"x{number}") for number, operand in enumerate(operands))
    callee: Function = derivative.__adjoint_lower__(types, ctx.specializations)
    return call_function(ctx, callee, operands, types, text)


def _derived(
    ctx: Context, node: Any, thing: Transformed, args: list[Value], keywords: dict[str, Value], text: str
) -> tuple[Any, list[Value]]:
    """The derivative as an object of the interface, and the values to call it with."""
    transform, options, named = thing.transform
    base = object_of(thing.base)
    if isinstance(base, Transformed):
        inner, operands = _derived(ctx, node, base, args, keywords, text)
        return transform(inner, *options, **named), operands
    if not isinstance(base, Closure):
        raise _refuse_transform(ctx, node, f"the derivative of {base} is taken")
    captured = base.code.captured
    values = bind(ctx, node, captured, args, keywords, text, lambda param: base.taken[f"={param.name}"])
    values = [_as_real(ctx, node, value) for value in values]
    names = taken_names(base.code)
    values += [base.taken[name] for name in names]
    places = [*(param.name for param in captured.params), *names]
    forms, operands, _ = borders.arguments(ctx, node, base.code, values, places)
    entry = ctx.specializations.entry(base.code, forms)
    if entry.in_progress or entry.changed or entry.result is None or not is_data(entry.result):
        raise _refuse_transform(ctx, node, f"{base} changes what is around it, or calls itself")
    return transform(_stand_in(entry.function), *options, **named), operands


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


__all__ = ["UnsupportedConstruct", "builtins", "lower_call"]
