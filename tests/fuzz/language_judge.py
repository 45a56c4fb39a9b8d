"""Runs one program of the language through both modes of the public functions, against dual numbers."""

from __future__ import annotations

import contextlib
import random
import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import adjoint
from tests import support
from tests.fuzz.dual import Dual, dual_math
from tests.fuzz.judge import CRASH, INVALID, KINK, LARGEST, REFUSED, RIGHT, WRONG, Disagreement, Verdict
from tests.fuzz.tree import Program
from tests.language.numbers import WrongStructure, cotangent, is_leaf, parts, read_like, rebuild, same, vector

SECONDS = 10
HUGE = 1e100
HANG = "takes more than its time"


class TooSlow(BaseException):
    """A program took more than its time."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises TooSlow inside when the time is over."""

    def ring(number: int, frame: Any) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


def judge(program: Program, second_order: bool = False) -> Verdict:
    """What the compiler makes of the program."""
    return judge_text(program.text, program.args, second_order)


def judge_text(text: str, args: str, second_order: bool = False) -> Verdict:
    """What the compiler makes of the function `f` of a module, called with the arguments that a text makes."""
    try:
        compile(text, "program", "exec")
    except SyntaxError as error:  # the shrinker took the loop from around a `break`
        return Verdict(INVALID, str(error))
    with tempfile.TemporaryDirectory() as directory, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            case = Case(support.import_text(text, Path(directory)), args)
            with limited(2.0):
                case.refer()
        except (Exception, TooSlow) as error:
            return Verdict(INVALID, f"{type(error).__name__}: {error}")
        return _verdict(case, second_order)


def _verdict(case: Case, second_order: bool) -> Verdict:
    try:
        with limited(SECONDS):
            case.check()
            if second_order:
                case.check_second_order()
    except adjoint.AdjointError as error:
        placed = error.lineno is not None and error.filename == case.path and getattr(error, "fix", "")
        return Verdict(REFUSED if placed else CRASH, f"{error.msg}\n{error.report()}")
    except (Disagreement, WrongStructure) as error:
        return Verdict(KINK if case.is_near_kink() else WRONG, str(error))
    except TooSlow as error:
        return Verdict(CRASH, f"{HANG}: {_place(error)}")
    except Exception as error:
        return Verdict(CRASH, f"{_place(error)}{type(error).__name__}: {str(error)[:2000]}")
    return Verdict(RIGHT)


def _place(error: BaseException) -> str:
    """The innermost line of the compiler in the traceback, and the innermost line of all."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "/adjoint/" in f.filename]
    last = f" ({frames[-1].line})" if frames and (not ours or frames[-1] is not ours[-1]) else ""
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}{last}: " if ours else ""


class Case:
    """A program at its arguments, with the exact derivative along every direction."""

    def __init__(self, module: ModuleType, args: str) -> None:
        self.path = str(module.__file__)
        self.text = args
        self.module = module
        self.function = module.f
        self.dual = _with_dual_math(module)
        self.gradient = np.zeros(0)
        self.value: Any = None
        self.weights = np.zeros(0)

    def fresh(self) -> tuple[Any, ...]:
        made: tuple[Any, ...] = eval(self.text, vars(self.module))
        return made

    def refer(self) -> None:
        """Call the program plainly; find its value and gradient. Raises for a program that is of no use."""
        args = self.fresh()
        self.numbers = vector(args)
        self.value = self.function(*self.fresh())
        size = np.max(np.abs(vector(self.value)), initial=0.0)
        if not size <= LARGEST or not vector(self.value).size:
            raise ValueError(f"value {self.value}")
        if not same(self.value, self.function(*self.fresh())):
            raise ValueError("another value the second time")
        self.is_number = is_leaf(self.value)
        count = vector(self.value).size
        self.weights = np.ones(1) if self.is_number else np.random.default_rng(9).normal(size=count)
        self.wrt = tuple(position for position, arg in enumerate(args) if vector(arg).size)
        Dual.largest = 0.0
        self.gradient = self.exact(self.numbers)
        if not Dual.largest <= HUGE:
            raise ValueError("a number on the way is out of range")
        if not np.all(np.isfinite(self.gradient)) or np.max(np.abs(self.gradient)) > LARGEST:
            raise ValueError("derivative out of range")

    def exact(self, at: np.ndarray) -> np.ndarray:
        """The gradient of the weighted result, by dual numbers."""
        return np.array([self.weights @ self.along(at, unit) for unit in np.eye(at.size)])

    def along(self, at: np.ndarray, direction: np.ndarray) -> np.ndarray:
        """The derivative of the result along a direction."""
        taken = zip(at, direction)
        args = eval(self.text, self.dual)
        lifted = rebuild(args, lambda old: Dual(*next(taken)), lambda other: other)
        return np.array(list(_dots(self.dual["f"](*lifted), self.value)))

    # -- checks

    def moved(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(args[position] for position in self.wrt)

    def check(self) -> None:
        """Value, gradient and tangent, each twice; nothing of the caller's may change."""
        args, run = self.fresh(), self.reverse()
        for _ in range(2):
            value, gradient = run(args)
            _same("value of the reverse derivative", value, self.value)
            self._unchanged(args)
            _close("gradient", read_like(gradient, self.moved(args)), self.gradient)
        direction = np.random.default_rng(3).normal(size=self.numbers.size)
        tangents = self.moved(cotangent(args, direction))
        value, value_dot = adjoint.jvp(self.function, args, tangents, wrt=self.wrt)
        _same("value of jvp", value, self.value)
        self._unchanged(args)
        _close("tangent", read_like(value_dot, self.value), self.along(self.numbers, direction))

    def reverse(self) -> Callable[[Sequence[Any]], tuple[Any, Any]]:
        """Value and gradient, of a weighted sum where the result is not one number."""
        if self.is_number:
            derivative = adjoint.value_and_grad(self.function, self.wrt)
            return lambda args: derivative(*args)

        def run(args: Sequence[Any]) -> tuple[Any, Any]:
            value, pullback = adjoint.vjp(self.function, *args, wrt=self.wrt)
            return value, pullback(cotangent(self.value, self.weights))

        return run

    def _unchanged(self, args: Sequence[Any]) -> None:
        if not same(tuple(args), self.fresh()):
            raise Disagreement(f"an argument was changed: {args}")

    def check_second_order(self) -> None:
        """The tangent of the gradient against differences of the exact gradient."""
        if not self.is_number:
            return
        direction = np.random.default_rng(5).normal(size=self.numbers.size)
        expected, error = support.richardson(lambda h: self.exact(self.numbers + h * direction), step=1e-3, levels=4)
        if error > 1e-5 * (1.0 + float(np.max(np.abs(expected), initial=0.0))):
            return
        args = self.fresh()
        tangents = self.moved(cotangent(args, direction))
        derivative = adjoint.grad(self.function, self.wrt)
        _, given = adjoint.jvp(derivative, args, tangents, wrt=self.wrt)
        self._unchanged(args)
        _close("tangent of the gradient", read_like(given, self.moved(args)), expected, 2e-4)

    def is_near_kink(self) -> bool:
        """Whether the derivative jumps when the arguments move a little: ties and branch points."""
        rng = random.Random(11)
        try:
            with limited(5.0):
                for _ in range(6):
                    moved = self.numbers + np.array([rng.uniform(-1e-9, 1e-9) for _ in self.numbers])
                    if not np.allclose(self.exact(moved), self.gradient, rtol=1e-4, atol=1e-4):
                        return True
        except (Exception, TooSlow):
            return True
        return False


def _with_dual_math(module: ModuleType) -> dict[str, Any]:
    """A copy of the module that finds dual numbers' functions under the name `math`."""
    path = str(module.__file__)
    namespace: dict[str, Any] = {"__name__": module.__name__}
    exec(compile(Path(path).read_text(), path, "exec"), namespace)
    namespace.update(math=dual_math, float=lambda x: x)
    return namespace


def _dots(found: Any, plain: Any) -> Iterator[float]:
    """The derivatives of the leaves of `plain`, in order."""
    if is_leaf(plain):
        yield found.dot if isinstance(found, Dual) else 0.0
        return
    for (kind, key), part in parts(plain):
        yield from _dots(found[key] if kind == "item" else getattr(found, key), part)


def _close(what: str, given: np.ndarray, expected: np.ndarray, tolerance: float = 1e-8) -> None:
    if given.shape != expected.shape or not np.allclose(given, expected, rtol=tolerance, atol=tolerance):
        raise Disagreement(f"{what}: got {given}, expected {expected}")


def _same(what: str, given: Any, expected: Any) -> None:
    if not same(given, expected):
        raise Disagreement(f"{what}: got {given!r}, expected {expected!r}")
