"""Loops to be marked: `MARK(range(n))` becomes the range itself, or `checkpoint(range(n), ...)`."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from tests.support import import_text

HEADER = "import math\nimport numpy as np\nfrom adjoint import checkpoint, grad\n"

PROGRAMS: dict[str, tuple[str, str]] = {
    "captured": (
        "x, 1.3, 14",
        """
def f(x, w, n):
    for i in MARK(range(n)):
        x = x + 0.1 * np.tanh(w * x)
    return np.sum(x)
""",
    ),
    "in place": (
        "x, 11",
        """
def f(u, n):
    for i in MARK(range(n)):
        u[1:-1] += 0.2 * (u[:-2] - 2.0 * u[1:-1] + u[2:]) * u[1:-1]
    return np.sum(u**2)
""",
    ),
    "two names of one array": (
        "x, 12",
        """
def f(x, n):
    a = x * 1.0
    b = a
    c = x * 2.0
    for i in MARK(range(n)):
        a[i % 5] = a[i % 5] * np.cos(c[0])
        c = a * 0.5 + b[0]
        b[1:3] *= 1.01
    return np.sum(a * b * c)
""",
    ),
    "swapped buffers": (
        "x, 13",
        """
def f(x, n):
    u = x * 1.0
    v = x * 2.0
    for i in MARK(range(n)):
        v[1:-1] = u[1:-1] + 0.1 * (u[2:] - u[:-2]) * u[1:-1]
        u, v = v, u
    return np.sum(u * v)
""",
    ),
    "while": (
        "x,",
        """
def f(x):
    y = x
    while MARK(np.sum(y * y) < 100.0):
        y = y + 0.1 * y * np.sin(x)
    return np.sum(y)
""",
    ),
    "while, left by break": (
        "x,",
        """
def f(x):
    y = x[0]
    k = 0
    while MARK(True):
        y = y * 1.2 + x[1] * k
        k += 1
        if y > 50.0:
            break
    return y * x[2]
""",
    ),
    "for, left by break": (
        "x, 100",
        """
def f(x, n):
    y = x
    for i in MARK(range(n)):
        y = y * (1.0 + 0.01 * i)
        if np.sum(y) > 20.0:
            break
        y = y + np.sin(y)
    return np.sum(y)
""",
    ),
    "return, else": (
        "x, 30",
        """
def f(x, n):
    y = x[0]
    for j in MARK(range(n)):
        y = y * 1.3 * np.cos(x[1])
        if y > 1.0:
            return y * y
    else:
        y = y * x[2]
    return y
""",
    ),
    "nested": (
        "x, 7",
        """
def f(x, n):
    for i in MARK(range(n)):
        for j in MARK(range(3)):
            x = x + 0.1 * np.sin(x * i)
    return np.sum(x)
""",
    ),
    "inside another loop": (
        "x, 7",
        """
def f(x, n):
    total = 0.0
    for i in range(n):
        for j in MARK(range(i)):
            x = x + 0.1 * np.sin(x * j)
        total += np.sum(x**3)
    return total
""",
    ),
    "callee in the loop, a step of 3": (
        "x, 30",
        """
def move(x, w, t):
    k1 = np.sin(w * x + t)
    for k in range(2):
        x = x + 0.01 * k1 * x
    return x

def f(x, n):
    t = 0.0
    for i in MARK(range(2, n, 3)):
        x = move(x, 1.2, t)
        t += 0.1 * i
    return np.sum(x * x) + t
""",
    ),
    "loop in a callee": (
        "x, 9",
        """
def settle(x, n):
    for j in MARK(range(n)):
        x = x * np.cos(x)
    return x

def f(x, n):
    for i in range(2):
        x = settle(x, n) + 0.1
    return np.sum(settle(x, n))
""",
    ),
    "down, first bound in the loop": (
        "x, 15",
        """
def f(x, n):
    y = x[0]
    for i in MARK(range(n, 0, -2)):
        y = y * math.cos(y) + i * x[1]
        last = y * 2
    return y + last
""",
    ),
    "reversed": (
        "x, 15",
        """
def f(x, n):
    y = x[0]
    for i in MARK(reversed(range(2, n))):
        y = y * math.cos(0.1 * y) + 0.1 * i * x[1]
    return y
""",
    ),
    "containers": (
        "x, 12",
        """
def f(x, n):
    s = (x[0], x[1:3])
    d = {"a": x[3], "b": x}
    rows = [x[0], x[1], x[2]]
    for i in MARK(range(n)):
        a, b = s
        s = (a * np.cos(a), b * a)
        d["a"] = d["a"] * a
        d["b"] = np.sin(d["b"]) * a
        rows[i % 3] = rows[(i + 1) % 3] * np.cos(rows[i % 3]) + 0.1
    return s[0] + np.sum(s[1]) + d["a"] + np.sum(d["b"]) + rows[0] * rows[1]
""",
    ),
    "over the items of arrays": (
        "np.linspace(0.1, 1.0, 20),",
        """
def f(x):
    y = x
    for i, v in MARK(enumerate(x)):
        y = y * np.cos(v) + 0.01 * i
    for a, b in MARK(zip(x, x[::-1])):
        y = y * a + b
    return np.sum(y)
""",
    ),
    "two loops alike": (
        "x, 8",
        """
def f(x, n):
    w = x * 0.5
    y = x * 1.0
    for i in MARK(range(n)):
        y = y * w
    for i in MARK(range(n)):
        x = x * x
    for i in MARK(range(n)):
        y[1:] = y[1:] * w[0]
    for i in MARK(range(n)):
        w[1:] = w[1:] * w[0]
    return np.sum(x + y + w)
""",
    ),
    "no step": (
        "x, 0",
        """
def f(x, n):
    y = x[0] * x[1]
    for j in MARK(range(n)):
        y = y * 1.3 * np.cos(x[1])
    return y
""",
    ),
}


def load(text: str, options: str | None, directory: Path) -> ModuleType:
    """The program, marked with these options of `checkpoint`; without a mark for None."""
    if options is None:
        return import_text(HEADER + re.sub(r"MARK\((.*)\):", r"\1:", text), directory)
    mark = rf"checkpoint(\1{', ' if options else ''}{options}):"
    return import_text(HEADER + re.sub(r"MARK\((.*)\):", mark, text), directory)
