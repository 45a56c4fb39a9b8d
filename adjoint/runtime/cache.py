"""Emitted modules as real files, for tools that want one (coverage, Numba's cache, process pools)."""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT_NAME = "ADJOINT_CACHE_DIR"


def configured_directory() -> Path | None:
    """The directory the user asked for with `ADJOINT_CACHE_DIR` (`1` means the usual place), or None."""
    setting = os.environ.get(ENVIRONMENT_NAME, "")
    if not setting:
        return None
    return default_directory() if setting == "1" else Path(setting).expanduser()


def default_directory() -> Path:
    """The user's cache directory by the convention of the platform."""
    if os.name == "nt":
        root = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    else:
        root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "adjoint"


def write_module(directory: Path, stem: str, source: str) -> Path:
    """Write `stem.py` so that no reader ever sees half of it. Raises OSError when the directory cannot be written."""
    path = directory / f"{stem}.py"
    data = source.encode()
    if not path.is_file() or path.read_bytes() != data:
        write_file(path, data)
    return path


def write_file(path: Path, data: bytes) -> None:
    """Write a file so that no reader ever sees half of it. Raises OSError."""
    import tempfile

    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
