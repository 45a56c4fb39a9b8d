"""From what the user gives to the types the compiler starts from: values of a call, text such as `f8[:,:]`, or nothing.

Array dimensions become symbols that are never 1, except those that are 1: broadcasting is decided at transform time.
"""

from __future__ import annotations

import inspect
import linecache
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.errors import AdjointError, NotDifferentiable, Place, ShapeAssumption, UnsupportedConstruct
from adjoint.ir.outward import unnamed, with_dims
from adjoint.ir.signature import is_sparse, sparse_type
from adjoint.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    UNDEF,
    Array,
    Dim,
    JoinError,
    Layout,
    List,
    Object,
    Scalar,
    Static,
    Sym,
    Tuple,
    Type,
    join,
)
from adjoint.parameters import EMPTY, KEYWORDS, REST, Parameter
from adjoint.runtime.containers import GENERATORS, is_floating, items_of, kind_of, layout_of, leaves_of
from adjoint.runtime.dispatch import BY_VALUE, endless, is_open, list_key
from adjoint.slots import Slot

_SCALARS = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX}
_DTYPE_KINDS = "biufc"
_KEYS = (str, bytes, int, float, bool, type(None))


def place_of(function: Callable[..., Any]) -> Place | None:
    """The line where the function starts."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return None
    line = code.co_firstlineno
    for number in range(line, line + 50):  # past the decorators
        text = linecache.getline(code.co_filename, number)
        if re.match(rf"\s*(async\s+)?def\s+{re.escape(code.co_name)}\b", text):
            column = len(text) - len(text.lstrip())
            return Place(code.co_filename, number, column, text, number, len(text.rstrip()))
    text = linecache.getline(code.co_filename, line)
    column = len(text) - len(text.lstrip())
    return Place(code.co_filename, line, column, text, line, max(len(text.rstrip()), column + 1))


def type_of_value(value: Any, name: str) -> Type:
    """The type an argument has in the specialisation. Raises AdjointError for what the compiler cannot hold."""
    if type(value) is bool:
        return Static(value)  # a flag: the program is specialised to it
    try:
        return _type(value, name, name)
    except RecursionError:
        raise endless(value) from None


def _type(value: Any, name: str, where: str) -> Type:
    """The type of an argument or of a value in it: `name` is for symbols, `where` how Python says it."""
    cls: Any = type(value)
    if cls in _SCALARS:
        return _SCALARS[cls]
    if cls is np.ndarray:
        return _array_type(value, name, where)
    if isinstance(value, np.generic):
        _check_dtype(value.dtype, where)
        return Array(str(value.dtype), ())
    if isinstance(value, BY_VALUE):
        return Static(value)
    if cls is list and is_open(list_key(value)):
        return List(_item_type(value, name, where))
    items = items_of(value)
    if items is not None:
        layout = layout_of(value)
        _check_keys(layout, where)
        places = _places(layout, where, len(items))
        return Tuple(tuple(_type(x, f"{name}.{i}", place) for i, (x, place) in enumerate(zip(items, places))), layout)
    if isinstance(value, GENERATORS):
        return Object(cls)
    if is_sparse(value):
        return sparse_type(value, name)
    if kind_of(cls) == "static":
        return Static(value)
    raise _refuse_argument(value, where)


def _places(layout: Layout | None, where: str, count: int) -> list[str]:
    """How Python reads the items of a container."""
    if layout is None or layout.kind == "list":
        return [f"{where}[{index}]" for index in range(count)]
    return [f"{where}[{key!r}]" if layout.kind == "dict" else f"{where}.{key}" for key in layout.keys]


def where_of(name: str, value: Any, path: Sequence[int]) -> str:
    """How Python reads what a path in an argument leads to."""
    for number in path:
        items = items_of(value) or ()
        name, value = _places(layout_of(value), name, len(items))[number], items[number]
    return name


def _check_keys(layout: Layout | None, where: str) -> None:
    for key in layout.keys if layout is not None and layout.kind == "dict" else ():
        if not _is_constant(key):
            raise UnsupportedConstruct(
                f"the dict {where!r} has the key {key!r}, a {type(key).__name__}",
                why="keys are written into the derivative as constants",
                fix="use strings, numbers or tuples of them as keys",
            )


def _is_constant(key: Any) -> bool:
    return all(map(_is_constant, key)) if type(key) is tuple else type(key) in _KEYS


def _array_type(array: Any, name: str, where: str) -> Array:
    _check_dtype(array.dtype, where)
    dims: list[Dim] = [1 if n == 1 else Sym(f"{name}_{axis}", 0, False) for axis, n in enumerate(array.shape)]
    return Array(str(array.dtype), tuple(dims))


def _check_dtype(dtype: Any, where: str) -> None:
    if dtype.kind not in _DTYPE_KINDS or not dtype.isnative:
        raise UnsupportedConstruct(
            f"the argument {where!r} has dtype {dtype}",
            why="derivatives are taken of numbers in the machine's own byte order",
            fix=f"pass `{where}.astype(np.float64)`",
        )


def _item_type(items: list[Any], name: str, where: str) -> Type:
    """The joined type of a list's items. Arrays in it may differ in their extents, but for an axis that is always 1."""
    result: Type = UNDEF
    for item in items:
        try:
            result = join(result, with_dims(_type(item, f"{name}.each", f"{where}[...]"), unnamed))
        except JoinError as error:
            raise ShapeAssumption(
                f"the list {where!r} mixes items of different kinds: {error}",
                why="all items of a list are treated alike",
                fix="pass a tuple, whose items may differ",
            ) from None
    return result


def _refuse_argument(value: Any, where: str) -> AdjointError:
    kind = type(value).__name__
    if hasattr(value, "__array__"):
        return UnsupportedConstruct(
            f"the argument {where!r} is a {kind}",
            why="only plain NumPy arrays are differentiated: a subclass may mean something else by the same operators",
            fix=f"pass `np.asarray({where})`",
        )
    base = next((base for base in (tuple, list, dict, int, float, complex) if isinstance(value, base)), None)
    if base is not None:
        return UnsupportedConstruct(
            f"the argument {where!r} is a {kind}, which is not a plain {base.__name__}",
            why=f"a subclass may mean something else by what a {base.__name__} does",
            fix=f"pass `{base.__name__}({where})`",
        )
    return UnsupportedConstruct(
        f"the argument {where!r} is a {kind}",
        why="what it holds is not in attributes of its own, and may change between calls, unseen by the derivative",
        fix="pass its numbers in a tuple, list, dict, dataclass or an object of a plain class",
    )


def check_real(value: Any, name: str, function: Callable[..., Any]) -> None:
    """Refuse to differentiate in an argument without real or complex numbers. Raises NotDifferentiable."""
    if any(map(is_floating, leaves_of(value))):
        return
    special = next((each for each in leaves_of(value) if _is_special_array(each)), None)
    if special is not None:
        raise _refuse_argument(special, name)
    what = f"a {type(value).__name__}" if not isinstance(value, np.ndarray) else f"an array of {value.dtype}"
    raise NotDifferentiable(
        f"{function.__name__!r} cannot be differentiated in {name!r}, which is {what}",
        place=place_of(function),
        why="it is not made of real numbers",
        fix="choose other parameters with `wrt=`, or pass floats",
    )


def _is_special_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and type(value) is not np.ndarray


def assumed_types(
    function: Callable[..., Any],
    parameters: Sequence[Parameter],
    given: Mapping[str, Type],
    wanted: Sequence[Slot] = (),
) -> tuple[list[Type], str | None]:
    """Types for a derivative that nobody has called yet: those given, else annotations, defaults, float scalars.

    `*args` and `**kwargs` hold what `wanted` differentiates in and no more.
    Also a sentence for the emitted docstring that says what was assumed, or None when everything was given or has a
    default, which the signature shows.
    """
    unknown = [name for name in given if name not in {parameter.name for parameter in parameters}]
    if unknown:
        raise ValueError(f"{function.__name__} has no parameter {', '.join(unknown)}")
    annotations = getattr(function, "__annotations__", {})
    types: list[Type] = []
    assumed = []
    for position, parameter in enumerate(parameters):
        if parameter.name in given:
            types.append(given[parameter.name])
            continue
        if parameter.kind in (REST, KEYWORDS):
            types.append(assumed_items(parameter, [slot.part for slot in wanted if slot.position == position]))
            continue
        types.append(_assumed_type(parameter, annotations.get(parameter.name)))
        if parameter.required:
            assumed.append(f"{parameter.name}: {types[-1]}")
    return types, f"Assumed types: {', '.join(assumed)}." if assumed else None


def assumed_items(parameter: Parameter, parts: list[Any]) -> Type:
    """The arguments that a `*args` or `**kwargs` parameter takes: floats, as many as are differentiated."""
    if parameter.kind == KEYWORDS:
        keys = tuple(part for part in parts if part is not None)
        return Tuple((FLOAT,) * len(keys), Layout("dict", keys))
    return Tuple((FLOAT,) * max((1 if part is None else part + 1 for part in parts), default=0))


def _assumed_type(parameter: Parameter, annotation: Any) -> Type:
    if isinstance(parameter.default, bool):
        return Static(parameter.default)
    named = {kind.__name__: type for kind, type in _SCALARS.items()}
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if isinstance(annotation, str) and annotation in named:
        return named[annotation]
    if parameter.default is not EMPTY and not isinstance(parameter.default, float):
        try:
            return type_of_value(parameter.default, parameter.name)
        except AdjointError:
            return Static(parameter.default)
    return FLOAT


def real_type(type: Type) -> Type:
    """The type of the real numbers that the integers of this type stand for, when one differentiates in them."""
    if isinstance(type, Scalar):
        return FLOAT if type.kind == "int" else type
    if isinstance(type, Array):
        return Array("float64", type.shape) if np.dtype(type.dtype).kind in "iu" else type
    if isinstance(type, Tuple):
        return type.of(map(real_type, type.items))
    return List(real_type(type.item)) if isinstance(type, List) else type


def real_parts(type: Type, parts: Collection[int | str] | None) -> Type:
    """As `real_type`, of the named items of a `*args` or `**kwargs` parameter only."""
    if parts is None or not isinstance(type, Tuple):
        return real_type(type)
    keys: Sequence[Any] = type.layout.keys if type.layout is not None else range(len(type.items))
    return type.of(real_type(item) if key in parts else item for key, item in zip(keys, type.items))


_TYPE_TEXT = re.compile(r"\s*(?P<dtype>[A-Za-z]\w*)\s*(?:\[(?P<dims>[^\]]*)\])?\s*")
_SHORT = {"float": FLOAT, "int": INT, "bool": BOOL, "complex": COMPLEX}


def parse_types(text: str) -> dict[str, Type]:
    """The types in `x: f8[:,:], n: int, y: float64[3, m]`. Raises ValueError with the part that is not understood.

    A dimension is `:` (not 1), a number, or a name (not 1, equal wherever it occurs).
    """
    types: dict[str, Type] = {}
    for part in _split_outside_brackets(text):
        name, colon, rest = part.partition(":")
        if not colon or not name.strip().isidentifier():
            raise ValueError(f"{part.strip()!r} is not `name: type`")
        types[name.strip()] = parse_type(rest, name.strip())
    return types


def parse_type(text: str, name: str) -> Type:
    """One type: `float`, `f8[:,:]`, `float64[3, n]`. Raises ValueError."""
    match = _TYPE_TEXT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text.strip()!r} is not a type; write `float`, `int` or a dtype with dimensions: `f8[:,:]`")
    if match["dims"] is None and match["dtype"] in _SHORT:
        return _SHORT[match["dtype"]]
    try:
        dtype = np.dtype(match["dtype"])
    except TypeError:
        raise ValueError(f"{match['dtype']!r} is not a dtype") from None
    dims = [part.strip() for part in (match["dims"] or "").split(",") if part.strip()]
    return Array(str(dtype), tuple(_dim(part, f"{name}_{axis}") for axis, part in enumerate(dims)))


def _dim(text: str, name: str) -> Dim:
    if text == ":":
        return Sym(name, 0, False)
    if text.isdigit():
        return int(text)
    if text.isidentifier():
        return Sym(text, 0, False)
    raise ValueError(f"{text!r} is not a dimension; write `:`, a number or a name")


def _split_outside_brackets(text: str) -> list[str]:
    parts = re.split(r",(?![^\[]*\])", text)
    return [part for part in parts if part.strip()]


def concrete_shape(type: Type, values: Mapping[str, int]) -> tuple[int | None, ...]:
    """The shape of an array type when the symbols have these extents; None where it is not known."""
    if not isinstance(type, Array):
        return ()
    return tuple(_extent(dim, values) for dim in type.shape)


def _extent(dim: Dim, values: Mapping[str, int]) -> int | None:
    if isinstance(dim, Sym):
        return values[dim.name] + dim.offset if dim.name in values else None
    return dim


def extents(types: list[Type], values: list[Any]) -> dict[str, int]:
    """What the symbols in the types of arguments stand for, read off the arguments."""
    found: dict[str, int] = {}
    for type, value in zip(types, values):
        if isinstance(type, Array):
            for dim, extent in zip(type.shape, np.shape(value)):
                if isinstance(dim, Sym):
                    found[dim.name] = extent - dim.offset
        elif isinstance(type, Tuple):
            found |= extents(list(type.items), list(items_of(value) or ()))
    return found
