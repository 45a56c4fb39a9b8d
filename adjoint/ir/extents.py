"""Which extent a run-time integer stands for: `n` in `np.zeros(n)`, `i:j` in `x[i:j]`.

Extents are named after SSA values, never after Python names: two different values never share a symbol. Arithmetic with
constants is followed (`n - 1`), and so are `x.shape[0]` and `len(x)`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from functools import reduce

from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.integers import (
    Form,
    constant,
    is_small,
    made_of,
    named,
    number_in,
    plus,
    text_of,
    times,
    variable,
)
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.relations import current, is_never_one, is_one
from adjoint.ir.shapes import Shape, shift
from adjoint.ir.types import INT, MANY, Array, Dim, Scalar, Static, Sym, Tuple, Type, may_be_one, rank_of, shape_of

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
    return _dim(form_of(value))


def form_of(value: Value, depth: int = 0) -> Form:
    """An integer as a polynomial of extents and of integers that are not computed from others."""
    if is_const(value):
        return constant(int(const_of(value)))
    op = value.op
    if op is None or depth > _DEEPEST:
        return variable(symbol_of(value))
    known = _known_extent(op)
    if isinstance(known, int):
        return constant(known)
    exact = None if known is None else _exact(known)
    if exact is not None:
        return exact
    if op.opcode == "index" and (item := _item(op, depth)) is not None:
        return item
    if op.opcode in _ARITHMETIC and all(map(_is_exact, op.operands)):
        form = _ARITHMETIC[op.opcode](*(form_of(operand, depth + 1) for operand in op.operands))
        if is_small(form):
            return form
    return variable(_place(value))


def _item(op: Op, depth: int) -> Form | None:
    """An integer that is an item of an argument, by its place: wherever it is read, it is the same."""
    array, *index = op.operands
    found = current()
    if found is None or array.symbol is None or not found.holds_integers(array.symbol):
        return None
    if op.result.type != Array("int64", ()) or any(entry != "int" for entry in op.attrs["spec"]):
        return None
    name = f"{array.symbol}[{', '.join(text_of(form_of(each, depth + 1)) for each in index)}]"
    found.item_of(array.symbol, name)
    return variable(name)


def _is_exact(value: Value) -> bool:
    """Whether arithmetic on the integer is without overflow."""
    return is_integer(value) and (isinstance(value.type, Scalar) or value.type == Array("int64", ()))


def _holds(*forms: Form) -> bool:
    found = current()
    return found is not None and found.hold(*forms)


def _quotient(a: Form, b: Form) -> Form:
    return made_of(f"({text_of(a)})//({text_of(b)})", "{}//{}" if number_in(b) else "over({}, {})", a, b)


_DEEPEST = 12
_ARITHMETIC: dict[str, Callable[..., Form]] = {
    "add": plus,
    "sub": lambda a, b: plus(a, b, -1),
    "mul": times,
    "neg": lambda a: plus({}, a, -1),
    "floordiv": _quotient,
}


def _dim(form: Form) -> int | Sym:
    """The extent that a polynomial is."""
    number = number_in(form)
    if number is not None:
        return number
    name, offset = named(form)
    found = current()
    name = name if found is None else found.same_extent(name)
    return 1 if is_one(name, offset) else Sym(name, offset, not is_never_one(name, offset))


def note_loop(index: Value, bounds: Sequence[Value]) -> None:
    """A loop counts with `index` from the first bound to below the second in steps of the third."""
    found = current()
    if found is None or not all(map(is_integer, bounds)) or not is_const(bounds[2]) or not const_of(bounds[2]):
        return
    start, stop = (form_of(bound) for bound in bounds[:2])
    last = plus(stop, constant(-1 if const_of(bounds[2]) > 0 else 1))
    found.between(symbol_of(index), *((start, last) if const_of(bounds[2]) > 0 else (last, start)))


def note_range(value: Value, first: Form, last: Form) -> None:
    """The integer lies between these two."""
    found = current()
    if found is not None:
        found.between(symbol_of(value), first, last)


def note_argument(value: Value, position: int) -> None:
    """The value is that argument of the call: what integers are in it."""
    found = current()
    if found is not None:
        if isinstance(value.type, Array) and value.type.dtype == "int64" and value.type.rank:
            found.integers(symbol_of(value), position)
        for path in _integers_in(value.type):
            found.argument(".".join([symbol_of(value), *map(str, path)]), (position, *path))


def note_outside(value: Value, key: str) -> None:
    """The value is the integer outside of functions which has that key in `adjoint.runtime.outside`."""
    value.symbol = key
    found = current()
    if found is not None:
        found.outside(key)


def _integers_in(t: Type, path: tuple[int, ...] = ()) -> Iterator[tuple[int, ...]]:
    if isinstance(t, Tuple):
        for number, item in enumerate(t.items):
            yield from _integers_in(item, (*path, number))
    elif t in (INT, Array("int64", ())):
        yield path


def _place(value: Value) -> str:
    """The name of an integer that is not computed: its symbol, or that of what it is an item of, and its place."""
    op = value.op
    if value.symbol is not None or op is None or op.opcode != "getitem" or not isinstance(op.operands[0].type, Tuple):
        return symbol_of(value)
    return f"{_place(op.operands[0])}.{op.attrs['index']}"


def _known_extent(op: Op) -> int | Sym | None:
    """The extent that `len(x)`, `x.shape[k]` or the size of a vector reads."""
    rank = rank_of(op.operands[0].type) if op.operands else 0
    if (op.opcode == "len" and rank) or (op.opcode == "size" and rank == 1):
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
    exact = [_exact(dim) for dim in names]
    if None not in exact:
        form = reduce(times, [each for each in exact if each is not None], constant(known))
        return Sym(*named(form), known == 1 and all(map(may_be_one, names)))
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
    may_be = known <= 1 and (known == 1 or any(map(may_be_one, names)))
    exact = [_exact(dim) for dim in names]
    if None not in exact:
        form = reduce(plus, [each for each in exact if each is not None], constant(known))
        return Sym(*named(form), may_be)
    text = "+".join(f"({_text(dim)})" for dim in names)
    return Sym(f"{text}+{known}" if known else text, 0, may_be)


def _exact(dim: Sym) -> Form | None:
    """The extent as a polynomial; None where it may stand for 0 instead of less."""
    form = variable(dim.name, dim.offset)
    return form if dim.name != MANY.name and (dim.offset >= 0 or _holds(form)) else None


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
    start, stop, step = ((None if v is None or _is_none(v) else form_of(v)) for v in bounds)
    whole = constant(dim) if isinstance(dim, int) else variable(dim.name, dim.offset)
    found = current()
    if found is not None and number_in(step or constant(1)) == 1:
        fitting = found.sliced(whole, start or {}, stop)
        if fitting is not None:
            return _dim(fitting)
    given = [each for each in (start, stop, step) if each is not None]
    base = f"({_text(dim)})" if set("+-*/") & set(_text(dim)) else _text(dim)
    name = f"{base}[{':'.join('' if each is None else text_of(each) for each in (start, stop, step))}]"
    holes = ":".join("" if each is None else "{}" for each in (start, stop, step))
    return _dim(made_of(name, f"len(range({{}})[{holes}])", whole, *given))


def _is_none(value: Value) -> bool:
    return is_const(value) and const_of(value) is None


def _cut_off(start: int | None, stop: int | None, step: int | None) -> int | None:
    """How many items a slice with constant bounds drops whatever the extent is (None: it depends on the extent)."""
    if start is None and stop is None and step in (None, 1, -1):
        return 0
    if step not in (None, 1) or (start or 0) < 0 or (stop is not None and stop >= 0):
        return None
    return (start or 0) - (stop or 0)
