"""The documentation tells the truth: its examples are run, its tables are current, its links lead somewhere.

A fenced block `python` is executed; all blocks of a page share one namespace. A block `text output` or `python output`
holds what the block before it printed. A block `console` starts with `$ adjoint ...`; the lines below are its output.
A block `python no-run` is only read. `--update-golden` writes outputs and tables anew.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from adjoint import cli, errors

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: ([\w-]+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def page_name(path: Path) -> str:
    return str(path.relative_to(ROOT))


class Page:
    """Runs one page. Each block is a file of its own, `example.py` in a directory of its own; all share one module."""

    def __init__(self, text: str, directory: Path) -> None:
        self.text = text
        self.directory = directory
        self.module = ModuleType("example")
        self.count = 0

    def rewritten(self) -> str:
        """The text with the outputs that its blocks really have."""
        parts, position, printed = [], 0, ""
        for block in BLOCK.finditer(self.text):
            body = block[3]
            if block[2] == "output":
                body = printed
            elif block[1] == "console":
                body = self.console(body)
            elif block[1] == "python" and block[2] is None:
                printed = self.run(body)
            parts += [self.text[position : block.start(3)], body]
            position = block.end(3)
        return "".join([*parts, self.text[position:]])

    def run(self, text: str) -> str:
        self.count += 1
        file = self.directory / f"block_{self.count}" / "example.py"
        file.parent.mkdir()
        file.write_text(text)
        code = compile(text, str(file), "exec")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(code, vars(self.module))
        return self.tidy(printed.getvalue())

    def console(self, body: str) -> str:
        """Run the command of a console block in the root of the repository."""
        command = body.split("\n", 1)[0]
        program, *arguments = shlex.split(command.removeprefix("$ "))
        assert program == "adjoint", command
        printed = io.StringIO()
        with contextlib.chdir(ROOT), contextlib.redirect_stdout(printed):
            assert cli.main(arguments) == 0, command
        return f"{command}\n{self.tidy(printed.getvalue())}"

    def tidy(self, text: str) -> str:
        """Without the names of the test's directories, ending in a line end."""
        text = re.sub(rf"{re.escape(str(self.directory))}/(block_\d+/)?", "", text)
        return text.rstrip("\n") + "\n" if text else ""


def load_tables() -> Any:
    """docs/tables.py, which is in no package."""
    spec = importlib.util.spec_from_file_location("docs_tables", ROOT / "docs" / "tables.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_tables"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", PAGES, ids=page_name)
def test_examples_and_tables(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    text = path.read_text()
    page = Page(text, tmp_path)
    monkeypatch.setitem(sys.modules, "example", page.module)
    new = load_tables().filled(page.rewritten())
    if request.config.getoption("--update-golden"):
        path.write_text(new)
        return
    assert new == text, "run `pytest tests/test_docs.py --update-golden` and read the diff"


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CHANGELOG.md"], ids=page_name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), target


def test_every_page_is_linked_from_the_index() -> None:
    linked = {(ROOT / "docs" / target).resolve() for target in LINK.findall((ROOT / "docs" / "index.md").read_text())}
    missing = [page_name(path) for path in PAGES[1:] if path.resolve() not in linked and path.name != "index.md"]
    assert not missing


def test_every_error_code_has_a_section() -> None:
    found = re.findall(r"^## (ADJ\d+)", (ROOT / "docs" / "errors.md").read_text(), re.MULTILINE)
    codes = {
        item.code
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, errors.AdjointError) and item is not errors.AdjointError
    }
    assert sorted(found) == sorted(codes)


def test_set_up_is_two_commands_and_ci_runs_the_second() -> None:
    text = (ROOT / "README.md").read_text()
    commands = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(commands) == 2 and all(command.count("\n") == 1 for command in commands)
    assert text.index("<!-- tests -->") < text.index(commands[1])
    assert "<!-- tests -->" in (ROOT / ".ci" / "run").read_text()
