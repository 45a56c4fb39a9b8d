"""The cotangents of `np.einsum`: one einsum for each operand.

    y = np.einsum("ij,jk->ik", a, b)      a_bar = np.einsum("ik,jk->ij", y_bar, b)
    y = np.einsum("ii->", a)              a_bar = y_bar * np.eye(n)

An axis that only one operand has was summed: its cotangent broadcasts along it. An operand with a letter twice was read
on a diagonal: its cotangent lies there, between zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import mul
from typing import Any, final

from adjoint.ir.core import const_of, is_const
from adjoint.ir.ops.einsum import LETTERS, Letters, extents, read_letters, spelled, write_letters
from adjoint.ir.ops.reductions import array_operand
from adjoint.ir.types import Dim, may_be_one, same_dim
from adjoint.rules.expr import Expr, extent
from adjoint.rules.registry import pullback, pushforward

_OPCODES = ("einsum", "einsum_view")


@pullback(*_OPCODES)
def einsum(y_bar: Expr, *operands: Expr, subscripts: Any, optimize: Any) -> Any:
    """Linear in each operand: an einsum of the cotangent and the other operands."""
    letters = read_letters(subscripts, [array_operand(x.value).rank for x in operands])
    call = _Call(operands, letters, bool(optimize))
    return tuple(lambda n=n: _share(y_bar, call, n) for n in range(len(operands)))


@pushforward(*_OPCODES)
def einsum_dot(tangents: Any, *operands: Expr, subscripts: Any, optimize: Any) -> Any:
    """Linear in each operand."""
    total = None
    for number, tangent in enumerate(tangents):
        if tangent is not None:
            given = [*operands[:number], tangent, *operands[number + 1 :]]
            term = _emit(subscripts, given, optimize)
            total = term if total is None else total + term
    return total


@final
class _Call:
    """What is called: operands, their letters, the extents of those."""

    def __init__(self, operands: Sequence[Expr], letters: Letters, optimize: bool) -> None:
        self.operands = operands
        self.letters = letters
        self.optimize = optimize
        self.arrays = [array_operand(x.value) for x in operands]
        self.extents = extents(letters, self.arrays)

    def others(self, number: int) -> list[int]:
        return [i for i in range(len(self.operands)) if i != number]

    def covers(self, letter: str, dim: Dim, number: int) -> bool:
        """Whether the other factors of a cotangent have the extent of the operand there, or 1 in every run."""
        if letter in self.letters.output:  # as the cotangent of the result has
            return True
        terms = self.letters.inputs
        held = [i for i in self.others(number) if letter in terms[i]]
        dims = [self.arrays[i].shape[terms[i].index(letter)] for i in held]
        return all(other == 1 for other in dims) or any(same_dim(o, dim) or not may_be_one(o) for o in dims)


def _share(y_bar: Expr, call: _Call, number: int) -> Expr:
    """The cotangent of one operand. It may be smaller, where it broadcasts."""
    x, own, letters = call.operands[number], call.letters.inputs[number], call.letters
    dims = dict(zip(own, call.arrays[number].shape))
    terms = [letters.output, *(letters.inputs[i] for i in call.others(number))]
    factors = [y_bar, *(call.operands[i] for i in call.others(number))]
    kept = "".join(a for a, dim in dims.items() if dim != 1 and any(a in term for term in terms))
    share = _product(terms, factors, kept, letters.dots, call.optimize)
    if len(dims) < len(own):
        share = _on_diagonal(x, own, share, kept)
    elif kept and kept != own:
        share = share[_places(own, kept)]
    if any(dim != 1 and may_be_one(dim) and not same_dim(dim, call.extents[a]) for a, dim in dims.items()):
        return share.emit("unbroadcast", share * x.emit("ones_like", x), x)
    if not all(call.covers(letter, dims[letter], number) for letter in kept):
        return share * x.emit("ones_like", x)
    return share


def _places(own: str, kept: str) -> tuple[Any, ...]:
    """The index that adds the axes of an operand that its cotangent lacks."""
    items = [slice(None) if letter in kept else None for letter in own]
    last = max(i for i, item in enumerate(items) if item is None)
    return tuple(items[: last + 1])


def _product(terms: list[str], factors: list[Expr], output: str, dots: str, optimize: bool) -> Expr:
    """An einsum in its shortest form: factors without axes in front, products and transposes as such."""
    scale = [factor for term, factor in zip(terms, factors) if not term and not _is_one(factor)]
    rest = [(term, factor) for term, factor in zip(terms, factors) if term]
    if rest:
        scale.append(_contraction([term for term, _ in rest], [factor for _, factor in rest], output, dots, optimize))
    return reduce(mul, scale) if scale else factors[0]


def _is_one(x: Expr) -> bool:
    return is_const(x.value) and const_of(x.value) == 1


def _contraction(terms: list[str], factors: list[Expr], output: str, dots: str, optimize: bool) -> Expr:
    if all(term == output for term in terms) and len(set(output)) == len(output):
        return reduce(mul, factors)
    if len(factors) == 1 and len(output) == 2 and terms[0] == output[::-1]:
        return factors[0].T
    return _emit(write_letters(terms, output, dots), factors, optimize)


def _on_diagonal(x: Expr, own: str, share: Expr, kept: str) -> Expr:
    """A share with the letters `kept`, with an axis for each of `own`: zero where axes of one letter differ."""
    if len(own) == 2 and kept:
        return share.emit("diag", share)
    terms, factors = [kept], [share]
    output = ""
    free = (letter for letter in LETTERS if letter not in own)
    for axis, letter in enumerate(own):
        if letter in output:
            fresh = next(free)
            terms.append(letter + fresh)
            factors.append(x.emit("eye", extent(x, axis)))
            letter = fresh
        output += letter
    present = "".join(letter for letter in output if any(letter in term for term in terms))
    share = _product(terms, factors, present, "", False)
    return share if present == output else share[_places(output, present)]


def as_einsum(subscripts: str, *operands: Expr) -> Expr:
    """An einsum that a rule writes."""
    return _emit(subscripts, operands, False)


def _emit(subscripts: str, operands: Sequence[Expr], optimize: bool) -> Expr:
    opcode = spelled(subscripts, [array_operand(x.value).rank for x in operands])
    return operands[0].emit(opcode, *operands, subscripts=subscripts, optimize=optimize)
