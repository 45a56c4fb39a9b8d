"""`python -m tests.language [CATEGORY ...] [--update] [--check] [--all]`: the outcomes, counted and listed.

--update  rewrite refused.txt from what is refused now
--check   only run the programs plainly, and compute their references
--all     list the refused ones too
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.language import refused
from tests.language.corpus import CATEGORIES, programs
from tests.language.registry import Program
from tests.language.runner import BadProgram, Outcome, check_program, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.language", description="Language coverage.")
    parser.add_argument("only", nargs="*", metavar="CATEGORY or CATEGORY.PROGRAM", help="all by default")
    parser.add_argument("--update", action="store_true", help="rewrite refused.txt from what is refused now")
    parser.add_argument("--check", action="store_true", help="only run the programs and their references")
    parser.add_argument("--all", action="store_true", help="list what is refused too")
    options = parser.parse_args()
    chosen = _chosen(options.only)
    if options.check:
        return _check(chosen)
    outcomes: dict[Program, Outcome] = {}
    for program in chosen:
        try:
            outcomes[program] = outcome = run(program)
        except BadProgram as error:
            print(f"a fault of the corpus: {error}")
            continue
        if options.all or outcome.verdict in ("wrong", "obscure"):
            print(f"{outcome.verdict:8}{program.id} [{outcome.check}] {outcome.reason}", flush=True)
    _print_table(outcomes)
    if options.update:
        refused.write(outcomes)
    return any(outcome.verdict in ("wrong", "obscure") for outcome in outcomes.values())


def _chosen(only: list[str]) -> list[Program]:
    if not only:
        return programs()
    found = programs([category for category in CATEGORIES if any(name.split(".")[0] == category for name in only)])
    return [program for program in found if program.category in only or program.id in only]


def _check(chosen: list[Program]) -> int:
    faults = 0
    for program in chosen:
        try:
            check_program(program)
        except BadProgram as error:
            faults += 1
            print(error)
    print(f"{len(chosen)} programs, {faults} faults")
    return faults > 0


def _print_table(outcomes: dict[Program, Outcome]) -> None:
    verdicts = ("right", "refused", "obscure", "wrong")
    counts: dict[str, Counter[str]] = {}
    for program, outcome in outcomes.items():
        asked = outcome.verdict == "refused" and bool(program.refused)
        counts.setdefault(program.category, Counter())["right" if asked else outcome.verdict] += 1
    print(f"{'category':16}{''.join(f'{verdict:>9}' for verdict in verdicts)}")
    for category, count in counts.items():
        print(f"{category:16}{''.join(f'{count[verdict]:9}' for verdict in verdicts)}")
    total = sum(counts.values(), Counter[str]())
    print(f"{'all':16}{''.join(f'{total[verdict]:9}' for verdict in verdicts)}   of {len(outcomes)}")


if __name__ == "__main__":
    sys.exit(main())
