"""What can be differentiated: any callable that ends in a Python function, with arguments it already has.

model.loss                   Model.loss, with `model` in front
functools.partial(f, 2.0)    f, with 2.0 in front
model                        Model.__call__, with `model` in front
math.sin                     a function of one line that calls it
"""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any, final

import numpy as np

from adjoint.ir.custom import key_of, rule_for
from adjoint.ir.jitted import python_function
from adjoint.runtime.containers import kind_of


@final
@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments given beforehand."""

    args: tuple[Any, ...] = ()
    keywords: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.args or self.keywords)

    def then(self, later: Bound) -> Bound:
        """These, then those given later."""
        return Bound((*self.args, *later.args), {**self.keywords, **later.keywords})


NOTHING = Bound()


def open_callable(function: Callable[..., Any]) -> tuple[Callable[..., Any], Bound]:
    """The function behind a callable, and the arguments it is called with first. Others are left as they are."""
    rule = rule_for(function)
    if rule is not None:
        return _called(function, rule.parameters), NOTHING
    if isinstance(function, MethodType):
        return _opened(function.__func__, Bound((function.__self__,)))
    if isinstance(function, functools.partial):
        return _opened(function.func, Bound(function.args, function.keywords))
    if isinstance(function, functools._lru_cache_wrapper):  # gives what the function gives
        return _opened(function.__wrapped__, NOTHING)
    if isinstance(function, FunctionType | type) or hasattr(function, "__adjoint_lower__"):
        return function, NOTHING
    compiled = python_function(function)
    if compiled is not None:
        return _opened(compiled, NOTHING)
    cls: Any = type(function)
    if kind_of(cls) in ("record", "named"):
        return _opened(cls.__call__, Bound((function,)))
    return _written_out(function), NOTHING


def _opened(function: Any, bound: Bound) -> tuple[Callable[..., Any], Bound]:
    inner, earlier = open_callable(function)
    return inner, earlier.then(bound)


def open_descriptor(value: Any) -> tuple[Any, str]:
    """What a static or class method is made of, and how it binds. Raises TypeError for a property."""
    if isinstance(value, staticmethod):
        return value.__func__, "static"
    if isinstance(value, classmethod):
        return value.__func__, "class"
    if isinstance(value, property | functools.cached_property):
        raise TypeError(f"a {type(value).__name__} is not called: write @differentiate below it, next to the function")
    return value, "method"


def _written_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """`def sin(x): return math.sin(x)` for an operation of a library; anything else as it is."""
    from adjoint.ir import binding
    from adjoint.ir import ops as _ops  # noqa: F401  (fills the table of operations)

    found = binding.definition_of(function)
    module, name = _home_of(function)
    if found is None or not name.isidentifier():
        return function
    names = [part.strip() for part in found[1].split(",")]
    count = sum(part in found[0].operands for part in names)
    if not count or not all(part.isidentifier() and part in found[0].operands for part in names[:count]):
        return function
    return _function_of_text(module, name, ", ".join(names[:count]), function)


_CALLED: dict[Any, Callable[..., Any]] = {}


def _called(function: Callable[..., Any], known: tuple[str, ...]) -> Callable[..., Any]:
    """The function that calls one with a rule of the user's: the same one each time."""
    key = key_of(function), known
    if key not in _CALLED:
        _CALLED[key] = _calling(function, known)
    return _CALLED[key]


def _calling(function: Callable[..., Any], known: tuple[str, ...]) -> Callable[..., Any]:
    """`def f(x): return f(x)` for a function with a rule of the user's, whose functions know of these parameters.

    Of the parameters with defaults it has those that the rule knows of.
    """
    name = getattr(function, "__name__", "")
    name = name if name.isidentifier() else "function"
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        found = []
    if not found or any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found):
        found = [inspect.Parameter(each, inspect.Parameter.POSITIONAL_ONLY) for each in known]
    parameters = [p for number, p in enumerate(found) if p.default is p.empty or number < len(known)]
    given = [f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else p.name for p in parameters]
    plain = inspect.Signature([p.replace(annotation=p.empty, default=p.empty) for p in parameters])
    text = f"def {name}{plain}:\n    return {name}({', '.join(given)})\n"
    made = _made_of_text(text, name, f"<rule of {name}>", {"__name__": getattr(function, "__module__", None)})
    defaults = {p.name: p.default for p in parameters if p.default is not p.empty}
    only = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    made.__globals__[name] = function
    made.__defaults__ = tuple(value for each, value in defaults.items() if each not in only)
    made.__kwdefaults__ = {each: value for each, value in defaults.items() if each in only}
    made.__adjoint_stands_for__ = function
    stand_in: Callable[..., Any] = made
    return stand_in


def _home_of(function: Any) -> tuple[str, str]:
    name = getattr(function, "__name__", "")
    module = getattr(function, "__module__", None) or "numpy"
    if getattr(np, name, None) is function:
        module = "numpy"
    return module, name if getattr(sys.modules.get(module), name, None) is function else ""


@functools.lru_cache(maxsize=1024)
def _function_of_text(module: str, name: str, parameters: str, function: Any) -> Callable[..., Any]:
    short = {"numpy": "np"}.get(module, module.rpartition(".")[2])
    text = f"def {name}({parameters}, /):\n    return {short}.{name}({parameters})\n"
    made = _made_of_text(text, name, f"<{module}.{name}>", {"__name__": module, short: sys.modules[module]})
    made.__adjoint_stands_for__ = function
    stand_in: Callable[..., Any] = made
    return stand_in


def _made_of_text(text: str, name: str, filename: str, namespace: dict[str, Any]) -> Any:
    """The function that a text defines; Python finds the text under the file's name."""
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    exec(compile(text, filename, "exec"), namespace)
    return namespace[name]
