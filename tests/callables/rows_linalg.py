"""Products of vectors and matrices, einsum, numpy.linalg."""

from __future__ import annotations

import numpy as np

from tests.callables.table import numbers, program, regular

A, B, C = numbers(3, 4), numbers(4, 2, seed=1), regular(3)
V, W = numbers(4), numbers(4, seed=3)
STACK, OTHER = numbers(2, 3, 4), numbers(2, 4, 3, seed=5)
SPD = C @ C.T
STACKED = np.stack([regular(3), regular(3, seed=4)])

program(
    "np.dot(a, b), np.dot(a, v), np.dot(v, w), np.dot(v, b), np.dot(2.0, v), np.dot(s, a), np.dot(o, v)",
    a=A,
    b=B,
    v=V,
    w=W,
    s=0.4,
    o=STACK,
)
program(
    "np.matmul(a, b), np.matmul(a, v), np.matmul(v, w), np.matmul(v, b), np.matmul(s, o), np.matmul(s, b), np.matmul(s, v)",
    a=A,
    b=B,
    v=V,
    w=W,
    s=STACK,
    o=OTHER,
)
program("a @ b, a @ v, v @ w, v @ b, s @ o, s @ b, s @ v, a @ o, v @ o", a=A, b=B, v=V, w=W, s=STACK, o=OTHER)
program("a.dot(b), v.dot(w), a.T @ a, a.T.dot(a)", a=A, b=B, v=V, w=W)
program(
    "np.vdot(v, w), np.vdot(a, a), np.inner(v, w), np.inner(a, v), np.inner(a, a), np.outer(v, w), np.outer(a, v)",
    a=A,
    v=V,
    w=W,
)
program(
    "np.vecdot(a, a), np.vecdot(v, w), np.vecdot(a, v), np.vecdot(a, a, axis=0), np.matvec(a, v), np.vecmat(v, b)",
    a=A,
    b=B,
    v=V,
    w=W,
)
program("np.kron(a, b), np.kron(v, w), np.kron(v, a)", a=A, b=B, v=V, w=W)
program(
    "np.cross(x, y), np.cross(v, y), np.cross(x, y, axis=-1), np.linalg.cross(x, y), np.cross(v, v + 1.0)",
    x=numbers(4, 3),
    y=numbers(4, 3, seed=2),
    v=numbers(3),
)
program(
    "np.cross(x, y, axis=0), np.linalg.cross(x, y, axis=0), np.cross(x, y, axisa=0, axisb=0, axisc=0)",
    x=numbers(3, 4),
    y=numbers(3, 4, seed=2),
)
program(
    "np.tensordot(a, b, 1), np.tensordot(a, a, 2), np.tensordot(a, b, axes=([1], [0])), np.tensordot(v, w, 0), np.tensordot(s, o, axes=((0, 2), (0, 1)))",
    a=A,
    b=B,
    v=V,
    w=W,
    s=STACK,
    o=OTHER,
)
program(
    "np.tensordot(a, b, axes=(1, 0)), np.linalg.tensordot(a, b, axes=1), np.linalg.matmul(a, b), np.linalg.outer(v, w), np.linalg.vecdot(v, w), np.linalg.vecdot(a, a, axis=0)",
    a=A,
    b=B,
    v=V,
    w=W,
)
program(
    "np.linalg.multi_dot([a, b, c]), np.linalg.multi_dot([v, b, c]), np.linalg.multi_dot((a, b))",
    a=A,
    b=B,
    c=numbers(2, 3),
    v=V,
)
SPECS = {
    "ij,jk->ik": "a, b", "ij,jk": "a, b", "ij->ji": "a", "ij->": "a", "ij->i": "a", "ii->i": "c", "ii": "c", "i,i": "v, w",
    "i,j->ij": "v, w", "bij,bjk->bik": "s, o", "bij,jk->bik": "s, b", "...ij,...jk->...ik": "s, o", "...j,j->...": "s, v",
    "ij,ij->": "a, a", "i,ij,jk->k": "u, a, b", "ij,j->ij": "a, v", "ij,kj->ik": "a, a", "bij->jbi": "s",
}  # fmt: skip
program(
    ", ".join(f'np.einsum("{spec}", {given})' for spec, given in SPECS.items()),
    a=A,
    b=B,
    c=C,
    v=V,
    w=W,
    u=numbers(3),
    s=STACK,
    o=OTHER,
)
program(
    'np.einsum("ij,jk,kl->il", a, b, b.T, optimize=True), np.einsum(a, [0, 1], b, [1, 2], [0, 2]), np.einsum("i, i ->", v, w)',
    a=A,
    b=B,
    v=V,
    w=W,
)
program(
    "np.trace(c), np.trace(c, offset=1), np.trace(s, axis1=1, axis2=2), c.trace(), c.trace(1), np.linalg.trace(c), np.linalg.trace(s, offset=1)",
    c=C,
    s=STACKED,
)
program("np.linalg.det(c), np.linalg.det(s)", c=C, s=STACKED)
program("np.linalg.inv(c), np.linalg.inv(s)", c=C, s=STACKED)
program("np.linalg.slogdet(c)[1], np.linalg.slogdet(s).logabsdet", c=C, s=STACKED)
program("np.linalg.solve(c, u), np.linalg.solve(c, a), np.linalg.solve(s, a)", c=C, u=numbers(3), a=A, s=STACKED)
program(
    "np.linalg.cholesky(c @ c.T), np.linalg.cholesky(c @ c.T, upper=True), np.linalg.cholesky(s @ s.mT)", c=C, s=STACKED
)
program("q, r = np.linalg.qr(x)\nreturn q, r", x=regular(3))
program("np.linalg.qr(x).R, np.linalg.qr(x, mode='r'), np.linalg.qr(x, mode='reduced')[0]", x=numbers(4, 3))
program("w, v = np.linalg.eigh(c + c.T)\nreturn w, v * v", c=C)
program(
    "np.linalg.eigh(c, UPLO='U').eigenvalues, np.linalg.eigvalsh(c), np.linalg.eigvalsh(s), np.linalg.eigvalsh(c, UPLO='U')",
    c=SPD,
    s=STACKED,
)
program(
    "np.abs(np.linalg.eigvals(c)), np.linalg.eig(c + 0j)[0].real, np.abs(np.linalg.eig(c + 0j).eigenvectors)",
    c=C,
    single=False,
)
program("np.linalg.svd(a, compute_uv=False), np.linalg.svdvals(a), np.linalg.svd(a, full_matrices=False).S", a=A)
program("u, s, vt = np.linalg.svd(a, full_matrices=False)\nreturn (u * s) @ vt, s, u * u", a=A)
program("np.linalg.pinv(a), np.linalg.pinv(a.T), np.linalg.pinv(a, rcond=1e-9)", a=A)
program("np.linalg.pinv(a, rtol=1e-9)", a=A)
program(
    "np.linalg.lstsq(x, y)[0], np.linalg.lstsq(x, z, rcond=None)[0]", x=numbers(4, 3), y=numbers(4), z=numbers(4, 2)
)
program(
    "np.linalg.matrix_power(c, 3), np.linalg.matrix_power(c, 0), np.linalg.matrix_power(c, -2), np.linalg.matrix_power(s, 2)",
    c=C,
    s=STACKED,
)
ORDERS = ["None", "2", "1", "3", "np.inf", "-np.inf", "0.5"]
program(", ".join(f"np.linalg.norm(v, {order})" for order in ORDERS), v=V, second=False)
program(
    "np.linalg.norm(v), np.linalg.norm(a), np.linalg.norm(s), np.linalg.norm(v, 3), np.linalg.norm(a, axis=1), np.linalg.norm(a, 4, axis=0)",
    v=V,
    a=A,
    s=STACK,
)
program(
    "np.linalg.norm(a, 'fro'), np.linalg.norm(a, 'nuc'), np.linalg.norm(a, 2), np.linalg.norm(a, -2), np.linalg.norm(s, axis=(1, 2))",
    a=A,
    s=STACK,
)
program(
    "np.linalg.norm(a, 1), np.linalg.norm(a, -1), np.linalg.norm(a, np.inf), np.linalg.norm(a, -np.inf), np.linalg.norm(a, axis=0, keepdims=True)",
    a=np.exp(A),
    second=False,
)
program(
    "np.linalg.vector_norm(a), np.linalg.vector_norm(a, axis=0, ord=3), np.linalg.vector_norm(a, axis=1, keepdims=True)",
    a=A,
)
program(
    "np.linalg.matrix_norm(a), np.linalg.matrix_norm(a, ord=2), np.linalg.matrix_norm(s, keepdims=True), np.linalg.matrix_norm(a, ord='nuc')",
    a=A,
    s=STACK,
)
program("np.linalg.cond(c), np.linalg.cond(c, 'fro'), np.linalg.cond(c, 2)", c=C, second=False)
program("np.linalg.tensorsolve(t, y), np.linalg.tensorinv(t, ind=2)", t=regular(6).reshape(2, 3, 2, 3), y=numbers(2, 3))
program(
    "np.linalg.diagonal(s), np.linalg.diagonal(s, offset=1), np.linalg.matrix_transpose(s), np.matrix_transpose(a), s.mT",
    s=STACKED,
    a=A,
)
program("np.linalg.det(c) * np.trace(np.linalg.inv(c))", c=np.array([[2.5]]))
