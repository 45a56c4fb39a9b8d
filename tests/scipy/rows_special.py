"""Rows of the machine test for `scipy.special`: operands in their domain."""

from __future__ import annotations

import numpy as np

from adjoint.ir import extras
from tests.rules.rows import Const, arrays, row

extras.load("scipy.special")

_ONE = {
    "erf erfc erfcx erfi dawsn ndtr log_ndtr": (-2, 2),
    "erfinv": (-0.8, 0.8),
    "erfcinv": (0.2, 1.7),
    "ndtri": (0.1, 0.9),
    "ndtri_exp": (-3.0, -0.2),
    "gamma gammaln loggamma psi rgamma factorial": (0.6, 3),
    "expit log_expit": (-3, 3),
    "logit": (0.1, 0.9),
    "j0 j1 i0 i1": (-3, 3),
    "y0 y1 k0 k0e k1 k1e": (0.5, 3),
    "i0e i1e": (0.2, 3),
    "entr exp1 expi": (0.3, 3),
    "ellipk ellipe ellipkm1": (0.1, 0.8),
    "cbrt": (0.2, 3),
    "exp2 exp10 expm1 wrightomega": (-1, 1),
    "log1p": (-0.5, 2),
    "sindg cosdg": (-60, 60),
    "tandg": (-50, 50),
    "cotdg": (20, 70),
    "cosm1": (-2, 2),
    "spence": (1.2, 3),
}
for _names, (_low, _high) in _ONE.items():
    for _name in _names.split():
        row(f"special_{_name}", arrays(3, low=_low, high=_high))
row("special_erf", 0.7)
row("special_psi", arrays(2, 3, low=0.6, high=3))

_TWO = {
    "beta betaln": ((0.6, 3), (0.6, 3)),
    "binom comb": ((3.1, 5), (0.5, 2.5)),
    "poch": ((0.6, 3), (0.6, 3)),
    "xlogy xlog1py rel_entr kl_div": ((0.3, 2), (0.3, 2)),
    "boxcox boxcox1p inv_boxcox inv_boxcox1p": ((0.3, 2), (0.3, 2)),
    "pseudo_huber": ((0.5, 2), (-2, 2)),
    "ellipkinc ellipeinc": ((0.2, 1.2), (0.1, 0.8)),
    "owens_t": ((-1, 1), (-1, 1)),
}
for _names, (_first, _second) in _TWO.items():
    for _name in _names.split():
        a, b = (dict(zip(("low", "high"), bounds)) for bounds in (_first, _second))
        row(f"special_{_name}", arrays(3, 1, **a), arrays(3, **b))
row("special_beta", 0.7, arrays(4, low=0.6, high=3))
row("special_xlogy", arrays(2, 3, low=0.3, high=2), np.float64(1.2))
row("special_huber", 0.7, np.array([-2.0, -0.3, 0.2, 1.1]))
row("special_huber", np.array([[0.5], [0.9]]), np.array([-2.0, 0.1, 1.4]))
row("special_xlogy", np.array([0.0, 1.0]), np.array([2.0, 3.0]))

_ORDERED = {
    "jv jve yv iv ive kv kve": (0.5, 3),
    "yn kn expn eval_chebyt eval_chebyu eval_legendre eval_hermite eval_hermitenorm eval_laguerre": (0.2, 0.9),
}
for _names, (_low, _high) in _ORDERED.items():
    for _name in _names.split():
        for _order in (0, 1, 3):
            row(f"special_{_name}", Const(_order), arrays(2, low=_low, high=_high))
        if _name != "expn":
            row(f"special_{_name}", np.array([[0], [2]]), arrays(3, low=_low, high=_high))
row("special_kv", 0.3, arrays(3, low=0.5, high=2), fixed=(0,))
row("special_jv", 1.5, 0.7, fixed=(0,))
for _name in ("eval_genlaguerre", "eval_gegenbauer"):
    for _order in (0, 1, 3):
        row(f"special_{_name}", Const(_order), 1.3, arrays(3), fixed=(1,))
row("special_eval_jacobi", Const(3), 0.3, 0.7, arrays(3), fixed=(1, 2))
row("special_polygamma", Const(1), arrays(3, low=0.6, high=3))
row("special_polygamma", 2, arrays(2, 3, low=0.6, high=3))
for _name, _high in (("gammainc", 3.0), ("gammaincc", 3.0), ("gammaincinv", 0.9), ("gammainccinv", 0.9)):
    row(f"special_{_name}", 1.7, arrays(2, 3, low=0.2, high=_high), fixed=(0,))
    row(f"special_{_name}", np.array([0.8, 2.0]), 0.4, fixed=(0,))
for _name in ("betainc", "betaincc", "betaincinv", "betainccinv"):
    row(f"special_{_name}", 1.7, np.array([0.8, 2.0]), arrays(3, 2, low=0.2, high=0.8), fixed=(0, 1))
for _name in ("stdtr", "chdtr", "chdtrc"):
    row(f"special_{_name}", 2.5, arrays(3, low=0.2, high=3), fixed=(0,))
row("special_hyp0f1", 1.5, arrays(3), fixed=(0,))
row("special_hyp1f1", 0.7, 1.5, arrays(3), fixed=(0, 1))
row("special_hyperu", 0.7, 1.5, arrays(3, low=0.5, high=2), fixed=(0, 1))
row("special_hyp2f1", 0.7, 1.5, 2.2, arrays(3, low=-0.6, high=0.6), fixed=(0, 1, 2))

for _name in ("softmax", "log_softmax"):
    row(f"special_{_name}", arrays(4))
    row(f"special_{_name}", arrays(2, 3))
    row(f"special_{_name}", arrays(2, 3), axis=1)
    row(f"special_{_name}", arrays(2, 3, 2), axis=0)
row("special_logsumexp", arrays(4))
row("special_logsumexp", arrays(2, 3), axis=1)
row("special_logsumexp", arrays(2, 3), axis=0, keepdims=True)
row("special_logsumexp", arrays(2, 3, 2), axis=(0, 2))
row("special_logsumexp", arrays(2, 3), arrays(2, 3, low=0.2, high=2), axis=1)
row("special_logsumexp", arrays(2, 3), arrays(3, low=0.2, high=2), axis=0)
row("special_logsumexp", arrays(3), arrays(2, 3, low=0.2, high=2), axis=1, keepdims=True)

row("special_zeta", 2.3, arrays(3, low=0.5, high=2), fixed=(0,))
for _order in (0, 1, 0.5):
    row("special_struve", Const(_order), arrays(3, low=0.3, high=3))
    row("special_modstruve", Const(_order), arrays(3, low=0.3, high=3))
