"""Calls: operations of the table, array methods, functions of the user."""

from __future__ import annotations

import builtins
import inspect
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, NoRule, UnsupportedConstruct
from adjoint.frontend.context import Context, expression, spoken
from adjoint.frontend.expressions import tuple_items
from adjoint.frontend.intrinsics import INTRINSICS
from adjoint.frontend.names import UNKNOWN, dotted, is_static_object, known_object
from adjoint.frontend.symbols import canonical, outward
from adjoint.ir import binding
from adjoint.ir.core import Function, Value, is_const
from adjoint.ir.opset import OpDef
from adjoint.ir.types import BOOL, Array, Scalar, Static, Tuple, Type, Undef

Arguments = tuple[list[Value], dict[str, Value]]


@expression(gast.Call)
def lower_call(ctx: Context, node: Any) -> Value:
    target = known_object(ctx, node.func)
    if target is UNKNOWN and isinstance(node.func, gast.Attribute):
        base = ctx.expression(node.func.value)
        if not is_static_object(base):
            return _call_method(ctx, node, base)
    if target is UNKNOWN:
        value = ctx.expression(node.func)
        if isinstance(value.type, Undef):
            return ctx.blocked(value)
        if not is_static_object(value):
            raise ctx.refuse(
                node,
                f"{spoken(value.type)} is called",
                why="only functions known now are called",
                fix="name the function",
            )
        target = ctx.static(value)
    return _call_object(ctx, node, target)


def _call_object(ctx: Context, node: Any, target: Any) -> Value:
    intrinsic = INTRINSICS.get(target) if isinstance(target, type(len) | type) or callable(target) else None
    args, keywords = lower_arguments(ctx, node)
    if intrinsic is not None:
        result = intrinsic(ctx, node, args, keywords)
        if result is not None:
            return result
    if any(isinstance(each.type, Undef) for each in (*args, *keywords.values())):
        return ctx.blocked(*args, *keywords.values())
    if getattr(target, "__adjoint_transform__", False) and all(map(ctx.is_static, (*args, *keywords.values()))):
        return ctx.const(target(*map(ctx.static, args), **{name: ctx.static(each) for name, each in keywords.items()}))
    found = binding.definition_of(target)
    if found is not None:
        return _call_operation(ctx, node, target, found, args, keywords)
    if hasattr(target, "__adjoint_lower__") or isinstance(_primal_of(target), FunctionType):
        return _call_function(ctx, node, target, args, keywords)
    raise _no_rule(ctx, node, target)


def _primal_of(target: Any) -> Any:
    while hasattr(target, "__adjoint_primal__"):
        target = target.__adjoint_primal__
    return target


def lower_arguments(ctx: Context, node: Any) -> Arguments:
    """The values of the arguments; `*tuple` is written out."""
    args: list[Value] = []
    for arg in node.args:
        if not isinstance(arg, gast.Starred):
            args.append(ctx.expression(arg))
            continue
        value = ctx.expression(arg.value)
        if not isinstance(value.type, Tuple):
            raise ctx.refuse(
                arg,
                f"`*` of {spoken(value.type)} in a call",
                why="how many arguments there are is not known before the run",
                fix="pass a tuple, or write the arguments out",
            )
        args += tuple_items(ctx, arg, value)
    return args, {keyword.arg: ctx.expression(keyword.value) for keyword in node.keywords}


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
    ctx: Context, node: Any, target: Any, found: tuple[OpDef, str], args: list[Value], keywords: dict[str, Value]
) -> Value:
    text = dotted(node.func) or str(getattr(target, "__name__", found[0].name))
    attrs: dict[str, Any] = {"_text": text, "_via": _origin(target)}
    if "ns" in found[0].attrs and attrs["_via"] in ("math", "np"):
        attrs["ns"] = attrs["_via"]
    return _apply(ctx, node, found[0], found[1], args, keywords, text, attrs)


def _origin(target: Any) -> str:
    if isinstance(target, np.ufunc):
        return "np"
    root = str(getattr(target, "__module__", "") or "").partition(".")[0]
    return {"math": "math", "builtins": "builtin"}.get(root, "np")


def _call_method(ctx: Context, node: Any, base: Value) -> Value:
    name = node.func.attr
    args, keywords = lower_arguments(ctx, node)
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
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
    if name in ("append", "extend", "insert", "pop", "sort", "remove", "clear", "fill", "reverse"):
        return ctx.refuse(
            node,
            f"`.{name}()` changes {spoken(base)} in place",
            why="in-place changes are not lowered yet",
            fix="build the array at once: `np.stack`, `np.array([...])`, `np.where`, or keep running values",
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


def _call_function(ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
    text = dotted(node.func) or str(getattr(target, "__name__", "function"))
    operands, names = _bind_signature(ctx, node, target, args, keywords, text)
    operands = [_as_argument(ctx, operand) for operand in operands]
    types = tuple(canonical(operand.type, name) for operand, name in zip(operands, names))
    try:
        callee = _specialized(ctx, target, types)
    except AdjointError as error:
        error.add_note(f"called from: {ctx.captured.source.filename}:{node.lineno}, in {ctx.captured.name}()")
        raise
    result_type = outward(callee.result_type, [operand.type for operand in operands], types)
    attrs = {"callee": callee, "effects": frozenset({"raises"}), "_text": text}
    result = ctx.builder.op("call", operands, [result_type], attrs).result
    ctx.may_share(result, operands)
    ctx.may_hold_0d |= isinstance(result_type, Array) and not result_type.rank
    return result


def _specialized(ctx: Context, target: Any, types: tuple[Type, ...]) -> Function:
    if hasattr(target, "__adjoint_lower__"):
        function: Function = target.__adjoint_lower__(types, ctx.specializations)
        return function
    return ctx.specializations.specialize(target, types)


def _bind_signature(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> tuple[list[Value], list[str]]:
    signature = inspect.signature(target)
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise ctx.refuse(
                node,
                f"`{text}` takes any number of arguments",
                why="the parameter list must be known before the call",
                fix="name the parameters, or pass a tuple",
            )
    try:
        bound = signature.bind(*args, **keywords)
    except TypeError as error:
        raise ctx.refuse(
            node, f"this call of `{text}` does not fit: {error}", why="Python would raise", fix="check the arguments"
        ) from None
    values = []
    for name, parameter in signature.parameters.items():
        given = bound.arguments.get(name, UNKNOWN)
        values.append(_default(ctx, node, name, parameter.default) if given is UNKNOWN else given)
    return values, list(signature.parameters)


def _default(ctx: Context, node: Any, name: str, default: Any) -> Value:
    if isinstance(default, tuple):
        return ctx.emit(node, "tuple", *(_default(ctx, node, name, item) for item in default))
    if isinstance(default, np.ndarray | list | dict | set):
        raise ctx.refuse(
            node,
            f"the default of {name!r} is a {type(default).__name__}",
            why="a mutable default is shared between calls",
            fix="pass it explicitly",
        )
    return ctx.const(default)


def _as_argument(ctx: Context, value: Value) -> Value:
    """Bools known now are passed as what they are, so that the callee can decide its branches."""
    if is_const(value) and value.type == BOOL:
        known = ctx.static(value)
        return ctx.builder.const(known, Static(known))
    return value


__all__ = ["Scalar", "UnsupportedConstruct", "builtins", "lower_call"]
