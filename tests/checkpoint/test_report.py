"""`adjoint show --memory`: what is kept, how often, how much."""

from __future__ import annotations

from pathlib import Path

import pytest

from adjoint.cli import main

PROGRAM = """
import numpy as np

def heat(u, n: int = 50):
    for i in range(n):
        u = u + 0.01 * np.sin(u)
    return np.sum(u * u)

def burgers(u, n: int = 50):
    u = u.copy()
    for i in range(n):
        u[1:] -= 0.1 * u[1:] * (u[1:] - u[:-1])
    return np.sum(u * u)

def decay(x, n: int = 50):
    for i in range(n):
        x = 0.5 * x
    return x
"""


@pytest.fixture
def program(tmp_path: Path) -> str:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return str(path)


def test_from_the_text(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--memory", "--types", "u: f8[:]", f"{program}:heat"]) == 0
    assert capsys.readouterr().out == "u_stack.append(u)  # heat_grad, line 7: each pass of `for i in range(n)`\n"
    assert main(["show", "--memory", f"{program}:decay"]) == 0
    assert capsys.readouterr().out.startswith("nothing is kept")


def test_with_values(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--memory", "--at", "u=np.ones(1000), n=50", f"{program}:heat"]) == 0
    first, kept, time = capsys.readouterr().out.splitlines()
    assert first.endswith("each pass of `for i in range(n)`; 50 times, 406 kB at once")
    assert kept.startswith("kept at once: 406 kB; all memory in use: ")
    assert time.startswith("time: ") and "times the function" in time


def test_an_array_of_all_passes(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--memory", "--types", "u: f8[:]", f"{program}:burgers"]) == 0
    assert capsys.readouterr().out == "u_tape[i] = u  # burgers_grad, line 8: each pass of `for i in range(n)`\n"
    assert main(["show", "--memory", "--at", "u=np.ones(1000), n=50", f"{program}:burgers"]) == 0
    first, kept, _ = capsys.readouterr().out.splitlines()
    assert first.endswith("each pass of `for i in range(n)`; 50 times, 400 kB at once")
    assert kept.startswith("kept at once: 400 kB; all memory in use: ")


def test_within_a_budget(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "--memory", "--budget", "100kB", "--at", "u=np.ones(1000), n=50", f"{program}:heat"]) == 0
    kept = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("kept at once"))
    assert 0 < float(kept.split()[3]) <= 100 and kept.split()[4] == "kB;"
    assert main(["show", "--memory", "--budget", "little", f"{program}:heat"]) == 2
    assert "--budget" in capsys.readouterr().err
