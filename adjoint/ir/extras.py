"""Libraries beside NumPy: their operations and rules are entered when a program first calls one of their functions.

Nothing here imports a library. A function can only be met when the user's program has imported it already, so the
table below may name modules that import it.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

SPECIAL = (
    "ir.ops.scipy_special",
    "rules.scipy_special",
    "rules.scipy_softmax",
    "rules.scipy_bessel",
    "rules.scipy_several",
)
PARTS: dict[str, tuple[str, ...]] = {
    "scipy.special": SPECIAL,
    "scipy.linalg": (
        "ir.ops.scipy_linalg",
        "ir.ops.scipy_decompositions",
        "rules.scipy_linalg",
        "rules.scipy_decompositions",
        "frontend.library.scipy_linalg",
        "emit.scipy_spellings",
    ),
    "scipy.optimize": (
        "ir.ops.scipy_optimize",
        "rules.scipy_optimize",
        "frontend.library.scipy_optimize",
        "implicit",
    ),
    "scipy.fft": ("ir.ops.scipy_fft",),
    "scipy.integrate": (
        "ir.ops.scipy_integrate",
        "rules.scipy_integrate",
        "rules.scipy_ode",
        "rules.scipy_odeint",
        "rules.scipy_quad",
        "frontend.library.scipy_ode",
        "frontend.library.scipy_quad",
        "implicit",
    ),
    "scipy.signal": ("ir.ops.scipy_signal", "rules.scipy_signal"),
    "scipy.sparse": (
        "ir.ops.scipy_sparse",
        "rules.scipy_sparse",
        "frontend.library.scipy_sparse",
        "emit.scipy_spellings",
    ),
    "scipy.interpolate": (
        "ir.ops.scipy_interpolate",
        "rules.scipy_interpolate",
        "frontend.library.scipy_interpolate",
        "emit.scipy_spellings",
    ),
    "scipy.ndimage": ("ir.ops.scipy_ndimage", "rules.scipy_ndimage"),
    "scipy.spatial": ("ir.ops.scipy_spatial", "rules.scipy_spatial"),
    "scipy.stats": (*SPECIAL, "ir.ops.scipy_stats", "rules.scipy_stats"),
}
"""For each library module the modules of this package, by room, that enter what is known of it."""

_loaded: set[str] = set()


def meet(function: Any) -> bool:
    """Enter what is known of the library a callable belongs to; whether there was something new."""
    home = home_of(function)
    part = next((part for part in (home, _library(home)) if part in PARTS), None) if home is not None else None
    if part is None or part in _loaded:
        return False
    load(part)
    return True


def load(part: str) -> None:
    """Enter what is known of a library module."""
    if part not in _loaded:
        _loaded.add(part)
        for name in PARTS[part]:
            importlib.import_module(f"adjoint.{name}")


def load_all() -> None:
    """Enter everything that is known of the libraries that are installed, for lists of what there is."""
    for part in PARTS:
        if importlib.util.find_spec(part.partition(".")[0]) is not None:
            load(part)


def _library(home: str) -> str:
    """`scipy.sparse` of `scipy.sparse.linalg`."""
    return ".".join(home.split(".")[:2])


def home_of(function: Any) -> str | None:
    """The public module of SciPy that holds an object, such as `scipy.special`; None for what is not SciPy's."""
    if "scipy" not in sys.modules:
        return None
    path = getattr(function, "__module__", None) or getattr(type(function), "__module__", None)
    if isinstance(path, str) and path.startswith("scipy."):
        return path.partition("._")[0]
    name, special = getattr(function, "__name__", None), sys.modules.get("scipy.special")
    if special is not None and type(function).__name__ == "ufunc" and getattr(special, str(name), None) is function:
        return "scipy.special"
    return None
