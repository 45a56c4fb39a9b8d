"""Calls of operations of the table and of methods of arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.names import dotted
from adjoint.frontend.storage import fitting, memory
from adjoint.frontend.values.asked import asking
from adjoint.ir import binding, opset
from adjoint.ir.core import Value
from adjoint.ir.ops.lists import list_form
from adjoint.ir.opset import LIST_FORMS, OpDef, TypeInferenceError
from adjoint.ir.types import Array, List, Scalar, Tuple, Type, Undef, is_complex, is_sequence, rank_of


def call_operation(
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
    if "ns" in found[0].attrs and attrs["_via"] in ("math", "cmath", "np"):
        attrs["ns"] = attrs["_via"]
    keywords = binding.renamed(target, found[1], keywords)
    result = _apply(ctx, node, found[0], found[1], args, keywords, text, attrs)
    return ctx.adopt(result) if isinstance(result.type, List) else result


def _origin(target: Any) -> str:
    if isinstance(target, np.ufunc):
        return "np"
    root = str(getattr(target, "__module__", "") or "").partition(".")[0]
    return {"math": "math", "cmath": "cmath", "builtins": "builtin"}.get(root, "np")


def call_array_method(ctx: Context, node: Any, base: Value) -> Value:
    from adjoint.frontend.calls.calls import lower_arguments

    args, keywords = lower_arguments(ctx, node)
    with asking((*args, *keywords.values())):
        return call_method(ctx, node, base, node.func.attr, args, keywords)


def call_method(
    ctx: Context, node: Any, base: Value, name: str, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """A method of an array."""
    if isinstance(base.type, Undef):
        return ctx.blocked(base)
    if name == "tolist" and isinstance(base.type, Array) and base.type.rank:
        return ctx.adopt(ctx.emit(node, "tolist", base))
    name = "item" if name == "tolist" and isinstance(base.type, Array) else name  # without dimensions: a number
    if memory.is_array(base):
        from adjoint.frontend.library import arrays

        written = arrays.method(
            ctx, node, base, name, args, keywords, lambda a, k: call_method(ctx, node, base, name, a, k)
        )
        if written is not None:
            return written
    if isinstance(base.type, Array):
        from adjoint.frontend.library import selecting

        meant = selecting.method(ctx, node, base, name, args, keywords)
        if meant is not None:
            return meant
    if name in ("conj", "conjugate") and isinstance(base.type, Array) and not is_complex(base.type):
        return base  # NumPy gives the array itself
    if name == "conjugate" and isinstance(base.type, Scalar) and not args and not keywords:
        return ctx.emit(node, "conj", base, ns="cmath") if is_complex(base.type) else base
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
    first = args[0] if args else keywords.get(parameters.partition(",")[0].strip())
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
    operands = [ctx.const(None) if operand is None else operand for operand in operands]
    operands = [fitting.empty_as_array(ctx, node, operand) for operand in operands]
    operands = _written_as_arrays(ctx, node, definition, _extents_as_tuples(ctx, node, definition, operands))
    for name, value in given.items():
        attrs[name] = _static_attribute(ctx, node, name, value, text) if isinstance(value, Value) else value
    if any(isinstance(operand.type, Undef) for operand in operands):
        return ctx.blocked(*operands)
    if definition.elementwise:
        operands = [fitting.as_numbers(ctx, node, operand) for operand in operands]
    if len(operands) == 1 and isinstance(operands[0].type, List) and definition.name in LIST_FORMS:
        try:
            opcode, axis = list_form(definition.name, operands[0].type.item, attrs.get("axis", 0))
        except TypeInferenceError as error:
            raise ctx.refuse(
                node,
                f"this call of `{text}` is not supported: {error}",
                why="how many there are is not known",
                fix="use np.array",
                kind=NoRule,
            ) from None
        return ctx.emit(node, opcode, *operands, **{**attrs, "axis": axis})
    is_itself = bool(operands) and isinstance(operands[0].type, Array) and opset.gives_back(definition.name, attrs)
    if first is not None and is_itself:
        return first
    return ctx.emit(node, definition.name, *operands, **attrs)


_OF_ARRAYS = frozenset(
    "A a b arrays aweights append c choices in1 in2 p prepend q r v values w weights x xp fp y y0".split()
)
"""What operands are called that NumPy makes arrays of; of others, shapes and axes, it does not."""


def _written_as_arrays(ctx: Context, node: Any, definition: OpDef, operands: Sequence[Value]) -> list[Value]:
    """The operands; those that are lists or tuples written out become the arrays that NumPy makes of them."""
    names = [name.strip("?") for name in definition.operands]
    if definition.name == "array" or not names or (definition.name in LIST_FORMS and len(operands) == 1):
        return list(operands)
    if names[-1].startswith("*"):
        names += names[-1:] * (len(operands) - len(names))
    is_array = [name.strip("*") in _OF_ARRAYS for name in names[: len(operands)]]
    is_alone = sum(is_array) == 1
    return [
        fitting.as_numbers(ctx, node, operand) if takes and _is_written_out(operand, is_alone) else operand
        for takes, operand in zip(is_array, operands)
    ]


_EXTENTS = frozenset("dimensions dims new_shape pad_width reps s shape shapes shift window_shape".split())
"""What operands are called that NumPy takes as tuples or lists alike."""


def _extents_as_tuples(ctx: Context, node: Any, definition: OpDef, operands: Sequence[Value]) -> list[Value]:
    """The operands; of extents, lists of a known number of items as the tuples that they stand for."""
    names = [name.strip("?") for name in definition.operands]
    found: list[Value] = []
    for number, operand in enumerate(operands):
        name = names[min(number, len(names) - 1)] if names else ""
        made = _as_tuple(ctx, node, operand) if name.strip("*") in _EXTENTS else operand
        is_whole = made is not operand and name.startswith("*") and made.op is not None
        found += made.op.operands if is_whole and made.op is not None else [made]
    return found


def _as_tuple(ctx: Context, node: Any, value: Value) -> Value:
    if value.op is None or value.op.opcode != "list" or not value.op.operands:
        return value
    return ctx.emit(node, "tuple", *(_as_tuple(ctx, node, each) for each in value.op.operands))


def _is_written_out(value: Value, is_alone: bool) -> bool:
    """Whether it is a list or tuple of a known number of items; `is_alone`: not a list of numbers, which stays one."""
    if isinstance(value.type, List):
        is_flat = not isinstance(value.type.item, List) and not rank_of(value.type.item)
        return value.op is not None and value.op.opcode == "list" and not (is_flat and is_alone)
    return isinstance(value.type, Tuple) and _holds_numbers(value.type)


def _holds_numbers(t: Any) -> bool:
    if isinstance(t, Tuple):
        return bool(t.items) and is_sequence(t) and all(map(_holds_numbers, t.items))
    return isinstance(t, Scalar | Array) or (isinstance(t, List) and _holds_numbers(t.item))


def _static_attribute(ctx: Context, node: Any, name: str, value: Value, text: str) -> Any:
    try:
        found = ctx.static(value)
        return found.type if isinstance(found, np.dtype) else found  # a dtype of float64 is equal to None
    except KeyError:
        raise ctx.refuse(
            node,
            f"the argument {name!r} of `{text}` is not known before the run",
            why="it decides shapes or types, so it must be written as a constant",
            fix=f"write {name} as a literal, or branch on it with `if`",
            asks=(value,),
        ) from None
