"""Capture: from a running function to its syntax tree and the names it can see.

Our own decorators step aside (`__adjoint_primal__`); the namespace is live, closure cells before globals, so that a
changed global is seen at the next call.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CellType, FunctionType
from typing import Any, final

import gast

from adjoint.errors import NoSource, UnsupportedConstruct
from adjoint.frontend.syntax import desugar, fence
from adjoint.frontend.syntax.scoping import Scope, free_names, needed_names, parameter_names, scope_of
from adjoint.frontend.values.objects import Code
from adjoint.ir.core import Param
from adjoint.source import SourceText, read_source

_DEEP = 20_000


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for syntax trees nested as deep as a chain of many `elif`s."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _DEEP))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@final
class Namespace(Mapping[str, Any]):
    """The names a function sees, read live: closure cells, then globals, then builtins."""

    def __init__(self, function: FunctionType) -> None:
        self._cells: dict[str, CellType] = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        self._globals = function.__globals__

    def has_cell(self, name: str) -> bool:
        """Whether the name is a variable of a function around."""
        return name in self._cells

    def home_of(self, name: str) -> object:
        """What holds the name: a cell, or the module's names."""
        return self._cells.get(name, self._globals)

    @property
    def module_names(self) -> Mapping[str, Any]:
        """The names of the module."""
        return self._globals

    def __getitem__(self, name: str) -> Any:
        cell = self._cells.get(name)
        if cell is not None:
            try:
                return cell.cell_contents
            except ValueError:
                raise KeyError(name) from None
        if name in self._globals:
            return self._globals[name]
        try:
            return getattr(builtins, name)
        except AttributeError:
            raise KeyError(name) from None

    def __iter__(self) -> Iterator[str]:
        return iter({**self._globals, **self._cells})

    def __len__(self) -> int:
        return len({**self._globals, **self._cells})


@final
@dataclass(frozen=True, slots=True)
class Captured:
    """A function ready to be lowered: its fenced tree, its source, its parameters and what its names mean."""

    function: FunctionType
    name: str
    statements: list[Any]
    source: SourceText
    params: tuple[Param, ...]
    namespace: Namespace
    doc: str | None
    scope: Scope
    inner: dict[int, Code] = field(default_factory=dict)
    """The functions written inside it, by the identity of their node."""
    copies: list[Captured] = field(default_factory=list)
    """The function as it is written out where it is called (see `frames`)."""


def capture(function: Callable[..., Any], source: str | None = None, *, may_yield: bool = False) -> Captured:
    """Read, parse and fence the function. Raises NoSource, StaleSource, UnsupportedConstruct."""
    target = unwrap(function)
    text = read_source(target, source)
    tree = gast.ast_to_gast(_as_statement(text.node))
    if not isinstance(tree, gast.FunctionDef):
        limit = fence.LIMITS["AsyncFunctionDef"]
        raise UnsupportedConstruct(
            f"{limit.construct} is not supported", place=text.place(text.node), why=limit.why, fix=limit.fix
        )
    fence.check(tree, text, frozenset({"Yield"}) if may_yield else frozenset())
    params = _params(target)
    statements, doc = _split_doc(tree.body)
    name = "function" if target.__name__ == "<lambda>" else target.__name__
    namespace = Namespace(target)
    names = [param.name for param in params]
    statements = desugar.desugar(statements, set(names), namespace, text)
    return Captured(target, name, statements, text, params, namespace, doc, scope_of(names, statements))


def code_of(outer: Captured, node: Any, siblings: Mapping[str, Code]) -> Code:
    """The code of a `def` or `lambda` inside a function; the same object whenever it is asked for.

    `siblings` are the functions of outer scopes that can be called by name.
    """
    found = outer.inner.get(id(node))
    if found is not None:
        return found
    group: dict[str, Code] = dict(siblings)
    free = [name for name in free_names(node) if name not in outer.scope.functions and name not in siblings]
    needed = needed_names(node, {})
    captured, defaults = _captured_inside(outer, node)
    made = Code(captured, tuple(free), group, defaults)
    outer.inner[id(node)] = made
    for name in needed:
        if name in outer.scope.functions:
            group[name] = code_of(outer, outer.scope.functions[name], siblings)
    return made


def _captured_inside(outer: Captured, node: Any) -> tuple[Captured, tuple[str, ...]]:
    is_lambda = isinstance(node, gast.Lambda)
    body = [gast.copy_location(gast.Return(node.body), node.body)] if is_lambda else node.body
    statements, doc = _split_doc(body)
    names = parameter_names(node)
    statements = desugar.desugar(statements, set(names), outer.namespace, outer.source)
    if not is_lambda:
        node.body = statements  # what is written out is looked at again from around it
    params = _inner_params(node)
    name = "function" if is_lambda else node.name
    scope = scope_of(names, statements)
    made = Captured(outer.function, name, statements, outer.source, params, outer.namespace, doc, scope)
    return made, tuple(param.name for param in params if param.has_default)


def _inner_params(node: Any) -> tuple[Param, ...]:
    args = node.args
    plain = [*args.posonlyargs, *args.args]
    first_default = len(plain) - len(args.defaults)
    found = []
    for index, arg in enumerate(plain):
        kind = "positional only" if index < len(args.posonlyargs) else "positional or keyword"
        found.append(Param(arg.id, kind, index >= first_default))
    if args.vararg is not None:
        found.append(Param(args.vararg.id, "variadic positional"))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults):
        found.append(Param(arg.id, "keyword only", default is not None))
    if args.kwarg is not None:
        found.append(Param(args.kwarg.id, "variadic keyword"))
    return tuple(found)


def unwrap(function: Callable[..., Any]) -> FunctionType:
    """The plain Python function: ours unwrapped. Raises NoSource for anything else."""
    while hasattr(function, "__adjoint_primal__"):
        function = function.__adjoint_primal__
    if isinstance(function, FunctionType):
        return function
    name = getattr(function, "__name__", type(function).__name__)
    raise NoSource(
        f"{name} is not a plain Python function but a {type(function).__name__}",
        why="only functions written with `def` or `lambda` have source text to differentiate",
        fix="wrap it: write a `def` that calls it with the arguments you differentiate",
    )


def _as_statement(node: ast.AST) -> ast.AST:
    """A lambda as the function that returns its body."""
    if not isinstance(node, ast.Lambda):
        return node
    value = ast.copy_location(ast.Return(node.body), node.body)
    made = ast.FunctionDef("function", node.args, [value], [], None, None)
    if sys.version_info >= (3, 12):
        made.type_params = []
    return ast.copy_location(made, node)


def _params(function: FunctionType) -> tuple[Param, ...]:
    """The parameters as they are written, whatever `__signature__` says."""
    bare = FunctionType(function.__code__, {}, function.__name__, function.__defaults__, function.__closure__)
    bare.__kwdefaults__ = function.__kwdefaults__
    params = []
    for parameter in inspect.signature(bare).parameters.values():
        has_default = parameter.default is not inspect.Parameter.empty
        kind = parameter.kind.description.replace("-", " ")
        params.append(Param(parameter.name, kind, has_default, parameter.default if has_default else None))
    return tuple(params)


def _split_doc(body: list[Any]) -> tuple[list[Any], str | None]:
    first = body[0]
    if isinstance(first, gast.Expr) and isinstance(first.value, gast.Constant) and isinstance(first.value.value, str):
        return body[1:], inspect.cleandoc(first.value.value)
    return body, None
