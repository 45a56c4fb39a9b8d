"""Checks derivatives against finite differences, and the two modes against each other.

Differences are central, extrapolated to step zero (Richardson), and carry an error estimate; the dot-product test
`<y_bar, J x_dot> == <J^T y_bar, x_dot>` needs no differences at all. A complex number counts as two real ones; a
cotangent pairs with a tangent as `Re(y_bar * y_dot)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import numpy.typing as npt

from adjoint.derivative import Derivative, differentiable
from adjoint.errors import NotDifferentiable
from adjoint.ir.types import Static, Tuple, Type, is_complex
from adjoint.jacobians import copy_arrays
from adjoint.options import Kind, Mode
from adjoint.parameters import arranged
from adjoint.runtime.containers import copy_leaves, is_floating, is_number, items_of, leaves_of, rebuild
from adjoint.runtime.dispatch import as_real
from adjoint.signatures import place_of
from adjoint.slots import Wrt, whole

Vector = npt.NDArray[np.float64]

FULL_LIMIT = 24
"""Arguments with up to this many numbers are checked in each of them, larger ones in random directions."""

_DIRECTIONS = 4
_DOT_TOLERANCE = 1e-9
_SINGLE = 1e-3
"""The least tolerance where single precision takes part."""


class GradientMismatch(AssertionError):
    """A derivative and its check disagree. The message names the argument, the place in it and the numbers."""


@final
@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far a derivative may be from the differences: relative to the larger of them, plus a constant."""

    relative: float = 1e-5
    absolute: float = 1e-7

    def allows(self, a: Vector, b: Vector, error: Vector) -> npt.NDArray[np.bool_]:
        """Where the numbers agree; the differences' own error counts, up to a part in a thousand of their size."""
        size = np.maximum(np.abs(a), np.abs(b))
        slack = self.absolute + self.relative * size + np.minimum(3.0 * error, 1e-3 * np.maximum(size, 1e-3))
        with np.errstate(invalid="ignore"):
            near = np.abs(a - b) <= slack
        agree: npt.NDArray[np.bool_] = near | (np.isnan(a) & np.isnan(b)) | (a == b)
        return agree


def check_grads(
    f: Callable[..., Any],
    args: Any,
    order: int = 1,
    modes: Sequence[Mode] = ("forward", "reverse"),
    *,
    wrt: Wrt | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-7,
) -> None:
    """Raise GradientMismatch when a derivative of `f` at `args` disagrees with finite differences.

    `wrt` is by default every argument with floating-point numbers in it; all of those are moved. Order 2 checks the
    derivatives of the forward and reverse derivatives. At a kink or where `f` is not finite the differences mean
    nothing: choose other points.
    """
    base = differentiable(f)
    values = list(args) if isinstance(args, tuple | list) else [args]
    check_values(base, base.bind(values, {}), order, modes, wrt=wrt, rtol=rtol, atol=atol)


def check_values(
    base: Derivative[..., Any],
    values: list[Any],
    order: int = 1,
    modes: Sequence[Mode] = ("forward", "reverse"),
    *,
    wrt: Wrt | None = None,
    rtol: float = 1e-5,
    atol: float = 1e-7,
) -> None:
    """As `check_grads`, for arguments in the order of the parameters."""
    positions = _positions(base, values) if wrt is None else tuple(sorted(base.positions(wrt)[0]))
    for position in positions:
        values[position] = as_real(values[position])
    if any(np.finfo(np.asarray(leaf).dtype).bits < 64 for leaf in leaves_of(values) if is_floating(leaf)):
        rtol, atol = max(rtol, _SINGLE), max(atol, _SINGLE)
    _check(base, values, positions, order, tuple(modes), Tolerance(rtol, atol))


def holds(value: Any, kinds: str) -> bool:
    """Whether there are numbers of these kinds in the value."""
    return any(np.asarray(leaf).dtype.kind in kinds for leaf in leaves_of(value) if is_number(leaf))


def _positions(base: Derivative[..., Any], values: Sequence[Any]) -> tuple[int, ...]:
    for kinds in ("fc", "iu"):
        found = tuple(index for index, value in enumerate(values) if holds(value, kinds))
        if found:
            return found
    raise NotDifferentiable(
        f"{base.__name__!r} has no argument to check", place=place_of(base.__wrapped__), why="none is a real number"
    )


def _check(
    base: Derivative[..., Any],
    values: list[Any],
    positions: tuple[int, ...],
    order: int,
    modes: tuple[Mode, ...],
    tolerance: Tolerance,
) -> None:
    random = np.random.default_rng(0)
    result = call(base, copy_arrays(values))
    shape = _shape_of_cotangent(base, values, positions, modes)
    cotangent = _random_cotangent(result, shape, random)
    _Check(base, values, positions, tolerance, random, shape, cotangent).run(modes)
    if order <= 1:
        return
    for mode in modes:
        if mode == "forward":
            tangents = [_random_like(values[position], random) for position in positions]
            _check(_moved(base, "jvp", positions), [*values, *tangents], positions, order - 1, modes, tolerance)
        else:
            _check(_moved(base, "vjp", positions), [*values, cotangent], positions, order - 1, modes, tolerance)


def _moved(base: Derivative[..., Any], kind: Kind, positions: tuple[int, ...]) -> Derivative[..., Any]:
    return base.unbound().derived(kind, whole(positions))


def call(base: Derivative[..., Any], values: Sequence[Any]) -> Any:
    """The function for arguments in the order of the parameters."""
    args, named = arranged(base.kinds, base.names, values)
    return base.unbound()(*args, **named)


def _shape_of_cotangent(
    base: Derivative[..., Any], values: list[Any], positions: tuple[int, ...], modes: Sequence[Mode]
) -> Type:
    """The type of the result's tangent and cotangent: which of its leaves have one."""
    kind: Kind = "jvp" if "forward" in modes else "vjp"
    program = _moved(base, kind, positions).prepared(list(values)).program
    if kind == "vjp":
        seed: Type = program.args[-1].type
        return seed
    assert isinstance(program.result_type, Tuple)
    return program.result_type.items[1]


@final
@dataclass(slots=True)
class _Check:
    """One function at one point: its derivatives in `positions`, by every mode, against differences."""

    base: Derivative[..., Any]
    values: list[Any]
    positions: tuple[int, ...]
    tolerance: Tolerance
    random: np.random.Generator
    shape: Type
    cotangent: Any

    def run(self, modes: Sequence[Mode]) -> None:
        pushed: Callable[..., Any] | None = None
        gradients: Sequence[Any] | None = None
        if "forward" in modes:
            pushed = _moved(self.base, "jvp", self.positions).prepare(list(self.values))
        if "reverse" in modes:
            pulled = _moved(self.base, "vjp", self.positions).prepare(list(self.values))
            gradients = pulled(*copy_arrays(self.values), self.cotangent)[1]
        for slot, position in enumerate(self.positions):
            for where, tangent in self.directions(self.values[position]):
                self.check_direction(slot, position, where, tangent, pushed, gradients)

    def directions(self, value: Any) -> Iterator[tuple[str, Any]]:
        """Unit tangents of a small argument, random ones of a large one, with the words for where they point."""
        size = flatten(value).size
        if size == 0:
            return
        if size <= FULL_LIMIT:
            for number in range(size):
                unit = np.zeros(size)
                unit[number] = 1.0
                yield _place_in(value, number), unflatten(unit, value)
            return
        for number in range(_DIRECTIONS):
            yield f" in random direction {number}", _random_like(value, self.random)

    def check_direction(
        self,
        slot: int,
        position: int,
        where: str,
        tangent: Any,
        pushed: Callable[..., Any] | None,
        gradients: Sequence[Any] | None,
    ) -> None:
        name = f"argument {self.base.names[position]!r}{where}"
        expected, error = differences(lambda step: self.moved(position, tangent, step))
        forward = None
        if pushed is not None:
            tangents = [zero_like(self.values[p]) for p in self.positions]
            tangents[slot] = tangent
            forward = flatten(pushed(*copy_arrays(self.values), *tangents)[1], self.shape)
            self.compare("forward mode", name, forward, expected, error)
        if gradients is None:
            return
        weights = flatten(conjugated(self.cotangent), self.shape)
        reverse = np.array([np.dot(flatten(conjugated(gradients[slot])), flatten(tangent))])
        weighed = np.array([np.dot(weights, expected)])
        self.compare("reverse mode", name, reverse, weighed, np.array([np.dot(np.abs(weights), error)]))
        if forward is not None:
            self.compare_modes(name, float(np.dot(weights, forward)), float(reverse[0]), weights, forward)

    def moved(self, position: int, tangent: Any, step: float) -> Vector:
        """The result with one argument moved along the tangent."""
        values = copy_arrays(self.values)
        moved = flatten(values[position]) + step * flatten(tangent)
        values[position] = unflatten(moved, _doubled(self.values[position]))
        with np.errstate(all="ignore"):
            return flatten(call(self.base, values), self.shape)

    def compare(self, mode: str, name: str, found: Vector, expected: Vector, error: Vector) -> None:
        if found.shape != expected.shape:
            raise GradientMismatch(
                f"{self.base.__name__}: {mode} in {name} has {found.size} numbers, not {expected.size}"
            )
        agree = self.tolerance.allows(found, expected, error)
        if agree.all():
            return
        worst = int(np.argmin(agree))
        at = f", number {worst} of the result" if found.size > 1 else ""
        ours, theirs, unsure = float(found[worst]), float(expected[worst]), float(error[worst])
        message = (
            f"{self.base.__name__}: {mode} disagrees with finite differences in {name}{at}{_place_words(self.base)}\n"
            f"  {mode + ':':<20} {ours!r}\n"
            f"  {'finite differences:':<20} {theirs!r} (error about {unsure:.1e})\n"
            f"  {'difference:':<20} {abs(ours - theirs):.3e}"
        )
        if not unsure <= 1e-3 * max(abs(ours), abs(theirs)):
            message += "\n  the differences do not settle: a kink, a jump or noise near this point; check elsewhere too"
        raise GradientMismatch(message)

    def compare_modes(self, name: str, forward: float, reverse: float, weights: Vector, terms: Vector) -> None:
        """The dot-product test. Terms that cancel leave their rounding error: the allowance is relative to them."""
        size = float(np.dot(np.abs(weights), np.abs(terms)))
        limit = max(_DOT_TOLERANCE, self.tolerance.relative if self.tolerance.relative >= _SINGLE else 0.0)
        if abs(forward - reverse) <= limit * max(size, abs(reverse), 1e-3) or not np.isfinite(size + reverse):
            return
        raise GradientMismatch(
            f"{self.base.__name__}: forward and reverse mode disagree in {name}{_place_words(self.base)}\n"
            f"  forward: {forward!r}\n  reverse: {reverse!r}\n"
            "  (dot-product test: <y_bar, J x_dot> = <J^T y_bar, x_dot>)"
        )


def differences(along: Callable[[float], Vector], step: float = 2e-2) -> tuple[Vector, Vector]:
    """The derivative of `along` at 0 by Ridders' method, and an estimate of its error, number by number.

    Central differences with steps shrinking by 1.6, extrapolated; of all extrapolates the one that moved least wins.
    """
    ratio = 1.6
    rows: list[list[Vector]] = []
    best: Vector = np.zeros(0)
    error: Vector = np.zeros(0)
    for level in range(12):
        h = step / ratio**level
        with np.errstate(all="ignore"):
            row = [(along(h) - along(-h)) / (2.0 * h)]
            for k in range(1, level + 1):
                factor = ratio ** (2 * k)
                row.append((factor * row[k - 1] - rows[-1][k - 1]) / (factor - 1.0))
            if not rows:
                best, error = row[0], np.full(row[0].shape, np.inf)
            for k in range(1, level + 1):
                moved = np.maximum(np.abs(row[k] - row[k - 1]), np.abs(row[k] - rows[-1][k - 1]))
                better = moved < error
                best, error = np.where(better, row[k], best), np.where(better, moved, error)
        rows.append(row)
    return best, error


def flatten(value: Any, shape: Type | None = None) -> Vector:
    """The real numbers of a value, from left to right, as one vector; those that have a tangent in `shape`.

    A complex number is its real part and its imaginary part.
    """
    if shape is None:
        leaves = [np.asarray(leaf) for leaf in leaves_of(value) if is_floating(leaf)]
    else:
        leaves = [_complex_as(leaf, t) for leaf, t in _moving(value, shape)]
    if not leaves:
        return np.zeros(0)
    return np.concatenate([_real_numbers(leaf) for leaf in leaves])


def _real_numbers(leaf: npt.NDArray[Any]) -> Vector:
    if leaf.dtype.kind == "c":
        return leaf.astype(np.complex128).ravel().view(np.float64)
    return leaf.astype(np.float64).ravel()


def _complex_as(leaf: Any, t: Type) -> npt.NDArray[Any]:
    """The numbers, complex where the type is: a derivative may have come out real there."""
    return np.asarray(leaf, complex) if is_complex(t) else np.asarray(leaf)


def conjugated(value: Any) -> Any:
    """The value with its complex numbers conjugated: in real numbers, pairing is then the dot product."""
    return copy_leaves(lambda leaf: np.conj(leaf) if is_floating(leaf) else leaf, value)


def _moving(value: Any, shape: Type) -> Iterator[tuple[Any, Type]]:
    """The numbers of a value that have a tangent, and its type."""
    items = items_of(value)
    if isinstance(shape, Static):
        return
    if items is None:
        if is_number(value):
            yield value, shape
        return
    for index, item in enumerate(items):
        yield from _moving(item, shape.items[index] if isinstance(shape, Tuple) else getattr(shape, "item", shape))


def unflatten(numbers: Vector, like: Any) -> Any:
    """The numbers in the form of `like`: the inverse of `flatten`."""
    value, rest = _take(numbers, like)
    assert not rest.size
    return value


def _take(numbers: Vector, like: Any) -> tuple[Any, Vector]:
    inside = items_of(like)
    if inside is not None:
        items = []
        for item in inside:
            made, numbers = _take(numbers, item)
            items.append(made)
        return rebuild(like, items), numbers
    if not is_floating(like):
        return like, numbers
    size = np.size(like)
    if np.asarray(like).dtype.kind == "c":
        pairs, rest = numbers[: 2 * size].copy().view(np.complex128), numbers[2 * size :]
        return pairs.reshape(like.shape).astype(like.dtype) if isinstance(like, np.ndarray) else complex(pairs[0]), rest
    if isinstance(like, np.ndarray):
        return numbers[:size].reshape(like.shape).astype(like.dtype), numbers[size:]
    return float(numbers[0]), numbers[1:]


def _doubled(value: Any) -> Any:
    """The value in double precision: steps are lost in single precision."""

    def doubled(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray) or leaf.dtype.kind not in "fc":
            return leaf
        return leaf.astype(np.float64 if leaf.dtype.kind == "f" else np.complex128)

    return copy_leaves(doubled, value)


def zero_like(value: Any) -> Any:
    """A tangent of zeros."""
    return unflatten(np.zeros(flatten(value).size), value)


def _random_cotangent(value: Any, shape: Type, random: np.random.Generator) -> Any:
    """A random cotangent of a result, None where it has none."""
    items = items_of(value)
    if isinstance(shape, Static):
        return None
    if items is None:
        made = random.uniform(0.5, 1.5, np.shape(value)) if is_number(value) else None
        if is_complex(shape) and made is not None:
            made = made + 1j * random.uniform(0.5, 1.5, np.shape(value))
            return complex(made) if not np.ndim(made) else made
        return float(made) if isinstance(made, np.ndarray) and not made.ndim else made
    inner = [shape.items[i] if isinstance(shape, Tuple) else getattr(shape, "item", shape) for i in range(len(items))]
    return rebuild(value, [_random_cotangent(item, part, random) for item, part in zip(items, inner)])


def _random_like(value: Any, random: np.random.Generator) -> Any:
    return unflatten(random.uniform(0.5, 1.5, flatten(value).size), value)


def _place_in(value: Any, number: int) -> str:
    """` at index (0, 2)`: where the number stands in the argument; nothing for a single number."""
    if is_number(value) and np.asarray(value).dtype.kind == "c":
        return _place_in(np.asarray(value).real, number // 2) + f" in the {('real', 'imaginary')[number % 2]} part"
    if isinstance(value, np.ndarray):
        index = tuple(int(i) for i in np.unravel_index(number, value.shape)) if value.ndim else ()
        return f" at index {index if len(index) != 1 else index[0]}" if index else ""
    return f", number {number}" if items_of(value) is not None else ""


def _place_words(base: Derivative[..., Any]) -> str:
    place = place_of(base.__wrapped__)
    return f"\n  {place.filename}:{place.line}: {place.text.strip()}" if place is not None else ""
