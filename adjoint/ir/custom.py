"""Rules that users give for functions of their own or of a library, by function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, TypeVar, final

import numpy as np

from adjoint.errors import AdjointError
from adjoint.ir.builder import type_of_constant
from adjoint.ir.core import Function
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.outward import outward
from adjoint.ir.shapes import broadcast
from adjoint.ir.types import COMPLEX, FLOAT, INT, Array, Scalar, Type, shape_of

T = TypeVar("T")
Lower = Callable[[Callable[..., Any], Sequence[Type], bool], Function]
_DECLARED: dict[Any, Type] = {float: FLOAT, int: INT, complex: COMPLEX}


@final
@dataclass(frozen=True, slots=True, eq=False)
class CustomRule:
    """What a user says of a function's derivative. `lower` turns a function of the rule into IR.

    `partials` is one function, a tuple of functions by position, or a dict of them by name. `result` is the type of
    what the function returns, or a function of the same arguments that returns something of that type and shape.
    """

    function: Callable[..., Any]
    lower: Lower
    partials: Any = None
    pullback: Callable[..., Any] | None = None
    pushforward: Callable[..., Any] | None = None
    result: Any = None
    known: dict[Hashable, Type] = field(default_factory=dict)
    """The result types found so far."""

    def __repr__(self) -> str:
        return f"<rule of {self.name}>"

    @property
    def name(self) -> str:
        return str(getattr(self.function, "__name__", self.function))

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the arguments that the functions of the rule know of."""
        partials = self.partials.values() if isinstance(self.partials, dict) else self.partials
        elementwise = [partials] if callable(partials) else partials or ()
        found = [_names(f, 0) for f in (*elementwise, self.result if self.result not in _DECLARED else None)]
        return max([*found, *(_names(f, 1) for f in (self.pullback, self.pushforward))], key=len)

    def result_type(self, types: Sequence[Type], keywords: Sequence[str]) -> Type:
        """The type of the result for arguments of these types, the last of which are given by these keywords."""
        key = (tuple(types), tuple(keywords))
        if key not in self.known:
            found = self._result_type(types, keywords)
            if not isinstance(found, Scalar | Array):
                raise TypeInferenceError(f"{self.name} returns {found}: a rule is for one number or array")
            self.known[key] = found
        return self.known[key]

    def _result_type(self, types: Sequence[Type], keywords: Sequence[str]) -> Type:
        if self.result in _DECLARED:
            return _DECLARED[self.result]
        if self.result is not None:
            return self._type_by(self.result, types, keywords)
        if is_written_in_python(self.function):
            try:
                return self._type_by(self.function, types, keywords)
            except (AdjointError, TypeInferenceError):
                pass  # it has a rule because it cannot be read, perhaps
        declared = _declared(self.function)
        if declared is not None:
            return declared
        if self.partials is not None:
            return elementwise_type(types, isinstance(self.function, np.ufunc))
        raise TypeInferenceError(f"what {self.name} returns is not known: give `result=` to `custom_rule`")

    def _type_by(self, function: Callable[..., Any], types: Sequence[Type], keywords: Sequence[str]) -> Type:
        """The type that the front end finds for another function of the same arguments."""
        arranged = arrange(function, list(types), keywords, lambda default: type_of_constant(default))
        lowered = self.lower(function, arranged, function is self.function)
        return outward(lowered.result_type, arranged, [arg.type for arg in lowered.args])


def _names(function: Any, first: int) -> tuple[str, ...]:
    """The parameters of a function of a rule behind the first, without `y`."""
    if function is None:
        return ()
    try:
        names = list(inspect.signature(function).parameters)[first:]
    except (TypeError, ValueError):
        return tuple(f"x{number}" for number in range(getattr(function, "nin", 1)))
    return tuple(names[:-1] if wants_result(function) and names[-1] == "y" else names)


CUSTOM: dict[Any, CustomRule] = {}
"""The rules that users have given, by function."""


def key_of(target: Any) -> Any:
    """What a rule is kept under: the function, or which object it is where it cannot be hashed (those of ctypes)."""
    try:
        hash(target)
    except TypeError:
        return "identity", id(target)
    return target


def rule_for(target: Any) -> CustomRule | None:
    """The rule a user gave for a function, if there is one."""
    return CUSTOM.get(key_of(target))


def stop_gradient(x: T) -> T:
    """`x` itself. A derivative takes it for a constant: nothing flows through it."""
    return x


def is_written_in_python(function: Any) -> bool:
    """Whether the function is the user's and its source may be read."""
    root = (getattr(function, "__module__", None) or "").partition(".")[0]
    return isinstance(function, FunctionType) and root not in ("numpy", "scipy")


def _declared(function: Callable[..., Any]) -> Type | None:
    """`float` or another number as the annotation of the result."""
    found = getattr(function, "__annotations__", {}).get("return")
    by_name = {kind.__name__: t for kind, t in _DECLARED.items()}
    return by_name.get(found) if isinstance(found, str) else _DECLARED.get(found)


def elementwise_type(types: Sequence[Type], is_ufunc: bool) -> Type:
    """What arguments of these types broadcast to, in floating point. Raises TypeInferenceError."""
    numbers = [t for t in types if isinstance(t, Scalar | Array)]
    if not any(isinstance(t, Array) for t in numbers) and not is_ufunc:
        return COMPLEX if COMPLEX in numbers else FLOAT
    dtypes = [t.dtype if np.dtype(t.dtype).kind in "fc" else "float64" for t in numbers if isinstance(t, Array)]
    return Array(str(np.result_type(*dtypes)) if dtypes else "float64", broadcast(*map(shape_of, numbers)))


def arrange(
    function: Callable[..., Any], given: list[T], keywords: Sequence[str], default: Callable[[Any], T]
) -> list[T]:
    """The arguments in the order of the function's parameters, the last of them given by keyword.

    Raises TypeInferenceError when they do not fit.
    """
    count = len(given) - len(keywords)
    signature = inspect.signature(function)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in signature.parameters.values()):
        raise TypeInferenceError(f"a function of a rule must name its parameters: {named(function)}{signature}")
    try:
        bound = signature.bind(*given[:count], **dict(zip(keywords, given[count:])))
    except TypeError as error:
        raise TypeInferenceError(f"{named(function)}{signature} does not fit its call: {error}") from None
    parameters = signature.parameters.items()
    return [bound.arguments[name] if name in bound.arguments else default(p.default) for name, p in parameters]


def named(function: Any) -> str:
    """The function's name, for messages."""
    name = getattr(function, "__name__", "function")
    return "the lambda" if name == "<lambda>" else str(name)


def wants_result(function: Callable[..., Any]) -> bool:
    """Whether a function of a rule asks for the result of the primal, `y`."""
    parameter = inspect.signature(function).parameters.get("y")
    return parameter is not None and parameter.kind is parameter.KEYWORD_ONLY
