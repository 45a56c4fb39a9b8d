"""Runs one program through everything the compiler offers and says what came of it."""

from __future__ import annotations

import copy
import random
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from adjoint.errors import AdjointError
from adjoint.ir.core import Function
from adjoint.options import Transform
from tests import pipes, support
from tests.fuzz import dual
from tests.fuzz.tree import Program, smaller

RIGHT, REFUSED, WRONG, CRASH, KINK, INVALID = "right", "refused", "wrong", "crash", "kink", "invalid"
LARGEST = 1e8


@dataclass(frozen=True)
class Verdict:
    """`kind`, and for anything but `right` what was seen."""

    kind: str
    detail: str = ""


class Disagreement(Exception):
    """Two ways to the same number differ."""


def judge(program: Program, second_order: bool = False) -> Verdict:
    """What the compiler makes of the program."""
    try:
        compile(program.text, "program", "exec")
    except SyntaxError as error:  # the shrinker took the loop from around a `break`
        return Verdict(INVALID, str(error))
    with _loaded(program.text) as module:
        return judge_function(module.f, program.args, second_order)


@contextmanager
def _loaded(text: str) -> Iterator[ModuleType]:
    with tempfile.TemporaryDirectory() as directory:
        yield support.import_text(text, Path(directory))


def judge_function(f: Callable[..., Any], args: tuple[Any, ...], second_order: bool = False) -> Verdict:
    """What the compiler makes of one function of a module."""
    try:
        with np.errstate(all="raise", under="ignore"):
            value = f(*copy.deepcopy(args))
        size = np.max(np.abs(support.flatten(value)), initial=0.0)
        if not size <= LARGEST:
            return Verdict(INVALID, f"value {value}")
        seed = _seed(value)
        oracle = [support.inner(seed, _oracle(f, args, tangents)) for tangents in _directions(args)]
    except Exception as error:
        return Verdict(INVALID, f"{type(error).__name__}: {error}")
    if not np.all(np.isfinite(oracle)) or np.max(np.abs(oracle), initial=0.0) > LARGEST:
        return Verdict(INVALID, "derivative out of range")
    try:
        _compare(f, args, value, seed, oracle)
        if second_order and isinstance(seed, float):
            _compare_second_order(f, args)
    except AdjointError as error:
        placed = error.lineno is not None and error.filename == f.__code__.co_filename
        return Verdict(REFUSED if placed and getattr(error, "fix", "") else CRASH, error.report())
    except Disagreement as error:
        return Verdict(KINK if _near_kink(f, args) else WRONG, str(error))
    except Exception as error:
        return Verdict(CRASH, f"{_place(error)}{type(error).__name__}: {str(error)[:2000]}")
    return Verdict(RIGHT)


def _place(error: Exception) -> str:
    """The innermost line of the compiler in the traceback."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "/adjoint/" in f.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}: " if frames else ""


def _directions(args: tuple[Any, ...]) -> Iterator[dict[int, Any]]:
    """The unit vectors of all arguments that can be differentiated."""
    for position in support.real_positions(args):
        size = np.size(args[position])
        for k in range(size):
            unit = np.zeros(size)
            unit[k] = 1.0
            isarray = isinstance(args[position], np.ndarray)
            yield {position: unit.reshape(args[position].shape) if isarray else 1.0}


def _seed(value: Any) -> Any:
    """The cotangent of the result: 1 for a number, else anything."""
    if isinstance(value, tuple) or np.ndim(value):
        return support.random_like(value, np.random.default_rng(9))
    return 1.0


def _oracle(f: Callable[..., Any], args: tuple[Any, ...], tangents: dict[int, Any]) -> Any:
    """The directional derivative by dual numbers: the plain program with `math` and `float` replaced."""
    run = _with_dual_math(f)
    return dual.directional(run, copy.deepcopy(args), tuple(tangents.get(i) for i in range(len(args))))


def _with_dual_math(f: Callable[..., Any]) -> Callable[..., Any]:
    """The function in a copy of its module that finds dual numbers' functions under the name `math`."""
    path = f.__code__.co_filename
    namespace = {"__name__": f.__module__}
    exec(compile(Path(path).read_text(), path, "exec"), namespace)
    namespace.update(math=dual.dual_math, float=lambda x: x)
    return namespace[f.__name__]  # type: ignore[return-value]


def _close(a: Any, b: Any, tolerance: float = 1e-8) -> bool:
    return bool(np.allclose(support.flatten(a), support.flatten(b), rtol=tolerance, atol=tolerance))


def _agree(what: str, given: Any, expected: Any, tolerance: float = 1e-8) -> None:
    if np.shape(given) != np.shape(expected) or not _close(given, expected, tolerance):
        raise Disagreement(f"{what}: got {given}, expected {expected}")


def _same(what: str, given: Any, expected: Any) -> None:
    if isinstance(expected, tuple) and isinstance(given, tuple) and len(given) == len(expected):
        for one, other in zip(given, expected):
            _same(what, one, other)
    elif np.shape(given) != np.shape(expected) or not np.array_equal(given, expected):
        raise Disagreement(f"{what}: got {given!r}, expected {expected!r}")


def _compare(f: Callable[..., Any], args: tuple[Any, ...], value: Any, seed: Any, oracle: list[float]) -> None:
    wrt = support.real_positions(args)
    before = copy.deepcopy((args, seed))
    primal = pipes.lowered(f, args)
    _same("identity emission", pipes.loaded(primal)(*copy.deepcopy(args)), value)
    _same("IR evaluator", pipes.evaluated(primal, copy.deepcopy(args)), value)
    gradient = _compare_reverse(primal, args, value, seed, oracle)
    tangents = _tangents(args, wrt, 3)
    forward = pipes.differentiated(primal, Transform("jvp", wrt, single=False))
    forward_value, value_dot = pipes.loaded(forward)(*args, *tangents.values())
    _same("value of jvp", forward_value, value)
    _agree("forward against reverse", support.inner(seed, value_dot), support.inner(gradient, tuple(tangents.values())))
    if not support.unchanged(before, (args, seed)):
        raise Disagreement("an argument was changed")


def _compare_reverse(primal: Function, args: tuple[Any, ...], value: Any, seed: Any, oracle: list[float]) -> Any:
    """Reverse mode, emitted and evaluated, twice: the gradient."""
    wrt = support.real_positions(args)
    scalar = isinstance(seed, float)
    reverse = pipes.differentiated(primal, Transform("value_and_grad" if scalar else "vjp", wrt, single=False))
    given = args if scalar else (*args, seed)
    run = pipes.loaded(reverse)
    reverse_value, gradient = run(*given)
    _same("value of the reverse derivative", reverse_value, value)
    _agree("gradient", support.flatten(gradient), np.array(oracle))
    for position, part in zip(wrt, gradient):
        if np.shape(part) != np.shape(args[position]):
            raise Disagreement(f"gradient of argument {position} has shape {np.shape(part)}")
    _agree("IR evaluator of the gradient", support.flatten(pipes.evaluated(reverse, given)[1]), np.array(oracle))
    if support.shares_memory(gradient, given):
        raise Disagreement("a gradient shares memory with an argument, the cotangent or another gradient")
    _same("second call", support.flatten(run(*given)[1]), support.flatten(gradient))
    return gradient


def _tangents(args: tuple[Any, ...], wrt: tuple[int, ...], seed: int) -> dict[int, Any]:
    rng = np.random.default_rng(seed)
    return {i: support.random_like(args[i], rng) for i in wrt}


def _compare_second_order(f: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Hessian times a direction, forward over reverse and reverse over reverse, against differences of the oracle."""
    wrt = support.real_positions(args)
    tangents = _tangents(args, wrt, 5)

    def gradient(h: float) -> np.ndarray:
        moved = tuple(arg + h * tangents[i] if i in tangents else arg for i, arg in enumerate(args))
        return np.array([float(_oracle(f, moved, unit)) for unit in _directions(moved)])

    expected, error = support.richardson(gradient, step=1e-3, levels=4)
    if error > 1e-5 * (1.0 + float(np.max(np.abs(expected), initial=0.0))):
        return
    primal = pipes.lowered(f, args)
    grad = Transform("grad", wrt, single=False)
    forward = pipes.loaded(pipes.differentiated(primal, grad, Transform("jvp", wrt, single=False)))
    _, given = forward(*args, *tangents.values())
    _agree("forward over reverse", support.flatten(given), expected, tolerance=2e-4)
    backward = pipes.loaded(pipes.differentiated(primal, grad, Transform("vjp", wrt, single=False)))
    _, given = backward(*args, tuple(tangents.values()))
    _agree("reverse over reverse", support.flatten(given), expected, tolerance=2e-4)


def _near_kink(f: Callable[..., Any], args: tuple[Any, ...]) -> bool:
    """Whether the derivative jumps when the arguments move a little: ties and branch points."""
    rng = random.Random(11)
    try:
        for unit in _directions(args):
            here = support.flatten(_oracle(f, args, unit))
            for _ in range(6):
                moved = tuple(_nudge(arg, rng) for arg in args)
                if not np.allclose(support.flatten(_oracle(f, moved, unit)), here, rtol=1e-4, atol=1e-4):
                    return True
    except Exception:
        return True
    return False


def _nudge(arg: Any, rng: random.Random) -> Any:
    if isinstance(arg, int):
        return arg
    if isinstance(arg, float):
        return arg + rng.uniform(-1e-9, 1e-9)
    return arg + np.array([rng.uniform(-1e-9, 1e-9) for _ in range(np.size(arg))]).reshape(np.shape(arg))


def shrink(
    program: Program,
    verdict: Verdict,
    second_order: bool = False,
    patience: int = 300,
    judge: Callable[[Program, bool], Verdict] = judge,
) -> Program:
    """The smallest program found by cutting statements that still gets the same verdict, for the same reason."""
    cause = verdict.detail[:24]
    tries = 0
    progress = True
    while progress and tries < patience:
        progress = False
        for candidate in smaller(program):
            tries += 1
            if tries > patience:
                break
            seen = judge(candidate, second_order)
            if seen.kind == verdict.kind and seen.detail[:24] == cause:
                program, progress = candidate, True
                break
    return program
