"""Programs as a user writes them, one line of text each, with operands; they are written to one module and imported.

`program("np.sum(x, axis=1)", x=numbers(3, 4))` is one. `ranks` and `pairs` put many operands through one callable in one
program, so that it is compiled once. What a program calls is read off its text: the test of coverage asks for all of it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests import support

HEAD = "import math\nimport operator\nimport random\nimport statistics\nimport numpy as np\n\n\ndef square(z):\n    return np.sum(np.real(z) ** 2 + np.imag(z) ** 2)\n\n\n"
BINARY = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Mod": "%", "Pow": "**", "MatMult": "@"}


@dataclass(frozen=True)
class Program:
    """The text of a function body, and what it is called with. Floats and arrays of them are differentiated."""

    body: str
    operands: dict[str, Any]
    smooth: bool
    """Whether differences mean something; else the two modes are only compared with each other."""
    single: bool
    """Whether it takes float32 as well."""
    second: bool
    """Whether the second derivative exists."""
    also: tuple[str, ...]

    @property
    def args(self) -> tuple[Any, ...]:
        return tuple(self.operands.values())

    def definition(self, name: str, *, loss: bool = False) -> str:
        lines = self.body.splitlines()
        if loss:
            value = ast.parse(lines[-1].removeprefix("return "), mode="eval").body
            parts = value.elts if isinstance(value, ast.Tuple) else [value]
            lines[-1] = "return " + " + ".join(f"square({ast.unparse(part)})" for part in parts)
        return "\n    ".join([f"def {name}({', '.join(self.operands)}):", *lines])

    def __str__(self) -> str:
        shapes = [f"{key}{list(np.shape(value))}" for key, value in self.operands.items()]
        return f"{'; '.join(self.body.splitlines())[:90]} {' '.join(shapes)[:60]}".replace("return ", "")


PROGRAMS: list[Program] = []


def program(
    text: str,
    *,
    smooth: bool = True,
    single: bool = True,
    second: bool = True,
    also: tuple[str, ...] = (),
    **operands: Any,
) -> None:
    """Enter one program: an expression, or statements that end in one that starts with `return`."""
    lines = [line.strip("\n") for line in text.strip().splitlines()]
    if not lines[-1].startswith("return "):
        lines[-1] = f"return {lines[-1]}"
    PROGRAMS.append(Program("\n".join(lines), operands, smooth, single, second, also))


def numbers(*shape: int, low: float = -1.0, high: float = 1.0, seed: int = 0) -> Any:
    """Distinct numbers between the bounds in no order, none of them near another or at a bound."""
    count = int(np.prod(shape))
    order = np.random.default_rng(seed + count).permutation(count)
    steps = (order + 0.37) / max(count, 1)
    return (low + (high - low) * steps).reshape(shape)


def regular(*shape: int, seed: int = 0) -> Any:
    """Square matrices far from singular ones, with distinct eigenvalues."""
    return numbers(*shape, seed=seed) + np.diag(2.0 + np.arange(shape[-1]))


SHAPES: list[Any] = [(4,), (2, 3), (2, 1, 3), (1,), (0,), (1, 1), (3, 0)]


def ranks(text: str, low: float, high: float, *, scalars: bool = True, **options: Any) -> None:
    """One program that puts operands of all ranks through one expression in `{}`."""
    operands = {f"x{i}": numbers(*shape, low=low, high=high, seed=i) for i, shape in enumerate(SHAPES)}
    if scalars:
        middle = 0.4 * low + 0.6 * high
        operands |= {"s": middle, "t": np.float64(middle), "o": np.array(middle)}
    program(", ".join(text.format(name) for name in operands), **operands, **options)


PAIRS: list[Any] = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((), (3,)),
    ((3, 1), (1, 3)),
    ((2, 1, 3), (3, 1)),
    ((1,), (2, 2)),
    ((0,), (1,)),
]


def pairs(text: str, first: tuple[float, float], other: tuple[float, float] | None = None, **options: Any) -> None:
    """One program that puts pairs of operands that broadcast through one expression in `{0}` and `{1}`."""
    operands: dict[str, Any] = {}
    calls = []
    for i, (left, right) in enumerate(PAIRS):
        for side, shape, bounds, name in ((0, left, first, "a"), (1, right, other or first, "b")):
            value = numbers(*shape, low=bounds[0], high=bounds[1], seed=7 * i + side)
            operands[f"{name}{i}"] = value if shape else float(value)
        calls.append(text.format(f"a{i}", f"b{i}"))
    program(", ".join(calls), **operands, **options)


def called(each: Program) -> set[str]:
    """The public names of what a program calls: `np.sum`, `ndarray.sum`, `+`."""
    found: set[str] = set(each.also)
    for node in ast.walk(ast.parse(f"def f():\n    {each.body.replace(chr(10), chr(10) + '    ')}")):
        if isinstance(node, ast.Call):
            found |= _called(node.func)
        elif isinstance(node, ast.BinOp):
            found.add(BINARY.get(type(node.op).__name__, "?"))
        elif isinstance(node, ast.UnaryOp):
            found.add({"USub": "neg", "UAdd": "pos"}.get(type(node.op).__name__, "?"))
        elif isinstance(node, ast.Subscript):
            found.add("[]")
    return found


def _called(function: ast.expr) -> set[str]:
    name = ast.unparse(function)
    if isinstance(function, ast.Name) or name.partition(".")[0] in ("np", "math", "random", "statistics"):
        return {name}
    if isinstance(function, ast.Attribute):
        owner = "Generator" if isinstance(function.value, ast.Name) and function.value.id == "rng" else "ndarray"
        return {f"{owner}.{function.attr}"}
    return set()


def functions(programs: list[Program], directory: Path) -> Any:
    """The module of all programs: `f0`, `f1`, ... and for each the sum of its squares, `loss0`, ..."""
    text = [each.definition(f"f{i}") for i, each in enumerate(programs)]
    text += [each.definition(f"loss{i}", loss=True) for i, each in enumerate(programs)]
    return support.import_text(HEAD + "\n\n\n".join(text) + "\n", directory)
