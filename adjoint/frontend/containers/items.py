"""Items by a computed index, of whatever has items: arrays, lists, tuples, dicts, strings, objects of the user's."""

from __future__ import annotations

from typing import Any

from adjoint.frontend import subscripts
from adjoint.frontend.attributes import method_of
from adjoint.frontend.calls.calls import call_value
from adjoint.frontend.containers import containers
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.values.objects import Cell, object_of
from adjoint.ir.core import Value
from adjoint.ir.types import Array, List, Static, Tuple, Undef


def item_of(ctx: Context, node: Any, base: Value, index: Value) -> Value:
    """`base[index]` of an index that is a value. Refused for what has no items."""
    if isinstance(base.type, Undef) or isinstance(index.type, Undef):
        return ctx.blocked(base, index)
    if isinstance(base.type, Array) and base.type.rank:
        spec, operands = subscripts.spec_of(ctx, node, index)
        return ctx.emit(node, "index", base, *operands, spec=tuple(spec))
    if isinstance(base.type, Static) and ctx.is_static(index) and hasattr(base.type.value, "__getitem__"):
        return ctx.const(base.type.value[ctx.static(index)])
    if not (isinstance(base.type, Tuple | List) or isinstance(object_of(base), Cell)):
        raise ctx.refuse(
            node, f"an item of {spoken(base.type)} is read", why="it has none", fix="use an array or a list"
        )
    return subscripts.item_of(ctx, node, base, index)


def store_item(ctx: Context, node: Any, base: Value, index: Value, value: Value) -> None:
    """`base[index] = value` of an index that is a value."""
    method = method_of(ctx, node, base, "__setitem__")
    if method is not None:
        call_value(ctx, node, method, [index, value], {}, "__setitem__")
        return
    containers.store_at(ctx, node, base, index, value)
