"""Expressions as a user writes them: value, gradient, jvp and second derivative of each against differences."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad, jvp, value_and_grad

VECTOR = np.array([0.7, 1.9, 0.4, 1.3, 2.2])
MATRIX = np.random.default_rng(1).uniform(0.3, 2.0, (3, 4))

OF_VECTORS = """
np.sum(x**2, initial=3.0, where=x > 1.0)
np.std(x, correction=1)
np.median(x)**2
np.sum(np.percentile(x, [10, 50, 90])**2)
np.average(np.arange(5.0), weights=x, returned=True)[1]**2
np.corrcoef(x, x**2)[0, 1]
np.cov([x, x**2])[0, 1]
np.sum(np.cumprod(x)**2)
np.multiply.reduce(x) + np.add.reduce(x**2) + np.maximum.reduce(x)**2
np.sum(np.maximum.accumulate(x)**2) + np.sum(np.add.accumulate(x)**2)
np.logaddexp.reduce(x)
np.sum(np.subtract.outer(x, x**2)**2)
np.sum(np.diff(x, prepend=0.0)**2)
np.sum(np.gradient(x, 0.1, edge_order=2)**2)
np.trapezoid(np.arange(5.0)**2, x)
np.sum(np.convolve(x, [1.0, 2.0, 0.5], mode="same")**2)
np.sum(np.interp(x, [0.0, 1.0, 2.0, 3.0], [0.0, 2.0, 1.0, 5.0])**2)
np.sum(np.polyval(x, np.array([0.3, 0.5]))**2)
np.sum(np.polyfit(np.arange(5.0), x, 2)**2)
np.sum(np.sinc(x)) + np.sum(np.i0(x))
np.sum(np.divmod(x * 3.0, 0.8)[1]**2) + np.sum(np.modf(x * 3.0)[0]**2)
np.sum(np.clip(x, a_min=0.5, a_max=2.0)**2) + np.sum(x.clip(max=2.0)**2)
math.hypot(x[0], x[1], x[2])**3 + math.dist(x, [1.0, 2.0, 3.0, 4.0, 5.0])**3
math.gamma(x[0]) * math.lgamma(x[1]) + math.log(x[3], 3.0)
math.frexp(x[1] * 3.0)[0]**2 + math.ldexp(x[0], 3)**2
np.dot(x, [1.0, 2.0, 3.0, 4.0, 5.0])**2
np.nanmax(x)**2 + np.nanstd(x)
"""
OF_MATRICES = """
np.sum(np.median(x, axis=0)**2)
np.sum(np.quantile(x, [0.2, 0.7], axis=1)**2)
np.sum(np.nanmedian(x, axis=(0, 1), keepdims=True)**2 * x)
np.sum(np.cov(x)**2)
np.sum(np.average(x, axis=0, weights=np.array([0.2, 0.3, 0.5]))**2)
np.sum(np.gradient(x)[0] * np.gradient(x)[1])
np.sum(np.add.reduce(x)**2) + np.sum(np.logaddexp.reduce(x, axis=1)**2)
np.sum(np.maximum.accumulate(x, axis=1)**2)
np.sum(np.nanvar(x, axis=0, where=x > 0.5)**2)
np.sum(np.cumulative_sum(x, axis=1, include_initial=True)**2)
"""
CASES = [(text, VECTOR) for text in OF_VECTORS.strip().split("\n")]
CASES += [(text, MATRIX) for text in OF_MATRICES.strip().split("\n")]
NEW = {"np.trapezoid": "trapezoid", "np.cumulative": "cumulative_sum"}
"""Functions that older versions of NumPy do not have."""


def compiled(text: str, path: Path) -> Callable[..., Any]:
    file = path / "expression.py"
    file.write_text(f"import math\nimport numpy as np\n\n\ndef f(x):\n    return {text}\n")
    spec = importlib.util.spec_from_file_location("expression", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    function: Callable[..., Any] = module.f
    return function


def slope(function: Callable[..., Any], x: Any, direction: Any, h: float = 1e-4) -> Any:
    """The derivative along a direction by a fourth-order difference."""

    def at(step: float) -> Any:
        return np.asarray(function(x + step * direction), float)

    return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)


@pytest.mark.parametrize(("text", "x"), CASES, ids=[text for text, _ in CASES])
def test_expression(text: str, x: Any, tmp_path: Path) -> None:
    if any(text.find(start) >= 0 and not hasattr(np, name) for start, name in NEW.items()):
        pytest.skip("this NumPy does not have the function")
    f = compiled(text, tmp_path)
    direction = np.random.default_rng(0).uniform(-1, 1, x.shape)
    f_grad = grad(f)
    value, gradient = value_and_grad(f)(x)
    assert value == f(x)
    assert gradient.shape == x.shape
    expected = slope(f, x, direction)
    np.testing.assert_allclose(np.sum(gradient * direction), expected, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(jvp(f, (x,), (direction,))[1], expected, rtol=1e-6, atol=1e-8)
    second = jvp(f_grad, (x,), (direction,))[1]
    np.testing.assert_allclose(second, slope(f_grad, x, direction), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", ["float16", "float32", "longdouble"])
@pytest.mark.parametrize(
    "text",
    [
        "np.sum(2.0 * np.sin(x) / 3)",
        "np.std(x) + np.median(x)",
        "np.sum(np.maximum(x, 1.0)**2)",
        "np.nanmean(x) + np.max(x, initial=0.5)",
        "np.sum(np.cumsum(x) * np.clip(x, 0.5, 2))",
        "np.sum(np.sinc(x)) + np.logaddexp.reduce(x)",
    ],
)
def test_precision_is_kept(text: str, dtype: str, tmp_path: Path) -> None:
    f, x = compiled(text, tmp_path), VECTOR.astype(dtype)
    value, gradient = value_and_grad(f)(x)
    assert value.dtype == x.dtype
    assert gradient.dtype == x.dtype
    if dtype != "float16":  # of the scalars on the way NumPy has none that a number could be turned into
        assert np.asarray(jvp(f, (x,), (np.ones_like(x),))[1]).dtype == x.dtype


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("np.sum(np.sin(x, where=x > 1.0))", "where"),
        ("np.sum(np.add(x, x, casting='unsafe'))", "casting"),
        ("np.sum(np.exp(x, dtype=np.float32))", "dtype"),
        ("np.quantile(x, 0.3, method='closest_observation')", "closest_observation"),
        ("np.quantile(x, 0.3, weights=x)", "weights"),
        ("np.var(x, mean=0.5)", "mean"),
        ("np.median(x, overwrite_input=True)", "overwrite_input"),
        ("np.sum(np.polyfit(x, x, 1, rcond=0.1))", "rcond"),
        ("np.sum(np.nan_to_num(x, copy=False))", "copy=False"),
        ("np.sum(np.add.reduceat(x, [0, 2]))", "reduceat"),
        ("np.sum(np.roots(x))", "roots"),
    ],
)
def test_refused_by_name(text: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(AdjointError, match=named) as caught:
        grad(compiled(text, tmp_path))(VECTOR)
    assert "expression.py, line 6" in str(caught.value)
