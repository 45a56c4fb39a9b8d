"""Containers become tuples: for Numba, which has no dicts and objects, and no lists of different things.

    before:  %w: float = getitem %p {index=0}      where %p: dict{"w": float, "b": float}
    after:   the same                              where %p: (float, float)

Only at emission. Named tuples stay, but for those of NumPy; what comes from outside is converted where it is handed
over (`runtime/native_values`).
"""

from __future__ import annotations

from typing import Any

from adjoint.ir.core import Function, walk, walk_regions
from adjoint.ir.types import Layout, List, TapeType, Tuple, Type


def make_plain(function: Function) -> None:
    """Make the containers of a function tuples, in place."""
    for arg in function.args:
        arg.type = plain(arg.type)
    function.result_type = plain(function.result_type)
    for region in walk_regions(function.body):
        for arg in region.args:
            arg.type = plain(arg.type)
    for op in walk(function.body):
        for result in op.results:
            if op.opcode == "global" and plain(result.type) != result.type:
                op.attrs["_container"] = result.type  # stays what it is
            result.type = plain(result.type)
        op.attrs = {
            name: value if name == "_container" else _plain_attribute(value) for name, value in op.attrs.items()
        }


def plain(t: Type) -> Type:
    """The type in which containers are tuples."""
    if isinstance(t, Tuple):
        return Tuple(tuple(map(plain, t.items)), None if t.layout is None else _kept(t.layout))
    if isinstance(t, List):
        return List(plain(t.item))
    return TapeType(plain(t.item)) if isinstance(t, TapeType) else t


def _plain_attribute(value: Any) -> Any:
    if isinstance(value, Layout):
        return _kept(value)
    if isinstance(value, tuple) and value and all(isinstance(item, Tuple | List | TapeType) for item in value):
        return tuple(map(plain, value))
    return plain(value) if isinstance(value, Tuple | List | TapeType) else value


def _kept(layout: Layout) -> Layout | None:
    """The layout where Numba has it: NumPy's named tuples are plain ones there."""
    is_numpy = layout.cls is not None and layout.cls.__module__.startswith("numpy")
    return layout if layout.kind == "named" and not is_numpy else None
