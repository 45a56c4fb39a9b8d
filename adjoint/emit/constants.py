"""Python objects as syntax: numbers, strings, tuples, dtypes and whatever has a name."""

from __future__ import annotations

import ast
import math
from types import EllipsisType
from typing import Any

import numpy as np

from adjoint.emit.imports import Namespace


def literal(value: Any, namespace: Namespace, text: str | None = None) -> ast.expr:
    """An expression that gives the object. Signs are operators, never part of a constant."""
    if text is not None and value is not None:
        spelled = namespace.dotted(text, value)
        if spelled is not None:
            return spelled
    if isinstance(value, np.generic):
        return _numpy_scalar(value, namespace)
    if value is None or isinstance(value, bool | str | bytes | EllipsisType):
        return ast.Constant(value)
    if isinstance(value, int | float):
        return number(value, namespace)
    if isinstance(value, complex):
        return _complex(value, namespace)
    if isinstance(value, tuple) and type(value) is tuple:
        return ast.Tuple([literal(item, namespace) for item in value], ast.Load())
    if isinstance(value, list):
        return ast.List([literal(item, namespace) for item in value], ast.Load())
    if isinstance(value, dict):
        keys: list[ast.expr | None] = [literal(key, namespace) for key in value]
        return ast.Dict(keys, [literal(item, namespace) for item in value.values()])
    if isinstance(value, slice):
        parts = [literal(part, namespace) for part in (value.start, value.stop, value.step)]
        return ast.Call(namespace.builtin("slice"), parts, [])
    if isinstance(value, np.dtype):
        return ast.Call(ast.Attribute(namespace.module(np), "dtype", ast.Load()), [ast.Constant(str(value))], [])
    return namespace.object(value, text)


def number(value: int | float, namespace: Namespace) -> ast.expr:
    """A real number."""
    if isinstance(value, float) and not math.isfinite(value):
        holder = math if "np" not in namespace.imports.objects and "math" in namespace.imports.objects else np
        node: ast.expr = ast.Attribute(namespace.module(holder), "nan" if math.isnan(value) else "inf", ast.Load())
        return ast.UnaryOp(ast.USub(), node) if value < 0 else node
    if value < 0 or (value == 0 and math.copysign(1.0, value) < 0):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def _complex(value: complex, namespace: Namespace) -> ast.expr:
    plain = math.isfinite(value.real) and math.isfinite(value.imag)
    if plain and value.imag >= 0 and math.copysign(1.0, value.imag) > 0:
        imaginary = ast.Constant(complex(0.0, value.imag))
        if value.real == 0 and math.copysign(1.0, value.real) > 0:
            return imaginary
        if value.real != 0:
            return ast.BinOp(number(value.real, namespace), ast.Add(), imaginary)
    if plain and value.imag < 0 and value.real == 0 and math.copysign(1.0, value.real) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(complex(0.0, -value.imag)))
    parts = [number(value.real, namespace), number(value.imag, namespace)]
    return ast.Call(namespace.builtin("complex"), parts, [])


def _numpy_scalar(value: np.generic, namespace: Namespace) -> ast.expr:
    """`np.float32(0.1)`, with the fewest digits that give the same number."""
    kind = type(value)
    item: Any = value.item()
    if isinstance(item, float) and math.isfinite(item):
        short = float(str(value))
        item = short if kind(short) == value else item
    name = "bool_" if kind.__name__ == "bool" else kind.__name__
    return ast.Call(ast.Attribute(namespace.module(np), name, ast.Load()), [literal(item, namespace)], [])
