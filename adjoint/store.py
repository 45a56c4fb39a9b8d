"""Derivatives that are kept in files: what was compiled in one run of Python is loaded in the next.

With a cache directory (`ADJOINT_CACHE_DIR`), a derivative is looked for under the digest of all that it is made from
(`adjoint.fingerprint`), and found only where nothing of that has changed. What cannot be compared is compiled anew.
Objects of the user are kept as the numbers under which the walk met them, and are never unpickled.
"""

from __future__ import annotations

import functools
import hashlib
import io
import marshal
import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any, final

import numpy as np

from adjoint.assembly import Made, assemble, without_loop
from adjoint.call_checks import all_of
from adjoint.errors import NotCompilable
from adjoint.fingerprint import Unstorable, Walk, environment, pattern_of
from adjoint.ir.types import Type
from adjoint.libraries import is_library, is_standard
from adjoint.options import PYTHON, Jit, Transform
from adjoint.runtime.cache import configured_directory, write_file
from adjoint.runtime.containers import items_of
from adjoint.runtime.dispatch import Specialization
from adjoint.runtime.load import filename_of
from adjoint.variants import MOST, Variants

PACKAGE = Path(__file__).parent
_CHECK = 20
"""Bytes at the start of a file that tell whether the rest is whole."""
_PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic)
_OBJECTS = (type, FunctionType, BuiltinFunctionType, MethodType, ModuleType, np.ufunc)


def specialization(
    function: Callable[..., Any],
    types: Sequence[Type],
    transforms: Sequence[Transform],
    *,
    source: str | None = None,
    values: Sequence[Any] = (),
    note: str | None = None,
    likely: bool = True,
    jit: Jit = PYTHON,
) -> Specialization:
    """The specialisation, from its file if it has one. Raises AdjointError."""
    again = functools.partial(specialization, function, types, transforms, source=source, note=note, jit=jit)
    others = Variants(lambda args, likely: again(values=args[: len(types)], likely=likely))

    def program() -> Any:
        from adjoint import specialize

        inner = without_loop(transforms, types)
        return specialize.lower(function, types, inner, source=source, values=values, note=note, likely=likely)

    directory = configured_directory()
    options = (transforms, jit, source, note, likely, pattern_of(_extents(values) if likely else ()))
    known = _look(function, types, options) if directory is not None else None
    path = None
    if directory is not None and known is not None:
        path, found = _search(directory, known, values)
        if found is not None:
            return assemble(*found, program, function, types, transforms, others)
    from adjoint import specialize

    made, raw, lowered = specialize.compiled(
        function, types, transforms, source=source, values=values, note=note, likely=likely, jit=jit
    )
    if path is not None and known is not None:
        after = _look(function, types, options)
        if after is not None and after.digest == known.digest:  # nothing was changed meanwhile
            _write(path, known, made)
    return assemble(made, raw, lowered, function, types, transforms, others)


def _search(
    directory: Path, known: Known, values: Sequence[Any]
) -> tuple[Path, tuple[Made, Callable[..., Any]] | None]:
    """The first file whose derivative fits the arguments, and what is in it; None where that has to be made."""
    for path in known.paths(directory):
        found = _read(path, known, values)
        fits = None if found is None or not values else all_of(found[0].assumed.conditions)
        if found is None or fits is None or fits(values):
            return path, found
    return path, None


@final
class Known:
    """What a derivative is made from: its digest, and the walk that met its objects."""

    def __init__(self, walk: Walk, digest: str) -> None:
        self.walk = walk
        self.digest = digest

    def paths(self, directory: Path) -> list[Path]:
        """The files of the derivative: one for each set of relations that hold of the extents of arguments."""
        return [directory / f"{self.digest}{number or ''}.adjoint" for number in range(MOST)]


def _look(function: Callable[..., Any], types: Sequence[Type], options: tuple[Any, ...]) -> Known | None:
    """What the derivative is made from; None where that cannot be told."""
    walk = Walk()
    try:
        walk.put(environment(PACKAGE), options)
        return Known(walk, walk.run([function, list(types)]))
    except Exception:  # objects of the user may do anything when they are looked at: then nothing is kept
        return None


def _extents(values: Sequence[Any]) -> Iterator[int]:
    """The extents of the arrays in the arguments: the compiler looks at which of them are equal."""
    for value in values:
        if isinstance(value, np.ndarray):
            yield from value.shape
        else:
            yield from _extents(items_of(value) or ())


def _read(path: Path, known: Known, values: Sequence[Any]) -> tuple[Made, Callable[..., Any]] | None:
    """What the file says, and the function it holds; None where there is no such file, or it is damaged."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    if hashlib.blake2b(data[_CHECK:], digest_size=_CHECK).digest() != data[:_CHECK]:
        return None
    objects = known.walk.objects
    state, versions, code = _Reader(io.BytesIO(data[_CHECK:]), objects).load()
    if any(_version(root) != version for root, version in versions if root in sys.modules):
        return None
    state["bindings"] = {name: objects[at] if was_met else at for name, (was_met, at) in state["bindings"].items()}
    made = Made(**state)
    try:
        raw = made.load(values, marshal.loads(code))
    except (NotCompilable, ImportError):
        return None
    return (made, raw) if all(_version(root) == version for root, version in versions) else None


def _write(path: Path, known: Known, made: Made) -> None:
    """Keep what was made, if all of it can be found again."""
    try:
        if made.assumed.held:
            raise Unstorable("it is made for numbers in an object")
        state = {field.name: getattr(made, field.name) for field in fields(Made)}
        state["bindings"] = {name: _place_of(value, known.walk) for name, value in made.bindings.items()}
        state["assumed"] = replace(made.assumed, otherwise=None)
        code = compile(made.source, filename_of(made.source, made.name), "exec", dont_inherit=True)
        file = io.BytesIO()
        _Writer(file, known.walk).dump((state, _versions(code), marshal.dumps(code)))
    except (Unstorable, pickle.PicklingError, TypeError, AttributeError):
        return
    data = file.getvalue()
    try:
        write_file(path, hashlib.blake2b(data, digest_size=_CHECK).digest() + data)
    except OSError:
        pass  # a directory that cannot be written must not stop a derivative


def _place_of(value: Any, walk: Walk) -> tuple[bool, Any]:
    """How to find an object in another run: whether it was met, and its number or itself. Raises Unstorable."""
    number = walk.number_of(value)
    if number is not None:
        return True, number
    if type(value) in _PLAIN or isinstance(value, np.generic):
        return False, value
    raise Unstorable("the derivative holds an object that was not met")


def _versions(code: CodeType) -> list[tuple[str, str | None]]:
    """The libraries that the module imports or that are loaded, and their versions."""
    roots = {name.partition(".")[0] for name in code.co_names} & sys.modules.keys()
    roots = {root for root in roots if not is_standard(root)}
    return [(root, _version(root)) for root in sorted(roots)]


def _version(root: str) -> str | None:
    return getattr(sys.modules.get(root), "__version__", None)


@final
class _Writer(pickle.Pickler):
    """Writes types; objects of the user go by number."""

    def __init__(self, file: io.BytesIO, walk: Walk) -> None:
        super().__init__(file, protocol=5)
        self._walk = walk

    def persistent_id(self, value: Any) -> int | None:
        """The number of an object that was met. Raises Unstorable for one that was not."""
        if type(value) in _PLAIN or isinstance(value, list | tuple | dict):
            return None
        number = self._walk.number_of(value)
        if number is None and isinstance(value, _OBJECTS) and not _is_of_library(value):
            raise Unstorable("a type holds an object that was not met")
        return number


@final
class _Reader(pickle.Unpickler):
    """Reads types; objects of the user are those met in this run."""

    def __init__(self, file: io.BytesIO, objects: Sequence[Any]) -> None:
        super().__init__(file)
        self._objects = objects

    def persistent_load(self, number: Any) -> Any:
        """The object with this number."""
        return self._objects[number]


def _is_of_library(value: Any) -> bool:
    name = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None) or ""
    return is_library(str(name))
