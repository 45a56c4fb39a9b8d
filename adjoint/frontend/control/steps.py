"""Integers that a `for` makes larger in each pass, such as the place in a vector from which parts are taken:

    start = 0
    for k in range(n):                    start grows by n - k, so that x[start:stop] has n - k items,
        stop = start + n - k              if x has as many as all passes take
        total += np.sum(x[start:stop])
        start = stop

By how much is seen when the body has been lowered; it is lowered once more with what follows from that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from adjoint.ir.core import Op, Value
from adjoint.ir.extents import form_of, is_integer, note_loop
from adjoint.ir.integers import Form, coefficients, plus
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
