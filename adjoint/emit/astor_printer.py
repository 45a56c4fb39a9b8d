"""From syntax trees to text through astor: the one module that knows it.

astor walks the statements; expressions, parameter lists and docstrings are written by our own printer, because astor's
are either wrong (`-2.0 ** 2`) or not what a person writes.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from typing import Any

from adjoint.emit.expression_text import LINE, expression_text, operator_text

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # astor names nodes that newer Pythons deprecate
    from astor.code_gen import SourceGenerator

INDENT = "    "
QUOTE = 60


class Printer(SourceGenerator):  # type: ignore[misc]  # astor has no types
    """Writes statements. `comments` gives the remark at the end of a statement's first line."""

    def __init__(self, comments: Mapping[ast.stmt, str]) -> None:
        super().__init__(INDENT)
        self.comments = comments

    def visit(self, node: Any, abort: Any = None) -> None:
        """Expressions go to our own printer."""
        if isinstance(node, ast.expr):
            self.write(expression_text(node))
        else:
            super().visit(node)

    def line(self, node: ast.stmt, before: str, value: ast.expr | None = None, after: str = "") -> None:
        """One statement or header, with its comment: behind it, or above it where the line would be too long."""
        indent = len(INDENT) * self.indentation
        text = before
        if value is not None:
            text += expression_text(value, indent, indent + len(before) + len(after)) + after
        comment = self.comments.get(node)
        if comment is not None and ("\n" in text or indent + len(text) + len(comment) + 4 > LINE):
            self.newline()
            self.write(f"# {comment}")
        elif comment is not None:
            text += f"  # {comment}"
        self.newline()
        self.write(text)

    def visit_FunctionDef(self, node: ast.FunctionDef, is_async: bool = False) -> None:
        self.newline(extra=2)
        for decorator in node.decorator_list:
            self.write(f"@{expression_text(decorator)}")
            self.newline()
        self.write(signature(node))
        self.body(node.body)
        self.newline(extra=2)

    def visit_Assign(self, node: ast.Assign) -> None:
        targets = "".join(f"{expression_text(target)} = " for target in node.targets)
        self.line(node, targets, node.value)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.line(node, f"{expression_text(node.target)} {operator_text(node.op)}= ", node.value)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.newline()
            self.write(docstring_text(node.value.value, INDENT * self.indentation))
        else:
            self.line(node, "", node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self.line(node, "return")
        else:
            self.line(node, "return ", node.value)

    def visit_Assert(self, node: ast.Assert) -> None:
        message = "" if node.msg is None else f", {expression_text(node.msg)}"
        self.line(node, "assert ", node.test, message)

    def visit_Delete(self, node: ast.Delete) -> None:
        self.line(node, "del ", node.targets[0])

    def visit_Raise(self, node: ast.Raise) -> None:
        if node.exc is None:
            self.line(node, "raise")
        else:
            cause = "" if node.cause is None else f" from {expression_text(node.cause)}"
            self.line(node, "raise ", node.exc, cause)

    def visit_If(self, node: ast.If) -> None:
        self.line(node, "if ", node.test, ":")
        self.body(node.body)
        while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            node = node.orelse[0]
            self.line(node, "elif ", node.test, ":")
            self.body(node.body)
        self.else_body(node.orelse)

    def visit_While(self, node: ast.While) -> None:
        self.line(node, "while ", node.test, ":")
        self.body_or_else(node)

    def visit_For(self, node: ast.For, is_async: bool = False) -> None:
        self.line(node, f"for {expression_text(node.target)} in ", node.iter, ":")
        self.body_or_else(node)

    def visit_With(self, node: ast.With, is_async: bool = False) -> None:
        items = [expression_text(item.context_expr) + _as(item.optional_vars) for item in node.items]
        self.line(node, f"with {', '.join(items)}:")
        self.body(node.body)

    def visit_Try(self, node: ast.Try) -> None:
        self.line(node, "try:")
        self.body(node.body)
        self.newline()
        self.write("finally:")
        self.body(node.finalbody)


def _as(target: ast.expr | None) -> str:
    return "" if target is None else f" as {expression_text(target)}"


def signature(node: ast.FunctionDef) -> str:
    """`def f(a, /, b=1, *, c):`, one parameter a line when it is too long."""
    parts = _parameters(node.args)
    line = f"def {node.name}({', '.join(parts)}):"
    if len(line) <= LINE:
        return line
    return f"def {node.name}(\n" + "".join(f"{INDENT}{part},\n" for part in parts) + "):"


def _parameters(arguments: ast.arguments) -> list[str]:
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(arguments.defaults))
    parts = [_parameter(arg, default) for arg, default in zip(positional, defaults + list(arguments.defaults))]
    if arguments.posonlyargs:
        parts.insert(len(arguments.posonlyargs), "/")
    if arguments.vararg is not None:
        parts.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        parts.append("*")
    parts += [_parameter(arg, default) for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    return parts if arguments.kwarg is None else [*parts, f"**{arguments.kwarg.arg}"]


def _parameter(arg: ast.arg, default: ast.expr | None) -> str:
    if default is None:
        return arg.arg
    text = expression_text(default)
    return f"{arg.arg}=({text})" if isinstance(default, ast.Tuple) and not text.startswith("(") else f"{arg.arg}={text}"


def docstring_text(text: str, indent: str) -> str:
    """A docstring in triple quotes, its lines indented."""
    escaped = text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    if escaped.endswith('"'):
        escaped = escaped[:-1] + '\\"'
    return f'"""{escaped}"""'


def to_text(module: ast.Module, comments: Mapping[ast.stmt, str]) -> str:
    """The module's source. Ends with a newline."""
    printer = Printer(comments)
    printer.visit(module)
    return "".join(printer.result).strip("\n") + "\n"


def quoted(text: str) -> str:
    """A line of the user's source as a comment, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTE else line[: QUOTE - 3].rstrip() + "..."
