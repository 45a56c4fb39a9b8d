"""Types of IR values: frozen, compared by value.

A type says what the compiler may rely on at run time. Dimensions are exact numbers, symbols with an offset (`n`, `n-2`)
or unknown; whether a dimension can be 1 decides broadcasting at transform time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import reduce
from typing import Any, TypeGuard, final

import numpy as np

from adjoint.ir.relations import is_never_one


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
    return dim is None or (dim.may_be_one and not is_never_one(dim.name, dim.offset))


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
class Layout:
    """The Python container that a tuple of values is: how it is built and how its items are read.

    `kind` is list, dict, named (a namedtuple), record (an instance of `cls`), namespace (a `types.SimpleNamespace`: the
    derivative of a record whose constructor cannot rebuild it) or function (what a closure captured). `keys` are the
    keys of a dict, else the names of attributes; a list and a function have none: their items go by position. The `cls`
    of a dict is None, or `OrderedDict`.
    """

    kind: str
    keys: tuple[Any, ...] = ()
    cls: type | None = None

    def __str__(self) -> str:
        return self.text(self.name)

    @property
    def name(self) -> str:
        """What the text form calls the container."""
        return self.kind if self.cls is None else self.cls.__name__

    def text(self, name: str, items: tuple[str, ...] | None = None, key_text: Callable[[Any], str] = repr) -> str:
        """The layout under a name of its own, with the texts of its items if they are given."""
        if not self.is_keyed:
            return f"{name}({', '.join(items or ())})"
        keys = [_key_text(key, key_text) if self.kind == "dict" else key for key in self.keys]
        return f"{name}{{{', '.join(keys if items is None else map('{}: {}'.format, keys, items))}}}"

    @property
    def is_keyed(self) -> bool:
        """Whether items are read by key or attribute, not by position."""
        return self.kind not in ("list", "function")


def _key_text(key: Any, key_text: Callable[[Any], str]) -> str:
    """A key of a dict as it stands in the text form; `key_text` writes what is no string."""
    return json.dumps(key, ensure_ascii=False) if type(key) is str else key_text(key)


@final
@dataclass(frozen=True, slots=True)
class Tuple:
    """A container of known length: a tuple, or what `layout` says."""

    items: tuple[Type, ...]
    layout: Layout | None = None

    def __str__(self) -> str:
        texts = tuple(map(str, self.items))
        if self.layout is not None:
            return self.layout.text(self.layout.name, texts)
        return f"({', '.join(texts)}{',' if len(texts) == 1 else ''})"

    def of(self, items: Iterable[Type]) -> Tuple:
        """The same container with items of other types."""
        return Tuple(tuple(items), self.layout)


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

    def __eq__(self, other: object) -> bool:
        """Whether it is the same object, or an equal one of its type: 1 is not True."""
        if not isinstance(other, Static) or type(self.value) is not type(other.value):
            return False
        return self.value is other.value or bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __str__(self) -> str:
        return f"static<{getattr(self.value, '__name__', repr(self.value))}>"


@final
@dataclass(frozen=True, slots=True)
class Object:
    """A run-time Python object of a class that carries no derivative: a context manager, a file, a string.

    `like` is the array that a sparse matrix stands for.
    """

    cls: type
    like: Array | None = None

    def __str__(self) -> str:
        return f"object<{self.cls.__name__}{'' if self.like is None else f', {self.like}'}>"


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


@final
@dataclass(frozen=True, slots=True)
class Handle:
    """An object the front end runs by itself: a container with an identity, a closure. Never in finished IR."""

    object: Any

    def __str__(self) -> str:
        return str(self.object)


Type = Scalar | Array | Tuple | List | Static | Object | TapeType | Residuals | Undef | Handle

SCOPE = Object(AbstractContextManager)
"""The type of what `enter` gives to its `leave`: never a variable."""
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
    if isinstance(a, Tuple) and isinstance(b, Tuple) and len(a.items) == len(b.items) and a.layout == b.layout:
        return a.of(map(join, a.items, b.items))
    if is_list(a) and is_list(b):
        return List(join(item_of(a), item_of(b)))
    if isinstance(a, Static | Object) and isinstance(b, Static | Object) and (cls := _joined_class(a, b)):
        return Object(cls)
    raise JoinError(f"{a} and {b} have no common type")


def _joined_class(a: Static | Object, b: Static | Object) -> type | None:
    """The class of a run-time string or object that an object known now may stand for as well."""
    one, other = (type(t.value) if isinstance(t, Static) else t.cls for t in (a, b))
    return one if one is other and (isinstance(a, Object) or isinstance(b, Object)) else None


def is_list(t: Type) -> bool:
    """Whether values of the type are Python lists, of known length or not."""
    return isinstance(t, List) or (isinstance(t, Tuple) and t.layout is not None and t.layout.kind == "list")


def is_sequence(t: Type) -> TypeGuard[Tuple]:
    """Whether Python iterates over the items of a container of known length: over those of a dict it does not."""
    return isinstance(t, Tuple) and (t.layout is None or t.layout.kind in ("list", "named", "function"))


def item_of(t: Type) -> Type:
    """The type that holds every item of a list or tuple; `UNDEF` where there is none. Raises JoinError."""
    if isinstance(t, List):
        return t.item
    assert isinstance(t, Tuple)
    bottom: Type = UNDEF
    return reduce(join, t.items, bottom)


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


def fits(a: Type, b: Type, *, is_derivative: bool = False) -> bool:
    """Whether a value of type `a` may stand where `b` is declared, as far as types can tell.

    Differently named extents may be the same number, and a NumPy scalar may stand for a Python float. In a derivative
    `[]` may be declared where a list has items: nobody reads the cotangents of items that were not there.
    """
    if isinstance(b, Undef) and isinstance(a, Tuple):
        return all(fits(item, b, is_derivative=is_derivative) for item in a.items)  # a tuple of nothing is nothing
    if is_derivative and is_empty_list(b) and is_list(a):
        return True
    if isinstance(a, Tuple) and isinstance(b, Tuple):
        pairs = zip(a.items, b.items)
        is_alike = len(a.items) == len(b.items) and _reads_alike(a.layout, b.layout)
        return is_alike and all(fits(*pair, is_derivative=is_derivative) for pair in pairs)
    if isinstance(b, List) and is_list(a):
        items = a.items if isinstance(a, Tuple) else (item_of(a),)
        return all(fits(item, b.item, is_derivative=is_derivative) for item in items)
    if not isinstance(a, Scalar | Array) or not isinstance(b, Scalar | Array):
        return is_subtype(a, b)
    one, other = as_array(a), as_array(b)
    clash = any(isinstance(x, int) and isinstance(y, int) and x != y for x, y in zip(one.shape, other.shape))
    return one.rank == other.rank and not clash and np.result_type(one.dtype, other.dtype) == np.dtype(other.dtype)


def is_empty_list(t: Type) -> bool:
    """Whether it is the type of `[]`: it has no derivative, but what is appended to it later may have one."""
    return isinstance(t, Tuple) and not t.items and t.layout is not None and t.layout.kind == "list"


def _reads_alike(a: Layout | None, b: Layout | None) -> bool:
    """Whether items are read from both in the same way: a namespace may stand for a record."""
    if a is None or b is None or (a.kind, b.kind) != ("namespace", "record"):
        return a == b
    return a.keys == b.keys


def as_array(t: Scalar | Array) -> Array:
    """The array type of a number."""
    if isinstance(t, Array):
        return t
    return Array({"bool": "bool", "int": "int64", "float": "float64"}.get(t.kind, "complex128"), ())


def dtype_of(t: Type) -> str | None:
    """The dtype of a number or array type, else None."""
    return as_array(t).dtype if isinstance(t, Scalar | Array) else None


def dtype_object(dtype: str) -> type | str:
    """What a call is given for a dtype: `float`, `complex`, or its name."""
    return {"float64": float, "complex128": complex}.get(dtype, dtype)


def is_numeric(t: Type) -> bool:
    """Whether the type is a number or an array."""
    return isinstance(t, Scalar | Array)


WRAPPING = frozenset({"int8", "int16", "int32", "uint8", "uint16", "uint32", "uint64"})
"""Integers that overflow in sums and products of their own, and with Python's integers."""


def wraps(t: Type) -> bool:
    """Whether the type is one of integers whose arithmetic may overflow, or cannot be negative."""
    return dtype_of(t) in WRAPPING


def is_truth(t: Type) -> bool:
    """Whether the type is one of truth values: NumPy's have no differences, and True + True is True."""
    return dtype_of(t) == "bool"


def same_kind(one: Type, other: Type) -> bool:
    """Whether two types are alike in dtype and rank; extents may go by other names."""
    are_arrays = isinstance(one, Array), isinstance(other, Array)
    return are_arrays[0] == are_arrays[1] and (dtype_of(one), rank_of(one)) == (dtype_of(other), rank_of(other))


def equal_if_combined(one: Type, other: Type) -> bool:
    """Whether two arrays have equal shapes, if NumPy can combine them place by place."""
    a, b = shape_of(one), shape_of(other)
    return len(a) == len(b) and all(same_dim(x, y) or not (may_be_one(x) or may_be_one(y)) for x, y in zip(a, b))


def is_differentiable(t: Type) -> bool:
    """Whether values of the type can carry a derivative: floating point somewhere inside."""
    if isinstance(t, Scalar | Array):
        return np.dtype(as_array(t).dtype).kind in "fc"
    if isinstance(t, Tuple):
        return any(is_differentiable(item) for item in t.items)
    if isinstance(t, List | TapeType):
        return is_differentiable(t.item)
    return isinstance(t, Residuals)


def is_complex(t: Type) -> bool:
    """Whether the type is a complex number or an array of them."""
    return isinstance(t, Scalar | Array) and as_array(t).dtype.startswith("complex")


def rank_of(t: Type) -> int:
    """The number of dimensions of a number (0) or array."""
    return t.rank if isinstance(t, Array) else 0


def are_alike(one: Type, other: Type) -> bool:
    """Whether both are arrays of one dtype that have, in every run, the same extents."""
    if not isinstance(one, Array) or not isinstance(other, Array):
        return False
    same_kind = (one.dtype, one.rank) == (other.dtype, other.rank)
    return same_kind and all(map(same_dim, one.shape, other.shape))


def shape_of(t: Type) -> tuple[Dim, ...]:
    """The dimensions of a number or array type."""
    return t.shape if isinstance(t, Array) else ()
