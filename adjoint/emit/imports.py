"""What an emitted module takes from outside: import statements, and objects it must be given (bindings)."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Mapping
from types import BuiltinMethodType, MethodType, ModuleType
from typing import Any, final

from adjoint.ir import extras
from adjoint.ir.core import Function
from adjoint.libraries import is_standard

_SEARCHED = ("math", "numpy", "numpy.linalg", "numpy.fft", "builtins", "cmath")


@final
class Imports:
    """The global names of one emitted module. `taken` are names that no import may have (parameters, functions)."""

    def __init__(self, taken: set[str], *, is_native: bool = False, is_cached: bool = False) -> None:
        self.taken = taken
        self.is_native = is_native
        self.is_cached = is_cached
        self.helpers: dict[str, str] = {}
        """The texts of small functions that the module needs, by name."""
        self.objects: dict[str, Any] = {}
        self.bindings: dict[str, object] = {}
        self.statements: dict[str, ast.stmt] = {}

    def claim(self, preferred: str, value: Any, make: Callable[[str], ast.stmt] | None) -> str:
        """A global name for an object; `make` writes its import statement, None makes it a binding."""
        name, count = preferred, 0
        while name in self.taken or (name in self.objects and self.objects[name] is not value):
            count += 1
            name = f"{preferred}_{count}"
        if name not in self.objects:
            self.objects[name] = value
            if make is None:
                self.bindings[name] = value
            else:
                self.statements[name] = make(name)
        return name

    def module(self, module: ModuleType, preferred: str) -> str:
        """The name of an imported module."""
        path = module.__name__

        def statement(name: str) -> ast.stmt:
            return ast.Import([ast.alias(path, None if name == path else name)])

        return self.claim(preferred.replace(".", "_"), module, statement)

    def member(self, module: ModuleType, attribute: str, preferred: str) -> str:
        """The name of something imported from a module."""

        def statement(name: str) -> ast.stmt:
            return ast.ImportFrom(module.__name__, [ast.alias(attribute, None if name == attribute else name)], 0)

        return self.claim(preferred, getattr(module, attribute), statement)

    def name_of(self, value: Any) -> str | None:
        """The name under which something is imported, if it is."""
        return next((name for name, known in self.objects.items() if known is value), None)

    def header(self) -> list[ast.stmt]:
        """The import statements in a stable order, names from one module on one line."""
        plain = [s for s in self.statements.values() if isinstance(s, ast.Import)]
        plain.sort(key=lambda s: s.names[0].name)
        merged: dict[str, list[ast.alias]] = {}
        for statement in self.statements.values():
            if isinstance(statement, ast.ImportFrom):
                merged.setdefault(statement.module or "", []).extend(statement.names)
        froms = [ast.ImportFrom(m, sorted(names, key=lambda a: a.name), 0) for m, names in sorted(merged.items())]
        return [*plain, *froms]


@final
class Namespace:
    """How one function's module spells things: finds the name of an object in the user's globals or a canonical one."""

    def __init__(self, namespace: Mapping[str, Any], imports: Imports) -> None:
        self.namespace = namespace
        self.imports = imports
        self.used: set[str] = set()
        self.function: Function | None = None
        self.locals: set[str] = set()
        """Variables of the function; a bare import should not take one of their names."""
        self.bare_modules: set[str] = set()
        """Modules the user imports names from."""
        self._aliases = {id(v): k for k, v in reversed(list(namespace.items())) if isinstance(v, ModuleType)}

    def name(self, identifier: str) -> ast.Name:
        """A read of a global name."""
        self.used.add(identifier)
        return ast.Name(identifier, ast.Load())

    def module(self, module: ModuleType) -> ast.Name:
        """A module under the user's alias, else its usual one."""
        preferred = self._aliases.get(id(module)) or {"numpy": "np"}.get(module.__name__, module.__name__)
        return self.name(self.imports.module(module, preferred))

    def dotted(self, text: str, value: Any) -> ast.expr | None:
        """The user's own spelling, if it still means the object."""
        if not _is_same(self.meaning(text), value):
            return None
        root, *rest = text.split(".")
        return _attributes(self.root(root, self.meaning(root)), rest)

    def meaning(self, text: str) -> Any:
        """What a dotted name means in the user's module; None where it means nothing."""
        root, *rest = text.split(".")
        found = self.namespace.get(root, getattr(builtins, root, None))
        for part in rest:
            found = getattr(found, part, None)
        return found

    def root(self, identifier: str, value: Any) -> ast.expr:
        """A global of the user's module, imported or bound."""
        if isinstance(value, ModuleType):
            return self.name(self.imports.module(value, identifier))
        if getattr(builtins, identifier, None) is value:
            return self.builtin(identifier)
        place = _importable(value)
        if place is not None:
            self.bare_modules.add(place[0].__name__)
            return self.name(self.imports.member(*place, identifier))
        return self.name(self.imports.claim(identifier, value, None))

    def builtin(self, identifier: str) -> ast.expr:
        """A builtin, through its module where a parameter has its name."""
        if identifier in self.imports.taken or identifier in self.imports.objects:
            return ast.Attribute(self.module(builtins), identifier, ast.Load())
        return self.name(identifier)

    def object(self, value: Any, text: str | None = None) -> ast.expr:
        """Any object that has a name: spelled as the user did, else by module and name, else bound."""
        if text is not None:
            spelled = self.dotted(text, value)
            if spelled is not None:
                return spelled
        if isinstance(value, ModuleType):
            return self.module(value)
        owner = getattr(value, "__self__", None)
        is_method = isinstance(value, BuiltinMethodType | MethodType)
        if is_method and not isinstance(owner, ModuleType) and _importable(owner):
            return ast.Attribute(self.object(owner), value.__name__, ast.Load())
        place = _importable(value)
        if place is not None:
            return self._member(place[0], place[1], value)
        label = text.split(".")[-1] if text else getattr(value, "__name__", None)
        label = label if isinstance(label, str) and label.isidentifier() else "constant"
        for name, held in self.namespace.items():
            if held is value and name.isidentifier():
                label = name
                break
        return self.name(self.imports.claim(label, value, None))

    def _member(self, module: ModuleType, attribute: str, value: Any) -> ast.expr:
        if module is builtins:
            return self.builtin(attribute)
        root = sys.modules[module.__name__.partition(".")[0]]
        rest = module.__name__.split(".")[1:]
        if id(module) not in self._aliases and id(root) not in self._aliases:
            if self.namespace.get(attribute) is value or module.__name__ in self.bare_modules:
                free = attribute not in self.locals and self.namespace.get(attribute, value) is value
                if free and attribute not in self.imports.taken and not hasattr(builtins, attribute):
                    return self.name(self.imports.member(module, attribute, attribute))
        if id(module) in self._aliases or not rest:
            return ast.Attribute(self.module(module), attribute, ast.Load())
        return _attributes(self.module(root), [*rest, attribute])


def _attributes(node: ast.expr, names: list[str]) -> ast.expr:
    for name in names:
        node = ast.Attribute(node, name, ast.Load())
    return node


def _is_same(found: Any, value: Any) -> bool:
    if is_same_function(found, value):
        return True
    return isinstance(value, int | float | complex) and type(found) is type(value) and repr(found) == repr(value)


def is_same_function(a: Any, b: Any) -> bool:
    """Whether two names mean one object; a method of an object is made anew each time it is read."""
    return a is b or (isinstance(a, MethodType) and isinstance(b, MethodType) and a == b)


def _importable(value: Any) -> tuple[ModuleType, str] | None:
    """The well-known module and the name under which it holds the object."""
    home = extras.home_of(value)
    if home is not None and home in sys.modules:
        held = vars(sys.modules[home])
        names = [getattr(value, "__name__", None), *held]  # an object has no name of its own
        found = next((name for name in names if name is not None and held.get(name) is value), None)
        return None if found is None else (sys.modules[home], found)
    name = getattr(value, "__name__", None)
    if not isinstance(name, str) or not callable(value):
        return None
    modules = [*_SEARCHED]
    home = getattr(value, "__module__", None)
    if isinstance(home, str) and is_standard(home):
        modules.append(home)
    for path in modules:
        module = sys.modules.get(path)
        if module is not None and getattr(module, name, None) is value:
            return module, name
    return None
