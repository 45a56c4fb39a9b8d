"""Every rule against differences, both modes against each other, with shapes known and unknown, in both precisions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Param, Region, Value
from adjoint.ir.evaluate import evaluate
from adjoint.ir.opset import TABLE
from adjoint.ir.signature import type_of_argument
from adjoint.ir.types import Array, Sym, Type, as_array, is_differentiable
from adjoint.rules.apply import pull, push
from adjoint.rules.broadcasting import is_lazy
from adjoint.rules.nondifferentiable import STRUCTURAL, UNRULED
from adjoint.rules.registry import RULES
from tests.rules.rows import ROWS, Const, Row

Blur = Callable[[Type], Type]


def exact(t: Type) -> Type:
    return t


def may_be_one(t: Type) -> Type:
    """The type with extents that could be 1 in another run."""
    if not isinstance(t, Array):
        return t
    return Array(t.dtype, tuple(Sym(d.name) if isinstance(d, Sym) else Sym("one") for d in t.shape))


def unknown(t: Type) -> Type:
    return Array(t.dtype, (None,) * t.rank) if isinstance(t, Array) else t


@dataclass
class Traced:
    """The operation as a function of its operands that are not constant."""

    function: Function
    builder: Builder
    operands: list[Value]
    result: Value


def trace(row: Row, blur: Blur, operands: Sequence[Any]) -> Traced:
    region = Region()
    builder = Builder(region, derived=True)
    values = []
    for number, operand in enumerate(operands):
        if isinstance(operand, Const):
            values.append(builder.const(operand.value))
            continue
        values.append(Value(blur(type_of_argument(operand, f"a{number}")), f"a{number}"))
        region.args.append(values[-1])
    result = builder.emit(row.opcode, *values, **row.attrs)
    params = [Param(value.name or "") for value in region.args]
    return Traced(Function(row.opcode, params, region, result.type), builder, values, result)


def arguments(operands: Sequence[Any]) -> list[Any]:
    return [operand for operand in operands if not isinstance(operand, Const)]


def varied(row: Row, traced: Traced) -> list[int]:
    return [
        i
        for i, value in enumerate(traced.operands)
        if i not in row.fixed and not isinstance(row.operands[i], Const) and is_differentiable(value.type)
    ]


def primal(row: Row) -> Callable[..., Any]:
    """The plain computation, as a function of all operands."""
    traced = trace(row, exact, row.operands)
    traced.builder.terminate("return", traced.result)
    return lambda *operands: evaluate(traced.function, arguments(operands))


def reverse(row: Row, blur: Blur, operands: Sequence[Any], y_bar: Any) -> list[Any]:
    """The cotangents of the operands that vary, as pulled."""
    traced = trace(row, blur, operands)
    seed = Value(type_of_argument(y_bar, "y"), "y_bar")
    if np.shape(y_bar) and np.shape(y_bar) == tuple(np.shape(primal(row)(*operands))):
        seed.type = traced.result.type
    traced.function.body.args.append(seed)
    traced.function.params.append(Param("y_bar"))
    wanted = varied(row, traced)
    active = [i in wanted for i in range(len(operands))]
    shares = pull(traced.builder, traced.result.op, traced.operands, traced.result, seed, active)  # type: ignore[arg-type]
    assert all(share is None for share, want in zip(shares, active) if not want)
    kept = [shares[i] if shares[i] is not None else traced.builder.const(0.0) for i in wanted]
    traced.builder.terminate("return", traced.builder.emit("tuple", *kept))  # type: ignore[arg-type]
    got = evaluate(traced.function, [*arguments(operands), y_bar])
    for i, value, share in zip(wanted, got, kept):
        lazy = is_lazy(share.type, traced.operands[i].type)  # type: ignore[union-attr]
        assert lazy or np.shape(value) == np.shape(operands[i]), "a cotangent of another shape"
    return [np.broadcast_to(value, np.shape(operands[i])) for i, value in zip(wanted, got)]


def forward(row: Row, blur: Blur, operands: Sequence[Any], tangents: dict[int, Any]) -> Any:
    traced = trace(row, blur, operands)
    dots: list[Value | None] = []
    for i, value in enumerate(traced.operands):
        dots.append(Value(value.type, f"d{i}") if i in tangents else None)
    given = [dot for dot in dots if dot is not None]
    traced.function.body.args += given
    traced.function.params += [Param(dot.name or "") for dot in given]
    tangent = push(traced.builder, traced.result.op, traced.operands, traced.result, dots)  # type: ignore[arg-type]
    traced.builder.terminate("return", tangent or traced.builder.const(0.0))
    values = [*arguments(operands), *(tangents[i] for i, dot in enumerate(dots) if dot is not None)]
    return evaluate(traced.function, values)


def differences(row: Row, tangents: dict[int, Any]) -> Any:
    """The directional derivative by a fourth-order difference."""
    function, h = primal(row), 1e-3

    def at(step: float) -> Any:
        moved = [x + step * tangents[i] if i in tangents else x for i, x in enumerate(row.operands)]
        return np.asarray(function(*moved), None if is_complex else float)

    is_complex = np.iscomplexobj(function(*row.operands))

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


def some_like(x: Any, seed: int) -> Any:
    random = np.random.default_rng(seed)
    values = random.uniform(-1, 1, np.shape(x))
    if np.iscomplexobj(x):
        values = values + 1j * random.uniform(-1, 1, np.shape(x))
    return values if isinstance(x, np.ndarray) else type(x)(values)


def pairing(bar: Any, dot: Any) -> float:
    """What a cotangent gives for a tangent: for complex numbers the real part, without a conjugate."""
    return float(np.sum(np.asarray(bar) * dot).real)


@pytest.fixture(autouse=True)
def _quiet() -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        yield


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_inferred_type_is_right(row: Row) -> None:
    traced = trace(row, exact, row.operands)
    value = np.asarray(primal(row)(*row.operands))
    declared = as_array(traced.result.type)  # type: ignore[arg-type]
    assert declared.dtype == str(value.dtype)
    assert len(declared.shape) == value.ndim
    for dim, extent in zip(declared.shape, value.shape):
        assert not isinstance(dim, int) or dim == extent


BLURRED = [
    pytest.param(row, blur, id=f"{row}-{blur.__name__}")
    for row in ROWS
    for blur in (exact, may_be_one, unknown)
    if row.opcode not in ("squeeze", "cov", "corrcoef") or blur is exact  # these need to know which extents are 1
]


@pytest.mark.parametrize(("row", "blur"), BLURRED)
def test_rule(row: Row, blur: Blur) -> None:
    wanted = varied(row, trace(row, exact, row.operands))
    tangents = {i: some_like(row.operands[i], i) for i in wanted}
    y = np.asarray(primal(row)(*row.operands))
    y_bar = np.asarray(some_like(y, 7))
    expected = differences(row, tangents)
    got = forward(row, blur, row.operands, tangents)
    assert np.shape(got) == y.shape or (np.ndim(got) == 0 and not np.any(expected))
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-7)
    for seed in (y_bar, 1.7) if y.ndim else (y_bar.item(),):
        shares = reverse(row, blur, row.operands, seed)
        left = sum(pairing(share, tangents[i]) for i, share in zip(wanted, shares))
        np.testing.assert_allclose(left, pairing(seed, expected), rtol=1e-6, atol=1e-7)
        for i, share in zip(wanted, shares):  # each operand alone
            assert np.iscomplexobj(row.operands[i]) or not np.iscomplexobj(share), "a real number has a real cotangent"
            alone = pairing(seed, forward(row, blur, row.operands, {i: tangents[i]}))
            np.testing.assert_allclose(pairing(share, tangents[i]), alone, rtol=1e-9, atol=1e-10)


NARROW = [
    row
    for row in ROWS
    if row.opcode not in ("float64", "astype", "linspace", "arange")
    and row.opcode not in ("integrate_simpson", "linalg_logm")  # in double precision, by the number of points
    and any(isinstance(x, np.ndarray) for x in row.operands)
]


@pytest.mark.parametrize("row", NARROW, ids=str)
def test_single_precision_stays_single(row: Row) -> None:
    dtypes = {np.dtype(float): np.float32, np.dtype(complex): np.complex64}
    narrow = [x.astype(dtypes.get(x.dtype, x.dtype)) if isinstance(x, np.ndarray) else x for x in row.operands]
    traced = trace(row, exact, narrow)
    y = np.asarray(primal(row)(*narrow))
    assert as_array(traced.result.type).dtype == str(y.dtype)  # type: ignore[arg-type]
    y_bar = np.asarray(some_like(y, 7)).astype(y.dtype)
    wide = reverse(row, exact, row.operands, y_bar.astype(np.result_type(y_bar, float)) if y.ndim else y_bar.item())
    shares = reverse(row, exact, narrow, y_bar if y.ndim else y_bar.item())
    for i, share, reference in zip(varied(row, traced), shares, wide):
        if isinstance(narrow[i], np.ndarray) and share.shape and share.strides != (0,) * share.ndim:
            assert np.iscomplexobj(narrow[i]) or share.dtype == np.float32
            assert share.dtype in (np.float32, np.complex64)
        np.testing.assert_allclose(share, reference, rtol=2e-3, atol=2e-3)


def test_every_operation_is_ruled_or_listed() -> None:
    assert set(TABLE) == set(RULES) | STRUCTURAL | UNRULED
    assert not set(RULES) & (STRUCTURAL | UNRULED)


SEVERAL = frozenset(
    "eigh eig slogdet lstsq solver solve_ivp quad odeint linalg_eigh linalg_svd linalg_qr linalg_lstsq linalg_lu "
    "linalg_lu_factor special_sici special_shichi special_lambertw sparse_matmul sparse_rmatmul sparse_spsolve".split()
)
"""Operations that give several arrays, or take objects: see `test_decompositions` and `tests/scipy`."""


ELSEWHERE = frozenset("custom custom_elementwise shaped_like draw draw_sized float16 float32 longdouble tolist".split())
"""Rules that users give and random draws (`tests/api`), and conversions that change the precision of differences."""


def test_every_rule_has_a_row() -> None:
    ruled = {opcode for opcode, rule in RULES.items() if rule.kind != "constant"}
    assert ruled - {row.opcode for row in ROWS} - SEVERAL - ELSEWHERE == set()
