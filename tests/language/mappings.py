"""Dicts and their kin: stores, views, merges, defaults, counters, as tables, memos and parameters."""

from collections import ChainMap, Counter, OrderedDict, defaultdict
from types import MappingProxyType

import numpy as np

from tests.language.registry import program


@program(({"slope": 0.7, "shift": 1.5}, 2.0), wrt=(0, 1))
def parameters(p, x):
    return p["slope"] * x + p["shift"] ** 2


@program((0.7,))
def literal(x):
    table = {"a": x, "b": x * x, 3: 2.0, ("t", 1): x + 1.0}
    return table["a"] * table[3] + table["b"] * table["t", 1]


@program((0.7,))
def stores(x):
    table = {}
    table["a"] = x
    table["b"] = table["a"] * 2.0
    table["a"] += table["b"]
    table["b"] *= x
    return table["a"] * table["b"]


@program((0.7,))
def update_forms(x):
    table = {"a": x}
    table.update({"b": 2.0, "a": x * x})
    table.update(c=x, b=3.0 * x)
    table |= {"d": table["a"]}
    return sum(table.values()) * len(table)


@program((0.7,))
def get_and_setdefault(x):
    table = {"a": x}
    missing = table.get("z")
    b = table.setdefault("b", x * 4.0)
    again = table.setdefault("b", 100.0)
    return table.get("a", 1.0) * table.get("q", 2.0) + b * again + (0.0 if missing is None else 1.0)


@program((0.7,))
def pops(x):
    table = {"a": x, "b": x * x, "c": 3.0}
    a = table.pop("a")
    nothing = table.pop("zz", 2.0)
    key, last = table.popitem()
    del table["b"]
    return a * nothing + last * len(key) + len(table)


@program(({"a": 0.7, "b": 1.5},))
def views(table):
    total = 0.0
    for key in table.keys():
        total += table[key] * len(key)
    for value in table.values():
        total *= value
    for i, (key, value) in enumerate(table.items()):
        total += i * value if key == "b" else value**2
    return total


@program(({"a": 0.7, "b": 1.5}, {"b": 2.0, "c": 0.1}), wrt=(0, 1))
def merges(left, right):
    one = {**left, **right, "d": 1.0}
    two = left | right
    three = dict(left, b=5.0)
    return one["b"] * two["a"] + two["c"] * three["b"] + sum(one.values())


@program(({"a": 0.7, "b": 1.5},))
def alias_and_copy(table):
    alias, own = table, table.copy()
    alias["a"] = alias["b"] * 2.0
    own["b"] = own["a"] ** 2
    return table["a"] * own["b"] + table["b"]


@program((0.7,))
def nested_dicts(x):
    config = {"layer": {"w": x, "b": 2.0}, "rate": 0.1}
    layer = config["layer"]
    layer["w"] = layer["w"] ** 2
    config["layer"]["b"] *= x
    return config["layer"]["w"] * layer["b"] * config["rate"]


@program((0.7,))
def dict_of_lists(x):
    groups = {"even": [], "odd": []}
    for k in range(5):
        groups["odd" if k % 2 else "even"].append(x * k)
    return sum(groups["even"]) * sum(groups["odd"])


@program((0.7,))
def default_dict(x):
    totals = defaultdict(float)
    for name, k in (("a", 1), ("b", 2), ("a", 3)):
        totals[name] += x**k
    lists = defaultdict(list)
    lists["q"].append(totals["a"])
    return lists["q"][0] * totals["b"] + totals["never"]


@program((0.7,))
def counter(x):
    counts = Counter("abracadabra")
    return x ** counts["b"] * counts["a"] + sum(v * x for v in counts.values())


@program((0.7,))
def weighted_counter(x):
    weights = Counter()
    for letter in "aab":
        weights[letter] += x
    return weights["a"] * weights["b"]


@program((0.7,))
def ordered_dict(x):
    table = OrderedDict(first=x, second=x * 2.0)
    table.move_to_end("first")
    return list(table.values())[0] ** 2 * next(iter(table.values()))


@program((0.7,))
def chain_map(x):
    settings = ChainMap({"a": x}, {"a": 5.0, "b": x * x})
    return settings["a"] * settings["b"]


LIMITS = MappingProxyType({"low": 0.1, "high": 2.0})


@program((0.7,))
def constant_mapping(x):
    return x * LIMITS["high"] if LIMITS["low"] < x < LIMITS["high"] else x


@program((0.7,))
def key_tests(x):
    table = {"a": x}
    if "a" in table and "b" not in table:
        table["b"] = table["a"] * 2.0
    return table["b"] if table else x


@program((0.7,))
def integer_keys_as_sparse_vector(x):
    v = {0: x, 3: x * x, 7: 1.0}
    w = {3: 2.0, 7: x, 9: 4.0}
    return sum(v[i] * w[i] for i in v if i in w)


@program((0.7, 7), more=[(0.7, 2)])
def memo_table(x, n):
    memo = {0: 1.0, 1: x}
    for k in range(2, n + 1):
        memo[k] = memo[k - 1] * x + memo[k - 2]
    return memo[n]


def fib(x, n, memo):
    if n not in memo:
        memo[n] = fib(x, n - 1, memo) * x + fib(x, n - 2, memo)
    return memo[n]


@program((0.7,))
def memo_passed_down(x):
    return fib(x, 6, {0: 1.0, 1: x})


def record(log, name, value):
    log[name] = value
    log["count"] = log.get("count", 0) + 1
    return value


@program((0.7,))
def callee_stores(x):
    log = {}
    y = record(log, "first", x * x) + record(log, "second", x * 3.0)
    return y * log["first"] * log["count"]


@program((0.7,))
def from_zip_and_fromkeys(x):
    names = ["a", "b", "c"]
    table = dict(zip(names, [x, x * x, 2.0]))
    zeros = dict.fromkeys(names, 0.0)
    zeros["b"] = x
    return sum(table[n] * zeros[n] for n in names)


@program((0.7,))
def sorted_items(x):
    table = {"b": x, "c": 3.0, "a": x * x}
    by_name = [v for _, v in sorted(table.items())]
    best = max(table, key=table.get)
    return by_name[0] * 2.0 + by_name[1] + len(best)


@program(({"w1": np.array([0.2, 0.5]), "w2": np.array([1.0, -1.0])},))
def arrays_in_a_dict(params):
    total = 0.0
    for name in sorted(params):
        total += np.sum(params[name] ** 2) * len(name)
    return total + params["w1"] @ params["w2"]


@program(({"w": np.array([0.2, 0.5]), "b": 0.3}, np.array([1.0, 2.0])), wrt=0, out="vector")
def updated_parameters(params, x):
    slope = {"w": x * params["b"], "b": np.sum(params["w"])}
    return {name: value - 0.1 * slope[name] for name, value in params.items()}


@program((0.7,))
def state_machine(x):
    transitions = {"idle": ("run", 1.0), "run": ("stop", 2.0), "stop": ("idle", -0.5)}
    state, total = "idle", x
    for _ in range(5):
        state, weight = transitions[state]
        total = total * 0.5 + weight * x
    return total


@program((0.7,))
def dict_grown_in_loop(x):
    graph = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}
    value = {"d": x}
    for node in ("c", "b", "a"):
        value[node] = x + sum(value[child] * 0.5 for child in graph[node])
    return value["a"] ** 2


@program((0.7,))
def tuple_keys(x):
    grid = {(i, j): x * i + j for i in range(3) for j in range(2)}
    return sum(v * v for (i, j), v in grid.items() if i != j)


@program((0.7, "b"), more=[(0.7, "a")])
def chosen_key(x, key):
    table = {"a": x, "b": x * x}
    table[key] = table[key] * 10.0
    return table["a"] + table["b"]


@program((0.7,))
def branch_adds_a_key(x):
    table = {"a": x}
    if x > 0.5:
        table["b"] = x * 2.0
    else:
        table["b"] = 1.0
    return table["a"] * table["b"]


@program((0.7,), out="vector")
def dict_result(x):
    return {"value": x * x, "slope": 2.0 * x, "name": "square", "order": 2}
