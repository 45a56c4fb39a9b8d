"""Random numbers: generators of NumPy and of the standard library, and the functions that draw from hidden ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.calls.unsupported import REASONS
from adjoint.frontend.context import Context
from adjoint.frontend.names import dotted
from adjoint.frontend.storage import memory
from adjoint.ir.core import Value
from adjoint.ir.ops.random import FAMILIES, STANDARD, Family
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.types import NONE, Array, Object, Static, Undef
from adjoint.runtime.containers import GENERATORS

_MAKERS: dict[Any, type] = {
    np.random.default_rng: np.random.Generator,
    np.random.RandomState: np.random.RandomState,
    random.Random: random.Random,
}


def is_generator(value: Value) -> bool:
    """Whether a value is a generator that is known when the program runs."""
    return isinstance(value.type, Object) and issubclass(value.type.cls, GENERATORS)


def call_random(
    ctx: Context, node: Any, target: Any, args: list[Value], keywords: dict[str, Value], text: str
) -> Value | None:
    """A call of a function that makes a generator, or draws from one that is known now; None for any other."""
    owner = getattr(target, "__self__", None)
    if isinstance(owner, GENERATORS) and callable(target):
        func = target if _is_of_module(target) else None
        receiver = None if func is not None else _receiver(ctx, node, owner)
        return draw(ctx, node, target.__name__, receiver, func, args, keywords)
    maker = next((cls for each, cls in _MAKERS.items() if each is target), None)
    if maker is not None:
        given = [ctx.data(node, each) if not isinstance(each.type, Static) else each for each in args]
        named = {name: ctx.data(node, each) for name, each in keywords.items()}
        attrs = {"func": target, "keywords": tuple(named), "type": Object(maker), "_text": text}
        return ctx.builder.op("pycall", [*given, *named.values()], [Object(maker)], attrs).result
    return None


def _is_of_module(target: Any) -> bool:
    """Whether a function draws from the hidden generator of `np.random` or `random`."""
    return any(getattr(module, target.__name__, None) == target for module in (np.random, random))


def _receiver(ctx: Context, node: Any, owner: Any) -> Value:
    text = dotted(node.func.value) if isinstance(node.func, gast.Attribute) else None
    return ctx.const(owner, text=text) if text is not None else ctx.const(owner)


def method(name: str, base: Value) -> Callable[..., Value]:
    """A method of a generator."""

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        return draw(ctx, node, name, base, None, args, keywords)

    return run


def draw(
    ctx: Context,
    node: Any,
    name: str,
    receiver: Value | None,
    func: Any,
    args: list[Value],
    keywords: dict[str, Value],
) -> Value:
    """One draw. Refused for a method that is not known, or arguments that do not fit it."""
    given = [each if isinstance(each.type, Static) else ctx.data(node, each) for each in (*args, *keywords.values())]
    if any(isinstance(each.type, Undef) for each in given):
        return ctx.blocked(*given)
    if name == "seed":
        return _seed(ctx, node, receiver, func, given, tuple(keywords))
    if name == "shuffle" and len(given) == 1 and memory.is_array(args[0]):
        memory.update(ctx, node, args[0], _chosen(ctx, node, "permutation", receiver, func, args, keywords))
        return ctx.const(None)
    family = _family(ctx, node, name, receiver, func)
    if name in ("permutation", "choice") and given and isinstance(given[0].type, Array) and given[0].type.rank:
        return _chosen(ctx, node, name, receiver, func, args, keywords)
    names = _names(ctx, node, name, family, len(args), list(keywords))
    kept = [number for number, each in enumerate(given) if not (names[number] == "size" and each.type == NONE)]
    attrs = {
        "func": func,
        "name": name,
        "names": tuple(names[number] for number in kept),
        "keywords": tuple(names[number] for number in kept if number >= len(args)),
        "dtype": family.dtype,
        "_text": dotted(node.func) or name,
    }
    opcode = "draw_sized" if "size" in attrs["names"] else "draw"
    operands = [*([receiver] if receiver is not None else []), *(given[number] for number in kept)]
    try:
        return ctx.builder.emit(opcode, *operands, **attrs)
    except TypeInferenceError as error:
        raise _refuse(ctx, node, f"this call of `{name}` is not supported: {error}") from None


def _seed(
    ctx: Context, node: Any, receiver: Value | None, func: Any, args: list[Value], keywords: tuple[str, ...]
) -> Value:
    """`np.random.seed(0)`, `rng.seed(0)`: called where it stands."""
    attrs: dict[str, Any] = {"keywords": keywords, "type": NONE}
    if receiver is not None:
        return ctx.builder.op("pymethod", [receiver, *args], [NONE], {**attrs, "name": "seed"}).result
    return ctx.builder.op("pycall", args, [NONE], {**attrs, "func": func, "_text": dotted(node.func)}).result


def _family(ctx: Context, node: Any, name: str, receiver: Value | None, func: Any) -> Family:
    cls = type(getattr(func, "__self__", None)) if receiver is None else _class_of(receiver)
    families = STANDARD if issubclass(cls, random.Random) else FAMILIES
    if name not in families:
        why, fix = REASONS.get(name, (_WHY, _FIX))
        raise ctx.refuse(node, f"`{name}` of a random generator is not supported", why=why, fix=fix, kind=NoRule)
    return families[name]


def _class_of(receiver: Value) -> type:
    if isinstance(receiver.type, Static):
        return type(receiver.type.value)
    assert isinstance(receiver.type, Object)
    return receiver.type.cls


def _names(ctx: Context, node: Any, name: str, family: Family, count: int, keywords: list[str]) -> list[str]:
    """The parameter that each argument is for."""
    parameters = list(family.parameters)
    if parameters == ["*size"]:
        parameters = ["size"] * count
    unknown = [each for each in keywords if each not in parameters]
    if count > len(parameters) or unknown:
        what = f"its parameter {unknown[0]!r} is not" if unknown else f"more than {len(parameters)} arguments are not"
        raise _refuse(ctx, node, f"this call of `{name}` is not supported: {what}")
    return [*parameters[:count], *keywords]


def _chosen(
    ctx: Context, node: Any, name: str, receiver: Value | None, func: Any, args: list[Value], keywords: dict[str, Value]
) -> Value:
    """Items of an array: their places are drawn. `x[rng.permutation(len(x))]` draws what `rng.permutation(x)` does."""
    x = ctx.data(node, args[0])
    places = draw(ctx, node, name, receiver, func, [ctx.emit(node, "len", x), *args[1:]], keywords)
    assert isinstance(places.type, Array)
    return ctx.emit(node, "index", x, places, spec=("array" if places.type.rank else "int",))


_WHY = "only draws whose type and number are known are made in the forward sweep"
_FIX = "draw outside of the function and pass the numbers in, or use `normal`, `uniform`, `integers`, ..."


def _refuse(ctx: Context, node: Any, message: str) -> AdjointError:
    return ctx.refuse(node, message, why=_WHY, fix=_FIX, kind=NoRule)
