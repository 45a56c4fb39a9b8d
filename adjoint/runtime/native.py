"""Compiled derivatives: what runs when the text of a derivative was written for Numba."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np

from adjoint.errors import NotCompilable
from adjoint.ir.types import Array, Scalar, Type

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
    arrays: Collection[int] = (),
) -> None:
    """Compile for arguments like these; `types` are those of all parameters, also of those without a value.

    Lists at the positions `arrays` are taken as arrays.

    Raises NotCompilable with Numba's reason.
    """
    import numba

    if not values:
        return
    try:
        known: Any = numba.typeof
        given = [known(value) for value in as_arrays(values, arrays)] + [_type_of(t) for t in types[len(values) :]]
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
    return None


def as_arrays(values: Sequence[Any], places: Collection[int]) -> Sequence[Any]:
    """The arguments with the lists of numbers at these places as arrays."""
    if not places:
        return values
    made = list(values)
    for place in places:
        if place < len(made) and type(made[place]) is list:
            kind = "d" if any(type(x) is float for x in made[place]) else "q"
            made[place] = np.frombuffer(array(kind, made[place]), kind) if made[place] else np.empty(0)
    return made


def guarded(function: Callable[..., Any], name: str, arrays: Collection[int] = ()) -> Callable[..., Any]:
    """The function, whose refusals by Numba at a call with arguments of a new kind are ours.

    Lists of numbers at the positions `arrays` are handed over as arrays: Numba takes lists item by item.
    """
    if not hasattr(function, "overloads"):
        return function

    def call(*args: Any, **named: Any) -> Any:
        try:
            return function(*as_arrays(args, arrays), **named)
        except Exception as error:
            if not _is_of_compiler(error):
                raise
            if not isinstance(error, Warning):
                raise refusal(error, name) from None
        with warnings.catch_warnings():  # warnings are errors here, and Numba had one to give
            warnings.simplefilter("ignore")
            return function(*as_arrays(args, arrays), **named)

    return call


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
    return NotCompilable(f"Numba does not compile the derivative of {name}", why=_first_line(error), fix=_HINT)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if not line.startswith(("Failed in", "During", "There are"))]
    return (told or lines or [type(error).__name__])[0]
