"""Programs of the language that were once wrong or failed obscurely, cut down: found by the random programs.

Each is the text of a module with a function `f`, and the text of its arguments. Those in `ALIASED` may be refused: two
names of one container meet in them in a way that only the run knows.
"""

from __future__ import annotations

FOUND: dict[str, tuple[str, str]] = {}
ALIASED: dict[str, tuple[str, str]] = {}


def _add(name: str, args: str, text: str, table: dict[str, tuple[str, str]] = FOUND) -> None:
    table[name] = f"import math\nfrom dataclasses import dataclass\n\nimport numpy as np\n\n{text}", args


# -- what a loop runs over changes while it runs

_add(
    "list_changes_under_short_loop",
    "(0.4636, 0.3322)",
    """
def f(x, y):
    xs = [y / 3.0, 0.25 * x]
    for v in xs:
        xs[0], xs[-1] = xs[-1], v
        y = y * 0.33 + xs[0] * x
    return y + xs[0] + 2.0 * xs[1]
""",
)
_add(
    "list_changes_in_function_under_loop",
    "(0.1089, -0.6044)",
    """
def f(x, y):
    xs = [math.sin(1.2), y, y * x]
    for v in xs:
        def g(a):
            xs[0] = a * v
            return sum(p * q for p, q in zip(xs, xs))
        y = y * 1.17 + g(xs[0])
        xs.reverse()
    return y, xs
""",
)
_add(
    "list_changes_under_long_loop",
    "(1.5,)",
    """
def f(x):
    xs = [x * k for k in range(20)]
    t = x
    for i, v in enumerate(xs):
        t += v * t * 0.01
        xs[(i * 3 + 1) % 20] = t
    return t
""",
)
_add(
    "two_lists_change_under_zip",
    "(1.5, 4)",
    """
def f(x, n):
    xs = [x * k for k in range(7)]
    t = x
    for v, w in zip(xs, xs[1:]):
        t += v * t * 0.01
        xs[n % 3] = t
        xs[-1] = w
    return t
""",
)
_add(
    "list_reversed_under_loop",
    "(1.5, [1.0, 2.0, 3.0, 4.0, 5.0], 4)",
    """
def f(x, xs, n):
    t = x
    for v in xs:
        t += v * math.sin(t)
        xs.reverse()
        xs[n % 2] = t
    return t
""",
)
_add(
    "dict_changes_under_loop",
    '(1.46, {"a": -0.7921, "b": -0.5791})',
    """
def f(y, table):
    for key, v in table.items():
        y = y * v
        table.update(a=math.exp(-y), b=table["a"])
    return y + table["b"]
""",
)
_add(
    "list_shrinks_under_enumerate",
    "(1.0312,)",
    """
def f(x):
    xs = [x, 0.7]
    for i, v in enumerate(xs):
        xs.pop(0)
    return x, xs
""",
    ALIASED,
)
_add(
    "list_cleared_under_loop",
    "(1.5, [1.0, 2.0, 3.0, 4.0, 5.0])",
    """
def f(x, xs):
    t = x
    for v in xs:
        t += v * t
        xs.clear()
    return t
""",
    ALIASED,
)
_add(
    "function_of_map_called_once_for_each",
    "(-1.2123, 0.8359)",
    """
def f(x, y):
    xs, w = [x, 0.84, y], 0.3
    def g(a):
        nonlocal w
        w += w * a
        return a * w
    return sum(map(lambda v: g(x + v), xs)) + g(g(y))
""",
)

# -- lists in lists

_add(
    "rows_swapped",
    "(1.5, [[1.0, 2.0], [3.0, 4.0]], 4)",
    """
def f(x, grid, n):
    grid[0], grid[1] = grid[1], grid[0]
    return x * grid[n % 2][0] + grid[1][1]
""",
)
_add(
    "row_from_the_end",
    "(1.5, [[1.0, 2.0], [3.0, 4.0]])",
    """
def f(x, grid):
    r = grid[-1]
    grid.append([x, x])
    r.append(5.0)
    return sum(len(q) * q[0] for q in grid)
""",
    ALIASED,
)
_add(
    "arrays_swapped_in_a_list",
    "(1.5, 0.7, 2)",
    """
def f(x, y, n):
    us = [(x + k * y) * np.ones(2) for k in range(n)]
    a = us[0]
    us[0] = us[1] * x
    us[1] = a * x
    return np.sum(us[0] * a + us[1])
""",
)
_ROWS = "(0.3, [[0.2, 0.4], [0.6, 1.3]])"
_GIVERS = {
    "appended": ("def h(rows, out):\n    out.append(rows[0])\n", "out = [[x]]\n    h(grid, out)\n    r = out[1]"),
    "stored_in_dict": ('def h(rows, d):\n    d["r"] = rows[0]\n', 'd = {"r": [x]}\n    h(grid, d)\n    r = d["r"]'),
    "returned": ("def h(rows):\n    return rows[0]\n", "r = h(grid)"),
    "returned_in_list": ("def h(rows):\n    return [rows[1], rows[0]]\n", "r = h(grid)[1]"),
    "returned_in_filter": ("def h(rows):\n    return [r for r in rows if len(r) > 1]\n", "r = h(grid)[0]"),
    "returned_by_recursion": (
        "def h(rows, k=2):\n    if k == 0:\n        return rows[0]\n    return h(rows, k - 1)\n",
        "r = h(grid)",
    ),
    "chosen_in_loop": (
        "def h(rows):\n    best = rows[1]\n    for r in rows:\n"
        "        if r[0] < best[0]:\n            best = r\n    return best\n",
        "r = h(grid)",
    ),
    "chosen_by_path": ("", "r = grid[0] if x > 0 else grid[1]"),
    "taken_in_loop": ("", "r = [x, x]\n    for i in range(1):\n        r = grid[i]"),
}
for _name, (_helper, _call) in _GIVERS.items():
    for _way, _change, _read in (("row", "r[0] = 2 * x", "grid[0][0]"), ("list", "grid[0][0] = 2 * x", "r[0]")):
        _body = f"def f(x, grid):\n    {_call}\n    {_change}\n    return {_read} * x + grid[1][0]\n"
        _add(f"row_{_name}_{_way}_changes", _ROWS, f"{_helper}\n\n{_body}", ALIASED)
_add(
    "row_kept_by_a_closure",
    _ROWS,
    """
def h(rows):
    r = rows[1]
    def inner(v):
        r.append(v)
        return sum(r)
    return inner


def f(x, grid):
    g = h(grid)
    grid[1][0] = 2 * x
    return g(x) * x + grid[1][-1]
""",
    ALIASED,
)
_add(
    "row_given_back_after_a_change",
    _ROWS,
    """
def h(rows, a):
    rows[1][0] = rows[1][-1] * a
    return rows[-1]


def f(x, grid):
    r = h(grid, x)
    return r[0] * x + grid[0][0] * sum(r)
""",
)

# -- functions

_add(
    "new_list_given_and_kept",
    "(-0.7242, 0.6257)",
    """
@dataclass
class Box:
    w: float
    log: list


def h(box, a):
    box.log = [v * a for v in box.log]
    return box.log


def f(x, y):
    box = Box(x, [x, y])
    xs = h(box, y)
    xs.append(x)
    return sum((k + 1.5) * v for k, v in enumerate(box.log)) + xs[0]
""",
)
_add(
    "free_name_in_else_of_inner_loop",
    "(1.0, 2.0)",
    """
def f(x, y):
    xs = [x, y]
    def g(a):
        for v in xs:
            pass
        else:
            t = y + 0.58
        return len(xs) * t * a
    def h(a, k=g(x)):
        return sum(map(lambda v: k * v, xs))
    return h(x) + g(y)
""",
)
_add(
    "function_chosen_with_what_it_took_along",
    "(-1.1, -0.88)",
    """
def f(x, y):
    g = lambda a: a
    if y < 0.99:
        k = math.sin(x * 2)
        g = lambda a: a * k
    return g(0.6) + g(y)
""",
)
_add(
    "function_chosen_twice",
    "(-1.1, -0.88)",
    """
def f(x, y):
    xs = [x * y, x * y]
    def g(a):
        return a * x
    h = lambda a: sum(k * v for k, v in enumerate(xs)) ** 2
    p = lambda a: a * 2.0
    if y + 0.26 < 0.99:
        p = g if y <= 0.97 else h
    return y * x + h(0.66) + p(0.59)
""",
)
_add(
    "branch_of_callee_gives_an_int",
    "(0.3, 0.4)",
    """
def h(g, a):
    s, *rest = [0.62, a]
    def inner(b):
        if s <= 0.96:
            return sum(rest[1:])
        return g(b) ** 2
    a = a * 1.22 + inner(a)
    rest.insert(-1, inner(1.34))
    return sum(rest)


def f(x, y):
    return h(lambda a: 0.81, y + 0.39) + x
""",
)
_add(
    "list_or_number_in_condition",
    "(0.3, [0.4, 0.5], 1)",
    """
def f(x, vs, n):
    t = x
    if n > 5 or vs:
        t = t * 2.0
    while t < 4.0 and not (vs and t > 3.0):
        t = t + vs[0] * x
    return t if n < 0 or vs else x
""",
)

# -- derivatives of lists

_add(
    "carried_list_read_after_append",
    "(-1.29, -0.2875)",
    """
def f(x, y):
    xs = [math.sin(y), x]
    while len(xs) < 6:
        xs.append(y - 1.18)
        y, x = x, xs[1]
    xs[0], xs[-1] = xs[-1], y ** 2
    return x ** 2 + y + sum((k + 0.83) * v for k, v in enumerate(xs))
""",
)
_add(
    "negative_minimum",
    "(0.5, [1.0, 2.0, 0.7])",
    """
def f(x, xs):
    k = 0
    while k < 3:
        k += 1
        xs.append(x * k)
    return -min(xs) - np.min(np.array([x, 2.0 * x]))
""",
)
_add(
    "constants_summed_onto_a_number",
    "(1.0, [2.0, 3.0])",
    """
def f(x, vs):
    vs.append(sum([1.85 ** 2 for v in vs], vs[0]))
    return x + sum(v * v for v in vs)
""",
)
_add(
    "list_sorted_in_condition",
    "(-0.5715, -1.159, [0.1307, -0.0652], 3)",
    """
def f(x, y, vs, n):
    s, *rest = [math.sin(vs[-1]), 0.4, y]
    if n % 2 == 0 or sorted(rest)[-1] > 0.29:
        s = math.sin(s) + vs[0]
    return s * rest[0] + y + sum((k + 1.67) * v for k, v in enumerate(rest))
""",
)
_add(
    "sum_of_list_in_loop",
    "(-0.2, [0.46, -0.43])",
    """
def f(x, vs):
    for i in range(5):
        x = sum(vs) ** 2 * x
        vs[0] = x
    return x + vs[1]
""",
)
_add(
    "length_read_before_the_list_grows",
    "(0.9, 0.99)",
    """
def f(x, y):
    xs = [1.78, x * x, x]
    for v, w in zip(xs, xs):
        ys = xs + [v]
        xs = ys + [w * len(ys)]
    return sum((k + 1.59) * v for k, v in enumerate(xs)) + y
""",
)
_add(
    "count_in_a_row_of_numbers",
    "(0.3, [[0.4, 0.3], [0.1, 0.2]])",
    """
def f(x, grid):
    for v in [x, x]:
        def g(a):
            grid.append([len(grid), x])
            return v + 1.1
        x = x + g(0.4)
    return x + sum(r[0] * r[1] for r in grid)
""",
)
_add(
    "list_unbound_where_a_path_returns",
    "(-0.4, 1.36, 3, [-0.5, 0.09, 0.24])",
    """
def h(a):
    return a * 2


def f(x, y, n, vs):
    xs = [x, y]
    if y < 0.29:
        pass
    elif n > 1:
        if vs[0] > 3.0:
            return h(y)
        xs = vs + [vs[-1], y]
    vs.sort()
    ys = vs + xs
    return x + sum((k + 1.82) * v for k, v in enumerate(xs)) + sum(ys)
""",
)
_add(
    "list_grows_under_loop_over_its_copy",
    "(0.3, 0.4)",
    """
def f(x, y):
    xs = [x, y]
    xs.sort()
    for i, v in enumerate(xs.copy()):
        xs.append(x)
    return sum(xs)
""",
)
_add(
    "ranges_beside_a_list",
    "(0.3, [1.0, 2.0, 3.0])",
    """
def f(x, xs):
    t = x
    for i, v in zip(range(2, 7), xs):
        t += i * v
    for i, v in zip(reversed(range(5)), xs):
        t += i * v * t
    for v, i in zip(xs, range(9, 0, -2)):
        t += i * v * x
    return t
""",
)
_add(
    "reversed_list_changes_under_loop",
    "(0.3, 2.0, [1.0, 2.0, 3.0], 2)",
    """
def f(x, y, xs, n):
    ys, t = [x, y, x * y], x
    for i, v in zip(reversed(ys), xs):
        t += i * v
        ys[0] = 5 * x
    zs = [x * k for k in range(6)]
    for i, v in enumerate(reversed(zs)):
        t += i * v
        zs[n % 3] = t
    return t
""",
)
_add(
    "key_called_once_for_each",
    "(0.3, [2.0, 1.0, 3.0])",
    """
def f(x, vs):
    log = [x, x]
    def key(v):
        log[-1] += math.sin(x)
        return math.cos(log[0]) * v
    return max(vs, key=key) + log[-1]
""",
)
_add(
    "deciding_changes_a_list",
    "(0.3, [1.0, 0.5, 2.0])",
    """
def f(x, vs):
    log = [x, x]
    def key(v):
        log[-1] += v
        return math.cos(log[0]) * v
    return log[-1] * any(key(v) > 0.2 for v in vs) + log[-1]
""",
    ALIASED,
)
_add(
    "chosen_rows_changed_by_the_other_name",
    "(0.9, [[-1.3, -0.1], [1.4, 1.2, 0.3, 1.1]])",
    """
def f(x, grid):
    rows = [r for r in grid if len(r) > 1]
    grid[1].reverse()
    return x * x + sum(k * v * x for r in rows for k, v in enumerate(r))
""",
    ALIASED,
)
