"""How operations on lists are written: `xs.append(v)`, `v = xs.pop()`, `[0.0] * len(xs)`, `[p + q for p, q in ...]`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np

from adjoint.emit.constants import literal
from adjoint.emit.containers import container, item_of
from adjoint.emit.imports import Namespace
from adjoint.ir.core import Op
from adjoint.ir.types import Array, List, Scalar, Static, Tuple, Type, dtype_object

Spelling = Callable[[Op, list[ast.expr], Namespace], ast.expr]
READ_TWICE = frozenset({"list_argsort", "list_permute"})
"""Operations that write their first operand more than once: it must be a variable."""
_PAIRS = (("p", "q"), ("s", "t"), ("u", "v"))
_SINGLES = ("x", "y", "z")
_OTHERS = {"x": ("row", "item"), "y": ("entry",), "z": ("part",), "p": ("a",), "q": ("b",), "i": ("j", "k")}
"""What a comprehension binds where the function has a variable of that name."""


class Bound(ast.Name):
    """A name that a comprehension binds, until `tidy` has chosen it."""


def call(function: ast.expr, *args: ast.expr, **keywords: ast.expr) -> ast.Call:
    """A call with keywords."""
    return ast.Call(function, list(args), [ast.keyword(name, value) for name, value in keywords.items()])


def method(base: ast.expr, name: str, *args: ast.expr) -> ast.Call:
    """A call of a method."""
    return ast.Call(ast.Attribute(base, name, ast.Load()), list(args), [])


def _comprehension(element: ast.expr, names: Sequence[str], source: ast.expr) -> ast.ListComp:
    targets: list[ast.expr] = [Bound(name, ast.Store()) for name in names]
    target = targets[0] if len(targets) == 1 else ast.Tuple(targets, ast.Store())
    return ast.ListComp(element, [ast.comprehension(target, source, [], 0)])


def _slice(base: ast.expr, start: ast.expr | None, stop: ast.expr | None, step: ast.expr | None = None) -> ast.expr:
    return ast.Subscript(base, ast.Slice(start, stop, step), ast.Load())


# expressions


def _append(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.List([ast.Starred(operands[0], ast.Load()), operands[1]], ast.Load())


def _concat(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.BinOp(operands[0], ast.Add(), operands[1])


def _truncate(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return _slice(operands[0], None, operands[1])


def _reverse(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return _slice(operands[0], None, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))


def _repeat(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.BinOp(operands[0], ast.Mult(), operands[1])


def _sorted(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return call(namespace.builtin("sorted"), operands[0], **_descending(op))


def _descending(op: Op) -> dict[str, ast.expr]:
    return {"reverse": ast.Constant(True)} if op.attrs["reverse"] else {}


def _argsort(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    length = call(namespace.builtin("len"), operands[0])
    key = ast.Attribute(operands[0], "__getitem__", ast.Load())
    return call(namespace.builtin("sorted"), call(namespace.builtin("range"), length), key=key, **_descending(op))


def _permute(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    item = ast.Subscript(operands[0], Bound("i", ast.Load()), ast.Load())
    return _comprehension(item, ["i"], operands[1])


def _position(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    start = call(namespace.builtin("slice"), operands[0], ast.Constant(None))
    return ast.Subscript(method(start, "indices", operands[1]), ast.Constant(0), ast.Load())


def _list_of_zeros(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    like = operands[0]
    if op.attrs.get("_missing"):
        like = ast.BoolOp(ast.Or(), [like, ast.List([], ast.Load())])
    return _zeros(List(op.attrs["item"]), like, namespace, 0, op.attrs.get("named", False))


def _zeros(t: Type, value: ast.expr, namespace: Namespace, depth: int, named: bool) -> ast.expr:
    """The zero of type `t` with the lengths and shapes of a value; `named` writes the dtypes of arrays."""
    if isinstance(t, Tuple):
        parts = [item_of(value, t.layout, i, namespace) for i in range(len(t.items))]
        items = [_zeros(item, x, namespace, depth, named) for item, x in zip(t.items, parts)]
        return container(t.layout, items, namespace)
    if isinstance(t, Array) and t.rank:
        like = call(namespace.object(np.zeros_like), value)
        like.keywords = [ast.keyword("dtype", literal(dtype_object(t.dtype), namespace))] if named else []
        return like
    if not isinstance(t, List):
        complex_ = t == Scalar("complex") or (isinstance(t, Array) and t.dtype.startswith("complex"))
        return ast.Constant(None if isinstance(t, Static) else 0j if complex_ else 0.0)
    if isinstance(t.item, Scalar | Static) or (isinstance(t.item, Array) and not t.item.rank):
        one = ast.List([_zeros(t.item, value, namespace, depth, named)], ast.Load())
        return ast.BinOp(one, ast.Mult(), call(namespace.builtin("len"), value))
    name = _SINGLES[depth % len(_SINGLES)]
    return _comprehension(_zeros(t.item, Bound(name, ast.Load()), namespace, depth + 1, named), [name], value)


def _list_add(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return total(List(op.attrs["item"]), operands[0], operands[1], namespace, 0)


def total(t: Type, a: ast.expr, b: ast.expr, namespace: Namespace, depth: int = 0) -> ast.expr:
    """`a + b`, item by item in containers."""
    if isinstance(t, Tuple):
        left, right = ([item_of(whole, t.layout, i, namespace) for i in range(len(t.items))] for whole in (a, b))
        items = [total(item, x, y, namespace, depth) for item, x, y in zip(t.items, left, right)]
        return container(t.layout, items, namespace)
    if isinstance(t, Static):
        return ast.Constant(None)
    if not isinstance(t, List):
        return ast.BinOp(a, ast.Add(), b)
    names = _PAIRS[depth % len(_PAIRS)]
    is_repeated = isinstance(b, ast.BinOp) and isinstance(b.op, ast.Mult) and not any(map(_is_pop, ast.walk(b.right)))
    if isinstance(b, ast.BinOp) and is_repeated and isinstance(b.left, ast.List) and not depth:
        (same,) = b.left.elts  # `[v] * n`
        if not any(isinstance(node, ast.Call) for node in ast.walk(same)):  # it is computed for every item
            return _comprehension(ast.BinOp(Bound(names[0], ast.Load()), ast.Add(), same), names[:1], a)
    one, other = (Bound(name, ast.Load()) for name in names)
    element = total(t.item, one, other, namespace, depth + 1)
    return _comprehension(element, names, call(namespace.builtin("zip"), a, b))


def _is_pop(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "pop"


def _copies(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return _copied(op.result.type, operands[0], namespace, 0)


def _copied(t: Type, value: ast.expr, namespace: Namespace, depth: int) -> ast.expr:
    if isinstance(t, Tuple):
        parts = [item_of(value, t.layout, i, namespace) for i in range(len(t.items))]
        return container(t.layout, [_copied(item, x, namespace, depth) for item, x in zip(t.items, parts)], namespace)
    if isinstance(t, List) and not isinstance(t.item, Scalar | Static):
        name = _SINGLES[depth % len(_SINGLES)]
        return _comprehension(_copied(t.item, Bound(name, ast.Load()), namespace, depth + 1), [name], value)
    return method(value, "copy") if isinstance(t, List) or (isinstance(t, Array) and t.rank) else value


def _list_of_rows(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return call(namespace.builtin("list"), operands[0])


def _joined(function: object) -> Spelling:
    def spelling(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
        axis = op.attrs["axis"]
        keywords = {"axis": literal(axis, namespace)} if axis else {}
        return call(namespace.object(function), operands[0], **keywords)

    return spelling


def _split(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`np.split(x, np.cumsum([len(y) for y in ys])[:-1])`"""
    axis, item = op.attrs["axis"], Bound("x", ast.Load())
    shape = ast.Attribute(item, "shape", ast.Load())
    extent = (
        ast.Subscript(shape, literal(axis, namespace), ast.Load()) if axis else call(namespace.builtin("len"), item)
    )
    ends = call(namespace.object(np.cumsum), _comprehension(extent, ["x"], operands[1]))
    keywords = {"axis": literal(axis, namespace)} if axis else {}
    places = _slice(ends, None, ast.UnaryOp(ast.USub(), ast.Constant(1)))
    return call(namespace.object(np.split), operands[0], places, **keywords)


SPELLINGS: dict[str, Spelling] = {
    "list_append": _append,
    "list_concat": _concat,
    "list_truncate": _truncate,
    "list_reverse": _reverse,
    "list_repeat": _repeat,
    "list_sort": _sorted,
    "list_argsort": _argsort,
    "list_permute": _permute,
    "list_position": _position,
    "list_of_zeros": _list_of_zeros,
    "list_add": _list_add,
    "list_copies": _copies,
    "list_of_rows": _list_of_rows,
    "list_stack": _joined(np.stack),
    "list_concatenate": _joined(np.concatenate),
    "list_split": _split,
}


# statements


def changed(op: Op, base: ast.expr, operands: list[ast.expr]) -> ast.stmt:
    """The statement that changes the list `base`; `operands` are those after the list."""
    if op.opcode == "list_append":
        return ast.Expr(method(base, "append", operands[0]))
    if op.opcode == "list_concat":
        return ast.AugAssign(base, ast.Add(), operands[0])  # type: ignore[arg-type]  # a name
    if op.opcode == "list_insert":
        return ast.Expr(method(base, "insert", *operands))
    if op.opcode == "list_delete":
        return ast.Delete([ast.Subscript(base, operands[0], ast.Del())])
    if op.opcode == "list_truncate":
        return ast.Delete([ast.Subscript(base, ast.Slice(operands[0], None), ast.Del())])
    if op.opcode == "list_reverse":
        return ast.Expr(method(base, "reverse"))
    return ast.Expr(call(ast.Attribute(base, "sort", ast.Load()), **_descending(op)))


# the finished text: when all names are known


def tidy(body: list[ast.stmt], parameters: Iterable[str] = ()) -> None:
    """Join reads with the deletions behind them, and choose the names that comprehensions bind, in place."""
    _drop_returns(body)
    _join_pops(body)
    _return_directly(body)
    names = [node for statement in body for node in ast.walk(statement) if isinstance(node, ast.Name)]
    taken = {*parameters, *(node.id for node in names if not isinstance(node, Bound))}
    for bound in (node for node in names if isinstance(node, Bound)):
        bound.id = _free(bound.id, taken)
    for statement in body:
        _settle(statement)


def _free(name: str, taken: set[str]) -> str:
    for other in (name, *_OTHERS.get(name, ())):
        if other not in taken:
            return other
    return _free(f"{name}_", taken)


def _settle(node: ast.AST) -> None:
    """Plain names in the place of `Bound` ones."""
    for field, value in ast.iter_fields(node):
        if isinstance(value, list):
            value[:] = [_settled(each) for each in value]
        elif isinstance(value, ast.AST):
            setattr(node, field, _settled(value))


def _settled(node: object) -> object:
    if isinstance(node, Bound):
        return ast.Name(node.id, node.ctx)
    if isinstance(node, ast.AST):
        _settle(node)
    return node


_NEAR = 4


def _return_directly(body: list[ast.stmt]) -> None:
    """`a, b = f(x); return a, b` becomes `return f(x)`."""
    for statement in body:
        for block in blocks_of(statement):
            _return_directly(block)
    assign, last = body[-2:] if len(body) > 1 else (None, None)
    if not isinstance(assign, ast.Assign) or not isinstance(last, ast.Return) or not isinstance(assign.value, ast.Call):
        return
    (target,), value = assign.targets, last.value
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        if all(isinstance(each, ast.Name) for each in (*target.elts, *value.elts)):
            if [ast.unparse(each) for each in target.elts] == [ast.unparse(each) for each in value.elts]:
                last.value = assign.value
                del body[-2]


def _drop_returns(body: list[ast.stmt]) -> None:
    """`row = rows[i]; row.append(v); rows[i] = row` needs no third statement."""
    for statement in body:
        for block in blocks_of(statement):
            _drop_returns(block)
    for store in [each for each in body if _is_item_store(each)]:
        at = body.index(store)
        for statement in reversed(body[max(at - _NEAR, 0) : at]):
            if _is_item_read(statement, store):
                del body[at]
                break
            if _rebinds(statement, store):
                break


def _is_item_store(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Name):
        return False
    target = statement.targets[0]
    return isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name)


def _is_item_read(statement: ast.stmt, store: ast.stmt) -> bool:
    """Whether `rows[i] = row` is answered by `row = rows[i]`."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Subscript):
        return False
    assert isinstance(store, ast.Assign)
    (target,), (place,) = statement.targets, store.targets
    assert isinstance(place, ast.Subscript)
    read = ast.dump(ast.Subscript(place.value, place.slice, ast.Load()))
    named = isinstance(target, ast.Name) and isinstance(store.value, ast.Name) and target.id == store.value.id
    return named and ast.dump(statement.value) == read


def _rebinds(statement: ast.stmt, store: ast.stmt) -> bool:
    """Whether a statement between the two may change what they name."""
    if any(blocks_of(statement)):
        return True
    assert isinstance(store, ast.Assign)
    (place,) = store.targets
    fixed = {node.id for node in ast.walk(place) if isinstance(node, ast.Name)}
    item = {node.id for node in ast.walk(store.value) if isinstance(node, ast.Name)}
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    return any(node.id in fixed or (node.id in item and isinstance(node.ctx, ast.Store)) for node in names)


def _join_pops(body: list[ast.stmt]) -> None:
    """`v = xs[-1]; del xs[-1]` becomes `v = xs.pop()`."""
    for statement in body:
        for block in blocks_of(statement):
            _join_pops(block)
    for deletion in [each for each in body if isinstance(each, ast.Delete)]:
        at = body.index(deletion)
        for statement in reversed(body[max(at - _NEAR, 0) : at]):
            if _takes(statement, deletion.targets[0]):
                del body[at]
            if _touches(statement, deletion.targets[0]):
                break


def blocks_of(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks of statements inside a statement."""
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if isinstance(block, list):
            yield block


def _touches(statement: ast.stmt, target: ast.expr) -> bool:
    """Whether the statement reads the list or changes what the deletion reads."""
    if any(blocks_of(statement)) or not isinstance(statement, ast.Assign | ast.AugAssign | ast.Expr):
        return True
    names = {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}
    return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(statement))


def _takes(statement: ast.stmt, target: ast.expr) -> bool:
    """Replace the only mention of the list, a read of the item that is deleted next, by `pop`. Whether it was there."""
    if not isinstance(statement, ast.Assign | ast.AugAssign) or not isinstance(target, ast.Subscript):
        return False
    base, index = target.value, target.slice
    if not isinstance(base, ast.Name) or isinstance(index, ast.Slice):
        return False
    inside = {node.id for node in ast.walk(index) if isinstance(node, ast.Name)} | {base.id}
    stored = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
    mentions = [node for node in ast.walk(statement) if isinstance(node, ast.Name) and node.id == base.id]
    if any(node.id in inside for node in stored) or len(mentions) != 1:
        return False
    args = [] if ast.dump(index) == _LAST else [index]
    return _replace(statement, ast.dump(ast.Subscript(base, index, ast.Load())), method(base, "pop", *args))


_LAST = ast.dump(ast.UnaryOp(ast.USub(), ast.Constant(1)))


def _replace(node: ast.AST, old: str, new: ast.expr) -> bool:
    for field, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        for position, child in enumerate(children):
            if not isinstance(child, ast.AST) or isinstance(child, ast.ListComp | ast.IfExp | ast.BoolOp):
                continue  # what is evaluated not at all or more than once stays
            if ast.dump(child) == old:
                if isinstance(value, list):
                    value[position] = new
                else:
                    setattr(node, field, new)
                return True
            if _replace(child, old, new):
                return True
    return False
