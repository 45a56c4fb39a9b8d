"""Solvers of `scipy.optimize`: a function of the program, handed to a solver.

    %x = solver %start %p {callee=residual, kind="root", solver=fsolve, starts=(("", 1),), options=(), item=None}

is `x = fsolve(residual, start, args=(p,))`. `kind` says what holds at the solution: the function is zero ("root"), or
its gradient in the first argument is ("minimum"), or that of half its square is ("least squares"). `check` names the
function that raises where the solver has not converged; some raise themselves.
"""

from __future__ import annotations

from typing import Any

from adjoint.ir import checks
from adjoint.ir.opset import OpDef, define

Starts = tuple[tuple[str, int], ...]
"""How the first operands are passed: keyword (or nothing), and how many make one argument (a pair, if it is two)."""


def count_of(starts: Starts) -> int:
    """How many operands are for the solver; the rest are for the function."""
    return sum(count for _, count in starts)


def _evaluate(
    *operands: Any,
    callee: Any,
    kind: str,
    solver: Any,
    starts: Starts,
    options: Any,
    item: str | None,
    check: str | None,
    type: Any,
) -> Any:
    from adjoint.ir.evaluate import evaluate

    given, rest = list(operands[: count_of(starts)]), operands[count_of(starts) :]
    positional, keywords = [], dict(options)
    for name, count in starts:
        value = given.pop(0) if count == 1 else [given.pop(0) for _ in range(count)]
        if name:
            keywords[name] = value
        else:
            positional.append(value)
    if check == "solved_system":
        keywords["full_output"] = True
    found = solver(lambda x, *more: evaluate(callee, [x, *more]), *positional, args=rest, **keywords)
    found = found if check is None else checks.CHECKS[check](found)
    return found if item is None else getattr(found, item)


define(
    OpDef(
        name="solver",
        infer=lambda operands, attrs: attrs["type"],
        evaluate=_evaluate,
        operands=("*operands",),
        attrs={
            "callee": None,
            "kind": "root",
            "solver": None,
            "starts": (),
            "options": (),
            "item": None,
            "check": None,
            "type": None,
        },
    )
)
