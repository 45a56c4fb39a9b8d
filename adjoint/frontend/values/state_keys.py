"""Keys: what differs from path to path is a variable, by name, or the contents of a container."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.storage.sharing import cells_in, parts_of_object
from adjoint.frontend.values.objects import (
    NONE_SUFFIX,
    UNBOUND_SUFFIX,
    Bound,
    Cell,
    Choice,
    Closure,
    Contents,
    Items,
    Mem,
    Optional,
    Special,
    object_of,
)
from adjoint.frontend.values.structures import (
    Leaf,
    Node,
    Same,
    Structure,
    Taker,
    data_type,
    give,
    leaves_of,
    mentions,
)
from adjoint.ir.core import Value
from adjoint.ir.types import Layout, List, Static, item_of

Key = str | Cell
"""What differs from path to path: a variable, by name, or what a container holds."""


OF_CALLER = "the caller knows it, too"
WALKED = "walked"
"""How the hidden variables begin that hold what loops run over."""


def is_sole(key: Key, env: Mapping[str, Any], heap: Mapping[Cell, Any], cell: Cell, parameters: Sequence[Cell]) -> bool:
    """Whether nothing but `key` leads to a container: a variable that gets another one leaves nothing behind."""
    return obstacle(key, env, heap, cell, parameters) is None


def obstacle(
    key: Key, env: Mapping[str, Any], heap: Mapping[Cell, Any], cell: Cell, parameters: Sequence[Cell]
) -> str | None:
    """What else but `key` leads to a container, in words."""
    if cell.base is not None:
        return f"it lies in {memory.spoken(memory.root(cell)) if cell.view is not None else memory.root(cell)}"
    if cell in parameters:
        return OF_CALLER
    for name, held in env.items():
        if name != key and mentions(held, cell):
            return leads_as_well(name)
    for each, items in heap.items():
        if each is not key and isinstance(items, Items) and any(mentions(slot, cell) for slot in items.slots):
            return leads_as_well(each)
    return None


def leads_as_well(key: Key) -> str:
    """That a key leads to a container, in words."""
    if isinstance(key, str) and key.startswith(WALKED):
        return "a loop runs over it"
    if isinstance(key, str) and "/" in key:
        return f"{key.rpartition('/')[2]!r}, a variable of the function around, leads to it, too"
    return f"{repr(key) if isinstance(key, str) else key} leads to it, too"


def seen_outside(ctx: Context) -> list[Cell]:
    """The arguments whose last contents somebody sees."""
    return [cell for cell in ctx.parameters if not (ctx.is_outermost and isinstance(ctx.heap.get(cell), Mem))]


def is_movable(held: Any, cell: Cell) -> bool:
    """Whether a binding that leads to a container can lead to another one instead: by a name, a tuple, as a view."""
    thing = object_of(held)
    if not mentions(held, cell):
        return True
    if isinstance(thing, Cell):
        while thing is not cell and thing.base is not None and thing.view is not None:
            thing = thing.base
        return thing is cell
    if isinstance(thing, Closure | Bound | Choice | Optional):
        return all(is_movable(each, cell) for each in parts_of_object(thing))
    if thing is None and isinstance(held, Value) and held.op is not None and held.op.opcode == "tuple":
        return all(is_movable(each, cell) for each in held.op.operands)
    return False


def is_callable(value: Value) -> bool:
    thing = object_of(value)
    if isinstance(value.type, Static):
        return callable(value.type.value)
    return isinstance(thing, Closure | Bound | Special | Choice)


def kept_cells(form: Structure) -> list[Cell]:
    """The containers in a structure that are the same on every path."""
    if isinstance(form, Same):
        return [form.object] if isinstance(form.object, Cell) else []
    return [cell for child in form.children for cell in kept_cells(child)] if isinstance(form, Node) else []


def differing_cells(a: Structure, b: Structure) -> list[Cell]:
    """The containers, the same on every path, at the places where two structures differ."""
    if a == b or _are_two_functions(a, b):
        return []
    if isinstance(a, Node) and isinstance(b, Node) and len(a.children) == len(b.children):
        found = [cell for one, other in zip(a.children, b.children) for cell in differing_cells(one, other)]
        return list(dict.fromkeys(found))
    return [*_kept_here(a), *_kept_here(b)]  # not items, such as those of a list that is longer on one path


def _kept_here(form: Structure) -> list[Cell]:
    """A container that is the same on every path, if it may be None or unbound, too."""
    if isinstance(form, Node) and form.kind not in ("optional", "unbound"):
        return []
    return kept_cells(form)


_FUNCTIONS = ("closure", "bound", "choice", "derivative")


def _are_two_functions(a: Structure, b: Structure) -> bool:
    """Whether one is a function and the other is not that function: what it has taken along is not compared."""
    tags = [(each.kind, each.meta) if isinstance(each, Node) else ("", None) for each in (a, b)]
    return any(kind in _FUNCTIONS for kind, _ in tags) and tags[0] != tags[1]


def give_under(ctx: Context, key: Key, held: Any, form: Structure, seen: set[Cell]) -> Iterable[Value]:
    """The values for the leaves of what a key stands for."""
    if isinstance(key, Cell) and isinstance(held, Items) and isinstance(form, Node) and form.kind == "run":
        return [ctx.listed(held, key)]
    return give(ctx, held, form, seen)


def as_run(ctx: Context, held: Any, heap: Mapping[Cell, Contents] | None = None) -> Structure | None:
    """The structure of a list as one of run-time length, with all that is in it; None for anything else.

    Its items have names of their own where they are parts of something.
    """
    thing = object_of(held)
    heap = ctx.heap if heap is None else heap
    contents = heap.get(thing) if isinstance(thing, Cell) else held
    if not isinstance(contents, Items) or contents.layout.kind != "list":
        return None
    apart = Taker(ctx, lambda cell: False, heap).contents(contents)
    is_aliased = any(cell.base is not None for slot in contents.slots for cell in cells_in(heap, slot))
    return Node("run", is_aliased, (Leaf(List(item_of(data_type(apart)))),))


def structure_of(taker: Taker, key: Key, held: Any) -> Structure:
    """The structure of a variable or of the contents of a container."""
    return taker.contents(held) if isinstance(key, Cell) and held is not None else taker.structure(held)


def held_in(ctx: Context, key: Key) -> Any:
    """What a key stands for now."""
    return ctx.heap.get(key) if isinstance(key, Cell) else ctx.env.get(key)


def put(ctx: Context, key: Key, held: Any) -> None:
    """Let a key stand for something else."""
    if isinstance(key, Cell):
        ctx.heap[key] = held
    else:
        ctx.env[key] = held


def spoken_key(key: Key) -> str:
    """A variable or container, in words."""
    return str(key) if isinstance(key, Cell) else repr(key)


def spoken_pair(keys: tuple[Key, Key], speak: Callable[[Key], str] = spoken_key) -> str:
    """Two variables or containers, in words."""
    names = list(dict.fromkeys(map(speak, keys)))
    return " and ".join(names) if len(names) > 1 else f"{names[0]} and others"


def name_chosen(key: Key, held: Any) -> None:
    """An array that is one of several is called as its variable is."""
    thing = object_of(held)
    if isinstance(key, str) and key.isidentifier() and isinstance(thing, Cell) and thing.hint is None:
        thing.hint = key


def name_leaves(values: Sequence[Value], found: Sequence[tuple[Key, Structure]]) -> None:
    """Values that stand for a variable have its name, those in a container that of what was there."""
    rest = iter(values)
    for key, structure in found:
        own = [(leaf, next(rest)) for leaf in leaves_of(structure)]
        for leaf, value in own:
            value.name = leaf.name
        if not isinstance(key, str):
            if isinstance(structure, Node) and structure.kind in ("run", "memory"):
                own[0][1].name = key.hint or own[0][1].name
            else:
                _name_attributes(structure, iter([value for _, value in own]))
            continue
        _name_variable(key if key.isidentifier() else None, structure, [value for _, value in own])


def _name_variable(name: str | None, structure: Structure, values: Sequence[Value]) -> None:
    """The value of a variable is called as it is; what says that it is None, or not there, after it."""
    if isinstance(structure, Leaf):
        values[0].name = name
    elif isinstance(structure, Node) and structure.kind in ("oneof", "run", "memory"):
        values[0].name = name or values[0].name
    elif isinstance(structure, Node) and structure.kind in ("one", "part") and name and values:
        values[0].name = f"{name}_place"
    elif isinstance(structure, Node) and structure.kind in _FLAGGED:
        values[0].name = f"{name}{_FLAGGED[structure.kind]}" if name else None
        _name_variable(name, structure.children[1], values[1:])


def _name_attributes(structure: Structure, values: Iterator[Value]) -> None:
    """What an object holds is called as the attribute is."""
    for number, child in enumerate(structure.children if isinstance(structure, Node) else ()):
        own = [next(values) for _ in leaves_of(child)]
        keys = structure.meta.keys if isinstance(structure.meta, Layout) else ()  # type: ignore[union-attr]
        if keys and isinstance(keys[number], str) and keys[number].isidentifier():
            _name_variable(keys[number], child, own)


_FLAGGED = {"optional": NONE_SUFFIX, "unbound": UNBOUND_SUFFIX}
