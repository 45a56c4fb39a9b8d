"""The emitted module: every function that is needed, callees first, under the imports they use.

emit_module(function) -> Emitted(source, entry_name, bindings)
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

import numpy

import adjoint.ir.ops  # noqa: F401  # fills the table of operations
from adjoint.emit import native, native_parallel
from adjoint.emit.array_tapes import use_arrays
from adjoint.emit.astor_printer import INDENT, to_text
from adjoint.emit.comments import find_comments
from adjoint.emit.comprehensions import restore_comprehensions
from adjoint.emit.constants import literal
from adjoint.emit.control_flow import ControlFlow
from adjoint.emit.duplicates import merge_functions
from adjoint.emit.expressions import Expressions
from adjoint.emit.folding import Folding
from adjoint.emit.imports import Imports, Namespace
from adjoint.emit.intervals import find_intervals
from adjoint.emit.joined_tapes import join_tapes
from adjoint.emit.lists import tidy
from adjoint.emit.names import name_variables
from adjoint.emit.native_frames import number_frames
from adjoint.emit.native_indices import use_arrays_of_indices
from adjoint.emit.results import take_apart_at_once
from adjoint.emit.schedule import schedule
from adjoint.emit.spelling import SHAPED_LIKE, UNBROADCAST
from adjoint.emit.tape_blocks import use_blocks
from adjoint.emit.variables import assign_variables
from adjoint.errors import InternalError
from adjoint.ir import checks, counts, series
from adjoint.ir.core import Function, Param, clone_function, walk
from adjoint.ir.types import INT
from adjoint.ir.undefined import mark_missing_lists

HELPERS: Mapping[str, str] = {
    UNBROADCAST: '''
def unbroadcast(g, x):
    """Sum `g` over the axes along which `x` was broadcast."""
    if np.shape(g) == np.shape(x):
        return g
    g = np.sum(g, axis=tuple(range(np.ndim(g) - np.ndim(x))))
    axes = tuple(i for i, n in enumerate(np.shape(x)) if n == 1 != np.shape(g)[i])
    return g.sum(axis=axes, keepdims=True) if axes else g
''',
    SHAPED_LIKE: '''
def shaped_like(x_bar, x):
    """`x_bar`, which a rule gives for `x`. Raises ValueError where it has another shape."""
    if np.shape(x_bar) != np.shape(x):
        raise ValueError(f"a rule gives shape {np.shape(x_bar)} where {np.shape(x)} is needed")
    return x_bar
''',
    **dict.fromkeys([*series.NUMERIC, *checks.CHECKS], ""),  # their text is that of the function
}


@final
@dataclass(frozen=True, slots=True)
class Emitted:
    """Python source, the name of the function to take from it, and the objects its globals must be given."""

    source: str
    entry_name: str
    bindings: dict[str, object]


def emit_module(entry: Function, *, target: str = "python", is_cached: bool = False) -> Emitted:
    """The source of a function and of all it calls. `is_cached`: what Numba compiles is kept beside the module's file.

    Raises InternalError if the text is not what was meant."""
    if target not in ("python", "numba"):
        raise ValueError(f"unknown target {target!r}")
    functions = _reachable(entry)
    if target == "numba":
        number_frames(functions, entry)
        for function in functions:
            native.check(function)
    names = _function_names(functions, entry)
    parameters = {param.name for function in functions for param in function.params}
    imports = Imports(parameters | set(names.values()) | set(HELPERS), is_native=target == "numba", is_cached=is_cached)
    comments: dict[ast.stmt, str] = {}
    used: set[str] = set()
    definitions: list[ast.FunctionDef] = []
    for function in functions:
        definition, namespace = _emit_function(function, names, imports, comments, function is entry)
        definitions.append(definition)
        used |= namespace.used
    definitions = merge_functions(definitions, {names[each]: _base(each) for each in functions})
    helpers = _helpers(used, imports)
    if imports.is_native:
        helpers, definitions = native.decorated(helpers, imports), native.decorated(definitions, imports)
    module = ast.Module([*imports.header(), *helpers, *definitions], [])
    source = to_text(module, comments)
    _check(module, source)
    return Emitted(source, names[entry], imports.bindings)


def _reachable(entry: Function) -> list[Function]:
    """The function and its callees, callees first."""
    order: list[Function] = []
    seen = {entry}
    stack = [(entry, iter(_callees(entry)))]
    while stack:
        function, callees = stack[-1]
        following = next((callee for callee in callees if callee not in seen), None)
        if following is None:
            order.append(function)
            stack.pop()
        else:
            seen.add(following)
            stack.append((following, iter(_callees(following))))
    return order


def _callees(function: Function) -> list[Function]:
    return [op.attrs["callee"] for op in walk(function.body) if "callee" in op.attrs]


def _function_names(functions: list[Function], entry: Function) -> dict[Function, str]:
    """Unique names; the entry keeps its own."""
    parameters = {param.name for function in functions for param in function.params}
    names = {entry: entry.name if entry.name.isidentifier() else "function"}
    for function in functions:
        if function is entry:
            continue
        base = _base(function)
        name, count = base, 0
        while name in names.values() or name in parameters or name in HELPERS:
            count += 1
            name = f"{base}_{count}"
        names[function] = name
    return names


def _base(function: Function) -> str:
    return function.name if function.name.isidentifier() else "function"


def _emit_function(
    function: Function,
    names: Mapping[Function, str],
    imports: Imports,
    comments: dict[ast.stmt, str],
    is_entry: bool,
) -> tuple[ast.FunctionDef, Namespace]:
    name = names[function]
    function = clone_function(function)
    counts.enter({arg: position for position, arg in enumerate(function.args) if is_entry and arg.type == INT})
    if imports.is_native:
        use_arrays_of_indices(function)
        use_arrays(function)
        native_parallel.settle(function)
    else:
        use_blocks(function)
        mark_missing_lists(function.body)
        join_tapes(function)
    schedule(function)
    take_apart_at_once(function)
    folding = Folding(function, is_native=imports.is_native)
    variables = assign_variables(folding, find_intervals(folding))
    namespace = Namespace(function.namespace, imports)
    namespace.function = function
    namespace.locals = {variable.wanted for variable in variables.all() if variable.wanted is not None}
    expressions = Expressions(folding, variables, namespace, names)
    flow = ControlFlow(expressions)
    body = flow.block(function.body, "return")
    arguments = _arguments(function.params, namespace)
    name_variables(variables.all(), namespace.used, is_native=imports.is_native)
    for node, variable in expressions.slots:
        node.id = variable.root().name
    tidy(body, [param.name for param in function.params])
    nameless = {variable.name for variable in variables.all() if variable.wanted is None}
    restore_comprehensions(body, flow.comprehensions, nameless)
    comments.update(find_comments(body, flow.statements.origins))
    document = _docstring(function)
    whole = [*([ast.Expr(ast.Constant(document))] if document else []), *body] or [ast.Pass()]
    return ast.FunctionDef(name, arguments, whole, []), namespace


def _arguments(params: list[Param], namespace: Namespace) -> ast.arguments:
    kinds = ("positional only", "positional or keyword", "variadic positional", "keyword only", "variadic keyword")
    groups: dict[str, list[ast.arg]] = {kind: [] for kind in kinds}
    defaults: list[ast.expr] = []
    keyword_defaults: list[ast.expr | None] = []
    for param in params:
        groups[param.kind].append(ast.arg(param.name))
        default = literal(param.default, namespace) if param.has_default else None
        if param.kind == "keyword only":
            keyword_defaults.append(default)
        elif default is not None:
            defaults.append(default)
    return ast.arguments(
        posonlyargs=groups["positional only"],
        args=groups["positional or keyword"],
        vararg=next(iter(groups["variadic positional"]), None),
        kwonlyargs=groups["keyword only"],
        kw_defaults=keyword_defaults,
        kwarg=next(iter(groups["variadic keyword"]), None),
        defaults=defaults,
    )


def _docstring(function: Function) -> str:
    """The user's docstring and what was assumed, indented as it will stand."""
    parts = [inspect.cleandoc(function.doc)] if function.doc else []
    if function.notes:
        parts.append("\n".join(function.notes))
    lines = "\n\n".join(parts).split("\n")
    text = "\n".join([lines[0], *(INDENT + line if line else "" for line in lines[1:])])
    return text + f"\n{INDENT}" if len(lines) > 1 else text


def _helpers(used: set[str], imports: Imports) -> list[ast.FunctionDef]:
    """The helpers that the functions call, and the imports they need."""
    found: list[ast.FunctionDef] = []
    for name, text in {**HELPERS, **dict(sorted(imports.helpers.items()))}.items():
        if name in used:
            text = text or (checks if name in checks.CHECKS else series).text_of(name)
            for module, usual in ((numpy, "np"), (math, "math")):
                if f"{usual}." in text:
                    text = text.replace(f"{usual}.", f"{imports.module(module, usual)}.")
            found += [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    return found


def _check(module: ast.Module, source: str) -> None:
    """The text must parse to the tree that was meant."""
    try:
        parsed = ast.parse(source)
    except SyntaxError as error:
        raise InternalError(f"the emitted source does not parse ({error}):\n{source}") from None
    for meant, found in zip(module.body, parsed.body, strict=True):
        if not _same_tree(meant, found):
            raise InternalError(f"the emitted source is not what was meant:\n{ast.dump(meant)}\n{source}")


def _same_tree(meant: ast.AST, found: ast.AST) -> bool:
    """Whether two trees have the same text. Fields that are not filled in are empty."""
    if type(meant) is not type(found):
        return False
    for name in meant._fields:
        one, other = getattr(meant, name, None), getattr(found, name, None)
        if isinstance(one, ast.AST) and isinstance(other, ast.AST):
            if not _same_tree(one, other):
                return False
        elif isinstance(one, list) or isinstance(other, list):
            if not _same_lists(one or [], other or []):
                return False
        elif repr(one) != repr(other):
            return False
    return True


def _same_lists(meant: list[Any], found: list[Any]) -> bool:
    if len(meant) != len(found):
        return False
    return all(_same_tree(a, b) if isinstance(a, ast.AST) else repr(a) == repr(b) for a, b in zip(meant, found))
