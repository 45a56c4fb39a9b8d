"""The lower part of a lowering's state: its fields, errors and places, constants, what is known now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, final

from adjoint.errors import AdjointError, Place, ShapeAssumption, UnsupportedConstruct
from adjoint.frontend.syntax.capture import Captured
from adjoint.frontend.syntax.liveness import Liveness
from adjoint.frontend.syntax.scoping import Scope
from adjoint.frontend.values.asked import Asked
from adjoint.frontend.values.objects import (
    Because,
    Binding,
    Cell,
    Code,
    Contents,
)
from adjoint.ir import opset
from adjoint.ir.builder import Builder
from adjoint.ir.core import Line, Op, Region, Value, const_of, is_const
from adjoint.ir.ops.python import static_value
from adjoint.ir.types import (
    INT,
    UNDEF,
    Array,
    List,
    Object,
    Scalar,
    Static,
    Tuple,
    Type,
    Undef,
)

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Specializations


@final
@dataclass(slots=True)
class Return:
    """A `return` on some path: its operation, where it stands, the value and what the containers hold there."""

    op: Op
    region: Region
    node: Any
    value: Value
    heap: dict[Cell, Contents]
    facts: dict[Value, bool]


@dataclass(slots=True)
class Writer:
    """What a lowering knows, and the region it writes into."""

    captured: Captured
    specializations: Specializations
    liveness: Liveness
    scope: Scope
    builder: Builder
    env: dict[str, Binding] = field(default_factory=dict)
    heap: dict[Cell, Contents] = field(default_factory=dict)
    boxes: dict[str, Cell] = field(default_factory=dict)
    """The variables that closures share, each in a cell with one slot."""
    taken: dict[str, Value] = field(default_factory=dict)
    """What this function, a closure, has taken along."""
    siblings: Mapping[str, Code] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    """The variables of comprehensions, which are not those of the function: their keys in `env`."""
    outside: frozenset[str] = frozenset()
    """Names declared `global`."""
    returns: list[Return] = field(default_factory=list)
    handlers: list[Any] = field(default_factory=list)
    """The `except` clauses around the statement being lowered, innermost last."""
    finals: list[frozenset[str]] = field(default_factory=list)
    """The names that the `finally` clauses around the statement read, which run after a `return`, too."""
    frames: list[Any] = field(default_factory=list)
    """The functions around the one at hand, which is written out where they call it (see `frames`)."""
    holes: list[Any] = field(default_factory=list)
    """What to lower where a context manager yields, innermost last."""
    frozen: list[Cell] = field(default_factory=list)
    may_stop: bool = False
    """Whether what walks an iterator now may stop before its end (`any`, `all`)."""
    integers: dict[Any, Value] = field(default_factory=dict)
    """Sums of integers that have been computed on the way here."""
    known: dict[Any, Any] = field(default_factory=dict)
    """What has been read, in each region, from arrays that are one of several (see `chosen`)."""
    places: dict[Value, Cell] = field(default_factory=dict)
    """Where the arrays are that were read or made: the cell whose contents, or view of contents, a value is."""
    origins: dict[Cell, frozenset[Cell]] = field(default_factory=dict)
    """The lists of which a container may be an item, where only the run knows."""
    moving: list[Cell] = field(default_factory=list)
    """Items that are just now becoming items of another list."""
    chosen_from: list[Cell] = field(default_factory=list)
    """What may be the item that is just now becoming one of another list."""
    exchanges: bool = False
    """Whether items of lists are being put at the places of each other: none of them stands in a list once more."""
    taken_from: dict[Cell, Cell] = field(default_factory=dict)
    """Lists that are being made of items of another list, each of which is taken once at most."""
    writing: list[Cell] = field(default_factory=list)
    """Containers that are just now written out as data, with all that is in them."""
    read_from: dict[Cell, frozenset[Cell]] = field(default_factory=dict)
    """Of an item at a place that only the run knows: what is known at the places."""
    amongs: dict[tuple[frozenset[Cell], str | Because | None], Cell] = field(default_factory=dict)
    """What stands for several containers of which one has been read."""
    reasons: dict[Cell, str | Because] = field(default_factory=dict)
    """Why something that was read may be one of these, where it was not read from a list."""
    at_hand: tuple[Liveness | None, Any] = (None, None)
    """The simple statement being lowered, and what tells which names are read after it."""
    in_use: list[Value] = field(default_factory=list)
    """Such items that the statement at hand has read."""
    lists: dict[Cell, list[Cell]] = field(default_factory=dict)
    """The lists of run-time length that arrays and containers have been put into."""
    escaped: set[Cell] = field(default_factory=set)
    """What has been put into lists of run-time length."""
    maybe: dict[Cell, Cell] = field(default_factory=dict)
    """Arrays that may be views of another one, or copies."""
    parameters: list[Cell] = field(default_factory=list)
    """The containers that came in as arguments, by number."""
    owners: list[int] = field(default_factory=list)
    """The parameter that each of them came in with."""
    exchanged: list[Any] = field(default_factory=list)
    """Those that the function exchanges, for arrays of its own (see `handed_back`)."""
    rebinding: tuple[Any, frozenset[str]] = (None, frozenset())
    """A call that is all of the right side of an assignment, and the names that this binds."""
    stand_ins: dict[Cell, tuple[Cell, ...]] = field(default_factory=dict)
    """Arrays that functions have given: each is one of these, or a new one."""
    parts_of: dict[Cell, tuple[Cell, ...]] = field(default_factory=dict)
    """Those that may be parts of these, too."""
    released: Any = None
    """The statement at hand, where it has read all that it reads."""
    used_before: int = 0
    """How much of that is in use stood there before the statement at hand."""
    is_outermost: bool = False
    """Whether nobody sees what becomes of the arguments: they were copied on entry."""
    touched: set[Cell] = field(default_factory=set)
    """The arguments that may have been written into as an array of a loop."""
    loop_mark: int = -1
    """Cells made in this pass of the innermost loop have greater numbers."""
    has_shared: bool = False
    """Whether something was put into a list that has, or may have, another name."""
    tied: set[Cell] = field(default_factory=set)
    """Containers that something leads to which knows them on every path, while what else leads to them does not."""
    positions: dict[Cell, tuple[tuple[Cell, ...], Value, bool]] = field(default_factory=dict)
    """Of a container read from a list of known length: what the list holds, the position that the run knows, and
    whether that counts from the start."""
    known_symbols: frozenset[str] = frozenset()
    changed_0d: list[Any] = field(default_factory=list)
    """Augmented assignments of numbers (see `zero_dimensional`)."""
    unused_names: set[str] = field(default_factory=set)
    user_names: set[str] = field(default_factory=set)
    possible: dict[Value, tuple[Any, ...]] = field(default_factory=dict)
    """Strings and members of enumerations of which it is known what they may be."""
    naturals: set[Value] = field(default_factory=set)
    """Indices of loops that are never negative."""
    exact: set[Value] = field(default_factory=set)
    """Arguments that are exactly of their type: where float is declared, no int."""
    heads: dict[Value, Value] = field(default_factory=dict)
    """What variables of loops are at first, by what they are in a pass."""
    facts: dict[Value, bool] = field(default_factory=dict)
    """Conditions whose truth is known on the path at hand (see `optionals`)."""

    def refuse(
        self,
        node: Any,
        message: str,
        *,
        why: str,
        fix: str,
        kind: type[AdjointError] = UnsupportedConstruct,
        raises: type[BaseException] | None = None,
        asks: Sequence[Value] = (),
    ) -> AdjointError:
        """The refusal of a node, to be raised by the caller. `raises` is what Python itself would surely raise.

        `asks`: were these known before the run, it would not be refused. Without a node it is the statement at hand.
        """
        error = kind(message, place=self._place(node), why=why, fix=fix)
        error.raises, error.asks, error.region = raises, tuple(map(Asked, asks)), self.builder.region
        return error

    def _place(self, node: Any) -> Place:
        source, line = self.captured.source, self.builder.line
        if node is not None or line is None:
            return source.place(node)
        end = line.end_column if line.end_column > line.column else None
        return Place(source.filename, line.number, line.column, source.line(line.number), line.number, end)

    @contextmanager
    def at(self, first: Any, last: Any = None, suffix: str = "") -> Iterator[None]:
        """Operations written inside answer the statement from `first` to the end of `last`."""
        previous = self.builder.line
        self.builder.line = self.line(first, last, suffix)
        with self.using():
            yield
        self.builder.line = previous

    @contextmanager
    def using(self) -> Iterator[None]:
        """What is read inside is not used any more behind it."""
        count = len(self.in_use)
        try:
            yield
        finally:  # what is refused may be lowered in another way
            del self.in_use[count:]

    def line(self, first: Any, last: Any = None, suffix: str = "") -> Line:
        """The line of a statement, or of the header of a compound one."""
        source = self.captured.source
        place = source.place(last if last is not None else first)
        start = source.place(first)
        return Line(start.line, source.segment(first, last) + suffix, start.column, place.end_column or 0)

    def _number(self, opcode: str, operands: Sequence[Value]) -> Any:
        """What tells whether an index such as `k + 1` has been computed before: extents are then known to be equal."""
        if opcode not in ("add", "sub") or any(operand.type != INT for operand in operands):
            return None
        return opcode, *(const_of(each) if is_const(each) else each for each in operands)

    def _misfit(self, node: Any, opcode: str, operands: Sequence[Value], reason: str) -> AdjointError:
        text = self.captured.source.segment(node)
        no_length = opcode == "len" and isinstance(operands[0].type, Scalar)
        return self.refuse(
            node,
            f"`{text}` cannot be typed: {reason}",
            why=f"the types and shapes of the arguments do not fit `{opcode}`, or are not known well enough",
            fix="check the shapes and kinds of what goes in; the types are those of this call's arguments",
            kind=ShapeAssumption,
            raises=TypeError if no_length else None,
            asks=operands,
        )

    def const(self, value: Any, text: str | None = None) -> Value:
        """A constant, with the user's spelling of it."""
        result = self.builder.const(value)
        if text is not None and result.op is not None:
            result.op.attrs["_text"] = text
        return result

    def undef(self) -> Value:
        """No value."""
        return self.builder.emit("undef")

    def static(self, value: Value) -> Any:
        """The Python object a value stands for. Raises KeyError when it is known at run time only."""
        if isinstance(value.type, Tuple) and value.op is not None and value.op.opcode in ("tuple", "list"):
            return tuple(self.static(item) for item in value.op.operands)
        if value.op is not None and value.op.opcode == "list":
            return [self.static(item) for item in value.op.operands]
        if isinstance(value.type, Tuple) and value.type.layout is None:
            return tuple(map(_value_of, value.type.items))
        return static_value(value)

    def is_natural(self, value: Value) -> bool:
        """Whether an integer is known not to be negative: a number, a length, the index of a loop, a sum of such."""
        if self.is_static(value):
            return type(self.static(value)) is int and self.static(value) >= 0
        if value in self.naturals:
            return True
        op = value.op
        if op is None or op.opcode not in _NATURAL or value.type != INT:
            return False
        return op.opcode in ("len", "size") or all(map(self.is_natural, op.operands))

    def is_static(self, value: Value) -> bool:
        """Whether `static` would succeed."""
        try:
            self.static(value)
        except KeyError:
            return False
        return True

    def blocked(self, *operands: Value) -> Value:
        """What is computed from a variable that has no value yet: refused in the end, unless a later round knows it."""
        return self.builder.op("pos", [each for each in operands if isinstance(each.type, Undef)][:1], [UNDEF]).result


def _value_of(t: Type) -> Any:
    """What an item of a tuple is. Raises KeyError when it is known at run time only."""
    if isinstance(t, Tuple) and t.layout is None:
        return tuple(map(_value_of, t.items))
    if not isinstance(t, Static):
        raise KeyError(str(t))
    return t.value


SCALARS = frozenset(
    "sum mean prod max min var std argmax argmin any all dot matmul inner vdot trace norm det max_of min_of sum_of "
    "fsum float int bool round float64 float32 int64 int32 count_nonzero "
    "einsum vecdot multi_dot cond vector_norm matrix_norm matrix_trace "
    "median nanmedian percentile quantile nanpercentile nanquantile nansum nanprod nanmean nanvar nanstd nanmax nanmin "
    "average interp trapezoid ptp logaddexp_reduce polyval searchsorted digitize sumprod hypot_of dist fma".split()
)
"""Operations whose result without dimensions is a number, never a 0-d array (unless an operand was one)."""


def holds_nothing(t: Type) -> bool:
    """Whether a list may yet turn out to have items: of what, a later round knows."""
    return isinstance(t, List) and (isinstance(t.item, Undef) or holds_nothing(t.item))


def spoken(t: Type) -> str:
    """A type as messages say it: objects known now by their own name."""
    if isinstance(t, Static):
        name = getattr(t.value, "__name__", None)
        is_plain = isinstance(t.value, str | bytes | int | float | complex | tuple | frozenset | None)
        return str(name or (repr(t.value) if is_plain else f"an object of {type(t.value).__name__}"))
    if isinstance(t, Object):
        return "a string made at run time" if t.cls is str else f"an object of {t.cls.__name__}"
    return "nothing" if isinstance(t, Undef) else str(t)


def is_zero_dimensional(t: Type) -> bool:
    """Whether it is the type of a NumPy scalar or an array without dimensions."""
    return isinstance(t, Array) and not t.rank


def is_kept_number(value: Value) -> bool:
    """Whether it is a number in a dict or an object: a 0-d array only where one has been made, or has come in."""
    op = value.op
    if op is None or op.opcode != "getitem" or not is_zero_dimensional(value.type):
        return False
    held = op.operands[0].type
    return isinstance(held, Tuple) and held.layout is not None


def holds_0d(t: Type) -> bool:
    """Whether there is a NumPy scalar in something of this type, or an array without dimensions."""
    if isinstance(t, Tuple):
        return any(map(holds_0d, t.items))
    return holds_0d(t.item) if isinstance(t, List) else is_zero_dimensional(t)


_NATURAL = frozenset({"add", "mul", "floordiv", "mod", "pow", "len", "size"})
"""What makes a number that is not negative of such numbers."""
OF_NUMBERS = frozenset({"where", "i0"})
"""Elementwise operations that NumPy answers with an array without dimensions for numbers, too."""


def may_be_0d(opcode: str, value: Value) -> bool:
    """Whether the value may be a 0-d array, which changes in place; a NumPy scalar does not."""
    if not is_zero_dimensional(value.type) or opcode not in opset.TABLE:
        return False
    if opcode == "index" and value.op is not None:
        return "..." in value.op.attrs.get("spec", ())
    if value.op is not None and value.op.attrs.get("optimize"):
        return True
    return opcode in OF_NUMBERS or (not opset.lookup(opcode).elementwise and opcode not in SCALARS)
