"""Rows of the machine test for `scipy.linalg`."""

from __future__ import annotations

import numpy as np

from adjoint.ir import extras
from tests.rules.rows import arrays, row

extras.load("scipy.linalg")

_REGULAR = arrays(3, 3) + 3 * np.eye(3)
_POSITIVE = _REGULAR @ _REGULAR.T
for _right in (arrays(3), arrays(3, 2)):
    row("linalg_solve", _REGULAR, _right)
    row("linalg_solve", _REGULAR, _right, transposed=True)
    row("linalg_solve", _REGULAR, _right, assume_a="gen")
    for _lower in (False, True):
        row("linalg_solve_triangular", _REGULAR, _right, lower=_lower)
        row("linalg_solve_triangular", _REGULAR, _right, lower=_lower, trans="T")
        row("linalg_solve_triangular", _REGULAR, _right, lower=_lower, trans=1, unit_diagonal=True)
        row("linalg_cho_solve", _REGULAR, _right, lower=_lower)
        row("linalg_solve", _POSITIVE, _right, assume_a="pos", lower=_lower)
        row("linalg_solve", _POSITIVE, _right, assume_a="sym", lower=_lower)
row("linalg_solve_sylvester", _REGULAR, arrays(2, 2) + 3 * np.eye(2), arrays(3, 2))
row("linalg_solve_continuous_lyapunov", _REGULAR, arrays(3, 3))
row("linalg_expm", arrays(3, 3))
row("linalg_expm_frechet", arrays(3, 3), arrays(3, 3, seed=1), compute_expm=False)
for _lower in (False, True):
    row("linalg_cholesky", _POSITIVE, lower=_lower)
    row("linalg_cho_factor", _POSITIVE, lower=_lower)
row("linalg_sqrtm", _REGULAR)
row("linalg_logm", np.diag([2.0, 1.5, 1.2]) + 0.3)
row("linalg_eigvalsh", _POSITIVE)
row("linalg_eigvalsh", _POSITIVE, lower=False)
for _matrix in (_REGULAR, _REGULAR[:2], _REGULAR[:, :2]):
    row("linalg_svdvals", _matrix)
    row("linalg_pinv", _matrix)
_PIVOTS = np.array([1, 1, 2], np.int32)
for _right in (arrays(3), arrays(3, 2)):
    row("linalg_lu_solve", _REGULAR, _PIVOTS, _right)
    row("linalg_lu_solve", _REGULAR, _PIVOTS, _right, trans=1)
row("linalg_block_diag", arrays(2, 3), arrays(1, 2), arrays(2, 2))
row("linalg_toeplitz", arrays(4))
row("linalg_toeplitz", arrays(4), arrays(3))
row("linalg_hankel", arrays(4))
row("linalg_hankel", arrays(4), arrays(3))
row("linalg_circulant", arrays(4))
