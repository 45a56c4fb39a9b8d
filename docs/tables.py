"""Writes the generated tables of the documentation: `python docs/tables.py`. The tests check that they are current.

A table stands between `<!-- table: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
ORDERS = 6
NEWER = {"math.sumprod", "math.fma"}
"""Of a later Python than the oldest that is supported: the page has a sentence on them, so that its table is one."""

VARYING = {"math.nextafter", "scipy.linalg.logm", "scipy.linalg.sqrtm"}
"""What they take differs between versions of Python and SciPy, so the table does not say what is refused of it."""

REMOVED = {"np.row_stack"}
"""Not in NumPy 2.5 any more."""


def tanh(x):
    y = math.exp(-2.0 * x)
    return (1.0 - y) / (1.0 + y)


def logistic(x, n=4):
    v = x
    for _ in range(n):
        v = 4 * v * (1 - v)
    return v


def polynomial(x):
    return x**6 - 3.0 * x**2 + x


def sine_of_square(x):
    return math.sin(x * x)


COUNTED: list[tuple[str, Callable[..., Any], int]] = [
    ("`tanh` by `exp`", tanh, ORDERS),
    ("`sin(x*x)`", sine_of_square, ORDERS),
    ("`x**6 - 3*x**2 + x`", polynomial, ORDERS),
    ("logistic map (loop)", logistic, 4),
]


def line_count(source: str, name: str) -> int:
    """The lines of the emitted functions: no imports, docstrings, comments or blank lines."""
    body = re.sub(r'"""(.|\n)*?"""', "", source)
    lines = [line.strip() for line in body.splitlines()]
    return sum(bool(line) and not line.startswith(("#", "import ", "from ")) for line in lines)


def emitted_lines(function: Callable[..., Any], orders: int) -> list[int]:
    """Lines of the function itself and of its gradients, order by order."""
    from adjoint import differentiate, grad

    derivative: Any = differentiate(function)
    counts = [line_count(derivative.source, function.__name__)]
    for _ in range(orders):
        derivative = grad(derivative)
        counts.append(line_count(derivative.source, function.__name__))
    return counts


def orders_table() -> Iterable[str]:
    """Emitted lines for each order."""
    yield "| function | primal | " + " | ".join(f"order {order}" for order in range(1, ORDERS + 1)) + " |"
    yield "|---" * (ORDERS + 2) + "|"
    for title, function, orders in COUNTED:
        counts = [str(count) for count in emitted_lines(function, orders)]
        yield f"| {title} | " + " | ".join(counts + [""] * (ORDERS + 1 - len(counts))) + " |"


def syntax_table() -> Iterable[str]:
    """Every syntax node of Python: supported, or refused with the reason and the way out."""
    from adjoint.frontend.syntax.fence import LIMITS, SUPPORTED

    yield "| node of `ast` | | remark, or why it is refused | write instead |"
    yield "|---|---|---|---|"
    for node, note in sorted(SUPPORTED.items(), key=lambda row: (not row[1], row[0])):
        if note:
            yield f"| `{node}` | supported | {note} | |"
    for node, limit in sorted(LIMITS.items()):
        name = f"`{node}`" if node.isidentifier() else node
        yield f"| {name} | refused | {limit.construct}: {limit.why} | {limit.fix} |"
    plain = [f"`{node}`" for node, note in sorted(SUPPORTED.items()) if not note]
    yield f"| {', '.join(plain)} | supported | | |"


def rules_table() -> Iterable[str]:
    """Every callable, method and operator with what is known of it, and how many there are."""
    from adjoint.catalogue import list_rules

    rows = [row for row in list_rules() if row.name not in NEWER]
    counted: dict[str, list[bool]] = {}
    for row in rows:
        counted.setdefault(_family(row.name), []).append(row.is_differentiable)
    parts = [f"{title} {len(flags)} ({sum(flags)})" for title, flags in sorted(counted.items())]
    total = sum(row.is_differentiable for row in rows)
    yield f"{len(rows)} callables, methods and operators, {total} of them with a derivative that is not just 0:"
    yield f"{', '.join(parts)}."
    yield ""
    yield "| name | derivative | remarks |"
    yield "|---|---|---|"
    for row in rows:
        remarks = re.sub(r"(; )?\bnot [^;]*$", "", row.remarks) if row.name in VARYING else row.remarks
        yield "| " + " | ".join([f"`{_cell(row.name)}`", _cell(row.how), _cell(remarks)]) + " |"


def _family(name: str) -> str:
    """What a name is counted under."""
    root = name.partition(".")[0]
    titles = {"np": "NumPy", "ndarray": "array methods", "Generator": "random draws", "random": "random draws"}
    return titles.get(root, f"`{root}`" if "." in name else "builtins and operators")


def refused_table() -> Iterable[str]:
    """The functions of NumPy that are refused, by reason."""
    from adjoint.catalogue import list_refused

    groups: dict[tuple[str, str], list[str]] = {}
    for name, why, fix in list_refused():
        if name not in REMOVED:
            groups.setdefault((why, fix), []).append(name)
    yield "| names | why | instead |"
    yield "|---|---|---|"
    for (why, fix), names in sorted(groups.items(), key=lambda group: group[1]):
        yield f"| {' '.join(f'`{name}`' for name in names)} | {_cell(why)} | {_cell(fix)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "orders": orders_table,
    "syntax": syntax_table,
    "rules": rules_table,
    "refused": refused_table,
}


def filled(text: str) -> str:
    """The page with its tables made anew."""
    return TABLE.sub(lambda found: found[1] + "\n".join(TABLES[found[2]]()) + "\n" + found[3], text)


def main() -> int:
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        new = filled(text)
        if new != text:
            page.write_text(new, encoding="utf-8")
            print(f"wrote {page.relative_to(DOCS.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
