"""Integers that a `for` makes larger in each pass, such as the place in a vector from which parts are taken:

    start = 0
    for k in range(n):                    start grows by n - k, so that x[start:stop] has n - k items,
        stop = start + n - k              if x has as many as all passes take
        total += np.sum(x[start:stop])
        start = stop

By how much is seen when the body has been lowered; it is lowered once more with what follows from that. So it is with
those that a `while` compares with a limit, and that only grow or only shrink:

    d = 1
    while d < len(x):                     1 <= d < len(x), so that x[d:] and x[:-d] have len(x) - d items
        x[d:] += x[:-d]
        d *= 2
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from adjoint.frontend.values.optionals import said_by
from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.extents import form_of, is_integer, note_loop, note_range
from adjoint.ir.integers import Form, coefficients, constant, number_in, plus
from adjoint.ir.relations import current


@final
class Steps:
    """What the passes of one loop add to the integers that it carries, by place, as found in the attempt before.

    A step is `a + b*index`, kept as `(a, b)`: the index is another value in each attempt.
    """

    def __init__(self, bounds: Sequence[Value]) -> None:
        self._bounds = bounds
        self._known: dict[int, tuple[Form, Form]] = {}
        self._tries = 2

    def enter(self, index: Value, heads: Sequence[Value], inits: Sequence[Value]) -> None:
        """The body is lowered with these values at its head."""
        note_loop(index, self._bounds)
        relations = current()
        for place, step in self._known.items():
            if relations is not None and place < len(heads) and is_integer(heads[place]) and is_integer(inits[place]):
                form = form_of(heads[place])
                relations.grow(form, form_of(inits[place]), step, form_of(index))

    def leave(self, index: Value, heads: Sequence[Value], ends: Sequence[Op]) -> bool:
        """The body has been lowered. Whether that must be done again: the steps were others."""
        found = _found(index, heads, ends)
        if found == self._known or not (self._tries or self._known):
            return False
        self._tries -= 1
        self._known = found if self._tries else {}
        return True


def _found(index: Value, heads: Sequence[Value], ends: Sequence[Op]) -> dict[int, tuple[Form, Form]]:
    relations = current()
    again = [op for op in ends if op.opcode == "continue"]
    found = {}
    for place, head in enumerate(heads if relations is not None else ()):
        if not is_integer(head) or not all(is_integer(op.operands[place]) for op in again):
            continue
        steps = [coefficients(plus(form_of(op.operands[place]), form_of(head), -1), form_of(index)) for op in again]
        if steps and steps[0] is not None and all(step == steps[0] for step in steps):
            if relations is not None and all(map(relations.follows, steps[0])):
                found[place] = steps[0]
    return found


@final
class Limits:
    """Which integers that a `while` carries only grow, or only shrink, by place, as found in the attempt before."""

    def __init__(self) -> None:
        self._known: dict[int, bool] = {}
        self._tries = 2

    def enter(self, condition: Value, heads: Sequence[Value], body: Sequence[Value], inits: Sequence[Value]) -> None:
        """The body is lowered with these values at its head, where the condition on its own ones holds."""
        for place, grows in self._known.items():
            if place < len(body) and is_integer(body[place]) and is_integer(inits[place]):
                for low, high in _limits(condition, heads[place]):
                    if grows and high is not None:
                        note_range(body[place], form_of(inits[place]), high)
                    elif not grows and low is not None and (number_in(low) or 0) >= 0:
                        note_range(body[place], low, form_of(inits[place]))

    def leave(self, body: Sequence[Value], inits: Sequence[Value], ends: Sequence[Op]) -> bool:
        """The body has been lowered. Whether that must be done again: others grow or shrink."""
        again = [op for op in ends if op.opcode == "continue"]
        found = {}
        for place, (head, init) in enumerate(zip(body, inits)) if current() is not None else ():
            if is_integer(head) and is_integer(init):
                ways = {_grows(op.operands[place], head) for op in again}
                if ways == {False} or (ways == {True} and (number_in(form_of(init)) or 0) > 0):
                    found[place] = ways.pop() is True
        if found == self._known or not self._tries:
            return False
        self._tries -= 1
        self._known = found
        return True


def _limits(condition: Value, value: Value) -> list[tuple[Form | None, Form | None]]:
    """The least and the greatest that a value can be where the condition holds."""
    found: list[tuple[Form | None, Form | None]] = []
    for said, holds in said_by(condition, True):
        op = said.op
        if op is None or op.opcode not in _MIRRORED or value not in op.operands:
            continue
        if not all(map(is_integer, op.operands)):
            continue
        opcode = op.opcode if holds else _OPPOSITE[op.opcode]
        other = op.operands[1] if op.operands[0] is value else op.operands[0]
        opcode = opcode if op.operands[0] is value else _MIRRORED[opcode]
        limit = form_of(other)
        if opcode in ("lt", "le"):
            found.append((None, plus(limit, constant(-1)) if opcode == "lt" else limit))
        else:
            found.append((plus(limit, constant(1)) if opcode == "gt" else limit, None))
    return found


_MIRRORED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le"}
_OPPOSITE = {"lt": "ge", "gt": "le", "le": "gt", "ge": "lt"}


def _grows(value: Value, head: Value) -> bool | None:
    """Whether what a pass leaves of a positive integer is never less than before, or never more; else None."""
    if value is head:
        return None
    line = coefficients(form_of(value), form_of(head))
    more, times = map(number_in, line) if line is not None else (None, None)
    if more is not None and times is not None and (times == 1 or (times > 1 and more >= 0)):
        return more > 0 or times > 1
    op = value.op
    if op is None or op.opcode not in ("floordiv", "lshift", "rshift") or op.operands[0] is not head:
        return None
    other = op.operands[1]
    if not is_const(other) or type(const_of(other)) is not int or const_of(other) < (op.opcode == "floordiv"):
        return None
    return op.opcode == "lshift"
