"""Objects that the front end runs by itself: containers with an identity, closures, bound methods, iterators.

A `Value` of type `Handle` stands for one of them. A mutable container is a `Cell`: its identity never changes, what it
holds is in `Context.heap`, so that every name of it sees a change (aliases are right by construction) and each path has
contents of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, final

from adjoint.ir.core import Value
from adjoint.ir.types import Handle, Layout, Type

if TYPE_CHECKING:
    from adjoint.frontend.syntax.capture import Captured

LIST = Layout("list")
BOX = Layout("box")
"""The layout of a variable that closures share: one slot."""


@final
@dataclass(frozen=True, slots=True)
class Conflict:
    """What a variable holds where paths meet that gave it values without a common type. Reading it is refused."""

    first: Type
    second: Type
    why: str | None = None
    """What is not the same, where that can be told in words."""


Binding: TypeAlias = "Value | Conflict"


@final
@dataclass(frozen=True, slots=True)
class Because:
    """A reason that speaks of containers, by the names that they have when it is told."""

    text: str
    cells: tuple[Cell, ...]
    spoken: Any = field(default=str, compare=False)
    is_put: bool = False
    """Whether it is that something stands in one list under its own name."""
    way_out: str = ""
    """What helps, where that is neither to change a copy nor to put one into the list."""

    def __str__(self) -> str:
        return self.text.format(*map(self.spoken, self.cells))


Place = tuple[int | None, ...]
"""Where something stands in an item of a list: the numbers of slots, and None for any item of a list."""


@final
@dataclass(eq=False, slots=True)
class Cell:
    """The identity of a mutable container. `hint` names it in messages; `frozen` says why it can no longer change.

    With a `base` it is item `index` of a list of run-time length: reads and writes go through the base.
    """

    hint: str | None = None
    frozen: str | Because | None = None
    base: Cell | None = None
    index: Value | None = None
    moves: int = 0
    """The `moves` of the base when this item was read."""
    size: int | None = None
    """The `size` of the base then, where the index may count from the end."""
    view: Any = None
    """How a view of an array is read from its base."""
    held: Items | None = None
    """The list of known length that an array was read from at a position of the run."""
    slot: int | None = None
    """The number of the slot of the base that it stands in, where the base is read anew each time."""
    serial: int = field(default_factory=itertools.count().__next__)
    """Cells made later have greater numbers."""
    is_argument: bool = False
    """Whether it came in as an argument."""
    is_ordered: bool = False
    """Whether an array is known to lie in memory in one piece, row by row."""
    aliases: list[Cell] = field(default_factory=list)
    """Containers that may be items of this list of run-time length, and have names of their own."""
    kin: list[Cell] = field(default_factory=list)
    """All lists of run-time length that were made of each other's items, itself among them: the same list for each."""
    guests: list[Guest] = field(default_factory=list)
    """Arrays and containers that were put into items of this list; the list itself, where one may be in it twice."""
    stems: frozenset[Cell] = frozenset()
    """The arguments that this array of a loop may be, depending on the pass."""

    def __str__(self) -> str:
        return f"the container {self.hint!r}" if self.hint else "a container"

    def sharers(self) -> list[Cell]:
        """What else may hold, or be, items of this list of run-time length.

        Itself, where one may stand in it twice, or can no longer change in another list.
        """
        found: dict[Cell, None] = {}
        for member in self.kin or [self]:
            found.update(dict.fromkeys(self if each is member else each for each in member.aliases))
            found.update({} if member is self else {member: None})
            found.update({self: None} if member.frozen is not None and member is not self else {})
        return list(found)


Guest = tuple[Cell, Place]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Contents of known structure: one slot for each item of a list, key of a dict, attribute of an object."""

    layout: Layout
    slots: tuple[Binding, ...]
    whole: Value | None = None
    """The value of the IR that these are the items of, as long as nothing has changed."""
    origin: Value | None = None
    """The value that they were the items of before some were put."""

    def slot(self, key: Any) -> int | None:
        """Where a key or attribute is kept."""
        return self.layout.keys.index(key) if key in self.layout.keys else None

    def put(self, number: int, value: Binding) -> Items:
        """The contents with another value in a slot."""
        slots = (*self.slots[:number], value, *self.slots[number + 1 :])
        return Items(self.layout, slots, origin=self.whole or self.origin)

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
    """A list whose length is known at run time.

    `moves` stays the same as long as items keep their positions, `size` as long as their number does, `inner` as long
    as the lists in it keep their lengths, `edits` as long as no list in it has changed. `past` are earlier states.
    `bindings` stays the same as long as its items hold the arrays and containers that they held, `writes` as long as
    none of those has changed.
    """

    value: Value
    moves: int = field(default_factory=itertools.count().__next__)
    size: int = field(default_factory=itertools.count().__next__)
    inner: int = field(default_factory=itertools.count().__next__)
    is_whole: bool = False
    """Whether it is as it came in."""
    edits: int = field(default_factory=itertools.count().__next__)
    past: tuple[Run, ...] = ()
    former: Items | None = None
    """The list of known length that it was, as long as items keep their positions."""
    bindings: int = field(default_factory=itertools.count().__next__)
    writes: int = field(default_factory=itertools.count().__next__)

    @property
    def standing(self) -> tuple[int, int, int]:
        """What stays the same as long as its items stand where they stood."""
        return self.moves, self.size, self.inner

    def standing_as(self, other: Run) -> Run:
        """The list, of which it is known that its items stand where those of another state of it stood."""
        return Run(self.value, *other.standing, is_whole=self.is_whole, former=self.former)

    def with_items(self, value: Value) -> Run:
        """The same list with other numbers at the same positions."""
        return Run(value, self.moves, self.size, self.inner, former=self.former)

    def shuffled(self, value: Value) -> Run:
        """As many items, others or in another order. Lists that were in it can still be read."""
        return Run(value, size=self.size, edits=self.edits, past=(self, *self.past))

    def with_slots(self, value: Value, binds: bool) -> Run:
        """The same list after a slot of an item was bound (`binds`), or what stands in one has changed."""
        made = Run(value, *self.standing, former=self.former)
        return replace(made, writes=self.writes) if binds else replace(made, bindings=self.bindings)

    def longer(self, value: Value) -> Run:
        """The list with items added at its end."""
        made = Run(value, self.moves, inner=self.inner, edits=self.edits, past=self.past)
        return replace(made, bindings=self.bindings, writes=self.writes)

    def with_item(self, value: Value, item: Contents) -> Run:
        """The same list after one of its items, a list read as `item_run` says, has changed."""
        kept = not isinstance(item, Run) or item.moves == self.moves
        same = not isinstance(item, Run) or (item.size == self.size and item.inner == self.inner)
        made = Run(value, size=self.size)
        if not kept:
            return Run(value, made.moves, self.size, self.inner if same else made.inner)
        return Run(value, self.moves, self.size, self.inner if same else made.inner, former=self.former)

    def has_at_its_place(self, cell: Cell) -> bool:
        """Whether an item that was read stands where it stood."""
        return self.moves == cell.moves and cell.size in (None, self.size)

    def state(self, cell: Cell) -> Run | None:
        """The state in which an item stood where it was read, if no list in it has changed since."""
        states = (self, *(each for each in self.past if each.edits == self.edits))
        return next((each for each in states if each.has_at_its_place(cell)), None)

    def item_run(self, value: Value) -> Run:
        """One of its items that is a list itself."""
        return Run(value, self.moves, self.size, self.inner, is_whole=True)

    def slot_run(self, value: Value) -> Run:
        """A list that stands in a slot of one of its items: other items stand in it where things were bound."""
        return Run(value, self.bindings, self.writes, self.inner, is_whole=True)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Mem:
    """An array."""

    value: Value
    is_whole: bool = False
    """Whether it is as it came in."""


Contents = Items | Run | Mem | Conflict


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
    used: Cell | None = None
    """Whether it has been walked, for one that can be walked once."""
    home: Any = None
    """The function that made it, which knows what is walked."""
    first: Value | None = None
    """What the first loop of a generator expression runs over."""

    def __str__(self) -> str:
        return f"the iterator `{self.name}`"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """What stands after `*` in a call of `zip`, a list whose length is known at run time."""

    value: Value

    def __str__(self) -> str:
        return "`*` of a list of run-time length"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """An iterator on its way from one function to another: a list of what it has left, or the bounds of a range.

    `reads`: of what a function returns, the arrays among its arguments that the items are computed with.
    """

    parts: tuple[Value, ...]
    is_once: bool
    reads: tuple[int, ...] = ()

    def __str__(self) -> str:
        return "an iterator"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Special:
    """A callable with a meaning of its own: `run(ctx, node, args, keywords)`."""

    name: str
    run: Any

    def __str__(self) -> str:
        return f"`{self.name}`"


GIVEN_AWAY = Special("given away", None)
"""In a slot: what stood there is nobody's any more, until the slot is bound again. It cannot be read."""


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
class Optional:
    """A value, or None where the flag is set. The value must not be read there.

    With `unbound`, the name of a variable, it is no None: the variable has no value there.
    """

    is_none: Value
    value: Value
    unbound: str | None = None

    @property
    def name(self) -> str | None:
        """What messages call it."""
        return self.value.name or (self.is_none.name or "").removesuffix(NONE_SUFFIX) or None

    def __str__(self) -> str:
        return "a value that may be None"


NONE_SUFFIX, UNBOUND_SUFFIX = "_is_none", "_is_unbound"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Super:
    """`super()`: the attributes of the classes after `cls`, for the object `of`."""

    cls: type
    of: Value

    def __str__(self) -> str:
        return "`super()`"


@final
@dataclass(frozen=True, slots=True)
class Transform:
    """A transform of the interface with its options, whose `text` says what they are. Two are one where it is one."""

    function: Any
    options: Sequence[Any] = field(compare=False)
    named: Mapping[str, Any] = field(compare=False)
    text: str

    def __call__(self, function: Any) -> Any:
        """The derivative of a function, as an object of the interface."""
        return self.function(function, *self.options, **self.named)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Transformed:
    """A derivative of a closure: `transform(lower)` makes its function from that of the closure."""

    base: Value
    transform: Transform

    def __str__(self) -> str:
        return "the derivative of a function"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """`slice(start, stop, step)`: an int of the program each, or None."""

    bounds: tuple[Value | None, Value | None, Value | None]

    def __str__(self) -> str:
        given = [name for name, bound in zip(("start", "stop", "step"), self.bounds) if bound is not None]
        return f"a slice with {' and '.join(given)}" if given else "a slice of all"


def handle(thing: Any) -> Value:
    """The value that stands for an object."""
    return Value(Handle(thing))


def object_of(value: Any) -> Any:
    """The object that a value stands for; None for a value that is data."""
    return value.type.object if isinstance(value, Value) and isinstance(value.type, Handle) else None
