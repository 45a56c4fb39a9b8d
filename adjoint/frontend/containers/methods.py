"""The methods of lists, dicts, tuples and namedtuples, as functions of the front end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from adjoint.frontend.containers import containers, joining, searching
from adjoint.frontend.containers.shared_items import items_moved
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import LIST, Cell, Items, Iterator, Run, Special, handle, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import Layout, Tuple

Method = Callable[[Context, Any, Value, list[Value], dict[str, Value]], Value]


def _held(ctx: Context, node: Any, base: Value) -> tuple[Cell, Items | Run]:
    cell = containers.cell_of(base)
    assert cell is not None
    return cell, ctx.seen(node, cell)


def _refuse(ctx: Context, node: Any, what: str, why: str) -> Any:
    return ctx.refuse(node, f"{what} is not supported", why=why, fix="write it out with indices or a loop")


# -- lists


def _append(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    from adjoint.frontend.control.comprehensions import append

    append(ctx, node, base, args[0])
    return ctx.const(None)


def extend(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`xs.extend(more)`."""
    from adjoint.frontend.control.sequences import sequence_of
    from adjoint.frontend.control.walking import known_items

    cell, held = _held(ctx, node, base)
    parts = known_items(ctx, node, sequence_of(ctx, node, args[0]))
    if isinstance(held, Items) and parts is not None:
        ctx.change(node, cell, Items(LIST, (*held.slots, *parts)))
        return ctx.const(None)
    from adjoint.frontend.containers.builtin_functions import list_of

    source = list_of(ctx, node, args[0])
    value = ctx.emit(node, "list_concat", *(containers.run_of(ctx, node, each) for each in (base, source)))
    items_moved(ctx, cell, base, source)
    ctx.change(node, cell, held.longer(value) if isinstance(held, Run) else Run(value))
    return ctx.const(None)


def insert(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`xs.insert(index, value)`."""
    cell, held = _held(ctx, node, base)
    index, value = args
    if isinstance(held, Items) and ctx.is_static(index):
        slots = list(held.slots)
        slots.insert(ctx.static(index), value)
        ctx.change(node, cell, Items(LIST, tuple(slots)))
        return ctx.const(None)
    position = containers.integer(ctx, node, index)
    base_value = containers.run_of(ctx, node, base)
    new = ctx.emit(node, "list_insert", base_value, position, ctx.written(node, value))
    ctx.moved_into(cell, value)
    ctx.change(node, cell, Run(new))
    return ctx.const(None)


def pop(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`xs.pop(index)`."""
    cell, held = _held(ctx, node, base)
    index = args[0] if args else ctx.const(-1)
    value = containers.item_at(ctx, node, base, index)
    if isinstance(held, Run):
        value = _detached(ctx, value)
    containers.remove_at(ctx, node, cell, held, index)
    return value


def _detached(ctx: Context, value: Value) -> Value:
    """An item of a list of run-time length that leaves it, so that it stands on its own."""
    if memory.is_array(value):
        memory.detach(ctx, value)
    thing = containers.cell_of(value)
    if thing is None or thing.base is None:
        return value
    listed = memory.root(thing)
    made = ctx.new_cell(ctx.contents(thing), thing.hint)
    made_cell = object_of(made)
    ctx.leave(made_cell, listed)
    named = (object_of(held) for held in ctx.held_by_names())
    others = [*listed.sharers(), *(guest for guest, _ in listed.guests)]
    is_known = any(isinstance(each, Cell) and listed in ctx.origins_of(each) for each in named)
    if is_known or any(alias is listed or ctx.is_reachable(alias) for alias in others):
        containers.freeze_new(ctx, made, f"it was in {listed}, and it, or what is in it, may have another name")
    return made


def _copy(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return joining.copied(ctx, node, base)


def _clear(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell, held = _held(ctx, node, base)
    ctx.change(node, cell, Items(LIST if isinstance(held, Run) else Layout(held.layout.kind), ()))
    return ctx.const(None)


def _reverse(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell, held = _held(ctx, node, base)
    if isinstance(held, Items):
        ctx.change(node, cell, Items(LIST, held.slots[::-1]))
    else:
        ctx.change(node, cell, held.shuffled(ctx.emit(node, "list_reverse", held.value)))
    return ctx.const(None)


def _sort(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    from adjoint.frontend.containers.reductions import ordered

    cell, held = _held(ctx, node, base)
    aliases = list(cell.aliases)
    made = containers.cell_of(ordered(ctx, node, base, keywords))
    assert made is not None
    new = ctx.seen(node, made)
    cell.aliases = aliases if isinstance(held, Run) else cell.aliases  # the other list is this one
    ctx.change(node, cell, held.shuffled(new.value) if isinstance(held, Run) and isinstance(new, Run) else new)
    return ctx.const(None)


def _remove(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell, held = _held(ctx, node, base)
    containers.remove_at(ctx, node, cell, held, searching.index(ctx, node, base, args, keywords))
    return ctx.const(None)


def _getitem(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return containers.item_at(ctx, node, base, args[0])


def _setitem(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    containers.store_at(ctx, node, base, *args)
    return ctx.const(None)


def _len(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    size = joining.length(ctx, node, base)
    assert size is not None
    return size


def _contains(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    from adjoint.frontend.containers.comparisons import contains

    return contains(ctx, node, args[0], base)


_OF_TUPLES: dict[str, Method] = {
    "index": searching.index,
    "count": searching.count,
    "__getitem__": _getitem,
    "__len__": _len,
    "__contains__": _contains,
}
_OF_LISTS: dict[str, Method] = {
    "append": _append,
    "extend": extend,
    "insert": insert,
    "pop": pop,
    "copy": _copy,
    "clear": _clear,
    "reverse": _reverse,
    "sort": _sort,
    "index": searching.index,
    "count": searching.count,
    "remove": _remove,
    "__getitem__": _getitem,
    "__setitem__": _setitem,
    "__len__": _len,
    "__contains__": _contains,
}

# -- dicts


def _views(kind: str) -> Method:
    def view(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
        from adjoint.frontend.values.sequence_kinds import Known, Made, Sequenced

        def now(inner: Context) -> Sequenced:
            cell, held = _held(inner, node, base)
            assert isinstance(held, Items)
            keys = [inner.const(key) for key in held.layout.keys]
            slots = [inner.slot(node, cell, held, number) for number in range(len(keys))]
            parts: dict[str, Any] = {"keys": keys, "values": slots, "items": list(zip(keys, slots))}
            return Sequenced(Known(tuple(parts[kind])), cell=cell, part=kind)

        return handle(Iterator(Sequenced(Made(now, walks=base)), kind, home=ctx))

    return view


def _get(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    cell, held = _held(ctx, node, base)
    assert isinstance(held, Items)
    if not ctx.is_static(args[0]):
        return containers.item_at(ctx, node, base, args[0])
    number = held.slot(ctx.static(args[0]))
    if number is not None:
        return ctx.slot(node, cell, held, number)
    return args[1] if len(args) > 1 else keywords.get("default", ctx.const(None))


def _setdefault(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    _, held = _held(ctx, node, base)
    assert isinstance(held, Items)
    if ctx.is_static(args[0]) and held.slot(ctx.static(args[0])) is not None:
        return containers.item_at(ctx, node, base, args[0])
    value = args[1] if len(args) > 1 else ctx.const(None)
    containers.store_at(ctx, node, base, args[0], value)
    return value


def pop_key(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    """`d.pop(key)`."""
    cell, held = _held(ctx, node, base)
    assert isinstance(held, Items)
    if len(args) > 1 and ctx.is_static(args[0]) and held.slot(ctx.static(args[0])) is None:
        return args[1]
    value = containers.item_at(ctx, node, base, args[0])
    containers.remove_at(ctx, node, cell, held, args[0])
    return value


def _popitem(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    _, held = _held(ctx, node, base)
    assert isinstance(held, Items)
    key = ctx.const(held.layout.keys[-1])
    return ctx.pack([key, pop_key(ctx, node, base, [key], {})])


def _update(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    from adjoint.frontend.containers.builtin_functions import dict_of

    for arg in args:
        joining.update(ctx, node, base, dict_of(ctx, node, [arg], {}))
    for key, value in keywords.items():
        containers.store_at(ctx, node, base, ctx.const(key), value)
    return ctx.const(None)


_OF_DICTS: dict[str, Method] = {
    "keys": _views("keys"),
    "values": _views("values"),
    "items": _views("items"),
    "get": _get,
    "setdefault": _setdefault,
    "pop": pop_key,
    "popitem": _popitem,
    "update": _update,
    "copy": _copy,
    "clear": _clear,
    "__getitem__": _getitem,
    "__setitem__": _setitem,
    "__len__": _len,
    "__contains__": _contains,
}

# -- tuples and objects


def _replace(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    assert isinstance(base.type, Tuple) and base.type.layout is not None
    parts = dict(zip(base.type.layout.keys, ctx.parts(base)))
    return ctx.pack({**parts, **keywords}.values(), base.type.layout)


def _asdict(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    assert isinstance(base.type, Tuple) and base.type.layout is not None
    return ctx.new_cell(Items(Layout("dict", base.type.layout.keys), tuple(ctx.parts(base))))


def _nothing(ctx: Context, node: Any, base: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    return ctx.const(None)


def of_list(name: str, base: Value) -> Value | None:
    """A method of a list."""
    return _method(_OF_LISTS, name, base)


def of_dict(name: str, base: Value) -> Value | None:
    """A method of a dict."""
    return _method(_OF_DICTS, name, base)


def of_tuple(name: str, base: Value) -> Value | None:
    """A method of a tuple."""
    return _method(_OF_TUPLES, name, base)


def of_named(name: str, base: Value) -> Value | None:
    """A method that every namedtuple has."""
    return _method({"_replace": _replace, "_asdict": _asdict}, name, base)


def of_class(name: str, base: Value, cls: type, held: Any) -> Value | None:
    """A method that a class has without Python source."""
    if name == "__init__" and held is object.__init__:
        return _method({"__init__": _nothing}, name, base)
    return None


# -- objects of the standard library that hold a list or a dict


HELD = "="
"""The attribute that holds it: no name of the user's."""
OF_LIBRARY: dict[type, dict[str, Method]] = {}
"""What they can do, by class."""


def of_library(name: str, base: Value, cls: type) -> Value | None:
    """A method of an object of a class of the standard library."""
    return _method(OF_LIBRARY[cls], name, base) if cls in OF_LIBRARY else None


def held_in(ctx: Context, node: Any, base: Value) -> Value:
    """The list or dict inside of such an object."""
    cell, held = _held(ctx, node, base)
    assert isinstance(held, Items)
    return ctx.slot(node, cell, held, held.layout.keys.index(HELD))


def plain(ctx: Context, node: Any, value: Value) -> Value:
    """The list or dict inside of such an object; any other value is itself."""
    cell = containers.cell_of(value)
    held = ctx.seen(node, cell) if cell is not None else None
    return held_in(ctx, node, value) if isinstance(held, Items) and HELD in held.layout.keys else value


def method_named(ctx: Context, node: Any, base: Value, name: str) -> Any:
    """The method of a list or dict."""
    table = _OF_DICTS if containers.kind_of(ctx, node, base) == "dict" else _OF_LISTS
    found = _method(table, name, base)
    return object_of(found)


def _method(table: dict[str, Method], name: str, base: Value) -> Value | None:
    method = table.get(name)
    if method is None:
        return None

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        return method(ctx, node, base, args, keywords)

    return handle(Special(f".{name}", run))


__all__ = ["of_class", "of_dict", "of_list", "of_named", "of_tuple", "spoken"]
