"""The outputs that the design shows, from IR written by hand."""

from __future__ import annotations

import numpy as np

from adjoint.ir.core import Line
from tests.emit.build import emitted, loaded, parsed

LOGISTIC = """\
func logistic_grad(%x: float, %n: int = 4) -> float {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: int = const {value=4}
  %3: float = const {value=1.0}
  %4: tape<float> = tape {item=!float}
  %v: float = for %0 %n %1 %x (%i: int, %v.1: float) {
    push %4 %v.1
    %5: float = mul %2 %v.1
    %6: float = sub %1 %v.1
    %v.2: float = mul %5 %6
    continue %v.2
  }
  %v_bar: float = while %3 (%v_bar.1: float) {
    %7: bool = nonempty %4
    yield %7
  } do (%v_bar.2: float) {
    %v.3: float = pop %4
    %8: float = sub %1 %v.3
    %9: float = mul %2 %8
    %10: float = mul %2 %v.3
    %11: float = sub %9 %10
    %v_bar.3: float = mul %v_bar.2 %11
    continue %v_bar.3
  }
  return %v_bar
}
"""

LOGISTIC_SOURCE = """\
def logistic_grad(x, n=4):
    v_stack = []
    v = x
    for i in range(n):
        v_stack.append(v)
        v = 4 * v * (1 - v)
    v_bar = 1.0
    while v_stack:
        v = v_stack.pop()
        v_bar = v_bar * (4 * (1 - v) - 4 * v)  # v = 4 * v * (1 - v)
    return v_bar
"""

STEP = """\
func step_grad(%x: float) -> float {
  %0: float = const {value=100.0}
  %1: float = const {value=2.0}
  %2: tape<bool> = tape {item=!bool}
  %3: tape<float> = tape {item=!float}
  %y: float = while %x (%y.1: float) {
    %4: bool = lt %y.1 %0
    yield %4
  } do (%y.2: float) {
    %big: bool = gt %y.2 %1
    push %2 %big
    %y.3: float = if %big {
      push %3 %y.2
      %y.4: float = mul %y.2 %y.2
      yield %y.4
    } else {
      %y.5: float = add %y.2 %x
      yield %y.5
    }
    continue %y.3
  }
  %6: float = const {value=1.0}
  %7: float = const {value=0.0}
  %y_bar: float, %x_bar: float = while %6 %7 (%y_bar.1: float, %x_bar.1: float) {
    %8: bool = nonempty %2
    yield %8
  } do (%y_bar.2: float, %x_bar.2: float) {
    %9: bool = pop %2
    %y_bar.3: float, %x_bar.3: float = if %9 {
      %y.6: float = pop %3
      %10: float = mul %1 %y.6
      %y_bar.4: float = mul %10 %y_bar.2
      yield %y_bar.4 %x_bar.2
    } else {
      %x_bar.4: float = add %x_bar.2 %y_bar.2
      yield %y_bar.2 %x_bar.4
    }
    continue %y_bar.3 %x_bar.3
  }
  %x_bar.5: float = add %x_bar %y_bar
  return %x_bar.5
}
"""

STEP_SOURCE = """\
def step_grad(x):
    branch_stack, y_stack = [], []
    y = x
    while y < 100.0:
        big = y > 2.0
        branch_stack.append(big)
        if big:
            y_stack.append(y)
            y = y * y
        else:
            y = y + x
    y_bar, x_bar = 1.0, 0.0
    while branch_stack:
        if branch_stack.pop():
            y = y_stack.pop()
            y_bar = 2.0 * y * y_bar  # y = y * y
        else:
            x_bar += y_bar  # y = y + x
    return x_bar + y_bar
"""

LOSS = """\
func loss_grad(%W1: float64[3, 4], %b1: float64[4], %W2: float64[4, 2], %b2: float64[2], %x: float64[n, 3], \
%y: float64[n, 2]) -> (float64[3, 4], float64[4], float64[4, 2], float64[2]) {
  %0: float64[n, 4] = matmul %x %W1
  %1: float64[n, 4] = add %0 %b1
  %h: float64[n, 4] = tanh %1 {_text='np.tanh'}
  %2: float64[n, 2] = matmul %h %W2
  %p: float64[n, 2] = add %2 %b2
  %3: float = const {value=2.0}
  %4: int = size %p
  %5: float = truediv %3 %4
  %6: float64[n, 2] = sub %p %y
  %p_bar: float64[n, 2] = mul %5 %6
  %7: float64[4, n] = transpose %h
  %W2_bar: float64[4, 2] = matmul %7 %p_bar
  %b2_bar: float64[2] = sum %p_bar {axis=0}
  %8: float64[2, 4] = transpose %W2
  %h_bar: float64[n, 4] = matmul %p_bar %8
  %9: float = const {value=1.0}
  %10: float64[n, 4] = mul %h %h
  %11: float64[n, 4] = sub %9 %10
  %a_bar: float64[n, 4] = mul %h_bar %11
  %12: float64[3, n] = transpose %x
  %W1_bar: float64[3, 4] = matmul %12 %a_bar
  %b1_bar: float64[4] = sum %a_bar {axis=0}
  %13: (float64[3, 4], float64[4], float64[4, 2], float64[2]) = tuple %W1_bar %b1_bar %W2_bar %b2_bar
  return %13
}
"""

LOSS_SOURCE = """\
import numpy as np


def loss_grad(W1, b1, W2, b2, x, y):
    h = np.tanh(x @ W1 + b1)
    p = h @ W2 + b2
    p_bar = 2.0 / p.size * (p - y)  # return np.mean((p - y)**2)
    W2_bar = h.T @ p_bar  # p = h @ W2 + b2
    a_bar = (p_bar @ W2.T) * (1.0 - h * h)  # h = np.tanh(x @ W1 + b1)
    return x.T @ a_bar, a_bar.sum(0), W2_bar, p_bar.sum(0)
"""

SMOOTH = """\
func smooth_grad(%u: float64[n], %steps: int) -> float64[n] {
  %0: int = const {value=0}
  %1: int = const {value=1}
  %2: int = const {value=2}
  %3: int = const {value=-1}
  %4: int = const {value=-2}
  %5: float = const {value=2.0}
  %6: float = const {value=0.25}
  %u.1: float64[n] = copy %u
  %u.2: float64[n] = for %0 %steps %1 %u.1 (%_: int, %u.3: float64[n]) {
    %7: float64[?] = index %u.3 %4 {spec=(('slice', False, True, False),)}
    %8: float64[?] = index %u.3 %1 %3 {spec=(('slice', True, True, False),)}
    %9: float64[?] = mul %5 %8
    %10: float64[?] = sub %7 %9
    %11: float64[?] = index %u.3 %2 {spec=(('slice', True, False, False),)}
    %12: float64[?] = add %10 %11
    %13: float64[?] = mul %6 %12
    %u.4: float64[n] = index_add %u.3 %13 %1 %3 {spec=(('slice', True, True, False),)}
    continue %u.4
  }
  %u_bar: float64[n] = mul %5 %u.2
  %u_bar.1: float64[n] = for %0 %steps %1 %u_bar (%_.1: int, %u_bar.2: float64[n]) {
    %15: float64[?] = index %u_bar.2 %1 %3 {spec=(('slice', True, True, False),)}
    %16: float64[?] = mul %6 %15
    %u_bar.3: float64[n] = index_add %u_bar.2 %16 %4 {spec=(('slice', False, True, False),)}
    %17: float = const {value=-2.0}
    %18: float64[?] = mul %17 %16
    %u_bar.4: float64[n] = index_add %u_bar.3 %18 %1 %3 {spec=(('slice', True, True, False),)}
    %u_bar.5: float64[n] = index_add %u_bar.4 %16 %2 {spec=(('slice', True, False, False),)}
    continue %u_bar.5
  }
  return %u_bar.1
}
"""

SMOOTH_SOURCE = """\
def smooth_grad(u, steps):
    u = u.copy()
    for _ in range(steps):
        u[1:-1] += 0.25 * (u[:-2] - 2.0 * u[1:-1] + u[2:])
    u_bar = 2.0 * u  # return np.sum(u**2)
    for _ in range(steps):
        d = 0.25 * u_bar[1:-1]
        u_bar[:-2] += d
        u_bar[1:-1] -= 2.0 * d
        u_bar[2:] += d
    return u_bar
"""


def test_logistic_map() -> None:
    function = parsed(LOGISTIC, {"v_bar": "v = 4 * v * (1 - v)"})
    assert emitted(function) == LOGISTIC_SOURCE
    assert loaded(function)(0.25) == -16.0


def test_while_with_branch() -> None:
    # Two statements update `y_bar` and `x_bar`: each answers the line of its own branch.
    function = parsed(STEP)
    for op in (child for outer in function.body.ops for region in outer.regions for child in region.ops):
        for region, text in zip(op.regions, ("y = y * y", "y = y + x")):
            for inner in region.ops:
                inner.line = _line(text)
    assert emitted(function) == STEP_SOURCE
    assert loaded(function)(3.0) == 8 * 3.0**7


def test_network() -> None:
    lines = {
        "p_bar": "return np.mean((p - y)**2)",
        "W2_bar": "p = h @ W2 + b2",
        "b2_bar": "p = h @ W2 + b2",
        "h_bar": "p = h @ W2 + b2",
        "a_bar": "h = np.tanh(x @ W1 + b1)",
        "W1_bar": "h = np.tanh(x @ W1 + b1)",
        "b1_bar": "h = np.tanh(x @ W1 + b1)",
    }
    assert emitted(parsed(LOSS, lines)) == LOSS_SOURCE


def test_smoothing_in_place() -> None:
    function = parsed(SMOOTH, {"u_bar": "return np.sum(u**2)"})
    for op in function.body.ops:
        for region in op.regions:
            for inner in region.ops:
                inner.line = None
    assert emitted(function) == SMOOTH_SOURCE
    u = np.arange(6.0) ** 2
    assert loaded(function)(u, 0) is not u
    assert np.array_equal(u, np.arange(6.0) ** 2)


def _line(text: str) -> Line:
    return Line(len(text) + ord(text[-1]), text)
