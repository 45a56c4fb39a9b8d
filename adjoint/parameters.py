"""Parameters: what a function can be called with, binding a call to them, and which of them `wrt` means."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FunctionType
from typing import Any, final

from adjoint.errors import UnsupportedConstruct
from adjoint.options import Transform

EMPTY = inspect.Parameter.empty

POSITIONAL_ONLY = "positional only"
POSITIONAL = "positional or keyword"
REST = "variadic positional"
KEYWORD = "keyword only"
KEYWORDS = "variadic keyword"
_ORDER = (POSITIONAL_ONLY, POSITIONAL, REST, KEYWORD, KEYWORDS)


@final
@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a derivative's call. Tangents and cotangents come after those of the user's function."""

    name: str
    kind: str = POSITIONAL
    default: Any = EMPTY

    @property
    def required(self) -> bool:
        return self.default is EMPTY and self.kind not in (REST, KEYWORDS)

    @property
    def is_positional(self) -> bool:
        return self.kind in (POSITIONAL, POSITIONAL_ONLY)


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a function as it is, not of one that it wraps. Raises UnsupportedConstruct."""
    return [
        Parameter(parameter.name, parameter.kind.description.replace("-", " "), parameter.default)
        for parameter in signature_of(function).parameters.values()
    ]


def signature_of(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of the code that runs: decorators may claim another one. Raises UnsupportedConstruct."""
    if isinstance(function, FunctionType):
        bare = FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, function.__closure__
        )
        bare.__kwdefaults__ = function.__kwdefaults__
        return inspect.signature(bare)
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        raise UnsupportedConstruct(
            f"{getattr(function, '__name__', function)!r} has no Python signature",
            why="only functions written in Python can be differentiated by name",
            fix="wrap it: `lambda x: f(x)`",
        ) from None


def name_of(function: Callable[..., Any]) -> str:
    """The function's name; for `__call__` that of its class."""
    name: str = getattr(function, "__name__", "function")
    path = getattr(function, "__qualname__", name).split(".")
    return path[-2] if name == "__call__" and len(path) > 1 else name


def with_tangents(own: Sequence[Parameter], transforms: Sequence[Transform]) -> list[Parameter]:
    """The parameters after the transforms: `jvp` adds tangents, `vjp` a cotangent."""
    parameters = list(own)
    kind = POSITIONAL if find(own, REST) is None else KEYWORD
    for transform in transforms:
        added = []
        if transform.kind == "jvp":
            added = [f"{parameters[position].name}_dot" for position in dict.fromkeys(transform.wrt)]
        elif transform.kind in ("vjp", "pullback"):
            added = ["y_bar"]
        for name in added:
            parameters.append(Parameter(_fresh(name, {p.name for p in parameters}), kind))
    return parameters


def _fresh(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def with_defaults(parameters: Sequence[Parameter], defaults: Mapping[str, Any]) -> list[Parameter]:
    """The parameters with other defaults."""
    named = (POSITIONAL, KEYWORD)
    return [replace(p, default=defaults[p.name]) if p.kind in named and p.name in defaults else p for p in parameters]


def find(parameters: Sequence[Parameter], kind: str) -> int | None:
    """The position of the `*args` or `**kwargs` parameter, if there is one."""
    return next((index for index, parameter in enumerate(parameters) if parameter.kind == kind), None)


@final
class Binder:
    """Binds the arguments of calls to parameters, by Python's rules."""

    def __init__(self, name: str, parameters: Sequence[Parameter]) -> None:
        self.name = name
        self.order = [(p.name, p.default, p.required) for p in parameters]
        self.positional = [p.name for p in parameters if p.is_positional]
        self.by_name = frozenset(p.name for p in parameters if p.kind in (POSITIONAL, KEYWORD))
        self.rest, self.keywords = (
            next((p.name for p in parameters if p.kind == kind), None) for kind in (REST, KEYWORDS)
        )

    def __call__(self, args: Sequence[Any], kwargs: Mapping[str, Any], bound: int = 0) -> list[Any]:
        """The arguments in the order of the parameters, defaults filled in. Raises TypeError as a call does.

        `bound` of the positional arguments were given beforehand: they are not counted in messages.
        """
        count = len(self.positional)
        if len(args) > count and self.rest is None:
            takes, given_count = count - bound, len(args) - bound
            raise TypeError(f"{self.name}() takes {takes} positional arguments but {given_count} were given")
        given = dict(zip(self.positional, args))
        if self.rest is not None:
            given[self.rest] = tuple(args[count:])
        extra = self._enter(kwargs, given) if kwargs else {}
        if self.keywords is not None:
            given[self.keywords] = extra
        missing = [name for name, _, required in self.order if required and name not in given]
        if missing:
            raise TypeError(f"{self.name}() missing required argument: {', '.join(map(repr, missing))}")
        return [given[name] if name in given else default for name, default, _ in self.order]

    def _enter(self, kwargs: Mapping[str, Any], given: dict[str, Any]) -> dict[str, Any]:
        """Enter the arguments given by name; those that no parameter has a name for."""
        extra = {}
        for key, value in kwargs.items():
            if key not in self.by_name:
                if self.keywords is None:
                    raise TypeError(f"{self.name}() got an unexpected keyword argument {key!r}")
                extra[key] = value
            elif key in given:
                raise TypeError(f"{self.name}() got multiple values for argument {key!r}")
            else:
                given[key] = value
        return extra


def arranged(kinds: Sequence[str], names: Sequence[str], values: Sequence[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Values in the order of the parameters as positional and keyword arguments: `f(*args, **kwargs)`."""
    args: list[Any] = []
    named: dict[str, Any] = {}
    after_rest = False
    for kind, name, value in zip(kinds, names, values):
        if kind == REST:
            args += value
            after_rest = True
        elif kind == KEYWORDS:
            named.update(value)
        elif kind == KEYWORD or after_rest:
            named[name] = value
        else:
            args.append(value)
    return args, named


def remaining(parameters: Sequence[Parameter], count: int, keywords: Mapping[str, Any]) -> list[Parameter]:
    """The parameters left when the first `count` positional ones are given and `keywords` have new defaults.

    As with `functools.partial`: from the first one with a new default on, they are given by name.
    """
    left: list[Parameter] = []
    by_name = False
    for parameter in parameters:
        if parameter.is_positional and count > 0:
            count -= 1
            continue
        if parameter.name in keywords and parameter.kind in (POSITIONAL, KEYWORD):
            parameter = replace(parameter, default=keywords[parameter.name])
            by_name = by_name or parameter.kind == POSITIONAL
        if by_name and parameter.kind == REST:
            continue
        left.append(replace(parameter, kind=KEYWORD) if by_name and parameter.kind == POSITIONAL else parameter)
    return left


def python_signature(parameters: Sequence[Parameter]) -> inspect.Signature:
    """The parameters as `inspect` shows them. One without a default behind one that has a default goes by name."""
    made: list[inspect.Parameter] = []
    has_default = False
    for p in parameters:
        kind = p.kind
        if p.is_positional:
            kind = KEYWORD if p.required and has_default else kind
            has_default = has_default or not p.required
        made.append(inspect.Parameter(p.name, _KINDS[kind], default=p.default))
    return inspect.Signature(sorted(made, key=lambda parameter: parameter.kind))


_KINDS: dict[str, Any] = dict(
    zip(
        _ORDER,
        (
            inspect.Parameter.POSITIONAL_ONLY,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.KEYWORD_ONLY,
            inspect.Parameter.VAR_KEYWORD,
        ),
    )
)
