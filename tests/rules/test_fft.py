"""Every Fourier transform against the matrix of the linear map, for lengths that pad, cut off, are odd and even."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Param, Region, Value
from adjoint.ir.evaluate import evaluate
from adjoint.ir.signature import type_of_argument
from adjoint.ir.types import Array
from adjoint.rules.apply import pull, push

SINGLE = [
    ({"axis": axis, "norm": norm}, shape, n)
    for norm, (shape, axis), n in itertools.product(
        (None, "ortho", "forward"), (((5,), -1), ((4,), 0), ((3, 4), 0), ((2, 5), -1)), (None, 1, 3, 4, 7)
    )
    if norm is None or n in (None, 3)
]
SEVERAL: list[tuple[dict[str, Any], tuple[int, ...], Any]] = [
    ({}, (3, 4), None),
    ({"norm": "ortho"}, (4, 3), None),
    ({"norm": "forward"}, (2, 3, 4), None),
    ({"axes": (0, 1)}, (3, 4), (4, 5)),
    ({"axes": (1, 0)}, (3, 4), (2, 6)),
    ({"axes": (-1, 0), "norm": "ortho"}, (2, 3, 4), None),
    ({"axes": (2, 0)}, (2, 3, 4), (3, 3)),
]


def numbers(shape: tuple[int, ...], seed: int, is_complex: bool) -> Any:
    random = np.random.default_rng(seed)
    values = random.uniform(-1, 1, shape)
    return values + 1j * random.uniform(-1, 1, shape) if is_complex else values


def blurred(value: Any, name: str, blur: bool) -> Value:
    t = type_of_argument(value, name)
    return Value(Array(t.dtype, (None,) * t.rank) if blur and isinstance(t, Array) else t, name)


def linear_map(opcode: str, x: Any, size: Any, attrs: dict[str, Any], blur: bool) -> tuple[Any, Any]:
    """The pushforward and the pullback of one transform, as functions."""

    def build(kind: str, dot: Any) -> Any:
        builder = Builder(Region(), derived=True)
        value, moving = blurred(x, "x", blur), blurred(dot, "dot", False)
        builder.region.args += [value, moving]
        operands = [value] if size is None else [value, builder.const(size)]
        y = builder.emit(opcode, *operands, **attrs)
        assert y.op is not None
        if kind == "push":
            made = push(builder, y.op, operands, y, [moving] + [None] * (len(operands) - 1))
        else:
            moving.type = y.type
            made = pull(builder, y.op, operands, y, moving, [True] + [False] * (len(operands) - 1))[0]
        assert made is not None
        builder.terminate("return", made)
        function = Function(kind, [Param("x"), Param("dot")], builder.region, made.type)
        return evaluate(function, [x, dot])

    return lambda dot: build("push", dot), lambda bar: build("pull", bar)


def check(opcode: str, x: Any, size: Any, attrs: dict[str, Any]) -> None:
    function: Callable[..., Any] = getattr(np.fft, opcode)
    given = {"n" if "axis" in attrs else "s": size} if size is not None else {}
    y = function(x, **given, **attrs)
    y_bar = numbers(y.shape, 3, y.dtype.kind == "c")
    units = [np.eye(x.size)[i].reshape(x.shape) for i in range(x.size)]
    if x.dtype.kind == "c":
        units += [1j * unit for unit in units]
    for blur in (False, True):
        forward, reverse = linear_map(opcode, x, size, attrs, blur)
        x_bar = reverse(y_bar)
        assert x_bar.shape == x.shape and x_bar.dtype == x.dtype
        tangent = numbers(x.shape, 5, x.dtype.kind == "c")
        np.testing.assert_allclose(forward(tangent), function(tangent, **given, **attrs), atol=1e-12)
        expected = [np.sum(y_bar * function(unit, **given, **attrs)).real for unit in units]
        np.testing.assert_allclose([np.sum(x_bar * unit).real for unit in units], expected, atol=1e-12)


@pytest.mark.parametrize("is_complex", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("opcode", ["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"])
def test_along_one_axis(opcode: str, is_complex: bool) -> None:
    for attrs, shape, n in SINGLE:
        if is_complex and opcode in ("rfft", "ihfft"):
            continue
        check(opcode, numbers(shape, 1, is_complex), n, attrs)


@pytest.mark.parametrize("is_complex", [False, True], ids=["real", "complex"])
@pytest.mark.parametrize("opcode", [f"{kind}{suffix}" for kind in ("fft", "ifft", "rfft", "irfft") for suffix in "2n"])
def test_along_several_axes(opcode: str, is_complex: bool) -> None:
    for attrs, shape, s in SEVERAL:
        if is_complex and opcode.startswith("rfft"):
            continue
        check(opcode, numbers(shape, 1, is_complex), s, attrs)
