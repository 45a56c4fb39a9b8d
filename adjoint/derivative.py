"""`Derivative`: a function that computes a derivative, with the source it runs.

It is the user's function and a list of transforms; what to run is decided per signature at the call. A method, a
partial function or a callable object is its function with arguments given beforehand: a view of the function's
`Derivative`, which shares what has been compiled.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar, final

from adjoint import parameters
from adjoint.call_checks import Assumptions, refuse_shared_arrays
from adjoint.callables import NOTHING, Bound, open_callable
from adjoint.errors import AdjointError, NotDifferentiable, UnsupportedConstruct
from adjoint.ir import core
from adjoint.ir.printer import print_function
from adjoint.ir.types import Type
from adjoint.options import PYTHON, Jit, Kind, Mode, Transform
from adjoint.parameters import Parameter, name_of, parameters_of, with_defaults, with_tangents
from adjoint.runtime.dispatch import Dispatcher, Specialization
from adjoint.runtime.known import Numbers
from adjoint.signatures import (
    assumed_types,
    check_real,
    parse_types,
    place_of,
    real_parts,
    type_of_value,
)
from adjoint.slots import Finder, Slot, Slots, Wrt, not_given, parts_of, slots_of

P = ParamSpec("P")
R = TypeVar("R")


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
        binds: str = "method",
        inplace_primal: bool = False,
        jit: Jit = PYTHON,
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self.__wrapped__: Callable[P, Any] = function
        self._transforms = tuple(transforms)
        self.wrt = wrt
        self.mode: Mode = mode
        self._given_source = source
        self._binds = binds
        self.inplace_primal = inplace_primal
        self.jit = jit
        self.writes_back = any(transform.inplace_primal for transform in self._transforms)
        self.bound = NOTHING
        self._is_being_lowered = False
        self.own = parameters_of(function)
        self._parameters = with_tangents(self.own, self._transforms)
        self.__name__ = "_".join([name_of(function), *(t.kind for t in self._transforms)])
        self._binder = parameters.Binder(self.__name__, self._parameters)
        self._derivatives: dict[Any, Derivative[P, Any]] = {}
        self._pullbacks: dict[tuple[Slot, ...], Dispatcher] = {}
        slots = [slot for t in self._transforms for slot in slots_of(t).items if slot.position < len(self.own)]
        self._real = list(dict.fromkeys(slots))
        self._dispatcher = self._dispatch(self._specialize, self._real)
        self._count_straight()

    # calling

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if not self._transforms:
            result: R = self.__wrapped__(*self.bound.args, *args, **{**self.bound.keywords, **kwargs})
            return result
        if not kwargs and len(args) == self._straight:
            values: Sequence[Any] = (*self._first, *args) if self._first else args
        else:
            values = self.bind(args, kwargs)
        if self.writes_back:
            from adjoint.writing_back import refuse_integers

            refuse_integers(self.__wrapped__, self.own, self._real, values)
        try:
            result = self._dispatcher(values)
        except AdjointError as error:
            raise error.with_traceback(None) from None  # the compiler's own frames say nothing to the user
        return result

    def bind(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> list[Any]:
        """The arguments in the order of the parameters, with those given beforehand and defaults.

        Raises TypeError as a call does.
        """
        bound = self.bound
        if not bound:
            return self._binder(args, kwargs)
        return self._binder((*bound.args, *args), {**bound.keywords, **kwargs}, len(bound.args))

    def bound_to(self, bound: Bound) -> Derivative[..., Any]:
        """A view with arguments given beforehand. What is compiled is shared."""
        view = self.unbound()
        view.bound = self.bound.then(bound)
        view._count_straight()
        return view

    def unbound(self) -> Derivative[..., Any]:
        """The function without the arguments given beforehand."""
        view: Derivative[..., Any] = object.__new__(Derivative)
        vars(view).update(vars(self), bound=NOTHING)
        view._count_straight()
        return view

    def _count_straight(self) -> None:
        """How many positional arguments make a call that needs no binding; -1 if there is no such call."""
        straight = not self.bound.keywords and all(p.is_positional for p in self._parameters)
        self._straight = len(self._parameters) - len(self.bound.args) if straight else -1
        self._first = self.bound.args

    def _specialize(self, values: list[Any]) -> Specialization:
        from adjoint import store

        own, types = self._typed(values, self._real)
        return store.specialization(
            self.__wrapped__, types, self._transforms, source=self._given_source, values=own, jit=self.jit
        )

    def _typed(self, values: Sequence[Any], real: Sequence[Slot]) -> tuple[Sequence[Any], list[Type]]:
        """The arguments of the user's function and their types. Raises AdjointError where they do not fit."""
        own = values[: len(self.own)]
        for slot in real:
            if slot.position < len(own):
                try:
                    value = slot.of(own)
                except (KeyError, IndexError):
                    raise not_given(slot, self.own, self.__name__) from None
                check_real(value, slot.name(self.own), self.__wrapped__)
        return own, [type_of_value(value, p.name) for value, p in zip(own, self.own)]

    def _dispatch(self, specialize: Callable[[list[Any]], Specialization], real: Sequence[Slot]) -> Dispatcher:
        positions = sorted({slot.position for slot in real})
        keeps_counts = not any(transform.has_aux for transform in self._transforms)
        return Dispatcher(specialize, len(self.own), positions, parts_of(real), keeps_counts, self._lowered)

    def _lowered(self, values: Sequence[Any]) -> object:
        """The user's function for arguments as they are. Raises AdjointError."""
        from adjoint import relating

        own = values[: len(self.own)]
        types = [type_of_value(value, p.name) for value, p in zip(own, self.own)]
        return relating.lower_for(self.__wrapped__, types, own, self._given_source, False, Assumptions())

    def specialize(self, *args: P.args, **kwargs: P.kwargs) -> Callable[P, R]:
        """The emitted function for arguments like these: no dispatch, no conversion, no check of later arguments."""
        values = self.bind(args, kwargs)
        found = self._dispatcher.entry(values)
        refuse_shared_arrays(self.__wrapped__, values, found.written)
        return found.function

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
        """Write `source` as a module of its own; the path. Globals of yours that it reads by name are not in it."""
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
        from adjoint import relating, store

        given = dict(parse_types(types) if isinstance(types, str) else types)
        for parameter, value in zip(self.own, self.bound.args):
            given.setdefault(parameter.name, type_of_value(value, parameter.name))
        assumed, note = assumed_types(self.__wrapped__, with_defaults(self.own, self.bound.keywords), given, self._real)
        parts = parts_of(self._real)
        real = {slot.position for slot in self._real}
        for position in real:
            assumed[position] = real_parts(assumed[position], parts.get(position))
        defaults = [None if p.name in given or n in real else p.default for n, p in enumerate(self.own)]

        def specialize(types: list[Type], numbers: Numbers) -> Specialization:
            notes = [note] if note else []
            told = " ".join(notes + relating.made_for(self.__wrapped__, defaults, numbers)) or None
            return store.specialization(
                self.__wrapped__, types, self._transforms, source=self._given_source, note=told, jit=self.jit
            )

        return relating.with_numbers(assumed, defaults, specialize)

    def lower(self, types: Sequence[Type], **options: Any) -> core.Function:
        """The IR for arguments of these types; the options are those of `specialize.lower`. Raises AdjointError."""
        from adjoint import specialize

        return specialize.lower(self.__wrapped__, types, self._transforms, source=self._given_source, **options)

    @property
    def __adjoint_primal__(self) -> Callable[P, Any]:
        """With no transforms, the function itself: the front end looks through the decorator."""
        if self._transforms or self.bound:
            raise AttributeError("a derivative is not its primal")
        return self.__wrapped__

    def __adjoint_lower__(self, types: Sequence[Type], specializations: Any = None) -> core.Function:
        """What the front end calls where user code calls this derivative. Raises UnsupportedConstruct for a circle."""
        if self.bound:
            raise UnsupportedConstruct(
                f"{self.__name__!r} has arguments given beforehand",
                place=place_of(self.__wrapped__),
                why="a derivative of a bound method or partial function is not called inside a differentiated function",
                fix="take the derivative of the plain function, and pass it every argument",
            )
        if not self._transforms and specializations is not None:
            lowered: core.Function = specializations.specialize(self.__wrapped__, tuple(types))
            return lowered
        if self.writes_back:
            raise UnsupportedConstruct(
                f"{self.__name__!r} writes into its caller's arrays (inplace_primal=True)",
                place=place_of(self.__wrapped__),
                why="a derivative that is called inside a differentiated function changes nothing",
                fix="leave `inplace_primal` out there",
            )
        if self._is_being_lowered:
            raise UnsupportedConstruct(
                f"{self.__wrapped__.__name__!r} calls its own derivative",
                place=place_of(self.__wrapped__),
                why="its derivative would need all higher derivatives",
                fix="write the inner derivative of a separate function",
            )
        self._is_being_lowered, assumed = True, Assumptions()
        try:
            found = self.lower(types, assumed=assumed, likely=False)
        finally:
            self._is_being_lowered = False
        found.written, found.held = assumed.written, assumed.held
        return found

    # derivatives of it

    @property
    def grad(self) -> Derivative[P, Any]:
        """The gradient with respect to the parameters `wrt` of `differentiate` (the first one by default)."""
        free = self.mode == "reverse"
        return self.derive("grad", self.wrt, self.mode, free=free, inplace_primal=self.inplace_primal)

    @property
    def value_and_grad(self) -> Derivative[P, Any]:
        """Value and gradient in one run."""
        return self.derive("value_and_grad", self.wrt, inplace_primal=self.inplace_primal)

    @property
    def jvp(self) -> Derivative[..., Any]:
        """Forward mode: takes the tangents after the arguments (`x_dot`), returns (value, value_dot)."""
        return self.derive("jvp", self.wrt, inplace_primal=self.inplace_primal)

    @property
    def vjp(self) -> Derivative[..., Any]:
        """Reverse mode: takes the cotangent of the result last (`y_bar`), returns (value, gradient)."""
        return self.derive("vjp", self.wrt, inplace_primal=self.inplace_primal)

    def derive(
        self,
        kind: Kind,
        wrt: Wrt = 0,
        mode: Mode = "reverse",
        *,
        free: bool = False,
        has_aux: bool = False,
        holomorphic: bool = False,
        inplace_primal: bool = False,
        memory: int | None = None,
    ) -> Derivative[P, Any]:
        """One more transform on top. The same request gives the same object, so that its specialisations are kept.

        `free`: nobody asked for the mode, and a derivative of a derivative may be taken forward.
        """
        inplace_primal = inplace_primal or self.writes_back
        if inplace_primal and has_aux:
            raise ValueError("has_aux=True and inplace_primal=True do not go together")
        if inplace_primal and kind == "grad" and mode == "forward":
            raise ValueError("inplace_primal=True takes mode='reverse': forward gradients run the function many times")
        if kind == "grad" and mode == "forward":
            kind = "derivative"
        free = free and kind == "grad" and bool(self._transforms)
        transform = self.slots(wrt).transform(kind, free=free, has_aux=has_aux)
        transform = replace(transform, holomorphic=holomorphic, inplace_primal=inplace_primal, memory=memory)
        return self._derived(transform, wrt, mode)

    def derived(self, kind: Kind, slots: Slots) -> Derivative[..., Any]:
        """One more transform, for slots that have been found already."""
        return self._derived(slots.transform(kind), self.wrt, "reverse")

    def _derived(self, transform: Transform, wrt: Wrt, mode: Mode) -> Derivative[P, Any]:
        if transform not in self._derivatives:
            made: Derivative[P, Any] = Derivative(
                self.__wrapped__,
                (*self._transforms, transform),
                wrt=wrt,
                mode=mode,
                source=self._given_source,
                binds=self._binds,
                inplace_primal=self.inplace_primal,
                jit=self.jit,
            )
            self._derivatives[transform] = made
        found: Any = self._derivatives[transform]
        derivative: Derivative[P, Any] = found.bound_to(self.bound) if self.bound else found
        return derivative

    def compiled(self, jit: Jit | None) -> Derivative[P, R]:
        """The same derivative, run as `jit` says; None leaves it as it is."""
        if jit is None or jit == self.jit:
            return self
        if jit not in self._derivatives:
            made: Derivative[P, R] = Derivative(
                self.__wrapped__,
                self._transforms,
                wrt=self.wrt,
                mode=self.mode,
                source=self._given_source,
                binds=self._binds,
                inplace_primal=self.inplace_primal,
                jit=jit,
            )
            self._derivatives[jit] = made
        found: Any = self._derivatives[jit]
        derivative: Derivative[P, R] = found.bound_to(self.bound) if self.bound else found
        return derivative

    def pulled(self, slots: Slots, values: list[Any]) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
        """The result, and its pullback to the arguments in these slots."""
        if slots.items not in self._pullbacks:

            def specialize(values: list[Any]) -> Specialization:
                from adjoint import specialize

                own, types = self._typed(values, slots.items)
                return specialize.specialize_pullback(
                    self.__wrapped__,
                    types,
                    self._transforms,
                    slots.items,
                    source=self._given_source,
                    values=own,
                    jit=self.jit,
                )

            self._pullbacks[slots.items] = self._dispatch(specialize, slots.items)
        made: tuple[Any, Callable[[Any], tuple[Any, ...]]] = self._pullbacks[slots.items](values)
        return made

    def slots(self, wrt: Wrt) -> Slots:
        """What `wrt` names. Raises NotDifferentiable."""
        left = self.left()
        try:
            return Finder(self._parameters, left, len(self.bound.args)).find(wrt, self.__wrapped__)
        except KeyError as missing:
            names = ", ".join(p.name for p in left)
            raise NotDifferentiable(
                f"{self.__name__!r} has no parameter {missing.args[0]!r} to differentiate in",
                place=place_of(self.__wrapped__),
                why=f"its parameters are {names}" if names else "it has no parameters",
                fix="give `wrt=` one of the names, its position, or a tuple of them",
            ) from None

    def positions(self, wrt: Wrt) -> tuple[tuple[int, ...], bool]:
        """`wrt` as positions of whole parameters, and whether it was one parameter and not a tuple."""
        slots = self.slots(wrt)
        return slots.positions, slots.single

    def prepare(self, values: list[Any]) -> Callable[..., Any]:
        """For many calls with one signature: what to call. `values` may lack tangents; its integers are made real."""
        return self.prepared(values).call

    def prepared(self, values: list[Any]) -> Specialization:
        """The specialisation for values, whose integers are made real."""
        return self._dispatcher.entry(values)

    @property
    def names(self) -> list[str]:
        """The names of all parameters, those given beforehand too, then tangents and cotangents."""
        return [p.name for p in self._parameters]

    @property
    def kinds(self) -> list[str]:
        """How each of them is passed."""
        return [p.kind for p in self._parameters]

    @property
    def parameter_names(self) -> list[str]:
        """The names of the parameters that a call gives, tangents and cotangents included."""
        return [p.name for p in self.left()]

    def left(self) -> list[Parameter]:
        """The parameters that a call gives."""
        return parameters.remaining(self._parameters, len(self.bound.args), self.bound.keywords)

    # being a function

    @property
    def __signature__(self) -> inspect.Signature:
        return parameters.python_signature(self.left())

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """In a class body it binds as a function does, or as the static or class method that it was made from."""
        if self.bound or self._binds == "static" or (instance is None and self._binds == "method"):
            return self
        return self.bound_to(Bound((owner if self._binds == "class" else instance,)))

    def __repr__(self) -> str:
        names = ", ".join(self.parameter_names)
        kind = "derivative" if self._transforms else "differentiable"
        return f"<{kind} {self.__name__}({names})>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from adjoint.display import mimebundle

        return mimebundle(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuilt from the function, not from emitted code."""
        from adjoint import rebuilding

        if self.bound:
            return rebuilding.bind, (self.unbound(), self.bound)
        function = getattr(self.__wrapped__, "__adjoint_stands_for__", self.__wrapped__)
        module, name = function.__module__, function.__qualname__
        arguments = (self._transforms, self.wrt, self.mode, self._given_source, self.inplace_primal, self.jit)
        found = rebuilding.find(module, name)
        if found is self:
            return rebuilding.find, (module, name)
        if isinstance(found, Derivative):
            return rebuilding.rebuild_by_name, (module, name, *arguments)
        return rebuilding.rebuild, (function, *arguments)


def differentiable(function: Callable[P, R], source: str | None = None) -> Derivative[P, R]:
    """The function as a `Derivative` of order 0: itself if it is one, else one made for it and remembered with it.

    A method, a partial function or a callable object gives a view of its function's.
    """
    if isinstance(function, Derivative):
        return function
    if not callable(function):
        raise TypeError(f"expected a function, got {type(function).__name__}")
    inner, bound = open_callable(function)
    made: Any = inner if isinstance(inner, Derivative) else _remembered(inner, source)
    opened: Derivative[P, R] = made.bound_to(bound) if bound else made
    return opened


def _remembered(function: Callable[P, R], source: str | None) -> Derivative[P, R]:
    if source is not None:
        return Derivative(function, source=source)
    found = getattr(function, "__adjoint__", None)
    if found is None or found.__wrapped__ is not function:  # `functools.wraps` copies attributes to other functions
        found = Derivative(function)
        with contextlib.suppress(AttributeError, TypeError):
            function.__adjoint__ = found  # type: ignore[attr-defined]  # functions take attributes, others refuse
    made: Derivative[P, R] = found
    return made
