"""Which extents are equal, for loops over the items of several arrays: NumPy would look when it runs, loops do not.

Where equality is what the function needs of its arguments (`u * v` raises otherwise), it is asked once, at the start:

    if v.shape[0] != u.shape[0]:
        raise ValueError("v.shape[0] is not u.shape[0]")
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import final

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Region, Value
from adjoint.ir.types import MANY, Array, Dim, Sym, Tuple, may_be_one, shape_of

Known = int | tuple[str, int] | None


@final
@dataclass(frozen=True, slots=True)
class _Source:
    """An extent of an argument, `more` longer than the name that it has."""

    argument: Value
    path: tuple[int, ...]
    axis: int
    more: int


@final
class Extents:
    """Of the arrays of one function."""

    def __init__(self, function: Function) -> None:
        self.sources: dict[str, list[_Source]] = {}
        self._base: dict[str, tuple[str, int]] = {}
        self._needed: dict[str, None] = {}
        for argument in function.args:
            for path, shape in _shapes(argument.type, ()):
                for axis, dim in enumerate(shape):
                    if isinstance(dim, Sym) and dim.name != MANY.name:
                        self.sources.setdefault(dim.name, []).append(_Source(argument, path, axis, dim.offset))

    def known(self, dim: Dim) -> Known:
        """One form for extents that are equal; None where nothing is known."""
        if not isinstance(dim, Sym):
            return dim
        name, more = dim.name, dim.offset
        while name in self._base:
            name, less = self._base[name]
            more += less
        return None if name == MANY.name else (name, more)

    def are_equal(self, one: Dim, other: Dim, *, always: bool) -> bool:
        """Whether two extents are equal, if need be by a look at the start; `always`: every run comes here."""
        if self.are_known_equal(one, other, always=always):
            return True
        a, b = self.known(one), self.known(other)
        if a is None or b is None or a == b:
            return False
        if isinstance(a, int) or isinstance(b, int) or may_be_one(one) or may_be_one(other) or a[0] == b[0]:
            return False
        if not always or a[0] not in self._ends() or b[0] not in self._ends():
            return False
        self._base[b[0]] = (a[0], a[1] - b[1])
        self._needed[a[0]] = None
        return True

    def are_known_equal(self, one: Dim, other: Dim, *, always: bool) -> bool:
        """Whether two extents have one form, by what is asked at the start at most."""
        a, b = self.known(one), self.known(other)
        if a is None or a != b:
            return False
        return isinstance(a, int) or self._need(a[0], always)

    def _end(self, name: str) -> str:
        """The name that extents of this name have in the end."""
        while name in self._base:
            name = self._base[name][0]
        return name

    def _ends(self) -> set[str]:
        return set(map(self._end, self.sources))

    def _need(self, name: str, always: bool) -> bool:
        """Whether the extents of this name are sure to be equal."""
        if len(self._of(name)) > 1 and name not in map(self._end, self._needed):
            if not always:
                return False
            self._needed[name] = None
        return True

    def _of(self, name: str) -> list[tuple[_Source, int]]:
        """The extents of arguments by this name, with what they have more than it."""
        found = []
        for each, sources in self.sources.items():
            base = self.known(Sym(each))
            if isinstance(base, tuple) and base[0] == name:
                found += [(source, source.more + base[1]) for source in sources]
        return found

    def value(self, dim: Dim, arrays: Sequence[Value], changed: Sequence[Value], builder: Builder) -> Value | None:
        """The extent as a number, taken from one of the arrays, or from an argument, or from an array that changes."""
        wanted = self.known(dim)
        if wanted is None or isinstance(wanted, int):
            return None if wanted is None else builder.const(wanted)
        sources = [(source, wanted[1] - more) for source, more in self._of(wanted[0]) if source.argument not in changed]
        for among in (arrays, changed):
            alike = self._alike(wanted, among)
            if alike:
                array, axis, more = next((each for each in alike if not each[2]), alike[0])
                return _longer(_extent(array, axis, builder), more, builder)
            for source, more in sources:
                return _longer(_extent(_array(source, builder), source.axis, builder), more, builder)
        return None

    def _alike(self, wanted: tuple[str, int], arrays: Sequence[Value]) -> list[tuple[Value, int, int]]:
        """The axes of arrays from whose extents the wanted one follows, and what it has more."""
        found = []
        for array in arrays:
            for axis, each in enumerate(shape_of(array.type)):
                known = self.known(each)
                if isinstance(known, tuple) and known[0] == wanted[0]:
                    found.append((array, axis, wanted[1] - known[1]))
        return found

    def check(self, function: Function) -> None:
        """Put what has to hold at the start of the function."""
        region = Region()
        builder = Builder(region)
        for name in dict.fromkeys(self._end(name) for name in self._needed):
            (first, more), *rest = self._of(name)
            for source, its_more in rest:
                one = _extent(_array(first, builder), first.axis, builder)
                one = _longer(one, its_more - more, builder)
                other = _extent(_array(source, builder), source.axis, builder)
                differs = builder.emit("ne", other, one)
                raising, passing = Region(), Region()
                text = Builder(raising)
                names = f"{source.argument.name}.shape[{source.axis}]", f"{first.argument.name}.shape[{first.axis}]"
                why = text.const(f"{names[0]} does not fit {names[1]}")
                text.op("raise", [why], (), {"exception": ValueError, "_text": "ValueError(...)"})
                Builder(passing).terminate("yield")
                builder.op("if", [differs], (), {}, [raising, passing])
        function.body.ops[:0] = region.ops


def _shapes(t: object, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[Dim, ...]]]:
    if isinstance(t, Array):
        yield path, t.shape
    elif isinstance(t, Tuple):
        for number, item in enumerate(t.items):
            yield from _shapes(item, (*path, number))


def _array(source: _Source, builder: Builder) -> Value:
    value = source.argument
    for number in source.path:
        value = builder.emit("getitem", value, index=number)
    return value


def _extent(array: Value, axis: int, builder: Builder) -> Value:
    return builder.emit("getitem", builder.emit("shape", array), index=axis)


def _longer(extent: Value, more: int, builder: Builder) -> Value:
    if not more:
        return extent
    return builder.emit("add" if more > 0 else "sub", extent, builder.const(abs(more)))
