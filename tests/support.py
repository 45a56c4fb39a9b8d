"""Shared by the tests: programs from text, reference derivatives, and one check that compares everything."""

from __future__ import annotations

import copy
import importlib.util
import signal
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import numpy as np

import adjoint

REFERENCE_TOLERANCE = 2e-6


def import_text(text: str, directory: Path, name: str | None = None) -> ModuleType:
    """Write the text to a module file and import it: the compiler reads source files, so the text must be in one."""
    name = name or f"program_{uuid.uuid4().hex[:12]}"
    path = directory / f"{name}.py"
    path.write_text(text)
    return import_path(path)


def import_path(path: Path) -> ModuleType:
    """Import a module file that is in no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def real_positions(args: Sequence[Any]) -> tuple[int, ...]:
    """The arguments that can be differentiated: floats and float arrays."""
    return tuple(
        index
        for index, arg in enumerate(args)
        if isinstance(arg, float | np.floating) or (isinstance(arg, np.ndarray) and arg.dtype.kind == "f")
    )


def flatten(value: Any) -> np.ndarray:
    """All the numbers of a value (number, array, tuple or list of them) in one vector."""
    if isinstance(value, tuple | list):
        parts = [flatten(item) for item in value]
        return np.concatenate(parts) if parts else np.zeros(0)
    return np.asarray(value, dtype=float).ravel()


def richardson(g: Callable[[float], np.ndarray], step: float = 2e-2, levels: int = 7) -> tuple[np.ndarray, float]:
    """The derivative of g at 0 by extrapolated central differences, and an estimate of its error."""
    table: list[list[np.ndarray]] = []
    best, error = np.zeros(0), np.inf
    for row in range(levels):
        h = step / 2.0**row
        current = [(g(h) - g(-h)) / (2.0 * h)]
        for column in range(row):
            factor = 4.0 ** (column + 1)
            current.append((factor * current[column] - table[-1][column]) / (factor - 1.0))
        if row > 0:
            gap = float(np.max(np.abs(current[-1] - table[-1][-1]), initial=0.0))
            if gap < error:
                best, error = current[-1], gap
        table.append(current)
    return best, error


def reference_derivative(f: Callable[..., Any], args: Sequence[Any], tangents: dict[int, Any]) -> np.ndarray:
    """The directional derivative of all outputs of `f`, flattened, by complex step or extrapolated differences."""
    step = _complex_step(f, args, tangents)
    if step is not None:
        return step

    def along(h: float) -> np.ndarray:
        moved = [arg + h * tangents[i] if i in tangents else copy.deepcopy(arg) for i, arg in enumerate(args)]
        return flatten(f(*moved))

    derivative, _ = richardson(along)
    return derivative


def _complex_step(f: Callable[..., Any], args: Sequence[Any], tangents: dict[int, Any]) -> np.ndarray | None:
    """The imaginary part over the step, or None where `f` is not analytic (or `math` refuses complex numbers)."""
    h = 1e-30
    moved = [arg + 1j * h * tangents[i] if i in tangents else copy.deepcopy(arg) for i, arg in enumerate(args)]
    if any(name in f.__code__.co_names for name in ("abs", "norm", "max", "min", "maximum", "minimum", "abs", "sign")):
        return None
    try:
        result = f(*moved)
        return np.imag(np.concatenate([np.ravel(r) for r in _leaves(result)]).astype(complex)) / h
    except (TypeError, ValueError, NameError):
        return None


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def as_real(value: Any) -> Any:
    """Integers as the real numbers they stand for."""
    return np.asarray(value, dtype=float) if isinstance(value, np.ndarray) else float(value)


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """Random numbers in the container and shape of a value."""
    if isinstance(value, tuple):
        return tuple(random_like(item, rng) for item in value)
    if isinstance(value, list):
        return [random_like(item, rng) for item in value]
    if isinstance(value, np.ndarray):
        return rng.normal(size=value.shape)
    return float(rng.normal())


def inner(a: Any, b: Any) -> float:
    """The dot product of two values of the same structure."""
    return float(np.dot(flatten(a), flatten(b)))


def unchanged(before: Sequence[Any], after: Sequence[Any]) -> bool:
    """Whether the arguments still hold the same bytes."""
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(flatten_each(before), flatten_each(after)))


def shares_memory(gradient: Any, given: Any) -> bool:
    """Whether an array of the gradient is also one of the given values, or stands in the gradient twice."""
    parts = [leaf for leaf in _leaves(gradient) if isinstance(leaf, np.ndarray)]
    others = [leaf for leaf in _leaves(given) if isinstance(leaf, np.ndarray)]
    return any(np.shares_memory(part, other) for i, part in enumerate(parts) for other in [*others, *parts[i + 1 :]])


def flatten_each(args: Sequence[Any]) -> list[np.ndarray]:
    return [flatten(arg) for arg in args if not isinstance(arg, str) and arg is not None and not callable(arg)]


def forward(f: Callable[..., Any], args: Sequence[Any], tangents: dict[int, Any]) -> tuple[Any, Any]:
    """Value and tangent along a direction that moves only the arguments in `tangents`."""
    wrt = tuple(sorted(tangents))
    return adjoint.jvp(f, tuple(args), tuple(tangents[i] for i in wrt), wrt=wrt)


def reverse(f: Callable[..., Any], args: Sequence[Any], wrt: tuple[int, ...]) -> tuple[Any, Callable[[Any], Any]]:
    """Value and pullback with respect to the arguments in `wrt` (the pullback gives a tuple)."""
    return adjoint.vjp(f, *args, wrt=wrt)


def check(f: Callable[..., Any], *args: Any, tolerance: float = REFERENCE_TOLERANCE) -> Any:
    """Compare value, reverse and forward derivative of `f` with the plain call and the reference; return the gradient.

    Checked: the value is that of the plain call bit for bit; argument arrays are unchanged; reverse and forward agree
    to 1e-9 (dot-product test); forward agrees with the reference in every coordinate direction of every argument.
    """
    wrt = real_positions(args)
    rng = np.random.default_rng(7)
    before = copy.deepcopy(args)
    plain = f(*copy.deepcopy(args))
    value, pullback = reverse(f, args, wrt)
    assert unchanged(before, args), "the reverse sweep changed an argument"
    np.testing.assert_array_equal(flatten(value), flatten(plain), err_msg="value differs from the plain call")
    seed = random_like(plain, rng)
    cotangents = pullback(seed)
    tangents = {i: random_like(args[i], rng) for i in wrt}
    value, value_dot = forward(f, args, tangents)
    assert unchanged(before, args), "the forward sweep changed an argument"
    np.testing.assert_array_equal(flatten(value), flatten(plain), err_msg="forward: value differs from the plain call")
    left, right = inner(seed, value_dot), inner(cotangents, tuple(tangents[i] for i in wrt))
    assert np.isclose(left, right, rtol=1e-9, atol=1e-11), f"dot-product test: <c, Jt> = {left}, <J'c, t> = {right}"
    for position, cotangent in zip(wrt, cotangents):
        assert np.shape(cotangent) == np.shape(args[position]), "a gradient has the argument's shape"
        _compare_coordinates(f, args, position, seed, cotangent, tolerance)
    return cotangents


def _compare_coordinates(
    f: Callable[..., Any], args: Sequence[Any], position: int, seed: Any, cotangent: Any, tolerance: float
) -> None:
    given = flatten(cotangent)
    for k in range(given.size):
        unit = np.zeros(given.size)
        unit[k] = 1.0
        direction = unit.reshape(np.shape(args[position])) if isinstance(args[position], np.ndarray) else 1.0
        expected = float(np.dot(flatten(seed), reference_derivative(f, args, {position: direction})))
        assert np.isclose(given[k], expected, rtol=tolerance, atol=tolerance), (
            f"argument {position}[{k}]: reverse gives {given[k]}, the reference {expected}"
        )


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """TimeoutError for what does not end."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"no end after {seconds} s")

    previous = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)
