"""Every parameter of every NumPy function of the table is supported, or refused by name: a new one fails here."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import adjoint.rules  # noqa: F401  # fills the table of operations
from adjoint.ir import binding
from adjoint.ir.opset import TABLE

ALWAYS = {"out", "like", "device", "args", "kwargs"}
"""`out` is a store, which the front end makes of any call. The others are for arrays that are not NumPy's."""
UFUNC = {"where", "casting", "order", "dtype", "subok", "signature"}
"""Keywords that every ufunc has."""
REFUSED: dict[str, set[str]] = {
    "accumulate": {"array", "dtype"},
    "allclose": {"equal_nan"},
    "argpartition": {"order"},
    "argsort": {"order"},
    "array": {"copy", "ndmax", "ndmin", "order", "subok"},
    "array_equal": {"equal_nan"},
    "asanyarray": {"copy", "order"},
    "asarray": {"copy", "order"},
    "astype": {"copy"},
    "average": {"returned"},  # the front end makes the pair
    "broadcast_to": {"subok"},
    "choose": {"mode"},
    "complex128": {"imag"},
    "complex64": {"imag"},
    "concatenate": {"casting", "dtype"},
    "copy": {"order", "subok"},
    "empty": {"order"},
    "empty_like": {"order", "shape", "subok"},
    "eye": {"order"},
    "full": {"order"},
    "full_like": {"order", "shape", "subok"},
    "geomspace": {"axis", "dtype"},
    "hstack": {"casting", "dtype"},
    "indices": {"sparse"},
    "isclose": {"equal_nan"},
    "isin": {"assume_unique", "kind"},
    "linspace": {"retstep"},
    "logspace": {"axis", "dtype"},
    "matmul": {"axes", "axis", "keepdims"},
    "matrix_rank": {"rtol"},
    "matvec": {"axes", "axis", "keepdims"},
    "median": {"overwrite_input"},
    "nanmedian": {"overwrite_input"},
    "nanpercentile": {"overwrite_input", "weights"},
    "nanquantile": {"overwrite_input", "weights"},
    "nanstd": {"mean"},
    "nanvar": {"mean"},
    "ones": {"order"},
    "ones_like": {"order", "shape", "subok"},
    "partition": {"order"},
    "percentile": {"overwrite_input", "weights"},
    "pinv": {"hermitian"},
    "polyfit": {"cov", "full", "rcond"},
    "polyval": {"tensor"},
    "quantile": {"overwrite_input", "weights"},
    "reduce": {"array", "dtype", "initial", "where"},
    "searchsorted": {"sorter"},
    "size": {"axis"},
    "sliding_window_view": {"subok", "writeable"},
    "sort": {"order"},
    "stack": {"casting", "dtype"},
    "std": {"mean"},
    "svd": {"hermitian"},
    "trace": {"dtype"},
    "unique": {"axis", "equal_nan", "return_counts", "return_index", "return_inverse", "sorted"},
    "var": {"mean"},
    "vecdot": {"axes", "keepdims"},
    "vecmat": {"axes", "axis", "keepdims"},
    "vstack": {"casting", "dtype"},
    "zeros": {"order"},
    "zeros_like": {"order", "shape", "subok"},
}
"""By name of the function: what its calls refuse."""


def callables() -> list[Any]:
    found = [f for definition in TABLE.values() for f in definition.callables if _is_of_numpy(f)]
    return sorted(found, key=lambda f: (str(getattr(f, "__module__", "")), f.__name__))


def _is_of_numpy(function: Any) -> bool:
    home = getattr(function, "__module__", None) or ""
    if isinstance(function, np.ufunc):
        return getattr(np, function.__name__, None) is function
    return home.startswith("numpy")


def parameters_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # of older versions of NumPy: written in C
        return []


def supported(function: Callable[..., Any]) -> set[str]:
    """The names under which arguments are taken, those that NumPy gives them."""
    found = binding.definition_of(function)
    assert found is not None
    definition, text = found
    taken = {*(name.strip("*?") for name in definition.operands), *definition.attrs}
    ours = [name.strip() for name in text.split(",")]
    names = {name.strip("[]*") for name in ours if name.strip("[]*") in taken}
    for place, (parameter, name) in enumerate(zip(parameters_of(function), ours)):
        if name.startswith("*"):
            names.update(each.name for each in parameters_of(function)[place:])
        if name.strip("[]*") in taken:
            names.add(parameter.name)
    return names | {name.split("=")[0] for name in ours if "=" in name}


def gaps(function: Callable[..., Any]) -> set[str]:
    """Parameters that are neither taken nor listed."""
    known = supported(function) | ALWAYS | REFUSED.get(function.__name__, set())
    if isinstance(function, np.ufunc):
        known |= UFUNC
    return {parameter.name for parameter in parameters_of(function)} - known


@pytest.mark.parametrize("function", callables(), ids=lambda f: f"{f.__module__}.{f.__name__}")
def test_every_parameter_is_known(function: Callable[..., Any]) -> None:
    assert gaps(function) == set()


def test_a_new_parameter_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    signature = inspect.signature(np.median)
    new = inspect.Parameter("tolerance", inspect.Parameter.KEYWORD_ONLY, default=None)
    wider = signature.replace(parameters=[*signature.parameters.values(), new])
    monkeypatch.setattr(inspect, "signature", lambda function: wider)
    assert gaps(np.median) == {"tolerance"}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_what_is_listed_is_refused(name: str) -> None:
    """The binder takes none of them: the call is refused, and the message names the argument."""
    for function in (f for f in callables() if f.__name__ == name):
        found = binding.definition_of(function)
        assert found is not None
        definition, text = found
        count = sum(not operand.endswith("?") for operand in definition.operands)
        for keyword in REFUSED[name] & {p.name for p in parameters_of(function)} - {"array"}:
            with pytest.raises(binding.BindingError, match=repr(keyword)):
                binding.bind(definition, text, [(object(),)] * count, {keyword: object()}, name)
