"""Rows for functions of numbers beside the elementary ones, and for polynomials, products of sequences, tables."""

from __future__ import annotations

import numpy as np

from tests.rules.rows import Const, arrays, row

_A = arrays(4, low=0.3, high=2.7)
_M = arrays(2, 3, low=-2.6, high=2.7)
for _x in (1.3, -2.3, _A, _M):
    for _name in ("modf_0", "frexp_0"):
        row(_name, _x, ns="np")
    row("nan_to_num", _x)
    row("sinc", _x)
    row("i0", _x)
    for _n in (1, 2, 3):
        row("sinc_derivative", _x, n=_n)
        row("i0_derivative", _x, n=_n)
for _name in ("modf_0", "frexp_0"):
    row(_name, 5.3, ns="math")
row("nan_to_num", np.array([1.0, np.nan, np.inf, -np.inf, 2.0]), nan=3.0, posinf=9.0, fixed=(0,))
row("sinc", np.array([0.0, 1e-9, 1e-4, 1.0]))
row("lgamma", 3.3)
row("lgamma", -2.4)
row("gamma", 3.3)
row("gamma", -0.4)
row("polygamma", 2.2, n=0)
row("polygamma", 0.7, n=2)
row("polygamma", -1.3, n=1)
row("hypot_of", 0.7, 1.3, -0.4)
row("hypot_of", -0.7)
row("dist", arrays(3), arrays(3, seed=4))
row("sumprod", arrays(3), arrays(3, seed=4))
row("fma", 1.3, 0.7, 0.2)
row("remainder", 5.3, 1.7)
row("ldexp", 1.3, 3, ns="math")
row("ldexp", _A, np.array([1, -2, 0, 3]), ns="np")
row("nextafter", 1.3, 2.0, fixed=(1,), ns="math")
row("nextafter", _A, 2.0, fixed=(1,), ns="np")
row("clip", _M, Const(0.5))
row("clip", _M, Const(-1.0), arrays(3, low=0.5, high=1))
_P, _Q = arrays(4), arrays(3, seed=2)
for _x in (0.7, arrays(5), arrays(2, 3)):
    row("polyval", _P, _x)
    row("polyval_ascending", _x, _P)
row("polyval", arrays(1), arrays(3))
for _m in (0, 1, 2, 3):
    row("polyder", _P, m=_m)
    row("polyint", _P, m=_m)
row("polyint", _P, 0.7)
row("polyint", _P, 0.7, m=2)
row("polyint", _P, arrays(2), m=2)
for _name in ("polyadd", "polysub", "polymul"):
    row(_name, _P, _Q)
    row(_name, _Q, _P)
    row(_name, _P, arrays(4, seed=7))
row("vander", _P)
row("vander", _P, N=3)
row("vander", _P, N=3, increasing=True)
_T = np.linspace(-1.0, 2.0, 7)
row("polyfit", _T, arrays(7), deg=2)
row("polyfit", _T, arrays(7, 2), deg=1)
row("polyfit", _T, arrays(7), arrays(7, low=0.5, high=1, seed=5), deg=2)
for _mode in ("full", "same", "valid"):
    for _a, _v in ((7, 3), (3, 7), (7, 4), (4, 7), (6, 4), (4, 6), (8, 3), (3, 8), (5, 5), (4, 4), (5, 1), (1, 1)):
        row("convolve", arrays(_a), arrays(_v, seed=3), mode=_mode)
        row("correlate", arrays(_a), arrays(_v, seed=3), mode=_mode)
_XP, _FP = np.array([0.0, 0.5, 1.5, 2.0]), arrays(4, seed=6)
row("interp", 0.7, _XP, _FP)
row("interp", np.array([0.2, 1.1, 1.9, -1.0, 3.0]), _XP, _FP)
row("interp", np.array([[0.2, 1.1], [-1.0, 3.0]]), _XP, _FP, 0.4, 0.6)
row("interp", np.array([0.2, 3.0]), _XP, _FP, Const(None), 0.6)
row("interp", np.array([0.2, 1.1, 2.9, -1.2, 7.0]), _XP, _FP, period=3.0)
row("kaiser", Const(5), 1.3)
row("kaiser", 4, 2.1)
