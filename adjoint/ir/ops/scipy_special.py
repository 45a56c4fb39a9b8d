"""Functions of `scipy.special`: what they are called with and the types they give.

Almost all are ufuncs, so NumPy's own dtype rules hold. An order or a degree is an operand like any other: that it has
no derivative is a matter of the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import special

from adjoint.ir.core import Value
from adjoint.ir.ops.elementwise import sampled_type
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast, reduce_shape
from adjoint.ir.types import Array, Tuple, Type, dtype_of

OF_ONE = (
    "erf erfc erfcx erfinv erfcinv erfi dawsn gamma gammaln loggamma psi rgamma gammasgn expit logit log_expit "
    "j0 j1 y0 y1 i0 i0e i1 i1e k0 k0e k1 k1e entr exp1 expi ndtr log_ndtr ndtri ndtri_exp ellipk ellipkm1 ellipe "
    "cbrt exp2 exp10 expm1 log1p sindg cosdg tandg cotdg cosm1 spence wrightomega"
)
"""Ufuncs of one number."""

OF_SEVERAL = {
    "a, x": "gammainc gammaincc gammaincinv gammainccinv",
    "a, b": "beta betaln",
    "a, b, x": "betainc betaincc betaincinv betainccinv hyp1f1 hyperu",
    "n, k": "binom",
    "z, m": "poch",
    "v, x": "jv jve yv iv ive kv kve hyp0f1 struve modstruve",
    "n, x": "yn kn expn eval_chebyt eval_chebyu eval_legendre eval_hermite eval_hermitenorm eval_laguerre",
    "n, a, x": "eval_genlaguerre eval_gegenbauer",
    "n, a, b, x": "eval_jacobi",
    "a, b, c, x": "hyp2f1",
    "x, y": "xlogy xlog1py rel_entr kl_div",
    "x, lmbda": "boxcox boxcox1p inv_boxcox inv_boxcox1p",
    "delta, r": "huber pseudo_huber",
    "phi, m": "ellipkinc ellipeinc",
    "h, a": "owens_t",
    "df, x": "stdtr chdtr chdtrc",
}
"""Ufuncs of several numbers, by the names of their operands."""

_ALIASES = {"psi": "digamma", "jv": "jn"}


def _elementwise(name: str, function: Callable[..., Any], operands: str, parameters: str = "", **attrs: Any) -> None:
    """A function of numbers, element by element."""

    def infer(values: Sequence[Value], given: Mapping[str, Any]) -> Type:
        if any(str(dtype_of(value.type)).startswith("complex") for value in values):
            raise TypeInferenceError(f"scipy.special.{name} is supported for real numbers only")
        return sampled_type(function, values)

    callables = [function, *({getattr(special, _ALIASES[name])} - {function} if name in _ALIASES else ())]
    define(
        OpDef(
            name=f"special_{name}",
            infer=infer,
            evaluate=lambda *values, **given: function(*values, **given),
            operands=tuple(operands.split(", ")),
            attrs=attrs,
            callables=dict.fromkeys(callables, parameters or operands),
            elementwise=True,
        )
    )


for _name in OF_ONE.split():
    _elementwise(_name, getattr(special, _name), "x")
for _operands, _names in OF_SEVERAL.items():
    for _name in _names.split():
        _elementwise(_name, getattr(special, _name), _operands)
_elementwise("polygamma", special.polygamma, "n, x")
_elementwise("zeta", special.zeta, "x, q")
_elementwise("lambertw", special.lambertw, "z", "z, k, tol", k=0)
_elementwise("comb", special.comb, "n, k", "n, k, exact, repetition", exact=False, repetition=False)
_elementwise("factorial", special.factorial, "x", "x, exact, extend", exact=False)


# -- over axes


def _over_axes(name: str, function: Callable[..., Any]) -> None:
    """A function that gives an array of the same shape."""

    def infer(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
        x = array_operand(operands[0])
        dtype = str(np.asarray(function(np.ones(1, x.dtype))).dtype)
        reduce_shape(x.shape, attrs["axis"], False)
        return Array(dtype, x.shape)

    define(
        OpDef(
            name=f"special_{name}",
            infer=infer,
            evaluate=lambda x, axis: function(x, axis=axis),
            operands=("x",),
            attrs={"axis": None},
            callables={function: "x, axis"},
        )
    )


_over_axes("softmax", special.softmax)
_over_axes("log_softmax", special.log_softmax)


def _infer_logsumexp(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [array_operand(operand) for operand in operands]
    if any(each.dtype.startswith("complex") for each in arrays):
        raise TypeInferenceError("scipy.special.logsumexp is supported for real numbers only")
    shape = broadcast(*(each.shape for each in arrays))
    dtype = str(np.asarray(special.logsumexp(*(np.ones(1, each.dtype) for each in arrays[:1]))).dtype)
    dtype = str(np.result_type(dtype, *(each.dtype for each in arrays[1:])))
    return Array(dtype, reduce_shape(shape, attrs["axis"], bool(attrs["keepdims"])))


def _logsumexp(a: Any, b: Any = None, *, axis: Any, keepdims: Any) -> Any:
    return special.logsumexp(a, axis=axis, b=b, keepdims=keepdims)


define(
    OpDef(
        name="special_logsumexp",
        infer=_infer_logsumexp,
        evaluate=_logsumexp,
        operands=("a", "b?"),
        attrs={"axis": None, "keepdims": False},
        callables={special.logsumexp: "a, axis, b, keepdims, return_sign"},
    )
)


# -- two results


def _infer_sici(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    x = array_operand(operands[0])
    if np.dtype(x.dtype).kind == "c":
        raise TypeInferenceError("sici and shichi are supported for real numbers only")
    item = Array(str(np.asarray(special.sici(np.ones(1, x.dtype))[0]).dtype), x.shape)
    return Tuple((item, item))


for _name in ("sici", "shichi"):
    define(
        OpDef(
            name=f"special_{_name}",
            infer=_infer_sici,
            evaluate=getattr(special, _name),
            operands=("x",),
            callables={getattr(special, _name): "x"},
        )
    )
