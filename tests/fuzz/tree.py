"""A program as a tree of statements: what the writer builds, the printer prints and the shrinker cuts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Simple:
    """A statement on one line."""

    text: str


@dataclass(frozen=True)
class Compound:
    """Clauses, each a header and its body: `if`/`elif`/`else`, `for`/`else`, `while`/`else`."""

    clauses: tuple[tuple[str, tuple[Statement, ...]], ...]


Statement = Simple | Compound
Body = tuple[Statement, ...]


@dataclass(frozen=True)
class Definition:
    """One `def` of the program."""

    header: str
    body: Body


@dataclass(frozen=True)
class Program:
    """Helpers, the entry function `f` last, and the arguments to call it with (or the text that makes them)."""

    definitions: tuple[Definition, ...]
    args: Any = field(compare=False)
    imports: tuple[str, ...] = ("import math", "", "import numpy as np")

    @property
    def text(self) -> str:
        lines = [*self.imports, ""]
        for definition in self.definitions:
            lines += ["", definition.header, *_print_body(definition.body, "    "), ""]
        return "\n".join(lines)


def _print_body(body: Body, indent: str) -> Iterator[str]:
    if not body:
        yield f"{indent}pass"
    for statement in body:
        if isinstance(statement, Simple):
            yield f"{indent}{statement.text}"
            continue
        for header, inner in statement.clauses:
            yield f"{indent}{header}"
            yield from _print_body(inner, indent + "    ")


def smaller(program: Program) -> Iterator[Program]:
    """Every program that lacks one statement, or has one compound statement replaced by one of its bodies."""
    for index, definition in enumerate(program.definitions):
        for body in _smaller_bodies(definition.body):
            definitions = list(program.definitions)
            definitions[index] = replace(definition, body=body)
            yield replace(program, definitions=tuple(definitions))
    for index in range(len(program.definitions) - 1):
        yield replace(program, definitions=program.definitions[:index] + program.definitions[index + 1 :])


def _smaller_bodies(body: Body) -> Iterator[Body]:
    half = len(body) // 2
    if half > 1:
        yield body[half:]
        yield body[:half] + body[-1:]
    for index, statement in enumerate(body):
        before, after = body[:index], body[index + 1 :]
        yield before + after
        if isinstance(statement, Compound):
            for other in _smaller_statements(statement):
                yield before + other + after


def _smaller_statements(statement: Compound) -> Iterator[Body]:
    for _, inner in statement.clauses:
        yield inner
    for index, (header, inner) in enumerate(statement.clauses):
        if index > 0:
            yield (Compound(statement.clauses[:index] + statement.clauses[index + 1 :]),)
        for body in _smaller_bodies(inner):
            clauses = list(statement.clauses)
            clauses[index] = (header, body)
            yield (Compound(tuple(clauses)),)
