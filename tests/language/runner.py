"""Runs a program of the corpus through both modes and two orders, and says how each came out.

right    equal to the numerical reference, the value bit for bit that of the plain call, nothing of the caller's changed
refused  an AdjointError with a place and a way out
obscure  any other exception
wrong    anything else
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import signal
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np

import adjoint
from tests.language import reference
from tests.language.numbers import cotangent, read_like, same, vector, with_numbers
from tests.language.registry import Program

Verdict = Literal["right", "refused", "obscure", "wrong"]
ORDER: tuple[Verdict, ...] = ("wrong", "obscure", "refused", "right")
TOLERANCE, SECOND_TOLERANCE = 1e-6, 1e-5
SECONDS = 20


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one check (`reverse`, `forward`, `second`), and why it is not right."""

    check: str
    verdict: Verdict
    reason: str = ""


class Wrong(Exception):
    """A check that failed."""


class BadProgram(Exception):
    """A fault of the corpus: the program has no reference."""


class TooSlow(BaseException):
    """The program took more than its time."""


def run(program: Program) -> Outcome:
    """The worst outcome of all checks at all arguments (the first of the worst)."""
    outcomes: list[Outcome] = []
    with _alarm(SECONDS), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for args in (program.args, *program.more):
                outcomes += _outcomes(program, args)
        except TooSlow:
            outcomes.append(Outcome("time", "obscure", f"took more than {SECONDS} s"))
    return min(outcomes, key=lambda outcome: ORDER.index(outcome.verdict))


@contextlib.contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    def ring(number: int, frame: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def _outcomes(program: Program, args: Sequence[Any]) -> Iterator[Outcome]:
    """One outcome for each check, until one is not right."""
    checks: list[tuple[str, Callable[[_Case], None]]] = [("reverse", _check_reverse), ("forward", _check_forward)]
    if program.refused:
        checks = [("reverse", _call_only)]
    elif program.raises:
        checks = [("reverse", _check_raises)]
    elif program.order > 1 and program.out == "number" and not program.kwargs:
        checks.append(("second", _check_second))
    case = _Case(program, args)
    for name, check in checks:
        outcome = _outcome(name, lambda check=check: check(case))  # type: ignore[misc]
        yield outcome
        if outcome.verdict != "right":
            return


def _outcome(name: str, check: Callable[[], None]) -> Outcome:
    try:
        check()
    except adjoint.AdjointError as error:
        if error.filename is None or error.lineno is None or not error.fix:
            return Outcome(name, "obscure", f"a refusal without place or way out: {error.msg}")
        return Outcome(name, "refused", f"{error.msg} (line {error.lineno})")
    except Wrong as error:
        return Outcome(name, "wrong", str(error))
    except BadProgram:
        raise
    except Exception as error:
        return Outcome(name, "obscure", f"{type(error).__name__}: {str(error).strip()}".splitlines()[0])
    return Outcome(name, "right")


@final
class _Case:
    """A program at its arguments: what it gives, and the reference for its derivative."""

    def __init__(self, program: Program, args: Sequence[Any]) -> None:
        self.program, self.function, self.kwargs, self.wrt = program, program.function, program.kwargs, program.wrt
        self.args = tuple(args)
        self.moving = _positions(program)
        self.rng = np.random.default_rng(zlib.crc32(program.id.encode()))
        self.expected = np.zeros(0)

    def fresh(self) -> list[Any]:
        return [with_numbers(arg, vector(arg)) for arg in self.args]

    def moved(self) -> tuple[Any, ...]:
        return tuple(self.args[position] for position in self.moving)

    def tangent(self) -> tuple[np.ndarray, tuple[Any, ...]]:
        """Random numbers for the arguments that move: as a vector, and in their containers."""
        numbers = self.rng.normal(size=vector(self.moved()).size)
        return numbers, cotangent(self.moved(), numbers)

    def refer(self, result: Any) -> np.ndarray:
        """Weights of the result; sets the expected gradient of its weighted sum."""
        number = self.program.out == "number"
        weights = np.ones(1) if number else self.rng.normal(size=vector(result).size)
        if number and (np.size(result) != 1 or vector(result).size != 1):
            raise BadProgram(f"{self.program.id} returns {result!r:.60}, not one real number")
        at = self.args, self.kwargs, self.moving, weights
        self.expected, doubt = reference.program_gradient(self.function, *at)
        if not doubt <= 1e-7 * max(1.0, float(np.max(np.abs(self.expected), initial=0.0))):
            raise BadProgram(f"{self.program.id}: the reference is only good to {doubt:.1e}")
        return weights


@functools.cache
def _differentiable(program: Program) -> Any:
    """One object for all checks, so that what is compiled is compiled once."""
    return adjoint.differentiate(program.function)


def _positions(program: Program) -> tuple[int, ...]:
    wrt = program.wrt
    if isinstance(wrt, str):
        return (list(inspect.signature(program.function).parameters).index(wrt),)
    return wrt if isinstance(wrt, tuple) else (wrt,)


def check_program(program: Program) -> None:
    """Raises BadProgram unless the program runs plainly and has a good reference at all its arguments."""
    if program.refused or program.raises:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _check_plainly(program)


def _check_plainly(program: Program) -> None:
    for args in (program.args, *program.more):
        case = _Case(program, args)
        try:
            first, _ = reference.plain_call(case.function, case.fresh(), case.kwargs)
            again, _ = reference.plain_call(case.function, case.fresh(), case.kwargs)
            case.refer(first)
        except Exception as error:
            raise BadProgram(f"{program.id}: {type(error).__name__}: {error}") from error
        if not same(first, again):
            raise BadProgram(f"{program.id} gives {first!r:.60}, then {again!r:.60}")


def _quiet(call: Callable[[], Any]) -> tuple[Any, str]:
    return reference.plain_call(call, (), {})


def _require(condition: object, message: str) -> None:
    if not condition:
        raise Wrong(message)


def _close(found: np.ndarray, expected: np.ndarray, tolerance: float, what: str) -> None:
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    good = found.shape == expected.shape and np.allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
    _require(good, f"{what} is {_short(found)}, the reference {_short(expected)}")


def _short(numbers: np.ndarray) -> str:
    shown = ", ".join(f"{number:.6g}" for number in numbers[:6])
    return f"[{shown}{', ...' if numbers.size > 6 else ''}]"


def _read(derivative: Any, primal: Any) -> np.ndarray:
    try:
        return read_like(derivative, primal)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise Wrong(f"the derivative has another structure: {error}") from None
    except Exception as error:
        raise Wrong(str(error)) from None


def _as_tuple(case: _Case, gradient: Any) -> Any:
    return gradient if isinstance(case.wrt, tuple) else (gradient,)


def _check_reverse(case: _Case) -> None:
    """Value and gradient, twice; the value, the print-out and the caller's arguments as in a plain call."""
    plain, printed = reference.plain_call(case.function, case.fresh(), case.kwargs)
    weights = case.refer(plain)
    args = case.fresh()
    for attempt in ("the gradient", "the gradient of a second call"):
        (value, gradient), said = _quiet(lambda: _pull(case, args, plain, weights))
        _require(same(value, plain), f"the value is {value!r:.80}, plainly {plain!r:.80}")
        _require(said == printed, f"it prints {said!r}, plainly {printed!r}")
        _require(same(tuple(args), tuple(case.fresh())), "an argument was changed")
        _close(_read(_as_tuple(case, gradient), case.moved()), case.expected, TOLERANCE, attempt)


def _pull(case: _Case, args: list[Any], plain: Any, weights: np.ndarray) -> tuple[Any, Any]:
    if case.program.out == "number":
        made: tuple[Any, Any] = adjoint.value_and_grad(_differentiable(case.program), case.wrt)(*args, **case.kwargs)
        return made
    value, pullback = adjoint.vjp(_differentiable(case.program), *args, wrt=case.wrt)
    return value, pullback(cotangent(plain, weights))


def _check_forward(case: _Case) -> None:
    """The tangent of the result along a random direction against the reference, and the value again."""
    if case.kwargs:
        gradient = adjoint.grad(_differentiable(case.program), case.wrt, mode="forward")(*case.fresh(), **case.kwargs)
        _close(_read(_as_tuple(case, gradient), case.moved()), case.expected, TOLERANCE, "the forward gradient")
        return
    plain, printed = reference.plain_call(case.function, case.fresh(), case.kwargs)
    numbers, tangents = case.tangent()
    args = case.fresh()
    (value, value_dot), said = _quiet(lambda: adjoint.jvp(_differentiable(case.program), args, tangents, wrt=case.moving))
    _require(same(value, plain), f"forward: the value is {value!r:.80}, plainly {plain!r:.80}")
    _require(said == printed, f"forward: it prints {said!r}, plainly {printed!r}")
    _require(same(tuple(args), tuple(case.fresh())), "forward: an argument was changed")
    found = _read(value_dot, plain)
    if case.program.out == "number":
        expected = np.array([np.dot(case.expected, numbers)])
    else:
        expected = reference.directional(_along(case), vector(case.moved()), numbers)
    _close(found, expected, TOLERANCE, "the tangent")


def _along(case: _Case) -> Callable[[np.ndarray], np.ndarray]:
    def along(numbers: np.ndarray) -> np.ndarray:
        return vector(_quiet(lambda: case.function(*reference.replaced(case.args, case.moving, numbers)))[0])

    return along


def _check_second(case: _Case) -> None:
    """The tangent of the gradient against differences of the gradient, which is known to be right by now."""
    numbers, tangents = case.tangent()
    derivative = adjoint.grad(_differentiable(case.program), case.wrt)
    (_, found), _ = _quiet(lambda: adjoint.jvp(derivative, case.fresh(), tangents, wrt=case.moving))

    def along(at: np.ndarray) -> np.ndarray:
        gradient, _ = _quiet(lambda: derivative(*reference.replaced(case.args, case.moving, at)))
        return _read(_as_tuple(case, gradient), case.moved())

    expected = reference.directional(along, vector(case.moved()), numbers)
    _close(_read(_as_tuple(case, found), case.moved()), expected, SECOND_TOLERANCE, "the tangent of the gradient")


def _check_raises(case: _Case) -> None:
    """The user's own exception surfaces as it is."""
    try:
        case.function(*case.fresh(), **case.kwargs)
    except Exception as error:
        kind, message = type(error), str(error)
    else:
        raise BadProgram(f"{case.program.id} raises nothing")
    try:
        _quiet(lambda: adjoint.grad(_differentiable(case.program), case.wrt)(*case.fresh(), **case.kwargs))
    except kind as error:
        _require(str(error) == message, f"{error} surfaces, plainly {message}")
    else:
        raise Wrong(f"no exception, plainly {kind.__name__}({message})")


def _call_only(case: _Case) -> None:
    """A program that ought to be refused: whatever it gives is not right."""
    result, _ = _quiet(lambda: adjoint.grad(_differentiable(case.program), case.wrt)(*case.fresh(), **case.kwargs))
    raise Wrong(f"gives {result!r:.80}, and ought to be refused: {case.program.refused}")
