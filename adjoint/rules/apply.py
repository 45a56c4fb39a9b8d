"""One operation's derivative: its rule traced into IR, for reverse mode (`pull`) and forward mode (`push`).

    pull:   %y = mul %a %b,  cotangent %y_bar        gives   mul %y_bar %b  and  mul %y_bar %a
    push:   %y = sin %x,     tangent %x_dot          gives   mul %x_dot (cos %x)

What every rule would have to remember is here: broadcasting, activity, dtypes, real parts, zeros. A cotangent may be
*lazy*: of lower rank, or with extents 1, where it broadcasts to the value's shape (`is_lazy`). Tangents never are.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Value
from adjoint.ir.opset import TypeInferenceError, evaluation_attrs, lookup
from adjoint.ir.types import (
    FLOAT,
    Array,
    List,
    Scalar,
    Tuple,
    dtype_of,
    is_differentiable,
    rank_of,
    same_dim,
    shape_of,
)
from adjoint.rules import broadcasting
from adjoint.rules.broadcasting import is_lazy, materialize
from adjoint.rules.complexes import as_complex_as, as_real_as, check_complex
from adjoint.rules.expr import Expr, choose, lift
from adjoint.rules.indexing import only_adds_axes
from adjoint.rules.masks import is_root, safe_operands, scale, scale_picked
from adjoint.rules.precision import as_precise_as
from adjoint.rules.registry import RULES, Rule, RuleMissing, keywords_of
from adjoint.rules.sequences import ARRAYS, SUMS, as_array_operand, as_sequence

__all__ = ["RuleMissing", "is_lazy", "materialize", "pull", "push"]


@final
@dataclass(frozen=True, slots=True)
class Application:
    """One operation to differentiate, with the values that stand for its operands and result."""

    builder: Builder
    op: Op
    rule: Rule
    operands: list[Value]
    result: Value

    def call(self, function: Callable[..., Any], *first: Any, operands: Sequence[Value] | None = None) -> Any:
        """Trace a rule: `first`, then the operands, then the keywords it asks for."""
        available = {**evaluation_attrs(self.op), "y": Expr(self.builder, self.result), "op": self.op.opcode}
        keywords = {name: available[name] for name in keywords_of(function)}
        values = self.operands if operands is None else operands
        return function(*first, *(Expr(self.builder, value) for value in values), **keywords)

    def scaled(self, y_bar: Value, partial: Any, known: Collection[Value]) -> Value | None:
        """`y_bar * partial`, where a partial may be a function to be called now."""
        wanted = partial() if callable(partial) and not isinstance(partial, Expr) else partial
        picked = scale_picked(self.builder, self.op.opcode, y_bar, wanted)
        return scale(self.builder, y_bar, wanted, known) if picked is None else picked

    def value(self, given: Any) -> Value | None:
        """What a rule returned for one operand, as a value; None for no derivative."""
        if callable(given) and not isinstance(given, Expr):
            given = given()
        if given is None or (isinstance(given, int | float) and given == 0):
            return None
        return lift(self.builder, given)


def pull(
    builder: Builder, op: Op, operands: list[Value], result: Value, y_bar: Value, active: list[bool]
) -> list[Value | None]:
    """The cotangent of each active operand, None where there is none. Raises RuleMissing."""
    rule = RULES.get(op.opcode)
    if rule is None or (rule.kind == "general" and rule.pullback is None):
        raise RuleMissing(op.opcode)
    if rule.kind == "constant" or not any(active):
        return [None] * len(operands)
    check_complex(op, operands, result, active)
    start = len(builder.region.ops)
    with _tracing(builder, op):
        arrays = _as_arrays(builder, op.opcode, operands, active)
        site = Application(builder, op, rule, arrays, result)
        shares = _pull(site, y_bar, active)
        made = set(builder.region.ops[start:])
        return [_finished(site, share, operand, made) for share, operand in zip(shares, operands)]


def push(builder: Builder, op: Op, operands: list[Value], result: Value, tangents: list[Value | None]) -> Value | None:
    """The tangent of the result, None when it is zero. Raises RuleMissing."""
    rule = RULES.get(op.opcode)
    if rule is None or (rule.kind == "general" and rule.pushforward is None):
        raise RuleMissing(op.opcode)
    if rule.kind == "constant" or all(tangent is None for tangent in tangents):
        return None
    active = [tangent is not None for tangent in tangents]
    check_complex(op, operands, result, active)
    with _tracing(builder, op):
        arrays = _as_arrays(builder, op.opcode, operands, active)
        if op.opcode in SUMS:  # a list of tangents is summed as it is
            return _push(Application(builder, op, rule, operands, result), tangents)
        dots = [v if v is None else as_array_operand(builder, op.opcode, v) for v in tangents]
        tangent = _push(Application(builder, op, rule, arrays, result), dots)
        return None if tangent is None else _fitting(builder, tangent, result)


def _as_arrays(builder: Builder, opcode: str, operands: Sequence[Value], active: Sequence[bool]) -> list[Value]:
    """Lists and tuples as the arrays they make: those that are active, or all where the operation takes arrays only."""
    pairs = zip(operands, active)
    return [as_array_operand(builder, opcode, v) if want or opcode in ARRAYS else v for v, want in pairs]


def _fitting(builder: Builder, tangent: Value, result: Value) -> Value:
    """The tangent as real as the result, and as precise; a complex array has a complex one, which may be written."""
    tangent = as_real_as(builder, tangent, result.type)
    if rank_of(result.type):
        tangent = as_complex_as(builder, tangent, result.type)
    if result.type == FLOAT and dtype_of(tangent.type) not in ("float64", "complex128") and not rank_of(tangent.type):
        return builder.emit("float", tangent)
    return as_precise_as(builder, tangent, result.type)


@contextmanager
def _tracing(builder: Builder, op: Op) -> Iterator[None]:
    outer = builder.ns
    builder.ns = op.attrs.get("ns")
    try:
        yield
    except TypeInferenceError as error:
        raise RuleMissing(op.opcode, str(error)) from error
    finally:
        builder.ns = outer


# reverse mode


def _pull(site: Application, y_bar: Value, active: list[bool]) -> list[Value | None]:
    rule = site.rule
    if rule.definition is not None:
        shares = _pull_definition(site, y_bar, active)
        if shares is not None:
            return shares
    if rule.kind == "partials":
        return _pull_partials(site, y_bar, active)
    if rule.kind == "linear":
        return _pull_linear(site, y_bar, active)
    elementwise = lookup(site.op.opcode).elementwise
    lazy = elementwise and broadcasting.is_decidable(site.op, site.operands, site.result)
    given = y_bar if lazy else materialize(site.builder, y_bar, site.result)
    function = rule.pullback if rule.kind == "general" else rule.function
    assert function is not None
    shares = _shares(site, site.call(function, Expr(site.builder, given)), active)
    return [_reduced(site, share, index) if elementwise else share for index, share in enumerate(shares)]


def _pull_partials(site: Application, y_bar: Value, active: list[bool]) -> list[Value | None]:
    builder, operands, result = site.builder, site.operands, site.result
    if not broadcasting.is_decidable(site.op, operands, result):
        y_bar = materialize(builder, y_bar, result)
    safe, y = safe_operands(builder, site.op.opcode, operands, result, y_bar)
    assert site.rule.function is not None
    given = Application(builder, site.op, site.rule, operands, y).call(site.rule.function, operands=safe)
    shares: list[Value | None] = []
    for index, partial in enumerate(given if isinstance(given, tuple) else (given,)):
        share = _share(site, y_bar, partial, (*safe, y)) if active[index] else None
        shares.append(_reduced(site, share, index))
    return shares + [None] * (len(operands) - len(shares))


def _share(site: Application, y_bar: Value, partial: Any, known: Collection[Value]) -> Value | None:
    """`y_bar * partial`. The root of a number has an infinite partial at 0, which a cotangent of 0 must not meet."""
    if not is_root(site.op.opcode, site.operands, y_bar):
        return site.scaled(y_bar, partial, known)
    total = Expr(site.builder, y_bar)
    return choose(total, lambda: site.scaled(y_bar, partial, known), lambda: total, sugar="and").value


def _reduced(site: Application, share: Value | None, index: int) -> Value | None:
    if share is None:
        return None
    return broadcasting.reduce_to(site.builder, share, site.op, site.operands, index, site.result)


def _pull_linear(site: Application, y_bar: Value, active: list[bool]) -> list[Value | None]:
    rule, builder = site.rule, site.builder
    rank = rank_of(y_bar.type)
    if rule.lazy == "moves" and rank == 0:
        return [y_bar if wanted and _is_moved(site, index) else None for index, wanted in enumerate(active)]
    if not (rule.lazy == "any" or (rule.lazy == "scalar" and rank in (0, rank_of(site.result.type)))):
        y_bar = materialize(builder, y_bar, site.result)
    assert rule.function is not None
    linear = [want and (rule.wrt is None or index in rule.wrt) for index, want in enumerate(active)]
    return _shares(site, site.call(rule.function, Expr(builder, y_bar)), linear)


def _is_moved(site: Application, index: int) -> bool:
    """Whether the elements of the operand, a number or an array, are those of the result."""
    operand = site.operands[index]
    return (site.rule.wrt is None or index in site.rule.wrt) and is_differentiable(operand.type)


def _shares(site: Application, given: Any, active: list[bool]) -> list[Value | None]:
    items = given if isinstance(given, tuple) else (given,)
    shares = [site.value(item) if wanted else None for item, wanted in zip(items, active)]
    if any(active[len(shares) :]):
        raise RuleMissing(site.op.opcode, "not every operand has a derivative")
    return shares + [None] * (len(active) - len(shares))


def _pull_definition(site: Application, y_bar: Value, active: list[bool]) -> list[Value | None] | None:
    """Expand the definition, then reverse it operation by operation. None when it leaves the case to another rule."""
    builder = site.builder
    steps, end = _expansion(site)
    if end is None:
        return None
    totals: dict[Value, Value | None] = {end: y_bar}
    live = {operand for operand, wanted in zip(site.operands, active) if wanted}
    for step in steps:
        if any(operand in live for operand in step.operands) and is_differentiable(step.result.type):
            live.add(step.result)
    for step in reversed(steps):
        total = totals.pop(step.result, None)
        wanted = [operand in live for operand in step.operands]
        if total is None or not any(wanted):
            continue
        if step.opcode == "index" and (sum_ := _added_into(builder, step, total, totals.get(step.operands[0]))):
            totals[step.operands[0]] = sum_
            continue
        known = site.result if step.result is end else step.result
        for operand, share in zip(step.operands, pull(builder, step, step.operands, known, total, wanted)):
            held = totals.get(operand)
            totals[operand] = share if held is None else builder.emit("add", held, share) if share else held
    taken: set[Value] = set()
    shares: list[Value | None] = []
    for operand, wanted_ in zip(site.operands, active):
        shares.append(totals.get(operand) if wanted_ and operand not in taken else None)
        taken.add(operand)
    return shares


def _added_into(builder: Builder, read: Op, total: Value, held: Value | None) -> Value | None:
    """The cotangent of an array that is read, with that of the read added where it was: all reads share one array."""
    x = read.operands[0]
    if only_adds_axes(read.attrs["spec"]) or not isinstance(x.type, Array) or dtype_of(total.type) != x.type.dtype:
        return None
    if held is None:
        held = builder.emit("zeros_like", x)
    elif is_lazy(held.type, x.type) or dtype_of(held.type) != x.type.dtype:
        return None
    return builder.emit("index_add", held, total, *read.operands[1:], spec=read.attrs["spec"])


def _expansion(site: Application) -> tuple[list[Op], Value | None]:
    start = len(site.builder.region.ops)
    assert site.rule.definition is not None
    given = site.call(site.rule.definition)
    if given is None:
        return [], None
    end = lift(site.builder, given)
    return site.builder.region.ops[start:], end


def _finished(site: Application, share: Value | None, operand: Value, made: set[Op]) -> Value | None:
    """The share with the operand's dtype, and its extents in the operand's own words."""
    if share is None:
        return None
    if isinstance(operand.type, List | Tuple) and isinstance(share.type, Scalar | Array):
        return as_sequence(site.builder, site.op.opcode, share, operand)
    share = as_real_as(site.builder, share, operand.type)
    share = as_precise_as(site.builder, share, operand.type)
    t, like = share.type, operand.type
    if not isinstance(t, Array) or not isinstance(like, Array) or not t.rank:
        return share
    if share.op in made and t.rank == like.rank:
        dims = tuple(1 if dim == 1 else known for dim, known in zip(t.shape, like.shape))
        share.type = Array(share.type.dtype if isinstance(share.type, Array) else like.dtype, dims)
    return share


# forward mode


def _push(site: Application, tangents: list[Value | None]) -> Value | None:
    rule = site.rule
    if rule.definition is not None:
        steps, end = _expansion(site)
        if end is not None:
            return _push_steps(site, steps, end, tangents)
    if rule.kind == "partials":
        return _push_partials(site, tangents)
    if rule.kind == "linear":
        return _push_linear(site, tangents)
    if rule.kind == "bilinear":
        return _push_bilinear(site, tangents)
    assert rule.pushforward is not None
    given = tuple(None if tangent is None else Expr(site.builder, tangent) for tangent in tangents)
    return _spread(site, site.value(site.call(rule.pushforward, given)), tangents)


def _push_steps(site: Application, steps: list[Op], end: Value, tangents: list[Value | None]) -> Value | None:
    known: dict[Value, Value | None] = dict(zip(site.operands, tangents))
    for step in steps:
        incoming = [known.get(operand) for operand in step.operands]
        if any(tangent is not None for tangent in incoming) and is_differentiable(step.result.type):
            result = site.result if step.result is end else step.result
            known[step.result] = push(site.builder, step, step.operands, result, incoming)
    return known.get(end)


def _push_partials(site: Application, tangents: list[Value | None]) -> Value | None:
    assert site.rule.function is not None
    given = site.call(site.rule.function)
    total: Value | None = None
    for tangent, partial in zip(tangents, given if isinstance(given, tuple) else (given,)):
        if tangent is None:
            continue
        term = site.scaled(tangent, partial, (*site.operands, site.result))
        if term is not None:
            total = term if total is None else site.builder.emit("add", total, term)
    return _spread(site, total, tangents)


def _spread(site: Application, tangent: Value | None, tangents: list[Value | None]) -> Value | None:
    """The tangent with the result's shape: operands without a tangent may have broadcast the result further."""
    shape = shape_of(site.result.type)
    if tangent is None or not shape or not (lookup(site.op.opcode).elementwise or site.rule.kind == "partials"):
        return tangent
    own = shape_of(tangent.type)
    if len(own) == len(shape) and all(map(same_dim, own, shape)):
        return tangent
    given = [operand for operand, known in zip(site.operands, tangents) if known is not None]
    if broadcasting.covers(site.op, site.operands, given, site.result):
        return tangent
    return site.builder.emit("full_like", site.result, tangent)


def _push_linear(site: Application, tangents: list[Value | None]) -> Value | None:
    """The operation itself applied to the tangents, zero for those it has none of."""
    builder = site.builder
    wrt = [index for index in range(len(tangents)) if site.rule.wrt is None or index in site.rule.wrt]
    if all(tangents[index] is None for index in wrt):
        return None
    operands = list(site.operands)
    for index in wrt:
        tangent = tangents[index]
        operands[index] = _zero(builder, operands[index]) if tangent is None else tangent
    return builder.emit(site.op.opcode, *operands, **evaluation_attrs(site.op))


def _zero(builder: Builder, operand: Value) -> Value:
    if isinstance(operand.type, List | Tuple):
        operand = builder.emit("asarray", operand)
    if isinstance(operand.type, Array) and operand.type.rank:
        return builder.emit("zeros_like", operand)
    return builder.const(0.0)


def _push_bilinear(site: Application, tangents: list[Value | None]) -> Value | None:
    a, b = site.operands[:2]
    attrs = evaluation_attrs(site.op)
    total: Value | None = None
    for left, right in ((tangents[0], b), (a, tangents[1])):
        if left is None or right is None:
            continue
        term = site.builder.emit(site.op.opcode, left, right, **attrs)
        total = term if total is None else site.builder.emit("add", total, term)
    return total
