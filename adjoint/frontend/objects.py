"""Objects that the front end runs by itself: containers with an identity, closures, bound methods, iterators.

A `Value` of type `Handle` stands for one of them. A mutable container is a `Cell`: its identity never changes, what it
holds is in `Context.heap`, so that every name of it sees a change (aliases are right by construction) and each path has
contents of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, final

from adjoint.ir.core import Value
from adjoint.ir.types import Handle, Layout, Type

if TYPE_CHECKING:
    from adjoint.frontend.capture import Captured

LIST = Layout("list")
BOX = Layout("box")
"""The layout of a variable that closures share: one slot."""


@final
@dataclass(frozen=True, slots=True)
class Conflict:
    """What a variable holds where paths meet that gave it values without a common type. Reading it is refused."""

    first: Type
    second: Type


Binding: TypeAlias = "Value | Conflict"


@final
@dataclass(eq=False, slots=True)
class Cell:
    """The identity of a mutable container. `hint` names it in messages; `frozen` says why it can no longer change.

    With a `base` it is item `index` of a list of run-time length: reads and writes go through the base.
    """

    hint: str | None = None
    frozen: str | None = None
    base: Cell | None = None
    index: Value | None = None
    moves: int = 0
    """How often items of the base had moved when this item was read."""

    def __str__(self) -> str:
        return f"the container {self.hint!r}" if self.hint else "a container"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Contents of known structure: one slot for each item of a list, key of a dict, attribute of an object."""

    layout: Layout
    slots: tuple[Binding, ...]
    whole: Value | None = None
    """The value of the IR that these are the items of, as long as nothing has changed."""

    def slot(self, key: Any) -> int | None:
        """Where a key or attribute is kept."""
        return self.layout.keys.index(key) if key in self.layout.keys else None

    def put(self, number: int, value: Binding) -> Items:
        """The contents with another value in a slot."""
        return Items(self.layout, (*self.slots[:number], value, *self.slots[number + 1 :]))

    def add(self, key: Any, value: Binding) -> Items:
        """The contents with one more key or attribute."""
        layout = Layout(self.layout.kind, (*self.layout.keys, key), self.layout.cls)
        return Items(layout, (*self.slots, value))

    def drop(self, number: int) -> Items:
        """The contents without a slot."""
        keys = self.layout.keys
        left = keys[:number] + keys[number + 1 :]
        return Items(Layout(self.layout.kind, left, self.layout.cls), self.slots[:number] + self.slots[number + 1 :])


@final
@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A list whose length is known at run time. `moves` counts changes that move items to other positions."""

    value: Value
    moves: int = 0
    is_whole: bool = False
    """Whether it is as it came in."""


Contents = Items | Run | Conflict


@final
@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """A function written inside a function: its text, and the names it needs from around it, in order."""

    captured: Captured
    free: tuple[str, ...]
    siblings: Mapping[str, Code]
    """Functions of the enclosing one that it can call by name: bound once, by their `def`."""
    defaults: tuple[str, ...] = ()
    """The parameters with a default, which is evaluated where the function is made."""


@final
@dataclass(frozen=True, slots=True, eq=False)
class Closure:
    """A function made at run time: the code, and what it has taken along under each name (`=x` is a default of x)."""

    code: Code
    taken: Mapping[str, Value]

    def __str__(self) -> str:
        return f"the function {self.code.captured.name!r}"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """A function with its first arguments (a method with its object, a partial application)."""

    function: Value
    args: tuple[Value, ...]
    keywords: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        return "a bound function"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Iterator:
    """Something a loop runs over and nothing else: range, zip, map, a generator expression, a view of a dict.

    `sequence` describes it (see `sequences`).
    """

    sequence: Any
    name: str
    generator: Any = None
    """The syntax of a generator expression."""

    def __str__(self) -> str:
        return f"the iterator `{self.name}`"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Special:
    """A callable with a meaning of its own: `run(ctx, node, args, keywords)`."""

    name: str
    run: Any

    def __str__(self) -> str:
        return f"`{self.name}`"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of two objects, depending on a condition of the program."""

    condition: Value
    then: Value
    orelse: Value

    def __str__(self) -> str:
        return "one of two functions"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()`: the attributes of the classes after `cls`, for the object `of`."""

    cls: type
    of: Value

    def __str__(self) -> str:
        return "`super()`"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Transformed:
    """A derivative of a closure: `transform(lower)` makes its function from that of the closure."""

    base: Value
    transform: Any

    def __str__(self) -> str:
        return "the derivative of a function"


def handle(thing: Any) -> Value:
    """The value that stands for an object."""
    return Value(Handle(thing))


def object_of(value: Any) -> Any:
    """The object that a value stands for; None for a value that is data."""
    return value.type.object if isinstance(value, Value) and isinstance(value.type, Handle) else None
