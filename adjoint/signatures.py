"""From what the user gives to the types the compiler starts from: values of a call, text such as `f8[:,:]`, or nothing.

Array dimensions become symbols that are never 1, except those that are 1: broadcasting is decided at transform time.
"""

from __future__ import annotations

import inspect
import linecache
import re
import types as python_types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from adjoint.errors import AdjointError, NotDifferentiable, Place, ShapeAssumption, UnsupportedConstruct
from adjoint.ir.types import (
    BOOL,
    COMPLEX,
    FLOAT,
    INT,
    UNDEF,
    Array,
    Dim,
    JoinError,
    List,
    Scalar,
    Static,
    Sym,
    Tuple,
    Type,
    join,
)
from adjoint.runtime.dispatch import BY_VALUE

_STATIC_TYPES = (
    *BY_VALUE,
    python_types.FunctionType,
    python_types.BuiltinFunctionType,
    python_types.MethodType,
    python_types.ModuleType,
    np.ufunc,
    type,
)
_SCALARS = {bool: BOOL, int: INT, float: FLOAT, complex: COMPLEX}
_DTYPE_KINDS = "biufc"
_EMPTY = inspect.Parameter.empty


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a derivative's call. Tangents and cotangents come after those of the user's function."""

    name: str
    keyword_only: bool = False
    positional_only: bool = False
    default: Any = _EMPTY

    @property
    def required(self) -> bool:
        return self.default is _EMPTY


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


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a Python function. Raises AdjointError for `*args` and `**kwargs`."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        raise UnsupportedConstruct(
            f"{getattr(function, '__name__', function)!r} has no Python signature",
            why="only functions written in Python can be differentiated by name",
            fix="wrap it: `lambda x: f(x)`",
        ) from None
    found = []
    for parameter in signature.parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            star = "*" if parameter.kind is parameter.VAR_POSITIONAL else "**"
            raise UnsupportedConstruct(
                f"the parameter `{star}{parameter.name}` is not supported",
                place=place_of(function),
                why="a derivative is specialised to a fixed list of parameters",
                fix="name the parameters, or pass one tuple",
            )
        found.append(
            Parameter(
                parameter.name,
                parameter.kind is parameter.KEYWORD_ONLY,
                parameter.kind is parameter.POSITIONAL_ONLY,
                parameter.default,
            )
        )
    return found


def type_of_value(value: Any, name: str) -> Type:
    """The type an argument has in the specialisation. Raises AdjointError for what the compiler cannot hold."""
    kind = type(value)
    if kind is bool:
        return Static(value)  # a flag: the program is specialised to it
    if kind in _SCALARS:
        return _SCALARS[kind]
    if kind is np.ndarray:
        return _array_type(value, name)
    if isinstance(value, np.generic):
        _check_dtype(value.dtype, name)
        return Array(str(value.dtype), ())
    if kind is tuple:
        return Tuple(tuple(_type_of_item(item, f"{name}.{index}") for index, item in enumerate(value)))
    if kind is list:
        return List(_item_type(value, name))
    if isinstance(value, _STATIC_TYPES) or hasattr(kind, "__adjoint_lower__"):
        return Static(value)
    raise _refuse_argument(value, name)


def _array_type(array: Any, name: str) -> Array:
    _check_dtype(array.dtype, name)
    dims: list[Dim] = [1 if n == 1 else Sym(f"{name}_{axis}", 0, False) for axis, n in enumerate(array.shape)]
    return Array(str(array.dtype), tuple(dims))


def _check_dtype(dtype: Any, name: str) -> None:
    if dtype.kind not in _DTYPE_KINDS or not dtype.isnative:
        raise UnsupportedConstruct(
            f"the argument {name!r} has dtype {dtype}",
            why="derivatives are taken of numbers in the machine's own byte order",
            fix=f"pass `{name}.astype(np.float64)`",
        )


def _type_of_item(value: Any, name: str) -> Type:
    return BOOL if type(value) is bool else type_of_value(value, name)


def _item_type(items: list[Any], name: str) -> Type:
    """The joined type of a list's items. Arrays in it have one symbol for each axis that is nowhere 1."""
    result: Type = UNDEF
    for item in items:
        try:
            result = join(result, _type_of_item(item, f"{name}.each"))
        except JoinError as error:
            raise ShapeAssumption(
                f"the list {name!r} mixes items of different kinds: {error}",
                why="all items of a list are treated alike",
                fix="pass a tuple, whose items may differ",
            ) from None
    return result


def _refuse_argument(value: Any, name: str) -> AdjointError:
    kind = type(value).__name__
    if hasattr(value, "__array__"):
        return UnsupportedConstruct(
            f"the argument {name!r} is a {kind}",
            why="only plain NumPy arrays are differentiated: a subclass may mean something else by the same operators",
            fix=f"pass `np.asarray({name})`",
        )
    return UnsupportedConstruct(
        f"the argument {name!r} is a {kind}",
        why="its contents may change between calls, unseen by the derivative",
        fix="pass its numbers as separate arguments, or in a tuple or list",
    )


def check_real(value: Any, name: str, function: Callable[..., Any]) -> None:
    """Refuse to differentiate in an argument that is not made of floating-point numbers. Raises NotDifferentiable."""
    kinds = {np.asarray(leaf).dtype.kind if is_number(leaf) else "static" for leaf in leaves_of(value)}
    if kinds <= {"f"} and kinds:
        return
    what = f"{type(value).__name__}" if not isinstance(value, np.ndarray) else f"array of {value.dtype}"
    why = "it is not made of real numbers"
    if kinds == {"c"}:
        why = "derivatives in complex arguments are not supported yet"
    raise NotDifferentiable(
        f"{function.__name__!r} cannot be differentiated in {name!r}, which is a {what}",
        place=place_of(function),
        why=why,
        fix="choose other parameters with `wrt=`, or pass floats",
    )


def is_number(value: Any) -> bool:
    """Whether the value is a number or a plain array of numbers."""
    return type(value) in _SCALARS or type(value) is np.ndarray or isinstance(value, np.generic)


def leaves_of(value: Any) -> list[Any]:
    """The values in a container, from left to right; a value that is none is its own leaf."""
    if type(value) in (tuple, list):
        return [leaf for item in value for leaf in leaves_of(item)]
    return [value]


def assumed_types(
    function: Callable[..., Any], parameters: list[Parameter], given: Mapping[str, Type]
) -> tuple[list[Type], str | None]:
    """Types for a derivative that nobody has called yet: those given, else annotations, defaults, float scalars.

    Also a sentence for the emitted docstring that says what was assumed, or None when everything was given or has a
    default, which the signature shows.
    """
    unknown = [name for name in given if name not in {parameter.name for parameter in parameters}]
    if unknown:
        raise ValueError(f"{function.__name__} has no parameter {', '.join(unknown)}")
    annotations = getattr(function, "__annotations__", {})
    types: list[Type] = []
    assumed = []
    for parameter in parameters:
        if parameter.name in given:
            types.append(given[parameter.name])
            continue
        types.append(_assumed_type(parameter, annotations.get(parameter.name)))
        if parameter.required:
            assumed.append(f"{parameter.name}: {types[-1]}")
    return types, f"Assumed types: {', '.join(assumed)}." if assumed else None


def _assumed_type(parameter: Parameter, annotation: Any) -> Type:
    if isinstance(parameter.default, bool):
        return Static(parameter.default)
    named = {kind.__name__: type for kind, type in _SCALARS.items()}
    if annotation in _SCALARS:
        return _SCALARS[annotation]
    if isinstance(annotation, str) and annotation in named:
        return named[annotation]
    if parameter.default is not _EMPTY and not isinstance(parameter.default, float):
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
        return Tuple(tuple(map(real_type, type.items)))
    return List(real_type(type.item)) if isinstance(type, List) else type


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
            found |= extents(list(type.items), list(value))
    return found
