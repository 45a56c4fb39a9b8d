"""Derivatives kept in files: found again in another process without the compiler, never where anything has changed."""

from __future__ import annotations

import ctypes
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adjoint import custom_rule, grad
from adjoint.derivative import Derivative
from adjoint.fingerprint import Unstorable, Walk
from adjoint.ir.custom import CUSTOM, key_of
from tests.runtime.stored_programs import HELPERS, INNER, PROGRAM, RUN

ROOT = Path(__file__).parents[2]
Found = dict[str, list[float | None]]


def write(directory: Path, number: str) -> None:
    """The modules, with this number in each place."""
    (directory / "package").mkdir(exist_ok=True)
    (directory / "package" / "__init__.py").write_text("")
    texts = {"program.py": PROGRAM, "helpers.py": HELPERS, "package/inner.py": INNER, "run.py": RUN}
    for name, text in texts.items():
        (directory / name).write_text(text.replace("K", number))


def run(directory: Path, script: str = "run.py") -> Any:
    """What a fresh process prints."""
    environment = {**os.environ, "ADJOINT_CACHE_DIR": str(directory / "cache"), "PYTHONPATH": str(ROOT)}
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    command = [sys.executable, str(directory / script)]
    done = subprocess.run(command, env=environment, cwd=directory, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def check(found: Found) -> None:
    for name, (value, want) in found.items():
        assert want is None or value == pytest.approx(want, rel=1e-6), name


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Found]:
    """A directory in which all programs have run once."""
    directory = tmp_path_factory.mktemp("kept")
    write(directory, "2.0")
    found, compiler = run(directory)
    assert compiler
    check(found)
    return directory, found


def test_found_again_without_the_compiler(kept: tuple[Path, Found]) -> None:
    directory, first = kept
    found, compiler = run(directory)
    assert found == first
    assert compiler == []


def test_never_stale(kept: tuple[Path, Found]) -> None:
    """Every number in the files changes: every gradient does."""
    directory, first = kept
    write(directory, "5.0")
    try:
        found, _ = run(directory)
    finally:
        write(directory, "2.0")
    check(found)
    for name, (value, _) in found.items():
        assert value != first[name][0], name


MODULES = ("program", "helpers", "package.inner", "package")
TEXTS = {"program.py": PROGRAM, "helpers.py": HELPERS, "package/inner.py": INNER}


class Bench:
    """The modules with one number changed at a time, imported into this process."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        (directory / "package").mkdir()
        (directory / "package" / "__init__.py").write_text("")

    def places(self) -> list[tuple[str, int]]:
        return [(name, at) for name, text in TEXTS.items() for at in range(len(text.split("K")) - 1)]

    def load(self, place: tuple[str, int] | None) -> dict[str, tuple[float, str]]:
        """For each program its value and its digest, with another number at the place."""
        for name, text in TEXTS.items():
            parts = text.split("K")
            numbers = ["5.0" if (name, at) == place else "2.0" for at in range(len(parts) - 1)]
            made = "".join(part + number for part, number in zip(parts, [*numbers, ""]))
            (self.directory / name).write_text(made)
        for module in MODULES:
            sys.modules.pop(module, None)
        CUSTOM.clear()
        importlib.invalidate_caches()
        program = importlib.import_module("program")
        functions = {name: f for name, f in vars(program).items() if name.startswith("by_")}
        return {name: (self.value(name, f), self.digest(f)) for name, f in functions.items()}

    def value(self, name: str, function: Any) -> float:
        return float(function(1.3))

    def digest(self, function: Any) -> str:
        return Walk().run([function])


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    rules = dict(CUSTOM)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield Bench(tmp_path)
    CUSTOM.clear()
    CUSTOM.update(rules)
    for module in MODULES:
        sys.modules.pop(module, None)


def test_each_change_is_seen(bench: Bench) -> None:
    """A program whose value changes with one number in the files has another digest; the digest is settled."""
    before = bench.load(None)
    assert before == bench.load(None)
    changed: set[str] = set()
    for place in bench.places():
        after = bench.load(place)
        for name, (value, digest) in after.items():
            if value != before[name][0]:
                changed.add(name)
                assert digest != before[name][1], (name, place)
    assert changed == set(before) - {"by_rule"}  # whose value is not the rule's


def test_a_rule_is_seen_and_a_neighbour_is_not(bench: Bench) -> None:
    before = bench.load(None)
    rule = next(place for place in bench.places() if PROGRAM.split("K")[place[1]].endswith("partials=lambda x: "))
    assert bench.load(rule)["by_rule"][1] != before["by_rule"][1]
    body = next(place for place in bench.places() if PROGRAM.split("K")[place[1]].endswith("by_body(x):\n    return "))
    after = bench.load(body)
    assert {name for name in after if after[name][1] != before[name][1]} == {"by_body"}


ONE = """
import json, sys, time
import program
from adjoint import custom_rule, grad

f = program.by_loop
derivative = grad(f)
values = [1.3]
start = time.perf_counter()
made = derivative.prepared(values)
seconds = time.perf_counter() - start
hit = "adjoint.specialize" not in sys.modules
print(json.dumps([seconds, hit, made.call(1.3), derivative.source]))
"""


def test_the_first_call_of_a_process_is_quick(kept: tuple[Path, Found]) -> None:
    """Without the compiler, in a few milliseconds, with the looks at the files of the package and of the program."""
    directory, found = kept
    (directory / "one.py").write_text(ONE)
    runs = [run(directory, "one.py") for _ in range(3)]
    assert all(hit and value == found["by_loop"][0] for _, hit, value, _ in runs)
    assert "def by_loop_grad(x)" in runs[0][3]
    assert min(seconds for seconds, *_ in runs) < 0.02  # 0.003 measured; processes share the machine


def test_damaged_files_are_made_again(tmp_path: Path) -> None:
    write(tmp_path, "2.0")
    (tmp_path / "one.py").write_text(ONE)
    first = run(tmp_path, "one.py")
    (file,) = (tmp_path / "cache").glob("*.adjoint")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    again = run(tmp_path, "one.py")
    assert (first[1], again[1]) == (False, False)
    assert first[2:] == again[2:]
    assert file.read_bytes() == whole
    for module in (tmp_path / "cache").glob("*.py"):
        module.write_text("raise SystemError\n")  # written anew where it is not what was kept
    assert run(tmp_path, "one.py")[1:] == [True, *first[2:]]


def test_what_cannot_be_compared_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(tmp_path))
    lock = threading.Lock()

    def guarded(x: float) -> float:
        with lock:
            return x * x

    with pytest.raises(Unstorable, match="lock"):
        Walk().run([guarded])
    assert grad(guarded)(3.0) == 6.0
    assert not list(tmp_path.glob("*.adjoint"))


def test_only_the_rules_of_what_may_be_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that cannot be compared keeps others from nothing; one for a function that is called is looked at."""
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(tmp_path))
    in_c = ctypes.CDLL(None).cbrt
    in_c.restype, in_c.argtypes = ctypes.c_double, [ctypes.c_double]

    def rooted(x: float) -> float:
        return float(in_c(x) * x)

    before = {f: Walk().run([f]) for f in (_twice, _through)}
    for function in (in_c, _cubed):
        monkeypatch.setitem(CUSTOM, key_of(function), None)
        custom_rule(function, partials=lambda x, *, y: y / (3.0 * x))
    assert Walk().run([_twice]) == before[_twice]
    assert Walk().run([_through]) != before[_through]
    with pytest.raises(Unstorable):
        Walk().run([rooted])
    assert grad(_twice)(1.0) == 4.0
    assert len(list(tmp_path.glob("*.adjoint"))) == 1
    assert grad(rooted)(8.0) == pytest.approx(8.0 / 3.0)
    assert len(list(tmp_path.glob("*.adjoint"))) == 1


def test_a_kept_derivative_sees_changes_of_its_own_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded is watched as what is compiled: numbers are handed on, another helper is another derivative."""
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(tmp_path))
    monkeypatch.setitem(globals(), "rate", 2.0)
    monkeypatch.setitem(globals(), "helper", _twice)
    assert Derivative(_rated).grad(1.0) == 8.0
    assert len(list(tmp_path.glob("*.adjoint"))) == 1
    loaded = Derivative(_rated).grad
    assert loaded(1.0) == 8.0
    assert callable(loaded.prepared([1.0]).made_from)  # it was not compiled
    monkeypatch.setitem(globals(), "rate", 3.0)
    assert loaded(1.0) == 12.0
    monkeypatch.setitem(globals(), "helper", _cubed)
    assert loaded(1.0) == 9.0
    assert "rate" in loaded.ir


def test_extents_that_are_only_likely_equal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loaded derivative falls back, as a compiled one does, where a slice has one element."""
    monkeypatch.setenv("ADJOINT_CACHE_DIR", str(tmp_path))
    u, v = np.array([1.0, 2.0, 3.0, 4.0]), np.array([5.0, 6.0, 7.0])
    wanted = [Derivative(_sliced).derive("grad", (0, 1))(*args) for args in ((u, u), (u, v))]
    for args, want in zip(((u, u), (u, v)), wanted):
        found = Derivative(_sliced).derive("grad", (0, 1))
        for got, each in zip(found(*args), want):
            np.testing.assert_array_equal(got, each)
        assert callable(found.prepared(list(args)).made_from)
    crossed = Derivative(_sliced).derive("grad", (0, 1))
    for args, want in zip(((u, u), (u, v)), wanted):
        for got, each in zip(crossed(*args), want):
            np.testing.assert_array_equal(got, each)


def _twice(x: float) -> float:
    return 2.0 * x * x


def _cubed(x: float) -> float:
    return x * x * x


def _through(x: float) -> float:
    return x + _cubed(x)


def _rated(x: float) -> float:
    return rate * helper(x)  # type: ignore[name-defined]  # noqa: F821  (set by the test)


def _sliced(u: Any, v: Any) -> Any:
    return np.sum(u[1:-1] * v[1:-1])
