"""Types of IR values: frozen, compared by value.

A type says what the compiler may rely on at run time. Dimensions are exact numbers, symbols with an offset (`n`, `n-2`)
or unknown; whether a dimension can be 1 decides broadcasting at transform time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, final

import numpy as np


@final
@dataclass(frozen=True, slots=True)
class Sym:
    """A dimension known by name: `name + offset`. `may_be_one` says whether it can be 1 at run time."""

    name: str
    offset: int = 0
    may_be_one: bool = True

    def __str__(self) -> str:
        sign = f"{self.offset:+d}" if self.offset else ""
        return f"{self.name}{sign}{'?' if self.may_be_one else ''}"


MANY = Sym("*", 0, False)
"""An extent that is not 1, of which nothing else is known: it does not even equal itself."""

Dim = int | Sym | None
"""An exact extent, a symbolic one, or None: nothing is known, not even that it equals itself."""


def may_be_one(dim: Dim) -> bool:
    """Whether the extent can be 1 when the program runs."""
    if isinstance(dim, int):
        return dim == 1
    return dim is None or dim.may_be_one


def same_dim(a: Dim, b: Dim) -> bool:
    """Whether the two extents are equal in every run."""
    if isinstance(a, Sym) and isinstance(b, Sym):
        return (a.name, a.offset) == (b.name, b.offset) and a.name != MANY.name
    return a is not None and a == b


@final
@dataclass(frozen=True, slots=True)
class Scalar:
    """A Python number. `kind` is bool, int, float or complex; an int may stand where a float is declared."""

    kind: str

    def __str__(self) -> str:
        return self.kind


@final
@dataclass(frozen=True, slots=True)
class Array:
    """A dense array, or with no dimensions a NumPy scalar or 0-d array (a Python number may stand there too)."""

    dtype: str
    shape: tuple[Dim, ...]

    def __str__(self) -> str:
        dims = ", ".join("?" if d is None else str(d) for d in self.shape)
        return f"{self.dtype}[{dims}]"

    @property
    def rank(self) -> int:
        return len(self.shape)


@final
@dataclass(frozen=True, slots=True)
class Tuple:
    """A tuple of known length."""

    items: tuple[Type, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.items))}{',' if len(self.items) == 1 else ''})"


@final
@dataclass(frozen=True, slots=True)
class List:
    """A list whose items all have the joined type `item`; its length is known at run time."""

    item: Type

    def __str__(self) -> str:
        return f"list[{self.item}]"


@final
@dataclass(frozen=True, slots=True)
class Static:
    """A Python object that is not data (function, module, string, None, dtype): part of the specialisation."""

    value: Any

    def __str__(self) -> str:
        return f"static<{getattr(self.value, '__name__', repr(self.value))}>"


@final
@dataclass(frozen=True, slots=True)
class TapeType:
    """A stack of saved values: pushed in the forward sweep, popped in the reverse sweep."""

    item: Type

    def __str__(self) -> str:
        return f"tape<{self.item}>"


@final
@dataclass(frozen=True, slots=True)
class Residuals:
    """What a callee's forward function keeps for its backward function: a tuple whose layout only the two know."""

    def __str__(self) -> str:
        return "residuals"


@final
@dataclass(frozen=True, slots=True)
class Undef:
    """No value: a variable that is not bound on this path. The bottom of the lattice."""

    def __str__(self) -> str:
        return "undef"


Type = Scalar | Array | Tuple | List | Static | TapeType | Residuals | Undef

BOOL, INT, FLOAT, COMPLEX = Scalar("bool"), Scalar("int"), Scalar("float"), Scalar("complex")
NONE = Static(None)
UNDEF = Undef()
_KINDS = ("bool", "int", "float", "complex")


class JoinError(Exception):
    """Two types have no common supertype: a variable would hold unrelated things on different paths."""


def join(a: Type, b: Type) -> Type:
    """The least type that holds both. Raises JoinError when there is none."""
    if a == b or isinstance(b, Undef):
        return a
    if isinstance(a, Undef):
        return b
    if isinstance(a, Scalar) and isinstance(b, Scalar):
        return Scalar(_KINDS[max(_KINDS.index(a.kind), _KINDS.index(b.kind))])
    if isinstance(a, Scalar | Array) and isinstance(b, Scalar | Array):
        return _join_arrays(as_array(a), as_array(b))
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items):
        return Tuple(tuple(join(x, y) for x, y in zip(a.items, b.items)))
    if isinstance(a, List) and isinstance(b, List):
        return List(join(a.item, b.item))
    raise JoinError(f"{a} and {b} have no common type")


def _join_arrays(a: Array, b: Array) -> Array:
    if a.rank != b.rank:
        raise JoinError(f"{a} and {b} differ in rank")
    dtype = str(np.result_type(a.dtype, b.dtype))
    return Array(dtype, tuple(x if same_dim(x, y) else _join_dims(x, y) for x, y in zip(a.shape, b.shape)))


def _join_dims(a: Dim, b: Dim) -> Dim:
    return None if may_be_one(a) or may_be_one(b) else MANY  # what decides broadcasting is kept as long as it is true


def is_subtype(a: Type, b: Type) -> bool:
    """Whether every value of type `a` may stand where `b` is declared."""
    try:
        return join(a, b) == b
    except JoinError:
        return False


def fits(a: Type, b: Type) -> bool:
    """Whether a value of type `a` may stand where `b` is declared, as far as types can tell.

    Differently named extents may be the same number, and a NumPy scalar may stand for a Python float.
    """
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        return len(a.items) == len(b.items) and all(map(fits, a.items, b.items))
    if not isinstance(a, Scalar | Array) or not isinstance(b, Scalar | Array):
        return is_subtype(a, b)
    one, other = as_array(a), as_array(b)
    clash = any(isinstance(x, int) and isinstance(y, int) and x != y for x, y in zip(one.shape, other.shape))
    return one.rank == other.rank and not clash and np.result_type(one.dtype, other.dtype) == np.dtype(other.dtype)


def as_array(t: Scalar | Array) -> Array:
    """The array type of a number."""
    if isinstance(t, Array):
        return t
    return Array({"bool": "bool", "int": "int64", "float": "float64"}.get(t.kind, "complex128"), ())


def dtype_of(t: Type) -> str | None:
    """The dtype of a number or array type, else None."""
    return as_array(t).dtype if isinstance(t, Scalar | Array) else None


def is_numeric(t: Type) -> bool:
    """Whether the type is a number or an array."""
    return isinstance(t, Scalar | Array)


def is_differentiable(t: Type) -> bool:
    """Whether values of the type can carry a derivative: floating point somewhere inside."""
    if isinstance(t, Scalar | Array):
        return np.dtype(as_array(t).dtype).kind in "fc"
    if isinstance(t, Tuple):
        return any(is_differentiable(item) for item in t.items)
    if isinstance(t, List | TapeType):
        return is_differentiable(t.item)
    return isinstance(t, Residuals)


def rank_of(t: Type) -> int:
    """The number of dimensions of a number (0) or array."""
    return t.rank if isinstance(t, Array) else 0


def shape_of(t: Type) -> tuple[Dim, ...]:
    """The dimensions of a number or array type."""
    return t.shape if isinstance(t, Array) else ()
