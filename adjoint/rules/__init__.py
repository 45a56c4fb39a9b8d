"""What every operation's derivative is, one line of mathematics each."""

import adjoint.ir.ops  # noqa: F401  # fills the table of operations, which rules are checked against
from adjoint.rules import creation, elementwise, indexing, linalg, nondifferentiable, reductions, shaping

__all__ = ["creation", "elementwise", "indexing", "linalg", "nondifferentiable", "reductions", "shaping"]
