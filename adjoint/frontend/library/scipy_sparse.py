"""Constant sparse matrices: `A @ x`, `x @ A`, `A.dot(x)`, `A.T`, `A.shape`, `A.toarray()`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scipy import sparse

from adjoint.errors import AdjointError, NoRule
from adjoint.frontend.calls.intrinsics import FOREIGN
from adjoint.frontend.context import Context, spoken
from adjoint.frontend.storage.fitting import as_numbers
from adjoint.frontend.values.objects import Special, handle
from adjoint.ir.core import Value
from adjoint.ir.types import Object, Scalar


def _refuse(ctx: Context, node: Any, what: str, fix: str) -> AdjointError:
    why = "it is constant: of it `@` and `.dot` with arrays, `.T`, `.shape`, `.toarray()` and spsolve are known"
    return ctx.refuse(node, what, why=why, fix=fix, kind=NoRule)


def _product(base: Value, name: str) -> Callable[..., Value]:
    """`base @ other`, or `other @ base`."""

    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if len(args) != 1 or keywords or isinstance(args[0].type, Object | Scalar):
            given = spoken(args[0].type) if args else "nothing"
            raise _refuse(ctx, node, f"a sparse matrix is multiplied by {given}", "compute it outside of the function")
        other = as_numbers(ctx, node, ctx.data(node, args[0]))
        if name == "rmatmul":
            return ctx.emit(node, "sparse_rmatmul", other, base)
        return ctx.emit(node, "sparse_matmul", base, other)

    return run


def _no_arguments(opcode: str, base: Value) -> Callable[..., Value]:
    def run(ctx: Context, node: Any, args: list[Value], keywords: dict[str, Value]) -> Value:
        if args or keywords:
            raise _refuse(ctx, node, "arguments of a method of a sparse matrix", "leave them out")
        return ctx.emit(node, opcode, base)

    return run


def _meaning(ctx: Context, node: Any, base: Value, name: str) -> Value:
    assert isinstance(base.type, Object)
    plain = name.strip("_")
    is_star = plain in ("mul", "rmul") and issubclass(base.type.cls, sparse.spmatrix)  # where `*` means `@`
    if plain in ("matmul", "rmatmul", "dot") or is_star:
        return handle(Special(name, _product(base, "rmatmul" if plain.startswith("r") else "matmul")))
    if name == "T":
        return ctx.emit(node, "sparse_transpose", base)
    if name in ("transpose", "toarray"):
        return handle(Special(name, _no_arguments(f"sparse_{name}", base)))
    if name == "shape":
        return ctx.emit(node, "sparse_shape", base)
    what = "an operator with" if name.startswith("__") else f"`.{name}` of"
    raise _refuse(ctx, node, f"{what} a sparse matrix", "compute it outside of the function, or use `.toarray()`")


FOREIGN[sparse.spmatrix] = _meaning
FOREIGN[sparse.sparray] = _meaning
