"""Partials of the functions of `scipy.special`. Source of the formulas: NIST Digital Library of Mathematical Functions.

Operands without a known derivative (an order, a degree, a shape parameter) are refused when they depend on what is
differentiated, by `unknown`.
"""

# mypy: disable-error-code="no-untyped-call"

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

from adjoint.ir.opset import lookup
from adjoint.rules.elementwise import number_of
from adjoint.rules.expr import Expr, choose
from adjoint.rules.registry import RuleMissing, partials, piecewise_constant

_ROOT_PI = math.sqrt(math.pi)
_ROOT_2PI = math.sqrt(2 * math.pi)


def unknown(name: str, what: str) -> Callable[[], NoReturn]:
    """The partial in an operand that has no rule: refused when it is asked for."""

    def refuse() -> NoReturn:
        raise RuleMissing(f"special_{name}", f"the derivative of scipy.special.{name} in its {what} has no rule")

    return refuse


def _np(name: str, *operands: Any) -> Expr:
    """NumPy's function, also of Python numbers: it gives inf where `math` raises."""
    x = next(operand for operand in operands if isinstance(operand, Expr))
    return x.emit(name, *operands, **({"ns": "np"} if "ns" in lookup(name).attrs else {}))


def _exp(x: Expr) -> Expr:
    return _np("exp", x)


def _log(x: Expr) -> Expr:
    return _np("log", x)


def _sp(name: str, *operands: Any) -> Expr:
    """A function of `scipy.special`."""
    x = next(operand for operand in operands if isinstance(operand, Expr))
    return x.emit(f"special_{name}", *operands)


def _shifted(n: Expr, by: int) -> Any:
    """`n + by` as a number where `n` is one."""
    known = number_of(n)
    return n + by if known is None else known + by


# -- the error function and the normal distribution


@partials("special_erf")
def erf(x: Expr) -> Any:
    return 2 / _ROOT_PI * _exp(-(x * x))


@partials("special_erfc")
def erfc(x: Expr) -> Any:
    return -2 / _ROOT_PI * _exp(-(x * x))


@partials("special_erfcx")
def erfcx(x: Expr, *, y: Expr) -> Any:
    return 2 * x * y - 2 / _ROOT_PI


@partials("special_erfi")
def erfi(x: Expr) -> Any:
    return 2 / _ROOT_PI * _exp(x * x)


@partials("special_erfinv")
def erfinv(x: Expr, *, y: Expr) -> Any:
    return _ROOT_PI / 2 * _exp(y * y)


@partials("special_erfcinv")
def erfcinv(x: Expr, *, y: Expr) -> Any:
    return -_ROOT_PI / 2 * _exp(y * y)


@partials("special_dawsn")
def dawsn(x: Expr, *, y: Expr) -> Any:
    return 1 - 2 * x * y


@partials("special_ndtr")
def ndtr(x: Expr) -> Any:
    return 1 / _ROOT_2PI * _exp(-0.5 * (x * x))


@partials("special_log_ndtr")
def log_ndtr(x: Expr, *, y: Expr) -> Any:
    """In logarithms, so that it holds far out in the tail."""
    return 1 / _ROOT_2PI * _exp(-0.5 * (x * x) - y)


@partials("special_ndtri")
def ndtri(x: Expr, *, y: Expr) -> Any:
    return _ROOT_2PI * _exp(0.5 * (y * y))


@partials("special_ndtri_exp")
def ndtri_exp(x: Expr, *, y: Expr) -> Any:
    return _ROOT_2PI * _exp(x + 0.5 * (y * y))


@partials("special_owens_t")
def owens_t(h: Expr, a: Expr) -> Any:
    square = h * h
    return (
        lambda: -1 / (2 * _ROOT_2PI) * _sp("erf", a * h * math.sqrt(0.5)) * _exp(-0.5 * square),
        lambda: 0.5 / math.pi * _exp(-0.5 * square * (1 + a * a)) / (1 + a * a),
    )


# -- gamma and beta


@partials("special_gamma")
def gamma(x: Expr, *, y: Expr) -> Any:
    return y * _sp("psi", x)


@partials("special_gammaln", "special_loggamma")
def gammaln(x: Expr) -> Any:
    return _sp("psi", x)


@partials("special_psi")
def psi(x: Expr) -> Any:
    return _sp("polygamma", 1, x)


@partials("special_polygamma")
def polygamma(n: Expr, x: Expr) -> Any:
    return unknown("polygamma", "order"), lambda: _sp("polygamma", _shifted(n, 1), x)


@partials("special_rgamma")
def rgamma(x: Expr, *, y: Expr) -> Any:
    """nan at the poles of gamma."""
    return -y * _sp("psi", x)


piecewise_constant("special_gammasgn")


@partials("special_factorial")
def factorial(x: Expr, *, y: Expr) -> Any:
    """gamma(x + 1)."""
    return y * _sp("psi", x + 1)


@partials("special_poch")
def poch(z: Expr, m: Expr, *, y: Expr) -> Any:
    """gamma(z + m) / gamma(z)."""
    return lambda: y * (_sp("psi", z + m) - _sp("psi", z)), lambda: y * _sp("psi", z + m)


@partials("special_binom", "special_comb")
def binom(n: Expr, k: Expr, *, y: Expr) -> Any:
    """gamma(n + 1) / (gamma(k + 1) gamma(n - k + 1))."""
    rest = lambda: _sp("psi", n - k + 1)
    return lambda: y * (_sp("psi", n + 1) - rest()), lambda: y * (rest() - _sp("psi", k + 1))


@partials("special_beta")
def beta(a: Expr, b: Expr, *, y: Expr) -> Any:
    return lambda: y * (_sp("psi", a) - _sp("psi", a + b)), lambda: y * (_sp("psi", b) - _sp("psi", a + b))


@partials("special_betaln")
def betaln(a: Expr, b: Expr) -> Any:
    return lambda: _sp("psi", a) - _sp("psi", a + b), lambda: _sp("psi", b) - _sp("psi", a + b)


def _gamma_density(a: Expr, x: Expr) -> Expr:
    return _exp(_sp("xlogy", a - 1, x) - x - _sp("gammaln", a))


def _beta_density(a: Expr, b: Expr, x: Expr) -> Expr:
    return _exp(_sp("xlogy", a - 1, x) + _sp("xlog1py", b - 1, -x) - _sp("betaln", a, b))


@partials("special_gammainc")
def gammainc(a: Expr, x: Expr) -> Any:
    return unknown("gammainc", "shape parameter"), lambda: _gamma_density(a, x)


@partials("special_gammaincc")
def gammaincc(a: Expr, x: Expr) -> Any:
    return unknown("gammaincc", "shape parameter"), lambda: -_gamma_density(a, x)


@partials("special_gammaincinv")
def gammaincinv(a: Expr, x: Expr, *, y: Expr) -> Any:
    return unknown("gammaincinv", "shape parameter"), lambda: 1 / _gamma_density(a, y)


@partials("special_gammainccinv")
def gammainccinv(a: Expr, x: Expr, *, y: Expr) -> Any:
    return unknown("gammainccinv", "shape parameter"), lambda: -1 / _gamma_density(a, y)


def _of_shapes(name: str, slope: Callable[..., Expr]) -> None:
    refused = unknown(name, "shape parameters")

    @partials(f"special_{name}")
    def rule(a: Expr, b: Expr, x: Expr, *, y: Expr) -> Any:
        return refused, refused, lambda: slope(a, b, x, y)


_of_shapes("betainc", lambda a, b, x, y: _beta_density(a, b, x))
_of_shapes("betaincc", lambda a, b, x, y: -_beta_density(a, b, x))
_of_shapes("betaincinv", lambda a, b, x, y: 1 / _beta_density(a, b, y))
_of_shapes("betainccinv", lambda a, b, x, y: -1 / _beta_density(a, b, y))


@partials("special_stdtr")
def stdtr(df: Expr, x: Expr) -> Any:
    """Student's density."""
    half = 0.5 * (df + 1)
    constant = lambda: _sp("betaln", 0.5 * df, 0.5) + 0.5 * _log(df)
    density = lambda: _exp(-half * _np("log1p", x * x / df) - constant())
    return unknown("stdtr", "degrees of freedom"), density


def _chi_square_density(df: Expr, x: Expr) -> Expr:
    return 0.5 * _gamma_density(0.5 * df, 0.5 * x)


@partials("special_chdtr")
def chdtr(df: Expr, x: Expr) -> Any:
    return unknown("chdtr", "degrees of freedom"), lambda: _chi_square_density(df, x)


@partials("special_chdtrc")
def chdtrc(df: Expr, x: Expr) -> Any:
    return unknown("chdtrc", "degrees of freedom"), lambda: -_chi_square_density(df, x)


# -- logistic, entropies, powers


@partials("special_expit")
def expit(x: Expr, *, y: Expr) -> Any:
    return y * (1 - y)


@partials("special_logit")
def logit(x: Expr) -> Any:
    return 1 / (x * (1 - x))


@partials("special_log_expit")
def log_expit(x: Expr) -> Any:
    return _sp("expit", -x)


@partials("special_xlogy")
def xlogy(x: Expr, y_: Expr) -> Any:
    """In y it is x / y, and 0 wherever x is."""
    return lambda: _log(y_), lambda: _zero_over(x, y_)


@partials("special_xlog1py")
def xlog1py(x: Expr, y_: Expr) -> Any:
    return lambda: _np("log1p", y_), lambda: _zero_over(x, 1 + y_)


def _zero_over(x: Expr, below: Expr) -> Expr:
    """x / below, 0 where x is 0."""
    known = number_of(x)
    if known is not None and known != 0:
        return x / below
    if x.ndim == 0 and below.ndim == 0:
        return choose(x, lambda: x / below, lambda: 0.0)
    return x / x.emit("where", x.equals(0), 1.0, below)


@partials("special_entr")
def entr(x: Expr) -> Any:
    return -_log(x) - 1


@partials("special_rel_entr")
def rel_entr(x: Expr, y_: Expr) -> Any:
    return lambda: _log(x / y_) + 1, lambda: -(x / y_)


@partials("special_kl_div")
def kl_div(x: Expr, y_: Expr) -> Any:
    return lambda: _log(x / y_), lambda: 1 - x / y_


@partials("special_boxcox")
def boxcox(x: Expr, lmbda: Expr, *, y: Expr) -> Any:
    """nan in lmbda at 0."""
    return lambda: x ** (lmbda - 1), lambda: (_log(x) * (lmbda * y + 1) - y) / lmbda


@partials("special_boxcox1p")
def boxcox1p(x: Expr, lmbda: Expr, *, y: Expr) -> Any:
    return lambda: (1 + x) ** (lmbda - 1), lambda: (_np("log1p", x) * (lmbda * y + 1) - y) / lmbda


@partials("special_inv_boxcox")
def inv_boxcox(x: Expr, lmbda: Expr, *, y: Expr) -> Any:
    return lambda: y ** (1 - lmbda), lambda: y / lmbda * (x / (lmbda * x + 1) - _log(y))


@partials("special_inv_boxcox1p")
def inv_boxcox1p(x: Expr, lmbda: Expr, *, y: Expr) -> Any:
    in_shape = lambda: (1 + y) / lmbda * (x / (lmbda * x + 1) - _np("log1p", y))
    return lambda: (1 + y) ** (1 - lmbda), in_shape


@partials("special_huber")
def huber(delta: Expr, r: Expr) -> Any:
    return lambda: _np("maximum", _np("absolute", r) - delta, 0.0), lambda: r.emit("clip", r, -delta, delta)


@partials("special_pseudo_huber")
def pseudo_huber(delta: Expr, r: Expr, *, y: Expr) -> Any:
    root = _np("sqrt", 1 + (r / delta) ** 2)
    return lambda: 2 * y / delta - r * r / (delta * root), lambda: r / root


@partials("special_cbrt")
def cbrt(x: Expr, *, y: Expr) -> Any:
    return 1 / (3 * y * y)


@partials("special_exp2")
def exp2(x: Expr, *, y: Expr) -> Any:
    return math.log(2) * y


@partials("special_exp10")
def exp10(x: Expr, *, y: Expr) -> Any:
    return math.log(10) * y


@partials("special_expm1")
def expm1(x: Expr, *, y: Expr) -> Any:
    return y + 1


@partials("special_log1p")
def log1p(x: Expr) -> Any:
    return 1 / (1 + x)


@partials("special_sindg")
def sindg(x: Expr) -> Any:
    return math.pi / 180 * _sp("cosdg", x)


@partials("special_cosdg")
def cosdg(x: Expr) -> Any:
    return -math.pi / 180 * _sp("sindg", x)


@partials("special_tandg")
def tandg(x: Expr, *, y: Expr) -> Any:
    return math.pi / 180 * (1 + y * y)


@partials("special_cotdg")
def cotdg(x: Expr, *, y: Expr) -> Any:
    return -math.pi / 180 * (1 + y * y)


@partials("special_cosm1")
def cosm1(x: Expr) -> Any:
    return -_np("sin", x)


@partials("special_wrightomega")
def wrightomega(x: Expr, *, y: Expr) -> Any:
    return y / (1 + y)


# -- exponential integrals and elliptic integrals


@partials("special_exp1")
def exp1(x: Expr) -> Any:
    return -_exp(-x) / x


@partials("special_expi")
def expi(x: Expr) -> Any:
    return _exp(x) / x


@partials("special_expn")
def expn(n: Expr, x: Expr) -> Any:
    def slope() -> Expr:
        known = number_of(n)
        if known is None:
            raise RuleMissing("special_expn", "the order must be a number that is written out")
        return -_sp("expn", known - 1, x) if known > 0 else -_exp(-x) * (1 + x) / (x * x)

    return unknown("expn", "order"), slope


@partials("special_spence")
def spence(x: Expr) -> Any:
    """nan at 1."""
    return _log(x) / (1 - x)


@partials("special_ellipk")
def ellipk(m: Expr, *, y: Expr) -> Any:
    """nan at 0."""
    return (_sp("ellipe", m) / (1 - m) - y) / (2 * m)


@partials("special_ellipkm1")
def ellipkm1(p: Expr, *, y: Expr) -> Any:
    return (y - _sp("ellipe", 1 - p) / p) / (2 * (1 - p))


@partials("special_ellipe")
def ellipe(m: Expr, *, y: Expr) -> Any:
    """nan at 0."""
    return (y - _sp("ellipk", m)) / (2 * m)


@partials("special_ellipkinc")
def ellipkinc(phi: Expr, m: Expr, *, y: Expr) -> Any:
    root = _np("sqrt", 1 - m * _np("sin", phi) ** 2)
    second = lambda: _sp("ellipeinc", phi, m) / (2 * m * (1 - m)) - y / (2 * m)
    return lambda: 1 / root, lambda: second() - _np("sin", 2 * phi) / (4 * (1 - m) * root)


@partials("special_ellipeinc")
def ellipeinc(phi: Expr, m: Expr, *, y: Expr) -> Any:
    slope = lambda: _np("sqrt", 1 - m * _np("sin", phi) ** 2)
    return slope, lambda: (y - _sp("ellipkinc", phi, m)) / (2 * m)
