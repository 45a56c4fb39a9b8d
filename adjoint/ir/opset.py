"""The table of operations: one definition a row, read by every room.

A definition says which Python callables mean the operation (the front end binds calls through it), what type it gives
(inference), what it computes (the evaluator), which effects it has and what it costs. Attributes whose name starts
with an underscore are presentation only: how the user spelled a call. They change neither meaning nor type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, final

from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.types import Type, rank_of

Infer = Callable[[Sequence[Value], Mapping[str, Any]], Type | tuple[Type, ...]]

FREE, CHEAP, CALL = 0, 1, 2
"""What recomputing costs: nothing (a view, a shape), one arithmetic operation, a call that is better stored."""


class TypeInferenceError(Exception):
    """The operands do not fit the operation. The front end turns it into an error at the user's line."""


@final
@dataclass(frozen=True, kw_only=True)
class OpDef:
    """One operation.

    `operands` names the operands; a last name with a star takes any number. `attrs` names the static keywords and
    their defaults. `callables` maps a Python callable to its parameter names in order (those that are neither operands
    nor attrs are refused when given); `methods` does the same for array methods, without the receiver.
    `evaluate(*operands, **attrs)` computes the value.
    """

    name: str
    infer: Infer
    evaluate: Callable[..., Any]
    operands: tuple[str, ...] = ()
    attrs: Mapping[str, Any] = field(default_factory=dict)
    callables: Mapping[Callable[..., Any], str] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    symbol: str | None = None
    effects: frozenset[str] = frozenset()
    cost: int = CALL
    elementwise: bool = False
    fresh: bool = True
    """Whether an array result is new memory (not a view of an operand)."""


TABLE: dict[str, OpDef] = {}
LIST_FORMS = frozenset({"stack", "concatenate", "vstack", "hstack", "column_stack"})
"""Operations on a list of arrays that is written out which there are for one that is not, too (`lists.list_form`)."""


def define(definition: OpDef) -> OpDef:
    """Enter a definition in the table. Raises ValueError for a name already taken."""
    if definition.name in TABLE:
        raise ValueError(f"operation {definition.name} is defined twice")
    TABLE[definition.name] = definition
    return definition


ADDED: list[Callable[..., Any]] = []
"""The callables of other libraries that were added to operations."""


def also(opcode: str, function: Callable[..., Any], parameters: str) -> None:
    """Another callable for an operation that is in the table: one of another library that does the same."""
    known = TABLE[opcode]
    ADDED.append(function)
    TABLE[opcode] = replace(known, callables={**known.callables, function: parameters})


def lookup(opcode: str) -> OpDef:
    """The definition of an operation. Raises KeyError for control flow, which has none."""
    return TABLE[opcode]


def effects_of(op: Op) -> frozenset[str]:
    """The effects of one operation and of everything inside it."""
    if op.opcode in ("if", "for", "while"):
        inner: set[str] = set()
        for region in op.regions:
            for child in region.ops:
                inner |= effects_of(child)
        return frozenset(inner - {"local jump"})
    if op.opcode in ("raise", "return"):
        return frozenset({"raises"})
    if op.opcode in ("yield", "continue", "break"):
        return frozenset({"local jump"})
    if op.attrs.get("_keep"):
        return frozenset({"raises"})
    if op.opcode == "call":
        return frozenset(op.attrs.get("effects", ()))
    return TABLE[op.opcode].effects


def shares_memory(op: Op) -> bool:
    """Whether an array the operation gives may be its first operand, or a view of it."""
    definition = TABLE.get(op.opcode)
    if definition is None or definition.fresh:
        return False
    return not any(entry in ("array", "mask") for entry in op.attrs.get("spec", ()))


_GIVEN_BACK = {"diff": ("n", 0), "matrix_power": ("n", 1), "polyder": ("m", 0), "polyint": ("m", 0)}


def gives_back(opcode: str, attrs: Mapping[str, Any]) -> bool:
    """Whether NumPy hands back its argument itself: the differences of order 0, the first power."""
    name, value = _GIVEN_BACK.get(opcode, ("", None))
    return bool(name) and attrs.get(name, TABLE[opcode].attrs[name]) == value


RAISING = frozenset("log log2 log10 log1p sqrt asin acos acosh atanh fmod gamma lgamma".split())
"""Functions whose `math` or `cmath` form raises outside their domain, where a derivative may not."""


def is_guard(op: Op) -> bool:
    """Whether the user's call must stay even when nobody reads its result: it may raise."""
    return not op.derived and op.attrs.get("ns") in ("math", "cmath") and op.opcode in RAISING


def is_pure(op: Op) -> bool:
    """Whether the operation may be dropped when nobody reads its results."""
    return not effects_of(op)


def evaluation_attrs(op: Op) -> dict[str, Any]:
    """The attributes that change the meaning (presentation attributes left out)."""
    return {name: value for name, value in op.attrs.items() if not name.startswith("_")}


def is_total(op: Op) -> bool:
    """Whether an operation on numbers gives one whatever they are: it may be done in front of a loop without passes."""
    if len(op.results) != 1 or rank_of(op.result.type):
        return False
    if op.opcode == "truediv":
        return is_const(op.operands[1]) and bool(const_of(op.operands[1]))
    return op.opcode in ("add", "sub", "mul", "neg")
