"""The golden pages: each shows one thing, the exact text of a stage, and numbers that the text is run on.

A page: `# title`, one sentence with `wrt: names` and `check: name=value ...` (several points are separated by `|`;
a list stands for an array), a block `python input`, and blocks `python identity | reverse | forward` or `ir`.
The last function of the input is the one that is looked at. `pytest --update-golden` rewrites the blocks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import pipeline
from adjoint.ir.counts import Counts, counting
from adjoint.ir.printer import print_function
from adjoint.options import Transform
from tests import pipes, support

GOLDEN = Path(__file__).parent / "golden"
PAGES = sorted(GOLDEN.glob("*.md"))
BLOCK = re.compile(r"```(?:python )?(input|identity|reverse|forward|ir)\n(.*?)```\n?", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """One page, read."""

    text: str
    wrt: tuple[str, ...]
    points: tuple[dict[str, Any], ...]
    blocks: dict[str, str]


def read_page(path: Path) -> Page:
    """The parts of a page. Fails on a page without `wrt:`, `check:` or an input block."""
    text = path.read_text()
    head = text[: text.index("```")]
    wrt, points = re.search(r"wrt: ([\w ]+?)\s+check: (.*)", head, re.DOTALL).groups()  # type: ignore[union-attr]
    blocks = dict(BLOCK.findall(text))
    assert "input" in blocks and len(blocks) > 1, f"{path.name} has no block to check"
    return Page(text, tuple(wrt.split()), tuple(_point(point) for point in points.split("|")), blocks)


def _point(text: str) -> dict[str, Any]:
    """`x=0.7 w=[1.0,2.0]` as values by name."""
    values = {}
    for item in text.split():
        name, value = item.split("=")
        number = ast.literal_eval(value)
        values[name] = np.array(number) if isinstance(number, list) else number
    return values


def _stage(kind: str, f: Callable[..., Any], args: list[Any], wrt: tuple[int, ...]) -> Any:
    """The function of the stage, as IR."""
    if kind in ("identity", "ir"):
        return pipes.lowered(f, args)
    transform = Transform("grad" if kind == "reverse" else "jvp", wrt, single=len(wrt) == 1)
    return pipes.differentiated(pipes.lowered(f, args), transform)


def _text(kind: str, function: Any) -> str:
    with counting(Counts(lambda condition: True)):  # as for the arguments of a call
        text = print_function(function) if kind == "ir" else pipeline.emit(function).source
    return text.strip() + "\n"


def _run(kind: str, function: Any, f: Callable[..., Any], args: list[Any], wrt: tuple[int, ...]) -> None:
    """Execute the emitted function and compare with the plain call and with differences."""
    run = pipes.loaded(function)
    if kind in ("identity", "ir"):
        np.testing.assert_array_equal(support.flatten(run(*args)), support.flatten(f(*args)))
        return
    rng = np.random.default_rng(2)
    tangents = {i: support.random_like(args[i], rng) for i in wrt}
    expected = support.reference_derivative(f, args, tangents)
    if kind == "forward":
        _, given = run(*args, *tangents.values())
        np.testing.assert_allclose(support.flatten(given), expected, rtol=1e-7, atol=1e-9)
        return
    gradient = run(*args) if len(wrt) > 1 else (run(*args),)
    for i, part in zip(wrt, gradient):
        assert np.shape(part) == np.shape(args[i]), f"gradient of argument {i}"
    given = support.inner(gradient, tuple(tangents.values()))
    np.testing.assert_allclose(given, expected[0], rtol=1e-7, atol=1e-9)


def _function(page: Page, path: Path, directory: Path) -> Callable[..., Any]:
    """The last function of the page's input."""
    module = support.import_text(page.blocks["input"], directory, name=f"golden_{path.stem}")
    return [item for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__][-1]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # forward mode under a mask: right, but loud
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_through_the_interface(path: Path, tmp_path: Path) -> None:
    """Every argument, both modes, value, dot-product test, arguments unchanged."""
    page = read_page(path)
    f = _function(page, path, tmp_path)
    for point in page.points:
        support.check(f, *(point[name] for name in f.__code__.co_varnames[: f.__code__.co_argcount]))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_golden(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    page = read_page(path)
    f = _function(page, path, tmp_path)
    names = f.__code__.co_varnames[: f.__code__.co_argcount]
    wrt = tuple(names.index(name) for name in page.wrt)
    text = page.text
    for kind, old in page.blocks.items():
        if kind == "input":
            continue
        for point in page.points:
            args = [point[name] for name in names]
            function = _stage(kind, f, args, wrt)
            _run(kind, function, f, args, wrt)
        new = _text(kind, function)
        opening = "```ir\n" if kind == "ir" else f"```python {kind}\n"
        text = text.replace(f"{opening}{old}```", f"{opening}{new}```")
    if request.config.getoption("--update-golden"):
        path.write_text(text)
    assert text == path.read_text(), f"{path.name} changed: run with --update-golden and read the diff"
