"""One program against itself: the value, both modes against each other and against differences, dtypes, layouts."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import adjoint

Function = Callable[..., Any]


def leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def vector(value: Any) -> Any:
    """All numbers of a value as real ones, in one vector."""
    parts = [np.ravel(np.asarray(leaf)) for leaf in leaves(value) if leaf is not None]
    parts = [np.concatenate([part.real, part.imag]) if part.dtype.kind == "c" else part for part in parts]
    return np.concatenate(parts).astype(np.longdouble) if parts else np.zeros(0)


def is_smooth(value: Any) -> bool:
    return isinstance(value, float | complex) or getattr(value, "dtype", np.dtype(int)).kind in "fc"


def moved(args: Sequence[Any]) -> tuple[int, ...]:
    return tuple(i for i, arg in enumerate(args) if is_smooth(arg))


def random_like(value: Any, rng: np.random.Generator) -> Any:
    """Random numbers of the same shape, dtype and container; 0 stands for what is no real number."""
    if isinstance(value, tuple | list):
        items = [random_like(item, rng) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if not is_smooth(value):
        return np.zeros_like(value, dtype=float) if isinstance(value, np.ndarray) else 0.0
    made = rng.uniform(-1, 1, np.shape(value))
    if np.asarray(value).dtype.kind == "c":
        made = made + 1j * rng.uniform(-1, 1, np.shape(value))
    if isinstance(value, np.ndarray):
        return np.asarray(made).astype(value.dtype)
    return type(value)(made)


def paired(seed: Any, change: Any) -> float:
    """`Re(sum(seed * change))` over all parts."""
    total = sum(
        np.sum(np.asarray(a) * np.asarray(b))
        for a, b in zip(leaves(seed), leaves(change), strict=True)
        if a is not None
    )
    return float(np.real(total))


def same(got: Any, plain: Any, *, exact: bool = True) -> None:
    """Equal bit for bit, in dtype and shape; where not `exact`, up to the order of sums."""
    for mine, theirs in zip(leaves(got), leaves(plain), strict=True):
        assert np.shape(mine) == np.shape(theirs), (np.shape(mine), np.shape(theirs))
        assert np.asarray(mine).dtype == np.asarray(theirs).dtype, (np.asarray(mine).dtype, np.asarray(theirs).dtype)
        if exact:
            np.testing.assert_array_equal(mine, theirs, err_msg="the value is not that of the plain call")
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-13, atol=1e-14)


def differences(f: Function, args: Sequence[Any], along: dict[int, Any]) -> Any:
    """The change of all results along a direction: central differences, extrapolated."""

    def at(h: float) -> Any:
        return vector(f(*[arg + h * along[i] if i in along else copy.deepcopy(arg) for i, arg in enumerate(args)]))

    rows: list[list[Any]] = []
    best, error = np.zeros(0), np.inf
    for k in range(6):
        h = 4e-3 / 2.0**k
        row = [(at(h) - at(-h)) / (2 * h)]
        row += [np.zeros(0)] * k
        for j in range(k):
            row[j + 1] = row[j] + (row[j] - rows[-1][j]) / (4.0 ** (j + 1) - 1)
        if k and (gap := float(np.max(np.abs(row[-1] - rows[-1][-1]), initial=0.0))) < error:
            best, error = row[-1], gap
        rows.append(row)
    return best


def derivatives(f: Function, args: Sequence[Any]) -> tuple[Any, tuple[Any, ...], Any, dict[int, Any], Any]:
    """Run both modes and check all that needs no other numbers: returns seed, cotangents, tangent, direction, value."""
    rng = np.random.default_rng(5)
    wrt = moved(args)
    before = copy.deepcopy(args)
    plain = f(*args)
    value, pull = adjoint.vjp(f, *args, wrt=wrt)  # runs on copies, which have no gaps: BLAS may sum in another order
    same(value, plain, exact=all(each.flags.c_contiguous for each in args if isinstance(each, np.ndarray)))
    along = {i: random_like(args[i], rng) for i in wrt}
    value, tangent = adjoint.jvp(f, tuple(args), tuple(along[i] for i in wrt), wrt=wrt)
    same(value, plain)
    seed = random_like(value, rng)
    cotangents = pull(seed)
    for old, new in zip(before, args):
        assert np.array_equal(old, new, equal_nan=is_smooth(old)), "an argument was changed"
    for i, cotangent in zip(wrt, cotangents, strict=True):
        kind = np.asarray(args[i]).dtype
        assert np.shape(cotangent) == np.shape(args[i]), f"argument {i}: {np.shape(cotangent)}"
        assert isinstance(args[i], float) or np.asarray(cotangent).dtype == kind, (
            f"argument {i}: {np.asarray(cotangent).dtype} for {kind}"
        )
    for change, leaf in zip(leaves(tangent), leaves(plain), strict=True):
        if is_smooth(leaf):
            assert np.shape(change) == np.shape(leaf)
            kind = np.asarray(leaf).dtype
            assert np.asarray(change).dtype == kind, f"tangent {np.asarray(change).dtype} of {kind}"
    return seed, cotangents, tangent, along, plain


def agree(seed: Any, cotangents: Sequence[Any], tangent: Any, along: dict[int, Any], rtol: float = 1e-10) -> None:
    left, right = paired(seed, tangent), paired(cotangents, tuple(along.values()))
    scale = max((float(np.max(np.abs(c), initial=0.0)) for c in leaves(cotangents)), default=0.0)
    np.testing.assert_allclose(left, right, rtol=rtol, atol=rtol * max(scale, 1.0), err_msg="the modes disagree")


def check(f: Function, args: Sequence[Any], *, smooth: bool = True) -> tuple[Any, ...]:
    """All of it; returns the cotangents of a fixed seed."""
    seed, cotangents, tangent, along, plain = derivatives(f, args)
    coarse = any(np.asarray(leaf).dtype in (np.float16, np.float32, np.complex64) for leaf in leaves(plain))
    agree(seed, cotangents, tangent, along, 2e-3 if coarse else 1e-10)
    if smooth and not coarse:
        np.testing.assert_allclose(vector(tangent), differences(f, args, along), rtol=2e-7, atol=2e-8)
    return cotangents


def check_second(loss: Function, args: Sequence[Any]) -> None:
    """The Hessian times a direction against differences of the gradient."""
    wrt = moved(args)
    rng = np.random.default_rng(6)
    along = {i: random_like(args[i], rng) for i in wrt}
    got = adjoint.hvp(loss, tuple(args), tuple(along[i] for i in wrt), wrt=wrt)
    gradient = adjoint.grad(loss, wrt=wrt)
    expected = differences(gradient, args, along)
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(vector(got), expected, rtol=1e-6, atol=1e-7 * scale)


def cast(value: Any, dtype: Any) -> Any:
    """Arrays and NumPy scalars as another dtype; Python numbers stay (they are weak)."""
    if isinstance(value, np.ndarray):
        return value.astype(dtype) if value.dtype.kind == "f" else value
    return np.dtype(dtype).type(value) if isinstance(value, np.floating) else value


def check_cast(f: Function, args: Sequence[Any], dtype: Any, rtol: float) -> None:
    """The derivatives in another precision: in its dtype, and near those of float64."""
    given = [cast(arg, dtype) for arg in args]
    seed, cotangents, tangent, along, _ = derivatives(f, given)
    agree(seed, cotangents, tangent, along, rtol)
    wide = [cast(arg, np.float64) for arg in given]
    _, pull = adjoint.vjp(f, *wide, wrt=moved(wide))
    expected = vector(pull(widened(seed)))
    scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)))
    np.testing.assert_allclose(vector(cotangents), expected, rtol=rtol, atol=rtol * scale)


def widened(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(widened(item) for item in value)
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fc":
        return value.astype(np.float64 if value.dtype.kind == "f" else np.complex128)
    return value


LAYOUTS: dict[str, Callable[[Any], Any]] = {
    "Fortran": lambda x: np.asfortranarray(x),
    "strided": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "reversed": lambda x: x[..., ::-1].copy()[..., ::-1],
    "transposed": lambda x: x.T.copy().T,
    "broadcast": lambda x: np.broadcast_to(x, x.shape),
}


def laid_out(args: Sequence[Any], layout: str) -> list[Any]:
    make = LAYOUTS[layout]
    return [make(arg) if isinstance(arg, np.ndarray) and arg.ndim else arg for arg in args]
