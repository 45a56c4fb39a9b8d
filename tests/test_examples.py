"""Every example runs as a user runs it, and the numbers it prints are right."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
NUMBER = r"-?\d+(?:\.\d*)?(?:e[-+]?\d+)?"


def run(name: str, directory: Path, *arguments: str) -> str:
    """What the example prints. Fails when it fails or writes to stderr."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "MPLCONFIGDIR": str(directory)}
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / name), *arguments],
        cwd=directory,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and not done.stderr, done.stdout + done.stderr
    return done.stdout


def numbers(text: str) -> list[float]:
    return [float(number) for number in re.findall(NUMBER, text)]


def errors_of_differences(text: str) -> list[list[float]]:
    """The errors of each block of differences, from the largest step to the smallest."""
    found: list[list[float]] = [[]]
    for line in text.splitlines():
        if line.startswith("    differences"):
            found[-1].append(float(line.rsplit(" ", 1)[1]))
        elif found[-1]:
            found.append([])
    return [block for block in found if block]


def test_every_example_is_tested() -> None:
    text = Path(__file__).read_text()
    assert not [path.name for path in EXAMPLES.glob("*.py") if path.name != "differences.py" and path.name not in text]


def test_logistic(tmp_path: Path) -> None:
    text = run("logistic.py", tmp_path)
    assert "derivative -16.0   check -16.0" in text
    ((large, good, small),) = errors_of_differences(text)
    assert large > 1e-2 and good < 1e-6 and small > 1e-4


CLASSICS = {
    "x**2 at 3": [6.0],
    "log(1 + x**2)/x at 1": [0.3068528194400547],
    "logistic map, n = 4, at 0.25": [-16.0],
    "sin(x**2) at 3": [-5.46678157],
    "soft ReLU of soft ReLU at 0.5": [0.45190],
    "2x**4 - 1 at 2": [64.0],
    "x**5.0 at 2": [80.0],
    "12 + 0*x at 7": [0.0],
    "(x**2 + 2y**2)/(xy) at (1, 2)": [-3.5, 1.75],
    "x**2*y + y + 2 at (3, 4)": [24.0, 10.0],
    "its Hessian": [8.0, 6.0, 6.0, 0.0],
    "an unused argument": [6.0, 0.0],
    "x^T A x": [10.0, -7.0, 32.0],
    "squared L2 norm": [2.0, -4.0, 6.0],
    "L1 norm": [1.0, -1.0, 1.0],
    "mean of 3(x + 2)**2": [4.5, 4.5, 4.5, 4.5],
    "f(g(h(x))) at 0.5": [0.7024263741547256, -0.554316450402779],
}


def test_classics(tmp_path: Path) -> None:
    text = run("classics.py", tmp_path)
    for name, expected in CLASSICS.items():
        (line,) = [line for line in text.splitlines() if line.startswith(f"{name}: ")]
        got = numbers(line.removeprefix(f"{name}: ").split("check")[0])
        assert got == pytest.approx(expected, rel=1e-4), line
    assert text.count("h is evaluated") == 1
    blocks = errors_of_differences(text)
    assert len(blocks) == 9
    assert all(good < 1e-7 for _, good, _ in blocks)
    assert sum(large > 1e-4 for large, _, _ in blocks) >= 6 and sum(small > 1e-4 for _, _, small in blocks) >= 6


def test_newton_root(tmp_path: Path) -> None:
    text = run("newton_root.py", tmp_path)
    (line,) = re.findall("derivative .*", text)
    got, check, error = numbers(line)
    assert got == pytest.approx(0.35355339059327373, rel=1e-12) and check == pytest.approx(got, rel=1e-12)
    assert error < 1e-12
    ((large, good, small),) = errors_of_differences(text)
    assert large > 1e-5 and good < 1e-8 and small > 1e-4


def test_lorenz(tmp_path: Path) -> None:
    text = run("lorenz.py", tmp_path)
    (line,) = re.findall("to rho: .*", text)
    reverse, forward, check = numbers(line)
    assert reverse == pytest.approx(check, rel=1e-9) and forward == pytest.approx(check, rel=1e-9)
    ((large, good, small),) = errors_of_differences(text)
    assert large > 1e-1 and good < 1e-4 and small > 1e-1


def test_network(tmp_path: Path) -> None:
    text = run("network.py", tmp_path)
    losses = [float(value) for value in re.findall(r"loss (\S+)", text) if re.fullmatch(NUMBER, value)]
    assert losses == sorted(losses, reverse=True) and losses[-1] < 0.05 * losses[0]
    assert "W1_bar" in text or "x.T @" in text
    ((large, good, small),) = errors_of_differences(text)
    assert large > 1e-4 and good < 1e-8 and small > 1e-4


def test_cars(tmp_path: Path) -> None:
    text = run("cars.py", tmp_path)
    (line,) = re.findall("distance = .*", text)
    intercept, slope, check_intercept, check_slope = numbers(line.replace("+ ", ""))
    assert (intercept, slope) == (-17.5791, 3.9324) == (check_intercept, check_slope)
    ((large, good, small),) = errors_of_differences(text)
    assert large > 1e-2 and good < 1e-8 and small > 1e-4


def test_tanh_curve(tmp_path: Path) -> None:
    text = run("tanh_curve.py", tmp_path, "curve.png")
    lines = re.findall(r"order \d: .*", text)
    assert len(lines) == 6
    for line in lines:
        _, got, check = numbers(line.split("differences")[0])
        assert got == pytest.approx(check, rel=1e-8), line
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
