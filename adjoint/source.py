"""The source text of a running function: found, parsed once per file, and checked to be what is running.

The whole file is parsed and the function found in it by name and first line, so that every position is the user's own.
"""

from __future__ import annotations

import ast
import functools
import inspect
import linecache
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import final

from adjoint.errors import NoSource, Place, StaleSource

_Named = ast.FunctionDef | ast.AsyncFunctionDef
Definition = _Named | ast.Lambda
_Codes = dict[tuple[str, int], list[CodeType]]
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef)


@final
@dataclass(frozen=True, slots=True)
class SourceText:
    """Where a function is written: the text of the whole file and the definition's node in it."""

    filename: str
    text: str
    node: Definition
    lines: tuple[str, ...]

    @property
    def first_line(self) -> int:
        return self.node.lineno

    def line(self, number: int) -> str:
        """One line of the file, without its end."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def place(self, node: ast.AST) -> Place:
        """The place of a syntax node (of `ast` or `gast`), columns counted in characters."""
        line = getattr(node, "lineno", self.first_line)
        end_line = getattr(node, "end_lineno", None) or line
        column = self._column(line, getattr(node, "col_offset", 0))
        end_column = self._column(end_line, getattr(node, "end_col_offset", None) or 0)
        return Place(self.filename, line, column, self.line(line), end_line, end_column)

    def segment(self, first: ast.AST, last: ast.AST | None = None) -> str:
        """The text from the start of one node to the end of another, on one line."""
        end = last if last is not None else first
        line, end_line = first.lineno, end.end_lineno or end.lineno  # type: ignore[attr-defined]  # statements have positions
        start = self._column(line, first.col_offset)  # type: ignore[attr-defined]  # as above
        stop = self._column(end_line, end.end_col_offset or 0)  # type: ignore[attr-defined]  # as above
        if line == end_line:
            return self.line(line)[start:stop]
        pieces = [self.line(line)[start:], *map(self.line, range(line + 1, end_line)), self.line(end_line)[:stop]]
        return " ".join(piece.strip().removesuffix("\\").rstrip() for piece in pieces)

    def _column(self, line: int, offset: int) -> int:
        text = self.line(line)
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))


def read_source(function: FunctionType, source: str | None = None) -> SourceText:
    """The source of the function: `source` if given, else the file it came from. Raises NoSource, StaleSource."""
    filename = function.__code__.co_filename
    if source is not None:
        return _from_given_text(function, textwrap.dedent(source), filename)
    linecache.checkcache(filename)
    lines = linecache.getlines(filename, function.__globals__)
    if not lines:
        raise _no_text(function, filename)
    text = "".join(lines)
    file = _parse(text, filename)
    try:
        return file.text_of(_find_running(function, file))
    except StaleSource:
        if filename == "<string>":  # newer Pythons keep the text of `-c` under the name that `exec` uses as well
            raise _no_text(function, filename) from None
        raise


def _no_text(function: FunctionType, filename: str) -> NoSource:
    return NoSource(
        f"the source of {function.__name__}() cannot be found",
        why=f"it was made by `exec`, `python -c` or an interactive prompt: {filename} has no text",
        fix="define it in a file or a notebook, or pass its text as `source=`",
    )


def _from_given_text(function: FunctionType, text: str, filename: str) -> SourceText:
    file = _parse(text, filename)
    named = [node for (name, _), node in file.definitions.items() if name == function.__name__] or file.lambdas
    if len(named) != 1:
        raise NoSource(
            f"`source` does not define {function.__name__}() exactly once",
            why=f"it holds {len(named)} definitions of that name",
            fix="pass the text of that one function",
        )
    return file.text_of(named[0])


@final
class _File:
    """One parsed file: its definitions by name and first line, and (when asked) their compiled code."""

    def __init__(self, text: str, filename: str) -> None:
        self.text = text
        self.filename = filename
        self.lines = tuple(text.splitlines())
        self.tree = ast.parse(text, filename)
        self.definitions: dict[tuple[str, int], _Named] = {}
        self._around: dict[_Named, ast.stmt] = {}
        """The statement of the module that each definition is, or is in."""
        self._codes: dict[ast.stmt, _Codes] = {}
        for statement in self.tree.body:
            for node in (statement, *_inner_statements(statement)):
                if isinstance(node, _NAMED):
                    self.definitions[node.name, _first_line(node)] = node
                    self._around[node] = statement

    @functools.cached_property
    def lambdas(self) -> list[Definition]:
        """Every lambda of the file."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.Lambda)]

    def text_of(self, node: Definition) -> SourceText:
        """Where the definition is written."""
        return SourceText(self.filename, self.text, node, self.lines)

    def compiled(self, node: _Named) -> Iterator[CodeType]:
        """What the definition compiles to: with the imports of the file, which is quick, then in the whole file."""
        statement = self._around[node]
        if statement not in self._codes:
            own = _inner_statements(self.tree, (*_NAMED, ast.ClassDef))
            imports = [each for each in own if isinstance(each, ast.Import | ast.ImportFrom)]
            self._codes[statement] = _codes_of(ast.Module([*imports, statement], []), self.filename) or {}
        where = node.name, _first_line(node)
        yield from self._codes[statement].get(where, ())
        yield from (self.codes or {}).get(where, ())

    @functools.cached_property
    def codes(self) -> _Codes | None:
        """The compiled code of the file, or None if its text does not compile by itself."""
        return _codes_of(self.tree, self.filename)


def _codes_of(module: ast.Module, filename: str) -> _Codes | None:
    """The code objects by name and first line."""
    try:
        compiled = compile(module, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    table: _Codes = {}
    for code in _inner_codes(compiled):
        table.setdefault((code.co_name, code.co_firstlineno), []).append(code)
    return table


def _inner_statements(node: ast.AST, closed: tuple[type[ast.AST], ...] = ()) -> Iterator[ast.stmt]:
    """The statements in the blocks of a node, and in theirs; not those inside of `closed` kinds of statements."""
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, name, None)
        for inner in block if isinstance(block, list) else ():
            if isinstance(inner, ast.stmt):
                yield inner
            if not isinstance(inner, closed):
                yield from _inner_statements(inner, closed)


def _first_line(node: _Named) -> int:
    """The line where its code starts: that of the first decorator, if there is one."""
    return node.decorator_list[0].lineno if node.decorator_list else node.lineno


@functools.lru_cache(maxsize=64)
def _parse(text: str, filename: str) -> _File:
    try:
        return _File(text, filename)
    except SyntaxError as error:
        raise NoSource(
            f"the source text of {filename} does not parse: {error.msg}",
            why="the file changed after it was imported, or it is not plain Python",
            fix="reload the module, or pass the text of the function as `source=`",
        ) from None


def _inner_codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _inner_codes(constant)


def _find_running(function: FunctionType, file: _File) -> Definition:
    """The definition whose code is the running one."""
    code = function.__code__
    if code.co_name == "<lambda>":
        return _find_lambda(function, file)
    node = file.definitions.get((code.co_name, code.co_firstlineno))
    if node is not None and _is_running(code, file, node):
        return node
    for (name, _), moved in file.definitions.items():
        if name == code.co_name and file.codes is not None and _is_running(code, file, moved):
            return moved
    raise _stale(function, file)


def _is_running(code: CodeType, file: _File, node: _Named) -> bool:
    if _is_rewritten(code) or any(_same_code(code, found) for found in file.compiled(node)):
        return True
    return file.codes is None


def _is_rewritten(code: CodeType) -> bool:
    """Whether pytest rewrote the assertions of the running code, so that it cannot equal its text."""
    return any(name.startswith("@py") for name in (*code.co_varnames, *code.co_names))


def _same_code(a: CodeType, b: CodeType) -> bool:
    if (a.co_code, a.co_names, a.co_varnames, a.co_freevars) != (b.co_code, b.co_names, b.co_varnames, b.co_freevars):
        return False
    if len(a.co_consts) != len(b.co_consts):
        return False
    for x, y in zip(a.co_consts, b.co_consts):
        if isinstance(x, CodeType) and isinstance(y, CodeType):
            if not _same_code(x, y):
                return False
        elif type(x) is not type(y) or (x != y and repr(x) != repr(y)):
            return False
    return True


def _find_lambda(function: FunctionType, file: _File) -> Definition:
    """The lambda that holds the positions of the running code: exact even with two on one line."""
    code = function.__code__
    found = [node for node in file.lambdas if isinstance(node, ast.Lambda) and _holds(node, code)]
    if not found:
        raise _stale(function, file)
    return min(found, key=lambda node: (node.end_lineno or 0, node.end_col_offset or 0))


def _holds(node: ast.Lambda, code: CodeType) -> bool:
    body = node.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno or 0, body.end_col_offset or 0)
    inside = False
    for line, end_line, column, end_column in code.co_positions():
        if line is None or end_line is None or column is None or end_column is None or end_column == column == 0:
            continue
        if not (start <= (line, column) and (end_line, end_column) <= end):
            return False
        inside = True
    return inside and inspect.getargs(code).args == [
        a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
    ]


def _stale(function: FunctionType, file: _File) -> StaleSource:
    line = function.__code__.co_firstlineno
    text = file.lines[line - 1] if line <= len(file.lines) else ""
    return StaleSource(
        f"{file.filename} no longer says what the running {function.__name__}() does",
        place=Place(file.filename, line, 0, text),
        why="the file was edited after it was imported, so its text would give the derivative of another function",
        fix="reload the module (or restart the kernel), or pass the text that runs as `source=`",
    )
