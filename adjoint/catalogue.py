"""What can be differentiated, for people to read: one row a callable, from the table of operations and the rules."""

from __future__ import annotations

import inspect
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from adjoint import pipeline  # loads every rule
from adjoint.frontend.calls.intrinsics import INTRINSICS, REFUSING
from adjoint.frontend.calls.unsupported import refused_names
from adjoint.ir import extras, opset
from adjoint.ir.binding import definition_of
from adjoint.ir.ops.random import FAMILIES, STANDARD, Family
from adjoint.ir.opset import OpDef
from adjoint.ir.printer import known_name
from adjoint.rules.conventions import CONVENTIONS, DOMAINS
from adjoint.rules.random import REPARAMETRIZED
from adjoint.rules.registry import Rule, rule_of

_WORDS = {
    "partials": "elementwise",
    "linear": "linear",
    "bilinear": "bilinear",
    "composite": "by its definition",
    "general": "rule of its own",
    "constant": "piecewise constant: derivative 0 where it has one",
}
_UNRULED = "no derivative: its arguments must not depend on what is differentiated"
_WRITTEN_OUT = "written out: in other operations, before the derivative"
_DRAWN = "drawn in the forward sweep"
_NUMERIC = ("numpy", "math", "statistics", "scipy")
_WHOLE = frozenset({math.comb, math.factorial, math.gcd, math.isqrt, math.lcm, math.perm})
"""Functions of integers."""
_HOMES = {
    "numpy": "np",
    "numpy.linalg": "np.linalg",
    "numpy.fft": "np.fft",
    "scipy.special": "scipy.special",
    "scipy.linalg": "scipy.linalg",
    "scipy.stats": "scipy.stats",
    "scipy.integrate": "scipy.integrate",
    "scipy.signal": "scipy.signal",
    "scipy.optimize": "scipy.optimize",
    "scipy.ndimage": "scipy.ndimage",
    "scipy.spatial.distance": "scipy.spatial.distance",
    "scipy.sparse.linalg": "scipy.sparse.linalg",
    "statistics": "statistics",
}


@final
@dataclass(frozen=True, slots=True)
class Row:
    """One callable. `keywords` are the options it takes beside its operands, `refused` those it does not."""

    name: str
    how: str
    keywords: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    domain: str = ""
    convention: str = ""
    formula: str = ""
    aliases: tuple[str, ...] = ()

    @property
    def is_differentiable(self) -> bool:
        """Whether derivatives flow through it."""
        return self.how not in (_WORDS["constant"], _UNRULED, _DRAWN)

    @property
    def remarks(self) -> str:
        """All but name and kind, in one line."""
        parts = [self.formula, f"for {self.domain}" if self.domain else "", self.convention]
        parts.append(f"also {', '.join(self.aliases)}" if self.aliases else "")
        parts.append(f"takes {', '.join(self.keywords)}" if self.keywords else "")
        parts.append(f"not {', '.join(self.refused)}" if self.refused else "")
        return "; ".join(part for part in parts if part)


def list_rules(pattern: str = "") -> list[Row]:
    """A row for every callable, method and operator whose name contains `pattern`; SciPy's if it is installed."""
    assert pipeline.differentiate is not None
    extras.load_all()
    rows = {row.name: row for row in (*_written_out(), *_operations(), *_draws())}
    found = [row for row in rows.values() if any(pattern.lower() in name.lower() for name in (row.name, *row.aliases))]
    return sorted(found, key=lambda row: row.name)


def list_refused(pattern: str = "") -> list[tuple[str, str, str]]:
    """The functions of NumPy that are known to be refused: name, reason, way out."""
    known = {row.name for row in list_rules()}
    found = [
        (name, *reason)
        for name, function, reason in refused_names()
        if name not in known and not _is_known(function) and pattern.lower() in name.lower()
    ]
    return sorted(found)


def _is_known(function: Any) -> bool:
    return definition_of(function) is not None or (function in INTRINSICS and function not in REFUSING)


def _operations() -> Iterator[Row]:
    for definition in opset.TABLE.values():
        rule = rule_of(definition.name)
        how = _UNRULED if rule is None else _WORDS.get(rule.kind, rule.kind)
        notes: dict[str, Any] = {
            "domain": DOMAINS.get(definition.name, ""),
            "convention": CONVENTIONS.get(definition.name, ""),
            "formula": _formula(rule),
        }
        for function, parameters in definition.callables.items():
            name = public_name(function)
            if name is not None:
                options = _options(definition, parameters), _missing(function, parameters)
                yield Row(name, how, *options, aliases=_aliases(function, name), **notes)
        for method, parameters in definition.methods.items():
            yield Row(f"ndarray.{method}", how, _options(definition, parameters), **notes)
        if definition.symbol is not None:
            yield Row(definition.symbol, how, **notes)


def public_name(function: Any) -> str | None:
    """The name under which people know a callable: `np.fft.rfft`; None where it has none."""
    name = known_name(function)
    if name is not None:
        return name
    owner = getattr(function, "__self__", None)
    for path, short in _HOMES.items():
        name = getattr(function, "__name__", "")
        if path == "scipy.stats" and path in sys.modules and owner is not None:
            held = next((key for key, each in vars(sys.modules[path]).items() if each is owner), None)
            return None if held is None else f"{short}.{held}.{name}"
        if path in sys.modules and getattr(sys.modules[path], name, None) is function:
            return f"{short}.{name}"
    return None


def _aliases(function: Any, name: str) -> tuple[str, ...]:
    """The other names that NumPy has for a function."""
    names = [f"np.{other}" for other, held in vars(np).items() if held is function and not other.startswith("_")]
    return tuple(sorted(other for other in names if other != name and name.startswith("np.")))


def _options(definition: OpDef, parameters: str) -> tuple[str, ...]:
    names = [name.strip(" *[]").partition("=")[0] for name in parameters.split(",")]
    return tuple(name for name in names if name in definition.attrs)


def _missing(function: Callable[..., Any], parameters: str) -> tuple[str, ...]:
    """The keywords of the function that are refused by name; `out=` is written out as a store."""
    if isinstance(function, np.ufunc):
        return ()  # `out`, `where` and the rest are the same for all of them
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ()
    ours = len([name for name in parameters.split(",") if name.strip()])
    named = {name.strip(" *[]") for name in parameters.replace("=", ",").split(",")}
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    rest = [p for number, p in enumerate(found) if p.kind in kinds and (number >= ours or p.kind is p.KEYWORD_ONLY)]
    return tuple(p.name for p in rest if p.name not in (*named, "out") and p.default is not p.empty)


def _formula(rule: Rule | None) -> str:
    """The first sentence of what the rule says of itself."""
    functions = () if rule is None else (rule.function, rule.pullback, rule.definition)
    for function in functions:
        text = inspect.getdoc(function) if function is not None else None
        if text and "Reads " not in text.partition(".")[0]:
            line = text.splitlines()[0]
            return line.partition(". ")[0].rstrip(".")
    return ""


def _written_out() -> Iterator[Row]:
    for function in INTRINSICS:
        module = (getattr(function, "__module__", None) or "").partition(".")[0]
        name = public_name(function) if module in _NUMERIC and function not in REFUSING else None
        if name is not None:
            yield Row(name, _WORDS["constant"] if function in _WHOLE else _WRITTEN_OUT)


def _draws() -> Iterator[Row]:
    for owner, families in (("Generator", FAMILIES), ("random", STANDARD)):
        for name, family in families.items():
            yield _draw(f"{owner}.{name}", name, family)


def _draw(title: str, name: str, family: Family) -> Row:
    smooth = [] if name not in REPARAMETRIZED else [*REPARAMETRIZED[name](None, {})]  # type: ignore[arg-type]  # names only
    rest = [each for each in family.parameters if each not in smooth and each.strip("*") not in ("size", "replace")]
    how = f"{_DRAWN}; differentiable in {', '.join(smooth)}" if smooth else _DRAWN
    return Row(title, how, refused=tuple(f"derivatives in {each}" for each in rest if each != "endpoint"))
