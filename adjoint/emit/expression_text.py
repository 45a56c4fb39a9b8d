"""The text of an expression, as a person would write it: least parentheses, `x**2` tight, one space around the rest.

A call that would make the line too long is broken after its opening parenthesis, one argument a line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

LINE = 110
(TUPLE, TERNARY, OR, AND, NOT, COMPARE, BITOR, BITXOR, BITAND, SHIFT, SUM, PRODUCT, UNARY, POWER, ATOM) = range(15)

_BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.BitOr: (" | ", BITOR),
    ast.BitXor: (" ^ ", BITXOR),
    ast.BitAnd: (" & ", BITAND),
    ast.LShift: (" << ", SHIFT),
    ast.RShift: (" >> ", SHIFT),
    ast.Add: (" + ", SUM),
    ast.Sub: (" - ", SUM),
    ast.Mult: (" * ", PRODUCT),
    ast.Div: (" / ", PRODUCT),
    ast.FloorDiv: (" // ", PRODUCT),
    ast.Mod: (" % ", PRODUCT),
    ast.MatMult: (" @ ", PRODUCT),
    ast.Pow: ("**", POWER),
}
_UNARY: dict[type[ast.unaryop], tuple[str, int]] = {
    ast.USub: ("-", UNARY),
    ast.UAdd: ("+", UNARY),
    ast.Invert: ("~", UNARY),
    ast.Not: ("not ", NOT),
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: " < ",
    ast.LtE: " <= ",
    ast.Gt: " > ",
    ast.GtE: " >= ",
    ast.Eq: " == ",
    ast.NotEq: " != ",
    ast.Is: " is ",
    ast.IsNot: " is not ",
    ast.In: " in ",
    ast.NotIn: " not in ",
}


def operator_text(operator: ast.operator) -> str:
    """The symbol of a binary operator."""
    return _BINARY[type(operator)][0].strip()


def expression_text(node: ast.expr, indent: int = 0, column: int = 0) -> str:
    """The text of an expression that starts at `column` of a line indented by `indent`."""
    text = _text(node, TUPLE)
    if column + len(text) <= LINE:
        return text
    return _broken(node, indent) or text


def _text(node: ast.expr, level: int) -> str:
    """The text, in parentheses when it binds less tightly than `level`."""
    written, own = _WRITERS[type(node)](node)
    return f"({written})" if own < level else written


def _binary(node: ast.BinOp) -> tuple[str, int]:
    symbol, level = _BINARY[type(node.op)]
    if isinstance(node.op, ast.Pow):
        return f"{_text(node.left, ATOM)}{symbol}{_text(node.right, UNARY)}", level
    terms: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and _continues(left, node, level):
        terms += [_text(left.right, level + 1), _BINARY[type(left.op)][0]]
        left = left.left
    mixed = isinstance(left, ast.BinOp) and _BINARY[type(left.op)][1] == level
    return "".join([_text(left, ATOM if mixed else level), *reversed(terms)]), level


def _continues(left: ast.BinOp, node: ast.BinOp, level: int) -> bool:
    """Whether an operand on the left reads on without parentheses; `(a @ b) * c` has them, though it needs none."""
    if isinstance(left.op, ast.Pow) or _BINARY[type(left.op)][1] != level:
        return False
    return isinstance(left.op, ast.MatMult) == isinstance(node.op, ast.MatMult)


def _unary(node: ast.UnaryOp) -> tuple[str, int]:
    symbol, level = _UNARY[type(node.op)]
    return f"{symbol}{_text(node.operand, level)}", level


def _boolean(node: ast.BoolOp) -> tuple[str, int]:
    word, level = (" and ", AND) if isinstance(node.op, ast.And) else (" or ", OR)
    return word.join(_text(value, level + 1) for value in node.values), level


def _compare(node: ast.Compare) -> tuple[str, int]:
    parts = [_text(node.left, COMPARE + 1)]
    for op, right in zip(node.ops, node.comparators):
        parts += [_COMPARE[type(op)], _text(right, COMPARE + 1)]
    return "".join(parts), COMPARE


def _ternary(node: ast.IfExp) -> tuple[str, int]:
    body, test, orelse = _text(node.body, TERNARY + 1), _text(node.test, TERNARY + 1), _text(node.orelse, TERNARY)
    return f"{body} if {test} else {orelse}", TERNARY


def _tuple(node: ast.Tuple) -> tuple[str, int]:
    if not node.elts:
        return "()", ATOM
    comma = "," if len(node.elts) == 1 else ""
    return ", ".join(_text(item, TERNARY) for item in node.elts) + comma, TUPLE


def _list(node: ast.List) -> tuple[str, int]:
    return f"[{', '.join(_text(item, TERNARY) for item in node.elts)}]", ATOM


def _dict(node: ast.Dict) -> tuple[str, int]:
    items = [f"{_text(k, TERNARY) if k else '**'}: {_text(v, TERNARY)}" for k, v in zip(node.keys, node.values)]
    return f"{{{', '.join(items)}}}", ATOM


def _call(node: ast.Call) -> tuple[str, int]:
    parts = _call_parts(node)
    if len(parts) == 1 and node.args and isinstance(node.args[0], ast.GeneratorExp):
        return f"{_text(node.func, ATOM)}{parts[0]}", ATOM
    return f"{_text(node.func, ATOM)}({', '.join(parts)})", ATOM


def _call_parts(node: ast.Call) -> list[str]:
    parts = [_text(argument, TERNARY) for argument in node.args]
    return parts + [f"{keyword.arg}={_text(keyword.value, TERNARY)}" for keyword in node.keywords]


def _attribute(node: ast.Attribute) -> tuple[str, int]:
    base = _text(node.value, ATOM)
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
        base = f"({base})"
    return f"{base}.{node.attr}", ATOM


def _generator(node: ast.GeneratorExp) -> tuple[str, int]:
    parts = [_text(node.elt, TERNARY)]
    for clause in node.generators:
        parts.append(f"for {_text(clause.target, TUPLE)} in {_text(clause.iter, TERNARY)}")
        parts += [f"if {_text(test, TERNARY)}" for test in clause.ifs]
    return f"({' '.join(parts)})", ATOM


def _subscript(node: ast.Subscript) -> tuple[str, int]:
    items: Sequence[ast.expr] = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    comma = "," if isinstance(node.slice, ast.Tuple) and len(items) == 1 else ""
    inner = ", ".join(_text(item, TERNARY) for item in items) + comma
    return f"{_text(node.value, ATOM)}[{inner or '()'}]", ATOM


def _slice(node: ast.Slice) -> tuple[str, int]:
    lower, upper = (_text(part, TERNARY) if part else "" for part in (node.lower, node.upper))
    step = f":{_text(node.step, TERNARY)}" if node.step else ""
    return f"{lower}:{upper}{step}", ATOM


def _constant(node: ast.Constant) -> tuple[str, int]:
    value = node.value
    if isinstance(value, float):
        return _short(value), ATOM
    if isinstance(value, str) and '"' not in value and value.isprintable():
        return f'"{repr(value)[1:-1]}"' if "'" not in value else repr(value), ATOM
    return "..." if value is ... else repr(value), ATOM


def _short(value: float) -> str:
    """`1e6` for 1000000.0, `1e-7` for 1e-07."""
    text = repr(value)
    if text.endswith("000000.0"):
        digits = text[:-2].rstrip("0")
        text = f"{digits}e{len(text) - 2 - len(digits)}"
    text = text.replace("e-0", "e-").replace("e+", "e")
    return text if float(text) == value else repr(value)


def _name(node: ast.Name) -> tuple[str, int]:
    return node.id, ATOM


_WRITERS: dict[type[ast.expr], Callable[..., tuple[str, int]]] = {
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.BoolOp: _boolean,
    ast.Compare: _compare,
    ast.IfExp: _ternary,
    ast.Tuple: _tuple,
    ast.List: _list,
    ast.Dict: _dict,
    ast.Call: _call,
    ast.GeneratorExp: _generator,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Constant: _constant,
    ast.Name: _name,
}


def _broken(node: ast.expr, indent: int) -> str | None:
    """A long call, list or tuple with one item a line; a long sum in parentheses, one term a line."""
    outer, inner = " " * indent, " " * (indent + 4)
    if isinstance(node, ast.Call) and (node.args or node.keywords):
        parts = [f"{inner}{part},\n" for part in _call_parts(node)]
        return f"{_text(node.func, ATOM)}(\n{''.join(parts)}{outer})"
    if isinstance(node, ast.Tuple | ast.List) and node.elts:
        opening, closing = "()" if isinstance(node, ast.Tuple) else "[]"
        parts = [f"{inner}{_text(item, TERNARY)},\n" for item in node.elts]
        return f"{opening}\n{''.join(parts)}{outer}{closing}"
    if isinstance(node, ast.BinOp):
        return f"(\n{_broken_terms(node, inner)}{outer})"
    return None


def _broken_terms(node: ast.BinOp, inner: str) -> str:
    level = _BINARY[type(node.op)][1]
    lines: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and level != POWER and _BINARY[type(left.op)][1] == level:
        lines.append(f"{inner}{_BINARY[type(left.op)][0].lstrip()}{_text(left.right, level + 1)}\n")
        left = left.left
    return "".join([f"{inner}{_text(left, level)}\n", *reversed(lines)])
