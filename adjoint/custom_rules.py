"""Rules for one's own functions, or those of a library, that adjoint cannot read: `custom_rule`, and a test of them.

@custom_rule(partials=lambda x, *, y: 1 - y * y)
def tanh(x):
    return library.tanh(x)

custom_rule(library.solve, pullback=solve_pullback, result=lambda a, b: b)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, overload

import numpy as np

from adjoint.ir.core import Function
from adjoint.ir.custom import CUSTOM, CustomRule, key_of
from adjoint.ir.opset import TypeInferenceError
from adjoint.ir.relations import using
from adjoint.ir.signature import symbolic
from adjoint.ir.types import Type
from adjoint.options import Mode
from adjoint.runtime.dispatch import as_real, forget_all
from adjoint.slots import Wrt

F = TypeVar("F", bound=Callable[..., Any])


@overload
def custom_rule(
    function: F,
    /,
    *,
    partials: Any = None,
    pullback: Callable[..., Any] | None = None,
    pushforward: Callable[..., Any] | None = None,
    result: Any = None,
) -> F: ...
@overload
def custom_rule(
    *,
    partials: Any = None,
    pullback: Callable[..., Any] | None = None,
    pushforward: Callable[..., Any] | None = None,
    result: Any = None,
) -> Callable[[F], F]: ...
def custom_rule(
    function: Any = None,
    /,
    *,
    partials: Any = None,
    pullback: Callable[..., Any] | None = None,
    pushforward: Callable[..., Any] | None = None,
    result: Any = None,
) -> Any:
    """Say what the derivative of a function is. Returns the function; without one, a decorator.

    The rule is plain Python, differentiated again for higher orders. Each of its functions takes the arguments of the
    function, and its result too if it has a keyword-only parameter `y`.

    partials: for an elementwise function. `lambda x: 3 * x**2`; for several arguments a tuple of such functions (None
        for an argument that is never differentiated), a dict of them by parameter, or one function returning a tuple.
    pullback: `pullback(y_bar, *args)` returns the cotangent of each argument, a tuple if there are several.
    pushforward: `pushforward(tangents, *args)` returns the tangent of the result; `tangents` has one for each argument.
    result: what the function returns, where that cannot be found: `float`, or a function of the same arguments with a
        result of that shape, such as `lambda a, b: a @ b`.

    The function must not change its arguments, nor return memory of theirs. `check_rule` tests the rule.
    """
    if function is None:

        def decorate(f: F) -> F:
            custom_rule(f, partials=partials, pullback=pullback, pushforward=pushforward, result=result)
            return f

        return decorate
    if not callable(function):
        raise TypeError(f"custom_rule takes a function, not {function!r}")
    if partials is not None and (pullback is not None or pushforward is not None):
        raise TypeError("give `partials`, or `pullback` and `pushforward`: partials are enough for both modes")
    rule = CustomRule(function, _lower, _checked_partials(function, partials), pullback, pushforward, result)
    CUSTOM[key_of(function)] = rule
    forget_all()
    return function


def _checked_partials(function: Callable[..., Any], partials: Any) -> Any:
    """The partials as one function, or several by parameter (by position where no signature is known)."""
    if partials is None or callable(partials):
        return partials
    names = _parameters(function)
    if isinstance(partials, dict):
        unknown = [name for name in partials if name not in names]
        if unknown:
            raise TypeError(f"partials name {', '.join(map(repr, unknown))}: the parameters are {', '.join(names)}")
        given = {name: partials.get(name) for name in names}
    elif isinstance(partials, tuple | list):
        given = dict(zip(names, partials))
    else:
        raise TypeError("partials is a function, a tuple of functions, or a dict of them by parameter")
    if not all(each is None or callable(each) for each in (given.values() if names else partials)):
        raise TypeError("each of the partials is a function, or None")
    return given if names else tuple(partials)


def _parameters(function: Callable[..., Any]) -> list[str]:
    """The names of the parameters; none where Python does not know them, or they may be any."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    return [] if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found) else [p.name for p in found]


def _lower(function: Callable[..., Any], types: Sequence[Type], inside: bool = False) -> Function:
    """A function of a rule as IR, for arguments of these types; `inside`, what it does whatever its own rule says."""
    from adjoint import pipeline
    from adjoint.callables import NOTHING, open_callable

    plain, bound = (function, NOTHING) if inside else open_callable(function)
    if bound:
        raise TypeInferenceError(f"{function!r} has arguments given beforehand")
    names = list(inspect.signature(plain).parameters)
    with using(None):
        made = pipeline.lower(plain, [symbolic(t, name) for t, name in zip(types, names)])
    made.name = made.name if made.name.isidentifier() and made.name != "function" else "rule"
    return made


def check_rule(
    function: Callable[..., Any], *args: Any, wrt: Wrt | None = None, rtol: float = 1e-5, atol: float = 1e-7
) -> None:
    """Test the rule of a function at example arguments: raises AssertionError with a report of what is wrong.

    What the rule gives is compared with finite differences of the function, forward with reverse mode where it has
    both, and so are second derivatives where the functions of the rule have rules in turn. It is also tested that the
    function has the result that was declared, and leaves its arguments alone.
    """
    from adjoint.checking import check_grads
    from adjoint.errors import NoRule

    rule = CUSTOM.get(key_of(function))
    modes = _modes(rule)
    if rule is not None:
        _check_call(rule, args)
        wrt = _differentiated(rule) if wrt is None else wrt
    check_grads(function, args, 1, modes, wrt=wrt, rtol=rtol, atol=atol)
    try:
        check_grads(function, args, 2, modes, wrt=wrt, rtol=rtol, atol=atol)
    except NoRule:
        return  # the rule gives first derivatives only


def _modes(rule: CustomRule | None) -> tuple[Mode, ...]:
    if rule is None or rule.partials is not None:
        return ("forward", "reverse")
    if rule.pullback is None and rule.pushforward is None:
        raise ValueError(f"the rule of {rule.name} has no partials, pullback or pushforward: nothing to check")
    modes: list[Mode] = ["forward"] if rule.pushforward is not None else []
    return (*modes, "reverse") if rule.pullback is not None else (*modes,)


def _differentiated(rule: CustomRule) -> tuple[int, ...] | None:
    """The arguments that have partials, where those are given one by one; None for all that are real numbers."""
    if rule.partials is None or callable(rule.partials):
        return None
    each = rule.partials.values() if isinstance(rule.partials, dict) else rule.partials
    return tuple(number for number, partial in enumerate(each) if partial is not None)


def _check_call(rule: CustomRule, args: Sequence[Any]) -> None:
    """The function leaves its arguments alone and gives a new result, of the type that the rule says."""
    from adjoint.ir.types import fits
    from adjoint.jacobians import copy_arrays
    from adjoint.signatures import type_of_value

    own = copy_arrays(list(args))
    result = rule.function(*own)
    for number, (given, left) in enumerate(zip(args, own)):
        if isinstance(given, np.ndarray):
            if not np.array_equal(given, left, equal_nan=given.dtype.kind in "fc"):
                raise AssertionError(f"{rule.name} changes its argument {number}: a function with a rule must not")
            if isinstance(result, np.ndarray) and np.shares_memory(result, left):
                raise AssertionError(f"{rule.name} returns memory of its argument {number}: return a copy")
    types = [type_of_value(as_real(arg), f"x{number}") for number, arg in enumerate(args)]
    said = rule.result_type(types, ())
    if not fits(type_of_value(result, "y"), said):
        raise AssertionError(f"{rule.name} returns {type_of_value(result, 'y')}, its rule says {said}: see `result=`")
