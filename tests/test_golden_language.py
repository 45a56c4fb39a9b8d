"""Golden pages for the constructs of the language: the exact text of a derivative, checked by numbers as well.

A page is one of `tests/test_golden.py`, but for `at:` in the place of `check:`: the arguments, as Python that is
evaluated among the names of the input. The function is then run as a program of the language corpus: both modes, order
two, arguments unchanged. `pytest --update-golden` rewrites the blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import adjoint
from tests import support
from tests.language.numbers import cotangent, vector
from tests.language.registry import Program
from tests.language.runner import run
from tests.test_golden import BLOCK

PAGES = sorted((Path(__file__).parent / "golden" / "language").glob("*.md"))


@dataclass(frozen=True)
class Page:
    """One page, read and imported."""

    text: str
    blocks: dict[str, str]
    function: Callable[..., Any]
    args: tuple[Any, ...]
    wrt: int | tuple[int, ...]


def read_page(path: Path, directory: Path) -> Page:
    """The parts of a page. Fails on a page without `wrt:`, `at:` or an input block."""
    text = path.read_text()
    names, at = re.search(r"wrt: ([\w ]+?)\s+at: (.*)", text[: text.index("```")]).groups()  # type: ignore[union-attr]
    blocks = dict(BLOCK.findall(text))
    module = support.import_text(blocks["input"], directory, name=f"golden_language_{path.stem}")
    own = [item for item in vars(module).values() if getattr(item, "__module__", "") == module.__name__]
    parameters = own[-1].__code__.co_varnames
    wrt = tuple(parameters.index(name) for name in names.split())
    args = eval(f"({at},)", dict(vars(module)))
    return Page(text, blocks, own[-1], args, wrt[0] if len(wrt) == 1 else wrt)


def text_of(page: Page, kind: str) -> str:
    """The derivative's source once it has been called with the page's arguments."""
    if kind == "reverse":
        derivative = adjoint.grad(page.function, page.wrt)
        derivative(*page.args)
    else:
        wrt = page.wrt if isinstance(page.wrt, tuple) else (page.wrt,)
        moving = tuple(page.args[position] for position in wrt)
        derivative = adjoint.differentiate(page.function, wrt=page.wrt).jvp
        derivative(*page.args, *cotangent(moving, np.ones(vector(moving).size)))
    return str(derivative.source.strip() + "\n")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_numbers(path: Path, tmp_path: Path) -> None:
    page = read_page(path, tmp_path)
    outcome = run(Program(path.stem, "golden", page.function, page.args, {}, page.wrt, ()))
    assert outcome.verdict == "right", f"[{outcome.check}] {outcome.reason}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_text(path: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    page = read_page(path, tmp_path)
    text = page.text
    for kind, old in page.blocks.items():
        if kind != "input":
            text = text.replace(f"```python {kind}\n{old}```", f"```python {kind}\n{text_of(page, kind)}```")
    if request.config.getoption("--update-golden"):
        path.write_text(text)
    assert text == path.read_text(), f"{path.name} changed: run with --update-golden and read the diff"
