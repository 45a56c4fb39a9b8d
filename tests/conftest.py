"""Options of the suite: `--update-golden` rewrites the golden pages; `-m long` runs the nightly-size tests."""

from __future__ import annotations

import os
from collections import Counter

os.environ["ADJOINT_VERIFY"] = "1"  # the compiler checks its IR after every pass

import pytest

OUTCOMES: Counter[str] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden/*.md from what is emitted now")


def pytest_configure(config: pytest.Config) -> None:
    if not config.option.markexpr:
        config.option.markexpr = "not long"  # reported by pytest as deselected; `-m long` runs them


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count how the known cases came out."""
    for name, value in report.user_properties if report.when == "call" else ():
        if name == "outcome":
            OUTCOMES[str(value)] += 1


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if OUTCOMES:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(OUTCOMES.items()))
        terminalreporter.write_line(f"known cases: {counts}")
