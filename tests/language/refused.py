"""`refused.txt`: the programs that are refused today though they ought not to be, with check and reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.language.registry import PROGRAMS, Program
from tests.language.runner import Outcome

FILE = Path(__file__).with_name("refused.txt")
_HEAD = "# program | check | reason; written by `python -m tests.language --update`\n"


def read() -> dict[str, tuple[str, str]]:
    """Check and reason for each program that is listed."""
    lines = FILE.read_text().splitlines() if FILE.exists() else []
    rows = [line.split(" | ", 2) for line in lines if line and not line.startswith("#")]
    return {name: (check, reason) for name, check, reason in rows}


def write(outcomes: Mapping[Program, Outcome]) -> None:
    """Replace the lines of these programs; those of others stay, unless there is no such program."""
    rows = {name: row for name, row in read().items() if name not in {program.id for program in outcomes}}
    for program, outcome in outcomes.items():
        if outcome.verdict == "refused" and not program.refused:
            rows[program.id] = outcome.check, outcome.reason[:160]
    order = list(PROGRAMS)
    names = sorted(rows, key=lambda name: order.index(name) if name in order else len(order))
    FILE.write_text(_HEAD + "".join(f"{name} | {rows[name][0]} | {rows[name][1]}\n" for name in names))
