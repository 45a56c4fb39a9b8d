"""Items that are made earlier or more often than Python makes them: refused where making one changes something."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from adjoint.frontend.context import Context
from adjoint.frontend.storage import memory
from adjoint.frontend.values.objects import BOX, Cell, Contents, Items
from adjoint.ir.core import Value


@contextmanager
def nothing_changed(ctx: Context, node: Any, but: Sequence[Cell] = ()) -> Iterator[None]:
    """Refuse items all of which are made here, at once, where that changes something."""
    before = {cell: held for cell, held in ctx.heap.items() if cell not in but}
    yield
    changed = changed_since(ctx, before)
    if changed is not None:
        raise ctx.refuse(
            node,
            f"what makes an item of this iterator changes {memory.called(ctx, [changed])}",
            why="Python makes each item when its turn comes, and what uses the items may see that",
            fix="use a loop, or make all of them first: `list(...)`",
        )


def lazily(run: Callable[..., Any]) -> Callable[..., Any]:
    """A function that gives an iterator, and nothing happens when it is made: refused where the items are made then."""

    @functools.wraps(run)
    def made(ctx: Context, node: Any, args: Any, keywords: Any) -> Any:
        with nothing_changed(ctx, node):
            return run(ctx, node, args, keywords)

    return made


def changed_since(ctx: Context, before: Mapping[Cell, Contents]) -> Cell | None:
    """A container or array that has changed, or that of a variable; not what says how far an iterator is."""
    found = ((cell, ctx.heap.get(cell, held), held) for cell, held in before.items())
    return next((cell for cell, now, held in found if now is not held and not _is_mark(ctx, now)), None)


def _is_mark(ctx: Context, held: Contents) -> bool:
    """Whether it only says how far an iterator has been walked."""
    first = held.slots[0] if isinstance(held, Items) and held.layout == BOX else None
    return isinstance(first, Value) and ctx.is_static(first)
