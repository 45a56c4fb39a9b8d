"""Cotangents of products: each share is a product of the cotangent with the other factor."""

from __future__ import annotations

from typing import Any

import numpy as np

from adjoint.ir.core import const_of, is_const
from adjoint.ir.ops.einsum import LETTERS
from adjoint.ir.ops.products import contracted_axes
from adjoint.ir.types import may_be_one, same_dim
from adjoint.rules.complexes import conjugate
from adjoint.rules.einsum import as_einsum
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import bilinear, composite, pullback, pushforward


def transposed(x: Expr) -> Expr:
    """The matrix transpose, also of a stack of matrices."""
    return x.T if x.ndim == 2 else x.emit("swapaxes", x, axis1=-1, axis2=-2)


def unstacked(share: Expr, x: Expr, own: int = 2) -> Expr:
    """Sum over the dimensions before the operand's `own` last ones that it lacks or has once."""
    extra = share.ndim - x.ndim
    if extra:
        share = share.sum(axis=0 if extra == 1 else tuple(range(extra)))
    stacked = range(x.ndim - own)
    ones = tuple(i for i in stacked if x.dims[i] == 1 and share.dims[i] != 1)
    unclear = any(not same_dim(x.dims[i], share.dims[i]) and x.dims[i] != 1 and may_be_one(x.dims[i]) for i in stacked)
    if unclear:
        return share.emit("unbroadcast", share, x)
    return share.sum(axis=ones, keepdims=True) if ones else share


def times(number: Expr, x: Expr) -> Expr:
    """`number * x`, where the number is often 1."""
    return x if is_const(number.value) and const_of(number.value) == 1 else number * x


def column(x: Expr) -> Expr:
    """Vectors in a stack as columns: of one vector, of any number."""
    return x[:, None] if x.ndim == 1 else x[..., None]


def row(x: Expr) -> Expr:
    """Vectors in a stack as rows."""
    return x[..., None, :]


def outer_products(a: Expr, b: Expr) -> Expr:
    """The outer product of vectors, or of each pair of vectors in two stacks."""
    return a.emit("outer", a, b) if a.ndim == b.ndim == 1 else column(a) * row(b)


# matrices and vectors


@bilinear("matmul", "dot")
def matmul(y_bar: Expr, a: Expr, b: Expr) -> Any:
    """By ranks; a stack of matrices is a matrix for each."""
    if a.ndim == 1 and b.ndim == 1:
        return lambda: times(y_bar, b), lambda: times(y_bar, a)
    if b.ndim == 1:
        vectors = a.ndim - 1
        return (
            lambda: outer_products(y_bar, b),
            lambda: a.T @ y_bar if vectors == 1 else a.emit("tensordot", y_bar, a, axes=vectors),
        )
    if a.ndim == 1:
        stack = LETTERS[2 : b.ndim]
        of_rows = f"{stack}ab,{stack}b->a"
        return (
            lambda: b @ y_bar if b.ndim == 2 else as_einsum(of_rows, b, y_bar),
            lambda: a.emit("outer", a, y_bar) if b.ndim == 2 else a[:, None] * row(y_bar),
        )
    return lambda: unstacked(y_bar @ transposed(b), a), lambda: unstacked(transposed(a) @ y_bar, b)


@composite("dot")
def dot(a: Expr, b: Expr) -> Any:
    """With a number it is the product; of stacks, each matrix of `a` with each of `b`."""
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return a.emit("tensordot", a, b, axes=(-1, -2)) if a.ndim > 1 and b.ndim > 2 else None


@composite("inner")
def inner(a: Expr, b: Expr) -> Any:
    """Sums over the last axis of both."""
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim > 2 or b.ndim > 2:
        return a.emit("tensordot", a, b, axes=(-1, -1))
    if b.ndim == 1:
        return a @ b
    return b @ a if a.ndim == 1 else a @ b.T


@composite("vdot")
def vdot(a: Expr, b: Expr) -> Any:
    left, right = (x if x.ndim == 1 else x.ravel() if x.ndim else x.emit("reshape", x, -1) for x in (a, b))
    return left.emit("dot", conjugate(left), right)


@composite("outer")
def outer_of_flat(a: Expr, b: Expr) -> Any:
    """Operands that are not vectors are flattened."""
    if a.ndim == b.ndim == 1:
        return None
    left, right = (x if x.ndim == 1 else x.emit("reshape", x, -1) for x in (a, b))
    return left.emit("outer", left, right)


@bilinear("outer")
def outer(y_bar: Expr, a: Expr, b: Expr) -> Any:
    return lambda: y_bar @ b, lambda: a @ y_bar


@composite("vecdot")
def vecdot(a: Expr, b: Expr, *, axis: Any) -> Any:
    """The sum of the products of elements."""
    return (conjugate(a) * b).sum(axis=axis)


@composite("matvec")
def matvec(a: Expr, b: Expr) -> Any:
    return (a @ column(b))[..., 0]


@composite("vecmat")
def vecmat(a: Expr, b: Expr) -> Any:
    """The vector is conjugated, as in `vecdot`."""
    return (row(conjugate(a)) @ b)[..., 0, :]


@composite("cross")
def cross_along(a: Expr, b: Expr, *, axisa: Any, axisb: Any, axisc: Any, axis: Any) -> Any:
    """With the components along other axes than the last."""
    first, second, last = (axisa, axisb, axisc) if axis is None else (axis,) * 3
    left, right = _components_last(a, first), _components_last(b, second)
    rank = max(a.ndim, b.ndim)
    if left is a and right is b and last in (-1, rank - 1):
        return None
    y = left.emit("cross", left, right)
    return y if last in (-1, rank - 1) else y.emit("moveaxis", y, source=-1, destination=last)


def _components_last(x: Expr, axis: int) -> Expr:
    return x if axis in (-1, x.ndim - 1) else x.emit("moveaxis", x, source=axis, destination=-1)


@bilinear("cross")
def cross(y_bar: Expr, a: Expr, b: Expr) -> Any:
    """a x b: cyclic in (a, b, y_bar)."""
    return (
        lambda: unstacked(y_bar.emit("cross", b, y_bar), a, 1),
        lambda: unstacked(y_bar.emit("cross", y_bar, a), b, 1),
    )


# products over chosen axes


@bilinear("tensordot")
def tensordot(y_bar: Expr, a: Expr, b: Expr, *, axes: Any) -> Any:
    """The cotangent meets the other operand in the axes that are left, which come back in that operand's order."""
    left, right = contracted_axes(axes, a.ndim, b.ndim)
    rest_a = tuple(i for i in range(a.ndim) if i not in left)
    rest_b = tuple(i for i in range(b.ndim) if i not in right)
    n = len(rest_a)
    of_a = (*rest_a, *(left[right.index(i)] for i in sorted(right)))
    of_b = (*(right[left.index(i)] for i in sorted(left)), *rest_b)
    tail = tuple(range(n, y_bar.ndim))
    return (
        lambda: in_order(_contracted(y_bar, b, tail, rest_b), of_a),
        lambda: in_order(_contracted(a, y_bar, rest_a, tuple(range(n))), of_b),
    )


def _contracted(a: Expr, b: Expr, left: tuple[int, ...], right: tuple[int, ...]) -> Expr:
    """`tensordot` in its shortest form."""
    if not left and (a.ndim == 0 or b.ndim == 0):
        return a * b
    axes: Any = (left, right)
    if left == tuple(range(a.ndim - len(left), a.ndim)) and right == tuple(range(len(right))):
        axes = len(left)
    elif len(left) == 1:
        axes = (left[0], right[0])
    return a.emit("tensordot", a, b, axes=axes)


def turned(x: Expr, order: tuple[int, ...]) -> Expr:
    """The axes in another order."""
    if order == tuple(range(len(order))):
        return x
    return x.T if len(order) == 2 else x.emit("transpose", x, axes=order)


def in_order(x: Expr, order: tuple[int, ...]) -> Expr:
    """Axes that stand in the given order, sorted."""
    return turned(x, tuple(int(i) for i in np.argsort(order)))


def axes_at_end(rank: int, *axes: int) -> tuple[int, ...]:
    """All axes in an order in which the given ones come last."""
    return (*(i for i in range(rank) if i not in axes), *axes)


@composite("kron")
def kron_of_number(a: Expr, b: Expr) -> Any:
    return a * b if a.ndim == 0 or b.ndim == 0 else None


@bilinear("kron")
def kron(y_bar: Expr, a: Expr, b: Expr) -> Any:
    """Each block of the cotangent belongs to one element of `a`; a missing axis counts as one of extent 1."""
    rank, letters = y_bar.ndim, iter(LETTERS)
    extents: list[Any] = []
    names = ["", ""]
    for axis in range(rank):
        for number, x in enumerate((a, b)):
            at = axis - (rank - x.ndim)
            if at >= 0:
                names[number] += (letter := next(letters))
                extents.append((letter, extent(x, at)))
    every = "".join(letter for letter, _ in extents)
    blocks = y_bar.emit("reshape", y_bar, *(size for _, size in extents))
    return (
        lambda: as_einsum(f"{every},{names[1]}->{names[0]}", blocks, b),
        lambda: as_einsum(f"{every},{names[0]}->{names[1]}", blocks, a),
    )


# chains of matrices


@composite("multi_dot")
def multi_dot_of_vectors(*arrays: Expr) -> Any:
    """With a vector at one end: matrix times vector, from that end."""
    if arrays[-1].ndim == 1:
        total = arrays[-1]
        for x in arrays[-2::-1]:
            total = x @ total
        return total
    if arrays[0].ndim == 1:
        total = arrays[0]
        for x in arrays[1:]:
            total = total @ x
        return total
    return None


@pullback("multi_dot")
def multi_dot(y_bar: Expr, *arrays: Expr) -> Any:
    """What stands left of a factor, transposed, times the cotangent, times what stands right of it, transposed."""
    shares = []
    for number in range(len(arrays)):
        before, after = arrays[:number][::-1], arrays[number + 1 :][::-1]
        shares.append(lambda before=before, after=after: chain(*(x.T for x in before), y_bar, *(x.T for x in after)))
    return tuple(shares)


@pushforward("multi_dot")
def multi_dot_dot(tangents: Any, *arrays: Expr) -> Any:
    total = None
    for number, tangent in enumerate(tangents):
        if tangent is not None:
            term = chain(*arrays[:number], tangent, *arrays[number + 1 :])
            total = term if total is None else total + term
    return total


def chain(*matrices: Expr) -> Expr:
    """The product of matrices, in the order that NumPy finds cheapest."""
    return matrices[0] @ matrices[1] if len(matrices) == 2 else matrices[0].emit("multi_dot", *matrices)


@composite("matrix_power")
def matrix_power(a: Expr, *, n: Any) -> Any:
    """By squaring, and the product of the squares in the binary form of n."""
    if n == 0:
        return a.emit("zeros_like", a) + a.emit("eye", extent(a, -1))
    square, rest, total = a if n > 0 else a.emit("inv", a), abs(n), None
    while rest:
        if rest % 2:
            total = square if total is None else total @ square
        rest //= 2
        square = square @ square if rest else square
    return total
