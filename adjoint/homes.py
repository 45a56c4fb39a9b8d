"""Which functions, classes and modules are a library's own: they are what their names say.

A module of the user may have the name of one in the standard library (`code`, `profile`), so that its file counts too.
"""

from __future__ import annotations

import functools
import os
import sys
from types import FunctionType
from typing import Any

from adjoint.libraries import OTHERS, is_library, is_standard_file


def at_home(value: Any) -> Any:
    """What stands under the name of a function or class in its module."""
    found: Any = sys.modules.get(value.__module__)
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found


def is_own_function(function: FunctionType) -> bool:
    """Whether a function is a library's own."""
    return is_library(function.__module__ or "") and _is_library_file(function.__code__.co_filename)


def is_foreign(member: Any) -> bool:
    """Whether somebody put a function of another module into a library's."""
    return isinstance(member, FunctionType) and not _is_library_file(member.__code__.co_filename)


@functools.cache
def _is_library_file(path: str) -> bool:
    homes = [getattr(sys.modules.get(name), "__file__", None) for name in OTHERS]
    if path.startswith("<frozen ") or any(path.startswith(os.path.dirname(home) + os.sep) for home in homes if home):
        return True
    return is_standard_file(path)
