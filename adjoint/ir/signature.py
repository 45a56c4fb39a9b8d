"""The types of run-time arguments: what a call's values say about the specialisation it needs.

Arrays give dtype, rank and which extents are 1; numbers their kind; objects that are not data stand for themselves.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from adjoint.errors import NotDifferentiable
from adjoint.ir.types import (
    COMPLEX,
    FLOAT,
    INT,
    UNDEF,
    Array,
    Dim,
    JoinError,
    List,
    Object,
    Static,
    Sym,
    Tuple,
    Type,
    join,
    may_be_one,
)


def types_from_values(values: Iterable[Any], names: Iterable[str]) -> tuple[Type, ...]:
    """The types of the arguments of a call, in order. Raises NotDifferentiable for an object that has none."""
    return tuple(type_of_argument(value, name) for value, name in zip(values, names))


def type_of_argument(value: Any, name: str) -> Type:
    """The type of one argument. Extents other than 1 become symbols named after the argument."""
    return symbolic(exact_type(value, name), name)


def exact_type(value: Any, name: str) -> Type:
    """The type of a run-time object with its extents as they are."""
    if value is None or isinstance(value, bool | str) or _is_static(value):
        return Static(value)
    if isinstance(value, np.generic) or type(value) is np.ndarray:
        return _array_type(value, name)
    for kind, scalar in ((int, INT), (float, FLOAT), (complex, COMPLEX)):
        if isinstance(value, kind):
            return scalar
    if isinstance(value, tuple) and type(value) is tuple:
        return Tuple(tuple(exact_type(item, f"{name}[{i}]") for i, item in enumerate(value)))
    if isinstance(value, list):
        return _list_type(value, name)
    if is_sparse(value):
        return sparse_type(value, name)
    raise NotDifferentiable(
        f"the argument {name!r} is a {type(value).__name__}",
        why="arguments are numbers, arrays, tuples and lists of them, strings, None and functions",
        fix="pass its numbers as separate arguments, or as arrays",
    )


def is_sparse(value: Any) -> bool:
    """Whether the value is a sparse matrix or a sparse array of two dimensions, of SciPy."""
    return type(value).__module__.startswith("scipy.sparse.") and hasattr(value, "tocsr") and value.ndim == 2


def sparse_type(value: Any, name: str) -> Object:
    """The type of a sparse matrix: its class, and the array that it stands for."""
    like = symbolic(_array_type(value, name), name)
    return Object(type(value), like if isinstance(like, Array) else None)


def _is_static(value: Any) -> bool:
    return callable(value) or isinstance(value, types.ModuleType | np.dtype | type)


def _array_type(value: Any, name: str) -> Array:
    if np.dtype(value.dtype).kind not in "biufc":
        raise NotDifferentiable(
            f"the array {name!r} has dtype {value.dtype}",
            why="only arrays of bools, integers and real or complex numbers are data here",
            fix="convert it first, for example with `.astype(float)`",
        )
    return Array(str(value.dtype), tuple(value.shape))


def _list_type(value: list[Any], name: str) -> List:
    item: Type = UNDEF
    for each in {exact_type(element, f"{name}[]"): None for element in value}:
        try:
            item = join(item, each)
        except JoinError:
            raise NotDifferentiable(
                f"the list {name!r} holds {item} and {each}",
                why="the items of a list have one type",
                fix="pass a tuple, whose items may differ",
            ) from None
    return List(item)


def symbolic(t: Type, name: str) -> Type:
    """The type with every extent but 1 (and unknown ones) replaced by a symbol named after its place."""
    if isinstance(t, Array):
        return Array(t.dtype, tuple(_symbol(dim, f"{name}_{axis}") for axis, dim in enumerate(t.shape)))
    if isinstance(t, Tuple):
        return t.of(symbolic(item, f"{name}.{i}") for i, item in enumerate(t.items))
    if isinstance(t, List):
        return List(symbolic(t.item, f"{name}[]"))
    return t


def _symbol(dim: Dim, name: str) -> Dim:
    return dim if dim is None or dim == 1 else Sym(name, 0, may_be_one(dim))
