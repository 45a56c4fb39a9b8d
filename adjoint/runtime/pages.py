"""Memory that arrays give back stays with the process: mapping it anew costs more than what is computed in it.

The C library of Linux gives memory back to the system as soon as more lies free than twice the largest piece it has
ever mapped and released, up to 32 MiB. Before a program has released its first large array that is next to nothing, so
that each call of a function with arrays of 10 kB to 1 MB clears all its pages again. One large piece, which is never
touched, ends that; `docs/decisions/0019-freed-memory-is-kept.md` has what was measured.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys

SETTING = "ADJOINT_KEEP_PAGES"
"""With `0` in this environment variable nothing is done."""
_LARGEST = 32 * 2**20 - 8192
"""In bytes: what the C library still counts, with what it adds at the ends."""


@functools.cache
def keep_pages() -> None:
    """Map and release one large piece of memory. Nothing where there is no C library that takes note of it.

    What the user has set with `mallopt` or `MALLOC_TRIM_THRESHOLD_` holds all the same.
    """
    if not sys.platform.startswith("linux") or os.environ.get(SETTING) == "0":
        return
    try:
        library = ctypes.CDLL(None)
        allocate, release = library.malloc, library.free
    except (OSError, AttributeError):
        return
    allocate.argtypes, allocate.restype = [ctypes.c_size_t], ctypes.c_void_p
    release.argtypes, release.restype = [ctypes.c_void_p], None
    release(allocate(_LARGEST))
