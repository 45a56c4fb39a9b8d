"""Run-time integers as polynomials, so that two ways to write one extent have one name: `2*n - n` is `n`.

    {("n#1",): 2, (): -3}     2*n#1-3         {("i#2", "k#3"): 1}     i#2*k#3

What is no sum or product is a variable of its own, which knows its parts: `n//2`, the extent of `x[i:j]`. With the
values of some variables, a polynomial is a number, or an expression of Python.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

Form = Mapping[tuple[str, ...], int]
"""Products of variables, each a sorted tuple of names, with their factors; the empty tuple is the constant."""

_MOST_TERMS, _MOST_FACTORS, _MOST_KEPT = 8, 3, 20_000
_forms: dict[str, Form] = {}
"""What a name says that stands for a sum. One that is forgotten is a variable of its own, which is never wrong."""
_parts: dict[str, tuple[str, tuple[Form, ...]]] = {}
"""What a variable stands for: the Python text of it, with places for its parts."""


def constant(number: int) -> Form:
    """A number."""
    return {(): number} if number else {}


def variable(name: str, offset: int = 0) -> Form:
    """A variable, or the sum that has this name, plus a number."""
    return plus(_forms.get(name, {(name,): 1}), constant(offset))


def plus(a: Form, b: Form, factor: int = 1) -> Form:
    """`a + factor*b`."""
    total = dict(a)
    for names, count in b.items():
        total[names] = total.get(names, 0) + factor * count
    return {names: count for names, count in total.items() if count}


def times(a: Form, b: Form) -> Form:
    """`a * b`."""
    total: Form = {}
    for (left, one), (right, other) in product(a.items(), b.items()):
        total = plus(total, {tuple(sorted(left + right)): one * other})
    return total


def coefficients(form: Form, index: Form) -> tuple[Form, Form] | None:
    """`a` and `b` of `a + b*index`, where the index is one variable; None where it occurs otherwise."""
    ((name,),) = index
    if any(names.count(name) > 1 for names in form):
        return None
    slope = {tuple(n for n in names if n != name): count for names, count in form.items() if name in names}
    return {names: count for names, count in form.items() if name not in names}, slope


def is_small(form: Form) -> bool:
    """Whether the polynomial is one that is worth keeping."""
    return len(form) <= _MOST_TERMS and all(len(names) <= _MOST_FACTORS for names in form)


def number_in(form: Form) -> int | None:
    """The number that the polynomial is, if it has no variables."""
    return form.get((), 0) if not any(form) else None


def named(form: Form) -> tuple[str, int]:
    """The name of a polynomial without its constant, and the constant."""
    rest = {names: count for names, count in form.items() if names}
    name = text_of(rest)
    if rest != {(name,): 1}:
        _forms[_room_in(_forms, name)] = rest
    return name, form.get((), 0)


def name_of(form: Form) -> str:
    """A name that stands for the whole polynomial."""
    name = text_of(form)
    if form != {(name,): 1}:
        _forms[_room_in(_forms, name)] = form
    return name


def made_of(name: str, text: str, *parts: Form) -> Form:
    """A variable that is no polynomial of its parts: `text` is the Python that computes it, with `{}` for each."""
    _parts[_room_in(_parts, name)] = text, parts
    return {(name,): 1}


def cut_alike(one: str, other: str) -> tuple[Form, Form] | None:
    """The extents that two variables cut in one way: those of `x` and `y` for `x[i:j]` and `y[i:j]`."""
    a, b = _parts.get(one), _parts.get(other)
    if a is None or b is None or a[0] != b[0] or a[1][1:] != b[1][1:]:
        return None
    return a[1][0], b[1][0]


def _room_in(table: dict[str, Any], name: str) -> str:
    if len(table) > _MOST_KEPT:
        table.clear()
    return name


def text_of(form: Form, spell: Callable[[str], str] = str) -> str:
    """The polynomial as Python writes it, with the variables as `spell` writes them."""
    terms = sorted(form.items(), key=lambda item: (item[1] < 0, not item[0], item[0]))
    return "".join(_term(names, count, spell) for names, count in terms).removeprefix("+") or "0"


def _term(names: tuple[str, ...], count: int, spell: Callable[[str], str]) -> str:
    factors = [*map(spell, names)] if abs(count) == 1 and names else [str(abs(count)), *map(spell, names)]
    return ("-" if count < 0 else "+") + "*".join(factors)


def python_of(form: Form, known: Mapping[str, str]) -> str | None:
    """The polynomial as Python over what is known of some variables; None where others are in it."""
    try:
        return text_of(form, lambda name: _python_name(name, known))
    except KeyError:
        return None


def _python_name(name: str, known: Mapping[str, str]) -> str:
    if name in known:
        return known[name]
    text, parts = _parts[name]
    return text.format(*(f"({text_of(part, lambda inner: _python_name(inner, known))})" for part in parts))
