"""A derivative shows its source in a notebook."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest

from adjoint import differentiate, grad


def cube(x):
    return x * x * x


def refused(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0.0


def test_bundle_is_the_source_as_text_and_markdown() -> None:
    derivative = grad(cube)
    bundle = derivative._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/markdown"}
    assert bundle["text/plain"] == derivative.source
    assert bundle["text/markdown"].startswith("```python\n") and bundle["text/markdown"].rstrip().endswith("```")
    assert "x_bar" in derivative.source or "return" in derivative.source


def test_bundle_of_the_gradient_attribute() -> None:
    assert "def cube_grad(x" in differentiate(cube).grad._repr_mimebundle_()["text/markdown"]


def test_bundle_of_a_refused_function_is_its_error() -> None:
    bundle = grad(refused)._repr_mimebundle_()
    assert "ADJ101" in bundle["text/plain"] and "why:" in bundle["text/markdown"]


def test_ipython_takes_the_bundle() -> None:
    formatters = pytest.importorskip("IPython.core.formatters")
    formatted, _ = formatters.DisplayFormatter().format(grad(cube))
    assert formatted["text/markdown"].startswith("```python\n")


CELLS = ["from adjoint import grad\ndef cube(x):\n    return x * x * x", "grad(cube)", "grad(cube)(2.0)"]


def test_in_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source from a cell, the markdown of a derivative, its value."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parent.parent))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nbformat = pytest.importorskip("nbformat")
        nbclient = pytest.importorskip("nbclient")
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
        nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute(cwd=str(tmp_path))
    shown, value = [_result(cell) for cell in notebook.cells[1:]]
    assert shown["text/markdown"].startswith("```python\n") and "def cube_grad(x" in shown["text/plain"]
    assert value["text/plain"] == "12.0"


def _result(cell: Any) -> Any:
    return cell.outputs[0]["data"]
