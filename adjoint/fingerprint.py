"""What a derivative is made from, as a digest: the function, all that it calls and reads, the types, the options.

Two runs of Python in which the digest is the same would make the same derivative. The walk goes by the objects, not by
their names, and notes them in the order in which it meets them: object number 7 of one run stands for number 7 of
another. What it cannot take apart it raises `Unstorable` for: nothing is assumed of it.
"""

from __future__ import annotations

import dataclasses
import dis
import enum
import functools
import hashlib
import linecache
import logging
import opcode
import os
import pathlib
import re
import sys
import types
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any, final

import numpy as np

from adjoint.homes import at_home, is_foreign, is_own_function
from adjoint.ir.custom import CUSTOM
from adjoint.ir.jitted import python_function
from adjoint.libraries import is_library
from adjoint.runtime.containers import GENERATORS, attributes_of, kind_of
from adjoint.runtime.dispatch import MISSING

ARRAY_LIMIT = 1 << 20
"""Bytes of a global array: a larger one is not compared."""

_ATOMS = frozenset({bool, int, float, complex, str, bytes, type(None), type(Ellipsis), type(NotImplemented), range})
_DESCRIPTORS = (
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.GetSetDescriptorType,
    types.MemberDescriptorType,
    types.ClassMethodDescriptorType,
)
_BY_TEXT = (np.dtype, pathlib.PurePath, re.Pattern, types.GenericAlias, types.UnionType)
_INSIDE = {property: ("fget", "fset", "fdel"), functools.cached_property: ("func",), staticmethod: ("__func__",)}
_INSIDE |= {classmethod: ("__func__",), functools.partial: ("func", "args", "keywords")}
_INSIDE |= {MethodType: ("__func__", "__self__"), slice: ("start", "stop", "step")}
_INSIDE |= {functools._lru_cache_wrapper: ("__wrapped__",)}
_FIELD = ("name", "type", "default", "default_factory", "init", "repr", "hash", "compare", "kw_only")
_DERIVATIVE = ("__wrapped__", "_transforms", "_slots", "_mode", "wrt", "mode", "_given_source", "bound", "jit")
_NEVER = frozenset({"__dict__", "__weakref__", "__doc__", "__module__", "__qualname__", "__firstlineno__", "_abc_impl"})
_NEVER |= {"__name__", "__package__", "__loader__", "__spec__", "__file__", "__cached__", "__path__", "__builtins__"}
_NEVER |= {"__annotations__"}
"""Members that say where a class or module is, not what it does."""
_BY_ANY_NAME = frozenset({"getattr", "attrgetter", "vars", "globals", "__dict__", "import_module"})
"""Where these are mentioned, any member of a module may be meant."""
_IMPORT = opcode.opmap["IMPORT_NAME"]


class Unstorable(Exception):
    """Something of which it cannot be told whether it is the same in another run."""


@final
class Walk:
    """A look at everything that can be reached from some objects. `objects` are those met, in order."""

    def __init__(self) -> None:
        self.objects: list[Any] = []
        self._digest = hashlib.blake2b(digest_size=20)
        self._seen: dict[int, int] = {}
        self._spaces: list[tuple[Any, Mapping[str, Any], set[str]]] = []
        self._names: set[str] = set()
        self._files: set[str] = set()
        self._entered: set[int] = set()

    def run(self, values: Iterable[Any]) -> str:
        """The digest of the values and of what they lead to. Raises Unstorable."""
        try:
            for value in values:
                self.value(value)
            while self._members() or self._rules():
                pass
        except RecursionError:
            raise Unstorable("what the function reads is nested too deeply") from None
        return self._digest.hexdigest()

    def number_of(self, value: Any) -> int | None:
        """The number of an object that has been met."""
        found = self._seen.get(id(value))
        if found is None and type(value) in _ATOMS:
            found = next((number for number, each in enumerate(self.objects) if each is value), None)
        return found

    def put(self, *texts: object) -> None:
        """Enter plain data."""
        self._digest.update(repr(texts).encode("utf-8", "surrogatepass"))

    def value(self, value: Any) -> None:
        """Enter any object, and what it leads to."""
        cls: Any = type(value)
        if cls in _ATOMS:
            self.objects.append(value)
            self.put(cls.__name__, value)
            if cls is str:
                self._names.update(value.split("."))
        elif id(value) in self._seen:
            self.put("again", self._seen[id(value)])
        else:
            self._seen[id(value)] = len(self.objects)
            self.objects.append(value)
            self._open(value, cls)

    def values(self, kind: str, values: Iterable[Any]) -> None:
        """Enter several objects as the parts of one."""
        given = list(values)
        self.put(kind, len(given))
        for value in given:
            self.value(value)

    def _open(self, value: Any, cls: Any) -> None:
        if cls is FunctionType:
            self._function(value)
        elif isinstance(value, type):
            self._class(value)
        elif cls in (tuple, list):
            self.values(cls.__name__, value)
        elif cls in (dict, OrderedDict, types.MappingProxyType):
            self.values(cls.__name__, [part for item in value.items() for part in item])
        elif cls in (set, frozenset):
            self._set(value)
        elif cls is np.ndarray:
            self._array(value)
        elif isinstance(value, ModuleType):
            self._module(value)
        elif cls in _INSIDE:
            self.values(cls.__name__, [getattr(value, part) for part in _INSIDE[cls]])
        elif cls is types.BuiltinFunctionType or isinstance(value, np.ufunc):
            self._in_c(value)
        elif isinstance(value, _DESCRIPTORS):
            self.put("descriptor", value.__objclass__.__qualname__, value.__name__)
        else:
            self._instance(value, cls)

    def _instance(self, value: Any, cls: Any) -> None:
        compiled = python_function(value)
        if cls.__module__ in ("adjoint.ir.types", "adjoint.callables", "adjoint.slots", "adjoint.options"):
            self.values(cls.__name__, [getattr(value, field.name) for field in dataclasses.fields(cls)])
        elif cls.__module__ in ("adjoint.derivative", "adjoint.jacobians"):
            self.values(cls.__name__, [getattr(value, name, None) for name in _DERIVATIVE])
        elif compiled is not None:
            self.put("compiled", _plain_text(getattr(value, "targetoptions", None)))
            self.value(compiled)
        elif isinstance(value, np.generic):
            self.put(cls.__name__, value.tobytes())
        elif _is_named_in_library(value):
            self.put("in a library", value.__module__, value.__qualname__)
        elif isinstance(value, enum.Enum):
            self.put("member", value.name)
            self.value(cls)
            self.value(value.value)
        elif isinstance(value, GENERATORS):
            self.put("generator", cls.__qualname__)  # what it draws is not looked at before it runs
        elif isinstance(value, logging.Logger):
            self.put("logger", value.name)
        elif cls is dataclasses.Field:
            self._field(value)
        elif value is dataclasses.MISSING:
            self.put("missing")
        elif cls.__name__ == "_tuplegetter":
            self.put("item", value.__reduce__()[1][0])
        elif isinstance(value, _BY_TEXT) or cls.__module__ in ("typing", "dataclasses"):
            self.put(cls.__name__, _plain_text(value))
        elif kind_of(cls) in ("record", "named", "namespace"):
            self.value(cls)
            parts = dict(enumerate(value)) if isinstance(value, tuple) else attributes_of(value)
            self.values("record", [part for item in parts.items() for part in item])
        else:
            raise Unstorable(f"it reads a {cls.__name__}")

    def _field(self, field: Any) -> None:
        for name in _FIELD:
            found = getattr(field, name)
            if name == "type":
                self.put("field of", _plain_text(found))
            else:
                self.value(found)

    def _set(self, value: Any) -> None:
        if not all(type(item) in _ATOMS for item in value):
            raise Unstorable("it reads a set of objects")
        self.put("set", sorted((type(item).__name__, repr(item)) for item in value))

    def _array(self, array: Any) -> None:
        if array.dtype.hasobject or array.nbytes > ARRAY_LIMIT:
            raise Unstorable("it reads a large array")
        self.put("array", array.dtype.str, array.shape, array.strides, array.flags.writeable)
        self._digest.update(array.tobytes())

    def _in_c(self, function: Any) -> None:
        """A function written in C: its module and name say what it is, if that is where it stands."""
        owner = getattr(function, "__self__", None)
        if owner is not None and not isinstance(owner, ModuleType):
            self.put("method", function.__name__)
            self.value(owner)
            return
        name = function.__name__
        homes = [getattr(function, "__module__", None), "numpy", "scipy.special"]
        home = next((each for each in homes if getattr(sys.modules.get(str(each)), name, None) is function), None)
        if home is None:
            raise Unstorable(f"it calls {name}, which cannot be found by its name")
        self.put("in C", home, name)

    def _module(self, module: ModuleType) -> None:
        name = module.__name__
        self.put("module", name)
        if sys.modules.get(name) is not module:
            raise Unstorable(f"it reads the module {name}, which is not imported under that name")
        self._spaces.append((module, vars(module), set()))

    def _class(self, cls: type) -> None:
        self.put("class", cls.__module__, cls.__qualname__)
        if is_library(cls.__module__):
            if at_home(cls) is not cls:
                raise Unstorable(f"it uses the class {cls.__qualname__}, which cannot be found by its name")
            return
        members: Any = vars(cls)
        self.put(sorted(members.keys() - _NEVER), _plain_text(members.get("__annotations__") or {}))
        self.values("bases", (type(cls), *cls.__bases__))
        self._spaces.append((cls, members, set()))

    def _members(self) -> bool:
        """Enter the members of classes, and those of modules that some function mentions; whether any are new."""
        found = False
        for owner, members, done in list(self._spaces):
            is_module = isinstance(owner, ModuleType)
            is_named = is_module and not self._names & _BY_ANY_NAME
            names = self._names & members.keys() if is_named else set(members)
            for name in sorted(names - done - _NEVER):
                member = members[name]
                if is_module and is_library(owner.__name__) and not is_foreign(member):
                    continue
                done.add(name)
                found = True
                self.put("member", name)
                self.value(member)
        return found

    def _rules(self) -> bool:
        """Enter the rules that users have given for what may be called; whether any are new."""
        rules = [rule for rule in CUSTOM.values() if id(rule) not in self._entered and self._may_call(rule.function)]
        for rule in rules:
            self._entered.add(id(rule))
            self.values("rule", (rule.function, rule.partials, rule.pullback, rule.pushforward, rule.result))
        return bool(rules)

    def _may_call(self, function: Any) -> bool:
        """Whether a function can be reached: one that is no library's must have been met, by itself or in another."""
        if id(function) in self._seen:
            return True
        if isinstance(function, FunctionType):
            return is_library(function.__module__ or "")
        in_c = types.BuiltinFunctionType, np.ufunc, MethodType, type
        return isinstance(function, in_c) or python_function(function) is not None

    # functions

    def _function(self, function: FunctionType) -> None:
        self.put("function", function.__module__, function.__qualname__, function.__name__)
        if is_own_function(function) and at_home(function) is function:
            return
        code = function.__code__
        self._code(code)
        self._text(code, function.__globals__)
        self.put(_plain_text(function.__annotations__))
        self.value(function.__defaults__)
        self.value(function.__kwdefaults__)
        names = sorted(set(_mentioned(code)))
        self._names.update(names)
        own = {name: each for name, each in vars(function).items() if not name.startswith("__adjoint")}
        self.values("attributes", [part for name in sorted(own) for part in (name, own[name])])
        for name, cell in zip(code.co_freevars, function.__closure__ or ()):
            self.put("cell", name)
            try:
                self.value(cell.cell_contents)
            except ValueError:
                self.put("empty")
        self._globals(function, names)
        self._aliases(function.__globals__)

    def _globals(self, function: FunctionType, names: list[str]) -> None:
        outer = function.__globals__
        built_in = outer.get("__builtins__", {})
        built_in = vars(built_in) if isinstance(built_in, ModuleType) else built_in
        for name in names:
            value = outer.get(name, MISSING)
            value = built_in.get(name, MISSING) if value is MISSING else value
            if value is not MISSING:
                self.put("global", name)
                self.value(value)
        for module in _imported(function):
            self.value(module)

    def _aliases(self, outer: dict[str, Any]) -> None:
        """The names of modules: the derivative is written with them."""
        self.put(sorted((name, value.__name__) for name, value in outer.items() if type(value) is ModuleType))

    def _code(self, code: CodeType) -> None:
        counts = code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags
        self.put(code.co_name, code.co_code, code.co_names, code.co_varnames, code.co_freevars, counts)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._code(constant)
            else:
                self.value(constant)

    def _text(self, code: CodeType, outer: dict[str, Any]) -> None:
        """The lines that the function is written in, as its file has them now."""
        filename, first = code.co_filename, code.co_firstlineno
        if filename not in self._files:
            self._files.add(filename)
            linecache.checkcache(filename)
        self.put(linecache.getlines(filename, outer)[first - 1 : _last_line(code)])


def _last_line(code: CodeType) -> int:
    own = max((line for _, _, line in code.co_lines() if line is not None), default=code.co_firstlineno)
    return max([own, *(_last_line(each) for each in code.co_consts if isinstance(each, CodeType))])


def _mentioned(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _mentioned(constant)


def _imported(function: FunctionType) -> Iterator[ModuleType]:
    """The modules that the function imports when it runs. Raises Unstorable for one that is not there yet."""
    pending = [function.__code__]
    for code in pending:
        pending += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
        if _IMPORT not in code.co_code[::2]:
            continue
        instructions = list(dis.get_instructions(code))
        for at, each in enumerate(instructions):
            if each.opcode != _IMPORT:
                continue
            if instructions[at - 2].argval:
                raise Unstorable("it imports a module by its place in a package")
            path = str(each.argval)
            while path:
                if path not in sys.modules:
                    raise Unstorable(f"it imports {path}, which was not imported before")
                yield sys.modules[path]
                path = path.rpartition(".")[0]


def _is_named_in_library(value: Any) -> bool:
    """Whether the name of a callable of a library says which it is."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    named = isinstance(module, str) and isinstance(name, str) and callable(value)
    return named and is_library(str(module)) and at_home(value) is value


def _plain_text(value: Any) -> str:
    """The text of an object that says all of it. Raises Unstorable where it says where the object lies in memory."""
    text = repr(value)
    if " at 0x" in text:
        raise Unstorable(f"it reads {text}")
    return text


def environment(package: pathlib.Path) -> tuple[object, ...]:
    """What is one in a run: this package as it stands in its files, Python, NumPy, and SciPy where it is loaded."""
    flags = sys.flags.optimize, sys.platform, sys.byteorder
    scipy = getattr(sys.modules.get("scipy"), "__version__", None)
    return sys.version, flags, np.__version__, scipy, _files_of(str(package))


@functools.cache
def _files_of(package: str) -> str:
    """A digest of the names, sizes and times of the package's own sources."""
    found: list[tuple[str, int, int]] = []
    pending = [package]
    for directory in pending:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    status = entry.stat()
                    found.append((entry.path, status.st_size, status.st_mtime_ns))
                elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                    pending.append(entry.path)
    return hashlib.blake2b(repr(sorted(found)).encode(), digest_size=20).hexdigest()


NEAR = 8
"""By how much at most two extents differ that a derivative takes to be a fixed number apart."""


def pattern_of(extents: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Which of the numbers are equal or near each other, and by how much they differ.

    Numbers form a group when each is near the next larger one: all have the place where the group was first met, and
    how far they are from its least.
    """
    numbers = tuple(extents)
    least: dict[int, int] = {}
    before = None
    for number in sorted(set(numbers)):
        least[number] = number if before is None or number - before > NEAR else least[before]
        before = number
    first: dict[int, int] = {}
    return tuple(
        (first.setdefault(least[number], place), number - least[number]) for place, number in enumerate(numbers)
    )
