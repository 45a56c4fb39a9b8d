"""Rows of linear algebra: products of any rank, einsum, inverses, norms, decompositions that give one array.

Those that give several arrays are in `test_decompositions`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.rules.rows import arrays, row

NUMPY_2 = hasattr(np.linalg, "vecdot")


def complexes(*shape: int, seed: int = 0) -> Any:
    return arrays(*shape, seed=seed) + 1j * arrays(*shape, seed=seed + 7)


_S = arrays(3, 3) + 2 * np.eye(3)
_SS = np.stack([_S, _S.T + np.eye(3)])
_P, _PP = _S @ _S.T, _SS @ np.swapaxes(_SS, -1, -2)
_T = arrays(4, 3, seed=2) + np.eye(4, 3)

# products
for _a, _b in (
    (arrays(5, 2, 3), arrays(3)),
    (arrays(3), arrays(5, 3, 2)),
    (arrays(2, 1, 2, 3), arrays(4, 3, 2)),
    (arrays(1, 2, 3), arrays(3)),
    (arrays(0, 3), arrays(3)),
    (arrays(2, 0), arrays(0, 3)),
):
    row("matmul", _a, _b)
for _a, _b in ((arrays(2, 3), arrays(4, 3, 2)), (arrays(4, 2, 3), arrays(3)), (arrays(2, 2, 3), arrays(2, 3, 2))):
    row("dot", _a, _b)
row("inner", arrays(2, 3), arrays(4, 2, 3))
row("inner", arrays(4, 2, 3), arrays(3))
row("inner", 1.3, arrays(2, 3))
row("vdot", complexes(3), complexes(3, seed=4))
row("vdot", 1.3, 0.7)
for _axes in (0, 1, 2, (1, 0), (-1, 0), ((0, 2), (1, 0)), ((2, 0), (0, 1)), ([1], [0])):
    _b = arrays(3, 2, 4) if _axes in (0, 2, (1, 0), ([1], [0])) else arrays(2, 2, 4)
    row("tensordot", arrays(2, 3, 2), _b, axes=_axes)
row("tensordot", complexes(2, 3), complexes(3, 2), axes=1)
row("tensordot", arrays(3), 1.3, axes=0)
for _a, _b in ((arrays(2, 3), arrays(3, 2)), (arrays(2), arrays(3, 2)), (arrays(2, 1), arrays(3)), (1.3, arrays(2, 2))):
    row("kron", _a, _b)
row("kron", complexes(2), complexes(2, seed=3))
row("cross", arrays(3, 2), arrays(3, 2, seed=4), axis=0)
row("cross", arrays(3, 2), arrays(2, 3), axisa=0, axisc=0)
row("cross", arrays(3), arrays(3, 2, seed=4), axisb=0)
for _chain in ((arrays(2, 3), arrays(3, 4)), (arrays(2, 3), arrays(3, 4), arrays(4, 2)), (_S, _S + 1, _S - 1, _S)):
    row("multi_dot", *_chain)
row("multi_dot", arrays(3), arrays(3, 4), arrays(4))
row("multi_dot", arrays(3), arrays(3, 4), arrays(4, 2))
row("multi_dot", arrays(2, 3), arrays(3, 4), arrays(4))
for _n in (-2, -1, 0, 1, 2, 3, 6):
    row("matrix_power", _S, n=_n)
row("matrix_power", _SS, n=3)
row("matrix_power", complexes(2, 2), n=2)
if NUMPY_2:
    row("vecdot", arrays(4, 3), arrays(4, 3, seed=5))
    row("vecdot", arrays(4, 3), arrays(3))
    row("vecdot", arrays(4, 3), arrays(1, 3), axis=-1)
    row("vecdot", arrays(3, 4), arrays(3, 4, seed=5), axis=0)
    row("vecdot", complexes(4, 3), complexes(4, 3, seed=5))
if hasattr(np, "matvec"):  # from NumPy 2.2 on
    row("matvec", arrays(4, 2, 3), arrays(3))
    row("matvec", arrays(2, 3), arrays(4, 3))
    row("vecmat", arrays(2), arrays(4, 2, 3))
    row("vecmat", complexes(4, 2), complexes(2, 3))

# einsum
for _spec, _shapes in (
    ("ij,jk->ik", ((2, 3), (3, 4))),
    ("ij,jk", ((2, 3), (3, 4))),
    ("ij,ij", ((2, 3), (2, 3))),
    ("i,i", ((2,), (1,))),
    ("i,j", ((2,), (3,))),
    ("i,i->i", ((2,), (1,))),
    ("ij,ij->ij", ((2, 1), (1, 3))),
    ("ij->", ((2, 3),)),
    ("ij->j", ((2, 3),)),
    ("ii", ((3, 3),)),
    ("ii,ij->j", ((3, 3), (3, 2))),
    ("iij->i", ((3, 3, 2),)),
    ("iji,jk->k", ((2, 3, 2), (3, 2))),
    ("...ij,...jk", ((4, 2, 3), (3, 2))),
    ("...ij,...jk->...ik", ((4, 1, 2, 3), (5, 3, 2))),
    ("...i,...i->...", ((4, 3), (1, 3))),
    ("i...,i->...", ((3, 2, 2), (3,))),
    ("...,...", ((2, 3), (3,))),
    ("ij,jk,kl->il", ((2, 3), (3, 4), (4, 2))),
    ("a,ab,b->", ((2,), (2, 3), (3,))),
    ("ij,j->i", ((2, 0), (0,))),
):
    row("einsum", *(arrays(*shape, seed=number) for number, shape in enumerate(_shapes)), subscripts=_spec)
row("einsum", arrays(2, 3), arrays(3, 4), arrays(4, 2), subscripts="ij,jk,kl->il", optimize=True)
row("einsum", 1.3, arrays(2, 3), subscripts=",ij->ji")
row("einsum", complexes(2, 3), complexes(3, 2), subscripts="ij,jk->ik")
row("einsum", arrays(3), arrays(3, seed=2), subscripts="i,i->", fixed=(1,))
for _spec in ("ij->ji", "ji", "ij"):
    row("einsum_view", arrays(2, 3), subscripts=_spec)
row("einsum_view", arrays(3, 3), subscripts="ii->i")
row("einsum_view", arrays(2, 2, 2), subscripts="iii->i")
row("einsum_view", arrays(2, 2, 3), subscripts="...ij->...ji")
row("einsum_view", arrays(2, 3, 2, 3), subscripts="ijij->ij")

# inverses and determinants
row("det", _SS)
row("inv", complexes(2, 2))
for _a, _b in (
    (_SS, arrays(3)),
    (_SS, arrays(3, 2)),
    (_SS, arrays(2, 3, 2)),
    (_S, arrays(4, 3, 2)),
    (_SS, arrays(4, 1, 3, 2)),
    (_SS[:1], arrays(2, 3, 2)),
):
    row("solve", _a, _b)
row("pinv", _T)
row("pinv", _T.T)
row("pinv", np.stack([_T, _T + 0.1]))
row("pinv", _T, rcond=1e-12)
row("tensorinv", (arrays(6, 6) + 3 * np.eye(6)).reshape(6, 2, 3), ind=1)
row("tensorinv", (arrays(4, 4) + 3 * np.eye(4)).reshape(2, 2, 4))
row("tensorsolve", (arrays(6, 6) + 3 * np.eye(6)).reshape(2, 3, 6), arrays(2, 3))
row("tensorsolve", (arrays(6, 6) + 3 * np.eye(6)).reshape(6, 2, 3), arrays(6))
row("tensorsolve", (arrays(6, 6) + 3 * np.eye(6)).reshape(2, 3, 6), arrays(6), axes=(0, 1))

# norms
for _ord in (0, -1, -2, 2.5):
    row("norm", arrays(4, low=0.5, high=2), ord=_ord)
row("norm", arrays(2, 3, 2), axis=None)
row("norm", arrays(2, 3, 2), axis=(0, 2), keepdims=True)
for _ord in ("fro", "nuc", 2, -2, 1, -1, np.inf, -np.inf):
    row("norm", arrays(3, 4), ord=_ord, axis=(1, 0))
    row("norm", arrays(2, 3, 4, low=0.5, high=2), ord=_ord, axis=(0, 2), keepdims=True)
    row("norm", arrays(2, 3, 4, low=0.5, high=2), ord=_ord, axis=(2, 0))
for _p in (None, 2, -2, 1, np.inf, "fro"):
    row("cond", _S, p=_p)
row("cond", _SS)
row("cond", _SS, p=1)
row("cond", _T)
if NUMPY_2:
    for _ord in (2, 3, 1, 0, np.inf):
        row("vector_norm", arrays(2, 3), ord=_ord)
        row("vector_norm", arrays(2, 3, 2), axis=(0, 2), ord=_ord)
        row("vector_norm", arrays(2, 3), axis=-1, keepdims=True, ord=_ord)
    for _ord in ("fro", "nuc", 2, 1, -np.inf):
        row("matrix_norm", arrays(2, 3, 4), ord=_ord)
        row("matrix_norm", arrays(3, 4), ord=_ord, keepdims=True)

# diagonals and transposes
row("trace", arrays(3, 4), offset=-1)
row("trace", arrays(3, 4, 3), axis1=0, axis2=2)
row("trace", arrays(3, 4, 3), axis1=2, axis2=1, offset=1)
row("diagonal", arrays(3, 4, 3), axis1=0, axis2=2)
row("diagonal", arrays(3, 4, 2), offset=1)
row("diagonal", arrays(2, 3, 4), offset=-1, axis1=-1, axis2=1)
row("diagflat", arrays(2, 2))
row("diagflat", arrays(3), k=-1)
row("diagflat", 1.3)
row("matrix_transpose", arrays(2, 3))
row("matrix_transpose", arrays(2, 3, 4))
row("tril", arrays(2, 3, 3), k=-1)
if NUMPY_2:
    row("matrix_trace", arrays(2, 3, 4), offset=1)
    row("matrix_diagonal", arrays(2, 3, 4))

# decompositions that give one array
row("cholesky", _P)
row("cholesky", _PP)
row("eigvalsh", _P)
row("eigvalsh", _P, UPLO="U")
row("eigvalsh", _PP)
row("eigvals", arrays(3, 3) - arrays(3, 3).T + np.diag([0.1, 0.5, 1.0]))
row("eigvals", complexes(3, 3))
for _x in (_T, _T.T, np.stack([_T, _T + 0.1])):
    row("svdvals", _x)
    row("svd", _x, compute_uv=False)
row("qr", _T, mode="r")
row("qr", _S, mode="r")
row("qr", np.stack([_T, _T + 0.1]), mode="r")
if NUMPY_2:
    row("cholesky", _P, upper=True)
