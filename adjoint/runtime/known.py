"""Ints that a derivative is made for: those of arguments, and of objects outside, that decide shapes or types in it.

    grad(f)(x, 1)        def f(x, axis): ... x.sum(axis=axis) ...          made for args[1] == 1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from adjoint.ir.types import Layout, List, Static, Tuple, Type
from adjoint.runtime.containers import items_of
from adjoint.runtime.integers import Path

Numbers = dict[Path, Any]
"""Numbers by the way to them."""
Held = tuple[Any, Path, Any]
"""A container, the way to a number in it, and that number."""
NUMBERS = (int, float, bool)
"""The kinds of numbers that may be known."""
_NOTHING = object()


def _at(value: Any, path: Path) -> Any:
    """What a path leads to; `_NOTHING` where nothing is."""
    for number in path:
        items = items_of(value)
        if items is None or number >= len(items):
            return _NOTHING
        value = items[number]
    return value


def numbers_at(value: Any, path: Path, kinds: tuple[type, ...]) -> Numbers:
    """The numbers of these kinds that a path leads to: one, or those in a container."""
    return dict(_numbers(_at(value, path), path, kinds))


def _numbers(value: Any, path: Path, kinds: tuple[type, ...]) -> Iterator[tuple[Path, Any]]:
    if type(value) in kinds:
        yield path, value
    for number, item in enumerate(items_of(value) or ()):
        yield from _numbers(item, (*path, number), kinds)


def with_known(t: Type, numbers: Mapping[Path, Any], path: Path = ()) -> Type:
    """The type of something that holds these numbers, known now. A list of them has a known length."""
    if path in numbers:
        return Static(numbers[path])
    if isinstance(t, Tuple):
        return t.of(with_known(item, numbers, (*path, number)) for number, item in enumerate(t.items))
    inside = [number for each, number in numbers.items() if each[:-1] == path and each]
    return Tuple(tuple(map(Static, inside)), Layout("list")) if inside and isinstance(t, List) else t


def conditions(types: Sequence[Type], numbers: Mapping[Path, Any]) -> Iterator[str]:
    """That arguments of these types hold these numbers, in Python over `args`."""
    for path, number in numbers.items():
        yield f"{_text(path)} == {number!r}"
    lists = {path[:-1] for path in numbers if isinstance(_type_at(Tuple(tuple(types)), path[:-1]), List)}
    for path in sorted(lists):
        yield f"len({_text(path)}) == {sum(each[:-1] == path for each in numbers)}"


def _type_at(t: Type, path: Path) -> Type | None:
    for number in path:
        if not isinstance(t, Tuple):
            return None
        t = t.items[number]
    return t


def _text(path: Path) -> str:
    return f"at(args[{path[0]}], {path[1:]})" if path[1:] else f"args[{path[0]}]"


def are_held(held: Iterable[Held]) -> bool:
    """Whether containers outside hold the numbers that they held."""
    for value, path, number in held:
        found = _at(value, path)
        if type(found) is not type(number) or found != number:
            return False
    return True


__all__ = ["NUMBERS", "Held", "Numbers", "Path", "are_held", "conditions", "numbers_at", "with_known"]
