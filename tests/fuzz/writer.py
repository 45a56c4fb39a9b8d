"""Writes whole random programs: branches, loops, exits and nesting around the expressions of `expressions`."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from tests.fuzz.expressions import Expressions, Scope
from tests.fuzz.tree import Body, Compound, Definition, Program, Simple, Statement

PROFILES = ("core", "functions", "arrays", "outputs")
"""`core` is scalars and control flow; `functions` adds helpers and recursion; `arrays` adds vectors and a matrix;
`outputs` returns a vector or a tuple."""


def write_program(seed: int, profile: str | None = None) -> Program:
    """The program of this seed. The same seed gives the same program."""
    return Writer(random.Random(seed), profile).program()


class Writer:
    """One program in the making."""

    def __init__(self, rng: random.Random, profile: str | None) -> None:
        self.rng = rng
        self.profile = profile or rng.choice(PROFILES)
        self.expressions = Expressions(rng)
        self.has_vectors = self.profile in ("arrays", "outputs")
        self.form = "number"
        self.fresh = 0

    def program(self) -> Program:
        rng = self.rng
        definitions: list[Definition] = []
        scope = Scope()
        if self.profile == "functions" or (self.has_vectors and rng.random() < 0.2):
            for index in range(rng.randint(1, 2)):
                definitions.append(self.helper(f"helper{index}", scope))
        if self.profile == "outputs":
            self.form = rng.choice(["vector", "both", "numbers"])
        names = ["x", "y", "z", "w"][: rng.randint(1 if self.has_vectors else 2, 4)]
        args: list[Any] = [round(rng.uniform(-1.5, 1.5), 6) for _ in names]
        scope.floats, scope.ints = list(names), ["n"]
        params = [*names, "n"]
        args.append(rng.randint(0, 4))
        if self.has_vectors:
            params, args = self.array_params(scope, params, args)
        body = self.body(scope, budget=rng.randint(3, 8), depth=3, loops=0)
        final = Simple(f"return {self.result(scope)}")
        definitions.append(Definition(f"def f({', '.join(params)}):", (*body, final)))
        return Program(tuple(definitions), tuple(args))

    def array_params(self, scope: Scope, params: list[str], args: list[Any]) -> tuple[list[str], list[Any]]:
        numbers = np.random.default_rng(self.rng.randint(0, 2**31))
        size = self.rng.randint(3, 4)
        scope.vectors = ["u", "v"][: self.rng.randint(1, 2)]
        vectors = [numbers.normal(size=size).round(4) for _ in scope.vectors]
        if self.rng.random() < 0.5:
            scope.matrices = ["A"]
            vectors.append(numbers.normal(size=(size, size)).round(4))
        return [*params, *scope.vectors, *scope.matrices], [*args, *vectors]

    def helper(self, name: str, scope: Scope) -> Definition:
        """A small function. A third of them count down and call themselves."""
        rng = self.rng
        inner = Scope(floats=["a", "b"], ints=["n"], helpers=dict(scope.helpers))
        if rng.random() < 0.35:
            scope.helpers[name] = "ffi"
            inner.helpers = {}
            step = self.expressions.real(inner, 1)
            base = Compound(
                ((f"if n <= {rng.randint(0, 1)}:", (Simple(f"return {self.expressions.real(inner, 1)}"),)),)
            )
            final = Simple(f"return {step} + 0.5 * {name}(math.sin(a), b, n - 1)")
            return Definition(f"def {name}(a, b, n):", (base, final))
        body = self.body(inner, budget=rng.randint(1, 3), depth=1, loops=0)
        scope.helpers[name] = "ffi"
        return Definition(f"def {name}(a, b, n):", (*body, Simple(f"return {self.bounded(inner)}")))

    def result(self, scope: Scope) -> str:
        """What the function returns: a number, or by `form` a vector or a tuple."""
        terms = self.rng.sample(scope.floats, min(len(scope.floats), 3))
        number = " + ".join([*terms[:-1], self.expressions.real(scope, 1), terms[-1]])
        return number if self.form == "number" else self.shaped(scope, number)

    def early(self, scope: Scope) -> str:
        """What an early return gives: the same kind of thing as the last one."""
        number = self.bounded(scope)
        return number if self.form == "number" else self.shaped(scope, number)

    def shaped(self, scope: Scope, number: str) -> str:
        if self.form == "numbers":
            return f"{number}, {self.name(scope)}"
        vector = self.expressions.vector(scope, 2)
        return vector if self.form == "vector" else f"{number}, {vector}"

    def name(self, scope: Scope) -> str:
        return self.expressions.name(scope)

    def bounded(self, scope: Scope, depth: int = 2) -> str:
        """A float expression that stays small however often a loop repeats it."""
        text = self.expressions.real(scope, depth)
        return self.rng.choice([text, f"math.sin({text})", f"0.5 * math.tanh({text})"])

    def new_name(self, letter: str) -> str:
        self.fresh += 1
        return f"{letter}{self.fresh}"

    def body(self, scope: Scope, budget: int, depth: int, loops: int) -> Body:
        """Statements; `loops` is the number of loops around them (exits need one)."""
        statements: list[Statement] = []
        while budget > 0:
            if depth > 0 and self.rng.random() < 0.35:
                statements += self.compound(scope, depth, loops)
                budget -= 2
            else:
                statements += self.simple(scope, loops)
                budget -= 1
        return tuple(statements)

    def simple(self, scope: Scope, loops: int) -> Body:
        rng, write = self.rng, self.expressions
        kinds = ["assign", "assign", "rebind", "rebind", "augment", "swap", "tuple", "flag", "exit", "vector"]
        kind = rng.choice([*kinds, *["exit"] * (2 * loops)])
        text = self.bounded(scope) if loops else write.real(scope)
        if kind == "rebind":
            return (Simple(f"{rng.choice(scope.floats)} = {self.bounded(scope)}"),)
        if kind == "augment":
            operator = rng.choice(["+=", "-=", "*=", "/="])
            right = f"(1.5 + math.cos({text}))" if operator == "/=" else f"math.sin({text})" if loops else text
            return (Simple(f"{rng.choice(scope.floats)} {operator} {right}"),)
        if kind == "swap" and len(scope.floats) > 1:
            a, b = rng.sample(scope.floats, 2)
            return (Simple(f"{a}, {b} = {b}, {a if rng.random() < 0.5 else self.bounded(scope, 1)}"),)
        if kind == "tuple":
            a, b = self.new_name("p"), self.new_name("q")
            statement = Simple(f"{a}, {b} = {text}, {self.bounded(scope, 1)}")
            scope.floats += [a, b]
            return (statement,)
        if kind == "flag":
            flag = self.new_name("flag")
            statement = Simple(f"{flag} = {write.condition(scope)}")
            scope.flags.append(flag)
            return (statement,)
        if kind == "exit" and rng.random() < 0.6:
            return self.exit(scope, loops)
        if kind == "vector" and scope.vectors:
            name = self.new_name("r") if rng.random() < 0.5 else rng.choice(scope.vectors)
            statement = Simple(f"{name} = {'np.sin' if loops else ''}({write.vector(scope, 2)})")
            scope.vectors += [name] if name not in scope.vectors else []
            return (statement,)
        name = self.new_name("t")
        scope.floats.append(name)
        hidden = scope.copy()
        hidden.floats.remove(name)
        return (Simple(f"{name} = {self.bounded(hidden)}"),)

    def exit(self, scope: Scope, loops: int) -> Body:
        """A guarded `break`, `continue` or early `return`, with a statement before it or not."""
        words = ["break", "continue", "break"] if loops else []
        word = self.rng.choice([*words, f"return {self.early(scope)}"])
        inner = scope.copy()
        before = self.simple(inner, 0) if self.rng.random() < 0.5 else ()
        before = tuple(s for s in before if isinstance(s, Simple))
        clauses: list[tuple[str, Body]] = [(f"if {self.expressions.condition(scope)}:", (*before, Simple(word)))]
        if self.rng.random() < 0.2:
            clauses.append(("else:", self.body(scope.copy(), 1, 0, 0)))
        return (Compound(tuple(clauses)),)

    def compound(self, scope: Scope, depth: int, loops: int) -> Body:
        if loops >= 2:
            return self.branch(scope, depth, loops)
        kind = self.rng.choice(["if", "if", "for", "for", "while"])
        if kind == "if":
            return self.branch(scope, depth, loops)
        return self.for_loop(scope, depth, loops) if kind == "for" else self.while_loop(scope, depth, loops)

    def branch(self, scope: Scope, depth: int, loops: int) -> Body:
        """`if`/`elif`/`else`. Names bound in every branch stay bound; a flag remembers what one branch bound."""
        rng, write = self.rng, self.expressions
        scopes: list[Scope] = []
        clauses: list[tuple[str, Body]] = []
        headers = [f"if {write.condition(scope)}:"]
        headers += [f"elif {write.condition(scope)}:"] * (rng.random() < 0.25) + ["else:"] * (rng.random() < 0.6)
        common = self.new_name("c") if headers[-1] == "else:" and rng.random() < 0.5 else None
        for header in headers:
            inner = scope.copy()
            body = self.body(inner, rng.randint(1, 2), depth - 1, loops)
            if common:
                body = (*body, Simple(f"{common} = {self.bounded(inner)}"))
            scopes.append(inner)
            clauses.append((header, body))
        if common:
            scope.floats.append(common)
        elif rng.random() < 0.2:
            return self.one_path(scope, depth, loops)
        return (Compound(tuple(clauses)),)

    def one_path(self, scope: Scope, depth: int, loops: int) -> Body:
        """A name bound on one path and read on the same path later."""
        flag, name = self.new_name("flag"), self.new_name("only")
        target = self.rng.choice(scope.floats)
        bind = Simple(f"{name} = {self.bounded(scope)}")
        set_flag = Simple(f"{flag} = {self.expressions.condition(scope)}")
        between = self.simple(scope, 0)
        use = Simple(f"{target} = {target} + {name} * {self.bounded(scope, 1)}")
        return (set_flag, Compound(((f"if {flag}:", (bind,)),)), *between, Compound(((f"if {flag}:", (use,)),)))

    def for_loop(self, scope: Scope, depth: int, loops: int) -> Body:
        rng = self.rng
        inner, index = scope.copy(), self.new_name("i")
        headers = ["range(n)", "range(3)", "range(n, 0, -1)", "range(1, 6, 2)", "range(n + 1)", "range(4, n)"]
        headers += [f"range({i})" for i in scope.ints[-1:] if i != "n"]
        header = f"for {index} in {rng.choice(headers)}:"
        element = None
        if scope.vectors and rng.random() < 0.5:
            element = self.new_name("e")
            v, w = rng.choice(scope.vectors), rng.choice(scope.vectors)
            header, has_index = rng.choice(
                [
                    (f"for {element} in {v}:", False),
                    (f"for {index}, {element} in enumerate({v}):", True),
                    (f"for {index}, {element} in zip(range(3), {w}):", True),
                    (f"for {element} in reversed({v}):", False),
                ]
            )
            index = index if has_index else ""
        inner.ints += [index] if index else []
        inner.floats += [element] if element else []
        first: Body = ()
        if header.endswith("in range(3):") and rng.random() < 0.6:
            last = self.new_name("last")  # surely bound after the loop: no exit can come before it
            first = (Simple(f"{last} = {self.bounded(inner)}"),)
            scope.floats.append(last)
            scope.ints.append(index)
        body = self.body(inner, rng.randint(1, 3), depth - 1, loops + 1)
        state = rng.choice(scope.floats)
        body = (*first, *body, Simple(f"{state} = math.sin({state}) + {self.bounded(inner, 1)}"))
        clauses: list[tuple[str, Body]] = [(header, body)]
        if rng.random() < 0.2:
            clauses.append(("else:", self.body(scope.copy(), 1, 0, 0)))
        return (Compound(tuple(clauses)),)

    def while_loop(self, scope: Scope, depth: int, loops: int) -> Body:
        """A loop with a counter that bounds it, and often a condition on the state as well."""
        rng = self.rng
        counter, bound = self.new_name("k"), rng.randint(1, 5)
        inner = scope.copy()
        condition = f"{counter} < {bound}"
        if rng.random() < 0.5:
            condition += f" and {self.expressions.condition(scope, 0)}"
        body = self.body(inner, rng.randint(1, 3), depth - 1, loops + 1)
        clauses: list[tuple[str, Body]] = [(f"while {condition}:", (Simple(f"{counter} += 1"), *body))]
        if rng.random() < 0.2:
            clauses.append(("else:", self.body(scope.copy(), 1, 0, 0)))
        start = Simple(f"{counter} = 0")
        scope.ints.append(counter)
        return (start, Compound(tuple(clauses)))
