"""What a derivative keeps for its reverse sweep: read from the emitted text, and counted in a run of it.

    x_stack.append(x)  # f_grad, line 4: each pass of `for i in range(n)`; 300 times, 2.44 MB at once
    u_tape[i] = u      # f_grad, line 9: each pass of `for i in range(n)`; 300 times, 24 MB at once
"""

from __future__ import annotations

import ast
import re
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from adjoint.runtime.containers import items_of

_TAPE = re.compile(r"(.*_)?tape(_\d+)?")
"""The names of arrays with a place for each pass of a loop."""
POINTER, NUMBER, HEADER = 8, 24, 112
"""Bytes of a place in a list, of a Python number, of the head of an array."""


@final
@dataclass(slots=True)
class Saved:
    """One place where the text keeps something, and how often it did, and how much at once."""

    text: str
    function: str
    line: int
    loops: list[str]
    times: int = 0
    live: int = 0
    most: int = 0


def describe(source: str) -> str:
    """What the text of a derivative keeps, and in which loop."""
    return _joined([_line(each, False) for each in find_saved(ast.parse(source))])


def measure(
    source: str, run: Callable[..., Any], arguments: Callable[[], Sequence[Any]], plain: Callable[[], Any]
) -> str:
    """The same with numbers: from a run of the function `run` of this text, beside one of the plain function."""
    tree = ast.parse(source)
    found = find_saved(tree)
    counter = _Counter(found)
    names = dict(run.__globals__, _put=counter.put, _take=counter.take, _fill=counter.fill)
    exec(compile(ast.fix_missing_locations(_Instrumented(found).visit(tree)), "<memory>", "exec"), names)
    names[run.__name__](*arguments())
    given = arguments()
    took, alone = _seconds(lambda: run(*given)), _seconds(plain)
    given = arguments()
    tracemalloc.start()
    run(*given)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    numbers = [
        f"kept at once: {_amount(counter.most)}; all memory in use: {_amount(peak)}",
        f"time: {took:.3g} s, {took / max(alone, 1e-9):.1f} times the function ({alone:.3g} s)",
    ]
    return _joined([_line(each, True) for each in found]) + _joined(numbers)


def _joined(lines: Sequence[str]) -> str:
    return "\n".join(lines or ["nothing is kept: the reverse sweep reads what is still in its variables"]) + "\n"


def find_saved(tree: ast.Module) -> list[Saved]:
    """The places where something is put on a stack that is emptied later, or into an array with a place for it."""
    found: list[Saved] = []
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            emptied = {_stack(node, "pop") for node in ast.walk(function)} - {None}
            emptied |= {name for name in _made_empty(function) if _TAPE.fullmatch(name)}
            _scan(function, function.name, [], emptied, found)
    return found


def _made_empty(function: ast.FunctionDef) -> Iterator[str]:
    """The variables that are bound to `np.empty(...)`."""
    for node in ast.walk(function):
        match node:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Attribute(_, "empty"))):
                yield name


def _filled(node: ast.AST) -> str | None:
    """The variable of which one item is bound."""
    match node:
        case ast.Assign([ast.Subscript(ast.Name(name))]):
            return name
    return None


def _scan(node: ast.AST, function: str, loops: list[str], emptied: set[str | None], found: list[Saved]) -> None:
    if (_stack(node, "append") or _filled(node)) in emptied - {None} and isinstance(node, ast.Call | ast.Assign):
        found.append(Saved(ast.unparse(node), function, node.lineno, loops))
    inner = loops
    if isinstance(node, ast.For):
        inner = [*loops, f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"]
    elif isinstance(node, ast.While):
        inner = [*loops, f"while {ast.unparse(node.test)}"]
    for child in ast.iter_child_nodes(node):
        _scan(child, function, inner, emptied, found)


def _stack(node: ast.AST, method: str) -> str | None:
    """The variable whose method is called."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
        return node.func.value.id if isinstance(node.func.value, ast.Name) else None
    return None


def _line(saved: Saved, is_counted: bool) -> str:
    often = " in ".join(f"each pass of `{loop}`" for loop in reversed(saved.loops)) or "once"
    text = f"{saved.text}  # {saved.function}, line {saved.line}: {often}"
    times = "once" if saved.times == 1 else f"{saved.times} times"
    return f"{text}; {times}, {_amount(saved.most)} at once" if is_counted else text


def _seconds(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@final
class _Instrumented(ast.NodeTransformer):
    """What goes on a stack or into a tape, and what comes off a stack, passes through the counter."""

    def __init__(self, found: list[Saved]) -> None:
        self.numbers = {(saved.function, saved.line, saved.text): number for number, saved in enumerate(found)}
        self.function = ""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Functions of the module hold no others."""
        self.function = node.name
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        """`u_tape[i] = u` becomes `u_tape[i] = _fill(0, u)`."""
        number = self.numbers.get((self.function, node.lineno, ast.unparse(node)))
        self.generic_visit(node)
        if number is not None:
            node.value = ast.Call(ast.Name("_fill", ast.Load()), [ast.Constant(number), node.value], [])
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """`s.append(v)` becomes `s.append(_put(0, v))`, `s.pop()` becomes `_take(s.pop())`."""
        number = self.numbers.get((self.function, getattr(node, "lineno", 0), ast.unparse(node)))
        self.generic_visit(node)
        if number is not None:
            node.args = [ast.Call(ast.Name("_put", ast.Load()), [ast.Constant(number), *node.args], [])]
        elif _stack(node, "pop") is not None and not node.args:
            return ast.Call(ast.Name("_take", ast.Load()), [node], [])
        return node


@final
class _Counter:
    """How much is on the stacks. What comes off one is known by its identity."""

    def __init__(self, found: list[Saved]) -> None:
        self.found = found
        self.owners: dict[int, list[int]] = {}
        self.live = self.most = 0

    def put(self, number: int, value: Any) -> Any:
        self.owners.setdefault(id(value), []).append(number)
        return self._count(number, value, _bytes(value))

    def fill(self, number: int, value: Any) -> Any:
        return self._count(number, value, np.asarray(value).nbytes)

    def _count(self, number: int, value: Any, size: int) -> Any:
        saved = self.found[number]
        saved.times += 1
        saved.live += size
        self.live += size
        saved.most, self.most = max(saved.most, saved.live), max(self.most, self.live)
        return value

    def take(self, value: Any) -> Any:
        if self.owners.get(id(value)):
            size = _bytes(value)
            self.found[self.owners[id(value)].pop()].live -= size
            self.live -= size
        return value


def _bytes(value: Any) -> int:
    if isinstance(value, np.ndarray):
        return POINTER + HEADER + (value.nbytes if value.base is None else 0)
    items = items_of(value)
    return POINTER + (NUMBER if items is None else 56 + sum(map(_bytes, items)))


def _amount(number: int) -> str:
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= size:
            return f"{number / size:.3g} {unit}"
    return f"{number} bytes"
