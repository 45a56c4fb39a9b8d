"""Rules of the user's: their functions, lowered by the front end, are called in the derivative.

y = soft(x)        partials=lambda x: expit(x)        x_bar = y_bar * expit(x)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from adjoint.errors import AdjointError
from adjoint.ir.core import Function, Value, walk
from adjoint.ir.custom import CustomRule, arrange, named, wants_result
from adjoint.ir.opset import TypeInferenceError, effects_of
from adjoint.ir.outward import outward
from adjoint.ir.types import NONE, Array, Scalar, Tuple, rank_of, same_dim, shape_of
from adjoint.rules.expr import Expr, lift
from adjoint.rules.registry import RuleMissing, linear, partials, piecewise_constant, pullback, pushforward

piecewise_constant("stop_gradient")


@partials("custom_elementwise")
def custom_elementwise(*operands: Expr, y: Expr, rule: CustomRule, keywords: tuple[str, ...]) -> Any:
    """What the user gave: one function of the arguments, or one for each."""
    if rule.partials is None:
        raise RuleMissing("custom_elementwise", _missing(rule, "partials"), _way_out(rule))
    if callable(rule.partials):
        return _from_one(rule, operands, keywords, y)
    return tuple(
        lambda part=part: _partial(rule, part, operands, keywords, y)
        for part in _by_operand(rule.partials, len(operands), keywords)
    )


def _by_operand(given: Any, count: int, keywords: Sequence[str]) -> list[Any]:
    """The partial for each operand: a tuple goes by position, a dict by name."""
    if isinstance(given, dict):
        names = list(given)
        positional = [given[name] for name in names[: count - len(keywords)]]
        return [*positional, *(given.get(name) for name in keywords)]
    return [*given, *[None] * (count - len(given))]


def _from_one(rule: CustomRule, operands: tuple[Expr, ...], keywords: tuple[str, ...], y: Expr) -> Any:
    """One function of all arguments: its result, or the items of it. It is traced once, when it is needed."""
    made: list[Expr] = []
    places = _places(rule.partials, len(operands), keywords, 0)

    def item(index: int) -> Any:
        if not made:
            made.append(traced(rule, rule.partials, (), operands, keywords, y))
        value = made[0]
        if not isinstance(value.type, Tuple):
            if _count(operands) != 1:
                raise RuleMissing("custom_elementwise", f"the partials of {rule.name} are one value, not one each")
            return _fitting(rule, value, y)
        _check_count(rule, value, rule.partials, 0)
        return _fitting(rule, _item(rule, value, places[index]), y)

    return tuple(lambda index=index: item(index) for index in range(len(operands)))


def _count(operands: Sequence[Expr]) -> int:
    return sum(isinstance(operand.type, Scalar | Array) for operand in operands)


def _partial(rule: CustomRule, part: Any, operands: tuple[Expr, ...], keywords: tuple[str, ...], y: Expr) -> Any:
    if part is None:
        reason = f"the rule of {rule.name} has no partial for this argument"
        raise RuleMissing("custom_elementwise", reason, _way_out(rule))
    return _fitting(rule, traced(rule, part, (), operands, keywords, y), y)


def _fitting(rule: CustomRule, partial: Any, y: Expr) -> Any:
    """The partial, if it broadcasts to the result."""
    if partial is None or not isinstance(partial.type, Scalar | Array) or rank_of(partial.type) > rank_of(y.type):
        raise RuleMissing(
            "custom_elementwise",
            f"a partial of {rule.name} is {None if partial is None else partial.type}, and the result is {y.type}",
            "give a partial for each number of the result, or a `pullback`",
        )
    return partial


@pullback("custom")
def custom_pullback(y_bar: Expr, *operands: Expr, y: Expr, rule: CustomRule, keywords: tuple[str, ...]) -> Any:
    """The cotangents that the user's pullback gives, checked for their shapes."""
    if rule.pullback is None:
        raise RuleMissing("custom", _missing(rule, "pullback"), _way_out(rule))
    given = traced(rule, rule.pullback, (y_bar,), operands, keywords, y)
    places = _places(rule.pullback, len(operands), keywords, 1)
    if not isinstance(given.type, Tuple):
        if _count(operands) != 1:
            raise RuleMissing("custom", f"the pullback of {rule.name} gives one cotangent, not one for each argument")
        number = next(i for i, operand in enumerate(operands) if isinstance(operand.type, Scalar | Array))
        shares = [None if index != number else given for index in range(len(operands))]
    else:
        _check_count(rule, given, rule.pullback, 1)
        shares = [_item(rule, given, place) for place in places]
    return tuple(
        lambda share=share, operand=operand: _cotangent(rule, share, operand)
        for share, operand in zip(shares, operands)
    )


def _places(function: Callable[..., Any], count: int, keywords: Sequence[str], first: int) -> list[int]:
    """Which item of what the rule's function returns belongs to each operand: it goes by its parameters."""
    given, names = [*[-1] * first, *range(count)], [*keywords]
    if wants_result(function):
        given, names = [*given, -1], [*names, "y"]
    order = arrange(function, given, names, lambda default: -1)
    return [order.index(number) - first for number in range(count)]


def _check_count(rule: CustomRule, given: Expr, function: Callable[..., Any], first: int) -> None:
    """Refuse more values than the function of the rule has arguments for."""
    assert isinstance(given.type, Tuple)
    count = len(inspect.signature(function).parameters) - first - wants_result(function)
    if len(given.type.items) > count:
        reason = f"the rule of {rule.name} gives {len(given.type.items)} values for {count} arguments"
        raise RuleMissing("custom", reason)


def _item(rule: CustomRule, given: Expr, index: int) -> Expr | None:
    assert isinstance(given.type, Tuple)
    if index >= len(given.type.items):
        reason = f"the rule of {rule.name} gives {len(given.type.items)} values, none for this argument"
        raise RuleMissing("custom", reason)
    return None if given.type.items[index] == NONE else given.emit("getitem", given, index=index)


def _cotangent(rule: CustomRule, share: Expr | None, operand: Expr) -> Expr:
    """The cotangent, if it has the shape of its argument; checked in the run where that is not known now."""
    if share is None:
        raise RuleMissing("custom", f"the pullback of {rule.name} gives None for this argument", _way_out(rule))
    have, want = shape_of(share.type), shape_of(operand.type)
    is_number = isinstance(share.type, Scalar | Array)
    clash = any(isinstance(a, int) and isinstance(b, int) and a != b for a, b in zip(have, want))
    if not is_number or len(have) != len(want) or clash:
        raise RuleMissing(
            "custom",
            f"the pullback of {rule.name} gives {share.type} for an argument that is {operand.type}",
            "return cotangents of the shapes of the arguments",
        )
    return share if all(map(same_dim, have, want)) else share.emit("shaped_like", share, operand)


@pushforward("custom")
def custom_pushforward(tangents: Any, *operands: Expr, y: Expr, rule: CustomRule, keywords: tuple[str, ...]) -> Any:
    """The tangent that the user's pushforward gives."""
    if rule.pushforward is None:
        raise RuleMissing("custom", _missing(rule, "pushforward"), _way_out(rule))
    dots = [_dot(tangent, operand) for tangent, operand in zip(tangents, operands)]
    given = traced(rule, rule.pushforward, (y.emit("tuple", *dots),), operands, keywords, y)
    have, want = shape_of(given.type), shape_of(y.type)
    if not isinstance(given.type, Scalar | Array) or len(have) != len(want):
        raise RuleMissing("custom", f"the pushforward of {rule.name} gives {given.type} for a result that is {y.type}")
    return given if all(map(same_dim, have, want)) else given.emit("shaped_like", given, y)


def _dot(tangent: Expr | None, operand: Expr) -> Any:
    if tangent is not None:
        return tangent
    if not isinstance(operand.type, Scalar | Array):
        return None
    return operand.emit("zeros_like", operand) if operand.ndim else 0.0


@linear("shaped_like", wrt=(0,))
def shaped_like(y_bar: Expr, g: Expr, x: Expr) -> Any:
    return y_bar, None


def traced(
    rule: CustomRule,
    function: Callable[..., Any],
    first: tuple[Expr, ...],
    operands: Sequence[Expr],
    keywords: Sequence[str],
    y: Expr,
) -> Expr:
    """A call of a function of the rule. Raises RuleMissing where it cannot be lowered."""
    builder = y.builder
    given: list[Value] = [each.value for each in (*first, *operands)]
    if wants_result(function):
        given, keywords = [*given, y.value], [*keywords, "y"]
    try:
        values = arrange(function, given, keywords, lambda default: lift(builder, default))
        callee: Function = rule.lower(function, [value.type for value in values], False)
    except TypeInferenceError as error:
        raise RuleMissing("custom", f"in the rule of {rule.name}: {error}") from error
    except AdjointError as error:
        reason = f"{named(function)}, of its rule, cannot be read: {error.message} ({error.filename}:{error.lineno})"
        raise RuleMissing("custom", f"{reason}; {error.why}", error.fix) from error
    t = outward(callee.result_type, [value.type for value in values], [arg.type for arg in callee.args])
    effects = frozenset().union(*(effects_of(op) for op in walk(callee.body) if op.opcode != "return"))
    attrs = {"callee": callee, "effects": effects - {"local jump", "tape"}, "_rule": True}
    return Expr(builder, builder.op("call", values, [t], attrs).result)


def _missing(rule: CustomRule, what: str) -> str:
    mode = {"pullback": "reverse mode needs", "pushforward": "forward mode needs", "partials": "derivatives need"}[what]
    given = [name for name in ("partials", "pullback", "pushforward") if getattr(rule, name) is not None]
    has = " and ".join(given) or "no derivative"
    return f"the rule of {rule.name} has {has}; {mode} a {what}" if given else f"the rule of {rule.name} gives {has}"


def _way_out(rule: CustomRule) -> str:
    ways = "`partials=` (elementwise, both modes), `pullback=`, `pushforward=`"
    return f"add it to `custom_rule({rule.name}, ...)`: {ways}"
