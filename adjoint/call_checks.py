"""The look at the arguments of each call: what the derivative assumes of them must hold.

Equal extents are compared before the emitted function runs; on a mismatch the user's function runs instead, and raises
what it raises.

A function that changes an array, list, dict or object it is given sees the change under every name of it. Two arguments
that are one such container, or arrays that share memory, would be two in the derivative, so such a call is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, final

import numpy as np

from adjoint.errors import AliasNotProvable, ShapeAssumption
from adjoint.parameters import Parameter, arranged, parameters_of
from adjoint.runtime.containers import items_of, mutable_containers_of
from adjoint.runtime.known import Held
from adjoint.runtime.outside import outside
from adjoint.signatures import place_of

_PLAIN = frozenset({np.ndarray, float, int, bool, complex})
"""The types of most arguments: no containers."""

Place = tuple[tuple[int, ...], int, int]
"""Which argument (and which item of it, and of that), which axis, which offset."""


@final
@dataclass(slots=True)
class Assumptions:
    """What must hold of the arguments: extents that are equal, and that no two places hold one mutable container."""

    equal: list[tuple[Place, Place]] = field(default_factory=list)
    likely: list[str] = field(default_factory=list)
    """What else is taken for granted, in Python over `args`; where one of it is not so, `otherwise` is called."""
    known: list[str] = field(default_factory=list)
    """The integers among the arguments that it is made for, in the same way: any others need another derivative."""
    notes: list[str] = field(default_factory=list)
    """Which these are, for the emitted docstring."""
    held: tuple[Held, ...] = ()
    """Integers in objects outside of the function that it is made for."""
    otherwise: Callable[..., Any] | None = None
    unshared: bool = False
    written: frozenset[int] = frozenset()
    """The arguments that the function changes."""
    numbers: frozenset[int] = frozenset()
    """Those that may not be arrays without dimensions, since a function that it calls would change them."""
    outer: tuple[tuple[str, Any], ...] = ()
    """What a function that changes arguments reads from outside, by name: its owner, or None for its own names."""

    @property
    def conditions(self) -> list[str]:
        """What must hold of the arguments, or else `otherwise` is called."""
        return [*self.known, *self.likely]


def checked(
    call: Callable[..., Any], function: Callable[..., Any], assumed: Assumptions, count: int
) -> Callable[..., Any]:
    """`call`, after a look at the arguments. `function` is the user's, `count` its number of parameters."""
    conditions = [*map(_equality, assumed.equal), *assumed.conditions]

    def other(*args: Any) -> Any:
        for pair in assumed.equal:
            if not evaluated(_equality(pair), args):
                _mismatch(function, args[:count])
        assert assumed.otherwise is not None
        return assumed.otherwise(*args)

    run = either(call, other, conditions) if conditions else call
    run = _unshared(run, function, assumed, count) if assumed.unshared else run
    return _with_numbers(run, function, assumed.numbers) if assumed.numbers else run


def _with_numbers(run: Callable[..., Any], function: Callable[..., Any], numbers: frozenset[int]) -> Callable[..., Any]:
    """`run`, after a look whether arguments are numbers."""

    def refusing(*args: Any) -> Any:
        for number in numbers:
            if isinstance(args[number], np.ndarray):
                name = parameters_of(function)[number].name
                raise AliasNotProvable(
                    f"{getattr(function, '__name__', 'the function')!r} is given an array without dimensions as "
                    f"{name!r}, and hands it to a function that does `x += ...`",
                    place=place_of(function),
                    why="that would change it in place, and numbers do not change",
                    fix="pass a number: `x[()]`, or an array of shape (1,)",
                )
        return run(*args)

    return refusing


def _unshared(
    run: Callable[..., Any], function: Callable[..., Any], assumed: Assumptions, count: int
) -> Callable[..., Any]:
    """`run`, after a look at what arguments share. The signature is read once: that takes longer than the look."""
    parameters, written, outer = parameters_of(function), assumed.written, assumed.outer
    home = _home(function) if outer else None

    def refusing(*args: Any) -> Any:
        values = args[:count]
        if not _PLAIN.issuperset(map(type, values)):
            _refuse_shared(function, parameters, values)
        _refuse_shared_arrays(function, parameters, values, written)
        for name, owner in outer:
            changed = ((parameters[n].name, values[n]) for n in written)
            held = getattr(owner, name) if owner is not None else _outside(home, name)
            _refuse_outer(function, changed, name, held)
        return run(*args)

    return refusing


def either(call: Callable[..., Any], other: Callable[..., Any], conditions: Sequence[str]) -> Callable[..., Any]:
    """`call` where the conditions hold, else `other`."""
    text = f"lambda *args: call(*args) if {' and '.join(conditions)} else other(*args)"
    made: Callable[..., Any] = eval(text, {**_NAMES, "call": call, "other": other})
    return made


def _equality(pair: tuple[Place, Place]) -> str:
    """That two extents of arguments are equal."""
    (path, axis, offset), (other_path, other_axis, other_offset) = pair
    return f"{text_of((path, axis, offset - other_offset))} == {text_of((other_path, other_axis, 0))}"


def _refuse_shared(function: Callable[..., Any], parameters: Sequence[Parameter], values: Sequence[Any]) -> None:
    """Refuse a container that is in two places, or a default: a change of one would have to be seen in the other."""
    seen: dict[int, str] = {}
    for parameter, value in zip(parameters, values):
        is_default = value is parameter.default and not isinstance(value, tuple)
        for container in mutable_containers_of(value):
            if id(container) in seen or is_default:
                name = parameter.name
                where = f"the default of {name!r}" if is_default else _in_two(seen[id(container)], name)
                raise AliasNotProvable(
                    f"{function.__name__!r} changes its arguments, or asks which one it has (`is`), "
                    f"and one {type(container).__name__} is {where}",
                    place=place_of(function),
                    why="the change would be seen in another place, or at the next call",
                    fix="pass a copy, or write the function so that it returns new values",
                )
            seen[id(container)] = parameter.name


def _in_two(first: str, second: str) -> str:
    names = f"{first!r} and {second!r}" if first != second else repr(first)
    return f"in two places of the arguments: in {names}"


def refuse_shared_arrays(function: Callable[..., Any], values: Sequence[Any], written: frozenset[int]) -> None:
    """Refuse arguments that share memory with one that the function writes into. Raises AliasNotProvable."""
    if written:
        parameters = parameters_of(function)
        _refuse_shared_arrays(function, parameters, values[: len(parameters)], written)


def _refuse_shared_arrays(
    function: Callable[..., Any], parameters: Sequence[Parameter], values: Sequence[Any], written: frozenset[int]
) -> None:
    """Refuse an array that is changed and shares memory with another argument, or is a default."""
    arrays = [(number, leaf) for number, value in enumerate(values) for leaf in _arrays_of(value)]
    for number, changed in arrays:
        if number not in written or (len(arrays) == 1 and changed is not parameters[number].default):
            continue
        name = parameters[number].name
        others = [parameters[n].name for n, array in arrays if array is not changed and _overlap(changed, array)]
        others += [parameters[n].name for n, array in arrays if array is changed][1:]
        if others or changed is parameters[number].default:
            where = f"{name!r} and {others[0]!r} share memory" if others else f"{name!r} is its default"
            where = f"parts of {name!r} share memory" if others[:1] == [name] else where
            raise AliasNotProvable(
                f"{getattr(function, '__name__', 'the function')!r} writes into its argument {name!r}, and {where}",
                place=place_of(function),
                why="the change would be seen in another place, or at the next call",
                fix="pass a copy: `x.copy()`",
            )


def _refuse_outer(function: Callable[..., Any], changed: Iterable[tuple[str, Any]], name: str, held: Any) -> None:
    """Refuse an argument that is changed and shares memory with what the function reads from outside."""
    others = list(_arrays_of(held))
    for argument, value in changed:
        if any(_overlap(array, other) for array in _arrays_of(value) for other in others):
            raise AliasNotProvable(
                f"{getattr(function, '__name__', 'the function')!r} writes into its argument {argument!r}, "
                f"which shares memory with {name!r}",
                place=place_of(function),
                why="it reads that too, where the change would be seen",
                fix="pass a copy: `x.copy()`",
            )


def _home(function: Any) -> Any:
    """The plain function whose names are read: ours unwrapped, of an object the method that calls it."""
    while hasattr(function, "__adjoint_primal__"):
        function = function.__adjoint_primal__
    return function if isinstance(function, FunctionType) else type(function).__call__


def _outside(function: Any, name: str) -> Any:
    """What a name means now that a function does not set itself."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    return cells[name].cell_contents if name in cells else function.__globals__.get(name)


def _arrays_of(value: Any) -> Iterator[np.ndarray]:
    """The arrays in an argument."""
    if isinstance(value, np.ndarray):
        yield value
        return
    if type(value) in _PLAIN:
        return
    for item in items_of(value) or ():
        yield from _arrays_of(item)


def _overlap(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have an element in common."""
    if not np.may_share_memory(a, b):
        return False
    try:
        return np.shares_memory(a, b, max_work=10_000)  # type: ignore[arg-type]  # the stubs know two of its values
    except np.exceptions.TooHardError:
        return True


def text_of(place: Place) -> str:
    """The extent of an argument that is meant, as Python over `args`."""
    (first, *path), axis, offset = place
    value = f"at(args[{first}], {tuple(path)})" if path else f"args[{first}]"
    return f"{value}.shape[{axis}]{f'{offset:+d}' if offset else ''}"


def all_of(conditions: Sequence[str]) -> Callable[[Sequence[Any]], bool] | None:
    """Whether all of the conditions are met by the arguments of a call; None where there are none."""
    return _compiled(" and ".join(conditions)) if conditions else None


def _over(a: int, b: int) -> int:
    """`a // b`; where the program would raise, it does not come to that."""
    return a // b if b else -1


def _low(numbers: Any) -> int:
    """The least of the integers in an array; 0 where there are none."""
    return int(numbers.min()) if numbers.size else 0


def _high(numbers: Any) -> int:
    """The greatest of the integers in an array; 0 where there are none."""
    return int(numbers.max()) if numbers.size else 0


_NAMES = {
    "__builtins__": {},
    "low": _low,
    "high": _high,
    "len": len,
    "range": range,
    "over": _over,
    "outside": outside,
    "at": lambda value, path: _at([value], (0, *path)),
}


def _compiled(text: str) -> Callable[[Sequence[Any]], Any]:
    made: Callable[[Sequence[Any]], Any] = eval(f"lambda args: {text}", _NAMES)
    return made


def evaluated(text: str, args: Sequence[Any]) -> int | None:
    """The integer that the expression is for these arguments; None where it is none."""
    try:
        return int(_compiled(text)(args))
    except (LookupError, AttributeError, TypeError, ValueError):
        return None


def _at(values: Sequence[Any], path: tuple[int, ...]) -> Any:
    value = values[path[0]]
    for number in path[1:]:
        value = (items_of(value) or ())[number]
    return value


def _mismatch(function: Callable[..., Any], values: Sequence[Any]) -> None:
    parameters = parameters_of(function)
    args, named = arranged([p.kind for p in parameters], [p.name for p in parameters], values)
    copies = deepcopy((args, named))
    function(*copies[0], **copies[1])
    raise ShapeAssumption(
        f"the shapes of the arguments of {getattr(function, '__name__', 'the function')} do not fit",
        why="extents that its operations take to be equal differ",
        fix="check the shapes of the arguments",
    )
