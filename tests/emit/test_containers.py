"""Containers in and out: derivatives agree with differences and come in the container of their argument."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from adjoint.derive.cotangents import cotangent_type
from adjoint.emit import emit_module
from adjoint.errors import InvalidIR
from adjoint.ir.core import Function, walk
from adjoint.ir.evaluate import evaluate
from adjoint.ir.layouts import build, read
from adjoint.ir.parser import parse_function
from adjoint.ir.printer import print_function
from adjoint.ir.types import Layout, Tuple, Type, is_differentiable
from adjoint.ir.verify import verify
from adjoint.options import Transform
from adjoint.pipeline import differentiate, emit
from tests.emit import container_programs as programs
from tests.emit.container_programs import CONTAINER, SCALAR, STATICS, Plain, Point, Program

STEP = 1e-6


def parsed(program: Program) -> Function:
    function = parse_function(program.text, STATICS)
    verify(function)
    return function


def loaded(function: Function) -> Any:
    verify(function)
    made = emit(function)
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    return namespace[made.entry_name]


def reals(value: Any, t: Type) -> Iterator[float]:
    """The real numbers in a value, in order; those of its cotangent when `t` is the primal's type."""
    if isinstance(t, Tuple):
        for index, item in enumerate(t.items):
            inside = value if value is None else read(t.layout, value, index)
            yield from reals(inside, item)
    elif is_differentiable(t):
        yield from np.ravel(value).tolist()


def moved(value: Any, t: Type, numbers: Iterator[float]) -> Any:
    """The value with other real numbers in it."""
    if isinstance(t, Tuple):
        items = [moved(read(t.layout, value, index), item, numbers) for index, item in enumerate(t.items)]
        if t.layout is None or t.layout.cls not in (Plain, programs.Checked):
            return build(t.layout, items)
        record = object.__new__(t.layout.cls)
        vars(record).update(zip(t.layout.keys, items))
        return record
    if not is_differentiable(t):
        return value
    if isinstance(value, np.ndarray):
        return np.array([next(numbers) for _ in range(value.size)]).reshape(value.shape)
    return next(numbers)


def arguments(program: Program, types: list[Type], step: float, direction: list[np.ndarray]) -> list[Any]:
    """The arguments, moved along a direction in the differentiated ones."""
    args = list(program.args)
    for position, way in zip(program.wrt, direction):
        there = np.array(list(reals(args[position], types[position]))) + step * way
        args[position] = moved(args[position], types[position], iter(there.tolist()))
    return args


def directions(program: Program, types: list[Type]) -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [rng.normal(size=len(list(reals(program.args[p], types[p])))) for p in program.wrt]


def as_tangent(value: Any, t: Type, way: np.ndarray) -> Any:
    """A tangent in the container it must have: None where the primal holds no real number."""
    numbers = iter(way.tolist())

    def fill(value: Any, t: Type) -> Any:
        if not is_differentiable(t):
            return None
        if not isinstance(t, Tuple):
            return moved(value, t, numbers)
        dot = cotangent_type(t)
        assert isinstance(dot, Tuple)
        return build(dot.layout, [fill(read(t.layout, value, i), item) for i, item in enumerate(t.items)])

    return fill(value, t)


def slope(function: Function, program: Program, direction: list[np.ndarray], t: Type) -> np.ndarray:
    """The difference quotient of the evaluated function along a direction."""
    types = [arg.type for arg in function.args]
    ends = [evaluate(function, arguments(program, types, sign * STEP, direction)) for sign in (1, -1)]
    up, down = (np.array(list(reals(end, t))) for end in ends)
    return (up - down) / (2 * STEP)


def dot(grads: Any, types: list[Type], program: Program, direction: list[np.ndarray]) -> float:
    """The gradient along the direction; its containers must be those of the arguments."""
    total = 0.0
    for position, grad, way in zip(program.wrt, grads, direction):
        check_container(grad, program.args[position], types[position])
        total += float(np.dot(list(reals(grad, types[position])), way))
    return total


def check_container(grad: Any, value: Any, t: Type) -> None:
    if not is_differentiable(t):
        assert grad is None
        return
    if not isinstance(t, Tuple):
        assert np.shape(grad) == np.shape(value)
        return
    opaque = t.layout is not None and t.layout.cls in (Plain, programs.Checked)
    assert type(grad) is (SimpleNamespace if opaque else type(value))
    for index, item in enumerate(t.items):
        check_container(read(t.layout, grad, index), read(t.layout, value, index), item)


def by_name(program: Program) -> str:
    return program.name


every = pytest.mark.parametrize("program", SCALAR + CONTAINER, ids=by_name)
scalar = pytest.mark.parametrize("program", SCALAR, ids=by_name)


@every
def test_the_emitted_program_is_the_evaluated_one(program: Program) -> None:
    function = parsed(program)
    expected = evaluate(function, program.args)
    found = loaded(function)(*program.args)
    assert type(found) is type(expected)
    assert list(reals(found, function.result_type)) == list(reals(expected, function.result_type))


@scalar
def test_reverse(program: Program) -> None:
    function = parsed(program)
    types = [arg.type for arg in function.args]
    way = directions(program, types)
    gradient = differentiate(function, Transform("grad", program.wrt, False))
    expected = slope(function, program, way, function.result_type)[0]
    for run in (loaded(gradient), lambda *args: evaluate(gradient, args)):
        assert dot(run(*program.args), types, program, way) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@every
def test_forward(program: Program) -> None:
    function = parsed(program)
    types = [arg.type for arg in function.args]
    way = directions(program, types)
    tangents = [as_tangent(program.args[p], types[p], w) for p, w in zip(program.wrt, way)]
    pushed = differentiate(function, Transform("jvp", program.wrt, False))
    value, value_dot = loaded(pushed)(*program.args, *tangents)
    check_container(value_dot, value, function.result_type)
    found = list(reals(value_dot, function.result_type))
    expected = slope(function, program, way, function.result_type)
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("program", CONTAINER, ids=by_name)
def test_pullback(program: Program) -> None:
    """The dot product test: y_bar . (J v) = (J^T y_bar) . v, with y_bar in the container of the result."""
    function = parsed(program)
    types = [arg.type for arg in function.args]
    way = directions(program, types)
    result = evaluate(function, program.args)
    weights = np.random.default_rng(5).normal(size=len(list(reals(result, function.result_type))))
    seed = as_tangent(result, function.result_type, weights)
    run = loaded(differentiate(function, Transform("pullback", program.wrt, False)))
    expected = np.dot(weights, slope(function, program, way, function.result_type))
    assert dot(run(*program.args, seed), types, program, way) == pytest.approx(expected, rel=1e-6, abs=1e-8)


@scalar
@pytest.mark.parametrize("second", ["jvp", "pullback"])
def test_second_order(program: Program, second: str) -> None:
    """The gradient along a direction, differentiated along another: both modes over reverse."""
    function = parsed(program)
    types = [arg.type for arg in function.args]
    way = directions(program, types)
    gradient = differentiate(function, Transform("grad", program.wrt, False))
    expected = slope(gradient, program, way, gradient.result_type)
    if second == "jvp":
        tangents = [as_tangent(program.args[p], types[p], w) for p, w in zip(program.wrt, way)]
        pushed = differentiate(gradient, Transform("jvp", program.wrt, False))
        _, grad_dot = loaded(pushed)(*program.args, *tangents)
        np.testing.assert_allclose(list(reals(grad_dot, gradient.result_type)), expected, rtol=1e-5, atol=1e-7)
        return
    weights = np.random.default_rng(7).normal(size=len(expected))
    seed = as_tangent(evaluate(gradient, program.args), gradient.result_type, weights)
    pulled = loaded(differentiate(gradient, Transform("pullback", program.wrt, False)))(*program.args, seed)
    total = sum(np.dot(list(reals(bar, types[p])), w) for p, bar, w in zip(program.wrt, pulled, way))
    assert total == pytest.approx(np.dot(weights, expected), rel=1e-5, abs=1e-7)


@scalar
def test_forward_twice(program: Program) -> None:
    function = parsed(program)
    types = [arg.type for arg in function.args]
    way = directions(program, types)
    tangents = [as_tangent(program.args[p], types[p], w) for p, w in zip(program.wrt, way)]
    once = differentiate(function, Transform("jvp", program.wrt, False))
    twice = loaded(differentiate(once, Transform("jvp", program.wrt, False)))
    _, (_, found) = twice(*program.args, *tangents, *tangents)
    step = 1e-4
    values = [evaluate(function, arguments(program, types, move * step, way)) for move in (1, 0, -1)]
    assert found == pytest.approx((values[0] - 2 * values[1] + values[2]) / step**2, rel=1e-4, abs=1e-5)


def test_gradients_own_their_memory() -> None:
    """Neither a seed nor another part of the gradient lives in the memory of a part."""
    (exchange,) = (p for p in CONTAINER if p.name == "exchange")
    run = loaded(differentiate(parsed(exchange), Transform("pullback", (0,), True)))
    seed = [np.ones(2), {"a": np.ones(2)}]
    found = run(*exchange.args, seed)
    parts = [found["a"], found["b"], seed[0], seed[1]["a"]]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(parts) for b in parts[:i])
    (shared,) = (p for p in SCALAR if p.name == "shared")
    found = loaded(differentiate(parsed(shared), Transform("grad", (0,), True)))(*shared.args)
    assert not np.shares_memory(found["a"], found["b"])
    assert np.array_equal(found["a"], found["b"])
    assert np.array_equal(found["c"], np.zeros(2))


def test_gradients_own_their_containers() -> None:
    """A container that could be changed is neither the seed's nor at two places of the gradient."""
    text = """func same(%p: dict{"a": list(float), "b": list(float)}) -> list(float) {
  %0: list(float) = getitem %p
  return %0
}
"""
    run = loaded(differentiate(parse_function(text), Transform("pullback", (0,), True)))
    seed = [2.0]
    found = run({"a": [1.0], "b": [1.0]}, seed)
    assert found == {"a": [2.0], "b": [0.0]}
    assert found["a"] is not seed
    text = text.replace("-> list(float)", "-> float").replace("  return %0", "  %1: float = getitem %0\n  return %1")
    text = text.replace('"b": list(float)}', '"b": list(float), "c": list(float)}')
    run = loaded(differentiate(parse_function(text), Transform("grad", (0,), True)))
    found = run({"a": [1.0], "b": [1.0], "c": [2.0]})
    assert found == {"a": [1.0], "b": [0.0], "c": [0.0]}
    assert found["b"] is not found["c"]


def source_of(name: str, transform: Transform) -> str:
    (program,) = (p for p in SCALAR + CONTAINER if p.name == name)
    made = emit(differentiate(parsed(program), transform))
    assert made == emit(differentiate(parsed(program), transform)), "the same input gives the same bytes"
    return made.source


def test_text_of_a_dict() -> None:
    assert source_of("layer", Transform("grad", (0,), True)) == '''import numpy as np


def layer_grad(params, x):
    h = x @ params["w"] + params["b"]
    h_bar = 2 * h
    return {"w": np.outer(x, h_bar), "b": h_bar}
'''


def test_text_of_records() -> None:
    assert source_of("records", Transform("grad", (0, 1, 2), False)) == """from types import SimpleNamespace


def records_grad(p, q, r):
    t = p.x * p.y
    t2 = q.w * r.w
    d = q.b * t2.sum()
    d2 = t * q.b
    return (
        Point(x=p.y * d, y=p.x * d),
        Params(w=d2 * r.w, b=(t * t2).sum()),
        SimpleNamespace(w=d2 * q.w, b=0.0),
    )
"""


def test_text_of_reads_in_a_loop() -> None:
    text = source_of("loop", Transform("grad", (0,), True))
    assert "h_bar, w_bar_1, w_bar = 1.0, 0.0, 0.0\n" in text
    assert text.endswith('return {"layers": [{"w": w_bar_1, "s": None}, {"w": w_bar, "s": None}], "n": None}\n')


def test_text_of_tangents() -> None:
    assert source_of("layer", Transform("jvp", (0,), True)).endswith(
        'return np.sum(h * h), (2 * h * (x @ params_dot["w"] + params_dot["b"])).sum()\n'
    )


def test_long_containers_have_a_line_for_each_item() -> None:
    keys = [f"parameter_{number}" for number in range(8)]
    declared = ", ".join(f'"{key}": float' for key in keys)
    reads = [f"  %{n}: float = getitem %p {{index={n}}}\n  %s.{n}: float = sin %{n}\n" for n in range(8)]
    sums = [f"  %t.{n + 1}: float = add %{'s.0' if n == 0 else f't.{n}'} %s.{n + 1}\n" for n in range(7)]
    text = f"func long(%p: dict{{{declared}}}) -> float {{\n{''.join(reads + sums)}  return %t.7\n}}\n"
    made = emit(differentiate(parse_function(text), Transform("grad", (0,), True)))
    assert '    return {\n        "parameter_0": np.cos(p["parameter_0"]),\n' in made.source
    assert max(map(len, made.source.splitlines())) <= 110


def test_a_class_gives_way_to_names_in_use() -> None:
    """A parameter called as a class: the class gets another name."""
    text = "func f(%Point: Point{x: float, y: float}) -> float {\n  %0: float = getitem %Point\n  return %0\n}\n"
    made = emit(differentiate(parse_function(text, STATICS), Transform("grad", (0,), True)))
    assert made.bindings == {"Point_1": Point}
    assert made.source == "def f_grad(Point):\n    return Point_1(x=1.0, y=0.0)\n"


def test_a_planted_layout_is_found() -> None:
    """A gradient whose keys are exchanged is wrong: the verifier sees it, and so would the numbers."""
    text = """func f(%p: dict{"a": float, "b": float}) -> float {
  %0: float = getitem %p
  %1: float = getitem %p {index=1}
  %2: float = mul %0 %1
  %3: float = mul %2 %0
  return %3
}
"""
    program = Program("planted", text, ({"a": 1.5, "b": -0.5},))
    function = parsed(program)
    gradient = differentiate(function, Transform("grad", (0,), False))
    for op in walk(gradient.body):
        if op.opcode == "tuple" and op.attrs["layout"] is not None:
            op.attrs["layout"] = Layout("dict", ("b", "a"))
    with pytest.raises(InvalidIR, match="makes no"):
        verify(gradient)
    made = emit_module(gradient)
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    types = [arg.type for arg in function.args]
    way = directions(program, types)
    found = dot(namespace[made.entry_name](*program.args), types, program, way)
    assert abs(found - slope(function, program, way, function.result_type)[0]) > 0.1


def test_keywords_as_keys() -> None:
    """Attributes that Python reads as words of the language."""
    t = Tuple((), Layout("namespace", ("lambda", "w")))
    text = f"func f(%p: {t.layout.text('namespace', ('float', 'float'))}) -> float {{\n  %0: float = getitem %p\n"
    text += "  %1: float = mul %0 %0\n  return %1\n}\n"
    made = emit(differentiate(parse_function(text), Transform("grad", (0,), True)))
    namespace: dict[str, Any] = dict(made.bindings)
    exec(compile(made.source, "<emitted>", "exec"), namespace)
    found = namespace[made.entry_name](SimpleNamespace(**{"lambda": 3.0, "w": 1.0}))
    assert vars(found) == {"lambda": 6.0, "w": 0.0}




def test_variadic_parameters() -> None:
    """`*rest` and `**more` are containers inside, and are passed on item by item where they are written out."""
    text = """func f(%x: float, *%rest: (float, float), %k: float = 2.0, **%more: dict{"a": float}) -> float {
  %r: float = call %x %rest %k %more {callee=&g}
  %0: dict{"a": float} = tuple %r {layout=dict{"a"}}
  %1: (float, float) = tuple %x %x
  %2: float = call %x %1 %r %0 {callee=&g}
  return %2
}

func g(%x: float, *%rest: (float, float), %k: float, **%more: dict{"a": float}) -> float {
  %0: float = getitem %rest {index=1}
  %1: float = getitem %more
  %2: float = mul %0 %1
  %3: float = mul %2 %k
  %4: float = mul %3 %x
  return %4
}
"""
    function = parse_function(text)
    assert print_function(function) == text
    verify(function)
    _, entry = emit(function).source.split("def f")
    assert entry == "(x, *rest, k=2.0, **more):\n    r = g(x, *rest, k=k, **more)\n    return g(x, x, x, k=r, a=r)\n"
    x, y, z, k, a = 1.1, 0.4, -0.7, 0.9, 1.3
    found = loaded(differentiate(function, Transform("grad", (0, 1, 3), False)))(x, y, z, k=k, a=a)
    once = z * a * k * x
    assert loaded(function)(x, y, z, k=k, a=a) == pytest.approx(x * x * once * once)
    assert found[0] == pytest.approx(4 * x * once**2)
    assert found[1] == pytest.approx((0.0, 2 * x * x * once**2 / z))
    assert found[2] == pytest.approx({"a": 2 * x * x * once**2 / a})
