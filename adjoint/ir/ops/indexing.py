"""Reading and (functional) writing at an index; the attribute `spec` is described in docs/ir.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from adjoint.ir.core import Op, Value, const_of, is_const, is_same
from adjoint.ir.extents import is_integer, slice_extent, symbol_of
from adjoint.ir.ops.lists import joined as joined_types
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import CHEAP, OpDef, TypeInferenceError, define
from adjoint.ir.shapes import Shape, broadcast
from adjoint.ir.types import Array, Dim, List, Scalar, Sym, Tuple, Type, rank_of

THEN = "then"
"""Stands between two subscripts: `x[1:][0]` has the spec `(("slice", True, False, False), "then", "int")`."""


def taken(entry: Any) -> int:
    """How many operands an entry of a spec has."""
    return sum(entry[1:]) if isinstance(entry, tuple) else int(entry in ("int", "array", "mask"))


def subscripts(spec: Sequence[Any], operands: Sequence[Any]) -> list[tuple[tuple[Any, ...], list[Any]]]:
    """The subscripts of a spec that stand one after the other, each with its operands."""
    levels: list[tuple[tuple[Any, ...], list[Any]]] = [((), [])]
    rest = iter(operands)
    for entry in spec:
        if entry == THEN:
            levels.append(((), []))
        else:
            one, given = levels[-1]
            levels[-1] = ((*one, entry), [*given, *(next(rest) for _ in range(taken(entry)))])
    return levels


def joined(outer: Sequence[Any], inner: Sequence[Any]) -> tuple[Any, ...]:
    """The spec of one subscript after the other; `u[i][j]` is `u[i, j]`."""
    if all(entry == "int" for entry in outer) and is_view(inner):
        return (*outer, *inner)
    return (*outer, THEN, *inner)


def merged(
    outer: Sequence[Any], places: Sequence[Any], inner: Sequence[Any], more: Sequence[Any]
) -> tuple[tuple[Any, ...], list[Any]] | None:
    """One subscript for two: `u[:, j][i]` is `u[i, j]`. None where the first is more than integers and whole axes.

    Nor where it is integers alone: `joined` sees to these.
    """
    if not all(entry in ("int", WHOLE_AXIS) for entry in outer) or WHOLE_AXIS not in outer:
        return None
    if not all(entry == "int" or isinstance(entry, tuple) for entry in inner):
        return None
    rest, found = _written(inner, more), []
    for entry, given in _written(outer, places):
        found.append(rest.pop(0) if entry == WHOLE_AXIS and rest else (entry, given))
    found += rest
    return tuple(entry for entry, _ in found), [each for _, given in found for each in given]


def _written(spec: Sequence[Any], operands: Sequence[Any]) -> list[tuple[Any, list[Any]]]:
    """Each entry of a spec as it stands there, with the operands that are given."""
    taken = (given for _, given in entries(spec, operands))
    return [(entry, [each for each in given if each is not None]) for entry, given in zip(spec, taken)]


WHOLE_AXIS = ("slice", False, False, False)


def is_whole(spec: Sequence[Any]) -> bool:
    """Whether an index names the whole array: `x[:]`, `x[...]`."""
    return all(entry in ("...", WHOLE_AXIS) for entry in spec)


def is_view(spec: Sequence[Any]) -> bool:
    """Whether an array read at this index is a view: no array of indices and no mask in it."""
    return not any(entry in ("array", "mask") for entry in spec)


def same_place(one: Op, other: Op) -> bool:
    """Whether two reads or stores have the same index."""
    if tuple(one.attrs["spec"]) != tuple(other.attrs["spec"]):
        return False
    first, second = (op.operands[1 if op.opcode == "index" else 2 :] for op in (one, other))
    return all(map(is_same, first, second))


def entries(spec: Sequence[Any], operands: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """Each entry of one subscript with its operands: three (None: not given) for a slice."""
    rest = iter(operands)
    for entry in spec:
        if isinstance(entry, tuple):
            yield "slice", [next(rest) if given else None for given in entry[1:]]
        else:
            yield entry, [next(rest)] if entry in ("int", "array", "mask") else []


def every_entry(spec: Sequence[Any], operands: Sequence[Any]) -> Iterator[tuple[Any, list[Any]]]:
    """The entries of all subscripts of a spec."""
    for one, given in subscripts(spec, operands):
        yield from entries(one, given)


def python_index(spec: Sequence[Any], operands: Sequence[Any]) -> Any:
    """The index as NumPy takes it."""
    items: list[Any] = []
    for entry, given in entries(spec, operands):
        if entry == "slice":
            items.append(slice(*given))
        else:
            items.append(None if entry == "new" else Ellipsis if entry == "..." else given[0])
    return items[0] if len(items) == 1 else tuple(items)


def consumed(entry: Any, given: Sequence[Value]) -> int:
    """How many dimensions of the array an entry takes (the ellipsis takes what is left)."""
    if entry == "mask":
        return rank_of(given[0].type)
    return 0 if entry in ("new", "...") else 1


def _filled(spec: Sequence[Any], operands: Sequence[Value], rank: int) -> list[tuple[Any, list[Any]]]:
    """The entries with the ellipsis, and what is missing at the end, written out as whole slices."""
    given = list(entries(spec, operands))
    missing = rank - sum(consumed(*entry) for entry in given)
    if missing < 0:
        raise TypeInferenceError(f"too many indices for {rank} dimensions")
    whole: list[tuple[Any, list[Any]]] = [("slice", [None, None, None])] * missing
    dots = [i for i, (entry, _) in enumerate(given) if entry == "..."]
    if len(dots) > 1:
        raise TypeInferenceError("an index holds one `...`")
    at = dots[0] if dots else len(given)
    return given[:at] + whole + given[at + 1 :]


def shape_at(x: Array, spec: Sequence[Any], operands: Sequence[Value]) -> Shape:
    """The shape of `x[index]`, one subscript after the other."""
    shape = x.shape
    for number, (one, given) in enumerate(subscripts(spec, operands)):
        if number and not shape:
            raise TypeInferenceError("a number cannot be indexed")
        shape = _subscript_shape(Array(x.dtype, shape), one, given)
    return shape


def _subscript_shape(x: Array, spec: Sequence[Any], operands: Sequence[Value]) -> Shape:
    """The shape after one subscript; integer and mask arrays broadcast together and go where NumPy puts them."""
    advanced = any(entry in ("array", "mask") for entry in spec)
    axis, kept, picked = 0, [], []
    positions: list[tuple[int, int]] = []
    for number, (entry, given) in enumerate(_filled(spec, operands, x.rank)):
        if entry == "slice":
            _check_bounds(given)
            kept.append(slice_extent(x.shape[axis], given))
        elif entry == "new":
            kept.append(1)
        elif entry == "int":
            _check_int(given[0])
            if advanced:
                positions.append((number, len(kept)))
        else:
            picked.append(_picked_shape(entry, given[0]))
            positions.append((number, len(kept)))
        axis += consumed(entry, given)
    if not advanced:
        return tuple(kept)
    together = positions[-1][0] - positions[0][0] == len(positions) - 1
    at = positions[0][1] if together else 0
    return (*kept[:at], *broadcast(*picked), *kept[at:])


def _picked_shape(entry: str, value: Value) -> Shape:
    if entry == "mask":
        mask = value.type
        if not isinstance(mask, Array) or mask.dtype != "bool" or not mask.rank:
            raise TypeInferenceError(f"a mask is an array of bool, not {mask}")
        extent: Dim = Sym(f"count({symbol_of(value)})")
        return (extent,)
    index = array_operand(value)
    if not index.rank or not index.dtype.startswith(("int", "uint")):
        raise TypeInferenceError(f"an index array holds ints, not {value.type}")
    return index.shape


def _check_int(value: Value) -> None:
    if not is_integer(value) or value.type == Scalar("bool"):
        raise TypeInferenceError(f"an index is an int, a slice or an array, not {value.type}")


def _check_bounds(bounds: Sequence[Value | None]) -> None:
    for bound in bounds:
        if bound is not None and not is_integer(bound) and not (is_const(bound) and const_of(bound) is None):
            raise TypeInferenceError(f"a slice bound is an int, not {bound.type}")
    step = bounds[2]
    if step is not None and is_const(step) and const_of(step) == 0:
        raise TypeInferenceError("a slice step is not 0")


def _item_at(t: List, spec: Sequence[Any], operands: Sequence[Value]) -> Type:
    """What `xs[a:b]`, `xs[i]` or `xs[i][j]` reads of a list: the entries after the first index the item."""
    if len(spec) == 1 and isinstance(spec[0], tuple):
        _check_bounds(next(entries(spec, operands))[1])
        return t
    if not spec or spec[0] != "int":
        raise TypeInferenceError("a list is indexed by an int or a slice")
    _check_int(operands[0])
    rest = spec[1:]
    if not rest:
        return t.item
    if isinstance(t.item, List):
        return _item_at(t.item, rest, operands[1:])
    if not isinstance(t.item, Array) or not t.item.rank:
        raise TypeInferenceError(f"{t.item} cannot be indexed")
    return Array(t.item.dtype, shape_at(t.item, rest, operands[1:]))


def read_at(x: Any, spec: Sequence[Any], operands: Sequence[Any]) -> Any:
    """`x[index]`, one subscript after the other; in lists each entry is one."""
    if isinstance(x, list) and len(spec) > 1:
        return read_at(x[operands[0]], spec[1:], operands[1:])
    for one, given in subscripts(spec, operands):
        x = x[python_index(one, given)]
    return x


def _infer_index(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    source, spec = operands[0].type, attrs["spec"]
    if isinstance(source, List):
        return _item_at(source, spec, operands[1:])
    if not isinstance(source, Array) or not source.rank:
        raise TypeInferenceError(f"{source} cannot be indexed")
    shape = shape_at(source, spec, operands[1:])
    return Array(source.dtype, shape)


define(
    OpDef(
        name="index",
        infer=_infer_index,
        evaluate=lambda x, *operands, spec: read_at(x, spec, operands),
        operands=("x", "*index"),
        attrs={"spec": ()},
        cost=CHEAP,
        fresh=False,
    )
)


def _infer_set(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    target, value = operands[0].type, operands[1].type
    if isinstance(target, List):
        return _list_with(target, value, attrs["spec"], operands)
    return _infer_write(target, operands[1], attrs["spec"], operands[2:])


def _list_with(t: List, value: Type, spec: Sequence[Any], operands: Sequence[Value]) -> Type:
    """The type of a list after `xs[i] = v` or `xs[i][j] = v`."""
    if not spec or spec[0] != "int":
        raise TypeInferenceError("an item of a list is set at an int")
    _check_int(operands[2])
    rest = spec[1:]
    if not rest:
        return List(joined_types(t.item, value))
    if isinstance(t.item, List):
        return List(_list_with(t.item, value, rest, [*operands[:2], *operands[3:]]))
    return List(_infer_write(t.item, operands[1], rest, operands[3:]))


def _infer_add(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    target = operands[0].type
    if not isinstance(target, List):
        return _infer_write(target, operands[1], attrs["spec"], operands[2:])
    part = _item_at(target, attrs["spec"], operands[2:])
    if isinstance(part, List) != isinstance(operands[1].type, List) or isinstance(part, Tuple):
        raise TypeInferenceError(f"{operands[1].type} cannot be added to {part}")
    return target


def _infer_write(target: Type, value: Value, spec: Sequence[Any], index: Sequence[Value]) -> Type:
    if not isinstance(target, Array) or not target.rank:
        raise TypeInferenceError(f"{target} cannot be written at an index")
    part = array_operand(value)
    if part.dtype.startswith("complex") and not target.dtype.startswith("complex"):
        raise TypeInferenceError(f"{value.type} does not fit into {target}")
    if not all(is_view(one) for one, _ in subscripts(spec, index)[:-1]):
        raise TypeInferenceError("what is written is a copy, which nobody sees")
    shape = shape_at(target, spec, index)
    met = broadcast(shape, part.shape)
    if len(met) > len(shape) and any(dim != 1 for dim in met[: len(met) - len(shape)]):
        raise TypeInferenceError(f"{value.type} does not fit into the part of shape {shape} that is written")
    return target


def _index_set(x: Any, value: Any, *operands: Any, spec: Any) -> Any:
    if isinstance(x, list) and len(spec) > 1:
        value = _index_set(x[operands[0]], value, *operands[1:], spec=spec[1:])
    if isinstance(x, list):
        new = list(x)
        new[operands[0]] = value
        return new
    array = np.array(x)
    place, index = _place(array, spec, operands)
    place[index] = value
    return array


def _place(x: Any, spec: Sequence[Any], operands: Sequence[Any]) -> tuple[Any, Any]:
    """The view in which the last subscript writes, and that subscript."""
    *views, (last, given) = subscripts(spec, operands)
    for one, bounds in views:
        x = x[python_index(one, bounds)]
    return x, python_index(last, given)


def _index_add(x: Any, value: Any, *operands: Any, spec: Any) -> Any:
    if isinstance(x, list):
        return _list_add(x, value, operands, spec)
    new = np.array(x)
    place, index = _place(new, spec, operands)
    if "array" in spec:
        np.add.at(place, index, np.broadcast_to(value, np.shape(place[index])))
    else:
        place[index] += value
    return new


def _list_add(x: list[Any], value: Any, operands: Sequence[Any], spec: Sequence[Any]) -> list[Any]:
    new = list(x)
    if len(spec) > 1:
        new[operands[0]] = _index_add(x[operands[0]], value, *operands[1:], spec=spec[1:])
    else:
        index = python_index(spec, operands)
        new[index] = _plus(x[index], value)
    return new


def _plus(a: Any, b: Any) -> Any:
    return [_plus(x, y) for x, y in zip(a, b, strict=True)] if isinstance(a, list) else a + b


for _name, _infer, _function in (("index_set", _infer_set, _index_set), ("index_add", _infer_add, _index_add)):
    define(
        OpDef(
            name=_name,
            infer=_infer,
            evaluate=_function,
            operands=("x", "value", "*index"),
            attrs={"spec": ()},
        )
    )
