"""Lists whose length is known at run time: growing, shrinking, rearranging them. Nothing mutates; the printer does.

%ys = list_append %xs %v        xs.append(v) where the memory is owned, ys = [*xs, v] where it is not
%v = index %xs %i {spec=("int",)};  %ys = list_delete %xs %i            v = xs.pop(i)
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.extents import is_integer
from adjoint.ir.layouts import build, read
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.types import FLOAT, INT, NONE, UNDEF, Array, JoinError, List, Scalar, Tuple, Type, join, rank_of

STORES = frozenset({"index_set", "index_add", "list_insert", "list_delete"})
"""Printed as a statement that changes its first operand, on a copy where that is still wanted."""
GROWS = frozenset({"list_append", "list_concat", "list_truncate", "list_reverse", "list_sort"})
"""Printed as a statement where `passes/ownership` marked them `_owned`, else as an expression that gives a new list."""
PARTS = {
    "list_append": (0, 1),
    "list_concat": (0, 1),
    "list_insert": (0, 2),
    "list_delete": (0,),
    "list_truncate": (0,),
    "list_reverse": (0,),
    "list_repeat": (0,),
    "list_permute": (0,),
    "list_add": (0, 1),
    "list_of_rows": (0,),
    "list_stack": (0,),
    "list_concatenate": (0,),
    "list_split": (0,),
    "list_copies": (0,),
}
"""The operands that an operation is linear in; the others are positions and counts."""




def list_form(opcode: str, item: Type, axis: Any = 0) -> tuple[str, Any]:
    """What `np.stack(xs)` and its like mean for a list that is not written out: the operation and its axis."""
    rank = rank_of(item)
    if isinstance(item, List) and opcode != "stack":
        raise TypeInferenceError(f"np.{opcode} of a list of lists: make arrays of them, `np.array(row)`")
    if opcode in ("stack", "concatenate"):
        return f"list_{opcode}", axis
    if opcode == "hstack":
        return ("list_stack" if rank == 0 else "list_concatenate"), int(rank > 1)
    if rank == 0:
        raise TypeInferenceError(f"np.{opcode} of a list of numbers: use np.array")
    if opcode == "vstack":
        return ("list_stack" if rank == 1 else "list_concatenate"), 0
    return ("list_stack" if rank == 1 else "list_concatenate"), 1


def list_operand(value: Value) -> List:
    """The type of an operand that must be a list. Raises TypeInferenceError."""
    if not isinstance(value.type, List):
        raise TypeInferenceError(f"{value.type} is not a list")
    return value.type


def joined(a: Type, b: Type) -> Type:
    """The type of both, for inference. Raises TypeInferenceError."""
    try:
        return join(a, b)
    except JoinError as error:
        raise TypeInferenceError(str(error)) from None


def _check_integers(*values: Value) -> None:
    for value in values:
        if not is_integer(value):
            raise TypeInferenceError(f"a position in a list is an int, not {value.type}")


def _infer_append(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return List(joined(list_operand(operands[0]).item, operands[1].type))


def _infer_concat(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return joined(list_operand(operands[0]), list_operand(operands[1]))


def _infer_insert(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _check_integers(operands[1])
    return List(joined(list_operand(operands[0]).item, operands[2].type))


def _infer_same(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _check_integers(*operands[1:])
    return list_operand(operands[0])


def _infer_sort(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    t = list_operand(operands[0])
    if not isinstance(t.item, Scalar | Array) or rank_of(t.item) or t.item == Scalar("complex"):
        raise TypeInferenceError(f"{t.item} cannot be put in order")
    return t


def _infer_argsort(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    _infer_sort(operands, attrs)
    return List(INT)


def _infer_permute(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    if list_operand(operands[1]).item not in (INT, UNDEF):
        raise TypeInferenceError(f"a permutation is a list of ints, not {operands[1].type}")
    return list_operand(operands[0])


def _inserted(xs: list[Any], i: int, v: Any) -> list[Any]:
    new = list(xs)
    new.insert(i, v)
    return new


def _deleted(xs: list[Any], i: int) -> list[Any]:
    new = list(xs)
    del new[i]
    return new


def _define(name: str, infer: Any, evaluate: Callable[..., Any], *operands: str, **more: Any) -> None:
    define(OpDef(name=name, infer=infer, evaluate=evaluate, operands=operands, **more))


_define("list_append", _infer_append, lambda xs, v: [*xs, v], "xs", "v")
_define("list_concat", _infer_concat, lambda xs, ys: [*xs, *ys], "xs", "ys")
_define("list_insert", _infer_insert, _inserted, "xs", "i", "v")
_define("list_delete", _infer_same, _deleted, "xs", "i")
# The first `length` items, a count that is not negative.
_define("list_truncate", _infer_same, lambda xs, length: xs[:length], "xs", "length")
_define("list_reverse", _infer_same, lambda xs: xs[::-1], "xs")
_define("list_repeat", _infer_same, lambda xs, n: xs * n, "xs", "n")
_define(
    "list_sort",
    _infer_sort,
    lambda xs, reverse: sorted(xs, reverse=reverse),
    "xs",
    attrs={"reverse": False},
)
# The order in which `sorted` takes the items; of a permutation, its inverse.
_define(
    "list_argsort",
    _infer_argsort,
    lambda xs, reverse: sorted(range(len(xs)), key=xs.__getitem__, reverse=reverse),
    "xs",
    attrs={"reverse": False},
)
_define("list_permute", _infer_permute, lambda xs, order: [xs[i] for i in order], "xs", "order")
# Where `xs.insert(i, v)` puts `v` in a list that then has `n + 1` items: Python takes every int.
_define(
    "list_position",
    lambda operands, attrs: INT,
    lambda i, n: slice(i, None).indices(n)[0],
    "i",
    "n",
)


# zeros and sums: what the cotangent of a list is made of


def zero_of(value: Any, t: Type) -> Any:
    """The zero of type `t` with the lengths and shapes of a value."""
    if isinstance(t, List):
        return [zero_of(item, t.item) for item in value]
    if isinstance(t, Tuple):
        parts = [zero_of(read(t.layout, value, i), item) for i, item in enumerate(t.items)]
        return build(t.layout, parts)
    if isinstance(t, Array):
        return np.zeros_like(value, t.dtype) if t.rank else 0.0
    return None if t == NONE else 0j if t == Scalar("complex") else 0.0


def sum_of_two(a: Any, b: Any, t: Type) -> Any:
    """`a + b`, item by item in containers."""
    if isinstance(t, List):
        return [sum_of_two(x, y, t.item) for x, y in zip(a, b, strict=True)]
    if isinstance(t, Tuple):
        pairs = [(read(t.layout, a, i), read(t.layout, b, i)) for i in range(len(t.items))]
        return build(t.layout, [sum_of_two(x, y, item) for (x, y), item in zip(pairs, t.items)])
    return None if t == NONE else a + b


# A list of zeros of the same structure; `item` is the type of its items, `named` whether its dtypes are written.
_define(
    "list_of_zeros",
    lambda operands, attrs: List(attrs["item"]),
    lambda items, item, named: [zero_of(value, item) for value in items],
    "items",
    attrs={"item": FLOAT, "named": False},
)


def _infer_add(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    return joined(list_operand(operands[0]), list_operand(operands[1]))


# `a + b` item by item, of two lists of one length; `item` is the type of their items.
_define(
    "list_add",
    _infer_add,
    lambda a, b, item: [sum_of_two(x, y, item) for x, y in zip(a, b, strict=True)],
    "a",
    "b",
    attrs={"item": FLOAT},
)

# A list of copies of the items, which are arrays or lists.
_define("list_copies", _infer_same, copy.deepcopy, "xs")


# arrays and lists


def _infer_rows(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if not isinstance(operands[0].type, Array) or not x.rank:
        raise TypeInferenceError(f"{operands[0].type} is not an array")
    return List(Array(x.dtype, x.shape[1:]))


_define("list_of_rows", _infer_rows, list, "x")


def _rows(value: Value) -> Array:
    x = array_operand(value)
    list_operand(value)
    return Array(x.dtype, x.shape[1:])


def _infer_stack(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    item, axis = _rows(operands[0]), attrs["axis"]
    if not isinstance(axis, int) or not -item.rank - 1 <= axis <= item.rank:
        raise TypeInferenceError(f"axis {axis!r} is out of range")
    shape = list(item.shape)
    shape.insert(axis % (item.rank + 1), None)
    return Array(item.dtype, tuple(shape))


def _infer_concatenate(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    item, axis = _rows(operands[0]), attrs["axis"]
    if not item.rank:
        raise TypeInferenceError("numbers cannot be concatenated: use np.array")
    if not isinstance(axis, int) or not -item.rank <= axis < item.rank:
        raise TypeInferenceError(f"axis {axis!r} is out of range")
    return Array(item.dtype, tuple(None if i == axis % item.rank else dim for i, dim in enumerate(item.shape)))


# np.stack and np.concatenate of one list that is not written out.
_define("list_stack", _infer_stack, lambda xs, axis: np.stack(xs, axis), "xs", attrs={"axis": 0})
_define("list_concatenate", _infer_concatenate, lambda xs, axis: np.concatenate(xs, axis), "xs", attrs={"axis": 0})


def _infer_split(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    item, x = _rows(operands[1]), array_operand(operands[0])
    if x.rank != item.rank or not isinstance(attrs["axis"], int):
        raise TypeInferenceError(f"{operands[0].type} was not made of a {operands[1].type}")
    return List(Array(x.dtype, item.shape))


def _split(x: Any, like: list[Any], axis: int) -> list[Any]:
    return np.split(x, np.cumsum([np.shape(item)[axis] for item in like])[:-1], axis)


# An array cut into pieces as long as the arrays of a list: `np.concatenate` undone.
_define("list_split", _infer_split, _split, "x", "like", attrs={"axis": 0})
