"""What the command line points at: `FILE.py:FUNC` or `pkg.module:FUNC`, and the values it is given."""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import sys
import traceback
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, final

import numpy as np

from adjoint.derivative import Derivative, differentiable
from adjoint.errors import AdjointError, UsageError
from adjoint.ir.types import Type
from adjoint.parameters import KEYWORDS, POSITIONAL_ONLY, REST, find
from adjoint.runtime.dispatch import as_real
from adjoint.signatures import assumed_items, type_of_value
from adjoint.slots import Slot, Wrt

_PACKAGE = str(Path(__file__).parent)


@final
@dataclass(frozen=True, slots=True)
class Target:
    """A function of the user and the values given for its parameters."""

    function: Derivative[..., Any]
    values: Mapping[str, Any]

    def signature(self) -> str:
        return f"{self.function.__name__} has the parameters {', '.join(self.function.parameter_names)}"

    def wrt(self, text: str) -> Wrt:
        """`x` or `0` is one parameter; `x,y` and `x,` are tuples. Raises UsageError."""
        items = [item.strip() for item in text.split(",")]
        parsed: list[int | str] = [int(item) if item.lstrip("-").isdigit() else item for item in items if item]
        if not parsed:
            raise UsageError(f"--wrt names no parameter: {self.signature()}")
        return parsed[0] if len(items) == 1 else tuple(parsed)

    def arguments(self) -> tuple[list[Any], dict[str, Any]]:
        """The values as arguments of a call: those of `*args` and `**kwargs` parameters spread out."""
        given, args, named = dict(self.values), [], {}
        left = self.function.left()
        rest, keywords = find(left, REST), find(left, KEYWORDS)
        if keywords is not None:
            named = dict(given.pop(left[keywords].name, {}))
        if rest is not None and left[rest].name in given:
            items = given.pop(left[rest].name)
            args = [given.pop(p.name, p.default) for p in left if p.is_positional]
            args += items
        only = [p.name for p in left if p.kind == POSITIONAL_ONLY and p.name in given] if not args else []
        return [*args, *(given.pop(name) for name in only)], {**given, **named}

    def types_of_rest(self, slots: Sequence[Slot]) -> dict[str, Type]:
        """The types of `*args` and `**kwargs` parameters without values: floats where they are differentiated."""
        return {
            parameter.name: assumed_items(parameter, [slot.part for slot in slots if slot.position == position])
            for position, parameter in enumerate(self.function.own)
            if parameter.kind in (REST, KEYWORDS)
        }

    def types_at(self, real: Collection[int]) -> dict[str, Type]:
        """The types of the values; those at the positions `real` count as real numbers. Raises AdjointError."""
        names = self.function.names
        moved = {names[position] for position in real}
        return {
            name: type_of_value(as_real(value) if name in moved else value, name) for name, value in self.values.items()
        }


def load_target(text: str, at: str | None) -> Target:
    """The function that `text` names, with its values. Raises UsageError, and AdjointError for what it cannot hold."""
    place, colon, name = text.rpartition(":")
    if not colon or "\\" in name or "/" in name or name.endswith(".py"):
        place, name = text, ""
    module = _load_module(place)
    found = _find_function(module, name)
    values = _values(at, vars(module)) if at is not None else {}
    function = differentiable(found)
    if unknown := set(values) - set(function.parameter_names):
        target = Target(function, {})
        raise UsageError(f"--at names {', '.join(sorted(unknown))}: {target.signature()}")
    return Target(function, values)


def _load_module(place: str) -> ModuleType:
    if place in ("-", "<stdin>"):
        return _module_of_text(sys.stdin.read())
    path = Path(place)
    if place.endswith(".py") or path.is_file():
        return _module_of_file(path)
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(place)
    except ModuleNotFoundError as error:
        if error.name is not None and (place == error.name or place.startswith(error.name + ".")):
            raise UsageError(f"there is no module {place}; a file is written `FILE.py:FUNC`") from None
        raise _load_failure(error) from None
    except Exception as error:
        raise _load_failure(error) from None


def _module_of_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except AdjointError:
        raise
    except Exception as error:
        raise _load_failure(error) from None
    return module


def _module_of_text(text: str) -> ModuleType:
    module = ModuleType("stdin")
    filename = "<stdin>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    sys.modules["stdin"] = module
    try:
        exec(compile(text, filename, "exec"), vars(module))
    except AdjointError:
        raise
    except Exception as error:
        raise _load_failure(error) from None
    return module


def own_traceback(error: BaseException) -> str:
    """The traceback of the user's frames; with ours where there are no others."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith((_PACKAGE, "<frozen "))]
    lines = traceback.format_list(own or frames) + traceback.format_exception_only(error)
    return "".join(lines).rstrip()


def _load_failure(error: BaseException) -> UsageError:
    return UsageError(f"the module cannot be loaded\n{own_traceback(error)}")


def _find_function(module: ModuleType, name: str) -> Any:
    """The function of that name (dots reach into classes); with no name, the only function of the module."""
    own = [
        key
        for key, value in vars(module).items()
        if isinstance(value, FunctionType | Derivative) and getattr(value, "__module__", "") == module.__name__
    ]
    if not name:
        if len(own) == 1:
            return vars(module)[own[0]]
        raise UsageError(f"say which function: {_choices(own)}")
    found: Any = module
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise UsageError(f"there is no function {name}; {_choices(own)}")
    return found


def _choices(names: Sequence[str]) -> str:
    return f"the module has {', '.join(names)}" if names else "the module has no functions"


def _values(text: str, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments in `x=0.25, w=np.ones(3)`: Python expressions in the user's module."""
    try:
        values = eval(f"dict({text})", {"np": np, **namespace})
    except Exception as error:
        raise UsageError(f"--at {text!r} is not `name=value, ...`: {error}") from None
    result: dict[str, Any] = values
    return result
