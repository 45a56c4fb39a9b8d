"""What `wrt` names: whole parameters, or single arguments among those that `*args` and `**kwargs` take.

def f(x, *rest, **options)      wrt=0         x
                                wrt=2         rest[1]
                                wrt="rest"    the whole tuple
                                wrt="scale"   options["scale"]
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, final

from adjoint.errors import NotDifferentiable
from adjoint.options import Kind, Transform
from adjoint.parameters import KEYWORDS, REST, Parameter, find

Wrt = int | str | Sequence[int | str]
Part = int | str | None


@final
@dataclass(frozen=True, slots=True)
class Slot:
    """One thing to differentiate in: the position of a parameter, and the item of it if not the whole is meant."""

    position: int
    part: Part = None

    def of(self, values: Sequence[Any]) -> Any:
        """The argument. Raises KeyError or IndexError when the call does not give it."""
        value = values[self.position]
        return value if self.part is None else value[self.part]

    def name(self, parameters: Sequence[Parameter]) -> str:
        """The argument in words."""
        name = parameters[self.position].name
        return name if self.part is None else self.part if isinstance(self.part, str) else f"{name}[{self.part}]"


@final
@dataclass(frozen=True, slots=True)
class Slots:
    """Slots in the order they were asked for; `single` when it was one and not a tuple of one."""

    items: tuple[Slot, ...]
    single: bool

    @property
    def positions(self) -> tuple[int, ...]:
        """The parameters concerned, each once."""
        return tuple(dict.fromkeys(slot.position for slot in self.items))

    def transform(self, kind: Kind, *, free: bool = False, has_aux: bool = False) -> Transform:
        """The derivative in these slots. Tangents stand in the order of the parameters."""
        items = sorted(self.items, key=lambda slot: slot.position) if kind == "jvp" else self.items
        parts = tuple(slot.part for slot in items) if any(slot.part is not None for slot in items) else ()
        return Transform(kind, tuple(slot.position for slot in items), self.single, free, parts, has_aux)


def slots_of(transform: Transform) -> Slots:
    """The slots that a derivative is taken in."""
    parts = transform.parts or (None,) * len(transform.wrt)
    return Slots(tuple(map(Slot, transform.wrt, parts)), transform.single)


def whole(positions: Iterable[int], single: bool = False) -> Slots:
    """The slots of whole parameters."""
    return Slots(tuple(map(Slot, positions)), single)


def parts_of(slots: Iterable[Slot]) -> dict[int, set[int | str]]:
    """For each parameter that is differentiated in some of its items only: which."""
    parts: dict[int, set[int | str]] = {}
    taken_whole = {slot.position for slot in slots if slot.part is None}
    for slot in slots:
        if slot.part is not None and slot.position not in taken_whole:
            parts.setdefault(slot.position, set()).add(slot.part)
    return parts


@final
class Finder:
    """Finds the slots of a call. `given` positional arguments were given beforehand: positions count those left."""

    def __init__(self, parameters: Sequence[Parameter], left: Sequence[Parameter], given: int) -> None:
        self.parameters = parameters
        self.left = left
        self.rest, self.keywords = find(parameters, REST), find(parameters, KEYWORDS)
        self.named_positions = [index for index, p in enumerate(parameters) if p.is_positional]
        self.given = given

    def find(self, wrt: Wrt, function: Callable[..., Any]) -> Slots:
        """The slots. Raises KeyError with what is not there, ValueError for repetitions."""
        single = isinstance(wrt, int | str)
        items: Sequence[int | str] = (wrt,) if isinstance(wrt, int | str) else tuple(wrt)
        found = tuple(self._by_name(x, function) if isinstance(x, str) else self._by_position(x) for x in items)
        in_part = {slot.position for slot in found if slot.part is not None}
        if not found or len(set(found)) != len(found) or any(s.part is None and s.position in in_part for s in found):
            raise ValueError(f"wrt={wrt!r} must name at least one parameter, each once")
        return Slots(found, single)

    def _by_name(self, name: str, function: Callable[..., Any]) -> Slot:
        for index, parameter in enumerate(self.parameters):
            if parameter.name == name:
                return Slot(index)
        return self._by_wrapped_name(name, function)

    def _by_wrapped_name(self, name: str, function: Callable[..., Any]) -> Slot:
        """A name in the signature that a decorated function shows, or one that `**kwargs` takes."""
        shown = _shown_parameters(function) if self.rest is not None or self.keywords is not None else {}
        names = list(shown)
        if name in shown and shown[name].kind is not inspect.Parameter.KEYWORD_ONLY and self.rest is not None:
            return self._by_count(names.index(name))
        if self.keywords is not None and (name in shown or not shown) and name.isidentifier():
            return Slot(self.keywords, name)
        raise KeyError(name)

    def _by_position(self, position: int) -> Slot:
        if isinstance(position, bool):
            raise KeyError(position)
        if self.rest is not None:
            if position < 0:
                raise KeyError(position)
            return self._by_count(position + self.given)
        countable = [p.name for p in self.left if p.kind != KEYWORDS]
        if not -len(countable) <= position < len(countable):
            raise KeyError(position)
        return self._by_name(countable[position], _nothing)

    def _by_count(self, count: int) -> Slot:
        """The argument that stands at this place of the call."""
        if count < len(self.named_positions):
            return Slot(self.named_positions[count])
        assert self.rest is not None
        return Slot(self.rest, count - len(self.named_positions))


def _nothing() -> None:
    """A function without parameters."""


def _shown_parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters of the function that a decorator wraps; none if it wraps nothing."""
    if not hasattr(function, "__wrapped__"):
        return {}
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    try:
        shown = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    return {name: parameter for name, parameter in shown.items() if parameter.kind not in kinds}


def not_given(slot: Slot, parameters: Sequence[Parameter], name: str) -> NotDifferentiable:
    """The refusal of a call that lacks the argument to differentiate in."""
    kind = parameters[slot.position].kind
    how = f"number {slot.part} of `*{parameters[slot.position].name}`" if kind == REST else f"`{slot.part}=`"
    return NotDifferentiable(
        f"{name!r} is differentiated in an argument that this call does not give: {how}",
        why="`wrt` names one of the arguments that go by position" if kind == REST else "`wrt` names it",
        fix="pass it by position" if kind == REST else "pass it by name",
    )
