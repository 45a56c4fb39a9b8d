"""Which modules are not the user's: their functions do not change, their classes are no containers.

A file of the user's may have the name of a module of the standard library: `wave.py`, `signal.py`, `statistics.py`.
"""

from __future__ import annotations

import functools
import os
import sys

OTHERS = ("numpy", "scipy", "adjoint")
_HOME = os.path.dirname(os.__file__) + os.sep


def is_standard(name: str) -> bool:
    """Whether the module is one of the standard library."""
    root = name.partition(".")[0]
    if root not in sys.stdlib_module_names or root == "__main__":
        return False
    path = getattr(sys.modules.get(root), "__file__", None)
    return path is None or is_standard_file(path)


@functools.cache
def is_standard_file(path: str) -> bool:
    """Whether a file is one of the standard library."""
    rest = path.removeprefix(_HOME)
    return rest != path and not rest.startswith(("site-packages", "dist-packages"))


def is_library(name: str) -> bool:
    """Whether the module is of the standard library, NumPy, SciPy or this package."""
    return name.partition(".")[0] in OTHERS or is_standard(name)
