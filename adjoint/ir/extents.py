"""Which extent a run-time integer stands for: `n` in `np.zeros(n)`, `i:j` in `x[i:j]`.

Extents are named after SSA values, never after Python names: two different values never share a symbol. Arithmetic with
constants is followed (`n - 1`), and so are `x.shape[0]` and `len(x)`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.shapes import Shape, shift
from adjoint.ir.types import MANY, Array, Dim, Scalar, Static, Sym, Tuple, may_be_one, rank_of, shape_of

_numbers = itertools.count(1)


def symbol_of(value: Value) -> str:
    """The symbol of an SSA value, made on first use."""
    if value.symbol is None:
        value.symbol = f"{value.name or 'n'}#{next(_numbers)}"
    return value.symbol


def is_integer(value: Value) -> bool:
    """Whether the value is a Python int, a bool or an integer NumPy scalar."""
    t = value.type
    if isinstance(t, Scalar):
        return t.kind in ("int", "bool")
    return isinstance(t, Array) and t.rank == 0 and t.dtype.startswith(("int", "uint"))


def extent_of(value: Value) -> Dim:
    """The extent an integer value stands for. Raises TypeInferenceError for other types and negative constants."""
    if not is_integer(value):
        raise TypeInferenceError(f"an extent is an int, not {value.type}")
    dim = affine(value)
    if isinstance(dim, int) and dim < 0:
        raise TypeInferenceError(f"an extent is not negative: {dim}")
    return dim


def affine(value: Value) -> int | Sym:
    """An integer as a number, or as a symbol with an offset."""
    if is_const(value):
        return int(const_of(value))
    op = value.op
    known = _known_extent(op) if op is not None else None
    if known is not None:
        return known
    if op is not None and op.opcode in ("add", "sub") and is_const(op.operands[1]) and is_integer(op.operands[1]):
        base, offset = affine(op.operands[0]), int(const_of(op.operands[1]))
        offset = offset if op.opcode == "add" else -offset
        if isinstance(base, int):
            return base + offset
        if offset < 0 or base.offset >= 0:  # extents stop at 0, so what was cut off cannot be added back
            return Sym(base.name, base.offset + offset)
    return Sym(symbol_of(value))


def _known_extent(op: Op) -> int | Sym | None:
    """The extent that `len(x)`, `x.shape[k]` or the size of a vector reads."""
    if op.opcode in ("len", "size") and rank_of(op.operands[0].type) == 1:
        return shape_of(op.operands[0].type)[0]
    if op.opcode == "getitem" and op.operands[0].op is not None and op.operands[0].op.opcode == "shape":
        axis: int = op.attrs["index"]
        return shape_of(op.operands[0].op.operands[0].type)[axis]
    return None


def extents_of(operands: Sequence[Value], *, unknown: bool = False) -> Shape:
    """The shape that ints, or one tuple of ints, stand for. With `unknown`, -1 is allowed and gives None."""
    items = _shape_items(operands)
    if items is not None:
        return tuple(None if unknown and is_const(v) and const_of(v) == -1 else extent_of(v) for v in items)
    (value,) = operands
    if is_const(value) and isinstance(const_of(value), tuple):
        return tuple(None if unknown and item == -1 else item for item in const_of(value))
    op = value.op
    if op is not None and op.opcode == "shape":
        return shape_of(op.operands[0].type)
    assert isinstance(value.type, Tuple)
    return tuple(None if unknown else Sym(f"{symbol_of(value)}.{axis}") for axis in range(len(value.type.items)))


def _shape_items(operands: Sequence[Value]) -> Sequence[Value] | None:
    """The ints of a shape, one value each; None when it is a tuple that is not written out."""
    if len(operands) != 1 or not isinstance(operands[0].type, Tuple | Static):
        return operands
    op = operands[0].op
    if op is not None and op.opcode == "tuple":
        return op.operands
    if isinstance(operands[0].type, Static) and not isinstance(operands[0].type.value, tuple):
        raise TypeInferenceError(f"{operands[0].type} is not a shape")
    return None


def product_extent(dims: Sequence[Dim]) -> Dim:
    """The number of elements of an array of this shape, as one extent."""
    known, names = 1, []
    for dim in dims:
        if dim is None:
            return None
        if isinstance(dim, int):
            known *= dim
        else:
            names.append(dim)
    if not names or known == 0:
        return known
    if len(names) == 1 and known == 1:
        return names[0]
    text = "*".join(f"({_text(dim)})" for dim in names)
    return Sym(text if known == 1 else f"{known}*{text}", 0, known == 1 and all(map(may_be_one, names)))


def sum_extent(dims: Sequence[Dim]) -> Dim:
    """The extent of arrays joined end to end."""
    if any(dim is None for dim in dims):
        return None
    known = sum(dim for dim in dims if isinstance(dim, int))
    names = [dim for dim in dims if isinstance(dim, Sym)]
    if not names:
        return known
    if len(names) == 1 and known == 0:
        return names[0]
    text = "+".join(f"({_text(dim)})" for dim in names)
    return Sym(f"{text}+{known}" if known else text, 0, known <= 1 and (known == 1 or any(map(may_be_one, names))))


def quotient_extent(total: Dim, rest: Dim) -> Dim:
    """What -1 stands for in a reshape of `total` elements, where the other extents multiply to `rest`."""
    if isinstance(total, int) and isinstance(rest, int):
        return total // rest if rest else None
    if total is None or rest is None:
        return None
    return total if rest == 1 else Sym(f"({_text(total)})//({_text(rest)})")


def _text(dim: Dim) -> str:
    return str(dim).rstrip("?")


def slice_extent(dim: Dim, bounds: Sequence[Value | None]) -> Dim:
    """The extent of `x[start:stop:step]` where x has extent `dim`; bounds that are not given are None."""
    if dim is None:
        return None
    if all(v is None or is_const(v) for v in bounds):
        start, stop, step = (None if v is None else const_of(v) for v in bounds)
        if isinstance(dim, int):
            return len(range(*slice(start, stop, step).indices(dim)))
        cut = _cut_off(start, stop, step)
        if cut is not None:
            return shift(dim, -cut)
    if isinstance(dim, Sym) and dim.name == MANY.name:
        return None
    texts = ["" if v is None else _text(affine(v)) for v in bounds]
    return Sym(f"{_text(dim)}[{':'.join(texts)}]")


def _cut_off(start: int | None, stop: int | None, step: int | None) -> int | None:
    """How many items a slice with constant bounds drops whatever the extent is (None: it depends on the extent)."""
    if start is None and stop is None and step in (None, 1, -1):
        return 0
    if step not in (None, 1) or (start or 0) < 0 or (stop is not None and stop >= 0):
        return None
    return (start or 0) - (stop or 0)
