"""Writes whole random programs of the language: containers with aliases, closures, objects, comprehensions, callees.

Nothing is checked while writing: a program that raises when it is run plainly is passed over by `language_judge`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.fuzz.language_forms import (
    DICT,
    FLOAT,
    FUNCTION,
    FUNCTIONS,
    INT,
    LIST,
    MIXED,
    OBJECT,
    PAIR,
    PROPERTY,
    ROWS,
    Forms,
    Helper,
    Names,
)
from tests.fuzz.tree import Body, Compound, Definition, Program, Simple

PROFILES = ("lists", "closures", "objects", "mixed")
_IMPORTS = ("import math", "from dataclasses import dataclass", "", "import numpy as np")
_KINDS = {
    "lists": (FLOAT, LIST, LIST, ROWS, PAIR),
    "closures": (FLOAT, LIST, FUNCTION, FUNCTION, FUNCTIONS),
    "objects": (FLOAT, LIST, DICT, MIXED, OBJECT, OBJECT),
    "mixed": (FLOAT, LIST, ROWS, DICT, MIXED, OBJECT, FUNCTION, FUNCTIONS, PAIR),
}
_ALL = (FLOAT, LIST, ROWS, DICT, MIXED, OBJECT, FUNCTION, FUNCTIONS, PAIR)
_STEMS = dict(zip(_ALL, "s xs rows d m o g fs p".split()))


def write_program(seed: int, profile: str | None = None) -> Program:
    """The program of this seed. The same seed gives the same program."""
    return Writer(random.Random(seed), profile).program()


class Writer:
    """One program in the making."""

    def __init__(self, rng: random.Random, profile: str | None) -> None:
        self.rng = rng
        self.forms = Forms(rng)
        self.profile = profile or rng.choice(PROFILES)
        self.kinds = _KINDS[self.profile]
        self.definitions: list[Definition] = []
        self.walked: list[str] = []
        self.is_number = self.chance(0.88)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def program(self) -> Program:
        self.classes()
        for _ in range(self.rng.randint(0, 2)):
            self.definitions.append(self.helper())
        names = Names()
        params, args = self.parameters(names)
        start = [Simple(f"xs = [{self.forms.items(names)}]")]
        names.add(LIST, "xs")
        body = self.body(names, self.rng.randint(3, 8), 2, 0, self.is_number)
        final = Simple(f"return {self.result(names)}")
        self.definitions.append(Definition(f"def f({', '.join(params)}):", (*start, *body, final)))
        return Program(tuple(self.definitions), args, _IMPORTS)

    def parameters(self, names: Names) -> tuple[list[str], str]:
        """The parameters of `f`, and the text of a tuple of arguments."""
        names.add(FLOAT, "x")
        names.add(FLOAT, "y")
        names.add(INT, "n")
        params, args = ["x", "y", "n"], [self.number(), self.number(), str(self.rng.randint(0, 4))]
        containers = {
            LIST: ("vs", f"[{self.numbers()}]"),
            ROWS: ("grid", f"[[{self.numbers()}], [{self.numbers()}]]"),
            DICT: ("table", f'{{"a": {self.number()}, "b": {self.number()}}}'),
            MIXED: ("model", f'{{"s": {self.number()}, "v": [{self.numbers()}]}}'),
            OBJECT: ("box", f"Box({self.number()}, {self.number()}, [{self.numbers()}])"),
            PAIR: ("pair", f"({self.number()}, {self.number()})"),
        }
        for kind in dict.fromkeys(self.kinds):
            if kind in containers and self.chance(0.4):
                name, text = containers[kind]
                params.append(names.add(kind, name))
                args.append(text)
        return params, f"({', '.join(args)})"

    def number(self) -> str:
        return str(round(self.rng.uniform(-1.5, 1.5), 4))

    def numbers(self) -> str:
        return ", ".join(self.number() for _ in range(self.rng.randint(2, 4)))

    def result(self, names: Names) -> str:
        rng, forms = self.rng, self.forms
        terms = [rng.choice(names.of(FLOAT)) for _ in range(2)]
        for kind in (LIST, ROWS, DICT, MIXED, OBJECT, FUNCTIONS, FUNCTION):
            for name in names.of(kind)[-2:]:
                terms.append(self.digest(kind, name))
        if not self.is_number:
            kind = rng.choice([kind for kind in (LIST, ROWS, DICT, MIXED, OBJECT, PAIR) if names.of(kind)])
            return rng.choice([rng.choice(names.of(kind)), f"({terms[0]}, {rng.choice(names.of(kind))})"])
        return " + ".join([forms.real(names, 1), *terms])

    def digest(self, kind: str, name: str) -> str:
        """A number that depends on everything in the container."""
        c = self.forms.constant()
        return {
            LIST: f"sum((k + {c}) * v for k, v in enumerate({name}))",
            ROWS: f"sum((k + {c}) * v for r in {name} for k, v in enumerate(r))",
            DICT: f"sum({name}.values()) * {c}",
            MIXED: f'({name}["s"] * {c} + sum({name}["v"]))',
            OBJECT: f"({name}.w * {c} + {name}.b + sum({name}.log))",
            FUNCTION: f"{name}({c})",
            FUNCTIONS: f"sum(g({c}) for g in {name})",
        }[kind]

    # -- definitions of the module

    def classes(self) -> None:
        if OBJECT not in self.kinds:
            return
        is_dataclass = self.chance(0.6)
        head = "@dataclass\nclass Box:" if is_dataclass else "class Box:"
        fields: Body = tuple(map(Simple, ("w: float", "b: float", "log: list")))
        store = tuple(map(Simple, ("self.w = w", "self.b = b", "self.log = log")))
        first = fields if is_dataclass else (Compound((("def __init__(self, w, b, log):", store),)),)
        methods = [self.method(name) for name in ("step", "shift", "__call__") if self.chance(0.7)]
        if self.chance(0.4):
            inside = self.self_names()
            body = (Simple(f"return {self.forms.real(inside, 2)}"),)
            methods += [Simple("@property"), Compound((("def norm(self):", body),))]
            self.forms.methods.append(Helper("norm", PROPERTY, FLOAT))
        self.definitions.append(Definition(head, (*first, *methods)))

    def self_names(self) -> Names:
        inside = Names()
        inside.known = {OBJECT: ["self"], FLOAT: ["self.w", "self.b"], LIST: ["self.log"]}
        return inside

    def method(self, name: str) -> Compound:
        """A method that mostly changes its object: `shift` gives the object itself."""
        inside = self.self_names()
        inside.add(FLOAT, "a")
        inside.own.update(["self.w", "self.b"])
        body = self.body(inside, self.rng.randint(1, 2), 1, 0, False)
        gives = OBJECT if name == "shift" else FLOAT
        last = Simple("return self" if gives == OBJECT else f"return {self.forms.real(inside, 1)}")
        self.forms.methods.append(Helper(name, FLOAT, gives))
        return Compound(((f"def {name}(self, a):", (*body, last)),))

    def helper(self) -> Definition:
        if self.chance(0.2):
            return self.recursion()
        name = self.forms.new("helper")
        kinds = [self.rng.choice(self.kinds) for _ in range(self.rng.randint(1, 2))]
        inside = Names()
        params = [inside.add(kind, self.forms.new(_STEMS[kind])) for kind in kinds]
        inside.add(FLOAT, self.rng.choice(params) if FLOAT in kinds and kinds == [FLOAT] else "a")
        takes = "".join(kinds)
        if "a" in inside.of(FLOAT):
            params, takes = [*params, "a"], takes + FLOAT
        body = self.body(inside, self.rng.randint(1, 3), 1, 0, self.chance(0.5))
        gives = self.rng.choice([FLOAT, FLOAT, "-", *(kind for kind in self.kinds if kind != PAIR)])
        last: Body = () if gives == "-" else (Simple(f"return {self.forms.of_kind(inside, gives)}"),)
        if gives != FLOAT:
            body = tuple(each for each in body if not _returns(each))
        self.forms.helpers.append(Helper(name, takes, gives))
        return Definition(f"def {name}({', '.join(params)}):", (*body, *last))

    def recursion(self) -> Definition:
        """A function that calls itself with a list it changes, or with a part of it."""
        name, inside = self.forms.new("walk"), Names()
        inside.add(LIST, "v")
        inside.add(FLOAT, "a")
        first, second = self.forms.real(inside, 1), self.forms.real(inside, 1)
        shape = self.rng.choice(["grow", "shrink", "slice"])
        base: dict[str, tuple[str, str]] = {
            "grow": (f"if len(v) > {self.rng.randint(4, 5)}:", f"return {first}"),
            "shrink": ("if len(v) < 2:", f"return {first}"),
            "slice": ("if not v:", "return a"),
        }
        steps = {
            "grow": (f"v.append({second})", f"return {name}(v, math.sin(a)) + {second}"),
            "shrink": ("t = v.pop()", f"return math.sin(t) + {name}(v, a * t)"),
            "slice": (f"t = v[0] * {self.forms.constant()}", f"return t + {name}(v[1:], math.sin(a) + t)"),
        }
        head, leave = base[shape]
        body = (Compound(((head, (Simple(leave),)),)), *map(Simple, steps[shape]))
        self.forms.helpers.append(Helper(name, LIST + FLOAT, FLOAT))
        return Definition(f"def {name}(v, a):", body)

    # -- statements

    def body(self, names: Names, budget: int, depth: int, loops: int, may_return: bool) -> Body:
        made: list[Simple | Compound] = []
        for _ in range(budget):
            made += self.statement(names, depth, loops, may_return)
        return tuple(made)

    def statement(self, names: Names, depth: int, loops: int, may_return: bool) -> Body:
        roll = self.rng.random()
        if depth and roll < 0.28:
            return self.compound(names, depth, loops, may_return)
        if (loops or may_return) and roll < 0.34:
            return self.exit(names, loops, may_return)
        if depth and roll < 0.4 + 0.15 * (self.profile == "closures"):
            return self.nested(names, depth)
        if roll < 0.62:
            return self.change(names)
        return self.bind(names)

    def bind(self, names: Names) -> Body:
        """A variable of any kind gets a value: a new one, another name of something, one from a callee."""
        rng, forms = self.rng, self.forms
        kind = rng.choice(self.kinds)
        if kind == FLOAT or self.chance(0.35):
            return self.bind_numbers(names)
        old = [name for name in names.owned(kind) if "." not in name]
        calls = [each for each in (*forms.helpers, *forms.methods) if each.gives == kind]
        if calls and self.chance(0.4):
            value = forms.call(names, rng.choice(calls))
        elif names.of(kind) and self.chance(0.25):
            value = forms.name(names, kind)
            if len(names.of(kind)) > 1 and self.chance(0.3):
                value = f"{value} if {forms.condition(names)} else {forms.name(names, kind)}"
        else:
            value = forms.make(names, kind)
        name = rng.choice(old) if old and self.chance(0.15) else forms.new(_STEMS[kind])
        made = Simple(f"{name} = {value}")
        names.add(kind, name)
        return (made,)

    def bind_numbers(self, names: Names) -> Body:
        rng, forms = self.rng, self.forms
        old = names.owned(FLOAT)
        roll = rng.random()
        if roll < 0.12:
            a, b = forms.new("s"), forms.new("rest")
            made = Simple(f"{a}, *{b} = {forms.list_at_hand(names)}")
            names.add(FLOAT, a)
            names.add(LIST, b)
            return (made,)
        if roll < 0.2 and len(old) > 1:
            a, b = rng.sample(old, 2)
            return (Simple(f"{a}, {b} = {b}, {forms.real(names, 1)}"),)
        if roll < 0.26 and names.of(PAIR):
            a, b = forms.new("s"), forms.new("s")
            made = Simple(f"{a}, {b} = {forms.name(names, PAIR)}")
            names.add(FLOAT, a)
            names.add(FLOAT, b)
            return (made,)
        if roll < 0.45 and old:
            return (Simple(f"{rng.choice(old)} {rng.choice(['+=', '-=', '*='])} {forms.real(names, 1)}"),)
        name = rng.choice(old) if old and roll < 0.75 else forms.new("s")
        made = Simple(f"{name} = {forms.real(names, 3)}")
        names.add(FLOAT, name)
        return (made,)

    def change(self, names: Names) -> Body:
        """Something that exists is changed in place, perhaps by a callee."""
        rng, forms = self.rng, self.forms
        options: list[Callable[[], str]] = [lambda: self.change_list(names)] * 4
        if names.of(DICT):
            options += [lambda: self.change_dict(names)] * 3
        if names.of(OBJECT):
            options += [lambda: self.change_object(names)] * 4
        if names.of(ROWS):
            options += [lambda: self.change_rows(names)] * 3
        if names.of(MIXED):
            options.append(lambda: f'{forms.name(names, MIXED)}["s"] = {forms.real(names, 1)}')
            options.append(lambda: f'{forms.name(names, MIXED)}["v"] = {forms.of_kind(names, LIST)}')
        if names.of(FUNCTIONS):
            options.append(lambda: f"{forms.name(names, FUNCTIONS)}.append({forms.of_kind(names, FUNCTION)})")
        if forms.helpers:
            options += [lambda: forms.call(names, rng.choice(forms.helpers))] * 3
        return (Simple(rng.choice(options)()),)

    def change_list(self, names: Names) -> str:
        rng, forms = self.rng, self.forms
        xs, value = self.list_to_change(names), forms.real(names, 1)
        index = forms.index(names)
        is_own = xs in names.own or (xs not in names.of(LIST) and not xs.startswith("["))
        return rng.choice(
            [
                f"{xs}.append({value})",
                f"{xs}.append({value})",
                f"{xs}.pop()",
                f"{xs}.pop(0)",
                f"{xs}.insert({rng.choice(['0', '1', '-1', index])}, {value})",
                f"{xs}[{index}] = {value}",
                f"{xs}[{index}] = {value}",
                f"{xs}[{index}] += {value}",
                f"{xs}[{index}] *= {value}",
                f"{xs}.extend([{value}, {forms.atom(names)}])",
                f"{xs}.extend({forms.list_at_hand(names)}[:2])",
                f"{xs} += [{value}]" if is_own else f"{xs}.extend(({value},))",
                f"{xs}.reverse()",
                f"{xs}.sort()",
                f"{xs}[1:] = [{value}, {forms.atom(names)}]",
                f"{xs}[:2] = {forms.list_at_hand(names)}[:2]",
                f"{xs}[0], {xs}[-1] = {xs}[-1], {value}",
                f"{xs}.sort(key=lambda v: -v)",
            ]
            + ([f"del {xs}[{rng.choice(['0', '-1'])}]"] if not xs.startswith("[") else [])
        )

    def list_to_change(self, names: Names) -> str:
        """A list; hardly ever one that a loop around here runs over."""
        found = [self.forms.list_at_hand(names) for _ in range(4)]
        fitting = [xs for xs in found if xs not in self.walked]
        return fitting[0] if fitting and self.chance(0.95) else found[0]

    def change_dict(self, names: Names) -> str:
        d, value = self.forms.name(names, DICT), self.forms.real(names, 1)
        return self.rng.choice(
            [
                f'{d}["a"] = {value}',
                f'{d}["a"] += {value}',
                f'{d}["b"] *= {value}',
                f'{d}["a"] = {value} + {d}["b"]',
                f'{d}["b"] = {value}',
                f'{d}["c" if {self.chance(0.2)} else "a"] = {value}',
                f'{d}.update(a={value}, b={d}["a"])',
                f'{d}.setdefault("{self.rng.choice("aabc")}", {value})',
                f'{d}["a"] = {d}.pop("b") * {value}; {d}["b"] = {self.forms.atom(names)}',
            ]
        )

    def change_object(self, names: Names) -> str:
        o, value = self.forms.name(names, OBJECT), self.forms.real(names, 1)
        options = [
            f"{o}.w = {value}",
            f"{o}.w += {value}",
            f"{o}.b *= {value}",
            f"{o}.log.append({value})",
            f"{o}.log = {self.forms.of_kind(names, LIST)}",
        ]
        calls = [helper for helper in self.forms.methods if helper.takes != PROPERTY]
        if calls:
            options += [self.forms.call(names, self.rng.choice(calls)) for _ in range(3)]
        return self.rng.choice(options)

    def change_rows(self, names: Names) -> str:
        rng, forms = self.rng, self.forms
        rows, value = forms.name(names, ROWS), forms.real(names, 1)
        return rng.choice(
            [
                f"{rows}.append({forms.of_kind(names, LIST)})",
                f"{rows}.append([{forms.items(names)}])",
                f"{rows}[{forms.index(names)}] = {forms.of_kind(names, LIST)}",
                f"{rows}[{forms.index(names)}].append({value})",
                f"{rows}[{forms.index(names)}][0] = {value}",
                f"{rows}[{forms.index(names)}][-1] *= {value}",
                f"{rows}[0], {rows}[1] = {rows}[1], {rows}[0]",
                f"{rows}.reverse()",
            ]
        )

    # -- blocks

    def compound(self, names: Names, depth: int, loops: int, may_return: bool) -> Body:
        if loops >= 2 or self.chance(0.35):
            return self.branch(names, depth, loops, may_return)
        return self.while_loop(names, depth, loops) if self.chance(0.25) else self.for_loop(names, depth, loops)

    def branch(self, names: Names, depth: int, loops: int, may_return: bool) -> Body:
        heads = [f"if {self.forms.condition(names)}:"]
        heads += [f"elif {self.forms.condition(names)}:"] * self.chance(0.2) + ["else:"] * self.chance(0.5)
        clauses = []
        for head in heads:
            inner = names.copy()
            clauses.append((head, self.body(inner, self.rng.randint(1, 2), depth - 1, loops, may_return)))
        return (Compound(tuple(clauses)),)

    def for_loop(self, names: Names, depth: int, loops: int) -> Body:
        rng, forms = self.rng, self.forms
        inner = names.copy()
        i, v, w = forms.new("i"), forms.new("v"), forms.new("v")
        xs = forms.list_at_hand(names)
        if self.chance(0.7):
            xs = rng.choice([f"{xs}[:]", f"list({xs})", f"sorted({xs})", f"{xs}[::-1]", f"{xs}.copy()"])
        options = [
            (f"{i} in range({rng.choice(['n', '2', '3', 'n + 1'])})", [(INT, i)]),
            (f"{i} in range(5)", [(INT, i)]),
            (f"{v} in {xs}", [(FLOAT, v)]),
            (f"{v} in {forms.new_list(names)}", [(FLOAT, v)]),
            (f"{i}, {v} in enumerate({xs})", [(INT, i), (FLOAT, v)]),
            (f"{v}, {w} in zip({xs}, {forms.list_at_hand(names)})", [(FLOAT, v), (FLOAT, w)]),
            (f"{i} in range(len({xs}))", [(INT, i)]),
            (f"{v} in reversed({xs})", [(FLOAT, v)]),
        ]
        if "n" not in names.of(INT):
            options = options[1:]
        if names.of(ROWS):
            options += [(f"{v} in {forms.name(names, ROWS)}", [(LIST, v)])] * 2
        if names.of(DICT):
            options.append((f"{i}, {v} in {forms.name(names, DICT)}.items()", [(FLOAT, v)]))
            options.append((f"{v} in {forms.name(names, DICT)}.values()", [(FLOAT, v)]))
        if names.of(FUNCTIONS):
            options += [(f"{w} in {forms.name(names, FUNCTIONS)}", [(FUNCTION, w)])] * 2
        if names.of(OBJECT):
            options.append((f"{v} in {forms.name(names, OBJECT)}.log", [(FLOAT, v)]))
        header, bound = rng.choice(options)
        for kind, name in bound:
            inner.add(kind, name)
        self.walked.append(xs if xs in header else "")
        body = self.body(inner, rng.randint(1, 3), depth - 1, loops + 1, False)
        self.walked.pop()
        clauses: list[tuple[str, Body]] = [(f"for {header}:", (*body, *self.accumulate(names, inner)))]
        if self.chance(0.15):
            clauses.append(("else:", self.body(names.copy(), 1, 0, 0, False)))
        return (Compound(tuple(clauses)),)

    def accumulate(self, names: Names, inner: Names) -> Body:
        """A number from before the loop depends on what happens in it."""
        old = [name for name in names.owned(FLOAT) if name not in "xy"]
        if not old:
            return ()
        name = self.rng.choice(old)
        return (Simple(f"{name} = math.sin({name}) + {self.forms.real(inner, 1)}"),)

    def while_loop(self, names: Names, depth: int, loops: int) -> Body:
        rng, forms = self.rng, self.forms
        k, inner, xs = forms.new("k"), names.copy(), forms.list_at_hand(names)
        shape = rng.choice(["count", "state", "grow", "drain"])
        inner.add(INT, k)
        condition = {
            "count": f"{k} < {rng.randint(1, 4)}",
            "state": f"{k} < 4 and {forms.condition(names, 0)}",
            "grow": f"len({xs}) < {rng.randint(3, 6)}",
            "drain": f"len({xs}) > {rng.randint(1, 2)}",
        }[shape]
        first: Body = (Simple(f"{k} += 1"),)
        if shape == "grow":
            first = (*first, Simple(f"{xs}.append({forms.real(names, 1)})"))
        if shape == "drain":
            v = forms.new("s")
            first = (*first, Simple(f"{v} = {xs}.pop({rng.choice(['', '', '0'])})"))
            inner.add(FLOAT, v)
        body = self.body(inner, rng.randint(1, 2), depth - 1, loops + 1, False)
        stop = Compound(((f"if {k} > 8:", (Simple("break"),)),))
        loop = (f"while {condition}:", (*first, *body, *self.accumulate(names, inner), stop))
        clauses: list[tuple[str, Body]] = [loop]
        if self.chance(0.15):
            clauses.append(("else:", self.body(names.copy(), 1, 0, 0, False)))
        names.add(INT, k)
        return (Simple(f"{k} = 0"), Compound(tuple(clauses)))

    def exit(self, names: Names, loops: int, may_return: bool) -> Body:
        words = ["break", "continue"] if loops else []
        if may_return:
            words.append(f"return {self.forms.real(names, 1)}")
        inner = names.copy()
        before = self.change(inner) if self.chance(0.4) else ()
        return (Compound(((f"if {self.forms.condition(names)}:", (*before, Simple(self.rng.choice(words)))),)),)

    def nested(self, names: Names, depth: int) -> Body:
        """A function written inside: it may change what it sees, keep a number of its own, or be kept itself."""
        rng, forms = self.rng, self.forms
        name, a = forms.new("g"), forms.new("a")
        inner = names.inner()
        first: Body = ()
        shared = [each for each in names.owned(FLOAT) if "." not in each]
        if shared and self.chance(0.45):
            total = rng.choice(shared)
            first = (Simple(f"nonlocal {total}"),)
            inner.own.add(total)
        header = f"def {name}({a}):"
        if self.chance(0.25):
            k = forms.new("k")
            header = f"def {name}({a}, {k}={forms.real(names, 1)}):"
            inner.add(FLOAT, k)
        inner.add(FLOAT, a)
        body = self.body(inner, rng.randint(1, 2), depth - 1, 0, self.chance(0.3))
        definition = Compound(((header, (*first, *body, Simple(f"return {forms.real(inner, 2)}"))),))
        names.add(FUNCTION, name)
        use: Body = ()
        if names.owned(FLOAT) and self.chance(0.6):
            target = rng.choice(list(names.owned(FLOAT)))
            use = (Simple(f"{target} = {target} * {forms.constant()} + {name}({forms.real(names, 1)})"),)
        return (definition, *use)


def _returns(statement: Simple | Compound) -> bool:
    """Whether a statement of a function leaves it."""
    if isinstance(statement, Simple):
        return statement.text.startswith("return ")
    return any(_returns(each) for head, body in statement.clauses for each in body if not head.startswith("def "))
