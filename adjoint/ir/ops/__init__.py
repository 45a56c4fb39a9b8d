"""The rows of the table of operations, one file a family. Importing the package fills the table."""

from adjoint.ir.ops import (
    builtins,
    creation,
    elementwise,
    indexing,
    linalg,
    lists,
    python,
    reductions,
    scopes,
    shaping,
)

__all__ = [
    "builtins",
    "creation",
    "elementwise",
    "indexing",
    "linalg",
    "lists",
    "python",
    "reductions",
    "scopes",
    "shaping",
]
