"""Memory that is freed stays with the process: the next call need not map it anew."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource
import numpy as np
import adjoint

def steps(u, n):
    for _ in range(n):
        u = u + 0.1 * np.sin(u) * np.cos(u)
    return np.sum(u)

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

made = adjoint.grad(steps)
u = np.linspace(0.0, 1.0, 10_000)
for _ in range(3):
    made(u, 30)
before = faults()
for _ in range(10):
    made(u, 30)
print(faults() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep or return memory as they like")
def test_pages_are_mapped_once(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    setting = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    environment = {**os.environ, **setting}
    for name in ("ADJOINT_KEEP_PAGES", "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"):
        environment.pop(name, None)

    def counted(**more: str) -> int:
        command = [sys.executable, str(tmp_path / "program.py")]
        done = subprocess.run(command, env={**environment, **more}, capture_output=True, text=True, check=True)
        return int(done.stdout)

    assert counted() < 200 < counted(ADJOINT_KEEP_PAGES="0")
