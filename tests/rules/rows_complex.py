"""Rows of the machine test with complex operands, and those of the Fourier transforms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.rules.rows import Const, arrays, row


def complexes(*shape: int, seed: int = 0) -> Any:
    """Numbers with real parts from 0.3 to 1.2: away from branch cuts."""
    return arrays(*shape, low=0.3, high=1.2, seed=seed) + 1j * arrays(*shape, low=0.2, high=0.9, seed=seed + 7)


_Z, _W, _X = complexes(4), complexes(4, seed=3), arrays(4, low=0.3, high=1.5)
_M, _N = complexes(3, 3) + 2 * np.eye(3), complexes(3, 3, seed=5)

for _name in "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp log log10 sqrt".split():
    row(_name, _Z, ns="np")
    row(_name, -_Z.conj(), ns="np")
    row(_name, 0.4 + 0.3j, ns="cmath")
    row(_name, -0.4 + 0.3j, ns="cmath")
    row(_name, np.complex128(0.4 - 0.3j), ns="np")
for _name in "exp2 expm1 log2 log1p".split():
    row(_name, _Z, ns="np")
for _name in "square reciprocal neg pos abs absolute real imag conj angle".split():
    row(_name, _Z)
    row(_name, complexes(2, 3))
    row(_name, 0.4 + 0.3j)
for _name in "real imag conj angle".split():
    row(_name, _X)
row("angle", _Z, deg=True)
row("conj", 0.4 + 0.3j, ns="cmath")
row("angle", 0.4 + 0.3j, ns="cmath")
row("angle", 0.4, ns="cmath")
row("acosh", 1.7, ns="cmath")
for _a, _b in (
    (_Z, _W),
    (_Z, _X),
    (_X, _W),
    (_Z, 0.7),
    (1.3, _W),
    (0.4 + 0.3j, 0.2 - 0.5j),
    (1.4, 0.2 - 0.5j),
    (complexes(3, 1), _X),
    (arrays(3, 1, low=0.5, high=1.5), _Z),
    (np.complex128(0.3 + 0.2j), _X),
):
    for _name in ("add", "sub", "mul", "truediv", "pow"):
        row(_name, _a, _b)
    row("where", np.asarray(_X > 0.9), _a, _b)
row("float_power", _Z, _X, ns="np")
for _n in (0, 1, 2, 3, -1, 0.5, 1j, 0.5 - 1j):
    row("pow", _Z, Const(_n))
    row("pow", 0.4 + 0.3j, Const(_n))
row("pow", _X, Const(1j))
for _n in (2, -2.0, 1j):
    row("pow", Const(_n), _Z)
row("complex", 0.4, 0.3)
row("complex", 0.4 + 1j, 0.3)
row("complex", 0.4)
row("rect", 0.4, 0.3)
row("complex128", _X)
row("complex128", 0.4)
row("complex128", _Z)
row("complex64", _X.astype(np.float32), fixed=(0,))
row("astype", _X, dtype=np.complex128)
row("full_like", _Z, 0.7, fixed=(0,))

for _name in ("sum", "mean", "prod", "var", "std"):
    row(_name, _Z)
    row(_name, complexes(2, 3), axis=1)
    row(_name, complexes(2, 3), axis=0, keepdims=True)
row("cumsum", _Z)
row("cumprod", _Z)
row("norm", _Z)
row("norm", complexes(2, 3), axis=1)
row("norm", _Z, ord=1)
for _name in ("matmul", "dot", "inner"):
    row(_name, _M, _N)
    row(_name, _M, arrays(3))
    row(_name, arrays(3), _Z[:3])
row("outer", _Z, _X)
row("vdot", _Z, _W)
row("vdot", _X, _W)
row("vdot", _Z, _X)
row("cross", _Z[:3], _W[:3])
row("inv", _M)
row("det", _M)
row("solve", _M, _Z[:3])
row("solve", _M, arrays(3, 2))
row("solve", _M.real, _Z[:3])
row("index", _Z, np.array([0, 0, 3]), spec=("array",))
row("index_add", _Z, _W[:3], np.array([0, 0, 3]), spec=("array",))
row("index_set", _Z, _X[:2], np.array([0, 2]), spec=("array",))
row("index_set", _Z, 0.3 + 0.4j, 2, spec=("int",))
row("transpose", _M)
row("concatenate", _Z, _X)
row("stack", _Z, _X)

for _x in (_X, _Z, complexes(3, 4)):
    for _name in ("fft", "ifft", "irfft", "hfft"):
        row(_name, _x)
        row(_name, _x, Const(5), norm="ortho")
        row(_name, _x, Const(None), axis=0, norm="forward")
for _x in (_X, arrays(3, 4)):
    for _name in ("rfft", "ihfft"):
        row(_name, _x)
        row(_name, _x, Const(3), norm="forward")
        row(_name, _x, 6, axis=0)
for _name in ("fftn", "ifftn", "fft2", "ifft2", "irfftn", "irfft2"):
    row(_name, complexes(3, 4))
    row(_name, complexes(3, 4), Const((2, 5)), axes=(0, 1), norm="ortho")
    row(_name, complexes(2, 3, 4), axes=(1, 0))
for _name in ("rfftn", "rfft2"):
    row(_name, arrays(3, 4))
    row(_name, arrays(3, 4), Const((5, 3)), axes=(0, 1))
for _name in ("fftshift", "ifftshift"):
    row(_name, arrays(5))
    row(_name, complexes(3, 4), axes=0)
row("fftfreq", Const(5), 0.3)
row("rfftfreq", Const(5), 0.3)
