"""Derivatives of complex numbers: the convention, the rules of their parts, and which other rules hold for them.

Tangents are plain complex numbers. A cotangent pairs with a tangent without a conjugate:

    dL = Re(sum(y_bar * y_dot))

So the rule of a holomorphic function is the real one, `x_bar = y_bar * f'(x)`, and that of a linear map its transpose.
For a real function of complex numbers the partial is the p of `dy = Re(p * x_dot)`. The driver takes real parts, where
a complex number meets a real operand (reverse) or a real result (forward): rules never do.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Value, const_of, is_const
from adjoint.ir.types import Array, List, Tuple, Type, is_complex, is_differentiable
from adjoint.rules.expr import Expr
from adjoint.rules.registry import RULES, RuleMissing, composite, linear, partials, piecewise_constant

_COMPLEX = frozenset(
    "add sub mul truediv neg pos pow float_power square reciprocal where full full_like linspace astype asarray "
    "sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh exp exp2 expm1 log log2 log10 log1p sqrt abs "
    "absolute angle complex rect complex64 complex128 index_set broadcast_to ascontiguousarray asfortranarray "
    "take take_along_axis choose compress extract delete insert append hstack vstack dstack column_stack diagflat "
    "resize sliding_window_view matmul dot inner vdot vecdot matvec vecmat outer cross kron tensordot einsum "
    "einsum_view multi_dot matrix_power eig eigvals inv solve det tensorinv tensorsolve norm vector_norm "
    "matrix_norm matrix_trace matrix_diagonal prod cumprod cumulative_prod cumulative_sum var std diff ediff1d "
    "gradient trapezoid average fft2 ifft2 rfftn rfft2 irfftn irfft2 hfft ihfft custom custom_elementwise "
    "convolve polymul polyval polyval_ascending polyder polyint vander nanmean nanvar nanstd nansum nanprod "
    "special_lambertw".split()
)
"""Operations whose rules hold for complex numbers too. Linear ones do without being listed."""

_NOT_HOLOMORPHIC = frozenset({"conj", "real", "imag", "abs", "absolute", "angle"})

NO_COMPLEX_DERIVATIVE = "it is not holomorphic: its derivative depends on the direction in the complex plane"


def is_holomorphic(result: Value, pulled: Iterable[Op]) -> bool:
    """Whether an operation has a complex derivative: a complex result, and a pullback that is a plain product."""
    return holds_complex(result.type) and all(op.opcode not in _NOT_HOLOMORPHIC for op in pulled)


def holds_complex(t: Type) -> bool:
    """Whether there are complex numbers in the type."""
    if isinstance(t, Tuple):
        return any(map(holds_complex, t.items))
    return holds_complex(t.item) if isinstance(t, List) else is_complex(t)


def has_complex_rule(opcode: str) -> bool:
    """Whether the rule of an operation is known to hold for complex numbers."""
    return opcode in _COMPLEX or RULES[opcode].kind == "linear"


def check_complex(op: Op, operands: list[Value], result: Value, active: list[bool]) -> None:
    """Refuse a rule that is not known to hold for complex numbers. Raises RuleMissing."""
    if has_complex_rule(op.opcode):
        return
    moving = [operand for operand, wanted in zip(operands, active) if wanted]
    if any(holds_complex(value.type) for value in [*moving, result]):
        raise RuleMissing(op.opcode, "its derivative is known for real numbers only, and complex ones flow through it")


def is_real_of_complex(t: Type, like: Type) -> bool:
    """Whether a derivative of type `t` is real where its value is complex."""
    return is_complex(like) and is_differentiable(t) and not holds_complex(t)


def as_real_as(builder: Builder, share: Value, like: Type) -> Value:
    """The real part of a complex derivative of what is real: the imaginary part moves nothing."""
    if isinstance(share.type, List) and is_complex(share.type.item) and not holds_complex(like):
        is_made = share.op is not None and share.op.opcode == "list_of_rows"
        rows = share.op.operands[0] if is_made and share.op is not None else builder.emit("asarray", share)
        return builder.emit("list_of_rows", builder.emit("real", rows))
    if not is_complex(share.type) or holds_complex(like):
        return share
    op = share.op
    if op is not None and op.opcode == "mul" and is_const(op.operands[0]):
        number = const_of(op.operands[0])
        if isinstance(number, complex) and number.real == 0 and is_complex(op.operands[1].type):
            part = builder.emit("imag", op.operands[1])  # Re(i c z) = -c Im z
            if abs(number.imag) != 1:
                return builder.emit("mul", builder.const(-number.imag), part)
            return builder.emit("neg", part) if number.imag > 0 else part
    return builder.emit("real", share)


def as_complex_as(builder: Builder, total: Value, like: Type) -> Value:
    """A real derivative of what is complex as a complex one: parts of it may be written later."""
    if not is_real_of_complex(total.type, like):
        return total
    if is_const(total) and isinstance(const_of(total), int | float):
        return builder.const(complex(const_of(total)))
    total = builder.emit("add", total, builder.const(0j))
    if isinstance(like, Array) and isinstance(total.type, Array) and total.type.dtype != like.dtype and like.rank:
        total = builder.emit("astype", total, dtype=like.dtype)
    return total


piecewise_constant("isreal", "iscomplex")


@linear("real", lazy="any")
def real(y_bar: Expr, x: Expr) -> Any:
    return y_bar


@linear("imag", lazy="any")
def imag(y_bar: Expr, x: Expr) -> Any:
    """Im(z) = Re(-i z)."""
    return -1j * y_bar if is_complex(x.type) else None


@linear("conj", lazy="any")
def conj(y_bar: Expr, x: Expr) -> Any:
    """Re(y_bar conj(x_dot)) = Re(conj(y_bar) x_dot)."""
    return conjugate(y_bar)


def conjugate(x: Expr) -> Expr:
    """The conjugate; what is real is its own."""
    return x.emit("conj", x) if is_complex(x.type) else x


@partials("angle")
def angle(x: Expr, *, deg: Any) -> Any:
    """Im(log(x)). A real number keeps its angle, up to the jump at 0."""
    if not is_complex(x.type):
        return None
    return -57.29577951308232j / x if deg else -1j / x


@partials("complex")
def complex_of(real: Expr, imag: Any = None) -> Any:
    return (1, 1j) if imag is not None else 1


@composite("rect")
def rect(r: Expr, phi: Expr) -> Any:
    return r * phi.emit("exp", 1j * phi, ns="cmath")


@partials("complex64", "complex128")
def same(x: Expr) -> Any:
    """The number itself, as another kind."""
    return 1
