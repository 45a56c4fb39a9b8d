"""The programs of all categories, in the order in which they are listed."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from tests.language.registry import PROGRAMS, Program

CATEGORIES = (
    "closures",
    "lambdas",
    "nested",
    "higher_order",
    "iteration",
    "decorators",
    "signatures",
    "recursion",
    "classes",
    "objects",
    "records",
    "comprehensions",
    "statements",
    "patterns",
    "blocks",
    "lists",
    "mappings",
    "pytrees",
    "aliases",
    "combinations",
    "scientific",
    "models",
    "refusals",
)


def programs(categories: Sequence[str] = CATEGORIES) -> list[Program]:
    """The programs of these categories. A category not named is not even imported."""
    for category in categories:
        importlib.import_module(f"tests.language.{category}")
    return [program for program in PROGRAMS.values() if program.category in categories]
