"""The compiler taken apart: the tests look at single stages through these few functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adjoint import pipeline
from adjoint.ir.core import Function
from adjoint.ir.evaluate import evaluate
from adjoint.ir.signature import type_of_argument
from adjoint.options import Transform
from adjoint.runtime.load import load


def lowered(f: Callable[..., Any], args: Sequence[Any]) -> Function:
    """The IR of `f` specialised to these arguments, simplified, not differentiated."""
    names = f.__code__.co_varnames
    return pipeline.lower(f, [type_of_argument(arg, name) for arg, name in zip(args, names)])


def loaded(function: Function) -> Callable[..., Any]:
    """The emitted function, running."""
    emitted = pipeline.emit(function)
    return load(emitted.source, emitted.entry_name, emitted.bindings, function.name)


def evaluated(function: Function, args: Sequence[Any]) -> Any:
    """The value of the function by the reference interpreter of the IR."""
    return evaluate(function, list(args))


def differentiated(primal: Function, *transforms: Transform) -> Function:
    """The IR of a derivative: the transforms are applied in order."""
    for transform in transforms:
        primal = pipeline.differentiate(primal, transform)
    return primal
