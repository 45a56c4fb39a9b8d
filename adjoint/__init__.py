"""adjoint: derivatives of plain Python and NumPy functions, as plain Python and NumPy functions.

from adjoint import grad

def f(x):
    return x * x

grad(f)(3.0)           # 6.0
print(grad(f).source)  # the Python that computed it
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adjoint.api import (
        Derivative,
        check_grads,
        differentiate,
        elementwise_grad,
        grad,
        hessian,
        hvp,
        jacfwd,
        jacobian,
        jacrev,
        jvp,
        value_and_grad,
        vjp,
    )
    from adjoint.custom_rules import check_rule, custom_rule
    from adjoint.errors import AdjointError
    from adjoint.ir.checkpoint import checkpoint
    from adjoint.ir.custom import stop_gradient

__version__ = "0.1.0"

__all__ = [
    "AdjointError",
    "Derivative",
    "__version__",
    "check_grads",
    "check_rule",
    "checkpoint",
    "custom_rule",
    "differentiate",
    "elementwise_grad",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]

_HOMES = {
    "AdjointError": "adjoint.errors",
    "check_rule": "adjoint.custom_rules",
    "checkpoint": "adjoint.ir.checkpoint",
    "custom_rule": "adjoint.custom_rules",
    "stop_gradient": "adjoint.ir.custom",
}


def __getattr__(name: str) -> Any:
    """Public names load the compiler on first use, so that `import adjoint` and `adjoint --help` stay quick."""
    if name not in __all__:
        raise AttributeError(f"module 'adjoint' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOMES.get(name, "adjoint.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
