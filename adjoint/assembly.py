"""From what the compiler made to what a call runs: the part of a specialisation that needs no compiler.

`Made` is all that is left of a program when it has been compiled. It is plain data, so that it can be kept in a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any, final

from adjoint.call_checks import Assumptions, all_of, checked
from adjoint.dependencies import watches_of
from adjoint.fitting import fit
from adjoint.ir.types import NONE, Array, List, Scalar, Static, Tuple, Type, is_complex, rank_of
from adjoint.jacobians import forward_gradient
from adjoint.options import Transform
from adjoint.parameters import KEYWORD, KEYWORDS, REST, arranged
from adjoint.runtime import native
from adjoint.runtime.dispatch import Specialization, frozen_among
from adjoint.runtime.load import load
from adjoint.runtime.looks import looks_of
from adjoint.signatures import extents
from adjoint.variants import Variants


@final
@dataclass(frozen=True, slots=True)
class Made:
    """An emitted function and what its callers must know of it. `names`, `kinds` and `types` are its parameters'.

    `is_native`: its text is for Numba. `is_repeatable`: several runs of it do the same. `arrays` are the
    positions of lists that compiled code takes as arrays, `result` is the type of what it gives.
    """

    name: str
    source: str
    entry_name: str
    bindings: dict[str, Any]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    types: tuple[Type, ...]
    is_native: bool
    is_repeatable: bool
    assumed: Assumptions
    arrays: tuple[int, ...] = ()
    result: Type = NONE

    def load(self, values: Sequence[Any] = (), code: CodeType | None = None) -> Callable[..., Any]:
        """The function that the text defines. Raises NotCompilable where Numba cannot compile it."""
        raw = load(self.source, self.entry_name, self.bindings, self.name, is_importable=self.is_native, code=code)
        if self.is_native:
            native.compile_for(raw, values, self.types, self.name, self.arrays)
        return raw

    def guarded(self, raw: Callable[..., Any]) -> Callable[..., Any]:
        """The function that was loaded, as callers outside of compiled code may call it."""
        if not self.is_native:
            return raw
        return native.guarded(raw, self.name, self._spread_types(), self.result, self.arrays)

    def _spread_types(self) -> list[Type]:
        """The types of the arguments that are given by position."""
        found: list[Type] = []
        for kind, t in zip(self.kinds, self.types):
            found += t.items if kind == REST and isinstance(t, Tuple) else [t]
        return found


def assemble(
    made: Made,
    raw: Callable[..., Any],
    program: Any,
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    others: Variants,
) -> Specialization:
    """The specialisation that runs `raw`, made from the user's `function`.

    `program` is the IR, or gives it when called. `others` are for arguments of which what is assumed does not hold.
    """
    call = caller(made.guarded(raw), made, len(types))
    looped = looped_of(transforms, types)
    if looped is not None:
        call = forward_gradient(call, looped)
    made.assumed.otherwise = others
    call = checked(call, function, made.assumed, len(types))
    live = raw.__globals__ if isinstance(raw, FunctionType) else {}  # compiled code has numbers in it
    watches = watches_of(function, live, classes_in(types))
    fits = all_of(made.assumed.conditions)
    frozen = () if isinstance(raw, FunctionType) else frozen_among(watches)
    return Specialization(
        raw,
        call,
        made.source,
        program,
        watches,
        made.is_repeatable,
        made.name,
        fits=fits,
        others=others,
        frozen=frozen,
        written=made.assumed.written,
        looks=looks_of(watch.value for watch in watches),
        held=made.assumed.held,
    )


def looped_of(transforms: Sequence[Transform], types: Sequence[Type]) -> Transform | None:
    """The last transform if it is a gradient by many forward runs."""
    if transforms and transforms[-1].kind == "derivative" and not is_seedable(transforms[-1], types):
        return transforms[-1]
    return None


def without_loop(transforms: Sequence[Transform], types: Sequence[Type]) -> Sequence[Transform]:
    """The transforms that are compiled: one run of those that take many."""
    looped = looped_of(transforms, types)
    if looped is None:
        return transforms
    return (*transforms[:-1], Transform("jvp", tuple(sorted(looped.wrt)), False))


def is_seedable(transform: Transform, types: Sequence[Type]) -> bool:
    """Whether the forward-mode gradient is one run with the tangent 1: one parameter that is one number."""
    if not transform.single or transform.parts or transform.has_aux:
        return False
    if transform.free and any(is_complex(types[i]) for i in transform.wrt if i < len(types)):
        return False
    return all(isinstance(types[i], Scalar | Array) and rank_of(types[i]) == 0 for i in transform.wrt if i < len(types))


def classes_in(types: Sequence[Type]) -> Iterator[type]:
    """The classes of objects among the arguments, and classes that are arguments."""
    for type_ in types:
        if isinstance(type_, Tuple):
            if type_.layout is not None and type_.layout.cls is not None:
                yield type_.layout.cls
            yield from classes_in(type_.items)
        elif isinstance(type_, List):
            yield from classes_in([type_.item])
        elif isinstance(type_, Static) and isinstance(type_.value, type):
            yield type_.value


def caller(raw: Callable[..., Any], made: Made, base_count: int) -> Callable[..., Any]:
    """The emitted function for positional arguments; tangents and cotangents are made to fit their types."""
    kinds, names, types = made.kinds, made.names, list(made.types)
    is_plain = not {KEYWORD, REST, KEYWORDS} & set(kinds)
    if is_plain and len(kinds) == base_count:
        return raw

    def call(*args: Any) -> Any:
        values = list(args)
        if len(values) > base_count:
            sizes = extents(types[:base_count], values[:base_count])
            for index in range(base_count, len(values)):
                values[index] = fit(values[index], types[index], names[index], sizes)
        if is_plain:
            return raw(*values)
        positional, named = arranged(kinds, names, values)
        return raw(*positional, **named)

    return call
