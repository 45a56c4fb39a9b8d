"""`np.einsum`: the letters of a specification, its shape and its text.

    "ij,jk"        the letters of two operands; those of the result follow from them: "ik"
    "...ij,...j"   the dots stand for the same axes in every operand, broadcast

Of one operand whose axes are all kept NumPy gives a view: `einsum_view`, which `spelled` tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from adjoint.ir.core import Value
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.opset import OpDef, TypeInferenceError, define
from adjoint.ir.shapes import broadcast
from adjoint.ir.types import Array, Dim, Type

LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@final
@dataclass(frozen=True, slots=True)
class Letters:
    """One letter an axis, of the operands and of the result; `dots` are those of the ellipsis."""

    inputs: tuple[str, ...]
    output: str
    dots: str = ""


def read_letters(subscripts: str, ranks: Sequence[int]) -> Letters:
    """A specification for operands of the given ranks. Raises TypeInferenceError where it does not fit them."""
    if not isinstance(subscripts, str):
        raise TypeInferenceError("the subscripts of np.einsum are a string, such as 'ij,jk->ik'")
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise TypeInferenceError(f"{subscripts!r} is for {len(terms)} operands, {len(ranks)} given")
    for term in (*terms, right):
        if not set(term.replace("...", "", 1)) <= set(LETTERS):
            raise TypeInferenceError(f"{term!r} in {subscripts!r} is not made of letters and one ellipsis")
    counts = [_dotted(term, rank) for term, rank in zip(terms, ranks)]
    free = (letter for letter in reversed(LETTERS) if letter not in subscripts)
    dots = "".join(next(free) for _ in range(max(counts, default=0)))[::-1]
    inputs = tuple(term.replace("...", dots[len(dots) - n :]) for term, n in zip(terms, counts))
    output = right.replace("...", dots) if arrow else dots + _lone("".join(terms))
    _check_output(subscripts, inputs, output, dots)
    return Letters(inputs, output, dots)


def spelled(subscripts: str, ranks: Sequence[int]) -> str:
    """The operation: `einsum_view` where nothing is summed and the result may be a view of the one operand."""
    if len(ranks) > 1:
        return "einsum"
    try:
        letters = read_letters(subscripts, ranks)
    except TypeInferenceError:
        return "einsum"
    return "einsum_view" if set(letters.inputs[0]) == set(letters.output) else "einsum"


def _dotted(term: str, rank: int) -> int:
    """How many axes the ellipsis of a term stands for."""
    named = len(term.replace("...", ""))
    if named > rank or (named < rank and "..." not in term):
        raise TypeInferenceError(f"{term!r} is for {named} dimensions, the operand has {rank}")
    return rank - named


def _lone(letters: str) -> str:
    """The letters that occur once, in the order of the alphabet."""
    return "".join(sorted(letter for letter in set(letters) - {"."} if letters.count(letter) == 1))


def _check_output(subscripts: str, inputs: tuple[str, ...], output: str, dots: str) -> None:
    if len(set(output)) < len(output) or not set(output) <= set("".join(inputs)):
        raise TypeInferenceError(f"the result of {subscripts!r} has a letter twice, or one that no operand has")
    if not set(dots) <= set(output):
        raise TypeInferenceError(f"the result of {subscripts!r} needs the ellipsis of the operands")


def write_letters(inputs: Sequence[str], output: str, dots: str = "") -> str:
    """The text of a specification; `...` for the letters of the dots where every term has all of them or none."""
    terms = [*inputs, output]
    if dots and dots in output and all(dots in term or not set(dots) & set(term) for term in terms):
        terms = [term.replace(dots, "...") for term in terms]
    return f"{','.join(terms[:-1])}->{terms[-1]}"


def extents(letters: Letters, arrays: Sequence[Array]) -> dict[str, Dim]:
    """The extent of every letter. Extents of 1 broadcast."""
    found: dict[str, Dim] = {}
    for letter, dim in _named(letters, arrays):
        (found[letter],) = broadcast((found[letter],), (dim,)) if letter in found else (dim,)
    return found


def _named(letters: Letters, arrays: Sequence[Array]) -> Iterator[tuple[str, Dim]]:
    for term, x in zip(letters.inputs, arrays):
        yield from zip(term, x.shape)


def contracted_dims(operands: Sequence[Value], attrs: Mapping[str, Any]) -> list[tuple[Dim, Dim]]:
    """Pairs of extents that stand under the same letter."""
    arrays = [array_operand(each) for each in operands]
    letters = read_letters(attrs["subscripts"], [x.rank for x in arrays])
    first: dict[str, Dim] = {}
    return [(first.setdefault(letter, dim), dim) for letter, dim in _named(letters, arrays)]


def _infer_einsum(operands: Sequence[Value], attrs: Mapping[str, Any]) -> Type:
    arrays = [array_operand(each) for each in operands]
    if not arrays:
        raise TypeInferenceError("np.einsum needs an operand")
    letters = read_letters(attrs["subscripts"], [x.rank for x in arrays])
    known = extents(letters, arrays)
    dtype = np.result_type(*(x.dtype for x in arrays))
    return Array(str(dtype), tuple(known[letter] for letter in letters.output))


for _name in ("einsum_view", "einsum"):  # the front end finds the last one
    define(
        OpDef(
            name=_name,
            infer=_infer_einsum,
            evaluate=lambda *operands, subscripts, optimize: np.einsum(subscripts, *operands, optimize=optimize),
            operands=("*operands",),
            attrs={"subscripts": None, "optimize": False},
            callables={np.einsum: "subscripts, *operands, optimize, out, dtype, order, casting"},
            fresh=_name == "einsum",
        )
    )
