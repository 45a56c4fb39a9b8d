"""How containers are written: `{"w": a, "b": b}`, `Point(x=a, y=b)`, `p["w"]`, `p.x`."""

from __future__ import annotations

import ast
import keyword
import types

from adjoint.emit.constants import literal
from adjoint.emit.imports import Namespace
from adjoint.ir.core import Op
from adjoint.ir.layouts import cotangent_layout, is_rebuildable
from adjoint.ir.types import Layout, Tuple, Type


def container(layout: Layout | None, items: list[ast.expr], namespace: Namespace) -> ast.expr:
    """The container built of the items."""
    if layout is None or layout.kind == "function":
        return ast.Tuple(items, ast.Load())
    if layout.kind == "list":
        return ast.List(items, ast.Load())
    if layout.kind == "dict":
        pairs = ast.Dict([literal(key, namespace) for key in layout.keys], items)
        return pairs if layout.cls is None else ast.Call(namespace.object(layout.cls), [pairs], [])
    named = [ast.keyword(key, item) for key, item in zip(layout.keys, items)]
    if any(map(keyword.iskeyword, layout.keys)):
        named = [ast.keyword(None, ast.Dict([ast.Constant(key) for key in layout.keys], items))]
    return ast.Call(_constructor(layout.cls if is_rebuildable(layout) else None, namespace), [], named)


def _constructor(cls: type | None, namespace: Namespace) -> ast.expr:
    """The class under its name; a namespace is imported by name."""
    if cls is None:
        return namespace.name(namespace.imports.member(types, "SimpleNamespace", "SimpleNamespace"))
    return namespace.object(cls)


def item_of(whole: ast.expr, layout: Layout | None, index: int, namespace: Namespace) -> ast.expr:
    """A read of item number `index`: by key, by attribute or by position."""
    if layout is None or not layout.is_keyed:
        return ast.Subscript(whole, ast.Constant(index), ast.Load())
    key = layout.keys[index]
    if layout.kind == "dict":
        return ast.Subscript(whole, literal(key, namespace), ast.Load())
    if keyword.iskeyword(key):
        return ast.Call(namespace.builtin("getattr"), [whole, ast.Constant(key)], [])
    return ast.Attribute(whole, key, ast.Load())


def nothing_of(t: Type, namespace: Namespace) -> ast.expr:
    """None in the place of a value; for a container one of its kind, since its items are read one by one."""
    if not isinstance(t, Tuple):
        return ast.Constant(None)
    return container(cotangent_layout(t.layout), [nothing_of(item, namespace) for item in t.items], namespace)


def spread_items(node: ast.expr) -> list[ast.expr]:
    """A tuple as arguments: its items where it is written out, else `*rest`."""
    return node.elts if isinstance(node, ast.Tuple) else [ast.Starred(node, ast.Load())]


def spread_keywords(node: ast.expr) -> list[ast.keyword]:
    """A dict as keyword arguments: its items where it is written out and its keys are names, else `**more`."""
    if not isinstance(node, ast.Dict):
        return [ast.keyword(None, node)]
    keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
    if not all(isinstance(key, str) and key.isidentifier() and not keyword.iskeyword(key) for key in keys):
        return [ast.keyword(None, node)]
    return [ast.keyword(str(key), value) for key, value in zip(keys, node.values)]


_WIDTHS = {"index": 0, "list": 0, "list_repeat": 0, "len": 3, "neg": -1, "copy": 5}
"""Brackets and names of operations that are shorter than their names, without two characters for each operand."""


def own_width(op: Op) -> int:
    """About how many characters the text of an operation has besides its operands."""
    whole = op.operands[0].type if op.opcode == "getitem" else op.result.type if op.opcode == "tuple" else None
    if op.opcode in _WIDTHS:
        return _WIDTHS[op.opcode] + 2 * len(op.operands)
    if not isinstance(whole, Tuple) or whole.layout is None:
        return len(op.opcode) + 3 + 2 * len(op.operands)
    layout = whole.layout
    keys = [len(str(key)) + (4 if layout.kind == "dict" else 1) for key in layout.keys] or [3] * len(whole.items)
    if op.opcode == "getitem":
        return keys[int(op.attrs["index"])]
    return len(layout.name) + sum(keys) + 2 * len(keys)
