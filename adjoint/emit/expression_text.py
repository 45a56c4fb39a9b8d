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
    items = [before + _text(value, TERNARY) for before, value in _labelled(node)]
    return f"{{{', '.join(items)}}}", ATOM


def _call(node: ast.Call) -> tuple[str, int]:
    parts = _call_parts(node)
    if len(parts) == 1 and node.args and isinstance(node.args[0], ast.GeneratorExp):
        return f"{_text(node.func, ATOM)}{parts[0]}", ATOM
    return f"{_text(node.func, ATOM)}({', '.join(parts)})", ATOM


def _call_parts(node: ast.Call) -> list[str]:
    return [before + _text(value, TERNARY) for before, value in _labelled(node)]


def _labelled(node: ast.Call | ast.Tuple | ast.List | ast.Dict) -> list[tuple[str, ast.expr]]:
    """What stands between the brackets: the items, each with its keyword or key in front."""
    if isinstance(node, ast.Dict):
        return [(f"{_text(k, TERNARY)}: " if k else "**", v) for k, v in zip(node.keys, node.values)]
    if isinstance(node, ast.Tuple | ast.List):
        return [("", item) for item in node.elts]
    named = [(f"{keyword.arg}=" if keyword.arg else "**", keyword.value) for keyword in node.keywords]
    return [*(("", argument) for argument in node.args), *named]


def _attribute(node: ast.Attribute) -> tuple[str, int]:
    base = _text(node.value, ATOM)
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, int):
        base = f"({base})"
    return f"{base}.{node.attr}", ATOM


def _generator(node: ast.GeneratorExp) -> tuple[str, int]:
    return f"({_clauses(node)})", ATOM


def _clauses(node: ast.GeneratorExp | ast.ListComp) -> str:
    parts = [_text(node.elt, TERNARY)]
    for clause in node.generators:
        parts.append(f"for {_text(clause.target, TUPLE)} in {_text(clause.iter, TERNARY)}")
        parts += [f"if {_text(test, TERNARY)}" for test in clause.ifs]
    return " ".join(parts)


def _list_comprehension(node: ast.ListComp) -> tuple[str, int]:
    return f"[{_clauses(node)}]", ATOM


def _starred(node: ast.Starred) -> tuple[str, int]:
    return f"*{_text(node.value, BITOR)}", ATOM


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


def _joined(node: ast.JoinedStr) -> tuple[str, int]:
    """An f-string in the first kind of quotes that no expression in it has."""
    pieces = [_piece(part) for part in node.values]
    inner = "".join(text for text, is_literal in pieces if not is_literal)
    quote = next(each for each in ('"', "'", '"""', "'''") if each not in inner)
    texts = [_escaped(text, quote) if is_literal else text for text, is_literal in pieces]
    return f"f{quote}{''.join(texts)}{quote}", ATOM


def _piece(part: ast.expr) -> tuple[str, bool]:
    """The text of one piece of an f-string, and whether it is literal."""
    if isinstance(part, ast.Constant):
        return str(part.value).replace("{", "{{").replace("}", "}}"), True
    assert isinstance(part, ast.FormattedValue)
    text = _text(part.value, TERNARY)
    conversion = "" if part.conversion == -1 else f"!{chr(part.conversion)}"
    spec = f":{_spec(part.format_spec)}" if isinstance(part.format_spec, ast.JoinedStr) else ""
    return f"{{{' ' if text.startswith('{') else ''}{text}{conversion}{spec}}}", False


def _spec(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))


def _escaped(text: str, quote: str) -> str:
    """Literal text as it stands between the quotes."""
    plain = repr(text + '"')[1:-2].replace("\\'", "'")  # repr keeps to single quotes where it meets a double one
    return plain.replace(quote[0], f"\\{quote[0]}")


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
    ast.ListComp: _list_comprehension,
    ast.Starred: _starred,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Slice: _slice,
    ast.Constant: _constant,
    ast.JoinedStr: _joined,
    ast.Name: _name,
}


def _broken(node: ast.expr, indent: int) -> str | None:
    """A long call or container with one item a line; a long sum in parentheses, one term a line."""
    outer, inner = " " * indent, " " * (indent + 4)
    if isinstance(node, ast.Call | ast.Tuple | ast.List | ast.Dict) and (items := _labelled(node)):
        name = _text(node.func, ATOM) if isinstance(node, ast.Call) else ""
        opening, closing = {ast.List: ("[", "]"), ast.Dict: ("{", "}")}.get(type(node), ("(", ")"))
        parts = [f"{inner}{before}{_one_line(value, indent + 4, len(before))},\n" for before, value in items]
        return f"{name}{opening}\n{''.join(parts)}{outer}{closing}"
    if isinstance(node, ast.BinOp):
        return f"(\n{_broken_terms(node, inner)}{outer})"
    return None


def _one_line(node: ast.expr, indent: int, before: int) -> str:
    """An item of something broken into lines; it is broken itself only where its line would still be too long."""
    text = _text(node, TERNARY)
    if indent + before + len(text) < LINE or not isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.Call):
        return text
    return _broken(node, indent) or text


def _broken_terms(node: ast.BinOp, inner: str) -> str:
    level = _BINARY[type(node.op)][1]
    lines: list[str] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp) and level != POWER and _BINARY[type(left.op)][1] == level:
        lines.append(f"{inner}{_BINARY[type(left.op)][0].lstrip()}{_text(left.right, level + 1)}\n")
        left = left.left
    return "".join([f"{inner}{_text(left, level)}\n", *reversed(lines)])
