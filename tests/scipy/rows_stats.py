"""Rows of the machine test for `scipy.stats`."""

from __future__ import annotations

import numpy as np

from adjoint.ir import extras
from adjoint.ir.ops.scipy_stats import CONTINUOUS, METHODS
from tests.rules.rows import Const, arrays, row

extras.load("scipy.stats")

_SHAPES = {"gamma": (2.3,), "invgamma": (2.3,), "chi2": (3.5,), "t": (4.5,), "lognorm": (0.7,), "weibull_min": (1.7,)}
_SHAPES["beta"] = (1.7, 2.4)
for _name in CONTINUOUS:
    _shapes = _SHAPES.get(_name, ())
    _fixed = tuple(range(1, 1 + len(_shapes)))
    for _method in METHODS.split():
        _x = arrays(3, low=0.45, high=0.85)
        _known = () if _method in ("pdf", "logpdf") else _fixed
        if _name == "gamma":
            row(f"stats_{_name}_{_method}", _x, *_shapes, fixed=_known)
        row(f"stats_{_name}_{_method}", 0.6, *_shapes, 0.2, 1.3, fixed=_known)
    row(f"stats_{_name}_logpdf", arrays(2, 3, low=0.45, high=0.85), *_shapes, arrays(3, low=0, high=0.2), 1.2)
row("stats_gamma_logpdf", 0.6, 2.3, Const(None), 1.3)
row("stats_norm_logpdf", arrays(2, 1), arrays(3), arrays(2, 3, low=0.5, high=2))
row("stats_norm_ppf", arrays(2, 1, low=0.2, high=0.8), arrays(3), arrays(2, 3, low=0.5, high=2))
_K = np.array([0, 1, 3])
for _method in ("logpmf", "pmf"):
    row(f"stats_poisson_{_method}", _K, arrays(2, 3, low=0.5, high=2))
    row(f"stats_poisson_{_method}", _K, 1.3, Const(0))
    row(f"stats_bernoulli_{_method}", np.array([0, 1, 1]), arrays(3, low=0.2, high=0.8))
    row(f"stats_binom_{_method}", _K, 5, 0.3)
_ROOT = arrays(3, 3) + 2 * np.eye(3)
for _method in ("logpdf", "pdf"):
    for _x in (arrays(3), arrays(4, 3)):
        row(f"stats_multivariate_normal_{_method}", _x, arrays(3), _ROOT @ _ROOT.T)
