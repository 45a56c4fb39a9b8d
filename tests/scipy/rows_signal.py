"""Rows of the machine test for `scipy.signal` and `scipy.integrate`."""

from __future__ import annotations

import numpy as np

from adjoint.ir import extras
from tests.rules.rows import Const, arrays, row

extras.load("scipy.signal")
extras.load("scipy.integrate")

for _name in ("convolve", "fftconvolve", "oaconvolve", "correlate"):
    for _mode in ("full", "same", "valid"):
        row(f"signal_{_name}", arrays(5), arrays(3), mode=_mode)
        row(f"signal_{_name}", arrays(4, 5), arrays(2, 2), mode=_mode)
    row(f"signal_{_name}", arrays(3), arrays(5), mode="valid")
    row(f"signal_{_name}", arrays(3), arrays(5))
_B, _A = np.array([0.5, 0.2]), np.array([1.0, -0.4, 0.1])
row("signal_lfilter", _B, _A, arrays(5), fixed=(0, 1))
row("signal_lfilter", _B, _A, arrays(4, 3), fixed=(0, 1), axis=0)

row("signal_detrend", arrays(5))
row("signal_detrend", arrays(4, 3), axis=0, type="constant")

_POINTS = np.array([0.0, 0.3, 0.7, 1.2, 1.4, 2.0])
for _count in (3, 4, 5, 6):
    row("integrate_simpson", arrays(_count))
    row("integrate_simpson", arrays(_count), _POINTS[:_count])
    row("integrate_simpson", arrays(_count), Const(None), 0.7)
    row("integrate_simpson", arrays(_count, 2), _POINTS[:_count], axis=0)
for _initial in (None, 0):
    row("integrate_cumulative_trapezoid", arrays(5), initial=_initial)
    row("integrate_cumulative_trapezoid", arrays(5), _POINTS[:5], initial=_initial)
    row("integrate_cumulative_trapezoid", arrays(5, 2), Const(None), 0.7, axis=0, initial=_initial)
    row("integrate_cumulative_trapezoid", arrays(2, 5), _POINTS[:5], initial=_initial)
