"""The IR itself: values, operations, regions, functions.

A function is one region of operations in SSA form. Control flow is structured: `if`, `for` and `while` hold regions, a
region ends with a terminator (`yield`, `continue`, `break`, `return`, `raise`) or with a *tail if*, an `if` without
results all of whose leaves end with a jump. Values are compared by identity.

    func logistic(%x: float, %n: int) {
      %v = for %zero %n %one carries(%x) (%i: int, %v_1: float) {
        %v_2 = mul ...
        continue %v_2
      }
      return %v
    }
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, final

from adjoint.ir.types import Type


@final
@dataclass(frozen=True, slots=True)
class Line:
    """The user's statement an operation comes from: where it stands and what it says (one line of text)."""

    number: int
    text: str
    column: int = 0
    end_column: int = 0


@final
@dataclass(eq=False, slots=True, repr=False)
class Value:
    """One SSA value. `name` is the user's name for it, or a generated one such as `x_bar`; None for a temporary."""

    type: Type
    name: str | None = None
    op: Op | None = None
    """The operation that produces it; None for a block argument."""

    def __repr__(self) -> str:
        return f"%{self.name or hex(id(self))}: {self.type}"
    symbol: str | None = None
    """Its name as an extent, given by shape inference the first time the value sizes an array; copies get their own."""


@final
@dataclass(eq=False, slots=True, repr=False)
class Op:
    """One operation. `line` is the statement it belongs to; `derived` marks what a derivative transform wrote."""

    opcode: str
    operands: list[Value] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)
    regions: list[Region] = field(default_factory=list)
    results: list[Value] = field(default_factory=list)
    line: Line | None = None
    derived: bool = False

    def __repr__(self) -> str:
        return f"<{self.opcode} {self.operands} -> {self.results}>"

    @property
    def result(self) -> Value:
        """The only result."""
        (value,) = self.results
        return value


@final
@dataclass(eq=False, slots=True, repr=False)
class Region:
    """A list of operations with block arguments; the last operation is the terminator."""

    args: list[Value] = field(default_factory=list)
    ops: list[Op] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"<region of {len(self.ops)} operations>"

    @property
    def terminator(self) -> Op:
        return self.ops[-1]


@final
@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of the Python signature. `default` is a Python object when `has_default`."""

    name: str
    kind: str = "positional or keyword"
    """positional only, positional or keyword, variadic positional, keyword only or variadic keyword."""
    has_default: bool = False
    default: Any = None
    generated: bool = False
    """A tangent, a seed or residuals: added by a transform, so its name is not the user's."""


def added_kind(params: list[Param]) -> str:
    """How a parameter behind these is passed: by name where a `*args` parameter takes the rest of the positions."""
    takes_rest = any(param.kind == "variadic positional" for param in params)
    return "keyword only" if takes_rest else "positional or keyword"


@final
@dataclass(eq=False, slots=True, repr=False)
class Function:
    """A specialised function: parameters are the block arguments of `body`, one to one with `params`."""

    name: str
    params: list[Param]
    body: Region
    result_type: Type
    doc: str | None = None
    filename: str = "<adjoint>"
    namespace: Mapping[str, Any] = field(default_factory=dict)
    """Where the user's global names are found at run time."""
    notes: list[str] = field(default_factory=list)
    """Lines for the emitted docstring (what was assumed)."""
    changes_arguments: bool = False
    """Whether the user's function changes an array, list, dict or object that comes in as an argument."""
    written: frozenset[int] = frozenset()
    """The parameters in which it does; of a derivative, those in which the function does that it is of."""
    numbers: frozenset[int] = frozenset()
    """The parameters without dimensions that may not be arrays: a function that it calls does `x += ...` with them."""
    left: tuple[tuple[int, ...], ...] = ()
    """Arrays whose last contents are returned beside the result: a parameter each, or the way to an item of one.

    The function then returns a pair: its result, and a tuple of these.
    """
    held: tuple[tuple[Any, tuple[int, ...], Any], ...] = ()
    """Containers outside, ways to numbers in them, and these numbers, for which it is made."""
    in_place: tuple[int, ...] = ()
    """The parameters whose own memory it writes into."""

    def __repr__(self) -> str:
        return f"<function {self.name}({', '.join(map(repr, self.body.args))}) -> {self.result_type}>"

    @property
    def args(self) -> list[Value]:
        return self.body.args


TERMINATORS = frozenset({"yield", "continue", "break", "return", "raise"})
JUMPS = frozenset({"continue", "break", "return", "raise"})
CONTROL = frozenset({"if", "for", "while"})


def is_tail_if(op: Op) -> bool:
    """Whether the op ends its region: an `if` none of whose leaves yields."""
    return op.opcode == "if" and not op.results and all(leaf.opcode in JUMPS for leaf in leaves(op))


def leaves(op: Op) -> Iterator[Op]:
    """The terminators that control can reach at the end of an `if`, through nested tail ifs."""
    for region in op.regions:
        last = region.ops[-1]
        if last.opcode == "if":
            yield from leaves(last)
        else:
            yield last


def region_leaves(region: Region) -> Iterator[Op]:
    """The terminators that control can reach at the end of a region."""
    last = region.ops[-1]
    if last.opcode == "if":
        yield from leaves(last)
    else:
        yield last


def walk(region: Region) -> Iterator[Op]:
    """Every operation in the region and the regions inside it, in program order (parents first)."""
    for op in region.ops:
        yield op
        for inner in op.regions:
            yield from walk(inner)


def walk_regions(region: Region) -> Iterator[Region]:
    """The region and every region inside it, parents first."""
    yield region
    for op in region.ops:
        for inner in op.regions:
            yield from walk_regions(inner)


def users(region: Region) -> dict[Value, list[tuple[Op, int]]]:
    """For every value used in the region: who uses it, and as which operand."""
    table: dict[Value, list[tuple[Op, int]]] = {}
    for op in walk(region):
        for index, operand in enumerate(op.operands):
            table.setdefault(operand, []).append((op, index))
    return table


def const_of(value: Value) -> Any:
    """The Python object a constant value holds. Raises KeyError when the value is not a constant."""
    if value.op is None or value.op.opcode != "const":
        raise KeyError(value.name)
    return value.op.attrs["value"]


def is_const(value: Value) -> bool:
    """Whether the value is a `const` operation's result."""
    return value.op is not None and value.op.opcode == "const"


def is_same(a: Value, b: Value) -> bool:
    """Whether two values are one, or constants that are equal."""
    return a is b or (is_const(a) and is_const(b) and bool(const_of(a) == const_of(b)))


def clone_region(region: Region, mapping: dict[Value, Value], visit: Callable[[Op], None] | None = None) -> Region:
    """A copy of the region. `mapping` gives the stand-ins of outer values and is extended with every copy made."""
    args = [copy_value(arg, mapping) for arg in region.args]
    copied = Region(args, [])
    for op in region.ops:
        copied.ops.append(clone_op(op, mapping, visit))
    return copied


def clone_op(op: Op, mapping: dict[Value, Value], visit: Callable[[Op], None] | None = None) -> Op:
    """A copy of one operation, regions and all; results are entered in `mapping`."""
    operands = [mapping.get(operand, operand) for operand in op.operands]
    regions = [clone_region(region, mapping, visit) for region in op.regions]
    new = Op(op.opcode, operands, dict(op.attrs), regions, [], op.line, op.derived)
    for result in op.results:
        copy_value(result, mapping).op = new
        new.results.append(mapping[result])
    if visit is not None:
        visit(new)
    return new


def copy_value(value: Value, mapping: dict[Value, Value]) -> Value:
    """A fresh value of the same type and name, entered in `mapping`."""
    mapping[value] = new = Value(value.type, value.name)
    return new


def clone_function(function: Function, mapping: dict[Value, Value] | None = None) -> Function:
    """A deep copy of the function (callees are shared). The values that size arrays keep their names as extents."""
    mapping = {} if mapping is None else mapping
    body = clone_region(function.body, mapping)
    for value, copy in mapping.items():
        copy.symbol = value.symbol
    return Function(
        function.name,
        list(function.params),
        body,
        function.result_type,
        function.doc,
        function.filename,
        function.namespace,
        list(function.notes),
        left=function.left,
        in_place=function.in_place,
    )


def carried_args(region: Region, op: Op) -> list[Value]:
    """The block arguments of a loop region that are carries (a `for` body starts with its index)."""
    return region.args[1:] if op.opcode == "for" and region is op.regions[0] else region.args


def inits_of(op: Op) -> list[Value]:
    """The initial values of a loop's carries."""
    return op.operands[3:] if op.opcode == "for" else op.operands
