"""A matrix that is inverted anyway is not factored again for a system of equations.

    before:  %x = solve %a %b; ... %c = inv %a
    after:   %c = inv %a; %x = matmul %c %b; ...

Only where derived operations alone read the solution: the values that a function gives stay as they are.
"""

from __future__ import annotations

from adjoint.analysis.matrices import transpose_of
from adjoint.ir.builder import Builder
from adjoint.ir.core import Function, Op, Region, Value, users, walk, walk_regions
from adjoint.ir.types import rank_of, same_kind


def solve_by_inverses(function: Function) -> None:
    """Multiply by the inverses that derived operations make, in place."""
    replaced: dict[Value, Value] = {}
    for region in walk_regions(function.body):
        inverses = [op for op in region.ops if op.opcode == "inv" and op.derived and rank_of(op.result.type) == 2]
        solved = _derived_only(function, region) if inverses else []
        for inverse in inverses:
            _solve_by(inverse, region, [op for op in solved if op.result not in replaced], replaced)
    for op in walk(function.body) if replaced else ():
        op.operands = [replaced.get(operand, operand) for operand in op.operands]


def _derived_only(function: Function, region: Region) -> list[Op]:
    """The systems of equations whose solutions are read by derived operations alone."""
    uses = users(function.body)
    solved = (op for op in region.ops if op.opcode == "solve" and rank_of(op.operands[0].type) == 2)
    return [op for op in solved if all(user.derived for user, _ in uses.get(op.result, ()))]


def _solve_by(inverse: Op, region: Region, solved: list[Op], replaced: dict[Value, Value]) -> None:
    for op in solved:
        builder = Builder(Region(), line=op.line, derived=True)
        made = _product(inverse, op, builder)
        if made is None or not same_kind(made.type, op.result.type):
            continue
        made.name, made.type = op.result.name, op.result.type
        replaced[op.result] = made
        if region.ops.index(inverse) > region.ops.index(op):
            region.ops.remove(inverse)
            builder.region.ops.insert(0, inverse)
        where = region.ops.index(op)
        region.ops[where : where + 1] = builder.region.ops


def _product(inverse: Op, solved: Op, builder: Builder) -> Value | None:
    """The solution, if it is of the matrix that is inverted, or of its transpose."""
    (a,), (matrix, b) = inverse.operands, solved.operands
    if matrix is a:
        return builder.emit("matmul", inverse.result, b)
    if transpose_of(matrix) is a:
        return builder.emit("matmul", builder.emit("transpose", inverse.result, axes=None), b)
    return None
