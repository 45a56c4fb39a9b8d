"""The rooms of the compiler know only the rooms below them; modules and functions stay short."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import adjoint

PACKAGE = Path(adjoint.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "libraries": set(),
    "source": {"errors"},
    "options": {"errors"},
    "ir": {"errors", "source"},
    "analysis": {"ir", "errors"},
    "rules": {"ir", "errors"},
    "frontend": {"ir", "errors", "source", "runtime.containers", "runtime.known", "runtime.outside", "libraries"},
    "emit": {"ir", "errors", "source", "libraries"},
    "derive": {"ir", "rules", "analysis", "errors", "options"},
    "passes": {"ir", "analysis", "errors"},
    "runtime": {"errors", "options", "ir.types", "ir.signature", "libraries"},
}
"""What each room may import besides itself. Rooms that are not named here are above all of them."""

MODULE_LIMIT, FUNCTION_LIMIT = 500, 60


def _room(module: str) -> str:
    return module.split(".")[0]


def _module_name(path: Path) -> str:
    relative = path.relative_to(PACKAGE).with_suffix("")
    return ".".join(part for part in relative.parts if part != "__init__")


def _imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name below `adjoint` of every import in the file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "adjoint":
                    yield node.lineno, alias.name.removeprefix("adjoint").lstrip(".")
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            if node.module == "adjoint":
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif node.module and node.module.startswith("adjoint."):
                below = node.module.removeprefix("adjoint.")
                yield from ((node.lineno, f"{below}.{alias.name}") for alias in node.names)


def _is_allowed(imported: str, allowed: set[str]) -> bool:
    return any(imported == name or imported.startswith(name + ".") for name in allowed)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    room = _room(_module_name(path))
    if room not in ALLOWED:
        return
    wrong = [
        f"{path.name}:{line}: {room} must not import {imported}"
        for line, imported in _imports(path)
        if not _is_allowed(imported, ALLOWED[room] | {room})
    ]
    assert not wrong, "\n".join(wrong)


def test_rooms_exist() -> None:
    """A room renamed or removed must be renamed here too, or the test above would pass for nothing."""
    rooms = {_room(_module_name(path)) for path in MODULES}
    assert set(ALLOWED) <= rooms


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_sizes(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MODULE_LIMIT, f"{path.name} is longer than {MODULE_LIMIT} lines: split by subject"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LIMIT, f"{path.name}:{node.lineno}: {node.name} has {length} lines"
