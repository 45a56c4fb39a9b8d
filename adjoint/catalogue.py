"""What can be differentiated, for people to read: one row a callable, from the table of operations and the rules."""

from __future__ import annotations

from collections.abc import Iterator

from adjoint import pipeline  # loads every rule
from adjoint.ir import opset
from adjoint.ir.opset import OpDef
from adjoint.ir.printer import known_name
from adjoint.rules.registry import rule_of

_WORDS = {
    "partials": "elementwise",
    "linear": "linear",
    "bilinear": "bilinear",
    "composite": "by its definition",
    "general": "rule of its own",
    "constant": "piecewise constant: derivative 0 where it has one",
}
_SPECIAL = {"not": "constant"}


def list_rules(pattern: str = "") -> list[tuple[str, str]]:
    """Name and kind of rule of every callable, method and operator whose name contains `pattern`."""
    assert pipeline.differentiate is not None
    rows = {name: _how(definition) for definition in opset.TABLE.values() for name in _names(definition)}
    return sorted((name, how) for name, how in rows.items() if pattern.lower() in name.lower())


def _names(definition: OpDef) -> Iterator[str]:
    for function in definition.callables:
        name = known_name(function)
        if name is not None:
            yield name
    for method in definition.methods:
        yield f"ndarray.{method}"
    if definition.symbol is not None:
        yield definition.symbol


def _how(definition: OpDef) -> str:
    rule = rule_of(definition.name)
    if rule is not None:
        return _WORDS.get(rule.kind, rule.kind)
    return "no derivative: its arguments must not depend on what is differentiated"
