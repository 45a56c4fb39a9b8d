"""Operations of the language itself: constants, tuples, tapes, calls with effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.layouts import build
from adjoint.ir.opset import FREE, OpDef, TypeInferenceError, define
from adjoint.ir.types import (
    BOOL,
    INT,
    NONE,
    UNDEF,
    Array,
    List,
    Residuals,
    Static,
    TapeType,
    Tuple,
    Type,
    is_sequence,
    join,
)


def _infer_getitem(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    (source,) = operands
    if not isinstance(source.type, Tuple):
        raise TypeInferenceError(f"{source.type} has no items known by position")
    try:
        index: int = attrs["index"]
        return source.type.items[index]
    except IndexError:
        raise TypeInferenceError(f"index {attrs['index']} is out of range for {source.type}") from None


def _infer_list(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    item: Type = UNDEF
    for operand in operands:
        item = join(item, operand.type)
    return List(item)


def _infer_pop(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    (tape,) = operands
    assert isinstance(tape.type, TapeType)
    return tape.type.item


def _infer_len(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if isinstance(operands[0].type, Array) and operands[0].type.rank > 0:
        return INT
    t = operands[0].type
    is_dict = isinstance(t, Tuple) and t.layout is not None and t.layout.kind == "dict"
    if isinstance(t, List) or is_sequence(t) or is_dict:
        return INT
    raise TypeInferenceError(f"{operands[0].type} has no length")


def _no_evaluation(*args: Any, **attrs: Any) -> Any:
    raise NotImplementedError("the evaluator handles this operation itself")


def _fixed(result: Type) -> Any:
    return lambda operands, attrs: result


define(OpDef(name="const", infer=_no_evaluation, evaluate=lambda value: value, attrs={"value": None}, cost=FREE))
define(OpDef(name="undef", infer=_fixed(UNDEF), evaluate=lambda: None, cost=FREE))
# A live global of the user's module, read by name: attrs name, and the type it had at transform time.
define(OpDef(name="global", infer=_no_evaluation, evaluate=_no_evaluation, attrs={"name": ""}, cost=FREE))
define(
    OpDef(
        name="tuple",
        infer=lambda operands, attrs: Tuple(tuple(o.type for o in operands), attrs["layout"]),
        evaluate=lambda *items, layout: build(layout, items),
        operands=("*items",),
        attrs={"layout": None},
        cost=FREE,
    )
)
define(
    OpDef(
        name="getitem",
        infer=_infer_getitem,
        evaluate=lambda items, index: items[index],  # by position; the evaluator knows the layout
        operands=("items",),
        attrs={"index": 0},
        cost=FREE,
    )
)
define(OpDef(name="list", infer=_infer_list, evaluate=lambda *items: list(items), operands=("*items",)))
define(OpDef(name="len", infer=_infer_len, evaluate=len, operands=("x",), callables={len: "x"}, cost=FREE))
define(
    OpDef(
        name="tape",
        infer=lambda operands, attrs: TapeType(attrs["item"]),
        evaluate=lambda item: [],
        attrs={"item": UNDEF},
        effects=frozenset({"tape"}),
    )
)


def _write_back(x: Any, value: Any) -> None:
    x[...] = value


# What is left in an array that the caller gave.
define(
    OpDef(
        name="write_back",
        infer=lambda operands, attrs: (),
        evaluate=_write_back,
        operands=("x", "value"),
        effects=frozenset({"writes"}),
    )
)
define(
    OpDef(
        name="push",
        infer=lambda operands, attrs: (),
        evaluate=lambda tape, value: tape.append(value),
        operands=("tape", "value"),
        effects=frozenset({"tape"}),
    )
)
define(
    OpDef(
        name="pop", infer=_infer_pop, evaluate=lambda tape: tape.pop(), operands=("tape",), effects=frozenset({"tape"})
    )
)
define(
    OpDef(
        name="nonempty",
        infer=_fixed(BOOL),
        evaluate=lambda tape: bool(tape),
        operands=("tape",),
        effects=frozenset({"tape"}),
    )
)
# Where the forward sweep ends and the reverse sweep begins, while a derivative is being built.
define(OpDef(name="turn", infer=lambda operands, attrs: (), evaluate=lambda: None, effects=frozenset({"order"})))
# What a forward function hands to its backward function.
define(OpDef(name="pack", infer=_fixed(Residuals()), evaluate=lambda *items: items, operands=("*items",), cost=FREE))
define(
    OpDef(
        name="unpack",
        infer=lambda operands, attrs: tuple(attrs["types"]),
        evaluate=_no_evaluation,
        operands=("residuals",),
        attrs={"types": ()},
        cost=FREE,
    )
)
# A call made for its effect or on values that are not data (print, str.format, an exception's constructor):
# attrs func (the callable), keywords (names of the last operands). The result is static or unknown, not differentiated.
define(
    OpDef(
        name="pycall",
        infer=lambda operands, attrs: attrs.get("type", NONE),
        evaluate=lambda *operands, func, keywords, type: func(
            *operands[: len(operands) - len(keywords)], **dict(zip(keywords, operands[len(operands) - len(keywords) :]))
        ),
        operands=("*operands",),
        attrs={"func": None, "keywords": (), "type": NONE},
        effects=frozenset({"io"}),
    )
)


def static_value(value: Value) -> Any:
    """The Python object a static value stands for. Raises KeyError when it is run-time data."""
    if is_const(value):
        return const_of(value)
    if isinstance(value.type, Static):
        return value.type.value
    if value.op is not None and value.op.opcode == "neg":  # `-np.inf`
        return -static_value(value.op.operands[0])
    raise KeyError(value.name)
