"""The list of rules for people to read: it names everything, and what is refused has a reason."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from adjoint import AdjointError, grad
from adjoint.catalogue import list_refused, list_rules
from adjoint.frontend.calls.unsupported import REASONS

ROWS = {row.name: row for row in list_rules()}
REFUSED = {name: (why, fix) for name, why, fix in list_refused()}


def public(module: ModuleType) -> list[Any]:
    names = [name for name in dir(module) if not name.startswith("_") and name != "test"]
    found = {name: vars(module).get(name) for name in names}
    return [each for each in found.values() if callable(each) and not isinstance(each, type)]


@pytest.mark.parametrize("module", [np, np.linalg, np.fft], ids=lambda module: module.__name__)
def test_every_function_of_numpy_is_listed(module: ModuleType) -> None:
    short = module.__name__.replace("numpy", "np")
    missing = [
        each.__name__
        for each in public(module)
        if not any(name in ROWS or name in REFUSED for name in (f"{short}.{each.__name__}", f"np.{each.__name__}"))
    ]
    assert not missing


def test_counts() -> None:
    smooth = [row for row in ROWS.values() if row.is_differentiable]
    assert len(ROWS) >= 394 and len(smooth) >= 315


def test_rows_say_what_is_known() -> None:
    assert "axis" in ROWS["np.sum"].keywords and ROWS["np.log"].domain == "x > 0"
    assert "at 0: 0" in ROWS["np.absolute"].remarks and ROWS["np.absolute"].aliases == ("np.abs",)
    assert ROWS["Generator.normal"].how.endswith("differentiable in loc, scale")
    assert not ROWS["Generator.poisson"].is_differentiable


def test_a_name_is_supported_or_refused() -> None:
    assert not set(ROWS) & set(REFUSED)
    assert all(why and fix for why, fix in REASONS.values())


def test_a_refusal_gives_the_reason() -> None:
    name = next(name for name in sorted(REFUSED) if name.startswith("np.") and name.count(".") == 1)
    source = f"def f(x):\n    return {name}(x)\n"
    namespace: dict[str, Any] = {"np": np}
    exec(source, namespace)
    with pytest.raises(AdjointError) as caught:
        grad(namespace["f"], source=source)(2.0)
    why, fix = REFUSED[name]
    assert why in caught.value.report() and fix in caught.value.report()
