"""How each operation is written in Python, as syntax trees.

One table holds the special spellings; every other operation is an operator (its symbol), a method call or a call of the
callable its definition names.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from adjoint.emit import native
from adjoint.emit.constants import literal
from adjoint.emit.containers import container, item_of
from adjoint.emit.fstrings import formatted
from adjoint.emit.imports import Namespace, is_same_function
from adjoint.emit.lists import SPELLINGS
from adjoint.emit.numbers import NUMBERS
from adjoint.emit.parts import RESULT_PARTS
from adjoint.ir import opset
from adjoint.ir.core import Op, Value
from adjoint.ir.ops.indexing import entries, subscripts
from adjoint.ir.opset import OpDef
from adjoint.ir.types import Array, List, Tuple, is_numeric, is_truth, rank_of, wraps

Spelling = Callable[[Op, list[ast.expr], Namespace], ast.expr]

BINARY: dict[str, ast.operator] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "/": ast.Div(),
    "//": ast.FloorDiv(),
    "%": ast.Mod(),
    "**": ast.Pow(),
    "@": ast.MatMult(),
    "&": ast.BitAnd(),
    "|": ast.BitOr(),
    "^": ast.BitXor(),
    "<<": ast.LShift(),
    ">>": ast.RShift(),
}
UNARY: dict[str, ast.unaryop] = {"neg": ast.USub(), "pos": ast.UAdd(), "invert": ast.Invert(), "not": ast.Not()}
COMPARE: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
    "==": ast.Eq(),
    "!=": ast.NotEq(),
}
FLIPPED: dict[type[ast.cmpop], ast.cmpop] = {ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq()}
METHODS_OF_DERIVED = frozenset(
    {"sum", "mean", "prod", "max", "min", "copy", "reshape", "ravel", "astype", "swapaxes", "any", "all"}
)
UNBROADCAST = "unbroadcast"
SHAPED_LIKE = "shaped_like"


def spell(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """The expression of an operation on the given operand expressions."""
    spelled = _spelled(op, operands, namespace)
    if op.opcode in ("reshape", "squeeze") and rank_of(op.operands[0].type) and not rank_of(op.result.type):
        return ast.Subscript(spelled, ast.Tuple([], ast.Load()), ast.Load())  # a number, not a part of the array
    return spelled


def _spelled(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    if namespace.imports.is_native:
        spelled = native.spell(op, operands, namespace)
        if spelled is not None:
            return spelled
    if op.opcode in SPECIAL:
        return SPECIAL[op.opcode](op, operands, namespace)
    definition = opset.lookup(op.opcode)
    if op.opcode == "neg" and op.derived and "_text" not in op.attrs and not _starts_without_sign(op.operands[0]):
        return _negative(operands[0])
    if definition.symbol is not None and not _is_spelled_as_call(op, definition, namespace):
        return _operator(definition.symbol, operands)
    return _call(op, definition, operands, namespace)


def _is_spelled_as_call(op: Op, definition: OpDef, namespace: Namespace) -> bool:
    """Whether the user called `np.add` for `+`."""
    text = op.attrs.get("_text")
    return text is not None and any(f is namespace.meaning(str(text)) for f in definition.callables)


def _starts_without_sign(value: Value) -> bool:
    """Whether the first factor of a product is a truth value, which NumPy does not negate, or wraps around at zero."""
    while value.op is not None and value.op.opcode in ("mul", "truediv"):
        value = value.op.operands[0]
    return is_truth(value.type) or wraps(value.type)


def _negative(node: ast.expr) -> ast.expr:
    """`-a * b` for `-(a * b)`: the same number, without parentheses."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        return ast.BinOp(_negative(node.left), node.op, node.right)
    return ast.UnaryOp(ast.USub(), node)


def _operator(symbol: str, operands: list[ast.expr]) -> ast.expr:
    if symbol in UNARY:
        return ast.UnaryOp(UNARY[symbol], operands[0])
    left, right = operands
    if symbol in COMPARE:
        return ast.Compare(left, [COMPARE[symbol]], [right])
    return ast.BinOp(left, BINARY[symbol], right)


def negated(test: ast.expr) -> ast.expr:
    """The opposite condition. Comparisons that nan would change are not flipped."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and type(test.ops[0]) in FLIPPED:
        return ast.Compare(test.left, [FLIPPED[type(test.ops[0])]], test.comparators)
    return ast.UnaryOp(ast.Not(), test)


# calls


def _call(op: Op, definition: OpDef, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    method = _method_name(op, definition)
    if method is not None:
        args, keywords = _arguments(op, definition, definition.methods[method], operands, 1, namespace)
        return ast.Call(ast.Attribute(operands[0], method, ast.Load()), args, keywords)
    function, parameters = _callable(op, definition, namespace)
    args, keywords = _arguments(op, definition, parameters, operands, 0, namespace)
    if "_order" in op.attrs:
        keywords.append(ast.keyword("order", ast.Constant(op.attrs["_order"])))
    return ast.Call(namespace.object(function, op.attrs.get("_text")), args, keywords)


def _method_name(op: Op, definition: OpDef) -> str | None:
    """The method to call, if the user called one or the derivative prefers one."""
    if not definition.methods:
        return None
    if op.attrs.get("_via") == "method":
        last = str(op.attrs.get("_text", "")).rpartition(".")[2]
        return last if last in definition.methods else next(iter(definition.methods))
    if not definition.callables:
        return next(iter(definition.methods))
    preferred = op.derived and "_text" not in op.attrs and op.opcode in METHODS_OF_DERIVED
    if preferred and isinstance(op.operands[0].type, Array) and rank_of(op.operands[0].type):
        return op.opcode if op.opcode in definition.methods else None
    return None


def _callable(op: Op, definition: OpDef, namespace: Namespace) -> tuple[Any, str]:
    """The callable that the operation means, with its parameter list."""
    text = op.attrs.get("_text")
    items = list(definition.callables.items())
    if text is not None:
        meant = namespace.meaning(str(text))
        spelled = [item for item in items if is_same_function(item[0], meant) and _fits(item[0], op)]
        last = str(text).rpartition(".")[2]
        spelled += [item for item in items if getattr(item[0], "__name__", "") == last and _fits(item[0], op)]
        if spelled:
            return spelled[0]
    return next((item for item in items if _fits(item[0], op)), items[0])


def _fits(function: Any, op: Op) -> bool:
    """Whether a callable comes from the namespace the operation says (`math`, `cmath` or NumPy)."""
    ns = op.attrs.get("ns")
    home = getattr(function, "__module__", None)
    return ns is None or ns == (home if home in ("math", "cmath") else "np")


def _arguments(
    op: Op, definition: OpDef, parameters: str, operands: list[ast.expr], skip: int, namespace: Namespace
) -> tuple[list[ast.expr], list[ast.keyword]]:
    """Operands and attributes in the order of a parameter list; by keyword once a parameter has been left out."""
    values = _named_operands(definition, operands)
    for name in definition.operands[:skip]:
        values.pop(name.strip("*?"), None)
    args: list[ast.expr] = []
    keywords: list[ast.keyword] = []
    gap = False
    for parameter in (p.strip() for p in parameters.split(",")):
        bare = parameter.strip("*[]")
        if values.get(bare) or parameter.startswith("[["):
            node = _gathered(op, parameter, values.get(bare, []))
            if gap and len(node) == 1:
                keywords.append(ast.keyword(bare, node[0]))
            else:
                args += node
            gap = gap or parameter.startswith("*")
        elif bare in definition.attrs and op.attrs.get(bare, definition.attrs[bare]) != definition.attrs[bare]:
            is_dtype = bare == "dtype" and namespace.imports.is_native
            value = native.dtype(op.attrs[bare], namespace) if is_dtype else literal(op.attrs[bare], namespace)
            if not gap and _is_positional(op, bare, skip):
                args.append(value)
            else:
                keywords.append(ast.keyword(bare, value))
                gap = True
        else:
            gap = True
    return args, keywords


def _is_positional(op: Op, name: str, skip: int) -> bool:
    """`x.sum(0)`: an axis is short enough to need no name in what a derivative writes."""
    if name == "axes" and op.opcode == "tensordot":  # as people write it
        return False
    if name in ("axis1", "axis2", "source", "destination", "axes", "dtype", "k", "n", "subscripts"):
        return True
    is_method = op.derived and skip == 1
    return is_method and name == "axis" and isinstance(op.attrs[name], int) and not op.attrs.get("keepdims")


def _named_operands(definition: OpDef, operands: list[ast.expr]) -> dict[str, list[ast.expr]]:
    values: dict[str, list[ast.expr]] = {}
    rest = list(operands)
    by_position = any("=" in parameters for parameters in definition.callables.values())  # keywords of other names
    for name in definition.operands:
        if name.startswith("*"):
            values[name.strip("*?")], rest = rest, []
        elif rest:
            node = rest.pop(0)
            is_none = isinstance(node, ast.Constant) and node.value is None
            if not (name.endswith("?") and is_none) or by_position:  # `np.clip(x, None, 1.0)`
                values[name.strip("?")] = [node]
    return values


def _gathered(op: Op, parameter: str, items: list[ast.expr]) -> list[ast.expr]:
    """The arguments for one parameter: itself, several, or a list that is written out."""
    if parameter.startswith("[["):
        shape = op.attrs.get("shape")
        return items if shape is None else [nested(items, shape)]
    if parameter.startswith("["):
        return [ast.List(items, ast.Load())]
    return items


def nested(items: Sequence[ast.expr], shape: tuple[int, ...]) -> ast.expr:
    if len(shape) <= 1:
        return ast.List(list(items), ast.Load())
    size = len(items) // shape[0] if shape[0] else 0
    rows = [nested(items[i * size : (i + 1) * size], shape[1:]) for i in range(shape[0])]
    return ast.List(rows, ast.Load())


# subscripts


def subscript(base: ast.expr, op: Op, operands: list[ast.expr], context: ast.expr_context) -> ast.Subscript:
    """`base[...]` for an operation with the attribute `spec`; `operands` are those of the index."""
    spec, t = op.attrs["spec"], op.operands[0].type
    while isinstance(t, List) and len(spec) > 1:  # one subscript after the other in lists
        base, operands = ast.Subscript(base, operands[0], ast.Load()), operands[1:]
        spec, t = spec[1:], t.item
    if op.attrs.get("_in_a_row"):
        return _in_a_row(base, list(entries(spec, operands)), context)
    *views, last = subscripts(spec, operands)
    for one, given in views:
        base = ast.Subscript(base, _index_tuple(one, given), ast.Load())
    return ast.Subscript(base, _index_tuple(*last), context)


def _in_a_row(base: ast.expr, slices: list[tuple[Any, list[Any]]], context: ast.expr_context) -> ast.Subscript:
    """`x[1:].ravel()[:-1]` for `x[1:, :-1]`: rows, one after the other, without an end of all of them."""
    row = [given[0] for entry, given in slices if entry == "int"]
    (_, rows), *_, (_, columns) = slices[len(row) :]
    if any(bound is not None for bound in rows):
        row.append(ast.Slice(*rows))
    if row:
        base = ast.Subscript(base, row[0] if len(row) == 1 else ast.Tuple(row, ast.Load()), ast.Load())
    return ast.Subscript(ast.Call(ast.Attribute(base, "ravel", ast.Load()), [], []), ast.Slice(*columns), context)


def _index_tuple(spec: Sequence[Any], operands: Sequence[ast.expr]) -> ast.expr:
    """What stands between the brackets."""
    items: list[ast.expr] = []
    for entry, given in entries(spec, operands):
        if entry == "slice":
            items.append(ast.Slice(*given))
        else:
            items.append(ast.Constant(None if entry == "new" else ...) if entry in ("new", "...") else given[0])
    return items[0] if len(items) == 1 else ast.Tuple(items, ast.Load())


# the table of special spellings


def _index(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    node = subscript(operands[0], op, operands[1:], ast.Load())
    if isinstance(node.slice, ast.Tuple) and not rank_of(op.result.type):  # `x[0, ...]` is a part of x, `x[0]` a number
        given = [each for each in node.slice.elts if not (isinstance(each, ast.Constant) and each.value is ...)]
        node.slice = given[0] if len(given) == 1 else ast.Tuple(given, ast.Load())
    return node


def _getitem(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    source = op.operands[0].type
    return item_of(operands[0], source.layout if isinstance(source, Tuple) else None, op.attrs["index"], namespace)


def _attribute(name: str) -> Spelling:
    def spelling(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
        is_number = not isinstance(op.operands[0].type, Array) and name not in ("real", "imag")
        if ("_text" in op.attrs and op.attrs.get("_via") != "method") or is_number:
            return _call(op, opset.lookup(op.opcode), operands, namespace)
        return ast.Attribute(operands[0], name, ast.Load())

    return spelling


def _conj(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`np.conj(z)` of an array: the method would give a real one itself. A number may be one of Python's."""
    is_method = op.attrs.get("_via") == "method" if "_text" in op.attrs else not rank_of(op.operands[0].type)
    if not is_method:
        text = str(op.attrs.get("_text", "conj"))
        short = namespace.dotted(text, np.conj) or ast.Attribute(namespace.module(np), "conj", ast.Load())
        return ast.Call(short, operands, [])
    name = str(op.attrs.get("_text", "conjugate")).rpartition(".")[2]
    return ast.Call(ast.Attribute(operands[0], name, ast.Load()), [], [])


def _transpose(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    text = str(op.attrs.get("_text", "T"))
    if op.attrs.get("axes") is None and text.rpartition(".")[2] == "T":
        return ast.Attribute(operands[0], "T", ast.Load())
    return _call(op, opset.lookup("transpose"), operands, namespace)


def _tuple(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return container(op.attrs["layout"], operands, namespace)


def _pack(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.Tuple(operands, ast.Load())


def _list(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.List(operands, ast.Load())


def _len(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.Call(namespace.builtin("len"), operands, [])


def _pop(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    if len(operands) > 1:
        return ast.Subscript(operands[0], one_or_tuple([*operands[1:], *parts(op)]), ast.Load())
    return ast.Call(ast.Attribute(operands[0], "pop", ast.Load()), [], [])


def parts(op: Op) -> list[ast.expr]:
    """`1:` for an axis along which what is saved is shorter than its place on the tape."""
    return [ast.Slice(ast.Constant(less) if less else None, None, None) for less in op.attrs.get("_less", ())]


def one_or_tuple(nodes: list[ast.expr], context: ast.expr_context | None = None) -> ast.expr:
    """The index of one or several axes, the target of one or several values."""
    return nodes[0] if len(nodes) == 1 else ast.Tuple(nodes, context or ast.Load())


def _nonempty(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return operands[0]


def _global(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    name = op.attrs["name"]
    if "_owner" in op.attrs:
        return ast.Attribute(namespace.object(op.attrs["_owner"]), name, ast.Load())
    if "_object" in op.attrs:
        return namespace.object(op.attrs["_object"], name)
    if name not in namespace.namespace:
        return namespace.name(name)
    return namespace.root(name, namespace.namespace[name])


def _pycall(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    names = op.attrs.get("keywords", ())
    count = len(operands) - len(names)
    keywords = [ast.keyword(name, node) for name, node in zip(names, operands[count:])]
    return ast.Call(namespace.object(op.attrs["func"], op.attrs.get("_text")), operands[:count], keywords)


def _pymethod(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    receiver, *args = operands
    names = op.attrs["keywords"]
    count = len(args) - len(names)
    keywords = [ast.keyword(name, node) for name, node in zip(names, args[count:])]
    return ast.Call(ast.Attribute(receiver, op.attrs["name"], ast.Load()), args[:count], keywords)


def _custom(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """The user's function, under the user's name for it."""
    names, function = op.attrs["keywords"], op.attrs["rule"].function
    count = len(operands) - len(names)
    keywords = [ast.keyword(name, node) for name, node in zip(names, operands[count:])]
    return ast.Call(namespace.object(function, op.attrs.get("_text")), operands[:count], keywords)


def _draw(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`rng.normal(mu, sigma)`, `np.random.normal(mu, sigma)`."""
    if op.attrs["func"] is not None:
        return _pycall(op, operands, namespace)
    return _pymethod(op, operands, namespace)


def _shaped_like(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.Call(namespace.name(SHAPED_LIKE), operands, [])


def _format(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`str(x)`, `repr(x)`, else an f-string."""
    parts = op.attrs["parts"]
    if parts in ((("s", ""),), (("r", ""),)):
        return ast.Call(namespace.builtin("str" if parts[0][0] == "s" else "repr"), operands, [])
    return formatted(parts, operands)


def _percent(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    values = ast.Tuple(operands, ast.Load()) if op.attrs["many"] else operands[0]
    return ast.BinOp(ast.Constant(op.attrs["template"]), ast.Mod(), values)


def _reshape(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    """`x.reshape(2, -1)` or `np.reshape(x, (2, -1))`, whose shape is one argument; a number has no methods."""
    if ("_text" in op.attrs and op.attrs.get("_via") != "method") or not rank_of(op.operands[0].type):
        dims = operands[1] if len(operands) == 2 else ast.Tuple(operands[1:], ast.Load())
        return ast.Call(_function_of(op, namespace), [operands[0], dims], [])
    return ast.Call(ast.Attribute(operands[0], "reshape", ast.Load()), operands[1:], [])


def _function_of(op: Op, namespace: Namespace) -> ast.expr:
    return namespace.object(_callable(op, opset.lookup(op.opcode), namespace)[0], op.attrs.get("_text"))


def _copy(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    if "_text" in op.attrs and op.attrs.get("_via") != "method":
        return _call(op, opset.lookup("copy"), operands, namespace)
    if op.derived and not rank_of(op.operands[0].type) and is_numeric(op.result.type):
        return operands[0]  # of a number
    copied = ast.Call(ast.Attribute(operands[0], "copy", ast.Load()), [], [])
    if op.attrs.get("_unbound"):
        return ast.IfExp(ast.Compare(operands[0], [ast.Is()], [ast.Constant(None)]), ast.Constant(None), copied)
    return copied


def _unbroadcast(op: Op, operands: list[ast.expr], namespace: Namespace) -> ast.expr:
    return ast.Call(namespace.name(UNBROADCAST), operands, [])


SPECIAL: dict[str, Spelling] = {
    "index": _index,
    "getitem": _getitem,
    "shape": _attribute("shape"),
    "size": _attribute("size"),
    "ndim": _attribute("ndim"),
    "real": _attribute("real"),
    "imag": _attribute("imag"),
    "conj": _conj,
    "transpose": _transpose,
    "tuple": _tuple,
    "pack": _pack,
    "list": _list,
    "len": _len,
    "pop": _pop,
    "nonempty": _nonempty,
    "global": _global,
    "pycall": _pycall,
    "pymethod": _pymethod,
    "format": _format,
    "percent": _percent,
    "reshape": _reshape,
    "copy": _copy,
    "unbroadcast": _unbroadcast,
    "custom": _custom,
    "custom_elementwise": _custom,
    "draw": _draw,
    "draw_sized": _draw,
    "shaped_like": _shaped_like,
    **RESULT_PARTS,
    **NUMBERS,
    **SPELLINGS,
}
