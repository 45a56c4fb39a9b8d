"""Functions of one text become one function: specialisations for types that make no difference to what is printed."""

from __future__ import annotations

import ast
import re

_NAME = re.compile(r"id='(\w+)'")


def merge_functions(definitions: list[ast.FunctionDef], bases: dict[str, str]) -> list[ast.FunctionDef]:
    """The definitions without repetitions, renamed where a number is no longer needed. `bases` gives unnumbered names.

    The last one is the entry: it stays as it is. Two functions that call themselves, or one another, are compared as if
    they were one.
    """
    names = {each.name for each in definitions[:-1]} - _bound(definitions)
    classes = dict.fromkeys(names, 0)
    while True:
        keys = {each.name: _key(each, classes) for each in definitions[:-1] if each.name in names}
        numbers: dict[tuple[int, str], int] = {}
        new = {name: numbers.setdefault((classes[name], key), len(numbers)) for name, key in keys.items()}
        if len(numbers) == len(set(classes.values())):
            break
        classes = new
    first: dict[int, str] = {}
    stand_in = {name: first.setdefault(classes[name], name) for name in keys}
    kept = [each for each in definitions if stand_in.get(each.name, each.name) == each.name]
    if len(kept) == len(definitions):
        return definitions
    _rename(kept, stand_in, bases)
    return kept


def _key(definition: ast.FunctionDef, classes: dict[str, int]) -> str:
    """The text of the function, without its name and with classes for the names of functions."""
    text = "".join(ast.dump(part) for part in (definition.args, *definition.body))
    return _NAME.sub(lambda found: f"id='#{classes[found[1]]}'" if found[1] in classes else found[0], text)


def _bound(definitions: list[ast.FunctionDef]) -> set[str]:
    """Names of parameters and variables: a function that shares one stays under its own name."""
    nodes = [node for each in definitions for node in ast.walk(each)]
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    return stored | {node.arg for node in nodes if isinstance(node, ast.arg)}


def _rename(kept: list[ast.FunctionDef], stand_in: dict[str, str], bases: dict[str, str]) -> None:
    taken = {each.name for each in kept if each.name not in stand_in} | _bound(kept)
    final: dict[str, str] = {}
    for each in kept:
        if each.name in stand_in:
            base = bases.get(each.name, each.name)
            name, count = base, 0
            while name in taken:
                count += 1
                name = f"{base}_{count}"
            taken.add(name)
            final[each.name] = name
    for each in kept:
        each.name = final.get(each.name, each.name)
        for node in ast.walk(each):
            if isinstance(node, ast.Name) and node.id in stand_in:
                node.id = final[stand_in[node.id]]
