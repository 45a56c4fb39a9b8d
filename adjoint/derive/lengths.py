"""Lengths of lists the reverse sweep asks for are taken in the forward sweep: a number is kept, not the list.

before:  for { %xs2 = ... }                    for reversed { %d = list_of_zeros %xs2 }
after:   for { %xs2 = ...; %n = len %xs2 }     for reversed { %d = list_repeat [0.0] %n }
"""

from __future__ import annotations

from collections.abc import Callable

from adjoint.analysis.structure import Structure
from adjoint.ir.builder import Builder
from adjoint.ir.core import Op, Region, Value, walk, walk_regions
from adjoint.ir.types import COMPLEX, List, Scalar


def take_lengths(body: Region, split: int) -> None:
    """Change the operations from index `split` on, in place, where they read only the length of a list out of sight."""
    structure = Structure.of(body)
    lengths: dict[Value, Value] = {}

    def length_of(xs: Value) -> Value:
        if xs not in lengths:
            lengths[xs] = _length_behind(xs, structure.region_of_value[xs])
        return lengths[xs]

    reverse = Region([], body.ops[split:])
    for region in walk_regions(reverse):
        for op in list(region.ops):
            if _reads_length(op) and not _is_visible(op.operands[0], structure.region_of_op[op], structure):
                _rewrite(op, region if region is not reverse else body, reverse, length_of)


def _reads_length(op: Op) -> bool:
    if op.opcode not in ("len", "list_of_zeros") or not isinstance(op.operands[0].type, List):
        return False
    return op.opcode == "len" or isinstance(op.attrs["item"], Scalar)


def _is_visible(value: Value, region: Region, structure: Structure) -> bool:
    home = structure.region_of_value.get(value)
    return home is None or structure.encloses(home, region)


def _length_behind(xs: Value, home: Region) -> Value:
    """`len(xs)`, right behind the list."""
    scratch = Builder(Region(), line=xs.op.line if xs.op is not None else None, derived=True)
    length = scratch.emit("len", xs)
    at = 0 if xs.op is None else home.ops.index(xs.op) + 1
    home.ops[at:at] = scratch.region.ops
    return length


def _rewrite(op: Op, region: Region, reverse: Region, length_of: Callable[[Value], Value]) -> None:
    length = length_of(op.operands[0])
    if op.opcode == "len":
        region.ops.remove(op)
        for reader in walk(reverse):
            reader.operands = [length if operand is op.result else operand for operand in reader.operands]
        return
    scratch = Builder(Region(), line=op.line, derived=True)
    zero = scratch.emit("list", scratch.const(0j if op.attrs["item"] == COMPLEX else 0.0))
    at = region.ops.index(op)
    region.ops[at:at] = scratch.region.ops
    op.opcode, op.operands, op.attrs = "list_repeat", [zero, length], {}
