"""From emitted source to a running function, with line numbers that debuggers and tracebacks can show."""

from __future__ import annotations

import builtins
import hashlib
import linecache
import re
import sys
from collections.abc import Callable, Mapping
from types import CodeType, ModuleType
from typing import Any

from adjoint.runtime.cache import configured_directory, write_module
from adjoint.runtime.pages import keep_pages

_DIGEST_LENGTH = 12


def load(
    source: str,
    entry_name: str,
    bindings: Mapping[str, Any],
    filename_hint: str = "derivative",
    *,
    is_importable: bool = False,
    code: CodeType | None = None,
) -> Callable[..., Any]:
    """Compile and run the source; the function `entry_name` it defines.

    `bindings` are the names the source finds in its module besides what it imports and defines. The function's
    `__globals__` is that module: a changed global of the user is written there. With `is_importable` it stands in
    `sys.modules`, where Numba looks for the module of what it has kept, and of functions that call themselves. `code`
    is the source as it was compiled before.
    """
    keep_pages()
    stem = module_stem(source, filename_hint)
    filename = register(source, stem)
    namespace: dict[str, Any] = {"__name__": f"adjoint.emitted.{stem}", "__builtins__": builtins, **bindings}
    if is_importable:
        module = sys.modules[namespace["__name__"]] = ModuleType(namespace["__name__"])
        vars(module).update(namespace)
        namespace = vars(module)
    if code is None or code.co_filename != filename:
        code = compile(source, filename, "exec", dont_inherit=True)
    exec(code, namespace)
    function: Callable[..., Any] = namespace[entry_name]
    return function


def filename_of(source: str, hint: str) -> str:
    """The name of the module's file."""
    return register(source, module_stem(source, hint))


def register(source: str, stem: str) -> str:
    """Make the lines of the source known to `linecache`, or write a real file if a cache directory is set."""
    directory = configured_directory()
    if directory is not None:
        try:
            return str(write_module(directory, stem, source))
        except OSError:
            pass  # a read-only home must not stop a derivative: the pseudo-file serves
    filename = f"<adjoint {stem}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    return filename


def module_stem(source: str, hint: str) -> str:
    """A name for the module: the same source has the same one, two sources never share it."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:_DIGEST_LENGTH]
    return f"{re.sub(r'[^0-9A-Za-z_]', '_', hint)}_{digest}"
