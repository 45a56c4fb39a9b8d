"""Specialisations for one signature that take different relations between extents for granted.

    grad(f)(x, 5); grad(f)(x, 1)          x[:n] has one item in the second call: it is broadcast

Each is made for the arguments of a call that none of those before it fits, up to a few; then one that takes nothing for
granted does for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

from adjoint.runtime.dispatch import Specialization

MOST = 4


@final
class Variants:
    """What runs where a specialisation does not fit the arguments of a call. Calling it runs that.

    `make` gives the specialisation for arguments, told whether it takes for granted what it need not.
    """

    def __init__(self, make: Callable[[Sequence[Any], bool], Specialization]) -> None:
        self._make = make
        self._made: list[Specialization] = []
        self.tell: Callable[[Specialization], None] = lambda found: None

    def __call__(self, *args: Any) -> Any:
        found = self.fitting(args)
        self.tell(found)
        return found.call(*args)

    def fitting(self, args: Sequence[Any]) -> Specialization:
        """The specialisation for the arguments."""
        self._made = [made for made in self._made if made.holds()]
        for made in self._made:
            if made.fits is None or made.fits(args):
                return made
        made = self._make(args, len(self._made) < MOST)
        if made.fits is not None and not made.fits(args):
            made = self._make(args, False)
        self._made.append(made)
        return made
