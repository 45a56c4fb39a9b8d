"""From a Python call to an operation: which row of the table, which arguments are operands, which are attributes.

Shared by the front end (calls in the user's code) and by rules (calls in the mathematics of a rule).
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from adjoint.ir import extras, opset
from adjoint.ir.core import Value, const_of, is_const
from adjoint.ir.opset import OpDef
from adjoint.ir.types import List


class BindingError(Exception):
    """The arguments do not fit. The message names the argument in the words of the caller."""


def definition_of(function: Callable[..., Any]) -> tuple[OpDef, str] | None:
    """The operation a callable means and its parameter list, or None."""
    try:
        found = _callables().get(function)
        if found is None and extras.meet(function):
            found = _callables().get(function)
        return found
    except TypeError:  # unhashable callables mean nothing here
        return None


def method_of(name: str) -> tuple[OpDef, str] | None:
    """The operation an array method means and its parameter list without the receiver, or None."""
    return _methods().get(name)


_cache: dict[str, Any] = {}


def _callables() -> dict[Any, tuple[OpDef, str]]:
    size = len(opset.TABLE), len(opset.ADDED)
    if _cache.get("size") != size:
        _cache["size"] = size
        _cache["callables"] = {f: (d, p) for d in opset.TABLE.values() for f, p in d.callables.items()}
        _cache["methods"] = {m: (d, p) for d in opset.TABLE.values() for m, p in d.methods.items()}
    table: dict[Any, tuple[OpDef, str]] = _cache["callables"]
    return table


def _methods() -> dict[str, tuple[OpDef, str]]:
    _callables()
    table: dict[str, tuple[OpDef, str]] = _cache["methods"]
    return table


def bind(
    definition: OpDef, parameters: str, args: Sequence[Any], keywords: Mapping[str, Any], what: str
) -> tuple[list[Any], dict[str, Any]]:
    """Split the arguments of a call into operands and attributes.

    `parameters` names the callable's parameters in order, such as "a, axis, dtype, out"; one that is neither an operand
    nor an attribute of the definition must not be given. A starred parameter takes the rest. `[arrays]` is one list or
    tuple written out, whose items are the starred operand; `[[items]]` may be nested and sets the attribute `shape`
    (a tuple of ints; None when the argument is a value that is not written out). An operand `name?` may be left out:
    None stands for it if a later one is given (in an elementwise operation always). `min=low` is another keyword for
    `low`.
    Values given for attributes are returned as they came: the caller makes them static. Raises BindingError.
    """
    names = [name.strip() for name in parameters.split(",") if name.strip()]
    given = dict(_positional(names, args, what))
    spelled = dict(name.split("=") for name in names if "=" in name)
    for keyword, value in keywords.items():
        keyword = spelled.get(keyword, keyword)
        name = next((n for n in names if n.strip("[]") == keyword), keyword)
        if name in given:
            raise BindingError(f"{what} got two values for {keyword!r}")
        if name not in names:
            raise BindingError(f"the argument {keyword!r} of {what} is not supported")
        given[name] = value
    operands = _operands(definition, given, what)
    for name in definition.attrs:
        if f"*{name}" in given:
            given[name] = _axes(given.pop(f"*{name}"), what)
    for name in [name for name in given if name not in definition.attrs]:
        if not _is_none(given.pop(name)):
            raise BindingError(f"the argument {name!r} of {what} is not supported")
    return operands, given


def _is_none(value: Any) -> bool:
    """Whether an argument is None, which stands for one that is left out: `out=None`."""
    return value is None or (isinstance(value, Value) and is_const(value) and const_of(value) is None)


def renamed(function: Callable[..., Any], parameters: str, keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The keywords of a call under our names: those that a callable gives its parameters, by position."""
    ours = [name.strip("[] ") for name in parameters.split(",")]
    if all(keyword in ours for keyword in keywords):
        return dict(keywords)
    names = dict(zip(_parameter_names(function), ours))
    return {keyword if keyword in ours else names.get(keyword, keyword): v for keyword, v in keywords.items()}


def _parameter_names(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters that have a position, up to the first that takes any number."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C, without a signature
        return []
    named = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in itertools.takewhile(lambda p: p.kind in named, parameters)]


def _operands(definition: OpDef, given: dict[str, Any], what: str) -> list[Any]:
    operands: list[Any] = []
    skipped = 0
    for name in definition.operands:
        bare = name.strip("*?")
        if f"[{bare}]" in given:
            operands += _items(given.pop(f"[{bare}]"), what, definition.name in opset.LIST_FORMS)
        elif f"[[{bare}]]" in given:
            items, given["shape"] = _nested_items(given.pop(f"[[{bare}]]"), what)
            operands += items
        elif name.startswith("*"):
            operands += given.pop(name, ())
        elif bare in given:
            operands += [None] * skipped
            operands.append(given.pop(bare))
            skipped = 0
        elif not name.endswith("?"):
            raise BindingError(f"{what} needs the argument {name!r}")
        else:
            skipped += 1
    return [*operands, *[None] * skipped] if definition.elementwise else operands


def _written_items(value: Any) -> list[Any] | None:
    """The items of a list or tuple that is written out (in the program or in a rule), else None."""
    if isinstance(value, list | tuple):
        return list(value)
    value = getattr(value, "value", value)
    op = value.op if isinstance(value, Value) else None
    return list(op.operands) if op is not None and op.opcode in ("list", "tuple") else None


def _items(value: Any, what: str, takes_lists: bool) -> list[Any]:
    items = _written_items(value)
    if items is None and takes_lists and isinstance(getattr(value, "type", None), List):
        return [value]  # `list_form` says which operation takes it
    if items is None:
        raise BindingError(f"{what} needs its list of arrays written out, such as [a, b]")
    return items


def _nested_items(value: Any, what: str) -> tuple[list[Any], tuple[int, ...] | None]:
    items = _written_items(value)
    if items is None:
        return [value], None
    inner = [_nested_items(item, what) for item in items]
    shapes = {shape for _, shape in inner}
    if len(shapes) > 1:
        raise BindingError(f"{what} needs rows of one length")
    shape = shapes.pop() if shapes else None
    return [item for row, _ in inner for item in row], (len(items), *(shape or ()))


def _axes(values: Sequence[Any], what: str) -> Any:
    """An attribute given as several arguments, `x.transpose(1, 0)`; one argument stands for itself."""
    if len(values) <= 1:
        return values[0] if values else None
    if not all(isinstance(value, Value) and is_const(value) for value in values):
        raise BindingError(f"{what} needs axes that are written out")
    return tuple(const_of(value) for value in values)


def _positional(names: list[str], args: Sequence[Any], what: str) -> Iterable[tuple[str, Any]]:
    for index, name in enumerate(names):
        if name.startswith("*"):
            yield name, tuple(args[index:])
            return
        if index < len(args):
            yield name, args[index]
    if len(args) > len(names):
        raise BindingError(f"{what} takes at most {len(names)} arguments, {len(args)} given")
