"""`Derivative`: a function that computes a derivative, with the source it runs.

It is the user's function and a list of transforms; what to run is decided per signature at the call.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar, final

from adjoint.errors import AdjointError, NotDifferentiable, UnsupportedConstruct
from adjoint.ir import core
from adjoint.ir.printer import print_function
from adjoint.ir.types import Type
from adjoint.options import Kind, Mode, Transform
from adjoint.runtime.dispatch import Dispatcher, Specialization
from adjoint.signatures import (
    Parameter,
    assumed_types,
    check_real,
    parameters_of,
    parse_types,
    place_of,
    real_type,
    type_of_value,
)

P = ParamSpec("P")
R = TypeVar("R")
Wrt = int | str | Sequence[int | str]


@final
class Derivative(Generic[P, R]):
    """A function made from `__wrapped__` by derivative transforms; with none of them, the function itself.

    Call it like the function. `.source` is the Python that runs, `.ir` the program it was written from, `.save(path)`
    writes a module, `.specialize(*args)` gives the bare emitted function for arguments like these, and `.grad`,
    `.value_and_grad`, `.jvp`, `.vjp` are its derivatives in turn.
    """

    def __init__(
        self,
        function: Callable[P, Any],
        transforms: Sequence[Transform] = (),
        *,
        wrt: Wrt = 0,
        mode: Mode = "reverse",
        source: str | None = None,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self.__wrapped__: Callable[P, Any] = function
        self._transforms = tuple(transforms)
        self.wrt = wrt
        self.mode: Mode = mode
        self._given_source = source
        self._is_being_lowered = False
        self._own = parameters_of(function)
        self._parameters = _with_tangents(self._own, self._transforms)
        self._count = len(self._parameters)
        self.__name__ = "_".join([getattr(function, "__name__", "function"), *(t.kind for t in self._transforms)])
        self._derivatives: dict[Any, Derivative[P, Any]] = {}
        self._pullbacks: dict[tuple[int, ...], Dispatcher] = {}
        real = sorted({position for t in self._transforms for position in t.wrt})
        self._dispatcher = Dispatcher(self._specialize, len(self._own), real)
        self._checked = [position for position in real if position < len(self._own)]

    # calling

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if not self._transforms:
            result: R = self.__wrapped__(*args, **kwargs)
            return result
        values = args if not kwargs and len(args) == self._count else self.bind(args, kwargs)
        try:
            result = self._dispatcher(values)
        except AdjointError as error:
            raise error.with_traceback(None) from None  # the compiler's own frames say nothing to the user
        return result

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments in the order of the parameters, defaults filled in. Raises TypeError as a call does."""
        name = self.__name__
        positional = [p for p in self._parameters if not p.keyword_only]
        if len(args) > len(positional):
            raise TypeError(f"{name}() takes {len(positional)} positional arguments but {len(args)} were given")
        given = {p.name: value for p, value in zip(positional, args)}
        by_name = {p.name for p in self._parameters if not p.positional_only}
        for key, value in kwargs.items():
            if key not in by_name:
                raise TypeError(f"{name}() got an unexpected keyword argument {key!r}")
            if key in given:
                raise TypeError(f"{name}() got multiple values for argument {key!r}")
            given[key] = value
        missing = [p.name for p in self._parameters if p.name not in given and p.required]
        if missing:
            raise TypeError(f"{name}() missing required argument: {', '.join(map(repr, missing))}")
        return [given[p.name] if p.name in given else p.default for p in self._parameters]

    def _specialize(self, values: list[Any]) -> Specialization:
        from adjoint import specialize

        own, types = self._typed(values, self._checked)
        return specialize.specialize(self.__wrapped__, types, self._transforms, source=self._given_source, values=own)

    def _typed(self, values: Sequence[Any], real: Sequence[int]) -> tuple[Sequence[Any], list[Type]]:
        """The arguments of the user's function and their types. Raises AdjointError where they do not fit."""
        for position in real:
            if position < len(self._own):
                check_real(values[position], self._own[position].name, self.__wrapped__)
        own = values[: len(self._own)]
        return own, [type_of_value(value, p.name) for value, p in zip(own, self._own)]

    def specialize(self, *args: P.args, **kwargs: P.kwargs) -> Callable[P, R]:
        """The emitted function for arguments like these: no dispatch, no conversion, no check of later arguments."""
        return self._dispatcher.entry(self.bind(args, kwargs)).function

    # reading

    @property
    def source(self) -> str:
        """The emitted Python, for the arguments of the latest call; before any call, for assumed types."""
        return self._shown().source

    @property
    def ir(self) -> str:
        """The program behind `source`, as IR text."""
        return print_function(self._shown().program)

    def save(self, path: str | Path) -> Path:
        """Write `source` as a module of its own; the path."""
        target = Path(path)
        target.write_text(self.source, encoding="utf-8")
        return target

    def _shown(self) -> Specialization:
        if self._dispatcher.latest is None:
            self._dispatcher.latest = self.for_types({})
        return self._dispatcher.latest

    def for_types(self, types: Mapping[str, Type] | str) -> Specialization:
        """The specialisation for parameter types, given by name or as text (`x: f8[:,:], n: int`).

        Parameters that are not named have the type of their annotation or default, else float. Raises ValueError.
        """
        from adjoint import specialize

        given = parse_types(types) if isinstance(types, str) else types
        assumed, note = assumed_types(self.__wrapped__, self._own, given)
        for position in self._checked:
            assumed[position] = real_type(assumed[position])
        return specialize.specialize(self.__wrapped__, assumed, self._transforms, source=self._given_source, note=note)

    def lower(self, types: Sequence[Type], *, note: str | None = None) -> core.Function:
        """The IR for arguments of these types. Raises AdjointError."""
        from adjoint import specialize

        return specialize.lower(self.__wrapped__, types, self._transforms, source=self._given_source, note=note)

    @property
    def __adjoint_primal__(self) -> Callable[P, Any]:
        """With no transforms, the function itself: the front end looks through the decorator."""
        if self._transforms:
            raise AttributeError("a derivative is not its primal")
        return self.__wrapped__

    def __adjoint_lower__(self, types: Sequence[Type], specializations: Any = None) -> core.Function:
        """What the front end calls where user code calls this derivative. Raises UnsupportedConstruct for a circle."""
        if not self._transforms and specializations is not None:
            lowered: core.Function = specializations.specialize(self.__wrapped__, tuple(types))
            return lowered
        if self._is_being_lowered:
            raise UnsupportedConstruct(
                f"{self.__wrapped__.__name__!r} calls its own derivative",
                place=place_of(self.__wrapped__),
                why="its derivative would need all higher derivatives",
                fix="write the inner derivative of a separate function",
            )
        self._is_being_lowered = True
        try:
            return self.lower(types)
        finally:
            self._is_being_lowered = False

    # derivatives of it

    @property
    def grad(self) -> Derivative[P, Any]:
        """The gradient with respect to the parameters `wrt` of `differentiate` (the first one by default)."""
        return self.derive("grad", self.wrt, self.mode, free=self.mode == "reverse")

    @property
    def value_and_grad(self) -> Derivative[P, Any]:
        """Value and gradient in one run."""
        return self.derive("value_and_grad", self.wrt)

    @property
    def jvp(self) -> Derivative[..., Any]:
        """Forward mode: takes the tangents after the arguments (`x_dot`), returns (value, value_dot)."""
        return self.derive("jvp", self.wrt)

    @property
    def vjp(self) -> Derivative[..., Any]:
        """Reverse mode: takes the cotangent of the result last (`y_bar`), returns (value, gradient)."""
        return self.derive("vjp", self.wrt)

    def derive(
        self, kind: Kind, wrt: Wrt = 0, mode: Mode = "reverse", *, free: bool = False
    ) -> Derivative[P, Any]:
        """One more transform on top. The same request gives the same object, so that its specialisations are kept.

        `free`: nobody asked for the mode, and a derivative of a derivative may be taken forward.
        """
        positions, single = self.positions(wrt)
        if kind == "jvp":
            positions = tuple(sorted(positions))  # tangents stand in the order of the parameters
        if kind == "grad" and mode == "forward":
            kind = "derivative"
        transform = Transform(kind, positions, single, free and kind == "grad" and bool(self._transforms))
        if transform not in self._derivatives:
            made: Derivative[P, Any] = Derivative(
                self.__wrapped__,
                (*self._transforms, transform),
                wrt=wrt,
                mode=mode,
                source=self._given_source,
            )
            self._derivatives[transform] = made
        return self._derivatives[transform]

    def pulled(self, positions: tuple[int, ...], values: list[Any]) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The result, and its pullback to the arguments at these positions."""
        if positions not in self._pullbacks:

            def specialize(values: list[Any]) -> Specialization:
                from adjoint import specialize

                own, types = self._typed(values, positions)
                return specialize.specialize_pullback(
                    self.__wrapped__, types, self._transforms, positions, source=self._given_source, values=own
                )

            self._pullbacks[positions] = Dispatcher(specialize, len(self._own), positions)
        made: tuple[Any, Callable[[Any], tuple[Any, ...]]] = self._pullbacks[positions](values)
        return made

    def positions(self, wrt: Wrt) -> tuple[tuple[int, ...], bool]:
        """`wrt` as positions, and whether it was one parameter and not a tuple. Raises NotDifferentiable."""
        single = isinstance(wrt, int | str)
        items: Sequence[int | str] = (wrt,) if isinstance(wrt, int | str) else tuple(wrt)
        found = tuple(self._position(item) for item in items)
        if not found or len(set(found)) != len(found):
            raise ValueError(f"wrt={wrt!r} must name at least one parameter, each once")
        return found, single

    def _position(self, item: int | str) -> int:
        names = self.parameter_names
        if isinstance(item, str) and item in names:
            return names.index(item)
        if isinstance(item, int) and not isinstance(item, bool) and -len(names) <= item < len(names):
            return item % len(names)
        raise NotDifferentiable(
            f"{self.__name__!r} has no parameter {item!r} to differentiate in",
            place=place_of(self.__wrapped__),
            why=f"its parameters are {', '.join(names)}" if names else "it has no parameters",
            fix="give `wrt=` one of the names, its position, or a tuple of them",
        )

    def prepare(self, values: list[Any]) -> Callable[..., Any]:
        """For many calls with one signature: what to call. `values` may lack tangents; its integers are made real."""
        return self._dispatcher.entry(values).call

    @property
    def parameter_names(self) -> list[str]:
        """The names of the parameters, tangents and cotangents included."""
        return [p.name for p in self._parameters]

    # being a function

    @property
    def __signature__(self) -> inspect.Signature:
        kinds = inspect.Parameter
        made: list[inspect.Parameter] = []
        for p in self._parameters:
            kind: Any = kinds.POSITIONAL_OR_KEYWORD
            if p.keyword_only or (made and made[-1].kind is kinds.KEYWORD_ONLY):
                kind = kinds.KEYWORD_ONLY
            elif p.positional_only:
                kind = kinds.POSITIONAL_ONLY
            elif p.required and made and made[-1].default is not kinds.empty:
                kind = kinds.KEYWORD_ONLY
            made.append(kinds(p.name, kind, default=p.default))
        return inspect.Signature(made)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """In a class body it binds as a function does."""
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        names = ", ".join(self.parameter_names)
        return (
            f"<derivative {self.__name__}({names})>"
            if self._transforms
            else f"<differentiable {self.__name__}({names})>"
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from adjoint.display import mimebundle

        return mimebundle(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuilt from the function, not from emitted code."""
        function = self.__wrapped__
        module, name = function.__module__, function.__qualname__
        arguments = (self._transforms, self.wrt, self.mode, self._given_source)
        found = _find(module, name)
        if found is self:
            return _find, (module, name)
        if isinstance(found, Derivative):
            return _rebuild_by_name, (module, name, *arguments)
        return _rebuild, (function, *arguments)


def _find(module: str, name: str) -> Any:
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _rebuild(
    function: Callable[..., Any], transforms: Sequence[Transform], wrt: Wrt, mode: Mode, source: str | None
) -> Derivative[..., Any]:
    return Derivative(function, transforms, wrt=wrt, mode=mode, source=source)


def _rebuild_by_name(module: str, name: str, *arguments: Any) -> Derivative[..., Any]:
    return _rebuild(_find(module, name).__wrapped__, *arguments)


def _with_tangents(own: Sequence[Parameter], transforms: Sequence[Transform]) -> list[Parameter]:
    """The parameters after the transforms: `jvp` adds tangents, `vjp` a cotangent."""
    parameters = list(own)
    for transform in transforms:
        added = []
        if transform.kind == "jvp":
            added = [f"{parameters[position].name}_dot" for position in transform.wrt]
        elif transform.kind in ("vjp", "pullback"):
            added = ["y_bar"]
        for name in added:
            parameters.append(Parameter(_fresh(name, {p.name for p in parameters})))
    return parameters


def _fresh(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def differentiable(function: Callable[P, R], source: str | None = None) -> Derivative[P, R]:
    """The function as a `Derivative` of order 0: itself if it is one, else one made for it and remembered with it."""
    if isinstance(function, Derivative):
        return function
    if not callable(function):
        raise TypeError(f"expected a function, got {type(function).__name__}")
    if source is not None:
        return Derivative(function, source=source)
    found = getattr(function, "__adjoint__", None)
    if found is None or found.__wrapped__ is not function:  # `functools.wraps` copies attributes to other functions
        found = Derivative(function)
        with contextlib.suppress(AttributeError):
            function.__adjoint__ = found  # type: ignore[attr-defined]  # functions take attributes, others refuse
    made: Derivative[P, R] = found
    return made
