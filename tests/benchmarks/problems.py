"""The whole collection, by field: each program with the derivative a person would write."""

from __future__ import annotations

from tests.benchmarks import fields, matrices, networks, scalars
from tests.benchmarks.problem import Problem

PROBLEMS: list[Problem] = [*scalars.PROBLEMS, *networks.PROBLEMS, *fields.PROBLEMS, *matrices.PROBLEMS]
