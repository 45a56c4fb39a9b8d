"""Functions of single numbers: NumPy's, those of `math`, operators, builtins."""

from __future__ import annotations

import math

import numpy as np

from tests.callables.table import numbers, pairs, program, ranks

UNARY: dict[str, tuple[float, float]] = {
    "absolute abs fabs negative positive square": (-1.0, 1.0),
    "sin cos sinh cosh tanh arctan arcsinh arctan atan asinh exp exp2 expm1 degrees radians deg2rad rad2deg": (
        -1.5,
        1.5,
    ),
    "tan arcsin arccos arctanh asin acos atanh": (-0.9, 0.9),
    "log log2 log10 sqrt cbrt reciprocal log1p": (0.2, 3.0),
    "arccosh acosh": (1.2, 3.0),
    "sinc i0 conjugate conj real nan_to_num nextafter_": (-2.2, 2.3),
}
for names, bounds in UNARY.items():
    for name in names.split():
        if not name.endswith("_"):
            ranks(f"np.{name}({{0}})", *bounds)
ranks("np.nextafter({0}, 9.0)", -1.0, 1.0, smooth=False)
ranks("-{0}", -1.0, 1.0)
ranks("+{0}", -1.0, 1.0)
ranks("abs({0})", -1.0, 1.0)
ranks("np.imag({0} * 1j)", -1.0, 1.0)
ranks("np.imag({0} * 1j) + np.abs({0} + 2j) + np.angle({0} + 1j)", -1.0, 1.0)
ranks("np.angle({0} + 2j, deg=True)", -1.0, 1.0)
ranks("np.ldexp({0}, 3)", -1.0, 1.0)
ranks("np.clip({0}, -0.4, 0.5)", -1.0, 1.0, second=False)
ranks("{0} ** 3", -1.0, 1.0)
ranks("2.5 ** {0}", -1.0, 1.0)
ranks("1.5 - {0} / 2.0", -1.0, 1.0)
ranks("2 * {0} + 3", -1.0, 1.0)
ranks("np.modf({0})[0]", 0.1, 0.9)
ranks("np.modf({0})", 1.1, 1.9, second=False)
ranks("np.frexp({0})[0]", 0.51, 0.97)
ranks("divmod({0}, 0.7)[1]", 0.72, 1.3)
ranks("np.heaviside({0}, 0.5)", 0.1, 0.9, second=False)
ranks("np.nan_to_num({0}, copy=True, nan=1.0)", 0.1, 0.9)

for name, left, right in [
    ("np.add({0}, {1})", (-1.0, 1.0), (-1.0, 1.0)),
    ("np.subtract({0}, {1})", (-1.0, 1.0), (-1.0, 1.0)),
    ("np.multiply({0}, {1})", (-1.0, 1.0), (-1.0, 1.0)),
    ("np.divide({0}, {1})", (-1.0, 1.0), (1.0, 2.0)),
    ("np.true_divide({0}, {1})", (-1.0, 1.0), (-3.0, -2.0)),
    ("np.power({0}, {1})", (0.3, 2.0), (-2.0, 2.0)),
    ("np.pow({0}, {1})", (0.3, 2.0), (-2.0, 2.0)),
    ("np.float_power({0}, {1})", (0.3, 2.0), (-2.0, 2.0)),
    ("np.arctan2({0}, {1})", (0.3, 2.0), (-2.0, 2.0)),
    ("np.atan2({0}, {1})", (0.3, 2.0), (-2.0, 2.0)),
    ("np.hypot({0}, {1})", (0.3, 2.0), (-2.0, 2.0)),
    ("np.logaddexp({0}, {1})", (-1.0, 2.0), (-2.0, 2.0)),
    ("np.logaddexp2({0}, {1})", (-1.0, 2.0), (-2.0, 2.0)),
    ("np.copysign({0}, {1})", (-1.0, 2.0), (-2.0, 2.0)),
    ("np.remainder({0}, {1})", (2.2, 2.9), (1.0, 1.1)),
    ("np.mod({0}, {1})", (-0.9, -0.1), (1.0, 1.1)),
    ("np.fmod({0}, {1})", (-2.8, -2.2), (1.0, 1.1)),
    ("np.maximum({0}, {1})", (-1.0, 2.0), (-2.0, 1.01)),
    ("np.minimum({0}, {1})", (-1.0, 2.0), (-2.0, 1.01)),
    ("np.fmax({0}, {1})", (-1.0, 2.0), (-2.0, 1.01)),
    ("np.fmin({0}, {1})", (-1.0, 2.0), (-2.0, 1.01)),
    ("{0} + {1}", (-1.0, 1.0), (-1.0, 1.0)),
    ("{0} - {1}", (-1.0, 1.0), (-1.0, 1.0)),
    ("{0} * {1}", (-1.0, 1.0), (-1.0, 1.0)),
    ("{0} / {1}", (-1.0, 1.0), (1.0, 2.0)),
    ("{0} ** {1}", (0.3, 2.0), (-2.0, 2.0)),
    ("{0} % {1}", (2.2, 2.9), (1.0, 1.1)),
    ("np.divmod({0}, {1})[1]", (2.2, 2.9), (1.0, 1.1)),
    ("np.where({0} > 0.2, {0} * {1}, {1} ** 2)", (-1.0, 1.0), (-1.0, 1.01)),
    ("np.clip({0}, {1}, {1} + 1.003)", (-1.0, 1.0), (-1.0, 1.013)),
    ("np.heaviside({0} - 5.0, {1}) * {1}", (-1.0, 1.0), (-1.0, 1.01)),
]:
    kinked = any(word in name for word in ("maximum", "minimum", "fm", "clip", "where", "heaviside", "copysign"))
    pairs(name, left, right, second=not kinked)


MATH: dict[str, tuple[float, ...]] = {
    "sin cos tan sinh cosh tanh atan asinh exp exp2 expm1 degrees radians fabs erf erfc": (-0.7, 0.3),
    "asin acos atanh": (-0.6, 0.2),
    "log log2 log10 log1p sqrt cbrt gamma lgamma": (0.4, 2.3),
    "acosh": (1.2, 2.5),
}
for names, points in MATH.items():
    for name in names.split():
        program(f"math.{name}(x), math.{name}(y)", x=points[0], y=np.float64(points[1]))
for name in ("atan2", "hypot", "pow", "copysign", "fmod", "remainder", "dist_"):
    if not name.endswith("_"):
        program(f"math.{name}(x, y)", x=2.3, y=1.1)
program("math.log(x, y), math.hypot(x, y, 2.0), math.pow(x, 3)", x=2.3, y=1.1)
program("math.dist(x, y)", x=numbers(3), y=numbers(3, seed=2))
program("math.dist([x[0], x[1]], (0.0, 1.0))", x=numbers(3))
program("math.fsum(x), math.fsum([x[0], 2.0 * x[1]])", x=numbers(4))
if hasattr(math, "sumprod"):  # new in Python 3.12
    program("math.sumprod(x, y), math.sumprod([x[0], x[1]], (x[2], y[0]))", x=numbers(4), y=numbers(4, seed=2))
if hasattr(math, "fma"):  # new in Python 3.13
    program("math.fma(x, y, 0.5), math.fma(2.0, y, x)", x=2.3, y=1.1)
program("math.prod([x[0], x[1], 3.0]), math.prod(x)", x=numbers(4))
program("math.ldexp(x, 4)", x=1.3)
program("math.frexp(x)[0], math.modf(y)[0]", x=0.7, y=2.4)
program("math.nextafter(x, 9.0)", x=0.7, smooth=False)
program("math.comb(5, 2) * x + math.perm(4, 2) * x + math.factorial(3) * x", x=0.5)
program("math.gcd(12, 8) * x + math.lcm(4, 6) * x + math.isqrt(17) * x", x=0.5)
program("max(x, y, 0.3), min(x, y), max([x, y]), min(x, 0.0)", x=0.7, y=0.2, second=False)
program("sum([x, y, x * y]), sum(z), sum(v * v for v in z)", x=0.7, y=0.2, z=numbers(4))
program("pow(x, 3), pow(x, y), float(x), abs(x)", x=0.7, y=1.2)
program("abs(complex(x, y)), (complex(x, y) ** 2).real, complex(x, y).imag", x=0.7, y=1.2)
program("round(x) * y, int(x) * y, bool(x) * y, x // 1.0 + y", x=1.7, y=1.2)
program("operator.add(x, y), operator.mul(x, y), operator.truediv(x, y), operator.neg(x)", x=1.7, y=1.2)
program("np.float64(x) * x, np.float32(2.0) * x", x=1.7, single=False, second=False)
program("np.double(x), np.float64(z)", x=1.7, z=numbers(2), single=False)
program("np.float16(x) * np.float16(3.0), np.float16(z)", x=1.7, z=numbers(2), smooth=False, single=False, second=False)
program("np.longdouble(x) * 2.0, np.longdouble(z)", x=1.7, z=numbers(2), single=False)
program("np.float32(x) * np.float32(3.0), np.single(x)", x=1.7, smooth=False)
program("abs(np.complex128(x) + 1j), abs(np.cdouble(x) + 1j)", x=1.7)
program("abs(np.complex64(x) + np.complex64(1j)), abs(np.csingle(x))", x=1.7, smooth=False)
program(
    "x + n, x * n, n - x, n / x, x ** n, x // n + x, n % x",
    x=numbers(3, low=1.2, high=1.9),
    n=np.array([1, 2, 3]),
    single=False,
)
program("x * m, np.where(m, x, -x), x[m]", x=numbers(3), m=np.array([True, False, True]))
program("x + 1, x * True, 2 - x, x / 3, 3 / x, x ** 2, 2 ** x, x ** -1, x ** 0.5", x=numbers(3, low=0.2, high=0.9))
program("x += y\nx *= y\nx -= 2.0\nx /= y\nx **= 2\nreturn x", x=1.2, y=0.8)
program("z = x.copy()\nz += y\nz *= y\nz -= 2.0\nz /= y\nz **= 2\nreturn z", x=numbers(2, 3), y=numbers(3, low=0.5))
program("np.add(x, y, out=np.empty(3)), np.sin(x, out=np.zeros(3))", x=numbers(3), y=numbers(3, seed=3), single=False)
program(
    "z = np.zeros_like(x)\nnp.multiply(x, y, out=z)\nnp.exp(z, out=z)\nreturn z", x=numbers(3), y=numbers(3, seed=3)
)
program("z = np.ones_like(x)\nnp.log(x, out=z, where=x > 0)\nreturn z", x=numbers(4))
