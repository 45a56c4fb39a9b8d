"""The state of one lowering, handed to every lowering function.

Handlers are registered by syntax node; `Context.expression` and `Context.statement` find them. Types are inferred as
operations are appended, so a handler may look at the type of any operand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, final

from adjoint.errors import AdjointError, NoRule, ShapeAssumption, UnsupportedConstruct
from adjoint.frontend.capture import Captured
from adjoint.frontend.liveness import Liveness
from adjoint.ir import opset
from adjoint.ir.builder import Builder
from adjoint.ir.core import Line, Region, Value
from adjoint.ir.ops.python import static_value
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.types import UNDEF, Array, JoinError, Static, Sym, Tuple, Type, Undef, rank_of

if TYPE_CHECKING:
    from adjoint.frontend.specialize import Specializations

Expression = Callable[["Context", Any], Value]
Statement = Callable[["Context", Any], None]
H = TypeVar("H", bound=Callable[..., Any])

EXPRESSIONS: dict[type, Expression] = {}
STATEMENTS: dict[type, Statement] = {}


def expression(*nodes: type) -> Callable[[H], H]:
    """Register the handler of expression nodes."""

    def register(handler: H) -> H:
        EXPRESSIONS.update(dict.fromkeys(nodes, handler))
        return handler

    return register


def statement(*nodes: type) -> Callable[[H], H]:
    """Register the handler of statement nodes that neither jump nor hold blocks."""

    def register(handler: H) -> H:
        STATEMENTS.update(dict.fromkeys(nodes, handler))
        return handler

    return register


@final
@dataclass(frozen=True, slots=True)
class Conflict:
    """What a variable holds where paths meet that gave it values without a common type. Reading it is refused."""

    first: Type
    second: Type


Binding = Value | Conflict


@final
@dataclass(slots=True)
class Context:
    """One function being lowered: the region being written, what the variables hold, which arrays they own alone."""

    captured: Captured
    specializations: Specializations
    liveness: Liveness
    local_names: frozenset[str]
    builder: Builder
    env: dict[str, Binding] = field(default_factory=dict)
    owned: set[Value] = field(default_factory=set)
    bases: dict[Value, frozenset[Value]] = field(default_factory=dict)
    known_symbols: frozenset[str] = frozenset()
    unused_names: set[str] = field(default_factory=set)
    may_hold_0d: bool = False
    shared_numbers: list[Any] = field(default_factory=list)

    # -- handlers

    def expression(self, node: Any) -> Value:
        """Lower an expression to the value it has."""
        return EXPRESSIONS[type(node)](self, node)

    def statement(self, node: Any) -> None:
        """Lower a simple statement."""
        with self.at(node):
            STATEMENTS[type(node)](self, node)

    # -- errors and places

    def refuse(
        self, node: Any, message: str, *, why: str, fix: str, kind: type[AdjointError] = UnsupportedConstruct
    ) -> AdjointError:
        """The refusal of a node, to be raised by the caller."""
        return kind(message, place=self.captured.source.place(node), why=why, fix=fix)

    @contextmanager
    def at(self, first: Any, last: Any = None, suffix: str = "") -> Iterator[None]:
        """Operations written inside answer the statement from `first` to the end of `last`."""
        previous = self.builder.line
        self.builder.line = self.line(first, last, suffix)
        yield
        self.builder.line = previous

    def line(self, first: Any, last: Any = None, suffix: str = "") -> Line:
        """The line of a statement, or of the header of a compound one."""
        source = self.captured.source
        place = source.place(last if last is not None else first)
        start = source.place(first)
        return Line(start.line, source.segment(first, last) + suffix, start.column, place.end_column or 0)

    # -- writing

    def emit(self, node: Any, opcode: str, *operands: Value, **attrs: Any) -> Value:
        """Append an operation; what does not fit is refused at the node."""
        if any(isinstance(operand.type, Undef) for operand in operands):
            return self.builder.op(opcode, operands, [UNDEF], {**opset.lookup(opcode).attrs, **attrs}).result
        try:
            value = self.builder.emit(opcode, *operands, **attrs)
        except (TypeInferenceError, JoinError) as error:
            raise self._misfit(node, opcode, str(error)) from None
        except KeyError as error:
            if opcode in opset.TABLE:
                raise
            raise self.refuse(
                node, f"no operation {error} is known", why="it has no rule", fix="write it out", kind=NoRule
            ) from None
        self._own(opcode, operands, value)
        return value

    def _misfit(self, node: Any, opcode: str, reason: str) -> AdjointError:
        text = self.captured.source.segment(node)
        return self.refuse(
            node,
            f"`{text}` cannot be typed: {reason}",
            why=f"the types and shapes of the arguments do not fit `{opcode}`, or are not known well enough",
            fix="check the shapes and kinds of what goes in; the types are those of this call's arguments",
            kind=ShapeAssumption,
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

    # -- compile-time knowledge

    def static(self, value: Value) -> Any:
        """The Python object a value stands for. Raises KeyError when it is known at run time only."""
        if isinstance(value.type, Tuple) and value.op is not None and value.op.opcode in ("tuple", "list"):
            return tuple(self.static(item) for item in value.op.operands)
        if value.op is not None and value.op.opcode == "list":
            return [self.static(item) for item in value.op.operands]
        return static_value(value)

    def is_static(self, value: Value) -> bool:
        """Whether `static` would succeed."""
        try:
            self.static(value)
        except KeyError:
            return False
        return True

    # -- variables

    def bind(self, name: str, value: Value) -> None:
        """The variable now holds the value; a temporary takes its name, an array with two names has no sole owner."""
        if value.name is None:
            value.name = name
        elif value.name != name:
            self.owned.discard(value)
        self.disown(*self.bases.get(value, ()))
        self.env[name] = value

    def read(self, node: Any, name: str) -> Value:
        """What a local variable holds."""
        held = self.env.get(name)
        if held is None:
            raise self.refuse(
                node,
                f"the variable {name!r} is read before it is assigned",
                why="on this path no assignment comes first",
                fix=f"give {name!r} a value first",
            )
        if isinstance(held, Conflict):
            raise self.refuse(
                node,
                f"the variable {name!r} holds {spoken(held.first)} on one path and {spoken(held.second)} on another",
                why="a variable must have one type where paths meet",
                fix="use two variables, or start with a value of the final type (for an array: `np.zeros(...)`)",
                kind=ShapeAssumption,
            )
        return held

    # -- ownership of arrays

    def _own(self, opcode: str, operands: tuple[Value, ...], value: Value) -> None:
        self.may_hold_0d |= _may_be_0d(opcode, value)
        if not _holds_array(value.type):
            return
        definition = opset.lookup(opcode)
        if definition.elementwise or opcode in FRESH:
            self.owned.add(value)
        else:
            self.may_share(value, operands)

    def may_share(self, value: Value, others: Iterable[Value]) -> None:
        """The value may refer to the memory of others: once it has a name, they are no longer alone."""
        arrays = [other for other in others if _holds_array(other.type)]
        self.bases[value] = frozenset(arrays).union(*(self.bases.get(other, ()) for other in arrays))

    def disown(self, *values: Value) -> None:
        """Something else may refer to the memory of these values from now on."""
        self.owned.difference_update(values)

    def blocked(self, *operands: Value) -> Value:
        """What is computed from a variable that has no value yet: refused in the end, unless a later round knows it."""
        return self.builder.op("pos", [each for each in operands if isinstance(each.type, Undef)][:1], [UNDEF]).result

    # -- regions

    @contextmanager
    def inside(self, region: Region) -> Iterator[None]:
        """Write into a nested region. Variables and ownership come back as they were."""
        outer, env, owned = self.builder.region, self.env, self.owned
        self.builder.region, self.env, self.owned = region, dict(env), set(owned)
        yield
        self.builder.region, self.env, self.owned = outer, env, owned


FRESH = frozenset(
    "zeros ones full eye arange linspace zeros_like ones_like full_like copy matmul dot outer sum mean prod cumsum "
    "concatenate stack hstack vstack solve inv where tile repeat array flatten tril triu roll diff identity "
    "cumprod".split()
)
"""Operations beside the elementwise ones whose array result is always new memory."""


SCALARS = frozenset(
    "sum mean prod max min var std argmax argmin any all dot matmul inner vdot trace norm det max_of min_of sum_of "
    "fsum float int bool round float64 float32 int64 int32 count_nonzero".split()
)
"""Operations whose result without dimensions is a number, never a 0-d array (unless an operand was one)."""


def spoken(t: Type) -> str:
    """A type as messages say it: objects known now by their own name."""
    if isinstance(t, Static):
        return str(getattr(t.value, "__name__", repr(t.value)))
    return "nothing" if isinstance(t, Undef) else str(t)


def _may_be_0d(opcode: str, value: Value) -> bool:
    """Whether the value may be a 0-d array, which changes in place; a NumPy scalar does not."""
    if not isinstance(value.type, Array) or value.type.rank:
        return False
    if opcode == "index" and value.op is not None:
        return "..." in value.op.attrs["spec"]
    return not opset.lookup(opcode).elementwise and opcode not in SCALARS


def _holds_array(t: Type) -> bool:
    if isinstance(t, Tuple):
        return any(map(_holds_array, t.items))
    if isinstance(t, Array):
        return rank_of(t) > 0
    return not isinstance(t, Undef) and hasattr(t, "item") and _holds_array(t.item)


def symbols_of(types: Iterable[Type]) -> frozenset[str]:
    """The names of the symbolic extents in the types."""
    found: set[str] = set()
    pending = list(types)
    while pending:
        t = pending.pop()
        if isinstance(t, Array):
            found.update(dim.name for dim in t.shape if isinstance(dim, Sym))
        elif isinstance(t, Tuple):
            pending.extend(t.items)
        elif hasattr(t, "item"):
            pending.append(t.item)
    return frozenset(found)
