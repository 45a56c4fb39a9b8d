"""Compiled derivatives: what runs when the text of a derivative was written for Numba."""

from __future__ import annotations

import linecache
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.errors import NotCompilable
from adjoint.ir.types import Array, Scalar, Tuple, Type
from adjoint.runtime.native_values import Convert, conversions, from_plain

_HINT = 'take the derivative without `jit`, or with `fallback="python"`'


def is_there() -> bool:
    """Whether Numba can be imported."""
    import importlib.util

    return importlib.util.find_spec("numba") is not None


def require(name: str) -> None:
    """Raise NotCompilable where Numba is not installed."""
    if not is_there():
        raise NotCompilable(
            f"{name} was to be compiled, and Numba is not installed",
            why='`jit="numba"` compiles with Numba, which is an extra',
            fix="install numba, or take the derivative without `jit`",
        )


def compile_for(
    dispatcher: Callable[..., Any],
    values: Sequence[Any],
    types: Sequence[Type],
    name: str,
    arrays: Sequence[int] = (),
) -> None:
    """Compile for arguments like these; `types` are those of all parameters, also of those without a value.

    Lists at the positions `arrays` are taken as arrays. Raises NotCompilable with Numba's reason.
    """
    import numba

    if not values:
        return
    try:
        known: Any = numba.typeof
        handed = _converted(values, conversions(types, arrays))
        given = [known(value) for value in handed] + [_type_of(t) for t in types[len(values) :]]
        if None in given:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", numba.core.errors.NumbaWarning)
            dispatcher.compile(tuple(given))  # type: ignore[attr-defined]  # of Numba
    except Exception as error:
        raise refusal(error, name) from None


def _type_of(t: Type) -> Any:
    """What Numba calls a type; None for one that only a value tells."""
    import numba

    if isinstance(t, Scalar):
        return {"bool": numba.boolean, "int": numba.int64, "float": numba.float64}.get(t.kind, numba.complex128)
    if isinstance(t, Array):
        item = numba.from_dtype(np.dtype(t.dtype))
        return numba.types.Array(item, t.rank, "C") if t.rank else item
    if isinstance(t, Tuple) and (t.layout is None or t.layout.kind != "named"):
        items = [_type_of(item) for item in t.items]
        made: Any = numba.types.BaseTuple.from_types
        return None if None in items else made(items)
    return None


def _converted(values: Sequence[Any], by_place: Mapping[int, Convert]) -> Sequence[Any]:
    """The arguments as compiled code takes them."""
    if not by_place:
        return values
    return [by_place[place](value) if place in by_place else value for place, value in enumerate(values)]


def guarded(
    function: Callable[..., Any], name: str, types: Sequence[Type], result: Type, arrays: Sequence[int] = ()
) -> Callable[..., Any]:
    """The function, whose refusals by Numba at a call with arguments of a new kind are ours.

    Containers are handed over as tuples and rebuilt, lists of numbers at the positions `arrays` as arrays.
    """
    if not hasattr(function, "overloads"):
        return function
    by_place, rebuilt = conversions(types, arrays), from_plain(result)

    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*_converted(args, by_place), **named)
        except Exception as error:
            if not _is_of_compiler(error):
                raise
            if not isinstance(error, Warning):
                raise refusal(error, name) from None
        with warnings.catch_warnings():  # warnings are errors here, and Numba had one to give
            warnings.simplefilter("ignore")
            return function(*_converted(args, by_place), **named)

    return call if rebuilt is None else lambda *args, **named: rebuilt(call(*args, **named))


def _is_of_compiler(error: BaseException) -> bool:
    """Whether Numba's compiler raised it, and not the compiled program."""
    frame = error.__traceback__
    while frame is not None:
        if frame.tb_frame.f_code.co_name == "_compile_for_args":
            return True
        frame = frame.tb_next
    return False


def refusal(error: BaseException, name: str) -> NotCompilable:
    """What Numba says it cannot compile, and what its compiler stumbles over, as an error of ours."""
    line = _emitted_line(error)
    where = "" if line is None else f", in `{line}`"
    return NotCompilable(
        f"Numba does not compile {name}{where}", why=_first_line(error), fix=_HINT
    )


def _emitted_line(error: BaseException) -> str | None:
    """The line of a derivative that Numba names, the innermost one."""
    for filename, number in reversed(re.findall(r"(<adjoint [^>]*>|\S*\.py) \((\d+)\)", str(error))):
        line = linecache.getline(filename, int(number)).strip()
        if filename.startswith("<adjoint ") or "@njit" in "".join(linecache.getlines(filename)[:400]):
            return line or None
    return None


def _first_line(error: BaseException) -> str:
    """What it says, and of what, without where it looked for that."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Failed in", "During", "There are"))]
    first, *rest = told or lines or [type(error).__name__]
    return f"{first} {rest[0].removeprefix('>>>').strip()}" if first.endswith(":") and rest else first
