"""The text of expressions: what is parsed back is what was meant, with no more parentheses than a person writes."""

from __future__ import annotations

import ast
import math
import random
from typing import Any

import numpy as np
import pytest

from adjoint.emit.constants import literal
from adjoint.emit.expression_text import expression_text
from adjoint.emit.imports import Imports, Namespace

AS_WRITTEN = [
    "4 * v * (1 - v)",
    "-2.0 * x",
    "(-2.0)**2",
    "-x**2",
    "2**-x",
    "x**y**z",
    "(x**y)**z",
    "a - (b - c)",
    "a + (b + c)",
    "a / (b * c) / d",
    "(a @ b) * c",
    "a * (b @ c)",
    "a @ b @ c",
    "not (a and b)",
    "(a or b) and c",
    "a < b <= c",
    "(a < b) == c",
    "x if a else y if b else z",
    "(x if a else y) + z",
    "f(x if a else y, k=-1)",
    "x[i, 1:-1, None, ...]",
    "x[::2]",
    "x[i + 1:, 0]",
    "(a, b)[0]",
    "[(a, b), (c,), ()]",
    "x.T @ y.sum(axis=0, keepdims=True)",
    "~m & (x > 0.0) | k",
    "1e6 + 2.5e-7 + 100000.0",
    'f("text", None, True)',
    "all(x for x in y if x)",
]


@pytest.mark.parametrize("text", AS_WRITTEN)
def test_prints_as_a_person_writes(text: str) -> None:
    assert expression_text(ast.parse(text, mode="eval").body) == text


def _random_tree(rng: random.Random, depth: int) -> ast.expr:
    if depth == 0 or rng.random() < 0.1:
        return rng.choice([ast.Name("x", ast.Load()), ast.Constant(2), ast.Constant(0.5)])
    a, b, c = (_random_tree(rng, depth - 1) for _ in range(3))
    operators: list[ast.operator] = [
        ast.Add(),
        ast.Sub(),
        ast.Mult(),
        ast.Div(),
        ast.Pow(),
        ast.MatMult(),
        ast.BitAnd(),
    ]
    kind = rng.randrange(8)
    if kind < 4:
        return ast.BinOp(a, rng.choice(operators), b)
    if kind == 4:
        return ast.UnaryOp(rng.choice([ast.USub(), ast.Not(), ast.Invert()]), a)
    if kind == 5:
        return ast.Compare(a, [rng.choice([ast.Lt(), ast.Eq()])], [b])
    if kind == 6:
        return ast.IfExp(a, b, c)
    return rng.choice([ast.BoolOp(ast.And(), [a, b]), ast.Call(a, [b], []), ast.Subscript(a, b, ast.Load())])


def test_random_trees_come_back() -> None:
    rng = random.Random(7)
    for _ in range(1500):
        tree = _random_tree(rng, 4)
        for column in (0, 100):  # short, and broken over lines
            text = expression_text(tree, 0, column)
            found = ast.parse(text, mode="eval").body
            assert ast.dump(found) == ast.dump(tree), text


VALUES: list[Any] = [
    0,
    -3,
    2.5,
    -0.0,
    1e300,
    math.inf,
    -math.inf,
    math.nan,
    1j,
    -2 + 3j,
    complex(-0.0, -1.0),
    True,
    None,
    "it's",
    (1, (2.0,)),
    [1, "a"],
    np.float32(0.1),
    np.float64(-0.1),
    np.int64(3),
    np.bool_(True),
    np.dtype("float32"),
    np.float64,
    np.linalg.norm,
    ...,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_literals_give_the_value(value: Any) -> None:
    imports = Imports(set())
    text = expression_text(literal(value, Namespace({}, imports)))
    module = ast.fix_missing_locations(ast.Module(imports.header(), []))
    namespace: dict[str, Any] = dict(imports.bindings)
    exec(compile(module, "<imports>", "exec"), namespace)
    found = eval(text, namespace)
    assert type(found) is type(value)
    assert repr(found) == repr(value)


def test_constants_hold_no_sign() -> None:
    tree = literal((-1, -2.0, -math.inf, 2 - 1j), Namespace({}, Imports(set())))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            assert node.value >= 0
