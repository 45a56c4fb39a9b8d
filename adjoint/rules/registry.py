"""How rules are written and found.

A rule is ordinary Python called with `Expr` operands (see `rules/expr.py`): what it computes becomes IR. Use the
weakest form that is enough. Broadcasting, accumulation, zeros and activity belong to the driver; a rule never mentions
them. What is returned for one operand may be a function without arguments: it is called only when that is needed.

    partials("tanh")        elementwise: the partial(s) of the result in each operand
    linear("sum")           linear in its array operands: only the transpose is written
    bilinear("matmul")      linear in each of two operands: the two cotangents
    composite("var")        the definition in other operations; nothing else to do
    pullback + pushforward  the general pair
    piecewise_constant      the result carries no derivative (floor, argmax, comparisons)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, final

from adjoint.ir import opset

RuleFunction = Callable[..., Any]
F = TypeVar("F", bound=RuleFunction)


class RuleMissing(Exception):
    """No rule covers the case. `reason` says which case, when the operation has a rule for others; `fix` a way out."""

    def __init__(self, opcode: str, reason: str = "", fix: str = "") -> None:
        super().__init__(f"{opcode}: {reason}" if reason else opcode)
        self.opcode = opcode
        self.reason = reason
        self.fix = fix


@final
@dataclass(slots=True)
class Rule:
    """What is known about one operation's derivative.

    `kind` is partials, linear, bilinear, composite, general or constant. `function` is the partials, the transpose or
    the two cotangents; for the general kind `pullback` and `pushforward` are set. `definition` is the composite form,
    which may stand beside another kind: it is asked first, and returns None where that one applies.
    """

    opcode: str
    kind: str
    function: RuleFunction | None = None
    definition: RuleFunction | None = None
    pullback: RuleFunction | None = None
    pushforward: RuleFunction | None = None
    wrt: tuple[int, ...] | None = None
    """For linear rules: the operands it is linear in; None for all that can carry a derivative."""
    lazy: str = ""
    """Which cotangents a linear rule takes unexpanded: "any"; "scalar" (a number, or the full rank); "moves" (it only
    moves elements: a number goes straight through). Others get the result's full shape."""


RULES: dict[str, Rule] = {}


def rule_of(opcode: str) -> Rule | None:
    """The rule of an operation, or None: then an active operand is refused."""
    return RULES.get(opcode)


def _check_known(opcode: str) -> None:
    if opcode not in opset.TABLE:
        raise ValueError(f"a rule for the unknown operation {opcode}")


@cache
def keywords_of(function: RuleFunction) -> frozenset[str]:
    """The keyword names a rule asks for: attributes of the operation, and `y` for its result."""
    parameters = inspect.signature(function).parameters.values()
    return frozenset(p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY)


def _register(kind: str, opcodes: tuple[str, ...], **more: Any) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for opcode in opcodes:
            _enter(Rule(opcode, kind, function, **more))
        return function

    return decorate


def _enter(rule: Rule) -> None:
    _check_known(rule.opcode)
    known = RULES.get(rule.opcode)
    if known is not None:
        if known.kind != "composite":
            raise ValueError(f"two rules for {rule.opcode}")
        rule.definition = known.definition
    RULES[rule.opcode] = rule


def partials(*opcodes: str) -> Callable[[F], F]:
    """Elementwise: `f(*operands, *, y, **attrs)` returns the partial of y in its operand, or a tuple of them (None: 0).

    A partial may be a number, and a function without arguments is called only when the partial is needed.
    """
    return _register("partials", opcodes)


def linear(*opcodes: str, wrt: tuple[int, ...] | None = None, lazy: str = "") -> Callable[[F], F]:
    """Linear in the differentiable operands: `f(y_bar, *operands, **attrs)` returns their cotangents (one, or a tuple).

    Forward mode applies the operation itself to the tangents. Only types and shapes of the linear operands may be read.
    """
    return _register("linear", opcodes, wrt=wrt, lazy=lazy)


def bilinear(*opcodes: str) -> Callable[[F], F]:
    """Linear in each of the first two operands: `f(y_bar, a, b, **attrs)` returns both cotangents."""
    return _register("bilinear", opcodes)


def composite(*opcodes: str) -> Callable[[F], F]:
    """The definition of the operation in other operations: `f(*operands, **attrs)` returns the result.

    Where another rule stands beside it, None leaves the case to that one.
    """

    def decorate(function: F) -> F:
        for opcode in opcodes:
            _check_known(opcode)
            RULES.setdefault(opcode, Rule(opcode, "composite")).definition = function
        return function

    return decorate


def pullback(*opcodes: str) -> Callable[[F], F]:
    """General reverse rule: `f(y_bar, *operands, *, y, **attrs)` returns one cotangent per operand (None: zero)."""

    def decorate(function: F) -> F:
        for opcode in opcodes:
            _general(opcode).pullback = function
        return function

    return decorate


def pushforward(*opcodes: str) -> Callable[[F], F]:
    """General forward rule: `f(tangents, *operands, *, y, **attrs)`; `tangents` is a tuple with None for zero."""

    def decorate(function: F) -> F:
        for opcode in opcodes:
            _general(opcode).pushforward = function
        return function

    return decorate


def _general(opcode: str) -> Rule:
    _check_known(opcode)
    if opcode not in RULES or RULES[opcode].kind == "composite":
        _enter(Rule(opcode, "general"))
    if RULES[opcode].kind != "general":
        raise ValueError(f"two rules for {opcode}")
    return RULES[opcode]


def piecewise_constant(*opcodes: str) -> None:
    """The result has no tangent: it steps, counts or chooses. Derivatives treat it as a constant."""
    for opcode in opcodes:
        _enter(Rule(opcode, "constant"))


def passes(opcode: str) -> bool:
    """Whether derivatives flow through the operation. One without a rule counts: it is refused."""
    rule = RULES.get(opcode)
    return rule is None or rule.kind != "constant"
