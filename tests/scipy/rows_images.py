"""Rows of the machine test for `scipy.ndimage`, `scipy.spatial` and `scipy.interpolate`."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from adjoint.ir import extras
from tests.rules.rows import arrays, row

for _part in ("scipy.ndimage", "scipy.spatial", "scipy.interpolate"):
    extras.load(_part)

_WEIGHTS = np.array([1.0, -2.0, 0.5, 3.0])
for _mode in ("reflect", "mirror", "nearest", "wrap", "constant"):
    row("ndimage_correlate1d", arrays(3, 5), _WEIGHTS, fixed=(1,), mode=_mode, origin=1)
    row("ndimage_convolve1d", arrays(5), _WEIGHTS[:3], fixed=(1,), mode=_mode, cval=2.0)
    row("ndimage_gaussian_filter1d", arrays(4, 3), sigma=1.1, axis=0, mode=_mode)
row("ndimage_correlate1d", arrays(3, 4), _WEIGHTS, fixed=(1,), axis=0, mode="grid-wrap")
row("ndimage_gaussian_filter1d", arrays(5), sigma=2.0, order=1)
row("ndimage_gaussian_filter1d", arrays(5), sigma=2.0, order=2, mode="constant", cval=1.0)
row("ndimage_gaussian_filter", arrays(4, 3), sigma=(0.7, 0.0), mode="nearest")
row("ndimage_gaussian_filter", arrays(4, 3), sigma=0.8, order=(0, 1), mode="constant")
row("ndimage_uniform_filter1d", arrays(3, 5), size=3)
row("ndimage_uniform_filter1d", arrays(5, 2), size=4, axis=0, mode="constant", cval=1.0)
for _metric in ("euclidean", "sqeuclidean"):
    row("spatial_cdist", arrays(4, 3), arrays(2, 3, seed=1), metric=_metric)
row("interpolated", arrays(2, 3), function=CubicSpline(np.arange(-2.0, 5.0), arrays(7)))
