"""Relations between extents that a derivative takes for granted: they hold for the arguments of the call at hand.

    a = p[:n];  b = p[n:2*n];  a * b           0 <= n, 2*n <= p.shape[0]: both have n items, and none is repeated
    theta[:d] * z                              d == z.shape[0], which is not 1

Where two extents meet in a broadcast and types cannot tell whether one of them is 1, the arguments can, if the extents
follow from them. What was found is written down as conditions, Python expressions over `args`, which are looked at in
each call. Extents that follow from nothing that is known before the run stay undecided.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import final

from adjoint.ir.integers import (
    Form,
    constant,
    is_small,
    made_of,
    number_in,
    plus,
    python_of,
    text_of,
    times,
    variable,
)

Extent = tuple[str, int] | int | None
"""A name and an offset, a number, or nothing that is known."""
_current: ContextVar[Relations | None] = ContextVar("relations", default=None)


def current() -> Relations | None:
    """What is taken for granted now; None where that is nothing."""
    found = _current.get()
    return found if found is not None and found.is_on else None


def undecided() -> Relations | None:
    """Where relations may be found, and would be of use: extents met of which it is not known whether they are 1."""
    found = _current.get()
    return found if found is not None and found.is_undecided else None


@contextlib.contextmanager
def using(relations: Relations | None) -> Iterator[None]:
    """While a program is compiled for arguments of which these relations hold; None: for any."""
    token = _current.set(relations)
    try:
        yield
    finally:
        _current.reset(token)


def meet(a: Extent, b: Extent) -> None:
    """Two extents meet in a broadcast, and one may be 1: they are not both numbers."""
    found = _current.get()
    if found is not None:
        found.meet(a, b)


def is_never_one(name: str, offset: int) -> bool:
    """Whether an extent was found not to be 1."""
    found = current()
    return found is not None and found.is_never_one((name, offset))


def is_one(name: str, offset: int) -> bool:
    """Whether an extent was found to be 1."""
    found = current()
    return found is not None and (name, offset) in found.one


@final
class Relations:
    """What holds of the extents and integers in `args`, found while the program is lowered.

    `evaluate` gives the number that an expression is in the call at hand, None where it is none.
    `known` are the variables that arguments hold, as Python over `args`. Nothing is taken for granted before `start`;
    `is_undecided` says whether anything was left to find.
    """

    def __init__(self, evaluate: Callable[[str], int | None]) -> None:
        self._evaluate = evaluate
        self.known: dict[str, str] = {}
        self.not_one: set[tuple[str, int]] = set()
        self.one: set[tuple[str, int]] = set()
        self._met_as_one: dict[tuple[str, int], str] = {}
        self.is_on = False
        self.is_undecided = False
        self._extents: frozenset[str] = frozenset()
        self._same: dict[str, str] = {}
        self._at_least_zero: dict[str, Form] = {}
        self._tests: dict[str, None] = {}
        self._ranges: dict[str, tuple[Form, Form]] = {}

    def start(self, extents: Mapping[str, str], never_one: Collection[tuple[str, int]]) -> None:
        """Take for granted what is found from here on; `extents` are those of arguments, as Python over `args`."""
        self.known.update(extents)
        self._extents = frozenset(extents)
        self.not_one.update(never_one)
        self.is_on = True

    def settle(self) -> bool:
        """Take for granted that extents are 1 that met others as such. Whether there are any."""
        self.one.update(self._met_as_one)
        self._tests.update(dict.fromkeys(self._met_as_one.values()))
        return bool(self._met_as_one)

    def conditions(self) -> list[str]:
        """What each call must fulfil."""
        kept = [form for form in self._at_least_zero.values() if not self._is_implied(form)]
        return [f"{self._python(form)} >= 0" for form in kept] + list(self._tests)

    def argument(self, name: str, path: tuple[int, ...]) -> None:
        """The variable is this argument, or an item of it, an integer."""
        self.known[name] = f"at(args[{path[0]}], {path[1:]})" if path[1:] else f"args[{path[0]}]"

    def integers(self, name: str, position: int) -> None:
        """The variable is this argument, an array of integers: the least and the greatest of them are known."""
        self.known[f"{name}.low"] = f"low(args[{position}])"
        self.known[f"{name}.high"] = f"high(args[{position}])"

    def holds_integers(self, name: str) -> bool:
        """Whether the variable is an argument that is an array of integers."""
        return f"{name}.low" in self.known

    def item_of(self, array: str, name: str) -> None:
        """The variable is an item of such an argument."""
        if name not in self._ranges:
            self.between(name, variable(f"{array}.low"), variable(f"{array}.high"))

    def outside(self, key: str) -> None:
        """The variable is an integer outside of functions."""
        self.known[key] = f"outside({key!r})"

    def same_extent(self, name: str) -> str:
        """The extent of an argument that an integer is equal to, by name; its own name where there is none."""
        if not self.is_on or name in self._extents or name not in self.known:
            return name
        if name not in self._same:
            number = self._evaluate(self.known[name])
            alike = (each for each in sorted(self._extents) if self._evaluate(self.known[each]) == number)
            self._same[name] = name if number is None or number < 2 else next(alike, name)
            if self._same[name] != name:
                self._tests[f"{self.known[name]} == {self.known[self._same[name]]}"] = None
        return self._same[name]

    def between(self, name: str, first: Form, last: Form) -> None:
        """The variable is an integer that lies between these two, such as one that counts the passes of a loop."""
        self._ranges[name] = (first, last)

    def grow(self, counter: Form, start: Form, step: tuple[Form, Form], index: Form) -> None:
        """The counter is `start` in the first pass of the loop, and `a + b*index` larger in each next one."""
        ((name,),), ((passes,),) = counter, index
        if passes not in self._ranges:
            return
        first, last = self._ranges[passes]
        once, slope = step
        step_now = plus(once, times(slope, index))
        if not self.hold(step_now):
            return
        count = plus(plus(last, first, -1), constant(1))
        end = plus(start, times(count, once))
        if slope:
            name_of_sum = f"sum({text_of(first)}..{text_of(last)})"
            end = plus(end, times(slope, made_of(name_of_sum, "({} + {})*{}//2", first, last, count)))
        self.between(name, start, plus(end, step_now, -1))

    def follows(self, form: Form) -> bool:
        """Whether the integer follows from the arguments."""
        return self._python(form) is not None

    def meet(self, a: Extent, b: Extent) -> None:
        """Find out whether two extents that meet in a broadcast are 1."""
        if not self.is_on:
            self.is_undecided = True
            return
        one, other = self._number(a), self._number(b)
        if self._is_cut_off(a) or self._is_cut_off(b):
            return  # a condition would say so of one that is below zero
        if one == other is not None and one != 1:
            self._tests[f"{self._python(_form(a))} == {self._python(_form(b))}"] = None
            self._is_not_one(a, self.is_never_one(b))
            self._is_not_one(b, True)
            return
        if one is not None and other is not None and 1 not in (one, other):
            return  # the function raises
        for extent, number in ((a, one), (b, other)):
            if number not in (None, 1):
                self._is_not_one(extent, False)
            elif number == 1 and isinstance(extent, tuple):
                self._met_as_one[extent] = f"{self._python(_form(extent))} == 1"

    def _is_not_one(self, extent: Extent, is_implied: bool) -> None:
        if not isinstance(extent, tuple) or self.is_never_one(extent):
            return
        self.not_one.add(extent)
        if not is_implied:
            self._tests[f"{self._python(_form(extent))} != 1"] = None

    def is_never_one(self, extent: Extent) -> bool:
        """Whether the extent is known not to be 1."""
        if not isinstance(extent, tuple):
            return extent not in (None, 1)
        return extent in self.not_one

    def sliced(self, extent: Form, start: Form, stop: Form | None) -> Form | None:
        """The extent of `x[start:stop]` where no bound is cut off in any pass; None where that is not known."""
        start = self._from_front(start, extent)
        stop = extent if stop is None else self._from_front(stop, extent)
        if not self.hold(start, plus(stop, start, -1), plus(extent, stop, -1)):
            return None
        return plus(stop, start, -1)

    def _from_front(self, bound: Form, extent: Form) -> Form:
        """A bound that is negative counts from the end."""
        below = plus(constant(-1), bound, -1)
        number = number_in(bound)
        if number is not None:
            return bound if number >= 0 else plus(extent, bound)
        return plus(extent, bound) if not self._are_met([bound]) and self.hold(below) else bound

    def hold(self, *forms: Form) -> bool:
        """Whether none of the integers is negative in any pass of the loops; then that is taken for granted."""
        corners = self._corners(forms)
        if corners is None or not self._are_met(corners):
            return False
        self._at_least_zero.update((text_of(form), form) for form in corners if not self._is_plain(form))
        return True

    def _are_met(self, forms: Sequence[Form]) -> bool:
        numbers = [0 if self._is_plain(form) else self._value(form) for form in forms]
        return all(number is not None and number >= 0 for number in numbers)

    def _corners(self, forms: Sequence[Form]) -> list[Form] | None:
        """What the integers are where each loop begins and ends: a product of variables is least at such a place."""
        found = list(forms)
        for name, (first, last) in reversed(self._ranges.items()):
            if any(names.count(name) > 1 for form in found for names in form):
                return None
            ends = [(form, end) for form in found for end in ((first, last) if _holds(form, name) else (first,))]
            found = [_replaced(form, name, end) for form, end in ends]
            if len(found) > 16 or not all(map(is_small, found)):
                return None
        return found

    def _is_plain(self, form: Form) -> bool:
        """Whether it is a sum of extents, so that it is not negative."""
        return all(count >= 0 and self._extents.issuperset(names) for names, count in form.items())

    def _is_implied(self, form: Form) -> bool:
        """Whether another condition says more."""
        return any(
            form is not other and self._is_plain(plus(form, other, -1)) for other in self._at_least_zero.values()
        )

    def _number(self, extent: Extent) -> int | None:
        number = None if extent is None else self._value(_form(extent))
        return None if number is None else max(number, 0)

    def _is_cut_off(self, extent: Extent) -> bool:
        number = None if extent is None else self._value(_form(extent))
        return number is not None and number < 0

    def _value(self, form: Form) -> int | None:
        """The integer in the call at hand."""
        text = self._python(form)
        return None if text is None else self._evaluate(text)

    def _python(self, form: Form) -> str | None:
        return python_of(form, self.known)


def _form(extent: Extent) -> Form:
    assert extent is not None
    return constant(extent) if isinstance(extent, int) else variable(*extent)


def _holds(form: Form, name: str) -> bool:
    return any(name in names for names in form)


def _replaced(form: Form, name: str, by: Form) -> Form:
    """The polynomial with another one for a variable, which is no factor twice."""
    total: Form = {}
    for names, count in form.items():
        rest = {tuple(each for each in names if each != name): count}
        total = plus(total, times(rest, by) if name in names else rest)
    return total
