"""Random programs of time loops around loops over elements: recurrences, sweeps, triangles, rows, exchanges, exits.

What an element was when it was read is overwritten in the same sweep, in a later one, or never.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

LOOPS = "tijk"
_DEEPEST = 3
FORMS = [
    "0.5 * {} + 0.3 * {} * {}",
    "{} * {} + 0.0 * {}",
    "np.sin({}) + 0.2 * {} * {}",
    "{} / (2.0 + {} ** 2) + 0.1 * {}",
    "0.9 * {} - 0.1 * {} ** 2 * {}",
    "0.1 * s + {} * {} - 0.2 * {}",
]
ROWS = [
    "A[{v}] = 0.9 * A[{v}] + 0.1 * u * A[{other}]",
    "A[{v}, 1:] -= 0.2 * A[{v}, 0] * A[{other}, 1:]",
    "A[:, {v}] *= u",
    "A[{v}, :{v}] = A[{v}, :{v}] * u[:{v}]",
    "A[[0, {v}]] = A[[{v}, 0]]",
    "u[1:] *= 1.0 - 0.1 * u[:-1]",
    "u[:] = 0.5 * u + 0.2 * A[{v}]",
    "u[{v}], u[0] = u[0], u[{v}]",
    "w = u * u",
    "w = A[{v}].copy()",
    "w = 0.9 * w + 0.1 * u",
]


def program(seed: int) -> str:
    """The text of a module with a function `f(x, y)` of two vectors."""
    draw = random.Random(seed)
    lines = ["u, w, n, s = x.copy(), 0.7 * y, len(x) - 1, 0.0", "A = 0.5 * np.outer(x, y) + np.eye(len(x))"]
    lines += [f"for t in range({draw.randint(0, 3)}):", *_block(draw, [], 1)]
    if draw.random() < 0.3:
        lines += _block(draw, [], 0)
    lines.append("return s + np.sum(u**2) + np.sum(A**3) + np.sum(w * u)")
    return "import numpy as np\n\n\ndef f(x, y):\n" + "".join(f"    {line}\n" for line in lines)


def _block(draw: random.Random, indices: Sequence[str], depth: int) -> list[str]:
    """Some statements, indented as deep."""
    lines: list[str] = []
    for _ in range(draw.randint(1, 3)):
        kind = draw.random()
        if kind < 0.42 and 0 < depth < _DEEPEST:
            name = LOOPS[depth]
            lines += [f"for {name} in {_range(draw, indices)}:", *_block(draw, [*indices, name], depth + 1)]
            if draw.random() < 0.12:
                lines += ["    if s > 5.0:", "        break"]
        elif kind < 0.5 and 0 < depth < _DEEPEST:
            test = f"if {_place(draw, indices)} > {draw.choice(['0.3', '0.6'])}:"
            lines += [test, *_block(draw, indices, _DEEPEST)]
        elif kind < 0.64:
            lines.append(draw.choice(ROWS).format(v=draw.choice(indices or ["1"]), other=_index(draw, indices)))
        elif kind < 0.7:
            test = f"if {_place(draw, indices)} > {draw.choice(['0.3', '0.6'])}:"
            target = _place(draw, indices).replace("w[", "u[")
            lines += [f"q = {_expression(draw, indices)}", test, f"    {target} = q", "s = 0.9 * s + 0.2 * q * q"]
        elif kind < 0.79:
            lines.append(f"s = 0.9 * s + {_expression(draw, indices)}")
        else:
            target = _place(draw, indices).replace("w[", "u[")
            lines.append(f"{target} {draw.choice(['=', '=', '=', '+=', '*='])} {_expression(draw, indices)}")
    return [f"    {line}" for line in lines] if depth else lines


def _range(draw: random.Random, indices: Sequence[str]) -> str:
    first = draw.choice(["0", "1", "2", *indices, *(f"{each} + 1" for each in indices)])
    stop = draw.choice(["n", "n", "n - 1", "n - 2", "3", *indices, *(f"{each} + 1" for each in indices)])
    forms = [f"range({first}, {stop})"] * 5 + [f"range({stop})", f"range({first}, n, 2)"]
    forms += [f"range(n - 1, {draw.choice(['-1', '0', '1', *indices])}, -1)", "range(n - 2, -1, -1)"]
    return draw.choice(forms)


def _index(draw: random.Random, indices: Sequence[str]) -> str:
    found = draw.choice([*indices, *indices, "0", "1", "n - 1", "-1"])
    return found + draw.choice(["", "", "", " - 1", " + 1", " - 2"]) if found in indices else found


def _place(draw: random.Random, indices: Sequence[str]) -> str:
    one, other = _index(draw, indices), _index(draw, indices)
    return draw.choice([f"u[{one}]"] * 5 + [f"A[{one}, {other}]"] * 4 + [f"w[{one}]"])


def _expression(draw: random.Random, indices: Sequence[str]) -> str:
    return draw.choice(FORMS).format(*(_place(draw, indices) for _ in range(3)))
