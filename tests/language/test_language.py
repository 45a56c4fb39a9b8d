"""Every program of the corpus: right, or refused as `refused.txt` says; never wrong, never obscure."""

from __future__ import annotations

import pytest

from tests.language import refused
from tests.language.corpus import programs
from tests.language.registry import Program
from tests.language.runner import check_program, run

CORPUS = programs()
LISTED = refused.read()


@pytest.mark.parametrize("program", CORPUS, ids=lambda program: program.id)
def test_program(program: Program) -> None:
    outcome = run(program)
    where = f"{program.id} [{outcome.check}] {outcome.reason}"
    assert outcome.verdict not in ("wrong", "obscure"), f"{outcome.verdict}: {where}"
    if program.refused:
        assert outcome.verdict == "refused", f"{where}: ought to be refused: {program.refused}"
        return
    expected = LISTED.get(program.id, ("", ""))[0]
    found = outcome.check if outcome.verdict == "refused" else ""
    assert found == expected, f"{where}: run `python -m tests.language --update` if this is meant"


@pytest.mark.long
@pytest.mark.parametrize("program", CORPUS, ids=lambda program: program.id)
def test_reference(program: Program) -> None:
    """The program runs plainly, and its numerical derivative is good."""
    check_program(program)


def test_listed_programs_exist() -> None:
    assert set(LISTED) <= {program.id for program in CORPUS}
