"""The command line: only code on stdout, messages on stderr, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adjoint.cli import main

SOURCE = """\
import numpy as np

print("loading")


def logistic(x, n=4):
    v = x
    for i in range(n):
        v = 4 * v * (1 - v)
    return v


def total(x, w):
    return np.sum(x * w)


def curve(x):
    return np.sin(x)


def bad(x):
    try:
        return 1 / x
    except ZeroDivisionError:
        return 0.0


def divides(x):
    return 1.0 / x


def kinked(x):
    return x if x > 1.0 else 2.0 * x
"""


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "user_model.py"
    path.write_text(SOURCE)
    return str(path)


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str, str]:
    try:
        status = main(args)
    except SystemExit as leaving:
        status = int(leaving.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_show(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "show", f"{file}:logistic", "--at", "x=0.25", "--eval")
    assert status == 0 and "def logistic_grad(x, n=4)" in out and "-16.0" in err and "loading" in err
    compile(out, "out", "exec")
    assert "loading" not in out


def test_show_variants(file: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, out, _ = run(capsys, "show", f"{file}:logistic", "--mode", "forward")
    assert status == 0 and "x_dot" in out
    status, out, _ = run(capsys, "show", f"{file}:total", "--wrt", "x,w", "--types", "x: f8[:], w: f8[:]")
    assert status == 0 and "def total_grad" in out
    status, out, err = run(capsys, "show", f"{file}:curve", "--types", "x: f8[:]")
    assert status == 0 and "y_bar" in out and "vjp" in err
    status, out, _ = run(capsys, "show", f"{file}:logistic", "--order", "2")
    assert status == 0 and "def logistic_grad_grad" in out
    status, out, _ = run(capsys, "show", f"{file}:logistic", "--order", "0")
    assert status == 0 and "def logistic(x, n=4)" in out
    for flags in (("--ir",), ("--stage", "lowered"), ("--stage", "derived")):
        status, out, _ = run(capsys, "show", f"{file}:logistic", *flags)
        assert status == 0 and out.startswith("func logistic")
    target = tmp_path / "out.py"
    status, out, _ = run(capsys, "show", f"{file}:logistic", "-o", str(target))
    assert status == 0 and out == "" and "def logistic_grad" in target.read_text()
    status, out, _ = run(capsys, "show", f"{file}:logistic", "--color", "always")
    assert status == 0


def test_refusals_and_usage(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "show", f"{file}:bad")
    assert status == 1 and out == "" and "user_model.py:23:8" in err and "^" in err and "fix:" in err
    for args, word in (
        (("show", f"{file}:nothing"), "logistic, total"),
        (("show", f"{file}"), "say which function"),
        (("show", f"{file}x:f"), "no module"),
        (("show", "no_such_file.py:f"), "no file"),
        (("show", f"{file}:logistic", "--at", "x=="), "--at"),
        (("show", f"{file}:logistic", "--at", "z=1"), "parameters x, n"),
        (("show", f"{file}:logistic", "--types", "x: quux"), "quux"),
        (("show", f"{file}:logistic", "--eval"), "--at"),
        (("check", f"{file}:logistic"), "--at"),
        (("show",), "required"),
        ((), "required"),
    ):
        status, out, err = run(capsys, *args)
        assert status == 2 and word in err and out == "", (args, err)


def test_a_broken_module_shows_its_own_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken_module.py"
    path.write_text("x = 1\nraise RuntimeError('mine')\n")
    status, _, err = run(capsys, "show", f"{path}:f")
    assert status == 2 and "mine" in err and "targets.py" not in err


def test_check(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "check", f"{file}:logistic", "--at", "x=0.3", "--order", "2")
    assert status == 0 and "agree" in out
    status, out, _ = run(capsys, "check", f"{file}:total", "--at", "x=np.ones(3), w=np.arange(3.0)")
    assert status == 0
    status, out, err = run(capsys, "check", f"{file}:kinked", "--at", "x=1.0")
    assert status == 1 and "disagrees" in err and "'x'" in err and out == ""


def test_the_users_exception_shows_the_users_frames(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "show", f"{file}:divides", "--at", "x=0.0", "--eval")
    assert status == 1 and "def divides_grad" in out and "ZeroDivisionError" in err and "dispatch.py" not in err


def test_integers_count_as_real_where_they_are_differentiated(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "show", f"{file}:divides", "--at", "x=2", "--eval")
    assert status == 0 and "-0.25" in err
    status, _, err = run(capsys, "show", f"{file}:logistic", "--wrt", "n")
    assert status == 1 and "user_model.py:8:19" in err


def test_rules(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "rules", "tanh")
    assert status == 0 and "np.tanh" in out and "math.tanh" in out
    status, out, err = run(capsys, "rules", "no such name")
    assert status == 1 and out == "" and err


def test_process_level(file: str) -> None:
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "adjoint", "--help"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0 and "numpy" not in done.stderr
    piped = subprocess.run(
        f"{sys.executable} -m adjoint rules | head -1", shell=True, capture_output=True, text=True, env=environment
    )
    assert piped.returncode == 0 and "Broken" not in piped.stderr and "Traceback" not in piped.stderr
    text = "def f(x):\n    return x * x\n"
    done = subprocess.run(
        [sys.executable, "-m", "adjoint", "show", "-:f"], input=text, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0 and "def f_grad(x)" in done.stdout, done.stderr
